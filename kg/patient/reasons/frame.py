"""Puts many answers into one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from kg.errors import ParameterError
from kg.patient.assess.answer import Answer
from kg.spreadsheet import data_frame

if TYPE_CHECKING:
    from pandas import DataFrame


def to_dataframe(answers: Iterable[Answer] | Mapping[str, Answer]) -> DataFrame:
    """Many answers as a pandas data frame: a row each, with the columns of ``Answer.summary``.

    Args:
        answers: The answers, or answers by the name that their row is to have.

    Raises:
        ParameterError: Something in it is not an answer.
        MissingPackageError: pandas is not installed.

    >>> import kg
    >>> guide = kg.load()
    >>> answer = guide.assess(kg.Case(present=["adult", "thoracic-back-pain", "unsteady-gait"]))
    >>> to_dataframe({"one": answer}).loc["one", "best"]
    'mri-thoracic-spine-without-contrast'
    """
    names = list(answers) if isinstance(answers, Mapping) else None
    given = list(answers.values() if isinstance(answers, Mapping) else answers)
    for answer in given:
        if not isinstance(answer, Answer):
            message = (
                f"a table is made of answers, not of a {type(answer).__name__}; give what guide.assess(case) returns"
            )
            raise ParameterError(message)
    rows = [answer.summary() for answer in given]
    return data_frame((list(row.values()) for row in rows), list(rows[0]) if rows else [], names)

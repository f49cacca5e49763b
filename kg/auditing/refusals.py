"""Why rows of a table are refused, in the words of ``assess``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import KgError, UnknownTermError, quoted
from kg.patient.case import Case
from kg.patient.performed import Performed

if TYPE_CHECKING:
    from kg.patient.assess.assessor import Assessor

_SUGGESTIONS = 200
_EXPLAINED = 50


class RowErrors:
    """The first error of each bad row of a batch.

    Attributes:
        texts: What is wrong, by the place of the row in the batch.
    """

    def __init__(self, given: pa.StringArray) -> None:
        """Begin with the errors that the reader of the rows found."""
        places = np.flatnonzero(pc.is_valid(given).to_numpy(zero_copy_only=False))
        self.texts = {place: given[place].as_py() for place in places.tolist()}

    def add(self, row: int, text: str) -> None:
        """Say what is wrong with a row, unless it was said before."""
        self.texts.setdefault(row, text)

    def column(self, count: int) -> pa.StringArray:
        """The errors of a batch with so many rows; empty for a good row."""
        texts = np.full(count, None, dtype=object)
        for row, text in self.texts.items():
            texts[row] = text
        return pa.array(texts, type=pa.string())


class Refusals:
    """Explains refused rows with one guide; to save time, only the first of them are looked into."""

    def __init__(self, guide: Assessor, assumed: tuple[str, ...], *, presume: bool) -> None:
        """Prepare to explain.

        Args:
            guide: What refuses.
            assumed: Findings assumed to be absent in every row.
            presume: Whether what the content presumes holds for the rows.
        """
        self._guide, self._assumed, self._presume = guide, assumed, presume
        self._unknown: dict[tuple[str, str], str] = {}
        self._refused: dict[str, str] = {}

    def unknown(self, kind: str, word: str) -> str:
        """Why a word is unknown; to save time, only the first ``_SUGGESTIONS`` get the nearest words."""
        if (kind, word) not in self._unknown:
            if len(self._unknown) >= _SUGGESTIONS:
                return f"{quoted(word)} is not a {kind.lower()} of this vocabulary; `nextstudy find` searches it"
            try:
                self._guide.core.lexicon.term(kind, word[:80])
                self._unknown[kind, word] = f"{quoted(word)} is too long for a word"
            except UnknownTermError as error:
                self._unknown[kind, word] = str(error)
        return self._unknown[kind, word]

    def of_row(self, row: pa.RecordBatch, thing: str) -> str:
        """Why a row is refused.

        Args:
            row: The row alone.
            thing: One of the words that it cannot have; all that is said once ``_EXPLAINED`` rows were explained.
        """
        if len(self._refused) >= _EXPLAINED:
            return f"{quoted(thing)} is impossible together with the other facts; `nextstudy recommend` says why"
        (said,) = row.to_pylist()
        facts = {name: value for name, value in said.items() if name not in ("id", "unit", "error")}
        key = repr(facts)
        if key not in self._refused:
            self._refused[key] = self._said_of(facts)
        return self._refused[key]

    def _said_of(self, facts: Mapping[str, Any]) -> str:
        try:
            numbers = facts["measured"] or ()
            case = Case(
                present=facts["present"] or (),
                absent=facts["absent"] or (),
                measured=dict(numbers),
                performed=[
                    Performed(study["procedure"], tuple(study["present"] or ()), tuple(study["absent"] or ()))
                    for study in facts["performed"] or ()
                ],
                order=facts["ordered"],
                scenario=facts["scenario"] or (),
                assume_absent=self._assumed,
                presume=self._presume,
            )
            names = [name for name, _ in numbers]
            for name in dict.fromkeys(names):
                if names.count(name) > 1:
                    one, *others = dict.fromkeys(value for each, value in numbers if each == name)
                    return (
                        f"measured {quoted(name)} is both {one:g} and {others[0]:g}; keep one"
                        if others
                        else f"measured names {quoted(name)} twice; keep one"
                    )
            self._guide.assess(case)
        except KgError as error:
            return str(error)
        return "the audit refuses these facts but `assess` accepts them; please report this"

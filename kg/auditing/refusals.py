"""Why rows of a table are refused, in the words of ``assess``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import KgError, UnknownTermError, quoted
from kg.knowledge.codes.spelling import looks_coded
from kg.patient.case import Case
from kg.patient.coded import words_of
from kg.patient.performed import Performed

if TYPE_CHECKING:
    from kg.patient.assess.assessor import Assessor

NOT_UNDERSTOOD = "not understood: "
"""How the error of a row begins that has a code which was not understood."""

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


def in_our_words(rows: pa.RecordBatch, guide: Assessor) -> pa.RecordBatch:
    """Replace the codes of a batch by what they imply.

    Args:
        rows: A batch with the columns of ``kg.auditing.batches.ROWS``.
        guide: Knows the codes.

    Returns:
        The batch, the same if it has no codes. A row with a code that was not understood has that as its error; what
        has no meaning here is left out, because no rule looks at it.
    """
    if not any(map(looks_coded, _words(rows))):
        return rows
    translated = [_translated(row, guide) for row in rows.to_pylist()]
    return pa.RecordBatch.from_pylist(translated, schema=rows.schema)


def _words(rows: pa.RecordBatch) -> Iterator[str]:
    """Every word of a batch that could be a code, each once."""
    studies = pc.list_flatten(rows.column("performed"))
    lists = [*(rows.column(name) for name in ("present", "absent")), *(studies.field(n) for n in ("present", "absent"))]
    flat = [*map(pc.list_flatten, lists), rows.column("ordered"), studies.field("procedure")]
    for column in (*flat, rows.column("measured").keys):
        yield from (word for word in column.dictionary.to_pylist() if word)


def _translated(row: dict[str, Any], guide: Assessor) -> dict[str, Any]:
    if row["error"]:
        return row
    try:
        found = {
            **row,
            "present": _findings(row["present"], guide),
            "absent": _findings(row["absent"], guide, stated=False),
            "measured": [(_one("Measure", name, guide), value) for name, value in row["measured"] or ()],
            "ordered": row["ordered"] and _one("Procedure", row["ordered"], guide),
        }
        found["performed"] = [
            {
                "procedure": study["procedure"] and _one("Procedure", study["procedure"], guide),
                "present": _findings(study["present"], guide),
                "absent": _findings(study["absent"], guide, stated=False),
            }
            for study in row["performed"] or ()
        ]
    except UnknownTermError as error:
        return {**row, "error": f"{NOT_UNDERSTOOD}{error}"}
    return found


def _findings(words: list[str] | None, guide: Assessor, *, stated: bool = True) -> list[str]:
    """The findings of a list; what a code implies is said once, while a word that is written twice stays twice."""
    given = [word for word in words or () if word is None or not looks_coded(word)]
    implied = (
        each
        for word in words or ()
        if word is not None and looks_coded(word)
        for each in words_of("Finding", word, guide.core.codes, stated=stated)
    )
    return [*given, *(word for word in dict.fromkeys(implied) if word not in given)]


def _one(kind: str, word: str, guide: Assessor) -> str:
    found = words_of(kind, word, guide.core.codes)
    if len(found) != 1:
        message = f"{quoted(word)} stands for several things; write the one that is meant"
        raise UnknownTermError(message)
    return found[0]


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

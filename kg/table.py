"""A table of cases: a batch of rows in, a batch of verdicts out. One batch knows nothing of another.

``Auditor.batch`` is a plain function from Arrow to Arrow, so that a file, a frame in memory and a cluster use the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kg.case import Case, Performed
from kg.content import WORDS
from kg.errors import AuditError, KgError, UnknownTermError, listed, quoted
from kg.logic.cohort import Cohort, Flags, Numbers, Pairs, Vocabulary
from kg.logic.compile import acting
from kg.logic.judge import Judge, Verdicts
from kg.refusal import IMPOSSIBLE

if TYPE_CHECKING:
    from kg.guide import Guide

WORD = pa.dictionary(pa.int32(), pa.string())
"""How a batch holds a word: once, and a number wherever it stands, as Parquet holds it too."""


def _rows(word: pa.DataType) -> pa.Schema:
    words = pa.list_(word)
    return pa.schema(
        [
            ("id", pa.string()),
            ("present", words),
            ("absent", words),
            ("measured", pa.map_(word, pa.float64())),
            ("performed", pa.list_(pa.struct([("procedure", word), ("present", words), ("absent", words)]))),
            ("ordered", word),
            ("unit", word),
            ("error", pa.string()),
        ]
    )


def _result(word: pa.DataType) -> pa.Schema:
    return pa.schema(
        [
            ("id", pa.string()),
            ("unit", word),
            ("ordered", word),
            ("outcome", word),
            ("scenario", pa.list_(word)),
            ("rating", word),
            ("contraindicated", pa.bool_()),
            ("recommended", pa.list_(word)),
            ("urgency", word),
            ("warnings", pa.list_(word)),
            ("error", pa.string()),
        ]
    )


ROWS = _rows(WORD)
"""What a batch of rows looks like: ``unit`` is the ordering unit, ``error`` why a row could not be read."""

RESULT = _result(WORD)
"""What a batch of verdicts looks like. A row with an ``error`` has no verdict."""

PLAIN = _result(pa.string())
"""The same with words as text, for readers of results."""

REQUIRED = ("id", "present", "ordered")
NOT_RATED = "not-rated"
NOT_JUDGED = "not-judged"
_SUGGESTIONS = 200
_EXPLAINED = 50

WANTED = ("outcome", "leading", "best", "urgency", "orderRating", "contraindicated", acting("Warning"))
"""The conclusions that a batch of verdicts is made of."""


class Auditor:
    """Judges batches of rows with the circuits of one guideline."""

    def __init__(self, guide: Guide, assume_absent: Sequence[str] = ()) -> None:
        """Take what is needed; circuits are opened when a batch needs them.

        Args:
            guide: The guideline.
            assume_absent: Findings of which every kind is taken to be absent in every row unless stated.

        Raises:
            UnknownTermError: A finding to assume is not in the vocabulary.
        """
        self._guide, self._assumed = guide, tuple(assume_absent)
        index = guide.index
        self.vocabulary = Vocabulary.of(index.words)
        self._numbers = {kind: self.vocabulary.numbers(kind) for kind in WORDS}
        findings = index.words["Finding"]
        # A word that is not there is refused by the lexicon, which says what is near.
        assumed = [findings.get(word) or guide.lexicon.term("Finding", word).value for word in assume_absent]
        judged, refused = frozenset(WANTED), frozenset({IMPOSSIBLE})
        self.judge = Judge(
            self.vocabulary,
            index.entries,
            lambda topics: guide.circuits.part(topics, judged),
            dict.fromkeys(WANTED),
            assumed,
        )
        # Whether facts can be so is the same whatever topics they lead to: one circuit for all cases.
        self.refusing = Judge(
            self.vocabulary, {}, lambda _: guide.circuits.about_words(refused), dict.fromkeys(refused), assumed
        )
        self._unknown: dict[tuple[str, str], str] = {}
        self._refused: dict[str, str] = {}

    def batch(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Judge one batch.

        Args:
            rows: Columns of ``ROWS``; of these only ``id``, ``present`` and ``ordered`` have to be there.

        Returns:
            Columns of ``RESULT``, a row for each row.

        Raises:
            AuditError: A column is missing or does not hold what it should.
        """
        rows = conform(rows)
        errors = _Errors(rows.column("error"))
        cohort = self.cohort(rows, errors)
        verdicts = self.judge.judge(cohort)
        refused = self.refusing.judge(cohort)
        names = self._names(refused, IMPOSSIBLE)
        for place, thing in zip(*(column.tolist() for column in refused.pairs[IMPOSSIBLE]), strict=True):
            if place not in errors.texts:
                errors.add(place, self.refusal(rows.slice(place, 1), names[thing]))
        return self.result(rows, cohort, verdicts, errors)

    def cohort(self, rows: pa.RecordBatch, errors: _Errors) -> Cohort:
        """Number the words of a batch; what is not a word goes to the errors of its row."""
        performed = rows.column("performed")
        study_case = pc.list_parent_indices(performed).to_numpy(zero_copy_only=False).astype(np.int64)
        studies = pc.list_flatten(performed)
        procedure = self.numbers("Procedure", pc.struct_field(studies, "procedure"), study_case, "performed", errors)
        bad = procedure < 0
        seen, unseen = (
            self.words(pc.struct_field(studies, name), f"performed, {name}", errors, study_case)
            for name in ("present", "absent")
        )
        known = np.flatnonzero(~bad)
        place = np.full(len(procedure), -1, dtype=np.int64)
        place[known] = np.arange(len(known))
        measured, values = self.measured(rows.column("measured"), errors)
        count = rows.num_rows
        ordered = rows.column("ordered")
        return Cohort(
            count=count,
            present=self.words(rows.column("present"), "present", errors),
            absent=self.words(rows.column("absent"), "absent", errors),
            measured=measured,
            values=values,
            performed=Pairs(study_case[known], procedure[known]),
            seen=_renumbered(seen, place),
            unseen=_renumbered(unseen, place),
            order=self.numbers("Procedure", ordered, np.arange(count), "ordered", errors, none=True),
        )

    def words(self, lists: pa.ListArray, column: str, errors: _Errors, case: Numbers | None = None) -> Pairs:
        """The findings of lists of words."""
        parent = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False).astype(np.int64)
        owner = parent if case is None else case[parent]
        numbers = self.numbers("Finding", pc.list_flatten(lists), owner, column, errors)
        known = numbers >= 0
        return Pairs(parent[known], numbers[known])

    def measured(self, maps: pa.MapArray, errors: _Errors) -> tuple[Pairs, NDArray[np.float64]]:
        """Measures and their numbers."""
        entries = maps.cast(pa.list_(pa.struct([("key", WORD), ("value", pa.float64())])))
        parent = pc.list_parent_indices(entries).to_numpy(zero_copy_only=False).astype(np.int64)
        flat = pc.list_flatten(entries)
        numbers = self.numbers("Measure", pc.struct_field(flat, "key"), parent, "measured", errors)
        values = pc.struct_field(flat, "value").to_numpy(zero_copy_only=False).astype(np.float64)
        for place in np.flatnonzero(~np.isfinite(values)).tolist():
            errors.add(int(parent[place]), "measured holds something that is not a number; write a number such as 65")
        known = (numbers >= 0) & np.isfinite(values)
        return Pairs(parent[known], numbers[known]), values[known]

    def numbers(
        self, kind: str, words: pa.DictionaryArray, case: Numbers, column: str, errors: _Errors, *, none: bool = False
    ) -> Numbers:
        """The numbers of words; -1, and an error in the row, for what is not a word of this kind."""
        known = self._numbers[kind]
        texts = words.dictionary.to_pylist()
        table = np.array([*(known.get(text, -1) for text in texts), -1], dtype=np.int64)
        places = pc.fill_null(words.indices, len(texts)).to_numpy()
        found: Numbers = table[places]
        for place in np.flatnonzero(found < 0).tolist():
            if places[place] < len(texts):
                errors.add(int(case[place]), f"{column}: {self.unknown(kind, texts[places[place]])}")
            elif not none:
                errors.add(int(case[place]), f"{column}: holds an empty entry; leave it out")
        return found

    def unknown(self, kind: str, word: str) -> str:
        """Why a word is not known; the nearest words are looked up for so many different ones, as that takes time."""
        if (kind, word) not in self._unknown:
            if len(self._unknown) >= _SUGGESTIONS:
                return f"{quoted(word)} is not a {kind.lower()} of this vocabulary; `nextstudy find` searches it"
            try:
                self._guide.lexicon.term(kind, word[:80])
                self._unknown[kind, word] = f"{quoted(word)} is too long for a word"
            except UnknownTermError as error:
                self._unknown[kind, word] = str(error)
        return self._unknown[kind, word]

    def refusal(self, row: pa.RecordBatch, thing: str) -> str:
        """Why a row is refused, in the words of ``assess``; for so many different ones, as that takes time."""
        if len(self._refused) >= _EXPLAINED:
            return f"{quoted(thing)} cannot be so beside the other facts; `nextstudy recommend` says why"
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
                assume_absent=self._assumed,
            )
            if len(case.measured) < len(numbers):
                name, one, other = next((n, dict(numbers)[n], v) for n, v in numbers if dict(numbers)[n] != v)
                return f"measured {quoted(name)} is both {other:g} and {one:g}; keep one"
            self._guide.assess(case)
        except KgError as error:
            return str(error)
        return "the audit refuses these facts and `assess` takes them; report it"

    def result(self, rows: pa.RecordBatch, cohort: Cohort, verdicts: Verdicts, errors: _Errors) -> pa.RecordBatch:
        """Write verdicts as a batch; rows with an error have none."""
        good = np.ones(cohort.count, dtype=bool)
        good[list(errors.texts)] = False
        columns = {
            "id": rows.column("id"),
            "unit": rows.column("unit"),
            "ordered": rows.column("ordered"),
            "outcome": self._one(verdicts, "outcome", good),
            "scenario": self._lists(verdicts, "leading", good),
            "rating": self._one(verdicts, "orderRating", good),
            "contraindicated": pa.array(self._ruled_out(cohort, verdicts), mask=~good),
            "recommended": self._lists(verdicts, "best", good),
            "urgency": self._one(verdicts, "urgency", good),
            "warnings": self._lists(verdicts, acting("Warning"), good),
            "error": errors.column(cohort.count),
        }
        return pa.RecordBatch.from_arrays([columns[name] for name in RESULT.names], schema=RESULT)

    def _ruled_out(self, cohort: Cohort, verdicts: Verdicts) -> Flags:
        """Whether the ordered study is among those that are contraindicated."""
        procedures = list(self.vocabulary.procedures.values())
        number = {iri: n for n, iri in enumerate(procedures)}
        numbers = np.array([number[iri] for iri in verdicts.things["contraindicated"]], dtype=np.int64)
        case, thing = verdicts.pairs["contraindicated"]
        flags = np.zeros(cohort.count, dtype=bool)
        flags[case[numbers[thing] == cohort.order[case]]] = True
        return flags

    def _names(self, verdicts: Verdicts, relation: str) -> list[str]:
        return [self._guide.index.name(iri) for iri in verdicts.things[relation]]

    def _one(self, verdicts: Verdicts, relation: str, good: Flags) -> pa.DictionaryArray:
        numbers = verdicts.one(relation)
        return _words(numbers, self._names(verdicts, relation), good & (numbers >= 0))

    def _lists(self, verdicts: Verdicts, relation: str, good: Flags) -> pa.ListArray:
        return _lists(verdicts.pairs[relation], self._names(verdicts, relation), good)


class _Errors:
    """The first thing that is wrong with each bad row."""

    def __init__(self, given: pa.StringArray) -> None:
        places = np.flatnonzero(pc.is_valid(given).to_numpy(zero_copy_only=False))
        self.texts = {place: given[place].as_py() for place in places.tolist()}

    def add(self, row: int, text: str) -> None:
        self.texts.setdefault(row, text)

    def column(self, count: int) -> pa.StringArray:
        texts = np.full(count, None, dtype=object)
        for row, text in self.texts.items():
            texts[row] = text
        return pa.array(texts, type=pa.string())


def conform(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Bring a batch into the columns and types of ``ROWS``.

    Args:
        rows: Any batch.

    Returns:
        The same rows with all columns; missing ones are empty.

    Raises:
        AuditError: A required column is missing, a column is there twice, or cannot be read as what it should hold.
    """
    missing = [name for name in REQUIRED if name not in rows.schema.names]
    if missing:
        message = f"the table has no column {listed(missing)}; its columns are {listed(rows.schema.names)}"
        raise AuditError(message)
    repeated = [name for name in ROWS.names if rows.schema.names.count(name) > 1]
    if repeated:
        message = f"the table has the column {listed(repeated)} twice; keep one"
        raise AuditError(message)
    columns = []
    for field in ROWS:
        if field.name not in rows.schema.names:
            columns.append(pa.nulls(rows.num_rows, field.type))
            continue
        column = rows.column(field.name)
        try:
            columns.append(_typed(column, field.type, field.name))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            needed = _rows(pa.string()).field(field.name).type
            message = f"the column '{field.name}' holds {column.type}, where {needed} is needed; convert it"
            raise AuditError(message) from error
    return pa.RecordBatch.from_arrays(columns, schema=ROWS)


def _typed(column: pa.Array, kind: pa.DataType, name: str) -> pa.Array:
    if name == "measured" and pa.types.is_struct(column.type):
        return _map_of(column)
    if name == "measured" and pa.types.is_map(column.type) and not _holds_numbers(column.type.item_type):
        raise pa.ArrowTypeError(name)  # a text would be read as a number where it looks like one, and true as 1
    if name in ("present", "absent", "ordered") and not _holds_text(column.type):
        raise pa.ArrowTypeError(name)  # a number would be cast to text without a word
    if name == "unit" and not _holds_text(column.type):
        column = column.cast(pa.string())
    return column.cast(kind)


def _holds_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _holds_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def _holds_numbers(kind: pa.DataType) -> bool:
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)
    return any(test(kind) for test in tests)


def _map_of(column: pa.StructArray) -> pa.MapArray:
    """One field for each measure, as readers of JSON make it, as a map."""
    if not all(_holds_numbers(field.type) for field in column.type):
        raise pa.ArrowTypeError(column.type)  # a text would be read as a number where it looks like one
    names = [field.name for field in column.type]
    rows = [
        None if row is None else [(name, float(row[name])) for name in names if row[name] is not None]
        for row in column.to_pylist()
    ]
    return pa.array(rows, type=ROWS.field("measured").type)


def _renumbered(pairs: Pairs, place: Numbers) -> Pairs:
    """Findings of studies whose procedure is known, by the new number of the study."""
    study = place[pairs.case]
    return Pairs(study[study >= 0], pairs.thing[study >= 0])


def _words(numbers: NDArray[np.signedinteger[Any]], names: Iterable[str], known: Flags) -> pa.DictionaryArray:
    """Words for numbers; none where it is not known."""
    places = pa.array(numbers.astype(np.int32), mask=~known)
    return pa.DictionaryArray.from_arrays(places, pa.array(list(names), type=pa.string()))


def _lists(pairs: Pairs, names: Iterable[str], good: Flags) -> pa.ListArray:
    """Lists of words, empty for bad rows."""
    kept = good[pairs.case]
    case, thing = pairs.case[kept], pairs.thing[kept]
    offsets = np.searchsorted(case, np.arange(len(good) + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), _words(thing, names, np.ones(len(thing), dtype=bool)))

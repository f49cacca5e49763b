"""A table of cases: a batch of rows in, a batch of verdicts out. One batch knows nothing of another.

``Auditor.batch`` is a plain function from Arrow to Arrow, so that a file, a frame in memory and a cluster use the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.bulk import OUTCOMES, Verdicts, judge
from kg.cohort import Cohort, Pairs
from kg.errors import AuditError, UnknownTermError, listed
from kg.links import Numbers
from kg.names import slug
from kg.plan import Plan, compile_plan, numbered
from kg.resources import folder
from kg.shapes import constraints
from kg.violations import Violations, violations

if TYPE_CHECKING:
    from kg.guide import Guide

WORDS = pa.list_(pa.string())
STUDY = pa.struct([("procedure", pa.string()), ("present", WORDS), ("absent", WORDS)])
ROWS = pa.schema(
    [
        ("id", pa.string()),
        ("present", WORDS),
        ("absent", WORDS),
        ("measured", pa.map_(pa.string(), pa.float64())),
        ("performed", pa.list_(STUDY)),
        ("ordered", pa.string()),
        ("unit", pa.string()),
        ("error", pa.string()),
    ]
)
"""What a batch of rows looks like: ``unit`` is the ordering unit, ``error`` why a row could not be read."""

RESULT = pa.schema(
    [
        ("id", pa.string()),
        ("unit", pa.string()),
        ("ordered", pa.string()),
        ("outcome", pa.string()),
        ("scenario", WORDS),
        ("rating", pa.string()),
        ("contraindicated", pa.bool_()),
        ("recommended", WORDS),
        ("urgency", pa.string()),
        ("warnings", WORDS),
        ("error", pa.string()),
    ]
)
"""What a batch of verdicts looks like. A row with an ``error`` has no verdict."""

REQUIRED = ("id", "present", "ordered")
NOT_RATED = "not-rated"
NOT_JUDGED = "not-judged"
_SUGGESTIONS = 200


class Auditor:
    """Judges batches of rows with one plan."""

    def __init__(self, guide: Guide, assume_absent: Sequence[str] = ()) -> None:
        """Compile the plan.

        Args:
            guide: The guideline.
            assume_absent: Findings of which every kind is taken to be absent in every row unless stated.

        Raises:
            UnknownTermError: A finding to assume is not in the vocabulary.
        """
        for word in assume_absent:
            guide.lexicon.term("Finding", word)
        self._term: Callable[[str, str], object] = guide.lexicon.term
        self._label: Callable[[str], str] = guide.lexicon.label
        self.plan: Plan = compile_plan(guide.content)
        names = {"Finding": self.plan.findings, "Procedure": self.plan.procedures, "Measure": self.plan.measures}
        self._numbers = {kind: numbered(words) for kind, words in names.items()}
        self._labels = {
            kind: {word: guide.lexicon.label(guide.lexicon.term(kind, word).value) for word in words}
            for kind, words in names.items()
        }
        self._units = {slug(measure): unit for measure, unit in guide.knowledge.units.items()}
        self._assumed = np.array([self._numbers["Finding"][word] for word in assume_absent], dtype=np.int64)
        self._messages = {c.name: c for c in constraints(folder("ontology") / "shapes" / "case.ttl")}
        self._unknown: dict[tuple[str, str], str] = {}

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
        verdicts = judge(self.plan, cohort)
        for found in violations(self.plan, cohort, verdicts.facts):
            self.explain(found, cohort, errors)
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
            assumed=Pairs(np.repeat(np.arange(count), len(self._assumed)), np.tile(self._assumed, count)),
        )

    def words(self, lists: pa.ListArray, column: str, errors: _Errors, case: Numbers | None = None) -> Pairs:
        """The findings of lists of words."""
        parent = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False).astype(np.int64)
        owner = parent if case is None else case[parent]
        numbers = self.numbers("Finding", pc.list_flatten(lists), owner, column, errors)
        known = numbers >= 0
        return Pairs(parent[known], numbers[known])

    def measured(self, maps: pa.MapArray, errors: _Errors) -> tuple[Pairs, np.ndarray[Any, np.dtype[np.float64]]]:
        """Measures and their numbers."""
        entries = maps.cast(pa.list_(pa.struct([("key", pa.string()), ("value", pa.float64())])))
        parent = pc.list_parent_indices(entries).to_numpy(zero_copy_only=False).astype(np.int64)
        flat = pc.list_flatten(entries)
        numbers = self.numbers("Measure", pc.struct_field(flat, "key"), parent, "measured", errors)
        values = pc.struct_field(flat, "value").to_numpy(zero_copy_only=False).astype(np.float64)
        for place in np.flatnonzero(~np.isfinite(values)).tolist():
            errors.add(int(parent[place]), "measured holds something that is not a number; write a number such as 65")
        known = (numbers >= 0) & np.isfinite(values)
        return Pairs(parent[known], numbers[known]), values[known]

    def numbers(
        self, kind: str, words: pa.StringArray, case: Numbers, column: str, errors: _Errors, *, none: bool = False
    ) -> Numbers:
        """The numbers of words; -1, and an error in the row, for what is not a word of this kind."""
        encoded = words.dictionary_encode()
        known = self._numbers[kind]
        texts = encoded.dictionary.to_pylist()
        table = np.array([*(known.get(text, -1) for text in texts), -1], dtype=np.int64)
        places = pc.fill_null(encoded.indices, len(texts)).to_numpy(zero_copy_only=False).astype(np.int64)
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
                return f"'{word[:80]}' is not a {kind.lower()} of this vocabulary; `nextstudy find` searches it"
            try:
                self._term(kind, word[:80])
                self._unknown[kind, word] = f"'{word[:80]}...' is too long for a word"
            except UnknownTermError as error:
                self._unknown[kind, word] = str(error)
        return self._unknown[kind, word]

    def explain(self, found: Violations, cohort: Cohort, errors: _Errors) -> None:
        """Say what a constraint found, in the words of its shape."""
        plan, labels = self.plan, self._labels["Finding"]
        constraint = self._messages[found.constraint]
        for case, value, other in zip(found.case.tolist(), found.value.tolist(), found.other.tolist(), strict=True):
            if found.constraint in ("out-of-range", "measured-twice"):
                name, (low, high) = plan.measures[value], plan.limits[value]
                number = f"{cohort.values[other]:g}"
                row = {"name": name, "number": number, "lowest": f"{low:g}", "highest": f"{high:g}"}
                row |= {"unit": self._units.get(name, ""), "first": number, "second": "another number"}
            else:
                one, two = labels[plan.findings[value]], labels[plan.findings[other]]
                row = {"presentLabel": one, "absentLabel": two, "firstLabel": one, "secondLabel": two}
                row |= {"presentFact": "", "absentFact": "", "firstFact": "", "secondFact": "", "study": "performed"}
            errors.add(case, constraint.explain(row))

    def result(self, rows: pa.RecordBatch, cohort: Cohort, verdicts: Verdicts, errors: _Errors) -> pa.RecordBatch:
        """Write verdicts as a batch; rows with an error have none."""
        plan, count = self.plan, cohort.count
        good = np.ones(count, dtype=bool)
        good[list(errors.texts)] = False
        blank = pa.array(~good)
        ranks = np.array([plan.categories.get(rank, NOT_RATED) for rank in range(256)])
        ratings = ranks[verdicts.rank].astype(object)
        led = np.zeros(count, dtype=bool)
        led[verdicts.leading.case] = True
        ratings[~led | (verdicts.outcome == 0)] = NOT_JUDGED
        ratings[cohort.order < 0] = None
        columns = {
            "id": rows.column("id"),
            "unit": rows.column("unit"),
            "ordered": rows.column("ordered"),
            "outcome": _blanked(pa.array(OUTCOMES).take(pa.array(verdicts.outcome)), blank),
            "scenario": _lists(verdicts.leading, plan.conditions, good),
            "rating": _blanked(pa.array(ratings, type=pa.string()), blank),
            "contraindicated": _blanked(pa.array(verdicts.contraindicated), blank),
            "recommended": _lists(verdicts.best, plan.procedures, good),
            "urgency": _blanked(self._urgencies().take(pa.array(verdicts.urgency)), blank),
            "warnings": _lists(verdicts.warnings, plan.conditions, good),
            "error": errors.column(count),
        }
        return pa.RecordBatch.from_arrays(
            [columns[name].cast(RESULT.field(name).type) for name in RESULT.names], schema=RESULT
        )

    def _urgencies(self) -> pa.StringArray:
        highest = max(self.plan.urgencies, default=0)
        return pa.array([self.plan.urgencies.get(rank) for rank in range(highest + 1)], type=pa.string())


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
        AuditError: A required column is missing, or a column cannot be read as what it should hold.
    """
    missing = [name for name in REQUIRED if name not in rows.schema.names]
    if missing:
        message = f"the table has no column {listed(missing)}; its columns are {listed(rows.schema.names)}"
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
            message = f"the column '{field.name}' holds {column.type}, where {field.type} is needed; convert it"
            raise AuditError(message) from error
    return pa.RecordBatch.from_arrays(columns, schema=ROWS)


def _typed(column: pa.Array, kind: pa.DataType, name: str) -> pa.Array:
    if name == "measured" and pa.types.is_struct(column.type):
        return _map_of(column)
    if name in ("present", "absent", "ordered") and not _holds_text(column.type):
        raise pa.ArrowTypeError(name)  # a number would be cast to text without a word
    return column.cast(kind)


def _holds_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _holds_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def _map_of(column: pa.StructArray) -> pa.MapArray:
    """One field for each measure, as readers of JSON make it, as a map."""
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


def _blanked(values: pa.Array, blank: pa.BooleanArray) -> pa.Array:
    return pc.if_else(blank, pa.nulls(len(values), values.type), values)


def _lists(pairs: Pairs, names: Iterable[str], good: np.ndarray[Any, np.dtype[np.bool_]]) -> pa.ListArray:
    """Lists of words, empty for bad rows."""
    kept = good[pairs.case]
    case, thing = pairs.case[kept], pairs.thing[kept]
    offsets = np.searchsorted(case, np.arange(len(good) + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(list(names), type=pa.string()).take(pa.array(thing)))

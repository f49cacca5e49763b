"""Judges a table of cases in batches: a batch of rows in, a batch of verdicts out, each independent of the others.

``Auditor.batch`` goes from Arrow to Arrow, so that files, tables in memory and clusters all use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kg.auditing.cohort import Cohort, Flags, Numbers, Pairs, WordNumbering, repeated
from kg.auditing.conclusions import CLASS_OF_STATED_WORD, CohortRunner, Conclusions
from kg.auditing.refusals import Refusals, RowErrors, in_our_words
from kg.errors import AuditError, listed, quoted, shown
from kg.knowledge.content.content import SCENARIO, WORDS
from kg.knowledge.sparql.numbers import LIMIT
from kg.logic.compiler.compile import acting
from kg.patient.assess.validate import IMPOSSIBLE

if TYPE_CHECKING:
    from kg.patient.assess.assessor import Assessor

WORD = pa.dictionary(pa.int32(), pa.string())
"""How a batch stores words, as Parquet does: each word once, and its number wherever it is used."""


def _schema_of_rows(word: pa.DataType) -> pa.Schema:
    words = pa.list_(word)
    return pa.schema(
        [
            ("id", pa.string()),
            ("present", words),
            ("absent", words),
            ("measured", pa.map_(word, pa.float64())),
            ("performed", pa.list_(pa.struct([("procedure", word), ("present", words), ("absent", words)]))),
            ("ordered", word),
            ("scenario", words),
            ("unit", word),
            ("error", pa.string()),
        ]
    )


def _schema_of_result(word: pa.DataType) -> pa.Schema:
    return pa.schema(
        [
            ("id", pa.string()),
            ("unit", word),
            ("ordered", word),
            ("outcome", word),
            ("scenario", pa.list_(word)),
            ("basis", word),
            ("chosen_failed", pa.list_(word)),
            ("rating", word),
            ("chosen_rating", word),
            ("contraindicated", pa.bool_()),
            ("best", pa.list_(word)),
            ("urgency", word),
            ("warnings", pa.list_(word)),
            ("error", pa.string()),
        ]
    )


ROWS = _schema_of_rows(WORD)
"""The columns of a batch of rows: ``unit`` is the ordering unit, ``error`` says why a row could not be read."""

RESULT = _schema_of_result(WORD)
"""The columns of a batch of verdicts; a row with an ``error`` has no verdict."""

PLAIN = _schema_of_result(pa.string())
"""The same columns with words as plain text, for those who read the result."""

REQUIRED = ("id", "present", "ordered")
NOT_RATED = "not-rated"
NOT_JUDGED = "not-judged"

WANTED = (
    *("outcome", "leading", "basis", "chosenFailed", "best", "urgency", "orderRating", "chosenOrderRating"),
    *("contraindicated", acting("Warning")),
)
"""The conclusions that a batch of verdicts is made of."""


class Auditor:
    """Judges batches of rows with the circuits of one guide."""

    def __init__(self, guide: Assessor, assume_absent: Sequence[str] = (), *, presume: bool = True) -> None:
        """Prepare to judge; circuits are opened when a batch first needs them.

        Args:
            guide: Has the content and its circuits.
            assume_absent: Findings assumed to be absent, with all their kinds, in every row that does not state them.
            presume: Whether what the content presumes holds for the rows, such as that a study which is not listed was
                not performed; not for a table that has no place for studies.

        Raises:
            AuditError: What is to be assumed absent is not a list of words.
            UnknownTermError: A finding to assume is not in the vocabulary.
        """
        if not isinstance(assume_absent, list | tuple) or not all(isinstance(word, str) for word in assume_absent):
            message = f"assume_absent must be a list of findings, not {shown(assume_absent)}; write ['FINDING']"
            raise AuditError(message)
        self._guide, self._assumed = guide, tuple(assume_absent)
        index = guide.core.index
        self.vocabulary = WordNumbering.of(index.words)
        self._numbers = {kind: self.vocabulary.numbers(kind) for kind in (*WORDS, SCENARIO)}
        findings = index.words["Finding"]
        # The lexicon refuses an unknown word and names similar ones.
        assumed = [findings.get(word) or guide.core.lexicon.term("Finding", word).value for word in assume_absent]
        presumed = guide.core.presumptions if presume else ()
        judged, refused = frozenset(WANTED), frozenset({IMPOSSIBLE})
        self.judge = CohortRunner(
            self.vocabulary,
            index.leads,
            lambda topics: guide.core.circuits.part(topics, judged),
            dict.fromkeys(WANTED),
            assumed,
            presumed,
        )
        # Whether facts are possible does not depend on the topics that they lead to, so one circuit serves all cases.
        self.refusing = CohortRunner(
            self.vocabulary,
            {},
            lambda _: guide.core.circuits.about_words(refused),
            dict.fromkeys(refused),
            assumed,
            presumed,
        )
        self._refusals = Refusals(guide, self._assumed, presume=presume)
        self._unanswered = {
            given: [sorted(way.get(iri, ())) for iri in self.vocabulary.words(CLASS_OF_STATED_WORD[given]).values()]
            for given, way in index.closed.items()
            if given in CLASS_OF_STATED_WORD
        }
        self._unfinished = index.unfinished

    def batch(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Judge one batch.

        Args:
            rows: Columns of ``ROWS``, of which ``id``, ``present`` and ``ordered`` are required.

        Returns:
            One row for each row, with the columns of ``RESULT``.

        Raises:
            AuditError: A column is missing or has values of the wrong type.
        """
        rows = in_our_words(conform(rows), self._guide)
        errors = RowErrors(rows.column("error"))
        cohort = self.cohort(rows, errors)
        for column, place, word in self._named_twice(cohort):
            if place not in errors.texts and column == "measured":  # which numbers they are, the row says
                errors.add(place, self._refusals.of_row(rows.slice(place, 1), word))
            elif place not in errors.texts:
                errors.add(place, f"{column} names {quoted(word)} twice; keep one")
        for place, topic in self._not_answered(cohort):
            errors.add(place, self._unfinished[topic])
        verdicts = self.judge.judge(cohort)
        refused = self.refusing.judge(cohort)
        names = self._names(refused, IMPOSSIBLE)
        for place, thing in zip(*(column.tolist() for column in refused.pairs[IMPOSSIBLE]), strict=True):
            if place not in errors.texts:
                errors.add(place, self._refusals.of_row(rows.slice(place, 1), names[thing]))
        return self.result(rows, cohort, verdicts, errors)

    def cohort(self, rows: pa.RecordBatch, errors: RowErrors) -> Cohort:
        """Number the words of a batch; an unknown word is added to the errors of its row."""
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
            seen=_of_known_studies(seen, place),
            unseen=_of_known_studies(unseen, place),
            order=self.numbers("Procedure", ordered, np.arange(count), "ordered", errors, none=True),
            chosen=self.words(rows.column("scenario"), "scenario", errors),
        )

    def words(self, lists: pa.ListArray, column: str, errors: RowErrors, case: Numbers | None = None) -> Pairs:
        """The findings of lists of words, or the scenarios."""
        kind = SCENARIO if column == "scenario" else "Finding"
        parent = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False).astype(np.int64)
        owner = parent if case is None else case[parent]
        numbers = self.numbers(kind, pc.list_flatten(lists), owner, column, errors)
        known = numbers >= 0
        return Pairs(parent[known], numbers[known])

    def measured(self, maps: pa.MapArray, errors: RowErrors) -> tuple[Pairs, NDArray[np.float64]]:
        """Measures and their numbers."""
        entries = maps.cast(pa.list_(pa.struct([("key", WORD), ("value", pa.float64())])))
        parent = pc.list_parent_indices(entries).to_numpy(zero_copy_only=False).astype(np.int64)
        flat = pc.list_flatten(entries)
        numbers = self.numbers("Measure", pc.struct_field(flat, "key"), parent, "measured", errors)
        values = pc.struct_field(flat, "value").to_numpy(zero_copy_only=False).astype(np.float64)
        finite = np.isfinite(values)
        for place in np.flatnonzero(~(np.abs(values) < LIMIT)).tolist():
            what = "too large" if finite[place] else "not a number"
            errors.add(int(parent[place]), f"measured contains a value that is {what}; write a number such as 65")
        known = (numbers >= 0) & finite
        return Pairs(parent[known], numbers[known]), values[known]

    def numbers(
        self, kind: str, words: pa.DictionaryArray, case: Numbers, column: str, errors: RowErrors, *, none: bool = False
    ) -> Numbers:
        """The numbers of words; -1, and an error in the row, for a word that is not of this kind."""
        known = self._numbers[kind]
        texts = words.dictionary.to_pylist()
        table = np.array([*(known.get(text, -1) for text in texts), -1], dtype=np.int64)
        places = pc.fill_null(words.indices, len(texts)).to_numpy()
        found: Numbers = table[places]
        for place in np.flatnonzero(found < 0).tolist():
            if places[place] < len(texts):
                errors.add(int(case[place]), f"{column}: {self._refusals.unknown(kind, texts[places[place]])}")
            elif not none:
                errors.add(int(case[place]), f"{column}: contains an empty entry; leave it out")
        return found

    def result(self, rows: pa.RecordBatch, cohort: Cohort, verdicts: Conclusions, errors: RowErrors) -> pa.RecordBatch:
        """Write verdicts as a batch; a row with an error has none."""
        good = np.ones(cohort.count, dtype=bool)
        good[list(errors.texts)] = False
        columns = {
            "id": rows.column("id"),
            "unit": rows.column("unit"),
            "ordered": rows.column("ordered"),
            "outcome": self._one(verdicts, "outcome", good),
            "scenario": self._lists(verdicts, "leading", good),
            "basis": self._one(verdicts, "basis", good),
            "chosen_failed": self._lists(verdicts, "chosenFailed", good),
            "rating": self._one(verdicts, "orderRating", good),
            "chosen_rating": self._one(verdicts, "chosenOrderRating", good),
            "contraindicated": pa.array(self._ruled_out(cohort, verdicts), mask=~good),
            "best": self._lists(verdicts, "best", good),
            "urgency": self._one(verdicts, "urgency", good),
            "warnings": self._lists(verdicts, acting("Warning"), good),
            "error": errors.column(cohort.count),
        }
        return pa.RecordBatch.from_arrays([columns[name] for name in RESULT.names], schema=RESULT)

    def _not_answered(self, cohort: Cohort) -> Iterator[tuple[int, str]]:
        """Each row that may enter an unfinished topic, which answers nobody, with the topic."""
        stated = cohort.stated() if self._unanswered else {}
        for given, topics in self._unanswered.items():
            leads = np.array([bool(each) for each in topics])
            for place in np.flatnonzero(leads[stated[given].thing]).tolist():
                yield int(stated[given].case[place]), topics[stated[given].thing[place]][0]

    def _named_twice(self, cohort: Cohort) -> Iterator[tuple[str, int, str]]:
        """Each column that names a word twice in one list, with the row and the word: ``assess`` would not read it."""
        owner = cohort.performed.case
        for column, kind, pairs, cases in (
            ("present", "Finding", cohort.present, None),
            ("absent", "Finding", cohort.absent, None),
            ("measured", "Measure", cohort.measured, None),
            ("scenario", SCENARIO, cohort.chosen, None),
            ("present", "Finding", cohort.seen, owner),
            ("absent", "Finding", cohort.unseen, owner),
        ):
            again = repeated(pairs)
            words = list(self.vocabulary.words(kind)) if len(again) else []
            for place in again.tolist():
                case = pairs.case[place]
                yield column, int(case if cases is None else cases[case]), words[pairs.thing[place]]

    def _ruled_out(self, cohort: Cohort, verdicts: Conclusions) -> Flags:
        """Whether the ordered study is among those that are contraindicated."""
        procedures = list(self.vocabulary.procedures.values())
        number = {iri: n for n, iri in enumerate(procedures)}
        numbers = np.array([number[iri] for iri in verdicts.things["contraindicated"]], dtype=np.int64)
        case, thing = verdicts.pairs["contraindicated"]
        flags = np.zeros(cohort.count, dtype=bool)
        flags[case[numbers[thing] == cohort.order[case]]] = True
        return flags

    def _names(self, verdicts: Conclusions, relation: str) -> list[str]:
        return [self._guide.core.index.answer_name(iri) for iri in verdicts.things[relation]]

    def _one(self, verdicts: Conclusions, relation: str, good: Flags) -> pa.DictionaryArray:
        numbers = verdicts.one(relation)
        return _column_of_words(numbers, self._names(verdicts, relation), good & (numbers >= 0))

    def _lists(self, verdicts: Conclusions, relation: str, good: Flags) -> pa.ListArray:
        """Lists of identifiers, each in alphabetical order, so that it does not depend on the rows that came before."""
        names = self._names(verdicts, relation)
        order = np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.int64)
        case, thing = verdicts.pairs[relation]
        rank = np.argsort(order, kind="stable")[thing] if len(order) else thing
        place = np.argsort(case * len(names) + rank, kind="stable")
        return _lists(Pairs(case[place], rank[place]), [names[number] for number in order], good)


def conform(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Bring a batch into the columns and types of ``ROWS``.

    Returns:
        The same rows with all columns; missing ones are empty.

    Raises:
        AuditError: A required column is missing, a column appears twice, or its values cannot be read as its type.
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
            needed = _schema_of_rows(pa.string()).field(field.name).type
            message = f"the column '{field.name}' contains {column.type}, but {needed} is needed; convert it"
            raise AuditError(message) from error
    return pa.RecordBatch.from_arrays(columns, schema=ROWS)


def _typed(column: pa.Array, kind: pa.DataType, name: str) -> pa.Array:
    if name == "measured" and pa.types.is_struct(column.type):
        return _map_of(column)
    if name == "measured" and pa.types.is_map(column.type) and not _holds_numbers(column.type.item_type):
        raise pa.ArrowTypeError(name)  # text that looks like a number would be read as one, and true as 1
    if name in ("present", "absent", "ordered", "scenario") and not _holds_text(column.type):
        raise pa.ArrowTypeError(name)  # a number would silently be cast to text
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
    """A map, made from a struct with one field for each measure, as JSON readers return it."""
    if not all(_holds_numbers(field.type) for field in column.type):
        raise pa.ArrowTypeError(column.type)  # text that looks like a number would be read as one
    names = [field.name for field in column.type]
    rows = [
        None if row is None else [(name, float(row[name])) for name in names if row[name] is not None]
        for row in column.to_pylist()
    ]
    return pa.array(rows, type=ROWS.field("measured").type)


def _of_known_studies(pairs: Pairs, place: Numbers) -> Pairs:
    """The findings of studies whose procedure is known, by the new number of the study."""
    study = place[pairs.case]
    return Pairs(study[study >= 0], pairs.thing[study >= 0])


def _column_of_words(numbers: NDArray[np.signedinteger[Any]], names: Iterable[str], known: Flags) -> pa.DictionaryArray:
    """A column of words from numbers; empty where the number is not known."""
    places = pa.array(numbers.astype(np.int32), mask=~known)
    return pa.DictionaryArray.from_arrays(places, pa.array(list(names), type=pa.string()))


def _lists(pairs: Pairs, names: Iterable[str], good: Flags) -> pa.ListArray:
    """A column of lists of words; the list of a bad row is empty."""
    kept = good[pairs.case]
    case, thing = pairs.case[kept], pairs.thing[kept]
    offsets = np.searchsorted(case, np.arange(len(good) + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), _column_of_words(thing, names, np.ones(len(thing), dtype=bool)))

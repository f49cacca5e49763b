"""Many cases as arrays: what each of them states, as numbers, and which inputs of a circuit that makes true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.knowledge.content.content import SCENARIO, WORDS
from kg.knowledge.sparql.iris import slug
from kg.logic.circuit.inputs import Compared, Input, Measured, MeasuredTwice, PerformedInput, Stated
from kg.patient.case import Case

Numbers = NDArray[np.int64]
"""Numbers of things: findings, procedures, measures, cases."""

Flags = NDArray[np.bool_]
"""A truth value for each of many things."""


class Pairs(NamedTuple):
    """Pairs of a case and a thing, as two columns."""

    case: Numbers
    thing: Numbers


@dataclass(frozen=True)
class WordNumbering:
    """The words that a case is made of, numbered in their order.

    Attributes:
        findings: Identifier and IRI of each finding; likewise procedures and measures.
        scenarios: Name, with the topic before, and IRI of each scenario.
    """

    findings: Mapping[str, str]
    procedures: Mapping[str, str]
    measures: Mapping[str, str]
    scenarios: Mapping[str, str]

    @classmethod
    def of(cls, words: Mapping[str, Mapping[str, str]]) -> WordNumbering:
        """Number the words of an index.

        Args:
            words: The IRI of each word, by class and identifier.
        """
        return cls(*({word: words[kind][word] for word in sorted(words[kind])} for kind in (*WORDS, SCENARIO)))

    def numbers(self, kind: str) -> dict[str, int]:
        """The number of each identifier, from 0.

        Args:
            kind: ``"Finding"``, ``"Procedure"``, ``"Measure"`` or ``"Scenario"``; a scenario has its identifier
                as well, where no other one has it.
        """
        numbers = {word: number for number, word in enumerate(self.words(kind))}
        if kind != SCENARIO:
            return numbers
        ids = Counter(map(slug, self.scenarios.values()))
        short = {slug(word): number for word, number in numbers.items() if ids[slug(word)] == 1}
        return {**short, **numbers}

    def words(self, kind: str) -> Mapping[str, str]:
        """The IRI of each identifier, in order.

        Args:
            kind: As for ``numbers``.
        """
        return {
            "Finding": self.findings,
            "Procedure": self.procedures,
            "Measure": self.measures,
            SCENARIO: self.scenarios,
        }[kind]

    @cached_property
    def by_iri(self) -> Mapping[str, int]:
        """The number of each IRI, among those of its class."""
        return {iri: n for kind in (*WORDS, SCENARIO) for n, iri in enumerate(self.words(kind).values())}


@dataclass(frozen=True)
class Cohort:
    """Cases by columns, with the numbers of a vocabulary; each column is in the order of the cases.

    Attributes:
        count: How many cases there are.
        present: Findings stated to be present.
        absent: Findings stated to be absent.
        measured: Measures that were taken.
        values: Their numbers.
        performed: Procedures that were done; the position in these arrays is the number of the study.
        seen: Findings that a study showed, by study.
        unseen: Findings that a study did not show, by study.
        order: The intended procedure of each case, or -1.
        assumed: Findings assumed to be absent with all their kinds; None where all cases assume the same.
        chosen: Scenarios that a person chose.
    """

    count: int
    present: Pairs
    absent: Pairs
    measured: Pairs
    values: NDArray[np.float64]
    performed: Pairs
    seen: Pairs
    unseen: Pairs
    order: Numbers
    assumed: Pairs | None = None
    chosen: Pairs = field(default_factory=lambda: _pairs([]))

    def stated(self) -> Mapping[str, Pairs]:
        """What cases state, by the way in which they state it.

        Returns:
            Words by case: of ``"present"``, ``"seen"``, ``"measured"``, ``"performed"``, ``"order"`` and ``"chosen"``.
        """
        intending = np.flatnonzero(self.order >= 0)
        return {
            "present": self.present,
            "seen": Pairs(self.performed.case[self.seen.case], self.seen.thing),
            "measured": self.measured,
            "performed": self.performed,
            "order": Pairs(intending, self.order[intending]),
            "chosen": self.chosen,
        }

    @classmethod
    def of(cls, vocabulary: WordNumbering, cases: Sequence[Case]) -> Cohort:
        """Write cases as arrays.

        Args:
            vocabulary: Numbers the words.
            cases: Cases whose words are all in the vocabulary.
        """
        finding, procedure, measure, scenario = map(vocabulary.numbers, (*WORDS, SCENARIO))
        studies = [(number, study) for number, case in enumerate(cases) for study in case.performed]

        def stated(name: str) -> Pairs:
            return _pairs([(n, finding[word]) for n, case in enumerate(cases) for word in getattr(case, name)])

        return cls(
            count=len(cases),
            present=stated("present"),
            absent=stated("absent"),
            measured=_pairs([(n, measure[name]) for n, case in enumerate(cases) for name in case.measured]),
            values=np.array([float(value) for case in cases for value in case.measured.values()]),
            performed=_pairs([(n, procedure[study.procedure]) for n, study in studies]),
            seen=_pairs([(n, finding[word]) for n, (_, study) in enumerate(studies) for word in study.present]),
            unseen=_pairs([(n, finding[word]) for n, (_, study) in enumerate(studies) for word in study.absent]),
            order=np.array([-1 if c.order is None else procedure[c.order] for c in cases], dtype=np.int64),
            chosen=_pairs([(n, scenario[word]) for n, case in enumerate(cases) for word in case.scenario]),
            assumed=stated("assume_absent"),
        )


def _pairs(pairs: list[tuple[int, int]]) -> Pairs:
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Pairs(columns[:, 0].copy(), columns[:, 1].copy())


class Packer:
    """Finds the inputs that cases make true.

    Attributes:
        rows: The number of each input.
    """

    def __init__(self, vocabulary: WordNumbering) -> None:
        """Begin without inputs; the vocabulary is that of the cohorts."""
        self._vocabulary = vocabulary
        self.rows: dict[Input, int] = {}
        self.number(())  # a table without rows asks for no input

    def number(self, inputs: Iterable[Input]) -> None:
        """Number more inputs.

        Args:
            inputs: The inputs that some circuit asks for; those that have a number keep it.
        """
        self.rows = {fact: row for row, fact in enumerate(dict.fromkeys((*self.rows, *inputs)))}
        self._stated = {name: self._table(name) for name in _OF_THE_CASE}
        self._studies = _Studies(self._vocabulary, self.rows)
        self._numbers: dict[int, list[tuple[Input, int]]] = {}
        for fact, row in self.rows.items():
            if isinstance(fact, Measured | Compared | MeasuredTwice):
                self._numbers.setdefault(self._vocabulary.by_iri[fact.measure], []).append((fact, row))

    def _table(self, relation: str) -> Numbers:
        """The number of the input for each thing, or -1 where no circuit asks for it."""
        kind = _OF_THE_CASE[relation]
        table = np.full(len(self._vocabulary.words(kind)), -1, dtype=np.int64)
        for fact, row in self.rows.items():
            if isinstance(fact, Stated) and fact.relation == relation:
                table[self._vocabulary.by_iri[fact.thing]] = row
        return table

    def facts(self, cohort: Cohort) -> Iterable[Pairs]:
        """The inputs that cases make true: pairs of a case and the number of an input."""
        intending = np.flatnonzero(cohort.order >= 0)
        for relation, pairs in (
            ("present", cohort.present),
            ("absent", cohort.absent),
            ("assumedAbsent", cohort.assumed or _NONE),
            ("order", Pairs(intending, cohort.order[intending])),
            ("chosen", cohort.chosen),
        ):
            for low in range(0, len(pairs.case), _AT_ONCE):
                case, thing = (column[low : low + _AT_ONCE] for column in pairs)
                yield from _wanted_inputs(case, self._stated[relation][thing])
        for measure, facts in self._numbers.items():
            here = np.flatnonzero(cohort.measured.thing == measure)
            case, values = cohort.measured.case[here], cohort.values[here]
            for fact, row in facts if len(here) else ():
                said = case[np.flatnonzero(_said(fact, case, values))]
                yield Pairs(said, np.full(len(said), row))
        if len(cohort.performed.case):
            yield from self._studies.facts(cohort)


_OF_THE_CASE = {
    "present": "Finding",
    "absent": "Finding",
    "assumedAbsent": "Finding",
    "order": "Procedure",
    "chosen": SCENARIO,
}
"""What a case itself states, and the class of each word of it."""

_AT_ONCE = 1 << 16
"""How many facts are looked at together: few enough to stay in the cache of the processor."""

_NONE = Pairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def _wanted_inputs(case: Numbers, rows: Numbers) -> Iterable[Pairs]:
    """Leave out what no circuit asks for."""
    asked = np.flatnonzero(rows >= 0)
    if len(asked) == len(rows):
        yield Pairs(case, rows)
    else:
        yield Pairs(case[asked], rows[asked])


def _said(fact: Input, case: Numbers, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """For which numbers an input is true."""
    match fact:
        case Compared(_, "<", limit):
            return values < float(limit)
        case Compared(_, "<=", limit):
            return values <= float(limit)
        case MeasuredTwice():
            again = np.zeros(len(case), dtype=bool)
            again[1:] = (np.diff(case) == 0) & (np.diff(values) != 0)
            return again
    return np.ones(len(case), dtype=bool)


class _Studies:
    """The inputs about performed studies, looked up by what is said about a study."""

    def __init__(self, vocabulary: WordNumbering, rows: Mapping[Input, int]) -> None:
        self._size = len(vocabulary.findings) + 1
        known = [(fact, row) for fact, row in rows.items() if isinstance(fact, PerformedInput)]
        self._by_kind: dict[tuple[bool, bool, bool, frozenset[str]], tuple[Numbers, Numbers]] = {}
        grouped: dict[tuple[bool, bool, bool, frozenset[str]], list[tuple[int, int]]] = {}
        number = vocabulary.by_iri
        for fact, row in known:
            parts = (fact.procedure, fact.seen, fact.unseen)
            kind = (fact.procedure is not None, fact.seen is not None, fact.unseen is not None, fact.silent)
            key = self._key(*(np.array(-1 if part is None else number[part]) for part in parts))
            grouped.setdefault(kind, []).append((int(key), row))
        for kind, pairs in grouped.items():
            keys, places = np.array(sorted(pairs), dtype=np.int64).T
            self._by_kind[kind] = keys, places

    def _key(self, procedure: Numbers, seen: Numbers, unseen: Numbers) -> Numbers:
        """Procedure, seen and unseen finding as the digits of one number; -1, for a part not asked for, is digit 0."""
        # With 9 findings the base is 10: procedure 4, seen finding 2 and no unseen finding give 530.
        return ((procedure + 1) * self._size + seen + 1) * self._size + unseen + 1

    def facts(self, cohort: Cohort) -> Iterable[Pairs]:
        """The inputs that the studies of cases make true: case and row."""
        recorded = {name: np.zeros(len(cohort.performed.case), dtype=bool) for name in ("present", "absent")}
        recorded["present"][cohort.seen.case] = True
        recorded["absent"][cohort.unseen.case] = True
        for (procedure, seen, unseen, silent), (keys, rows) in self._by_kind.items():
            study, shown, missed = self._said(cohort, seen=seen, unseen=unseen)
            for name in silent:
                kept = ~recorded[name][study]
                study, shown, missed = study[kept], shown[kept], missed[kept]
            which = cohort.performed.thing[study] if procedure else np.full(len(study), -1)
            wanted = self._key(which, shown, missed)
            place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            found = keys[place] == wanted
            yield Pairs(cohort.performed.case[study[found]], rows[place[found]])

    def _said(self, cohort: Cohort, *, seen: bool, unseen: bool) -> tuple[Numbers, Numbers, Numbers]:
        """Every study with one finding of each kind that is asked for; -1 for a kind that is not asked for."""
        if not seen and not unseen:
            study = np.arange(len(cohort.performed.case))
            return study, np.full(len(study), -1), np.full(len(study), -1)
        if seen and unseen:
            one, other = _equal_pairs(cohort.seen.case, cohort.unseen.case)
            return cohort.seen.case[one], cohort.seen.thing[one], cohort.unseen.thing[other]
        pairs = cohort.seen if seen else cohort.unseen
        none = np.full(len(pairs.case), -1)
        return (pairs.case, pairs.thing, none) if seen else (pairs.case, none, pairs.thing)


def _equal_pairs(left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
    """The positions of all pairs of equal numbers, one on the left and one on the right."""
    # For [5, 7] and [7, 5, 5]: left 0 is equal to right 1 and 2, left 1 to right 0, so [0, 0, 1] and [1, 2, 0].
    order = np.argsort(right, kind="stable")
    first = np.searchsorted(right[order], left)
    counts = np.searchsorted(right[order], left, side="right") - first
    which = np.repeat(np.arange(len(left)), counts)
    before = np.cumsum(counts) - counts
    return which, order[np.arange(len(which)) + np.repeat(first - before, counts)]


_LONG_LIST = 64


def repeated(pairs: Pairs) -> Numbers:
    """The places of the words that their list names before.

    The words of a list stand together, and most lists are short: comparing each word with its neighbours takes a third
    of the time of sorting them. Lists of more than ``_LONG_LIST`` words are sorted.
    """
    case, thing = pairs
    found = [np.zeros(0, dtype=np.int64)]
    for apart in range(1, len(case)):
        if not (together := case[apart:] == case[:-apart]).any():
            break
        if apart > _LONG_LIST:
            order = np.lexsort((thing, case))
            again = (np.diff(case[order]) == 0) & (np.diff(thing[order]) == 0)
            by_sorting: Numbers = order[1:][again]
            return by_sorting
        found.append(np.flatnonzero(together & (thing[apart:] == thing[:-apart])) + apart)
    return np.concatenate(found)

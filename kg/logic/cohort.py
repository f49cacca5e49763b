"""Many cases as arrays: the numbers of what each of them states, and which inputs of a circuit that makes true."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.case import Case
from kg.logic.inputs import Compared, Input, Measured, MeasuredTwice, Performed, Stated

Numbers = NDArray[np.int64]
"""Numbers of things: findings, procedures, measures, cases."""


Flags = NDArray[np.bool_]
"""Whether each of many things is so."""


class Pairs(NamedTuple):
    """Things of cases: the case of each, and the thing."""

    case: Numbers
    thing: Numbers


@dataclass(frozen=True)
class Vocabulary:
    """The words that a case is made of, numbered in their order.

    Attributes:
        findings: Identifier and IRI of each finding; likewise procedures and measures.
    """

    findings: Mapping[str, str]
    procedures: Mapping[str, str]
    measures: Mapping[str, str]

    @classmethod
    def of(cls, words: Mapping[str, Mapping[str, str]]) -> Vocabulary:
        """Take the words of an index.

        Args:
            words: IRIs by class and identifier.

        Returns:
            The words, in order.
        """
        return cls(*({word: words[kind][word] for word in sorted(words[kind])} for kind in _CLASSES))

    def numbers(self, kind: str) -> dict[str, int]:
        """The number of each identifier.

        Args:
            kind: ``"Finding"``, ``"Procedure"`` or ``"Measure"``.

        Returns:
            Numbers from 0.
        """
        return {word: number for number, word in enumerate(self.words(kind))}

    def words(self, kind: str) -> Mapping[str, str]:
        """The IRI of each identifier, in order.

        Args:
            kind: As for ``numbers``.

        Returns:
            IRIs by identifier.
        """
        return {"Finding": self.findings, "Procedure": self.procedures, "Measure": self.measures}[kind]

    @cached_property
    def by_iri(self) -> Mapping[str, int]:
        """The number of each IRI, among those of its class."""
        return {iri: n for kind in _CLASSES for n, iri in enumerate(self.words(kind).values())}


_CLASSES = ("Finding", "Procedure", "Measure")


@dataclass(frozen=True)
class Cohort:
    """Cases by columns, in the numbers of a vocabulary; what cases state is in the order of the cases.

    Attributes:
        count: How many cases there are.
        present: Findings stated to be present.
        absent: Findings stated to be absent.
        measured: Measures that were taken.
        values: Their numbers.
        performed: Procedures that were done; the place in these arrays is the number of the study.
        seen: Findings that a study showed, by study.
        unseen: Findings that a study did not show, by study.
        order: The intended procedure of each case, or -1.
        assumed: Findings of which every kind is assumed absent; None where no case differs in that from the others.
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

    def stated(self) -> Mapping[str, Pairs]:
        """What cases state, by the way in which they do.

        Returns:
            Words by case: of ``"present"``, ``"seen"``, ``"measured"``, ``"performed"`` and ``"intended"``.
        """
        intending = np.flatnonzero(self.order >= 0)
        return {
            "present": self.present,
            "seen": Pairs(self.performed.case[self.seen.case], self.seen.thing),
            "measured": self.measured,
            "performed": self.performed,
            "intended": Pairs(intending, self.order[intending]),
        }

    @classmethod
    def of(cls, vocabulary: Vocabulary, cases: Sequence[Case]) -> Cohort:
        """Write cases as arrays.

        Args:
            vocabulary: What numbers the words.
            cases: Cases of which every word is in the vocabulary.

        Returns:
            The cohort.
        """
        finding, procedure, measure = map(vocabulary.numbers, _CLASSES)
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
            assumed=stated("assume_absent"),
        )


def _pairs(pairs: list[tuple[int, int]]) -> Pairs:
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Pairs(columns[:, 0].copy(), columns[:, 1].copy())


class Packer:
    """Says which inputs cases make true.

    Attributes:
        rows: The number of each input.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Begin without inputs.

        Args:
            vocabulary: What numbers the words of cohorts.
        """
        self._vocabulary = vocabulary
        self.rows: dict[Input, int] = {}

    def number(self, inputs: Iterable[Input]) -> None:
        """Number more inputs.

        Args:
            inputs: The inputs that some circuit asks for; those that have a number keep it.
        """
        self.rows = {fact: row for row, fact in enumerate(dict.fromkeys((*self.rows, *inputs)))}
        self._stated = {name: self._table(name) for name in ("present", "absent", "assumedAbsent", "intended")}
        self._studies = _Studies(self._vocabulary, self.rows)
        self._numbers: dict[int, list[tuple[Input, int]]] = {}
        for fact, row in self.rows.items():
            if isinstance(fact, Measured | Compared | MeasuredTwice):
                self._numbers.setdefault(self._vocabulary.by_iri[fact.measure], []).append((fact, row))

    def _table(self, relation: str) -> Numbers:
        """The number of the input for each thing, or -1 where no circuit asks for it."""
        kind = "Procedure" if relation == "intended" else "Finding"
        table = np.full(len(self._vocabulary.words(kind)), -1, dtype=np.int64)
        for fact, row in self.rows.items():
            if isinstance(fact, Stated) and fact.relation == relation:
                table[self._vocabulary.by_iri[fact.thing]] = row
        return table

    def facts(self, cohort: Cohort) -> Iterable[Pairs]:
        """The inputs that cases make true.

        Args:
            cohort: The cases.

        Yields:
            Cases, and the number of an input of each.
        """
        intending = np.flatnonzero(cohort.order >= 0)
        for relation, pairs in (
            ("present", cohort.present),
            ("absent", cohort.absent),
            ("assumedAbsent", cohort.assumed or _NONE),
            ("intended", Pairs(intending, cohort.order[intending])),
        ):
            for low in range(0, len(pairs.case), _AT_ONCE):
                case, thing = (column[low : low + _AT_ONCE] for column in pairs)
                yield from _asked(case, self._stated[relation][thing])
        for measure, facts in self._numbers.items():
            here = np.flatnonzero(cohort.measured.thing == measure)
            case, values = cohort.measured.case[here], cohort.values[here]
            for fact, row in facts if len(here) else ():
                said = case[np.flatnonzero(_said(fact, case, values))]
                yield Pairs(said, np.full(len(said), row))
        if len(cohort.performed.case):
            yield from self._studies.facts(cohort)


_AT_ONCE = 1 << 16
"""So many facts are looked at together: few enough to stay in the processor's cache."""

_NONE = Pairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def _asked(case: Numbers, rows: Numbers) -> Iterable[Pairs]:
    """Leave out what no circuit asks for."""
    asked = np.flatnonzero(rows >= 0)
    if len(asked) == len(rows):
        yield Pairs(case, rows)
    else:
        yield Pairs(case[asked], rows[asked])


def _said(fact: Input, case: Numbers, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Of which numbers an input is true."""
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
    """The inputs about performed studies, to be looked up by what is said of a study."""

    def __init__(self, vocabulary: Vocabulary, rows: Mapping[Input, int]) -> None:
        self._size = len(vocabulary.findings) + 1
        known = [(fact, row) for fact, row in rows.items() if isinstance(fact, Performed)]
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
        """Every study with one of its findings of each kind that is asked for; -1 where none is."""
        if not seen and not unseen:
            study = np.arange(len(cohort.performed.case))
            return study, np.full(len(study), -1), np.full(len(study), -1)
        if seen and unseen:
            one, other = _together(cohort.seen.case, cohort.unseen.case)
            return cohort.seen.case[one], cohort.seen.thing[one], cohort.unseen.thing[other]
        pairs = cohort.seen if seen else cohort.unseen
        none = np.full(len(pairs.case), -1)
        return (pairs.case, pairs.thing, none) if seen else (pairs.case, none, pairs.thing)


def _together(left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
    """The places of all pairs of equal numbers."""
    order = np.argsort(right, kind="stable")
    first = np.searchsorted(right[order], left)
    counts = np.searchsorted(right[order], left, side="right") - first
    which = np.repeat(np.arange(len(left)), counts)
    before = np.cumsum(counts) - counts
    return which, order[np.arange(len(which)) + np.repeat(first - before, counts)]

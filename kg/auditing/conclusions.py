"""What the derive queries conclude about many cases: facts become bits, a circuit runs on them, and its bits are read.

Cases are grouped by the topics that they may enter, because each set of topics has a circuit of its own. A large
circuit is narrowed to what its cases state. Nothing is decided here: a circuit says what the queries say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.auditing.cohort import Cohort, Numbers, Packer, Pairs, WordNumbering
from kg.knowledge.content.content import SCENARIO
from kg.logic.circuit.gates import Circuit, restricted
from kg.logic.circuit.inputs import Input, Stated
from kg.logic.circuit.vector import BitWords, Executor

Wanted = Mapping[str, Callable[[str], bool] | None]
"""The relations to work out; for each, a test that selects things, or None for all."""


@dataclass(frozen=True)
class Conclusions:
    """What was concluded about some cases.

    Attributes:
        count: How many cases there are.
        things: For each relation, the IRIs that the numbers in its pairs stand for.
        pairs: For each relation, pairs of case and thing, in the order of the cases.
    """

    count: int
    things: Mapping[str, Sequence[str]]
    pairs: Mapping[str, Pairs]

    def one(self, relation: str) -> Numbers:
        """The number of the one thing that each case has, or -1.

        Args:
            relation: A relation that leads to at most one thing.
        """
        found = np.full(self.count, -1, dtype=np.int64)
        found[self.pairs[relation].case] = self.pairs[relation].thing
        return found


@dataclass
class _TopicGroup:
    """The cases that may enter one set of topics.

    Attributes:
        topics: The topics.
        stated: The inputs that any case has made true so far.
        executor: Runs the circuit, narrowed to these.
        codes: What each of its outputs means: relation and thing in one number.
    """

    topics: frozenset[str]
    stated: frozenset[Input]
    executor: Executor
    codes: Numbers


class CohortRunner:
    """Runs circuits on cohorts."""

    def __init__(
        self,
        vocabulary: WordNumbering,
        entries: Mapping[str, Mapping[str, Iterable[str]]],
        circuit: Callable[[frozenset[str]], Circuit],
        wanted: Wanted,
        assumed: Sequence[str] | None = (),
        presumed: Sequence[str] = (),
    ) -> None:
        """Prepare to judge; circuits are opened when a cohort first needs them.

        Args:
            vocabulary: Numbers the words of cohorts.
            entries: The topics that a word lets a case enter, by the way in which it is stated and by its IRI.
            circuit: Gives the circuit for the cases that may enter certain topics.
            wanted: What to conclude.
            assumed: The findings that every case assumes to be absent; None for cohorts that say so case by case.
            presumed: The presumptions that are made for every case.
        """
        self._circuit, self._wanted = circuit, wanted
        leads = {
            given: [frozenset(way.get(iri, ())) for iri in vocabulary.words(CLASS_OF_STATED_WORD[given]).values()]
            for given, way in entries.items()
        }
        self._sets = list(dict.fromkeys([frozenset[str](), *(topics for each in leads.values() for topics in each)]))
        number = {topics: place for place, topics in enumerate(self._sets)}
        self._enters = {given: np.array([number[topics] for topics in each]) for given, each in leads.items()}
        """The set of topics that each word leads to, by the way in which it is stated."""
        self._assumed = None if assumed is None else frozenset(assumed)
        self._always = [Stated("assumedAbsent", finding) for finding in assumed or ()]
        self._always += [Stated("presumes", presumption) for presumption in presumed]
        self._things: dict[str, dict[str, int]] = {relation: {} for relation in wanted}
        self._numbers: dict[frozenset[str], int] = {}
        self._groups: list[_TopicGroup] = []
        self._packer = Packer(vocabulary)
        self._rows = np.zeros((0, 0), dtype=np.int32)
        """For each group and input: its row, or ``_UNASKED``, or ``_UNSEEN`` as long as no case has stated it."""

    def judge(self, cohort: Cohort) -> Conclusions:
        """What the derive queries conclude about each case of a cohort."""
        group = self._grouped(cohort)
        bits, laid = self._packed(cohort, group)
        found = [np.zeros(0, dtype=np.int64)]
        for number in laid.used:
            opened = self._groups[number]
            found.append(_codes(opened.executor.run(laid.part(bits, number)), opened.codes, laid.cases(number)))
        return self._verdicts(cohort.count, np.concatenate(found))

    def _verdicts(self, count: int, codes: Numbers) -> Conclusions:
        """Split the numbers that stand for relation, case and thing; sorted, they are in that order."""
        codes.sort(kind="stable")  # a stable sort is fast here, because it uses the many sorted runs
        bounds = np.searchsorted(codes, np.arange(len(self._wanted) + 1) << _RELATION).tolist()
        pairs = {}
        for relation, low, high in zip(self._wanted, bounds, bounds[1:], strict=False):
            part = codes[low:high]
            pairs[relation] = Pairs(part >> _CASE & _LAST_CASE, part & _LAST_THING)
        return Conclusions(count, {relation: tuple(numbers) for relation, numbers in self._things.items()}, pairs)

    # ------------------------------------------------------------------ groups

    def _grouped(self, cohort: Cohort) -> Numbers:
        """The number of the group of each case; a group has the cases that may enter the same topics."""
        stated, found = cohort.stated(), [_NOWHERE]
        for given, enters in self._enters.items():
            to = enters[stated[given].thing]
            entering = np.flatnonzero(to)
            found.append(Pairs(stated[given].case[entering], to[entering]))
        case, leads = (np.concatenate(column) for column in zip(*found, strict=True))
        group, most = np.zeros((2, cohort.count), dtype=np.int64)
        np.maximum.at(most, case, leads)
        group[case] = leads
        several = np.zeros(cohort.count, dtype=bool)
        several[case[leads != most[case]]] = True
        here = np.flatnonzero(several[case])
        sets = self._united(case[here], leads[here], group)
        used = np.bincount(group, minlength=len(sets)) > 0
        self._open([topics for topics, there in zip(sets, used.tolist(), strict=True) if there])
        numbers = np.array([self._numbers.get(topics, -1) for topics in sets], dtype=np.int64)
        return numbers[group]

    def _united(self, case: Numbers, leads: Numbers, group: Numbers) -> list[frozenset[str]]:
        """Unite the sets of topics of cases whose words lead to several; ``group`` then numbers the sets returned."""
        # A case with words that lead to {a}, {b} and {c} goes from {} to {a}, {a, b} and {a, b, c}, one step in each
        # round of the loop. All cases take a round together, and each different step is worked out once.
        known = {topics: number for number, topics in enumerate(self._sets)}
        size = len(known)
        keys = np.sort(case * size + leads, kind="stable")
        case, leads = np.divmod(keys[np.flatnonzero(np.diff(keys, prepend=-1))], size)
        starts = np.flatnonzero(np.diff(case, prepend=-1))
        group[case] = 0
        for rank in range(int(np.diff(starts, append=len(case)).max(initial=0))):
            here = starts[np.diff(starts, append=len(case)) > rank] + rank
            steps = group[case[here]] * size + leads[here]
            different = np.unique(steps)
            sets = list(known)
            united = [sets[before] | self._sets[more] for before, more in zip(*np.divmod(different, size), strict=True)]
            numbers = [known.setdefault(topics, len(known)) for topics in united]
            group[case[here]] = np.array(numbers)[np.searchsorted(different, steps)]
        return list(known)

    def _open(self, sets: Iterable[frozenset[str]]) -> None:
        """Open new sets of topics, and note what their circuits ask for."""
        new = {topics: self._circuit(topics) for topics in sets if topics not in self._numbers}
        if not new:
            return
        self._packer.number(fact for circuit in new.values() for fact in circuit.inputs)
        rows = np.full((len(self._groups) + len(new), len(self._packer.rows)), _UNASKED, dtype=np.int32)
        rows[: self._rows.shape[0], : self._rows.shape[1]] = self._rows
        self._rows = rows
        for topics, circuit in new.items():
            number = self._numbers[topics] = len(self._groups)
            asked = [fact for fact in circuit.inputs if not self._settled(fact)]
            self._rows[number, [self._packer.rows[fact] for fact in asked]] = _UNSEEN
            self._groups.append(self._narrowed(topics, circuit, frozenset(asked if len(asked) <= _FEW else ())))
            self._place(number)

    def _settled(self, fact: Input) -> bool:
        """Whether an input is the same for all cases."""
        settled = {"presumes"} if self._assumed is None else {"presumes", "assumedAbsent"}
        return isinstance(fact, Stated) and fact.relation in settled

    def _narrowed(self, topics: frozenset[str], circuit: Circuit, stated: frozenset[Input]) -> _TopicGroup:
        """A group whose circuit has only what is wanted, for cases that state certain things and nothing else."""
        outputs = {
            relation: {
                thing: x for thing, x in circuit.outputs.get(relation, {}).items() if chosen is None or chosen(thing)
            }
            for relation, chosen in self._wanted.items()
        }
        never = frozenset(circuit.inputs).difference(stated, self._always)
        executor = Executor(restricted(circuit, outputs, never=never, always=self._always))
        place = {relation: number for number, relation in enumerate(self._wanted)}
        codes = [place[relation] << _RELATION | self._number(relation, thing) for relation, thing in executor.outputs]
        return _TopicGroup(topics, stated, executor, np.array(codes, dtype=np.int64))

    def _number(self, relation: str, thing: str) -> int:
        return self._things[relation].setdefault(thing, len(self._things[relation]))

    def _widen(self, unseen: Numbers) -> None:
        """Widen groups by what their cases state for the first time: group and input, in one number."""
        facts = list(self._packer.rows)
        groups, places = np.divmod(np.unique(unseen), len(facts))
        for number in np.unique(groups).tolist():
            stated = {facts[place] for place in places[groups == number].tolist()}
            group = self._groups[number]
            self._groups[number] = self._narrowed(group.topics, self._circuit(group.topics), group.stated | stated)
            self._place(number)

    def _place(self, number: int) -> None:
        """Note the rows of the inputs of a group, and the stated inputs that it does not need."""
        group = self._groups[number]
        self._rows[number, [self._packer.rows[fact] for fact in group.stated]] = _UNASKED
        for row, fact in enumerate(group.executor.inputs):
            self._rows[number, self._packer.rows[fact]] = row

    # ------------------------------------------------------------------ bits

    def _packed(self, cohort: Cohort, group: Numbers) -> tuple[BitWords, _Layout]:
        """What cases state as bits, group by group."""
        while True:
            laid = _Layout(group, [len(each.executor.inputs) for each in self._groups])
            bits = np.zeros(laid.size, dtype=np.uint64)
            unseen = []
            first = group * len(self._packer.rows)
            for case, fact in self._packer.facts(cohort):
                place = first[case] + fact
                row = self._rows.ravel()[place]
                if row.size and row.min() == _UNSEEN:
                    unseen.append(place[row == _UNSEEN])
                if not unseen:
                    laid.set(bits, row, case)
            if not unseen:
                return bits, laid
            self._widen(np.concatenate(unseen))


_UNASKED, _UNSEEN = -1, -2
_FEW = 4000
"""A circuit with at most this many inputs is run whole; a larger one is narrowed to what cases state."""

_CASE, _RELATION = 24, 56
_LAST_THING, _LAST_CASE = (1 << _CASE) - 1, (1 << _RELATION - _CASE) - 1
"""A conclusion is one number: relation, case and thing, from the left. Relation 2, case 5 and thing 7 are
``2 << 56 | 5 << 24 | 7``."""


class _Layout:
    """Where the bits of cases are: each group begins at a new word, with its rows one after another.

    A group of 70 cases has rows of two words. The bit of its case 65 in row 3 is bit 1 of word 3 * 2 + 1 of the group.
    """

    def __init__(self, group: Numbers, rows: Sequence[int]) -> None:
        self.counts = np.bincount(group, minlength=len(rows))
        self.used: list[int] = np.flatnonzero(self.counts).tolist()
        self._words = -(-self.counts // 64)
        self._rows = np.array(rows, dtype=np.int64)
        self._start = np.concatenate([[0], np.cumsum(self._rows * self._words)])
        self.size = int(self._start[-1])
        self._order = np.argsort(group.astype(np.uint16) if len(rows) < 1 << 16 else group, kind="stable")
        self._first = np.concatenate([[0], np.cumsum(self.counts)])
        within = np.empty(len(group), dtype=np.int64)
        within[self._order] = np.arange(len(group)) - np.repeat(self._first[:-1], self.counts)
        self._word = self._start[group] + (within >> 6)
        self._stride = self._words[group]
        self._mask = np.left_shift(np.uint64(1), (within & 63).astype(np.uint64))

    def set(self, bits: BitWords, row: NDArray[np.int32], case: Numbers) -> None:
        """Set the bits of cases in rows of their groups; a negative row is skipped."""
        masks = np.where(row >= 0, self._mask[case], np.uint64(0))
        np.bitwise_or.at(bits, self._word[case] + row * self._stride[case], masks)

    def part(self, bits: BitWords, group: int) -> BitWords:
        """The rows of a group."""
        here = bits[self._start[group] : self._start[group + 1]]
        return here.reshape(int(self._rows[group]), int(self._words[group]))

    def cases(self, group: int) -> Numbers:
        """The case of each bit of a group."""
        return self._order[self._first[group] : self._first[group + 1]]


def _codes(said: BitWords, codes: Numbers, cases: Numbers) -> Numbers:
    """Relation, case and thing of every bit that is set, in one number."""
    some = np.flatnonzero(said.any(axis=1))
    flags = np.unpackbits(said[some].view(np.uint8), axis=1, bitorder="little", count=len(cases))
    row, place = np.divmod(np.flatnonzero(flags.view(np.bool_)), len(cases))
    found: Numbers = codes[some[row]] | cases[place] << _CASE
    return found


_OF_STUDIES = {"performed": "Procedure", "order": "Procedure"}
CLASS_OF_STATED_WORD = {
    **{"present": "Finding", "seen": "Finding", "measured": "Measure", "chosen": SCENARIO},
    **_OF_STUDIES,
}
"""The ways in which a word is stated that may let a case enter a topic, or bring it, and the class of the word."""

_NOWHERE = Pairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))

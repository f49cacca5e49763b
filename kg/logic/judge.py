"""What the derive queries conclude of many cases: their facts as bits, the circuit of their topics, and the bits read.

Cases are put together by the topics that they may enter, as each set of topics has a circuit of its own, and a large
one is narrowed to what its cases state. Nothing is decided here: a circuit is what the queries say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.logic.circuit import Circuit, restricted
from kg.logic.cohort import Cohort, Numbers, Packer, Pairs, Vocabulary
from kg.logic.inputs import Input, Stated
from kg.logic.vector import Executor, Words

Wanted = Mapping[str, Callable[[str], bool] | None]
"""The relations to be worked out; of each, of which things, or of all."""


@dataclass(frozen=True)
class Verdicts:
    """What was concluded of some cases.

    Attributes:
        count: How many cases there are.
        things: The IRIs that the pairs of each relation number.
        pairs: Of each relation, case and thing, in the order of cases.
    """

    count: int
    things: Mapping[str, Sequence[str]]
    pairs: Mapping[str, Pairs]

    def one(self, relation: str) -> Numbers:
        """The number of the one thing that each case has.

        Args:
            relation: A relation that leads to one thing at most.

        Returns:
            A number for each case; -1 where there is none.
        """
        found = np.full(self.count, -1, dtype=np.int64)
        found[self.pairs[relation].case] = self.pairs[relation].thing
        return found

    def some(self, relation: str) -> NDArray[np.bool_]:
        """Whether each case has anything.

        Args:
            relation: A relation.

        Returns:
            A flag for each case.
        """
        flags = np.zeros(self.count, dtype=bool)
        flags[self.pairs[relation].case] = True
        return flags


@dataclass
class _Group:
    """The cases that may enter one set of topics.

    Attributes:
        topics: The topics.
        stated: The inputs that some case has made true so far.
        executor: Runs the circuit, narrowed to these.
        codes: What each of its outputs says: relation and thing in one number.
    """

    topics: frozenset[str]
    stated: frozenset[Input]
    executor: Executor
    codes: Numbers


class Judge:
    """Concludes for cohorts."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        entries: Mapping[str, Mapping[str, Iterable[str]]],
        circuit: Callable[[frozenset[str]], Circuit],
        wanted: Wanted,
        assumed: Sequence[str] | None = (),
    ) -> None:
        """Take what cases are judged by.

        Args:
            vocabulary: What numbers the words of cohorts.
            entries: The topics that each word may let a case enter, by the way in which it is stated, and by its IRI.
            circuit: The circuit of the cases that may enter some topics.
            wanted: What is to be concluded.
            assumed: Findings that every case assumes absent, so that a cohort need not say so, and no others; None for
                cohorts that say so case by case.
        """
        self._circuit, self._wanted = circuit, wanted
        leads = {
            given: [frozenset(way.get(iri, ())) for iri in vocabulary.words(_KINDS[given]).values()]
            for given, way in entries.items()
        }
        self._sets = list(dict.fromkeys([frozenset[str](), *(topics for each in leads.values() for topics in each)]))
        number = {topics: place for place, topics in enumerate(self._sets)}
        self._enters = {given: np.array([number[topics] for topics in each]) for given, each in leads.items()}
        """To which set of topics each word leads, by the way in which it is stated."""
        self._assumed = None if assumed is None else frozenset(assumed)
        self._things: dict[str, dict[str, int]] = {relation: {} for relation in wanted}
        self._numbers: dict[frozenset[str], int] = {}
        self._groups: list[_Group] = []
        self._packer = Packer(vocabulary)
        self._rows = np.zeros((0, 0), dtype=np.int32)
        """Of each group and each input the row, or ``_UNASKED``, or ``_UNSEEN`` as long as no case has stated it."""

    def judge(self, cohort: Cohort) -> Verdicts:
        """Conclude for some cases.

        Args:
            cohort: The cases; all that they state is in the order of cases.

        Returns:
            What the derive queries say of each.
        """
        group = self._grouped(cohort)
        bits, laid = self._packed(cohort, group)
        found = [np.zeros(0, dtype=np.int64)]
        for number in laid.used:
            opened = self._groups[number]
            found.append(_codes(opened.executor.run(laid.part(bits, number)), opened.codes, laid.cases(number)))
        return self._verdicts(cohort.count, np.concatenate(found))

    def _verdicts(self, count: int, codes: Numbers) -> Verdicts:
        """Take numbers apart that say relation, case and thing; sorted, they are in that order."""
        codes.sort(kind="stable")  # of many runs in order, which it makes use of
        bounds = np.searchsorted(codes, np.arange(len(self._wanted) + 1) << _RELATION).tolist()
        pairs = {}
        for relation, low, high in zip(self._wanted, bounds, bounds[1:], strict=False):
            part = codes[low:high]
            pairs[relation] = Pairs(part >> _CASE & _LAST_CASE, part & _LAST_THING)
        return Verdicts(count, {relation: tuple(numbers) for relation, numbers in self._things.items()}, pairs)

    # ------------------------------------------------------------------ groups

    def _grouped(self, cohort: Cohort) -> Numbers:
        """The number of the group of each case: those that may enter the same topics."""
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
        """Unite the sets of cases with words that lead to several: all sets, in the numbers that ``group`` then has."""
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
        """Open sets of topics that are new: of their circuits it is noted what they ask."""
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
        return self._assumed is not None and isinstance(fact, Stated) and fact.relation == "assumedAbsent"

    def _narrowed(self, topics: frozenset[str], circuit: Circuit, stated: frozenset[Input]) -> _Group:
        """What is wanted of a circuit, for cases that state some things and nothing else."""
        outputs = {
            relation: {
                thing: x for thing, x in circuit.outputs.get(relation, {}).items() if chosen is None or chosen(thing)
            }
            for relation, chosen in self._wanted.items()
        }
        assumed = [Stated("assumedAbsent", finding) for finding in self._assumed or ()]
        never = frozenset(circuit.inputs).difference(stated, assumed)
        executor = Executor(restricted(circuit, outputs, never=never, always=assumed))
        place = {relation: number for number, relation in enumerate(self._wanted)}
        codes = [place[relation] << _RELATION | self._number(relation, thing) for relation, thing in executor.outputs]
        return _Group(topics, stated, executor, np.array(codes, dtype=np.int64))

    def _number(self, relation: str, thing: str) -> int:
        return self._things[relation].setdefault(thing, len(self._things[relation]))

    def _widen(self, unseen: Numbers) -> None:
        """Take in what cases of a group state for the first time: group and input, in one number."""
        facts = list(self._packer.rows)
        groups, places = np.divmod(np.unique(unseen), len(facts))
        for number in np.unique(groups).tolist():
            stated = {facts[place] for place in places[groups == number].tolist()}
            group = self._groups[number]
            self._groups[number] = self._narrowed(group.topics, self._circuit(group.topics), group.stated | stated)
            self._place(number)

    def _place(self, number: int) -> None:
        """Note the rows of the inputs of a group, and which of those stated it does without."""
        group = self._groups[number]
        self._rows[number, [self._packer.rows[fact] for fact in group.stated]] = _UNASKED
        for row, fact in enumerate(group.executor.inputs):
            self._rows[number, self._packer.rows[fact]] = row

    # ------------------------------------------------------------------ bits

    def _packed(self, cohort: Cohort, group: Numbers) -> tuple[Words, _Layout]:
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
"""A circuit that asks no more than this is run whole; a larger one is narrowed to what cases state."""

_CASE, _RELATION = 24, 56
_LAST_THING, _LAST_CASE = (1 << _CASE) - 1, (1 << _RELATION - _CASE) - 1
"""A verdict is one number: relation, case and thing, from the left."""


class _Layout:
    """Where the bits of cases are: the cases of a group side by side from a new word on, its rows one after another."""

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

    def set(self, bits: Words, row: NDArray[np.int32], case: Numbers) -> None:
        """Set the bit of each of some cases in a row of its group; of a row below 0, none."""
        masks = np.where(row >= 0, self._mask[case], np.uint64(0))
        np.bitwise_or.at(bits, self._word[case] + row * self._stride[case], masks)

    def part(self, bits: Words, group: int) -> Words:
        """The rows of a group."""
        here = bits[self._start[group] : self._start[group + 1]]
        return here.reshape(int(self._rows[group]), int(self._words[group]))

    def cases(self, group: int) -> Numbers:
        """The case of each bit of a group."""
        return self._order[self._first[group] : self._first[group + 1]]


def _codes(said: Words, codes: Numbers, cases: Numbers) -> Numbers:
    """Relation, case and thing, in one number, of every bit that is set."""
    some = np.flatnonzero(said.any(axis=1))
    flags = np.unpackbits(said[some].view(np.uint8), axis=1, bitorder="little", count=len(cases))
    row, place = np.divmod(np.flatnonzero(flags.view(np.bool_)), len(cases))
    found: Numbers = codes[some[row]] | cases[place] << _CASE
    return found


_OF_STUDIES = {"performed": "Procedure", "intended": "Procedure"}
_KINDS = {"present": "Finding", "seen": "Finding", "measured": "Measure", **_OF_STUDIES}
"""The ways in which a word is stated that may let a case enter a topic, and the class of the word."""

_NOWHERE = Pairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))

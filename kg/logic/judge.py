"""What the derive queries conclude of many cases: their facts as bits, the circuit of their topics, and the bits read.

Cases are put together by the topics that they may enter, as each set of topics has a circuit of its own. Nothing is
decided here: a circuit is what the queries say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.logic.circuit import Circuit, restricted
from kg.logic.cohort import Cohort, Numbers, Packer, Pairs, Vocabulary
from kg.logic.inputs import Stated
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


@dataclass(frozen=True)
class _Group:
    """A circuit with the places of what it takes and gives."""

    executor: Executor
    rows: Numbers
    numbers: Numbers


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
        self._vocabulary, self._circuit, self._wanted = vocabulary, circuit, wanted
        self._topics = sorted({topic for way in entries.values() for topics in way.values() for topic in topics})
        self._entries = [
            (
                start,
                {
                    given: _masks(vocabulary.words(_KINDS[given]).values(), way, self._topics[start : start + 64])
                    for given, way in entries.items()
                },
            )
            for start in range(0, len(self._topics), 64)
        ]
        self._assumed = None if assumed is None else frozenset(assumed)
        self._things: dict[str, dict[str, int]] = {relation: {} for relation in wanted}
        self._groups: dict[frozenset[str], _Group] = {}
        self._circuits: dict[frozenset[str], Circuit] = {}
        self._packer = Packer(vocabulary, ())

    def judge(self, cohort: Cohort) -> Verdicts:
        """Conclude for some cases.

        Args:
            cohort: The cases.

        Returns:
            What the derive queries say of each.
        """
        sets, group = self._sets(cohort)
        self._open(sets)
        place, first = _places(group, len(sets))
        words = int(first[-1])
        bits = self._packer.pack(cohort, place, words)
        case = np.full(64 * words, -1, dtype=np.int64)
        case[place] = np.arange(cohort.count)
        found: dict[str, list[Pairs]] = {relation: [] for relation in self._wanted}
        for number, topics in enumerate(sets):
            here = slice(int(first[number]), int(first[number + 1]))
            opened = self._groups[topics]
            said = opened.executor.run(bits[opened.rows, here])
            for relation, pairs in self._read(opened, said, case[64 * here.start : 64 * here.stop]):
                found[relation].append(pairs)
        things = {relation: tuple(numbers) for relation, numbers in self._things.items()}
        return Verdicts(cohort.count, things, {name: _in_order(parts, cohort.count) for name, parts in found.items()})

    # ------------------------------------------------------------------ topics

    def _sets(self, cohort: Cohort) -> tuple[list[frozenset[str]], Numbers]:
        """The different sets of topics that cases may enter, and the number of each case's."""
        sets: list[frozenset[str]] = [frozenset()]
        group = np.zeros(cohort.count, dtype=np.int64)
        stated = cohort.stated()
        for start, masks_of in self._entries:
            held = np.zeros(cohort.count, dtype=np.uint64)
            for given, masks in masks_of.items():
                case, thing = stated[given]
                entering = masks[thing] != 0
                np.bitwise_or.at(held, case[entering], masks[thing[entering]])
            here = np.flatnonzero(held)
            distinct, code = np.unique(held[here], return_inverse=True)
            steps, which = np.unique(group[here] * max(1, len(distinct)) + code, return_inverse=True)
            group[here] = len(sets) + which
            for before, mask in zip(*np.divmod(steps, max(1, len(distinct))), strict=True):
                topics = self._topics[start : start + 64]
                sets.append(sets[before] | {topic for n, topic in enumerate(topics) if int(distinct[mask]) >> n & 1})
        used, group = np.unique(group, return_inverse=True)
        return [sets[number] for number in used], group

    def _open(self, sets: Iterable[frozenset[str]]) -> None:
        """Open the circuits of some sets of topics, and number what they take."""
        new = [topics for topics in sets if topics not in self._circuits]
        for topics in new:
            self._circuits[topics] = self._narrowed(self._circuit(topics))
        if new:
            everything = [fact for circuit in self._circuits.values() for fact in circuit.inputs]
            self._packer = Packer(self._vocabulary, everything)
            self._groups = {topics: self._group(circuit) for topics, circuit in self._circuits.items()}

    def _narrowed(self, circuit: Circuit) -> Circuit:
        """What is wanted of a circuit, for cases that assume what all of them assume and no more."""
        outputs = {
            relation: {
                thing: x for thing, x in circuit.outputs.get(relation, {}).items() if chosen is None or chosen(thing)
            }
            for relation, chosen in self._wanted.items()
        }
        if self._assumed is None:
            return restricted(circuit, outputs)
        assumable = [fact for fact in circuit.inputs if isinstance(fact, Stated) and fact.relation == "assumedAbsent"]
        always = [fact for fact in assumable if fact.thing in self._assumed]
        return restricted(circuit, outputs, always=always, never=[f for f in assumable if f not in always])

    def _group(self, circuit: Circuit) -> _Group:
        executor = Executor(circuit)
        numbers = []
        for relation, thing in executor.outputs:
            known = self._things[relation]
            numbers.append(known.setdefault(thing, len(known)))
        rows = [self._packer.rows[fact] for fact in circuit.inputs]
        return _Group(executor, np.array(rows, dtype=np.int64), np.array(numbers, dtype=np.int64))

    # ------------------------------------------------------------------ bits read

    def _read(self, group: _Group, said: Words, case: Numbers) -> Iterable[tuple[str, Pairs]]:
        """Case and thing of every bit that is set, relation by relation."""
        at = 0
        for relation in self._wanted:
            end = at + sum(name == relation for name, _ in group.executor.outputs[at:])
            rows = np.flatnonzero(said[at:end].any(axis=1)) + at
            if len(rows):
                flags = np.unpackbits(said[rows].view(np.uint8), axis=1, bitorder="little")
                where, which = np.divmod(np.flatnonzero(np.ascontiguousarray(flags.T)), len(rows))
                kept = case[where] >= 0
                yield relation, Pairs(case[where[kept]], group.numbers[rows[which[kept]]])
            at = end


_OF_STUDIES = {"performed": "Procedure", "intended": "Procedure"}
_KINDS = {"present": "Finding", "seen": "Finding", "measured": "Measure", **_OF_STUDIES}
"""The ways in which a word is stated that may let a case enter a topic, and the class of the word."""


def _masks(words: Iterable[str], entries: Mapping[str, Iterable[str]], topics: Sequence[str]) -> Words:
    """For each word a number with a bit for each of at most 64 topics that it may let a case enter."""
    bit = {topic: 1 << n for n, topic in enumerate(topics)}
    return np.array([sum(bit.get(topic, 0) for topic in set(entries.get(iri, ()))) for iri in words], dtype=np.uint64)


def _places(group: Numbers, many: int) -> tuple[Numbers, Numbers]:
    """A bit for each case, the cases of a group side by side from a new word on; and where each group begins."""
    counts = np.bincount(group, minlength=many)
    first = np.concatenate([[0], np.cumsum(-(-counts // 64))])
    order = np.argsort(group.astype(np.uint16) if many < 1 << 16 else group, kind="stable")
    place = np.empty(len(group), dtype=np.int64)
    within = np.arange(len(group)) - np.repeat(np.cumsum(counts) - counts, counts)
    place[order] = 64 * first[group[order]] + within
    return place, first


def _in_order(parts: list[Pairs], count: int) -> Pairs:
    """Pairs of several groups in the order of cases."""
    if not parts:
        return Pairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    case, thing = (np.concatenate(column) for column in zip(*parts, strict=True))
    if len(parts) > 1:
        order = np.argsort(case, kind="stable")
        case, thing = case[order], thing[order]
    return Pairs(case, thing)

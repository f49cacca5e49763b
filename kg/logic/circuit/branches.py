"""Follows every combination of some findings, one finding after another: present, absent or unknown.

Each statement is put into the circuit. Two branches in which everything wanted has become the same literals continue
as one, because equal literals are equal functions of what is still open. So a hundred million combinations take only a
few thousand points, and everything that is counted was concluded by the circuit.

    wanted            fever present     fever absent      fever unknown
    fever and cough   cough             never             never           the last two are one from here on
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from kg.logic.circuit.gates import FALSE, TRUE, Builder, Circuit, Literal
from kg.logic.circuit.inputs import Stated

State = bool | None
"""Present, absent, or unknown."""

Move = tuple[State, ...]
"""The state of a finding, one for each of the cases that are followed side by side."""

UNKNOWN_TOO: tuple[Move, ...] = ((None,), (False,), (True,))
"""A case that may leave findings unknown. These come first, then absent ones, so that an example states little."""

ALL_KNOWN: tuple[Move, ...] = ((False,), (True,))
"""A patient about whom everything is known."""

CASE_AND_PATIENT: tuple[Move, ...] = ((None, False), (None, True), (False, False), (True, True))
"""A case, and beside it a patient whom the case may describe and about whom everything is known."""

Bundle = tuple[Literal, ...]


@dataclass(eq=False)
class Point:
    """Where branches meet.

    Attributes:
        bundles: For each case that is followed, what is wanted, as literals of what is still open.
        weight: The number of combinations of the findings so far that lead here.
        before: The previous point in one of them; None at the beginning.
        finding: The finding that was stated last.
        move: What was stated about it.
        telling: Whether it mattered: a different statement about the finding leads to a different point.
    """

    bundles: tuple[Bundle, ...]
    weight: int = 0
    before: Point | None = None
    finding: str = ""
    move: Move = ()
    telling: bool = True

    def facts(self, which: int = 0, *, telling: bool = False) -> dict[str, bool]:
        """What is stated in one combination that leads here.

        Args:
            which: Which of the cases side by side, from 0.
            telling: Leave out what did not matter.

        Returns:
            For each finding that is not unknown, by IRI, whether it is present.
        """
        said: dict[str, bool] = {}
        point: Point | None = self
        while point is not None and point.before is not None:
            state = point.move[which]
            if state is not None and (point.telling or not telling):
                said[point.finding] = state
            point = point.before
        return said


class Branches:
    """A circuit for cases that state only certain findings."""

    def __init__(self, circuit: Circuit, findings: Collection[str]) -> None:
        """Set all other facts to false, and leave the findings open.

        Args:
            circuit: A circuit with ``impossible`` and what is known among its outputs.
            findings: IRIs of the findings.
        """
        self.make = Builder()
        self._lines = {f: tuple(self.make.input(Stated(how, f)) for how in _HOW) for f in sorted(findings)}
        self._bits = {f: sum(1 << (literal >> 1) for literal in both) for f, both in self._lines.items()}
        self._supports: dict[int, int] = {}
        self._bundles: dict[tuple[str, State], dict[Bundle, Bundle]] = defaultdict(dict)
        self._known: dict[tuple[str, State], dict[int, Literal]] = {
            (finding, state): {present >> 1: FALSE ^ (state is True), absent >> 1: FALSE ^ (state is False)}
            for finding, (present, absent) in self._lines.items()
            for state in (None, False, True)
        }
        self._value = [TRUE]
        for fact in circuit.inputs:
            open_ = isinstance(fact, Stated) and fact.relation in _HOW and fact.thing in self._lines
            self._value.append(self.make.input(fact) if open_ else FALSE)
        for gate in circuit.gates:
            self._value.append(self.make.all(map(self.of, gate)))
        self._circuit = circuit
        self.points = 0

    def of(self, literal: Literal) -> Literal:
        """A literal of the circuit for these cases, as a literal of ``make``."""
        return self._value[literal >> 1] ^ (literal & 1)

    def said(self, relation: str, thing: str) -> Literal:
        """A conclusion for these cases, as a literal of ``make``.

        Args:
            relation: The local name of a property of the case.
            thing: The IRI that it leads to.
        """
        return self.of(self._circuit.literal(relation, thing))

    def all_said(self, relation: str) -> dict[str, Literal]:
        """Everything that a property can conclude: literals of ``make``, by IRI.

        Args:
            relation: The local name of a property of the case.
        """
        return {thing: self.of(literal) for thing, literal in self._circuit.outputs.get(relation, {}).items()}

    def possible(self) -> Literal:
        """The literal that the facts can be true together."""
        return self.make.all(literal ^ 1 for literal in self.all_said("impossible").values())

    def consistent(self) -> Bundle:
        """The literals that the facts can be true together, and that every fact that follows from others is stated.

        Otherwise a combination would count twice, with and without what follows. Findings that affect each other share
        one literal, which is decided when the last of them is stated.
        """
        return tuple(self.make.all(x for x in self._rules if self._support(x) & bits) for bits, _ in self._groups)

    @cached_property
    def _rules(self) -> tuple[Literal, ...]:
        """The conditions of ``consistent``, one by one."""
        unsaid = (
            self.make.all([self.said(known, finding), stated ^ 1])
            for finding, lines in self._lines.items()
            for known, stated in zip(_KNOWN, lines, strict=True)
        )
        return tuple(literal ^ 1 for literal in (*self.all_said("impossible").values(), *unsaid))

    @cached_property
    def _groups(self) -> list[tuple[int, list[str]]]:
        """The findings that affect each other, directly or through others, with their inputs as bits."""
        groups = [(bits, [finding]) for finding, bits in self._bits.items()]
        for support in dict.fromkeys(map(self._support, self._rules)):
            touched = [group for group in groups if group[0] & support]
            groups = [group for group in groups if not group[0] & support]
            if touched:
                groups.append((sum(bits for bits, _ in touched), [f for _, findings in touched for f in findings]))
        return groups

    def order(self, wanted: Iterable[Literal], first: Literal = TRUE) -> tuple[str, ...]:
        """The order in which to state the findings: related ones together, those that affect the most lines first.

        Args:
            wanted: Literals of ``make``.
            first: A literal to decide before any other.
        """
        lines, waiting = set[int](), [literal >> 1 for literal in wanted]
        while waiting:
            if (line := waiting.pop()) not in lines:
                lines.add(line)
                waiting += [literal >> 1 for literal in self.make.parts(2 * line)]
        supports = [self._support(2 * line) for line in lines]
        borne = {finding: sum(bool(support & bits) for support in supports) for finding, bits in self._bits.items()}
        beginning = self._support(first)
        groups = sorted(
            self._groups,
            key=lambda group: (not group[0] & beginning, -sum(borne[f] for f in group[1]), sorted(group[1])),
        )
        return tuple(f for _, findings in groups for f in sorted(findings, key=lambda f: (-borne[f], f)))

    # ------------------------------------------------------------------ following

    def follow(
        self, order: Sequence[str], moves: Sequence[Move], bundles: Sequence[Bundle], must: Sequence[int]
    ) -> list[Point]:
        """Follow every combination.

        Args:
            order: The findings, in the order in which they are stated.
            moves: What can be said about a finding.
            bundles: What is wanted, for each of the cases side by side.
            must: For each case, how many of the first literals in its bundle must hold; other branches are dropped.

        Returns:
            The points at the end. No combination leads to two of them.
        """
        level = [Point(tuple(bundles), 1)]
        for finding in order:
            level = self._next(level, finding, moves, must)
        return level

    def find(self, order: Sequence[str], moves: Sequence[Move], bundles: Sequence[Bundle]) -> Point | None:
        """Find a combination for which everything wanted holds.

        Args:
            order: All findings that affect what is wanted, in the order in which they are stated.
            moves: What can be said about a finding.
            bundles: What is wanted, for each of the cases side by side.

        Returns:
            The point that it leads to; None if there is no such combination.
        """
        waiting, seen = [(0, Point(tuple(bundles), 1))], set[tuple[int, tuple[Bundle, ...]]]()
        while waiting:
            said, point = waiting.pop()
            if all(literal == TRUE for bundle in point.bundles for literal in bundle):
                return point
            if said == len(order) or (said, point.bundles) in seen:
                continue
            seen.add((said, point.bundles))
            for move in reversed(moves):
                new = self._put_all(point.bundles, order[said], move)
                if not any(FALSE in bundle for bundle in new):
                    waiting.append((said + 1, Point(new, 1, point, order[said], move)))
        return None

    def _put_all(self, bundles: tuple[Bundle, ...], finding: str, move: Move) -> tuple[Bundle, ...]:
        return tuple(self._put(bundle, finding, state) for bundle, state in zip(bundles, move, strict=True))

    def _next(self, level: Iterable[Point], finding: str, moves: Sequence[Move], must: Sequence[int]) -> list[Point]:
        """State a finding in every way at every point."""
        after: dict[tuple[Bundle, ...], Point] = {}
        for point in level:
            reached: list[Point] = []
            fresh: list[Point] = []
            for move in moves:
                bundles = self._put_all(point.bundles, finding, move)
                if any(FALSE in bundle[:count] for bundle, count in zip(bundles, must, strict=True)):
                    continue
                if bundles not in after:
                    after[bundles] = Point(bundles, 0, point, finding, move)
                    fresh.append(after[bundles])
                reached.append(after[bundles])
                after[bundles].weight += point.weight
            for new in fresh:
                new.telling = any(other is not new for other in reached)
        self.points += len(after)
        return list(after.values())

    def _put(self, bundle: Bundle, finding: str, state: State) -> Bundle:
        """What becomes of some literals when a finding is stated."""
        known = self._bundles[finding, state]
        if bundle not in known:
            bits, supports = self._bits[finding], self._supports
            known[bundle] = tuple(
                [
                    self._put_one(literal, finding, state)
                    if literal > FALSE and supports.get(literal >> 1, bits) & bits
                    else literal
                    for literal in bundle
                ]
            )
        return known[bundle]

    def _put_one(self, literal: Literal, finding: str, state: State) -> Literal:
        """What becomes of a literal; each part of the circuit is worked out once, whatever branches need it."""
        if not self._support(literal) & self._bits[finding]:
            return literal
        line, known = literal >> 1, self._known[finding, state]
        if line not in known:
            known[line] = self.make.all([self._put_one(part, finding, state) for part in self.make.parts(2 * line)])
        return known[line] ^ (literal & 1)

    def _support(self, literal: Literal) -> int:
        """The inputs on which a literal may depend, as bits."""
        line = literal >> 1
        if line not in self._supports:
            parts = self.make.parts(2 * line)
            support = 0 if parts or not line else 1 << line
            for part in parts:
                support |= self._support(part)
            self._supports[line] = support
        return self._supports[line]


_HOW = ("present", "absent")
_KNOWN = ("knownPresent", "knownAbsent")

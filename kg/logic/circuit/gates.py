"""A Boolean circuit: facts of a case go in, conclusions come out.

A *line* is a fact, or an AND of other lines; a *literal* is a line or its complement, written as one number: twice the
line, plus one for the complement. Line 0 is always true. An OR is an AND of complements, complemented:

    either of lines 1 and 2   =   not (not 1 and not 2)   =   complement of gate {3, 5}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from kg.logic.circuit.inputs import Input, Stated

TRUE = 0
"""The literal that always holds; its complement never does."""

FALSE = 1

Literal = int
"""Twice a line, plus one for its complement."""

Outputs = Mapping[str, Mapping[str, Literal]]
"""The literal of each conclusion, by the local name of its property and the IRI that it is about."""


@dataclass(frozen=True)
class Circuit:
    """Gates in an order in which each one needs only earlier lines.

    Attributes:
        inputs: The facts, from line 1 on.
        gates: The lines after these: each is the AND of its literals.
        outputs: The conclusions.
    """

    inputs: tuple[Input, ...]
    gates: tuple[tuple[Literal, ...], ...]
    outputs: Outputs

    @property
    def lines(self) -> int:
        """How many lines there are, including the one that is always true."""
        return 1 + len(self.inputs) + len(self.gates)

    @property
    def first_gate(self) -> int:
        """The line of the first gate."""
        return 1 + len(self.inputs)

    @cached_property
    def worked_out(self) -> tuple[Input, ...]:
        """The inputs that are worked out from numbers and studies; all others a case states as they are."""
        return tuple(fact for fact in self.inputs if not isinstance(fact, Stated))

    def literal(self, relation: str, thing: str) -> Literal:
        """The literal of a conclusion.

        Args:
            relation: The local name of a property of the case, such as ``"applies"``.
            thing: The IRI that it leads to.

        Returns:
            The literal; ``FALSE`` for a conclusion that no case can reach.
        """
        return self.outputs.get(relation, {}).get(thing, FALSE)


class Builder:
    """Makes lines: equal gates become one, and what is always true or always false needs no gate."""

    def __init__(self, before: Builder | None = None) -> None:
        """Begin with the line that is always true.

        Args:
            before: A builder whose lines to continue.
        """
        self._lines: list[Input | tuple[Literal, ...]] = list(before._lines) if before else [()]
        self._known: dict[Input | frozenset[Literal], Literal] = dict(before._known) if before else {}

    def input(self, fact: Input) -> Literal:
        """The literal of a fact."""
        if fact not in self._known:
            self._known[fact] = 2 * len(self._lines)
            self._lines.append(fact)
        return self._known[fact]

    def all(self, literals: Iterable[Literal]) -> Literal:
        """The AND of some literals; with no literals it is ``TRUE``.

        >>> from kg.logic.circuit.inputs import Stated
        >>> make = Builder()
        >>> fever, pain = (make.input(Stated("present", word)) for word in ("fever", "pain"))
        >>> make.all([fever, TRUE]) == fever, make.all([fever, fever ^ 1]) == FALSE
        (True, True)
        >>> make.all([fever, make.any([fever, pain])]) == fever
        True
        """
        given = frozenset(literals) - {TRUE}
        if FALSE in given:
            return FALSE
        if len(given) > 1:
            implied = given.union(*(self.parts(literal) for literal in given if not literal & 1))
            if any(literal ^ 1 in implied for literal in given):
                return FALSE
            # If one member of an OR holds, the OR adds nothing: fever and (fever or pain) is fever.
            given = frozenset(x for x in given if not (x & 1 and any(y ^ 1 in implied for y in self.parts(x))))
        if len(given) < 2:
            return next(iter(given), TRUE)
        if given not in self._known:
            self._known[given] = 2 * len(self._lines)
            self._lines.append(tuple(sorted(given)))
        return self._known[given]

    def any(self, literals: Iterable[Literal]) -> Literal:
        """The OR of some literals; with no literals it is ``FALSE``."""
        return self.all(literal ^ 1 for literal in literals) ^ 1

    def exactly(self, count: int, literals: Iterable[Literal]) -> Literal:
        """The literal that exactly this many of some literals hold.

        Args:
            count: How many.
            literals: The literals; one that appears twice counts twice.

        >>> make = Builder()
        >>> make.exactly(2, [TRUE, FALSE, TRUE]) == TRUE, make.exactly(1, [TRUE, TRUE]) == TRUE
        (True, False)
        """
        members = list(literals)
        if count == len(members):
            return self.all(members)
        ways = [TRUE]  # ways[n]: n of the members so far hold
        for member in members:
            less = [FALSE, *ways]
            ways = [
                self.any([self.all([same, member ^ 1]), self.all([one_less, member])])
                for same, one_less in zip([*ways, FALSE], less, strict=True)
            ]
        return ways[count] if 0 <= count < len(ways) else FALSE

    def parts(self, literal: Literal) -> tuple[Literal, ...]:
        """The literals of the gate behind a literal or its complement; empty if its line is a fact."""
        gate = self._lines[literal >> 1]
        return gate if isinstance(gate, tuple) else ()

    def circuit(self, outputs: Outputs) -> Circuit:
        """A circuit with its own lines: only those that some conclusions need."""
        return _circuit_below(self._lines, outputs)


def _circuit_below(lines: list[Input | tuple[Literal, ...]], outputs: Outputs) -> Circuit:
    """Keep the lines that some outputs need, inputs first, and number them anew."""
    needed = {0}
    waiting = [literal >> 1 for found in outputs.values() for literal in found.values()]
    while waiting:
        line = waiting.pop()
        if line not in needed:
            needed.add(line)
            gate = lines[line]
            waiting.extend(literal >> 1 for literal in gate) if isinstance(gate, tuple) else None
    kept = sorted(needed - {0})
    facts = [line for line in kept if not isinstance(lines[line], tuple)]
    gates = [line for line in kept if isinstance(lines[line], tuple)]
    number = {line: place for place, line in enumerate([0, *facts, *gates])}

    def moved(literal: Literal) -> Literal:
        return 2 * number[literal >> 1] + (literal & 1)

    return Circuit(
        inputs=tuple(fact for line in facts if not isinstance(fact := lines[line], tuple)),
        gates=tuple(tuple(map(moved, gate)) for line in gates if isinstance(gate := lines[line], tuple)),
        outputs={name: {thing: moved(x) for thing, x in found.items()} for name, found in outputs.items()},
    )


def restricted(
    circuit: Circuit, outputs: Outputs, *, never: Iterable[Input] = (), always: Iterable[Input] = ()
) -> Circuit:
    """A smaller circuit for cases about which something is known in advance.

    Args:
        circuit: The circuit.
        outputs: The conclusions to keep, with its own literals.
        never: Facts that none of these cases states; they are no longer inputs.
        always: Facts that each of these cases states; they are no longer inputs.
    """
    make = Builder()
    return make.circuit(laid(make, circuit, outputs, dict.fromkeys(never, FALSE) | dict.fromkeys(always, TRUE)))


def laid(make: Builder, circuit: Circuit, outputs: Outputs, known: Mapping[Input, Literal]) -> Outputs:
    """Add a circuit to other lines, with which it shares its facts.

    Args:
        make: Makes the lines.
        circuit: The circuit.
        outputs: The conclusions to keep, with its own literals.
        known: The literals of facts that are known in advance.

    Returns:
        The conclusions with the literals of ``make``.
    """
    value = [TRUE]
    for fact in circuit.inputs:
        value.append(known[fact] if fact in known else make.input(fact))
    for gate in circuit.gates:
        literals = [value[literal >> 1] ^ (literal & 1) for literal in gate]
        value.append(FALSE if FALSE in literals else make.all(literals))
    return {name: {thing: value[x >> 1] ^ (x & 1) for thing, x in found.items()} for name, found in outputs.items()}

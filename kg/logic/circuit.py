"""A Boolean circuit: facts of a case go in, conclusions come out.

A *line* is a fact, or an AND of other lines; a *literal* is a line or its complement, written as one number: twice the
line, plus one for the complement. Line 0 is always true. An OR is an AND of complements, complemented:

    either of lines 1 and 2   =   not (not 1 and not 2)   =   complement of gate {3, 5}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kg.logic.inputs import Input

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
        gates: After these the gates: the literals of which each is the AND.
        outputs: The conclusions.
    """

    inputs: tuple[Input, ...]
    gates: tuple[tuple[Literal, ...], ...]
    outputs: Outputs

    @property
    def lines(self) -> int:
        """How many lines there are, the one that is always true among them."""
        return 1 + len(self.inputs) + len(self.gates)

    @property
    def first_gate(self) -> int:
        """The line of the first gate."""
        return 1 + len(self.inputs)

    def literal(self, relation: str, thing: str) -> Literal:
        """The literal of a conclusion.

        Args:
            relation: The local name of a property of the case, such as ``"applies"``.
            thing: The IRI that it leads to.

        Returns:
            The literal; ``FALSE`` for what no case can come to.
        """
        return self.outputs.get(relation, {}).get(thing, FALSE)


class Builder:
    """Makes lines: equal gates are one, and what is always so is no gate."""

    def __init__(self, before: Builder | None = None) -> None:
        """Begin with the line that is always true.

        Args:
            before: Lines that were made already, to go on from.
        """
        self._lines: list[Input | tuple[Literal, ...]] = list(before._lines) if before else [()]
        self._known: dict[Input | frozenset[Literal], Literal] = dict(before._known) if before else {}

    def input(self, fact: Input) -> Literal:
        """The literal of a fact.

        Args:
            fact: What a case may say.

        Returns:
            Its literal.
        """
        if fact not in self._known:
            self._known[fact] = 2 * len(self._lines)
            self._lines.append(fact)
        return self._known[fact]

    def all(self, literals: Iterable[Literal]) -> Literal:
        """The AND of some literals.

        Args:
            literals: Any literals; of none, it holds.

        Returns:
            Its literal.

        >>> from kg.logic.inputs import Stated
        >>> make = Builder()
        >>> fever, pain = (make.input(Stated("present", word)) for word in ("fever", "pain"))
        >>> make.all([fever, TRUE]) == fever, make.all([fever, fever ^ 1]) == FALSE
        (True, True)
        >>> make.all([fever, make.any([fever, pain])]) == fever
        True
        """
        given = frozenset(literals) - {TRUE}
        if len(given) > 1:
            implied = given.union(*(self.parts(literal) for literal in given if not literal & 1))
            if any(literal ^ 1 in implied for literal in given):
                return FALSE
            # Whoever has one of the alternatives need not be told that one of them holds.
            given = frozenset(x for x in given if not (x & 1 and any(y ^ 1 in implied for y in self.parts(x))))
        if FALSE in given:
            return FALSE
        if len(given) < 2:
            return next(iter(given), TRUE)
        if given not in self._known:
            self._known[given] = 2 * len(self._lines)
            self._lines.append(tuple(sorted(given)))
        return self._known[given]

    def any(self, literals: Iterable[Literal]) -> Literal:
        """The OR of some literals.

        Args:
            literals: Any literals; of none, it does not hold.

        Returns:
            Its literal.
        """
        return self.all(literal ^ 1 for literal in literals) ^ 1

    def exactly(self, count: int, literals: Iterable[Literal]) -> Literal:
        """Whether so many of some literals hold.

        Args:
            count: How many.
            literals: The literals; one that stands twice counts twice.

        Returns:
            A literal.

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
        """Of what the line of a literal is the AND.

        Args:
            literal: A literal.

        Returns:
            Literals; none where the line is a fact.
        """
        gate = self._lines[literal >> 1]
        return gate if isinstance(gate, tuple) else ()

    def circuit(self, outputs: Outputs) -> Circuit:
        """What some conclusions need, and no more.

        Args:
            outputs: The conclusions.

        Returns:
            A circuit with lines of its own.
        """
        return _renumbered(self._lines, outputs)


def _renumbered(lines: list[Input | tuple[Literal, ...]], outputs: Outputs) -> Circuit:
    """Keep the lines below some outputs, inputs first."""
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
    """A circuit for cases of which something is known beforehand.

    Args:
        circuit: The circuit.
        outputs: Which of its conclusions are wanted, by its own literals.
        never: Facts that no such case states.
        always: Facts that each of them states.

    Returns:
        A smaller circuit: what is known is no input, and what follows from it no gate.
    """
    make = Builder()
    return make.circuit(laid(make, circuit, outputs, dict.fromkeys(never, FALSE) | dict.fromkeys(always, TRUE)))


def laid(make: Builder, circuit: Circuit, outputs: Outputs, known: Mapping[Input, Literal]) -> Outputs:
    """Lay a circuit among other lines, with which it shares its facts.

    Args:
        make: The lines.
        circuit: The circuit.
        outputs: Which of its conclusions are wanted, by its own literals.
        known: The literals of facts that are known beforehand.

    Returns:
        The conclusions, by the literals of the lines.
    """
    value = [TRUE]
    for fact in circuit.inputs:
        value.append(known[fact] if fact in known else make.input(fact))
    for gate in circuit.gates:
        literals = [value[literal >> 1] ^ (literal & 1) for literal in gate]
        value.append(FALSE if FALSE in literals else make.all(literals))
    return {name: {thing: value[x >> 1] ^ (x & 1) for thing, x in found.items()} for name, found in outputs.items()}

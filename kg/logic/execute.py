"""Run a circuit on some cases at once: whole numbers as rows of bits, a bit for each case. It needs no other package.

One number holds as many cases as one likes: the AND of two rows of ten thousand cases takes a microsecond. For a table
of a million cases ``kg.logic.vector`` does the same with arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kg.logic.circuit import Circuit, Literal
from kg.logic.inputs import Input, Said


@dataclass(frozen=True)
class Run:
    """A circuit that was run.

    Attributes:
        circuit: The circuit.
        count: How many cases there are.
        rows: A row of bits for each line.
    """

    circuit: Circuit
    count: int
    rows: Sequence[int]

    @cached_property
    def everyone(self) -> int:
        """The row that is true of every case."""
        return (1 << self.count) - 1

    def holds(self, literal: Literal) -> int:
        """Of which cases a literal is true.

        Args:
            literal: A literal of the circuit.

        Returns:
            A row of bits.
        """
        row = self.rows[literal >> 1]
        return row ^ self.everyone if literal & 1 else row

    def some(self, relation: str) -> int:
        """Of which cases anything is concluded.

        Args:
            relation: The local name of a property of the case.

        Returns:
            A row of bits.
        """
        found = 0
        for literal in self.circuit.outputs.get(relation, {}).values():
            found |= self.holds(literal)
        return found

    def of(self, case: int, relations: Iterable[str]) -> dict[str, frozenset[str]]:
        """What is concluded of one case.

        Args:
            case: Its number.
            relations: Local names of properties of the case.

        Returns:
            The IRIs by relation.
        """
        return {relation: frozenset(self._things(case, relation)) for relation in relations}

    def _things(self, case: int, relation: str) -> Iterator[str]:
        for thing, literal in self.circuit.outputs.get(relation, {}).items():
            if (self.rows[literal >> 1] >> case & 1) ^ (literal & 1):
                yield thing


def run(circuit: Circuit, inputs: Mapping[Input, int], count: int) -> Run:
    """Run a circuit.

    Args:
        circuit: The circuit.
        inputs: A row of bits for each input that some case makes true; others are true of none.
        count: How many cases there are.

    Returns:
        What holds of each case.

    >>> from kg.logic.circuit import Builder
    >>> from kg.logic.inputs import Stated
    >>> make = Builder()
    >>> one, two = (Stated("present", word) for word in "ab")
    >>> circuit = make.circuit({"found": {"both": make.all([make.input(one), make.input(two)])}})
    >>> bin(run(circuit, {one: 0b1100, two: 0b1010}, 4).some("found"))
    '0b1000'
    """
    everyone = (1 << count) - 1
    rows = [everyone, *(inputs.get(fact, 0) for fact in circuit.inputs)]
    for gate in circuit.gates:
        row = everyone
        for literal in gate:
            # The complement of a row has no sign: the bits of the cases are turned, and there are no others.
            row &= rows[literal >> 1] ^ everyone if literal & 1 else rows[literal >> 1]
        rows.append(row)
    return Run(circuit, count, rows)


def run_cases(circuit: Circuit, cases: Sequence[Said]) -> Run:
    """Run a circuit on cases.

    Args:
        circuit: The circuit.
        cases: What each of them says.

    Returns:
        What holds of each case.
    """
    inputs = {fact: sum(1 << place for place, case in enumerate(cases) if case.makes(fact)) for fact in circuit.inputs}
    return run(circuit, inputs, len(cases))

"""Runs a circuit on many cases at once in plain Python: each line is a whole number with one bit for each case.

A number has room for any number of cases: the AND of two rows of ten thousand cases takes a microsecond. For a table
of a million cases ``kg.logic.circuit.vector`` does the same with arrays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kg.logic.circuit.gates import Circuit, Literal
from kg.logic.circuit.inputs import Input, Said, Stated


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
        """The row that is true for every case."""
        return (1 << self.count) - 1

    def holds(self, literal: Literal) -> int:
        """The cases for which a literal is true, as a row of bits."""
        row = self.rows[literal >> 1]
        return row ^ self.everyone if literal & 1 else row

    def some(self, relation: str) -> int:
        """The cases for which anything is concluded by a property, as a row of bits.

        Args:
            relation: The local name of a property of the case.
        """
        found = 0
        for literal in self.circuit.outputs.get(relation, {}).values():
            found |= self.holds(literal)
        return found

    def of(self, case: int, relations: Iterable[str]) -> dict[str, frozenset[str]]:
        """The IRIs concluded for one case, by relation.

        Args:
            case: Its number, from 0.
            relations: Local names of properties of the case.
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
        inputs: A row of bits for each input that some case makes true; other inputs are false for every case.
        count: How many cases there are.

    >>> from kg.logic.circuit.gates import Builder
    >>> from kg.logic.circuit.inputs import Stated
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
            # The complement of a row must not become negative: only the bits of the cases are inverted.
            row &= rows[literal >> 1] ^ everyone if literal & 1 else rows[literal >> 1]
        rows.append(row)
    return Run(circuit, count, rows)


def run_cases(circuit: Circuit, cases: Sequence[Said]) -> Run:
    """Run a circuit on cases, given what each of them says."""
    inputs: dict[Input, int] = defaultdict(int)
    alike: dict[tuple[int, int], tuple[Said, int]] = {}  # hypothetical cases have one patient's numbers and studies
    for place, case in enumerate(cases):
        for relation, things in case.stated.items():
            for thing in things:
                inputs[Stated(relation, thing)] |= 1 << place
        key = id(case.measured), id(case.performed)
        alike[key] = case, alike.get(key, (case, 0))[1] | 1 << place
    for case, row in alike.values():
        for fact in circuit.worked_out if case.measured or case.performed else ():
            if case.makes(fact):
                inputs[fact] |= row
    return run(circuit, inputs, len(cases))

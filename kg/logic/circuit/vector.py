"""Runs a circuit on a table of cases in plain numpy: one bit for each case, 64 of them in a machine word.

Each gate is an operation on a whole row, in blocks that stay in the cache. For short rows, a call of numpy costs more
than the work itself, so that all gates that do not need each other are worked out in one call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.logic.circuit.gates import Circuit, Literal

BitWords = NDArray[np.uint64]
"""A row for each line, in it a bit for each case."""

WIDE = 160
"""A row of this many words or more is long enough for a call of its own."""

_BLOCK = 2048
"""Words in a block: 16 kB for a row, so that the rows in use stay in the second-level cache."""

_Step = tuple[Callable[..., Any], int, int, int]


class Executor:
    """Runs one circuit.

    Attributes:
        inputs: What each row of the inputs says.
        outputs: Relation and thing of each row of the result.
    """

    def __init__(self, circuit: Circuit) -> None:
        """Lay out the outputs of a circuit; its gates are laid out when it is first run."""
        self._circuit, self.inputs = circuit, circuit.inputs
        named = [(name, thing, literal) for name, found in circuit.outputs.items() for thing, literal in found.items()]
        self.outputs = tuple((name, thing) for name, thing, _ in named)
        self._wanted = [literal for _, _, literal in named]

    def run(self, inputs: BitWords) -> BitWords:
        """Run the circuit.

        Args:
            inputs: A row for each input, in the order of the circuit.

        Returns:
            A row for each of ``outputs``; bits beyond the last case mean nothing.

        >>> from kg.logic.circuit.gates import Builder
        >>> from kg.logic.circuit.inputs import Stated
        >>> make = Builder()
        >>> one, two = (make.input(Stated("present", word)) for word in "ab")
        >>> circuit = make.circuit({"found": {"both": make.all([one, two]), "neither": make.all([one ^ 1, two ^ 1])}})
        >>> [
        ...     bin(int(row))
        ...     for (row,) in Executor(circuit).run(np.array([[0b1100], [0b1010]], dtype=np.uint64)) & 0b1111
        ... ]
        ['0b1000', '0b1']
        """
        return self._wide(inputs) if inputs.shape[1] >= WIDE else self._narrow(inputs)

    def _narrow(self, inputs: BitWords) -> BitWords:
        """Level by level: all gates of a level at once; the second half of the rows are the complements."""
        lines, words = self._circuit.lines, inputs.shape[1]
        rows = np.empty((2, lines, words), dtype=np.uint64)
        rows[0, 0] = ~np.uint64(0)
        rows[0, 1 : len(inputs) + 1] = inputs
        np.invert(rows[0, : len(inputs) + 1], out=rows[1, : len(inputs) + 1])
        flat = rows.reshape(2 * lines, words)
        for needs, starts, gates in self._levels:
            made = np.bitwise_and.reduceat(flat[needs], starts, axis=0)
            rows[0, gates] = made
            rows[1, gates] = ~made
        found: BitWords = flat[_places(self._wanted, lines)]
        return found

    @cached_property
    def _levels(self) -> list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]]:
        """For each level: the rows that its gates need, where those of each gate begin, and the lines of the gates."""
        level = [0] * self._circuit.first_gate
        gates: list[list[int]] = []
        for line, gate in enumerate(self._circuit.gates, self._circuit.first_gate):
            level.append(1 + max(level[literal >> 1] for literal in gate))
            gates.extend([] for _ in range(level[line] - len(gates)))
            gates[level[line] - 1].append(line)
        levels = []
        for lines in gates:
            needs = [self._circuit.gates[line - self._circuit.first_gate] for line in lines]
            starts = np.cumsum([0, *map(len, needs[:-1])])
            literals = [literal for gate in needs for literal in gate]
            levels.append((_places(literals, self._circuit.lines), starts, np.array(lines, dtype=np.intp)))
        return levels

    def _wide(self, inputs: BitWords) -> BitWords:
        plan = self._steps
        found = np.empty((len(self._wanted), inputs.shape[1]), dtype=np.uint64)
        rows = np.empty((plan.rows, min(_BLOCK, inputs.shape[1])), dtype=np.uint64)
        rows[0] = ~np.uint64(0)
        calls = [(step, rows[a], rows[b], rows[to]) for step, a, b, to in plan.steps]
        for start in range(0, inputs.shape[1], _BLOCK):
            part = inputs[:, start : start + _BLOCK]
            rows[1 : len(part) + 1, : part.shape[1]] = part
            for step, a, b, to in calls:
                step(a, b, to)
            here = slice(start, start + part.shape[1])
            np.take(rows[:, : part.shape[1]], plan.wanted, axis=0, out=found[:, here], mode="clip")
        if len(plan.inverted):
            found[plan.inverted] ^= ~np.uint64(0)
        return found

    @cached_property
    def _steps(self) -> _Steps:
        return _Steps(self._circuit, self._wanted)


def _places(literals: Sequence[Literal], lines: int) -> NDArray[np.intp]:
    """The rows of literals; the complements come after all lines."""
    each = np.array(literals, dtype=np.intp)
    return (each >> 1) + (each & 1) * lines


class _Steps:
    """The gates as operations on rows; a row is used again when nothing needs its content any more.

    A line may be held as its complement: ``not a and not b`` is ``not (a or b)``, so that the row holds ``a or b``.
    """

    def __init__(self, circuit: Circuit, wanted: Sequence[Literal]) -> None:
        self.steps: list[_Step] = []
        self._last = _last_uses(circuit, wanted)
        self._free: list[int] = []
        self.rows = circuit.first_gate
        self._row = list(range(circuit.first_gate))
        self._held = [0] * circuit.first_gate  # 1: the row holds the complement
        for number, gate in enumerate(circuit.gates, circuit.first_gate):
            self._gate(number, gate)
        self.wanted = np.array([self._row[literal >> 1] for literal in wanted], dtype=np.intp)
        flags = [place for place, literal in enumerate(wanted) if self._held[literal >> 1] ^ (literal & 1)]
        self.inverted = np.array(flags, dtype=np.intp)

    def _gate(self, number: int, gate: tuple[Literal, ...]) -> None:
        plain = [self._row[x >> 1] for x in gate if self._held[x >> 1] == (x & 1)]
        turned = [self._row[x >> 1] for x in gate if self._held[x >> 1] != (x & 1)]
        to = self._new()
        if plain and turned:
            spare = self._new()
            self._chain(np.bitwise_or, turned, spare)
            self.steps.append((_invert, spare if len(turned) > 1 else turned[0], 0, spare))
            self._chain(np.bitwise_and, [*plain, spare], to)
            self._free.append(spare)
        else:
            self._chain(np.bitwise_and if plain else np.bitwise_or, plain or turned, to)
        self._row.append(to)
        self._held.append(0 if plain else 1)
        self._free += {self._row[x >> 1] for x in gate if self._last.get(x >> 1) == number}

    def _chain(self, step: Callable[..., Any], rows: list[int], to: int) -> None:
        left = rows[0]
        for row in rows[1:]:
            self.steps.append((step, left, row, to))
            left = to

    def _new(self) -> int:
        if self._free:
            return self._free.pop()
        self.rows += 1
        return self.rows - 1


def _invert(row: BitWords, _: BitWords, to: BitWords) -> None:
    np.invert(row, out=to)


def _last_uses(circuit: Circuit, wanted: Sequence[Literal]) -> dict[int, int]:
    """The gate after which a line is no longer needed; inputs and what is wanted are left out."""
    last: dict[int, int] = {}
    for number, gate in enumerate(circuit.gates, circuit.first_gate):
        last.update((literal >> 1, number) for literal in gate)
    kept = {literal >> 1 for literal in wanted}
    return {line: number for line, number in last.items() if line >= circuit.first_gate and line not in kept}

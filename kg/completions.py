"""What becomes of an answer when more is said: every further fact, every two of them, and beyond these a solver.

A *decision* is what matters of an answer: the outcome, the studies that come next, the urgency. All that is worked out
here comes from the circuit, so from the derive queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kg.logic.circuit import Circuit
from kg.logic.execute import Run, run, run_cases
from kg.logic.inputs import Input, Said, Stated

DECISION = ("outcome", "best", "urgency")
"""The conclusions that make a decision."""

Fact = tuple[str, bool]
"""A finding, by IRI, and whether it is present."""

Facts = frozenset[Fact]


def stated(case: Said, facts: Iterable[Fact]) -> Said:
    """A case of which more is said.

    Args:
        case: The case.
        facts: What is said.

    Returns:
        Another case.
    """
    for present, relation in ((True, "present"), (False, "absent")):
        case = case.and_said(relation, (finding for finding, holds in facts if holds is present))
    return case


@dataclass(frozen=True)
class Changes:
    """What changes the decision about a case.

    Attributes:
        facts: Everything that could be said of one finding.
        alone: The facts that change it by themselves.
        pairs: For each fact the facts with which it changes it, where neither does by itself.
        shares: For each fact how many of the statements change it that say it and at most one fact besides, and of how
            many.
    """

    facts: tuple[Fact, ...]
    alone: Facts
    pairs: Mapping[Fact, tuple[Fact, ...]]
    shares: Mapping[Fact, tuple[int, int]]


class Completions:
    """A case and what else may be said of it."""

    def __init__(self, circuit: Circuit, case: Said, unknown: Iterable[str]) -> None:
        """Take what is needed.

        Args:
            circuit: The circuit of the topics of the case.
            case: What the case says.
            unknown: The findings, by IRI, that it says nothing of.
        """
        self._circuit, self._case = circuit, case
        self.facts: tuple[Fact, ...] = tuple((finding, holds) for finding in sorted(unknown) for holds in (True, False))

    def after(self, answers: Sequence[Iterable[Fact]]) -> tuple[Run, int]:
        """What holds after some answers.

        Args:
            answers: What is said besides, one case for each.

        Returns:
            The circuit, run; and of which cases the facts cannot be true together, as a row of bits.
        """
        found = run_cases(self._circuit, [stated(self._case, answer) for answer in answers])
        return found, found.some("impossible")

    @cached_property
    def changes(self) -> Changes:
        """What changes the decision: each fact, and each two."""
        many = len(self.facts)
        pairs = self._every_two()
        possible = pairs.everyone ^ pairs.some("impossible")
        changed = self._decided_otherwise(pairs) & possible
        row = (1 << many) - 1
        rows = [(changed >> place * many) & row for place in range(many)]
        fair = [(possible >> place * many) & row for place in range(many)]
        alone = sum(1 << place for place in range(many) if rows[place] >> place & 1)
        return Changes(
            facts=self.facts,
            alone=frozenset(self._at(alone)),
            pairs={
                fact: self._at(rows[place] & ~alone & row)
                for place, fact in enumerate(self.facts)
                if not alone >> place & 1 and rows[place] & ~alone & row
            },
            shares={fact: (rows[n].bit_count(), fair[n].bit_count()) for n, fact in enumerate(self.facts)},
        )

    def _at(self, row: int) -> tuple[Fact, ...]:
        return tuple(fact for place, fact in enumerate(self.facts) if row >> place & 1)

    def _every_two(self) -> Run:
        """A case for every two facts, in rows and columns; on the diagonal, for every one.

        Of n facts, fact k is true in row k, which is n bits side by side, and in column k, which is every nth bit.
        """
        many = len(self.facts)
        row, column = (1 << many) - 1, sum(1 << place * many for place in range(many))
        everyone = (1 << many * many) - 1
        inputs: dict[Input, int] = {fact: everyone for fact in self._circuit.inputs if self._case.makes(fact)}
        for place, (finding, holds) in enumerate(self.facts):
            fact = Stated("present" if holds else "absent", finding)
            inputs[fact] = inputs.get(fact, 0) | row << place * many | column << place
        return run(self._circuit, inputs, many * many)

    def _decided_otherwise(self, found: Run) -> int:
        """Of which cases the decision is another one than that about the case as it is."""
        now = run_cases(self._circuit, [self._case])
        different = 0
        for relation in DECISION:
            for literal in self._circuit.outputs.get(relation, {}).values():
                row = found.holds(literal)
                different |= row ^ found.everyone if now.holds(literal) else row
        return different

    def smallest_change(self) -> Facts | None:
        """The fewest facts that change the decision together.

        Returns:
            The facts; None where nothing that may be said changes it.

        Raises:
            MissingPackageError: There is no solver.
            NotDecidedError: It took the solver too long.
        """
        from kg.logic.solve import Solver

        now = run_cases(self._circuit, [self._case])
        unknown = {finding for finding, _ in self.facts}
        with Solver(self._circuit) as solver:
            may_say = {
                Stated(relation, finding): (finding, relation == "present")
                for finding in unknown
                for relation in ("present", "absent")
            }
            free = [fact for fact in self._circuit.inputs if fact in may_say]
            fixed = [
                solver.fact(fact) if self._case.makes(fact) else -solver.fact(fact)
                for fact in self._circuit.inputs
                if fact not in may_say
            ]
            others = [
                -solver.number(literal) if now.holds(literal) else solver.number(literal)
                for relation in DECISION
                for literal in self._circuit.outputs.get(relation, {}).values()
            ]
            solver.require(others)
            found = solver.smallest(fixed, [solver.fact(fact) for fact in free])
        return None if found is None else frozenset(may_say[fact] for fact in found.inputs if fact in may_say)

"""Works out which further facts change an answer: each fact alone, each pair of facts and, with a solver, larger sets.

A *decision* is the part of an answer that matters here: the outcome, the studies that come next, and the urgency.
Everything comes from the circuit, and so from the derive queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kg.logic.circuit.execute import Run, run, run_cases
from kg.logic.circuit.gates import Circuit
from kg.logic.circuit.inputs import Input, Said, Stated

DECISION = ("outcome", "best", "urgency")
"""The conclusions that make up a decision."""

BEFORE_ANY_LEADS = (*DECISION, "entered")
"""Those that make it up while no scenario leads: then the topic of the case is what has to be found out."""

FurtherFact = tuple[str, bool]
"""The IRI of a finding, and whether it is present."""

FurtherFacts = frozenset[FurtherFact]


def with_more_said(case: Said, facts: Iterable[FurtherFact]) -> Said:
    """A new case with further facts."""
    for present, relation in ((True, "present"), (False, "absent")):
        case = case.and_said(relation, (finding for finding, holds in facts if holds is present))
    return case


@dataclass(frozen=True)
class Changes:
    """What changes the decision about a case.

    Attributes:
        facts: Every further fact that could be stated.
        alone: The facts that change the decision by themselves.
        pairs: For each fact, the facts together with which it changes the decision, where neither does so alone.
        shares: For each fact, two counts of statements that state it and at most one other fact: those that change the
            decision, and all that are possible.
    """

    facts: tuple[FurtherFact, ...]
    alone: FurtherFacts
    pairs: Mapping[FurtherFact, tuple[FurtherFact, ...]]
    shares: Mapping[FurtherFact, tuple[int, int]]


class Completions:
    """A case, and the facts that could still be stated about it."""

    def __init__(self, circuit: Circuit, case: Said, unknown: Iterable[str]) -> None:
        """List the facts that could still be stated.

        Args:
            circuit: The circuit of the topics of the case.
            case: What the case states.
            unknown: The IRIs of the findings about which it states nothing.
        """
        self._circuit, self._case = circuit, case
        self.known = frozenset(case.stated.get("present", ())).union(case.stated.get("absent", ()))
        self.facts: tuple[FurtherFact, ...] = tuple(
            (finding, holds) for finding in sorted(unknown) for holds in (True, False)
        )

    @cached_property
    def _decision(self) -> tuple[str, ...]:
        now = run_cases(self._circuit, [self._case])
        return DECISION if now.some("leading") else BEFORE_ANY_LEADS

    def after(self, answers: Sequence[Iterable[FurtherFact]]) -> tuple[Run, int]:
        """Run the circuit on the case with each of several answers.

        Args:
            answers: For each hypothetical case, the facts that are stated in addition.

        Returns:
            The run, and a row of bits that marks the cases whose facts cannot be true together.
        """
        found = run_cases(self._circuit, [with_more_said(self._case, answer) for answer in answers])
        return found, found.some("impossible")

    @cached_property
    def changes(self) -> Changes:
        """What changes the decision: each fact alone, and each pair."""
        many = len(self.facts)
        pairs = self._every_two()
        possible = pairs.everyone ^ pairs.some("impossible")
        changed = self._decided_otherwise(pairs) & possible
        # The table of pairs is one number, row after row. With two facts it has four bits: bit 0 is fact 0 alone, bits
        # 1 and 2 are both facts together, and bit 3 is fact 1 alone. If it is 0b1110, its rows are 0b10 and 0b11: fact
        # 1 changes the decision alone, and together with fact 0.
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

    def _at(self, row: int) -> tuple[FurtherFact, ...]:
        return tuple(fact for place, fact in enumerate(self.facts) if row >> place & 1)

    def _every_two(self) -> Run:
        """One case for every pair of facts, as a table of rows and columns; on the diagonal, for every single fact.

        Of n facts, fact k is true in row k, which is n bits side by side, and in column k, which is every nth bit.
        With three facts, fact 1 is true in bits 3, 4, 5 (row 1) and in bits 1, 4, 7 (column 1): 0b010111010.
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
        """The cases that are decided differently from the case as it is, as a row of bits."""
        now = run_cases(self._circuit, [self._case])
        different = 0
        for relation in self._decision:
            for literal in self._circuit.outputs.get(relation, {}).values():
                row = found.holds(literal)
                different |= row ^ found.everyone if now.holds(literal) else row
        return different

    def smallest_change(self) -> FurtherFacts | None:
        """The smallest set of facts that changes the decision; None if no set does.

        Raises:
            MissingPackageError: No solver is installed.
            NotDecidedError: The solver did not finish within its bound.
        """
        from kg.logic.circuit.solve import Solver

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
                for relation in self._decision
                for literal in self._circuit.outputs.get(relation, {}).values()
            ]
            solver.require(others)
            found = solver.smallest(fixed, [solver.fact(fact) for fact in free])
        return None if found is None else frozenset(may_say[fact] for fact in found.inputs if fact in may_say)

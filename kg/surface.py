"""The decision surface of a topic: every combination of its deciding facts, by what is answered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from kg.answer import Term
from kg.case import Case
from kg.evaluation import Row
from kg.logic.branches import ALL_KNOWN, CASE_AND_PATIENT, UNKNOWN_TOO, Branches, Move, Point
from kg.logic.circuit import TRUE, Circuit, Literal
from kg.logic.inputs import Stated
from kg.names import slug
from kg.queries import selection
from kg.showing import Shown
from kg.text import wrapped

if TYPE_CHECKING:
    from kg.guide import Guide


@dataclass(frozen=True)
class Leaf:
    """The combinations of present, absent and unknown that are answered alike.

    Attributes:
        weight: How many there are.
        example: One of them, as a case.
        outcome: Their outcome.
        leading: The scenarios that lead.
        possible: The scenarios that lead, or would lead if something unknown turned out so.
        best: The studies that come next.
    """

    weight: int
    example: Mapping[str, Any]
    outcome: Term
    leading: tuple[Term, ...]
    possible: tuple[Term, ...]
    best: tuple[Term, ...]


@dataclass(frozen=True)
class Gap:
    """Combinations in which everything is known, no scenario applies, and the nearest ones lack the same.

    Attributes:
        weight: How many there are.
        example: What is present in one of them.
        reasons: For each scenario the criteria that fail in this one.
    """

    weight: int
    example: tuple[str, ...]
    reasons: Mapping[str, tuple[str, ...]]

    @property
    def nearest(self) -> list[str]:
        """The criteria that fail in the scenarios of which the fewest fail, by label."""
        fewest = min(map(len, self.reasons.values()), default=0)
        return sorted({label for failed in self.reasons.values() if len(failed) == fewest for label in failed})

    def __str__(self) -> str:
        """The gap with what the nearest scenarios fail, as text of at most 80 columns."""
        what = wrapped(f"- {'; '.join(self.example) or 'nothing'} ({self.weight:,})", 2, 4)
        return f"{what}\n{wrapped('nearest scenarios lack: ' + '; '.join(self.nearest), 6, 8)}"


@dataclass(frozen=True)
class Overlap:
    """Combinations in which everything is known and several scenarios lead, because no precedence orders them.

    Attributes:
        weight: How many there are.
        example: One of them, as a case.
        leading: The scenarios.
    """

    weight: int
    example: Mapping[str, Any]
    leading: tuple[Term, ...]


@dataclass(frozen=True)
class Unsafe:
    """An answer that is wrong for some patient whom its case may describe.

    Attributes:
        why: ``contraindicated study is best`` or ``unknown treated as absent``.
        case: The case.
        patient: The same patient, of whom more is known.
        studies: The studies that should not have been offered; empty where the outcome is wrong.
    """

    why: str
    case: Mapping[str, Any]
    patient: Mapping[str, Any]
    studies: tuple[Term, ...]


@dataclass(frozen=True)
class Surface(Shown):
    """All answers of a topic.

    Attributes:
        topic: The topic.
        findings: The deciding findings.
        combinations: How many consistent combinations of present, absent and unknown there are.
        known: How many of them leave nothing unknown.
        assessed: How many points branches came to: cases of which part is said, told apart by what they leave open.
        leaves: The combinations by what is answered, most frequent first; no combination is in two.
        gaps: Everything is known and no scenario applies.
        overlaps: Everything is known and several scenarios lead, without a concurrence that says so.
        unsafe: Answers that are wrong for some patient.
        concurrent: Everything is known and several scenarios lead, as a concurrence says.
    """

    topic: Term
    findings: tuple[Term, ...]
    combinations: int
    known: int
    assessed: int
    leaves: tuple[Leaf, ...]
    gaps: tuple[Gap, ...]
    overlaps: tuple[Overlap, ...]
    unsafe: tuple[Unsafe, ...]
    concurrent: tuple[Overlap, ...] = ()

    @property
    def covered(self) -> int:
        """How many combinations the leaves hold; all of them."""
        return sum(leaf.weight for leaf in self.leaves)

    def to_dict(self) -> dict[str, Any]:
        """The surface as plain data.

        Returns:
            Nested dictionaries and lists.
        """
        return asdict(self)

    def __str__(self) -> str:
        """The figures and every gap, as text of at most 80 columns."""
        outcomes = Counter[str]()
        for leaf in self.leaves:
            outcomes[leaf.outcome.label] += leaf.weight
        lines = [
            self.topic.label,
            f"  {self.combinations:,} combinations of {len(self.findings)} deciding findings",
            f"  {self.covered / self.combinations:.2%} answered, over {self.assessed:,} points of branches,",
            f"  in {len(self.leaves):,} kinds of answer:",
            *(f"  {weight:14,}  {label}" for label, weight in outcomes.most_common()),
            f"ALL KNOWN, NO SCENARIO APPLIES: {sum(gap.weight for gap in self.gaps):,} of {self.known:,}",
            *map(str, self.gaps),
            *self._several("ALL KNOWN, SEVERAL LEAD TOGETHER AS DECIDED", self.concurrent),
            *self._several("ALL KNOWN, SEVERAL LEAD WITHOUT PRECEDENCE", self.overlaps),
            f"UNSAFE: {len(self.unsafe)}",
            *(wrapped(f"- {item.why}: {item.case}, but {item.patient}", 2, 4) for item in self.unsafe),
        ]
        return "\n".join(lines)

    def _several(self, heading: str, overlaps: tuple[Overlap, ...]) -> Iterator[str]:
        yield f"{heading}: {sum(overlap.weight for overlap in overlaps):,} of {self.known:,}"
        for item in overlaps:
            yield wrapped(f"- {'; '.join(map(str, item.leading))} ({item.weight:,})", 2, 4)


class Surveyor:
    """Works out the surface of one topic."""

    def __init__(self, guide: Guide, topic: str, circuit: Circuit | None = None) -> None:
        """Take what is needed.

        Args:
            guide: The guideline.
            topic: The topic.
            circuit: What concludes; without it, the derive queries.

        Raises:
            UnknownTermError: There is no such topic.
            NotCompiledError: A derive query says what a circuit cannot.
        """
        self._topic = guide.lexicon.term("Topic", topic).value
        only = frozenset({self._topic})
        self._lexicon, self._knowledge = guide.part(only).lexicon, guide.part(only).knowledge
        self._circuit = guide.circuits.of(only) if circuit is None else circuit
        self._findings = [row["finding"] for row in self._knowledge.rows(selection("varied"))]
        self._branches = Branches(self._circuit, self._findings)

    def surface(self) -> Surface:
        """Follow all combinations.

        Returns:
            The partition with its gaps, overlaps and unsafe answers.
        """
        everyone, patients = self._everyone(), self._patients()
        several = self._overlaps(patients)
        return Surface(
            topic=self._term(self._topic),
            findings=self._terms(self._findings),
            combinations=sum(end.weight for end, _ in everyone),
            known=sum(end.weight for end, _ in patients),
            leaves=tuple(self._leaves(everyone)),
            gaps=tuple(self._gaps(patients)),
            overlaps=several[False],
            concurrent=several[True],
            unsafe=(*self._contraindicated(), *self._closed_world()),
            assessed=self._branches.points,
        )

    def _term(self, iri: str) -> Term:
        return Term(slug(iri), self._lexicon.label(iri))

    def _terms(self, iris: Iterable[str]) -> tuple[Term, ...]:
        return tuple(self._term(iri) for iri in sorted(iris))

    # ------------------------------------------------------------------ all combinations

    def _everyone(self) -> list[_End]:
        """Where the combinations end in which a finding may be unknown: what is answered."""
        wanted = {
            (relation, thing): literal
            for relation in _ANSWER
            for thing, literal in self._branches.all_said(relation).items()
        }
        return self._ends(wanted, UNKNOWN_TOO)

    def _patients(self) -> list[_End]:
        """Where those end in which all is known: what fails where no scenario applies, and which lead together."""
        make, said, all_said = self._branches.make, self._branches.said, self._branches.all_said
        leading = all_said("leading")
        here = make.all(literal ^ 1 for literal in all_said("handedTo").values())
        gap = make.all([said("entered", self._topic), here, make.any(leading.values()) ^ 1])
        several = make.all([here, make.any(make.all(two) for two in combinations(leading.values(), 2))])
        decided = make.any(
            make.all([said("applies", rule), *(x ^ 1 for scenario, x in leading.items() if scenario not in together)])
            for rule, together in self._knowledge.concurrences.items()
        )
        wanted = {("gap", ""): gap, ("decided", ""): make.all([several, decided])}
        for criterion in (row["criterion"] for scenario in self._scenarios for row in self._criteria(scenario)):
            wanted["failed", criterion] = make.all([gap, said("failed", criterion)])
        for scenario, literal in leading.items():
            wanted["leading", scenario] = make.all([several, literal])
        return self._ends(wanted, ALL_KNOWN)

    def _ends(self, wanted: Mapping[tuple[str, str], Literal], moves: Sequence[Move]) -> list[_End]:
        """Where all combinations end, each with the things of every relation."""
        branches, consistent = self._branches, self._branches.consistent()
        order = branches.order(wanted.values(), branches.said("entered", self._topic))
        found: list[_End] = []
        for end in branches.follow(order, moves, [(*consistent, *wanted.values())], [len(consistent)]):
            things: dict[str, set[str]] = defaultdict(set)
            for (relation, thing), literal in zip(wanted, end.bundles[0][len(consistent) :], strict=True):
                if literal == TRUE:
                    things[relation].add(thing)
            found.append((end, {relation: frozenset(those) for relation, those in things.items()}))
        return found

    def _leaves(self, ends: Iterable[_End]) -> Iterator[Leaf]:
        for end, said in sorted(ends, key=lambda found: -found[0].weight):
            (outcome,), *others = (self._terms(said.get(relation, ())) for relation in _ANSWER)
            yield Leaf(end.weight, self._case(end.facts(telling=True)).to_dict(), outcome, *others)

    def _case(self, facts: Mapping[str, bool]) -> Case:
        present, absent = (
            [slug(f) for f, holds in sorted(facts.items()) if holds is wanted] for wanted in (True, False)
        )
        return Case(present=present, absent=absent)

    # ------------------------------------------------------------------ where all is known

    @property
    def _scenarios(self) -> list[str]:
        return [iri for iri, kind in self._knowledge.kinds.items() if kind == "Scenario"]

    def _criteria(self, scenario: str) -> tuple[Row, ...]:
        return self._knowledge.criteria.get(scenario, ())

    def _overlaps(self, ends: Iterable[_End]) -> dict[bool, tuple[Overlap, ...]]:
        """The scenarios that lead together, by whether a concurrence that applies says so."""
        found: dict[bool, list[Overlap]] = {True: [], False: []}
        for end, said in ends:
            if "leading" in said:
                overlap = Overlap(end.weight, self._case(end.facts()).to_dict(), self._terms(said["leading"]))
                found["decided" in said].append(overlap)
        return {decided: tuple(overlaps) for decided, overlaps in found.items()}

    def _gaps(self, ends: Iterable[_End]) -> list[Gap]:
        """The gaps, one for everything that the nearest scenarios lack."""
        gaps: dict[tuple[str, ...], Gap] = {}
        for end, said in ends:
            if "gap" in said:
                gap = self._gap(end, said.get("failed", frozenset()))
                nearest = tuple(gap.nearest)
                known = gaps.setdefault(nearest, replace(gap, weight=0))
                gaps[nearest] = replace(known, weight=known.weight + gap.weight)
        return sorted(gaps.values(), key=lambda gap: (-gap.weight, gap.example))

    def _gap(self, end: Point, failed: frozenset[str]) -> Gap:
        reasons = {
            self._lexicon.label(scenario): tuple(
                row["criterionLabel"] for row in self._criteria(scenario) if row["criterion"] in failed
            )
            for scenario in self._scenarios
        }
        present = [finding for finding, holds in end.facts(telling=True).items() if holds]
        return Gap(end.weight, tuple(sorted(map(self._lexicon.label, present))), reasons)

    # ------------------------------------------------------------------ what must not be

    def _contraindicated(self) -> Iterator[Unsafe]:
        """Every study that is among the best and contraindicated in some case, whatever findings it states."""
        stated = {
            f.thing for f in self._circuit.inputs if isinstance(f, Stated) and f.relation in ("present", "absent")
        }
        branches = Branches(self._circuit, stated)
        for study, offered in branches.all_said("best").items():
            against = branches.said("contraindicated", study)
            order = branches.order([offered, against], against)
            end = branches.find(order, UNKNOWN_TOO, [(against, offered, branches.possible())])
            if end is not None:
                patient = end.facts()
                case = {finding: holds for finding, holds in patient.items() if finding in self._findings}
                yield self._unsafe("contraindicated study is best", case, patient, [study])

    def _closed_world(self) -> Iterator[Unsafe]:
        """Every answer that commits itself about a case and is wrong for a patient whom that case may describe."""
        make, said, all_said = self._branches.make, self._branches.said, self._branches.all_said
        # Who is handed on or leaves the topic gets no answer here: such a fact acts when it is stated.
        here = make.all([make.any(all_said("entered").values()), *(x ^ 1 for x in all_said("handedTo").values())])
        for outcome, answered in all_said("outcome").items():
            if slug(outcome) == "no-imaging":
                yield from self._wronged((), answered, make.all([here, answered ^ 1]))
            for study, offered in all_said("best").items():
                # What is contraindicated is for the order checks to ask.
                fits = make.all([here, said("contraindicated", study) ^ 1])
                if slug(outcome) == "recommended":
                    wronged = make.all([fits, said("robust", study) ^ 1])
                    yield from self._wronged([study], make.all([answered, offered]), wronged)
                elif slug(outcome) == "consider":
                    yield from self._wronged((), make.all([answered, offered]), make.all([fits, answered ^ 1]))

    def _wronged(self, studies: Iterable[str], answered: Literal, wronged: Literal) -> Iterator[Unsafe]:
        """A case that is answered so, and a patient whom it may describe, of whom all is known and whom that wrongs."""
        branches, consistent = self._branches, self._branches.consistent()
        order = branches.order([answered, wronged], branches.said("entered", self._topic))
        end = branches.find(order, CASE_AND_PATIENT, [(answered, *consistent), (wronged, *consistent)])
        if end is not None:
            yield self._unsafe("unknown treated as absent", end.facts(0), end.facts(1), studies)

    def _unsafe(
        self, why: str, case: Mapping[str, bool], patient: Mapping[str, bool], studies: Iterable[str]
    ) -> Unsafe:
        return Unsafe(why, self._case(case).to_dict(), self._case(patient).to_dict(), self._terms(studies))


_ANSWER = ("outcome", "leading", "considered", "best")
"""The conclusions that tell one kind of answer from another."""

_End = tuple[Point, Mapping[str, frozenset[str]]]
"""Where combinations end, and of each relation the things that hold there."""

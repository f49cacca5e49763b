"""The decision surface of a topic: every combination of its deciding findings, grouped by the answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from kg.knowledge.content.terms import Term
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import selection
from kg.knowledge.sparql.store import Row
from kg.logic.circuit.branches import ALL_KNOWN, CASE_AND_PATIENT, UNKNOWN_TOO, Branches, Move, Point
from kg.logic.circuit.gates import TRUE, Circuit, Literal
from kg.logic.circuit.inputs import Stated
from kg.patient.case import Case
from kg.progress import Tell, silent
from kg.shown import Shown

if TYPE_CHECKING:
    from kg.patient.assess.assessor import Assessor


@dataclass(frozen=True)
class Leaf:
    """The combinations of present, absent and unknown findings that have the same answer.

    Attributes:
        weight: How many combinations there are.
        example: One of them, as a case.
        outcome: Their outcome.
        leading: The scenarios that lead.
        considered: The scenarios that lead or could lead.
        best: The studies that come next.
    """

    weight: int
    example: Mapping[str, Any]
    outcome: Term
    leading: tuple[Term, ...]
    considered: tuple[Term, ...]
    best: tuple[Term, ...]


@dataclass(frozen=True)
class Gap:
    """Combinations in which everything is known, no scenario applies, and the nearest scenarios fail the same criteria.

    Attributes:
        weight: How many combinations there are.
        example: The findings that are present in one of them.
        reasons: For each scenario, the criteria that fail in this example.
    """

    weight: int
    example: tuple[str, ...]
    reasons: Mapping[str, tuple[str, ...]]

    @property
    def nearest(self) -> list[str]:
        """The labels of the criteria that fail in the nearest scenarios: those with the fewest failed criteria."""
        fewest = min(map(len, self.reasons.values()), default=0)
        return sorted({label for failed in self.reasons.values() if len(failed) == fewest for label in failed})


@dataclass(frozen=True)
class Overlap:
    """Combinations in which everything is known and several scenarios lead, because no precedence decides.

    Attributes:
        weight: How many combinations there are.
        example: One of them, as a case.
        leading: The scenarios.
    """

    weight: int
    example: Mapping[str, Any]
    leading: tuple[Term, ...]


@dataclass(frozen=True)
class Unsafe:
    """An answer that is wrong for some patient the case could describe.

    Attributes:
        why: ``contraindicated study is best`` or ``unknown treated as absent``.
        case: The case.
        patient: The same patient when more is known.
        studies: The studies that should not have been offered; empty if the outcome is wrong.
    """

    why: str
    case: Mapping[str, Any]
    patient: Mapping[str, Any]
    studies: tuple[Term, ...]


@dataclass(frozen=True, repr=False)
class Surface(Shown):
    """All answers of a topic.

    Attributes:
        topic: The topic.
        findings: The deciding findings.
        combinations: How many consistent combinations of present, absent and unknown findings there are.
        known: How many of them leave nothing unknown.
        assessed: How many points were visited: partly stated cases, distinguished by what they leave open.
        leaves: The combinations, grouped by answer, most frequent first; each combination is in exactly one group.
        gaps: Combinations in which everything is known and no scenario applies.
        overlaps: Combinations in which everything is known and several scenarios lead, and no concurrence allows it.
        unsafe: Answers that are wrong for some patient.
        concurrent: Combinations in which everything is known and several scenarios lead, as a concurrence allows.
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
        """How many combinations are in the leaves; it equals ``combinations``."""
        return sum(leaf.weight for leaf in self.leaves)

    def to_dict(self) -> dict[str, Any]:
        """The surface as plain data."""
        return asdict(self)


class Surveyor:
    """Works out the surface of one topic."""

    def __init__(self, guide: Assessor, topic: str, circuit: Circuit | None = None) -> None:
        """Open the circuit of the topic.

        Args:
            guide: Has the content.
            topic: The identifier of the topic.
            circuit: The circuit to use; by default that of the derive queries.

        Raises:
            UnknownTermError: There is no such topic.
            ContentError: The topic is unfinished and answers nobody.
            NotCompiledError: A derive query cannot be compiled to a circuit.
        """
        self._topic = guide.core.finished(topic)
        only = frozenset({self._topic})
        self._lexicon, self._lookup = guide.core.slice(only).lexicon, guide.core.slice(only).lookup
        self._circuit = guide.core.circuits.of(only) if circuit is None else circuit
        self._findings = [row["finding"] for row in self._lookup.rows(selection("varied"))]
        self._branches = Branches(self._circuit, self._findings)

    def surface(self, tell: Tell = silent) -> Surface:
        """Follow all combinations, and find the gaps, overlaps and unsafe answers among them.

        Args:
            tell: Told what is looked for now.
        """
        tell("Following every combination of facts")
        everyone = self._everyone()
        tell("Following every patient of whom all is known")
        patients = self._patients()
        several = self._overlaps(patients)
        tell("Looking for unsafe answers")
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
        """The ends of the combinations in which findings may be unknown, with the answer at each."""
        wanted = {
            (relation, thing): literal
            for relation in _ANSWER
            for thing, literal in self._branches.all_said(relation).items()
        }
        return self._ends(wanted, UNKNOWN_TOO)

    def _patients(self) -> list[_End]:
        """The ends of the combinations in which everything is known, with what makes each a gap or an overlap."""
        # At a gap: the criteria that failed. Where several scenarios lead: which, and whether a concurrence allows it.
        make, said, all_said = self._branches.make, self._branches.said, self._branches.all_said
        leading = all_said("leading")
        here = make.all(literal ^ 1 for literal in all_said("handedTo").values())
        gap = make.all([said("entered", self._topic), here, make.any(leading.values()) ^ 1])
        several = make.all([here, make.any(make.all(two) for two in combinations(leading.values(), 2))])
        decided = make.any(
            make.all([said("applies", rule), *(x ^ 1 for scenario, x in leading.items() if scenario not in together)])
            for rule, together in self._lookup.concurrences.items()
        )
        wanted = {("gap", ""): gap, ("decided", ""): make.all([several, decided])}
        for criterion in (row["criterion"] for scenario in self._scenarios for row in self._criteria(scenario)):
            wanted["failed", criterion] = make.all([gap, said("failed", criterion)])
        for scenario, literal in leading.items():
            wanted["leading", scenario] = make.all([several, literal])
        return self._ends(wanted, ALL_KNOWN)

    def _ends(self, wanted: Mapping[tuple[str, str], Literal], moves: Sequence[Move]) -> list[_End]:
        """The ends of all combinations, each with what holds there of what is wanted."""
        # For ("leading", s1) and ("leading", s2), an end at which only the first is true has {"leading": {s1}}.
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
        return Case(present=present, absent=absent, presume=False)

    # ------------------------------------------------------------------ where all is known

    @property
    def _scenarios(self) -> list[str]:
        return [iri for iri, kind in self._lookup.kinds.items() if kind == "Scenario"]

    def _criteria(self, scenario: str) -> tuple[Row, ...]:
        return self._lookup.criteria.get(scenario, ())

    def _overlaps(self, ends: Iterable[_End]) -> dict[bool, tuple[Overlap, ...]]:
        """The overlaps, by whether a concurrence that applies allows them."""
        found: dict[bool, list[Overlap]] = {True: [], False: []}
        for end, said in ends:
            if "leading" in said:
                overlap = Overlap(end.weight, self._case(end.facts()).to_dict(), self._terms(said["leading"]))
                found["decided" in said].append(overlap)
        return {decided: tuple(overlaps) for decided, overlaps in found.items()}

    def _gaps(self, ends: Iterable[_End]) -> list[Gap]:
        """The gaps, one for each set of criteria that the nearest scenarios fail."""
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
        """Every study that is best and contraindicated in some case, whatever findings that case states."""
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
        """Every claim that is wrong for some patient the case could describe.

        A study is chosen on the record, and claims nothing of what is unknown. That it is robust does, and so does an
        answer of no imaging that nothing unknown could change.
        """
        make, said, all_said = self._branches.make, self._branches.said, self._branches.all_said
        # A patient who is handed on or does not enter the topic has no answer here, so no answer can be wrong for them:
        # the fact that hands them on acts as soon as it is stated.
        here = make.all([make.any(all_said("entered").values()), *(x ^ 1 for x in all_said("handedTo").values())])
        # A patient to whom no scenario applies is a gap, and listed as such: no scenario could rate the study lower.
        applies = make.all([here, make.any(all_said("considered").values())])
        for outcome, answered in all_said("outcome").items():
            if slug(outcome) == "no-imaging":
                settled = make.all([answered, *(x ^ 1 for x in all_said("studiesDependOn").values())])
                yield from self._wronged((), settled, make.all([here, answered ^ 1]))
        for study, offered in all_said("best").items():
            # Contraindications are left out: they are checked before a study is ordered.
            robust = said("robust", study)
            wronged = make.all([applies, said("contraindicated", study) ^ 1, robust ^ 1])
            yield from self._wronged([study], make.all([offered, robust]), wronged)

    def _wronged(self, studies: Iterable[str], answered: Literal, wronged: Literal) -> Iterator[Unsafe]:
        """A case with this answer, and a fully known patient it could describe for whom the answer is wrong."""
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
"""The end of some combinations, and for each relation the things that hold there."""

"""The decision surface of a topic: every combination of its deciding facts, by what is answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from kg.answer import Term
from kg.branching import Conditions, Found, Group, Level, Node, Trials, follow, stated
from kg.case import Case
from kg.knowledge import Knowledge
from kg.names import slug
from kg.showing import Shown
from kg.text import wrapped

if TYPE_CHECKING:
    from kg.guide import Guide

_DECIDE = ("Scenario", "Precedence", "Concurrence")
_BEAR = (*_DECIDE, "Preference", "HandOff", "Contraindication")


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
    """Combinations in which everything is known and no scenario applies.

    Attributes:
        weight: How many there are.
        example: What is known in one of them; the facts that are not named do not matter.
        reasons: For each scenario the criteria that fail.
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
        assessed: How many cases the queries were asked about.
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
            f"  {self.covered / self.combinations:.2%} answered, by {self.assessed:,} cases assessed,",
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

    def __init__(self, guide: Guide, topic: str, trials: Trials | None = None) -> None:
        """Take what is needed.

        Args:
            guide: The guideline.
            topic: The topic.
            trials: What derives; without it, the shipped queries.

        Raises:
            UnknownTermError: There is no such topic.
        """
        self._topic = guide.lexicon.term("Topic", topic).value
        part = guide.part(frozenset({self._topic}))
        self._lexicon, self._knowledge = part.lexicon, part.knowledge
        self._trials = trials or Trials(part.rules, part.lexicon)
        self._conditions = Conditions(self._knowledge, _BEAR)

    def surface(self) -> Surface:
        """Follow all combinations.

        Returns:
            The partition with its gaps, overlaps and unsafe answers.
        """
        (nothing,) = self._trials([Case()])
        findings = self._conditions.deciding(nothing, _DECIDE)
        groups = self._conditions.groups(findings, unknown=True)
        certain = self._conditions.groups(findings, unknown=False)
        everyone = follow(Case(), groups, self._conditions, self._trials)
        patients = follow(Case(), certain, self._conditions, self._trials, _scenario_criteria(self._knowledge))
        ends = list(everyone[-1].values())
        several = [n for n in patients[-1].values() if len(n.found["leading"]) > 1 and not n.found["handedTo"]]
        return Surface(
            topic=self._term(self._topic),
            findings=self._terms(findings),
            combinations=_product(groups),
            known=_product(certain),
            leaves=tuple(self._leaves(ends)),
            gaps=tuple(self._gaps(patients[-1].values())),
            overlaps=self._overlaps(node for node in several if not self._decided(node)),
            concurrent=self._overlaps(filter(self._decided, several)),
            unsafe=(*self._contraindicated(ends), *self._closed_world(ends, patients, certain)),
            assessed=self._trials.count,
        )

    def _term(self, iri: str) -> Term:
        return Term(slug(iri), self._lexicon.label(iri))

    def _terms(self, iris: Iterable[str]) -> tuple[Term, ...]:
        return tuple(self._term(iri) for iri in sorted(iris))

    def _leaves(self, ends: Iterable[Node]) -> Iterator[Leaf]:
        relations = ("outcome", "leading", "considered", "best")
        weights: Counter[tuple[frozenset[str], ...]] = Counter()
        examples: dict[tuple[frozenset[str], ...], Case] = {}
        for node in ends:
            said = tuple(node.found[relation] for relation in relations)
            weights[said] += node.weight
            examples.setdefault(said, node.case)
        for said, weight in weights.most_common():
            (outcome,), *others = map(self._terms, said)
            yield Leaf(weight, examples[said].to_dict(), outcome, *others)

    def _overlaps(self, nodes: Iterable[Node]) -> tuple[Overlap, ...]:
        return tuple(Overlap(n.weight, n.case.to_dict(), self._terms(n.found["leading"])) for n in nodes)

    def _decided(self, node: Node) -> bool:
        """Whether a concurrence that holds says that all these scenarios lead together."""
        together = self._knowledge.concurrences
        return any(node.found["leading"] <= together[iri] for iri in together.keys() & node.found["applies"])

    def _gaps(self, ends: Iterable[Node]) -> Iterator[Gap]:
        scenarios = [iri for iri, kind in self._knowledge.kinds.items() if kind == "Scenario"]
        for node in ends:
            if self._topic in node.found["entered"] and not node.found["leading"] and not node.found["handedTo"]:
                reasons = {
                    self._lexicon.label(scenario): tuple(
                        row["criterionLabel"]
                        for row in self._knowledge.criteria[scenario]
                        if row["criterion"] in node.found["failed"]
                    )
                    for scenario in scenarios
                }
                words = [self._lexicon.label(self._lexicon.term("Finding", f).value) for f in node.case.present]
                yield Gap(node.weight, tuple(words), reasons)

    # ------------------------------------------------------------------ what must not be

    def _contraindicated(self, ends: Iterable[Node]) -> Iterator[Unsafe]:
        """Make every absolute contraindication hold wherever something is offered that it rules out."""
        offers = {node.found["best"]: node for node in ends}
        absolute = [rule for rule, degree in self._knowledge.degrees.items() if slug(degree) == "absolute"]
        tried = [(node, rule, self._knowledge.speaks_against[rule]) for node in offers.values() for rule in absolute]
        tried = [(node, rule, against) for node, rule, against in tried if against & node.found["best"]]
        cases = [stated(node.case, self._meeting(rule, node.found)) for node, rule, _ in tried]
        for (node, rule, against), case, found in zip(tried, cases, self._trials(cases), strict=True):
            wrong = found["best"] & against
            if wrong and rule in found["applies"]:
                yield Unsafe("contraindicated study is best", node.case.to_dict(), case.to_dict(), self._terms(wrong))

    def _meeting(self, rule: str, found: Found) -> set[tuple[str, bool]]:
        """Facts that meet every criterion of a condition: of each the first alternative that is still unknown."""
        known = found["knownPresent"] | found["knownAbsent"]
        said: dict[str, bool] = {}
        for criterion in (row["criterion"] for row in self._knowledge.criteria.get(rule, ())):
            for row in self._knowledge.criterion_findings[criterion] if criterion not in found["met"] else ():
                if row["finding"] not in known:
                    said.setdefault(row["finding"], row["wanted"] == "present")
                    break
        return set(said.items())

    def _closed_world(self, ends: Iterable[Node], patients: list[Level], groups: list[Group]) -> Iterator[Unsafe]:
        """Compare each answer with that of every patient whom its case may describe."""
        for node in ends:
            (outcome,) = node.found["outcome"]
            if slug(outcome) in _COMMITTED:
                for patient in _completions(node.found, patients, groups):
                    if node.found["best"] & patient.found["contraindicated"]:
                        continue  # that is for the order checks to ask
                    wrong = node.found["best"] - patient.found["robust"]
                    if wrong if slug(outcome) == "recommended" else patient.found["outcome"] != {outcome}:
                        case, whom = node.case.to_dict(), patient.case.to_dict()
                        yield Unsafe("unknown treated as absent", case, whom, self._terms(wrong))
                        break


_COMMITTED = ("recommended", "consider", "no-imaging")
"""Outcomes that commit themselves; the others say that something is missing or that no criteria apply."""


def _completions(found: Found, levels: list[Level], groups: list[Group]) -> list[Node]:
    """The patients, of whom everything is known, whom a case may describe: one for each point that they come to."""
    contrary = {(f, False) for f in found["knownPresent"]} | {(f, True) for f in found["knownAbsent"]}
    here = set(levels[0])
    for group, nodes in zip(groups, levels, strict=False):
        fits = [place for place, joint in enumerate(group.joints) if joint.isdisjoint(contrary)]
        here = {nodes[key].edges[place] for key in here for place in fits}
    # Who is handed on or leaves the topic gets no answer here: such a fact acts when it is stated.
    patients = [levels[-1][key] for key in here]
    return [node for node in patients if node.found["entered"] and not node.found["handedTo"]]


def _scenario_criteria(knowledge: Knowledge) -> set[str]:
    return {
        row["criterion"]
        for iri, kind in knowledge.kinds.items()
        if kind == "Scenario"
        for row in knowledge.criteria[iri]
    }


def _product(groups: Iterable[Group]) -> int:
    number = 1
    for group in groups:
        number *= len(group.joints)
    return number

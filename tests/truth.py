"""An independent judge: what a case amounts to, worked out in plain Python from the triples that authors wrote.

It reads no query and nothing that the build derived, so that it can disagree with them. Findings are literals (a finding
and whether it is present); a criterion is the MAX of its alternatives, a condition the MIN of its criteria, over 1 (true),
0 (false) and 1/2 (unknown). On small guidelines the same verdicts follow from a truth table over all possible patients.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from operator import ge, gt, le, lt

from pyoxigraph import Literal, NamedNode

import kg
from kg.content import Content
from kg.names import NS, slug

Fact = tuple[str, bool]
Criterion = frozenset[Fact]
World = frozenset[str]

WITHIN: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "minInclusive": ge,
    "minExclusive": gt,
    "maxInclusive": le,
    "maxExclusive": lt,
}


@dataclass(frozen=True)
class Verdicts:
    """What holds of a case, by slug-free IRIs."""

    applies: frozenset[str]
    ruled_out: frozenset[str]
    considered: frozenset[str]
    leading: frozenset[str]
    robust: frozenset[str]
    best: frozenset[str]
    outcome: str


class Knowledge:
    """A guideline as plain dictionaries."""

    def __init__(self, content: Content) -> None:
        self.said: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for triple in (triple for triples in content.graphs.values() for triple in triples):
            if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode | Literal):
                self.said[slug(triple.predicate.value)][triple.subject.value].add(triple.object.value)
        kinds = self.said["type"]
        of_kind = {slug(kind): {x for x in kinds if kind in kinds[x]} for kind in set().union(*kinds.values())}
        self.findings = sorted(of_kind.get("Finding", ()))
        self.procedures = sorted(of_kind.get("Procedure", ()))
        self.measures = sorted(of_kind.get("Measure", ()))
        self.topics = sorted(of_kind.get("Topic", ()))
        self.up = {term: self.reach("subClassOf", term) for term in (*self.findings, *self.procedures)}
        self.excluded: dict[str, set[str]] = defaultdict(set)
        for left, rights in list(self.said["disjointWith"].items()):
            for a in self.down(left):
                for b in set().union(*map(self.down, rights)):
                    self.excluded[a].add(b)
                    self.excluded[b].add(a)
        self.conditions = {
            node: [self.criterion(c) for scope in sorted(self.reach("scope", node)) for c in self.said["criterion"][scope]]
            for node, types in kinds.items()
            if any(f"{NS}Condition" in self.said["subClassOf"].get(kind, ()) for kind in types)
        }

    def the(self, relation: str, subject: str) -> set[str]:
        """The values of a property, none if there are none."""
        return self.said[relation].get(subject, set())

    def reach(self, relation: str, start: str) -> frozenset[str]:
        """The start and everything that the relation leads to."""
        found, fresh = {start}, {start}
        while fresh := {y for x in fresh for y in self.the(relation, x)} - found:
            found |= fresh
        return frozenset(found)

    def down(self, term: str) -> set[str]:
        """The term and all its kinds."""
        return {kind for kind, broader in self.up.items() if term in broader}

    def criterion(self, node: str) -> Criterion:
        present = {(finding, True) for finding in self.the("ifPresent", node)}
        return frozenset(present | {(finding, False) for finding in self.the("ifAbsent", node)})

    def scenarios(self) -> list[str]:
        return sorted(node for node in self.conditions if self.the("topic", node))

    # ------------------------------------------------------------------ what the case states

    def lifted(self, case: kg.Case) -> set[Fact]:
        """What facts, numbers, studies and order amount to; nothing assumed yet."""
        name = {slug(term): term for term in (*self.findings, *self.procedures, *self.measures)}
        facts = {(name[word], True) for word in case.present} | {(name[word], False) for word in case.absent}
        facts |= {fact for word, value in case.measured.items() for fact in self.decided(name[word], Decimal(str(value)))}
        if case.order is not None:
            facts |= {(f, True) for f in self.findings if self.the("intendedStudy", f) & self.up[name[case.order]]}
        for study in case.performed:
            kinds = self.up[name[study.procedure]]
            shown = {name[word] for word in study.present}
            shown_kinds = set().union(*(self.up[finding] for finding in shown))
            unseen_kinds = set().union(*(self.down(name[word]) for word in study.absent))
            facts |= {(finding, True) for finding in shown}
            facts |= {(f, True) for f in self.findings if self.the("performedStudy", f) & kinds}
            on_study = [f for f in self.findings if self.the("onStudy", f) & kinds]
            facts |= {(f, True) for f in on_study if self.the("shows", f) & shown_kinds}
            facts |= {(f, False) for f in on_study if self.the("shows", f) & unseen_kinds}
        return facts

    def decided(self, measure: str, value: Decimal) -> Iterator[Fact]:
        """The findings that a number decides."""
        for finding in self.findings:
            if measure in self.the("measure", finding):
                for relation, present in (("presentWithin", True), ("absentWithin", False)):
                    if any(self.contains(band, value) for band in self.the(relation, finding)):
                        yield finding, present

    def contains(self, band: str, value: Decimal) -> bool:
        return all(test(value, Decimal(limit)) for name, test in WITHIN.items() for limit in self.the(name, band))

    def atoms(self, case: kg.Case) -> set[Fact]:
        """What is known before anything is concluded, assumptions included."""
        facts = self.lifted(case)
        name = {slug(term): term for term in (*self.findings, *self.measures)}
        numbers = {name[word] for word in case.measured}
        open_ = {
            finding
            for finding in self.findings
            if self.the("undecidedBecause", finding) and self.the("measure", finding) & numbers
            if not {(finding, state) for word, value in case.measured.items() for state in (True, False)}
            & {fact for word, value in case.measured.items() for fact in self.decided(name[word], Decimal(str(value)))}
        }
        kept = {broader for finding in {f for f, present in facts if present} | open_ for broader in self.up[finding]}
        assumed = {kind for word in case.assume_absent for kind in self.down(name[word])}
        return facts | {(finding, False) for finding in assumed - kept}

    def closed(self, facts: Iterable[Fact]) -> set[Fact]:
        """The facts and what hierarchy and exclusion make of them."""
        known = set()
        for finding, present in facts:
            if present:
                known |= {(broader, True) for broader in self.up[finding]}
                known |= {(other, False) for other in self.excluded[finding]}
            else:
                known |= {(kind, False) for kind in self.down(finding)}
        return known

    # ------------------------------------------------------------------ what follows

    def judge(self, case: kg.Case) -> Verdicts:
        """Everything that follows for a case."""
        atoms = self.atoms(case)
        known = self.closed(atoms)
        values = {node: minimum_of_maxima(criteria, known) for node, criteria in self.conditions.items()}
        applies = frozenset(node for node, value in values.items() if value == 1)
        open_scenarios = [s for s in self.scenarios() if self.the("topic", s) & self.entered(atoms, known) and values[s] > 0]
        considered = frozenset(open_scenarios) - self.beaten(applies)
        leading = considered & applies
        ratings = self.ranks(considered)
        barred = {p for p in ratings if self.contraindicated(p, applies)}
        sure = {p: min(r.values()) if len(r) == len(considered) and p not in barred else 0 for p, r in ratings.items()}
        handed = any(self.the("neighbour", node) for node in applies)
        candidates = self.candidates(sure, {p for p, r in ratings.items() if max(r.values()) == 4 and p not in barred})
        candidates = candidates if leading and not handed else set()
        robust = frozenset(p for p, rank in sure.items() if rank == 4)
        best = self.best(case, applies, candidates)
        waiting = bool(candidates & {study for study, recorded in self.studies(case) if not recorded})
        imaging = any(rank > 1 for ranks in ratings.values() for rank in ranks.values())
        outcome = (
            "no-criteria-apply"
            if handed or not considered
            else ("recommended" if robust else "consider")
            if best
            else "pathway-complete"
            if candidates and not waiting
            else "no-imaging"
            if leading and not imaging
            else "needs-information"
        )
        ruled_out = frozenset(node for node, value in values.items() if value == 0)
        return Verdicts(applies, ruled_out, considered, leading, robust, best, outcome)

    def entered(self, atoms: set[Fact], known: set[Fact]) -> set[str]:
        """By an entry finding, or by the most specific of stated findings that are more general than it."""
        stated = {finding for finding, present in atoms if present}
        entered = set()
        for topic in self.topics:
            for entry in self.the("entry", topic):
                vague = {f for f in stated & self.up[entry] if not (self.down(f) - {f}) & stated}
                if (entry, True) in known or (vague and (entry, False) not in known):
                    entered.add(topic)
        return entered

    def beaten(self, applies: Iterable[str]) -> set[str]:
        """What something that applies leads."""
        applying = set(applies)
        beaten = {other for node in applying for other in self.reach("precedes", node) if other != node}
        for rule in applying:
            if self.the("first", rule) & applying:
                beaten |= self.the("second", rule)
        return beaten

    def ranks(self, considered: Iterable[str]) -> dict[str, dict[str, int]]:
        """The lowest rank of each rated study in each considered scenario."""
        ranks: dict[str, dict[str, int]] = defaultdict(dict)
        for scenario in considered:
            for rating in self.the("rating", scenario):
                for category in self.the("category", rating):
                    for procedure in self.the("procedure", rating):
                        rank = int(*self.the("rank", category))
                        ranks[procedure][scenario] = min(rank, ranks[procedure].get(scenario, rank))
        return ranks

    def contraindicated(self, procedure: str, applies: Iterable[str]) -> bool:
        rules = [rule for rule in applies if any(slug(degree) == "absolute" for degree in self.the("degree", rule))]
        return any(self.the("rulesOut", rule) & self.up[procedure] for rule in rules)

    def candidates(self, sure: dict[str, int], hopeful: set[str]) -> set[str]:
        """The robust ones; where nothing can be Usually Appropriate, the next best level that is sure."""
        for level in (4, 3, 2):
            found = {p for p, rank in sure.items() if rank >= level}
            if found or hopeful:
                return found
        return set()

    def studies(self, case: kg.Case) -> set[tuple[str, bool]]:
        """The performed studies, each with whether its result was recorded."""
        name = {slug(term): term for term in self.procedures}
        return {(name[study.procedure], bool(study.present or study.absent)) for study in case.performed}

    def best(self, case: kg.Case, applies: Iterable[str], candidates: set[str]) -> frozenset[str]:
        pending = candidates - {study for study, _ in self.studies(case)}
        behind: set[str] = set()
        for rule in applies:
            if self.the("prefers", rule) & candidates:
                behind |= self.the("over", rule)
            if self.the("prefers", rule) & pending:
                behind |= self.the("before", rule)
        return frozenset(pending - behind)

    # ------------------------------------------------------------------ all possible patients

    def worlds(self) -> list[World]:
        """Every set of findings that a patient can have: with all parents of each, and no two that exclude each other."""
        worlds: list[World] = [frozenset()]
        for finding in sorted(self.findings, key=lambda f: (len(self.up[f]), f)):
            parents = self.up[finding] - {finding}
            worlds += [w | {finding} for w in worlds if parents <= w and not self.excluded[finding] & (w | {finding})]
        return worlds

    def holding(self, world: World) -> frozenset[str]:
        """The conditions that hold of a patient of whom everything is known."""
        return frozenset(
            node
            for node, criteria in self.conditions.items()
            if all(any((finding in world) == present for finding, present in c) for c in criteria)
        )

    # ------------------------------------------------------------------ what authors must avoid

    def clash(self, a: Fact, b: Fact) -> bool:
        """Whether no patient can meet both."""
        return (b[0], not b[1]) in self.closed([a]) or (a[0], not a[1]) in self.closed([b])

    def mistakes(self) -> list[str]:
        """Where three-valued matching could be weaker than logic: the conditions of the theorem, violated."""
        found = [finding for finding in self.findings if finding in self.excluded[finding]]
        for node, criteria in self.conditions.items():
            alternatives = [(a, b) for c in criteria for a in c for b in c]
            across = [(a, b) for c in criteria for d in criteria if c != d for a in c for b in d]
            if any(self.clash((a, not p), (b, not q)) for (a, p), (b, q) in alternatives) or any(self.clash(a, b) for a, b in across):
                found.append(node)
        return found


def minimum_of_maxima(criteria: Iterable[Criterion], known: set[Fact]) -> float:
    """Strong Kleene: the truth of a condition."""
    return min((max((value(fact, known) for fact in c), default=0.0) for c in criteria), default=1.0)


def value(fact: Fact, known: set[Fact]) -> float:
    finding, present = fact
    if fact in known:
        return 1.0
    return 0.0 if (finding, not present) in known else 0.5

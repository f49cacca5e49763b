"""An independent judge: what follows from a case, worked out in plain Python from the triples that authors wrote.

It reads no query and nothing that the build derived, so that it can disagree with them. A criterion is the MAX of its
alternatives, a condition the MIN of its criteria, over 1 (true), 0 (false) and 1/2 (unknown). On small guidelines the
same verdicts follow from a truth table over all possible patients.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations, permutations
from operator import ge, gt, le, lt

from pyoxigraph import Literal, NamedNode

import kg
from kg.knowledge.content.content import Content
from kg.knowledge.sparql.iris import NS, slug

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
    """What holds of a case: IRIs of conditions and procedures, and the slugs of values of scales."""

    applies: frozenset[str]
    ruled_out: frozenset[str]
    considered: frozenset[str]
    leading: frozenset[str]
    robust: frozenset[str] = frozenset()
    best: frozenset[str] = frozenset()
    outcome: str = ""
    urgency: str = ""
    order_rating: str = ""
    order_verdict: str = ""
    taken_as_seen: frozenset[str] = frozenset()
    may_enter: frozenset[str] = frozenset()
    perhaps_before: frozenset[str] = frozenset()
    studies_depend_on: frozenset[str] = frozenset()
    urgency_depends_on: frozenset[str] = frozenset()
    concerned_by: frozenset[str] = frozenset()
    met: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    awaited: frozenset[str] = frozenset()
    moved_by: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()
    matched: frozenset[str] = frozenset()
    basis: str = ""
    chosen_best: frozenset[str] = frozenset()
    chosen_robust: frozenset[str] = frozenset()
    chosen_failed: frozenset[str] = frozenset()
    chosen_order_rating: str = ""
    chosen_order_verdict: str = ""


_STAND_BACK = {f"{NS}Alternative", f"{NS}ResultPattern"}
"""What stands back with the topic of its scenario, besides what acts only within it."""


class Knowledge:
    """A guideline as plain dictionaries."""

    def __init__(self, content: Content) -> None:
        self.said: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for triple in (triple for triples in content.graphs.values() for triple in triples):
            if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode | Literal):
                self.said[slug(triple.predicate.value)][triple.subject.value].add(triple.object.value)
        self.home = {
            triple.subject.value: {name}
            for name in content.topics
            for triple in content.graphs[name]
            if isinstance(triple.subject, NamedNode) and slug(triple.predicate.value) == "type"
        }
        kinds = self.said["type"]
        of_kind = {slug(kind): {x for x in kinds if kind in kinds[x]} for kind in set().union(*kinds.values())}
        self.findings = sorted(of_kind.get("Finding", ()))
        self.procedures = sorted(of_kind.get("Procedure", ()))
        self.measures = sorted(of_kind.get("Measure", ()))
        self.topics = sorted(of_kind.get("Topic", ()))
        self._reached: dict[tuple[str, str], frozenset[str]] = {}
        self.named: dict[str, list[str]] = defaultdict(list)
        for term in (*self.findings, *self.procedures, *self.measures):
            self.named[slug(term)].append(term)
        self.up = {term: self.reach("subClassOf", term) for term in (*self.findings, *self.procedures)}
        self.below: dict[str, set[str]] = defaultdict(set)
        for kind, broader in self.up.items():
            for term in broader:
                self.below[term].add(kind)
        self.excluded: dict[str, set[str]] = defaultdict(set)
        for left, rights in list(self.said["disjointWith"].items()):
            for a in self.down(left):
                for b in set().union(*map(self.down, rights)):
                    self.excluded[a].add(b)
                    self.excluded[b].add(a)
        self.criteria = {node: self.criterion(node) for nodes in self.said["criterion"].values() for node in nodes}
        self.conditions = {
            node: [
                self.criteria[c]
                for scope in sorted(self.reach("scope", node))
                for c in sorted(self.the("criterion", scope))
            ]
            for node, types in kinds.items()
            if any(f"{NS}Condition" in self.said["subClassOf"].get(kind, ()) for kind in types)
        }
        self._scenarios = sorted(node for node in self.conditions if self.the("topic", node))
        self._within = {node: self._acts_within(node) for node in self.conditions}
        self.absolute, self.relative = (
            {rule for rule, degrees in self.said["degree"].items() if degree in map(slug, degrees)}
            for degree in ("absolute", "relative")
        )
        self.rated = {s: set(self.ranks([s])) for s in self.scenarios()}
        self.bound: dict[str, set[str]] = defaultdict(set)
        """What the findings that are bound to a study show."""
        for finding in self.findings:
            for study in self.the("onStudy", finding):
                self.bound[study] |= self.the("shows", finding)
        studies = [*self.said["canShow"], *self.bound]
        self.shown = {f for f in self.findings if self.the("onStudy", f) or any(self.can_show(s, f) for s in studies)}
        """The findings that a study shows, or can show."""
        self.by_number = {m: [f for f in self.findings if m in self.the("measure", f)] for m in self.measures}

    def the(self, relation: str, subject: str) -> set[str]:
        """The values of a property, none if there are none."""
        return self.said[relation].get(subject, set())

    def only(self, relation: str, subject: str) -> str:
        """The one value of a property."""
        (value,) = self.the(relation, subject)
        return value

    def reach(self, relation: str, start: str) -> frozenset[str]:
        """The start and everything that the relation leads to."""
        if (relation, start) not in self._reached:
            found, fresh = {start}, {start}
            while fresh := {y for x in fresh for y in self.the(relation, x)} - found:
                found |= fresh
            self._reached[relation, start] = frozenset(found)
        return self._reached[relation, start]

    def down(self, term: str) -> set[str]:
        """The term and all its kinds."""
        return self.below[term]

    def criterion(self, node: str) -> Criterion:
        present = {(finding, True) for finding in self.the("ifPresent", node)}
        return frozenset(present | {(finding, False) for finding in self.the("ifAbsent", node)})

    def scenarios(self) -> list[str]:
        return self._scenarios

    # ------------------------------------------------------------------ what the case states

    def iri(self, word: str) -> str:
        """The finding, procedure or measure that a case names."""
        (iri,) = self.named[word]
        return iri

    def lifted(self, case: kg.Case) -> set[Fact]:
        """What facts, numbers, studies and order amount to; nothing assumed yet."""
        seen = self.taken_as_seen(case)
        return self.said_by(case) | {(bound, True) for bound in seen} | self.unseen(case, seen)

    def said_by(self, case: kg.Case) -> set[Fact]:
        """What facts, numbers, studies and order amount to by themselves."""
        facts = {(self.iri(word), True) for word in case.present} | {(self.iri(word), False) for word in case.absent}
        for word, number in case.measured.items():
            facts |= self.decided(self.iri(word), Decimal(str(number)))
        for study in self.studies(case):
            facts |= self.reported(study)
        if case.order is not None:
            kinds = self.up[self.iri(case.order)]
            facts |= {(finding, True) for finding in self.findings if self.the("orderedStudy", finding) & kinds}
        return facts

    def studies(self, case: kg.Case) -> list[kg.Performed]:
        """The studies that stand for one done now: none from before a finding began, none that was repeated later."""
        began = max(case.since.values(), default="0")
        dated = [(self.day(study), study) for study in case.performed]
        return [
            study
            for day, study in dated
            if not day or (day >= began and not any(o.procedure == study.procedure and d > day for d, o in dated))
        ]

    def day(self, study: kg.Performed) -> str:
        """When a study was done, so that what comes later is greater; nothing if unknown."""
        return "9999-99-99" if study.date == "now" else study.date

    def taken_as_seen(self, case: kg.Case, stated_by: Iterable[str] | None = None) -> set[str]:
        """What an image finding amounts to that was stated without its study; by default each that was stated."""
        facts = self.said_by(case)
        stated = {self.iri(word) for word in case.present}
        above = set[str]().union(*(self.up[finding] for finding in stated))
        done = {self.iri(study.procedure) for study in self.studies(case)}
        return {
            bound
            for finding in (stated if stated_by is None else stated_by)
            for bound in self.said["takenAsSeenWith"]
            if self.the("shows", bound) & self.up[finding] and self.the("takenAsSeenWith", bound) & above
            if not any((wider, False) in facts for wider in self.up[bound])
            if not any((other, True) in facts for other in self.excluded[bound])
            if any(self.the("onStudy", bound) & self.up[study] for study in done)
            or not any(self.can_show(study, finding) for study in done)
        }

    def unseen(self, case: kg.Case, seen: set[str]) -> set[Fact]:
        """What a finding stated to be absent says about the studies that were done, or on which something was seen."""
        absent = set[str]().union(*(self.down(self.iri(word)) for word in case.absent))
        studies = set[str]().union(*(self.up[self.iri(study.procedure)] for study in self.studies(case)))
        studies |= set[str]().union(*(self.the("onStudy", bound) for bound in seen))
        return {(b, False) for b in self.findings if self.the("shows", b) & absent and self.the("onStudy", b) & studies}

    def can_show(self, procedure: str, finding: str) -> bool:
        """Whether a study, or one of its kinds, can show a finding: said so, or because a finding is bound to it."""
        kinds = self.up[procedure] | self.down(procedure)
        bound = set[str]().union(*(self.bound[kind] for kind in kinds))
        wide = bound.union(*(self.the("canShow", kind) for kind in kinds))
        return bool(wide & self.up[finding]) or any(finding in self.up[each] for each in bound)

    def reported(self, study: kg.Performed) -> set[Fact]:
        """What a study amounts to: what is seen on it is present, what is not seen is absent on that study only."""
        kinds = self.up[self.iri(study.procedure)]
        seen = {self.iri(word) for word in study.present}
        facts = {(finding, True) for finding in seen}
        seen_kinds = set().union(*(self.up[finding] for finding in seen))
        unseen = {self.iri(word) for word in study.absent}
        unseen_kinds = set().union(*(self.down(word) for word in unseen))
        for finding in self.findings:
            if self.the("performedStudy", finding) & kinds:
                facts.add((finding, True))
            if self.the("onStudy", finding) & kinds:
                facts |= {(finding, True)} if self.the("shows", finding) & seen_kinds else set()
                facts |= {(finding, False)} if self.the("shows", finding) & unseen_kinds else set()
                itself = any(self.the("onStudy", word) and word in self.up[finding] for word in unseen)
                facts |= {(finding, False)} if itself else set()
        return facts

    def decided(self, measure: str, number: Decimal) -> set[Fact]:
        """The findings that a number decides."""
        bands = {"presentWithin": True, "absentWithin": False}
        return {
            (finding, present)
            for finding in self.measured_by(measure)
            for relation, present in bands.items()
            if any(self.contains(band, number) for band in self.the(relation, finding))
        }

    def measured_by(self, measure: str) -> list[str]:
        return self.by_number[measure]

    def contains(self, band: str, number: Decimal) -> bool:
        return all(test(number, Decimal(limit)) for name, test in WITHIN.items() for limit in self.the(name, band))

    def atoms(self, case: kg.Case) -> set[Fact]:
        """What is known before anything is concluded, assumptions included."""
        facts = self.lifted(case)
        assumed = facts.union(*(self.assumed(word, case, facts) for word in case.assume_absent))
        return assumed | self.presumed(case, facts)

    def presumed(self, case: kg.Case, facts: set[Fact], by: Iterable[str] | None = None) -> set[Fact]:
        """What counts as absent because it was not stated, by some presumptions or by all."""
        presumptions = self.said["presumesAbsent"]
        made = (presumptions if by is None else by) if case.presume else ()
        kept = {finding for finding, present in facts if present} | self.undecided(case)
        above = set[str]().union(*(self.up[finding] for finding in kept))
        done = {self.iri(study.procedure) for study in self.studies(case)}
        return {
            (finding, False)
            for presumption in made
            for finding in presumptions[presumption]
            if finding not in above and not any(self.up[s] & done for s in self.the("performedStudy", finding))
        }

    def assumed(self, word: str, case: kg.Case, facts: set[Fact]) -> set[Fact]:
        """The kinds of a finding taken to be absent: all but what is present or undecided, and parents of these."""
        kept = {finding for finding, present in facts if present} | self.undecided(case)
        above = set().union(*(self.up[finding] for finding in kept))
        return {(kind, False) for kind in self.down(self.iri(word)) - above}

    def undecided(self, case: kg.Case) -> set[str]:
        """The findings for which a number was given that the sources read differently."""
        found = set()
        for word, number in case.measured.items():
            decided = {finding for finding, _ in self.decided(self.iri(word), Decimal(str(number)))}
            found |= {f for f in self.measured_by(self.iri(word)) if self.the("undecidedBecause", f)} - decided
        return found

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
        unfound = {node for node in self.scenarios() if not self.conditions[node]}  # a person chooses it, or nobody
        applies = frozenset(node for node, value in values.items() if value == 1) - unfound
        ruled_out = frozenset(node for node, value in values.items() if value == 0)
        came = self.came_to(atoms, known)
        moved = frozenset(self.moved_by(applies, came))
        left = frozenset(self.left(moved, applies, came))
        topics = (came | self.targets(moved)) - left
        perhaps = topics or self.may_enter(known)
        here = {s for s in self.scenarios() if self.the("topic", s) & perhaps} - ruled_out - unfound
        considered = frozenset(scenario for scenario in here if not self.screened(scenario, known))
        matched = frozenset(
            {s for s in here if self.the("topic", s) & topics}
            & applies - self.beaten(self.acting(applies, topics, left))
        )
        found = Verdicts(applies, ruled_out, considered, matched, matched=matched, moved_by=moved, left=left)
        chosen = self.chosen(case)
        handed = self.handed(found, topics)
        led = frozenset() if matched or handed else chosen - self.beaten(self.acting(applies, topics, left))
        return self.studied(case, replace(found, leading=matched | led), topics, known)

    def chosen(self, case: kg.Case) -> frozenset[str]:
        """The scenarios that a person chose."""
        every = self.scenarios()
        return frozenset(s for word in case.scenario for s in every if s.endswith(f"/{word}"))

    def handed(self, verdicts: Verdicts, entered: set[str]) -> bool:
        """Whether the case is handed over to a neighbour whose topic does not answer here."""
        acting = self.acting(verdicts.applies, entered, verdicts.left)
        return any(
            self.the("neighbour", node) and not self.gives_way(node, entered)
            for node in acting - self.beaten(acting)
            if not self.the("keeps", node) & entered and self.targets([node]) <= self.silenced(verdicts)
        )

    def weighed(self, verdicts: Verdicts) -> frozenset[str]:
        """The leading scenarios whose ratings decide."""
        return verdicts.matched & verdicts.considered if verdicts.matched else verdicts.leading

    def heeded(self, scenarios: Collection[str], known: set[Fact]) -> set[str]:
        """The preferences that stand in some scenarios and whose own criteria are met."""

        def nodes(condition: str) -> set[str]:
            return set[str]().union(*(self.the("criterion", scope) for scope in self.reach("scope", condition)))

        return {
            rule
            for rule in self.conditions
            if f"{NS}Preference" in self.the("type", rule)
            for scope in self.the("scope", rule) & set(scenarios)
            if all(self.criteria[node] & known for node in nodes(rule) - nodes(scope))
        }

    def offered(
        self, case: kg.Case, scenarios: Collection[str], applies: set[str], rules: Collection[str]
    ) -> tuple[set[str], frozenset[str], int]:
        """The candidates of some scenarios, those that come next, and the rank that they reach."""
        ranks = {s: r for s, r in self.lowest(scenarios, applies).items() if not self.missing(s, scenarios)}
        level = next((level for level in (4, 3, 2) if level in ranks.values()), 0)
        candidates = {study for study, rank in ranks.items() if level and rank >= level}
        return candidates, self.best(case, applies, candidates, rules), level

    def within(self, node: str) -> set[str]:
        """The topics of which a case must have entered one for a condition to act; for most conditions none."""
        return self._within[node]

    def _acts_within(self, node: str) -> set[str]:
        if self.the("topic", node):
            return self.the("topic", node)
        if any(slug(kind) in ("Precedence", "Concurrence", "Preference") for kind in self.the("type", node)):
            return self.home.get(node, set())
        scopes = self.the("scope", node) if f"{NS}ActionRecommendation" in self.the("type", node) else set()
        return set[str]().union(*(self.the("topic", scope) for scope in scopes))

    def acting(self, applies: Iterable[str], entered: set[str], left: Iterable[str] = ()) -> set[str]:
        """Of what applies, what is about the patient or about a topic that the case enters."""
        behind = {scenario for scenario in self.scenarios() if self.the("topic", scenario) & set(left)}
        return {
            node
            for node in applies
            if self.within(node) <= entered
            if not (self.the("scope", node) & behind and self.the("type", node) & _STAND_BACK)
        }

    def may_enter(self, known: set[Fact]) -> set[str]:
        """The topics that what is known suggests, where no complaint was stated."""
        present = {finding for finding, holds in known if holds}
        return {
            topic
            for topic in self.topics
            if self.the("suggestedBy", topic) & present
            if any((entry, False) not in known and not self.up[entry] & present for entry in self.the("entry", topic))
        }

    def only_common_open(self, scenario: str, verdicts: Verdicts, known: set[Fact]) -> bool:
        """Whether of a scenario nothing is open but what every scenario of its topic asks for."""
        (topic,) = self.the("topic", scenario)
        others = [s for s in self.scenarios() if topic in self.the("topic", s)]
        told_apart = any(
            self.the("inTable", one) <= self.the("inTable", other) for one, other in permutations(others, 2)
        )
        common = [
            criterion
            for criterion in self.conditions[scenario]
            for finding, present in criterion
            if len(criterion) == 1 and present and told_apart and finding not in self.the("entry", topic)
            if all(any((finding, True) in c for c in self.conditions[s]) for s in others)
        ]
        return all(criterion & known or criterion in common for criterion in self.conditions[scenario])

    def lowest(self, scenarios: Iterable[str], applies: Iterable[str]) -> dict[str, int]:
        """The lowest rank of each study that can be done over some scenarios."""
        return {
            study: min(ranks.values())
            for study, ranks in self.ranks(scenarios).items()
            if not self.contraindicated(study, applies)
        }

    def awaited(self, case: kg.Case) -> set[str]:
        """The studies that were done and have no result: nothing was seen or not seen that they can show."""
        resulted = {
            self.iri(study.procedure)
            for study in self.studies(case)
            if any(self.can_show(self.iri(study.procedure), self.iri(word)) for word in (*study.present, *study.absent))
        }
        seen = self.taken_as_seen(case)
        on = set[str]().union(*(self.the("onStudy", bound) for bound in seen))
        done = {self.iri(study.procedure) for study in self.studies(case)}
        return {study for study in done - resulted if not self.up[study] & on}

    def to_serve(self, verdicts: Verdicts) -> set[str]:
        """The scenarios that lead, and of a topic of which none leads those that could."""
        led = set[str]().union(*(self.the("topic", s) for s in verdicts.leading))
        return {s for s in verdicts.considered if not self.the("topic", s) & led} | verdicts.leading

    def perhaps_done(self, case: kg.Case) -> set[str]:
        """The studies of a more general kind that was done."""
        done = {self.iri(study.procedure) for study in self.studies(case)}
        return {study for study in self.procedures if (self.up[study] - {study}) & done}

    def perhaps_before(self, case: kg.Case, known: set[Fact]) -> set[str]:
        """The studies that showed nothing, and perhaps were done before a sign began that is present."""
        if not any(
            (finding, True) in known and "true" in self.the("onsetMatters", finding) for finding in self.findings
        ):
            return set()
        began = max(case.since.values(), default="9999")  # without a day, only what was done now is surely later
        answered = [
            self.iri(study.procedure)
            for study in self.studies(case)
            if self.day(study) >= began
            or any(self.can_show(self.iri(study.procedure), self.iri(word)) for word in study.present)
        ]
        return self.done(case) - set[str]().union(*(self.up[done] | self.the("includes", done) for done in answered))

    def shows_more(self, case: kg.Case) -> set[str]:
        """The studies that show less than one that was done and has a result."""
        done = self.done(case) - self.awaited(case)
        kinds = set[str]().union(*(self.up[study] for study in done))
        return set[str]().union(*(self.down(lesser) for kind in kinds for lesser in self.the("showsMoreThan", kind)))

    def studied(self, case: kg.Case, verdicts: Verdicts, entered: set[str], known: set[Fact]) -> Verdicts:
        """Add which studies come next."""
        considered, leading = verdicts.considered, verdicts.leading
        applies = self.acting(verdicts.applies, entered, verdicts.left)
        lowest = self.lowest(considered, applies)
        weighed, chosen = self.weighed(verdicts), self.chosen(case)
        heeded = applies | self.heeded(leading & chosen, known)
        handed = self.handed(verdicts, entered)
        robust = frozenset(study for study, rank in lowest.items() if rank == 4 and not self.silent(study, considered))
        if not weighed <= considered:
            robust = frozenset()
        candidates, _, level = self.offered(case, weighed, applies, heeded)
        if not weighed and any(self.only_common_open(s, verdicts, known) for s in considered):
            candidates = {study for study in robust if all(study in self.rated[s] for s in considered)}
        if handed:
            candidates = set()
        best = self.best(case, applies, candidates, heeded)
        waiting = candidates & (self.awaited(case) | self.perhaps_done(case) | self.perhaps_before(case, known))
        wrong = leading & verdicts.ruled_out
        if handed or not considered | leading:
            outcome = "no-criteria-apply"
        elif best:
            outcome = "consider" if level in (3, 2) else "recommended"
        elif candidates and not waiting and not wrong and not self.unsettled(self.to_serve(verdicts), candidates):
            outcome = "pathway-complete"
        elif self.advised_against(verdicts, wrong=bool(wrong)):
            outcome = "no-imaging"
        else:
            outcome = "needs-information"
        homes = entered or self.may_enter(known)
        found = replace(
            verdicts,
            robust=robust,
            best=best,
            outcome=outcome,
            urgency=self.urgency(applies),
            taken_as_seen=frozenset(self.taken_as_seen(case)),
            may_enter=frozenset(homes - entered),
            perhaps_before=frozenset(candidates & self.perhaps_before(case, known)),
            studies_depend_on=self.studies_depend_on(case, replace(verdicts, best=best), candidates, entered, known)
            | (leading - verdicts.matched),
            urgency_depends_on=self.urgency_depends_on(verdicts, homes),
            concerned_by=self.concerned_by(verdicts, known),
            met=frozenset(node for node, criterion in self.criteria.items() if criterion & known),
            failed=frozenset(
                node for node, criterion in self.criteria.items() if minimum_of_maxima([criterion], known) == 0
            ),
            awaited=frozenset(self.awaited(case)),
        )
        found = (
            self.as_chosen(case, found, applies, known, handed=handed) if chosen else replace(found, basis="matched")
        )
        return self.ordered(case, found, handed=handed) if case.order else found

    def advised_against(self, verdicts: Verdicts, *, wrong: bool) -> bool:
        """Whether no scenario that could lead has a study worth doing; where none matches, none that was chosen."""
        if verdicts.matched:
            return bool(self.ranks(verdicts.matched)) and not self.admitted(verdicts.considered)
        return bool(self.ranks(verdicts.leading)) and not self.admitted(verdicts.leading) and not wrong

    def admitted(self, scenarios: Iterable[str]) -> set[str]:
        """The studies that some scenario rates above Usually Not Appropriate."""
        return {study for study, ranks in self.ranks(scenarios).items() if max(ranks.values()) > 1}

    def as_chosen(
        self, case: kg.Case, verdicts: Verdicts, applies: set[str], known: set[Fact], *, handed: bool
    ) -> Verdicts:
        """Add what follows from the scenarios that a person chose, whatever matches."""
        chosen = self.chosen(case)
        bound = {rule for rule in applies if not self.the("scope", rule)}
        heeded = bound | self.heeded(chosen, known)
        candidates, best, level = self.offered(case, chosen, applies, heeded)
        sure = candidates if level == 4 and chosen <= verdicts.considered else set()
        found = replace(
            verdicts,
            basis="chosen" if verdicts.leading - verdicts.matched else "both",
            chosen_best=best,
            chosen_robust=verdicts.robust & sure,
            chosen_failed=chosen & verdicts.ruled_out,
        )
        if case.order is None:
            return found
        study, ranks = self.iri(case.order), self.ranks(chosen)
        here = set(ranks.get(study, {}).values())
        names = {int(self.only("rank", c)): slug(c) for c, scale in self.said["scale"].items() if "category" in scale}
        if study in self.done(case):
            said = "already-performed"
        elif not here:
            said = "not-rated"
        elif self.contraindicated(study, verdicts.applies):
            said = "contraindicated"
        elif study in best:
            said = "best"
        elif any(here & set(ranks[other].values()) for other in best):
            said = "rated-equally"
        else:
            said = "lower-rated" if max(here) > 1 else "not-appropriate"
        return replace(
            found,
            chosen_order_rating=names[min(here)] if here else "not-rated",
            chosen_order_verdict=f"order-{said}",
        )

    def open(self, verdicts: Verdicts) -> set[str]:
        """The conditions that neither hold nor are ruled out."""
        return set(self.conditions) - verdicts.applies - verdicts.ruled_out

    def studies_depend_on(
        self, case: kg.Case, verdicts: Verdicts, candidates: set[str], entered: set[str], known: set[Fact]
    ) -> frozenset[str]:
        """What could still lead otherwise, what would put something before what leads, and what would order studies."""
        leading, out = verdicts.leading, verdicts.ruled_out
        acting = self.acting(verdicts.applies, entered, verdicts.left)
        heeded = acting | self.heeded(leading & self.chosen(case), known)
        decisive = {rule for rule, _, _ in self.decided_by(case, acting, candidates, heeded)}
        orders = {
            rule
            for rule in set(self.conditions) - out
            if self.within(rule) <= entered and self.the("second", rule) & leading
            if any(not {rule, first} <= verdicts.applies for first in self.the("first", rule) - out)
        }
        others = {
            rule
            for rule in self.open(verdicts)
            if self.within(rule) <= entered
            if (self.the("prefers", rule) & candidates and self.lesser(rule) & verdicts.best)
            or (self.reach("precedes", rule) - {rule}) & decisive
            or (self.reach("precedes", rule) & leading and self.could_be_told(rule, known))
        }
        open_scenarios = verdicts.considered - leading
        differing = {s for s in open_scenarios if not self.agrees(s, case, verdicts, candidates, acting)}
        return frozenset(differing | orders | others)

    def agrees(self, scenario: str, case: kg.Case, verdicts: Verdicts, candidates: set[str], acting: set[str]) -> bool:
        """Whether the studies that come next would be the same if a scenario led beside those that lead."""
        offered = {study for study, ranks in self.ranks([scenario]).items() if ranks[scenario] == 4}
        sure = self.lowest(self.weighed(verdicts), acting)
        done, best = self.done(case), verdicts.best
        barred = {study for study in self.procedures if self.contraindicated(study, acting)}
        if not any(sure.get(study) == 4 for study in best) or best - offered:
            return False
        if offered - candidates - done - barred - self.shows_more(case):
            return False
        if any(self.the("prefers", rule) & offered & done and self.lesser(rule) & best for rule in self.conditions):
            return False
        return not any(
            self.the("over", rule) & best or (self.the("before", rule) & best and self.the("prefers", rule) - done)
            for rule in self.conditions
            if scenario in self.the("scope", rule)
        )

    def could_be_told(self, rule: str, known: set[Fact]) -> bool:
        """Whether a condition that is no hand-off could turn out to hold without the result of a study to come."""
        unmet = [criterion for criterion in self.conditions[rule] if not criterion & known]
        return f"{NS}HandOff" not in self.the("type", rule) and not any(
            all(finding in self.shown for finding, _ in criterion) for criterion in unmet
        )

    def lesser(self, rule: str) -> set[str]:
        """The studies to which a preference prefers another."""
        return self.the("over", rule) | self.the("before", rule)

    def urgency_depends_on(self, verdicts: Verdicts, homes: set[str]) -> frozenset[str]:
        """The rules of urgency, of topics that the case may be of or of none, that would make it more urgent."""

        def rank(rule: str) -> int:
            return max((int(self.only("rank", level)) for level in self.the("urgency", rule)), default=0)

        rules = {rule for rule in self.conditions if f"{NS}UrgencyRule" in self.the("type", rule)}
        now = max((rank(rule) for rule in rules & verdicts.applies), default=0)
        here = {rule for rule in rules & self.open(verdicts) if self.home.get(rule, set()) <= homes}
        return frozenset(rule for rule in here if rank(rule) > now)

    def concerned_by(self, verdicts: Verdicts, known: set[Fact]) -> frozenset[str]:
        """The calls, not yet due, for a kind of finding that is present, or that a leading scenario's source names."""
        complaints = set[str]().union(*(self.down(f) for f in self.findings if "true" in self.the("complaint", f)))
        present = {finding for finding, holds in known if holds} - complaints
        sources = self.sources(verdicts.leading)
        calls = {rule for rule in self.open(verdicts) if f"{NS}Escalation" in self.the("type", rule)}
        return frozenset(
            rule
            for rule in calls
            if self.sources([rule]) & sources
            or any(
                holds and self.up[finding] & present
                for criterion in self.conditions[rule]
                for finding, holds in criterion
            )
        )

    def sources(self, conditions: Iterable[str]) -> set[str]:
        """The sources of the places from which some conditions are derived."""
        places = set[str]().union(*(self.the("wasDerivedFrom", node) for node in conditions))
        return set[str]().union(*(self.the("hasSource", place) for place in places))

    def urgency(self, applies: Iterable[str]) -> str:
        """The highest level of the urgency rules that apply."""
        rules = [rule for rule in applies if f"{NS}UrgencyRule" in self.the("type", rule)]
        levels = {level for rule in rules for level in self.the("urgency", rule)}
        return slug(max(levels, key=lambda level: int(self.only("rank", level)))) if levels else ""

    def ordered(self, case: kg.Case, verdicts: Verdicts, *, handed: bool) -> Verdicts:
        """Add how the intended study is rated, and what is to be said of it."""
        study = self.iri(case.order or "")
        led = set(self.ranks(verdicts.leading).get(study, {}).values())
        names = {int(self.only("rank", c)): slug(c) for c, scale in self.said["scale"].items() if "category" in scale}
        rating = "not-rated" if not led else names[min(led)]
        if handed or not verdicts.leading:
            rating = "not-judged"
        return replace(
            verdicts, order_rating=rating, order_verdict=f"order-{self.said_of(study, case, verdicts, handed=handed)}"
        )

    def said_of(self, study: str, case: kg.Case, verdicts: Verdicts, *, handed: bool) -> str:
        """The verdict on an intended study: what cannot be done or was done first, then how it is rated."""
        here, shown = self.ranks(verdicts.leading), self.ranks(verdicts.leading or verdicts.considered)
        led = set(here.get(study, {}).values())
        if study in self.done(case):
            return "already-performed"
        if study in shown and self.contraindicated(study, verdicts.applies):
            return "contraindicated"
        if study in verdicts.best:
            return "best"
        if handed:
            return "of-another-topic"
        if not verdicts.leading:
            rated = set(self.ranks(verdicts.considered).get(study, {}).values())
            never = rated == {1} and not self.silent(study, verdicts.considered)
            return "never-appropriate" if never else "not-judged-yet"
        if not led:
            return "not-rated"
        if led & {min(here[best].values()) for best in verdicts.best}:
            return "rated-equally"
        otherwise = not {self.ranks([scenario])[study].get(scenario) for scenario in verdicts.considered} <= led
        if verdicts.outcome == "needs-information" and otherwise:
            return "not-judged-yet"
        return "not-appropriate" if led == {1} else "lower-rated"

    def done(self, case: kg.Case) -> set[str]:
        """The studies that were done, alone or as part of another one."""
        done = {self.iri(study.procedure) for study in self.studies(case)}
        return done.union(*(self.the("includes", study) for study in done))

    def entered(self, atoms: set[Fact], known: set[Fact]) -> set[str]:
        """The topics to which the case comes or is moved, and that it does not leave."""
        applies = {node for node, criteria in self.conditions.items() if all(c & known for c in criteria)}
        came = self.came_to(atoms, known)
        moved = self.moved_by(applies, came)
        return (came | self.targets(moved)) - self.left(moved, applies, came)

    def targets(self, hand_offs: Iterable[str]) -> set[str]:
        """The topics whose content is here and to which hand-offs move a case, by something that is present."""
        moving = [h for h in hand_offs if any(all(present for _, present in c) for c in self.conditions[h])]
        neighbours = set[str]().union(*(self.the("neighbour", each) for each in moving))
        found = {topic for s in self.scenarios() if self.conditions[s] for topic in self.the("topic", s)}
        return set[str]().union(*(self.the("seeAlso", each) for each in neighbours)) & found

    def silenced(self, verdicts: Verdicts) -> set[str]:
        """The topics of which no scenario could apply."""
        answering = {topic for s in set(self.scenarios()) - verdicts.ruled_out for topic in self.the("topic", s)}
        return set(self.topics) - answering

    def moved_by(self, applies: Iterable[str], came: set[str]) -> set[str]:
        """The hand-offs that apply, move the case to a topic that is here, and give way to nothing."""
        acting = self.acting(applies, came)
        return {
            node
            for node in acting
            if self.targets([node]) and not self.gives_way(node, came)
            if not any(node in self.reach("precedes", other) for other in acting - {node})
        }

    def left(self, moved: Iterable[str], applies: Collection[str], came: set[str]) -> set[str]:
        """The topics that move the case to another one, of which a scenario with ratings applies."""
        reached = came | self.targets(moved)
        return {
            giver
            for node in moved
            for giver in reached - self.the("keeps", node)
            if node in self.the("handOff", giver)
            for target in self.targets([node]) - {giver}
            if any(target in self.the("topic", s) and self.rated[s] and s in applies for s in self.scenarios())
        }

    def came_to(self, atoms: set[Fact], known: set[Fact]) -> set[str]:
        """By an entry finding, or by the most specific of stated findings that are more general than it."""
        stated = {finding for finding, present in atoms if present}
        entered = set()
        for topic in self.topics:
            for entry in self.the("entry", topic):
                vague = {f for f in stated & self.up[entry] if not (self.down(f) - {f}) & stated}
                exact = "true" in self.the("exactEntry", topic)
                if (entry, True) in known or (vague and not exact and (entry, False) not in known):
                    entered.add(topic)
            if any((finding, True) in known for finding in self.the("enteredWith", topic)):
                entered.add(topic)
        return entered

    def screened(self, scenario: str, known: set[Fact]) -> bool:
        """Whether something always leads the scenario: one condition, or one if a finding is present and one if not."""

        def follows(criterion: Criterion, supposed: Iterable[Fact] = ()) -> bool:
            own = ([(f, p) for f, p in c if (f, not p) not in known] for c in self.conditions[scenario])
            met = criterion & (known | self.closed(supposed))
            return bool(met) or any(all(criterion & self.closed([fact]) for fact in left) for left in own)

        here = self.the("topic", scenario)
        near = [node for node in self.conditions if self.within(node) <= here]  # no other topic is sure to be entered
        leaders = [[n] for n in near if n != scenario and scenario in self.reach("precedes", n)]
        rules = [rule for rule in near if scenario in self.the("second", rule)]
        leaders += [[rule, n] for rule in rules for n in self.the("first", rule) if n in near]
        needed = [[criterion for node in nodes for criterion in self.conditions[node]] for nodes in leaders]
        if any(all(map(follows, criteria)) for criteria in needed):
            return True
        return any(
            all(follows(c, [(finding, True)]) for c in one) and all(follows(c, [(finding, False)]) for c in other)
            for one, other in permutations(needed, 2)
            for finding in {
                above for criterion in other for f, present in criterion if not present for above in self.up[f]
            }
        )

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
                        rank = int(self.only("rank", category))
                        ranks[procedure][scenario] = min(rank, ranks[procedure].get(scenario, rank))
        return ranks

    def worth_doing(self, scenario: str) -> list[str]:
        """The studies that a scenario rates highest, unless it advises against all."""
        ranks = {study: rank[scenario] for study, rank in self.ranks([scenario]).items()}
        return sorted(study for study, rank in ranks.items() if rank == max(ranks.values()) > 1)

    def silent(self, study: str, considered: Iterable[str]) -> bool:
        """Whether a considered scenario does not rate the study, though its topic does elsewhere."""
        topics = {topic for s, rated in self.rated.items() if study in rated for topic in self.the("topic", s)}
        return any(self.the("topic", s) & topics and study not in self.rated[s] for s in considered)

    def missing(self, study: str, leading: Iterable[str]) -> bool:
        """Whether a scenario that leads does not rate the study, though its table does elsewhere."""
        tables = {table for s, rated in self.rated.items() if study in rated for table in self.tables(s)}
        return any(self.tables(s) & tables and study not in self.rated[s] for s in leading)

    def tables(self, scenario: str) -> set[str]:
        """The tables that a scenario stands in; if none, its topic, of which the rest is a table."""
        return self.the("inTable", scenario) or self.the("topic", scenario)

    def unsettled(self, considered: Iterable[str], candidates: set[str]) -> bool:
        """Whether a considered scenario, then of another topic, has something to offer, but no candidate."""
        return any(
            any(rank > 1 for rank in ranks.values()) and not ranks.keys() & candidates
            for ranks in ({study: rank[s] for study, rank in self.ranks([s]).items()} for s in considered)
        )

    def gives_way(self, node: str, entered: set[str]) -> bool:
        """Whether a hand-off only says that the case is not of its own topic, and the case enters another."""
        entries = {e for topic in self.topics if node in self.the("handOff", topic) for e in self.the("entry", topic)}
        own = any((entry, False) in criterion for criterion in self.conditions[node] for entry in entries)
        return own and bool(entered)

    def contraindicated(self, procedure: str, applies: Iterable[str]) -> bool:
        return any(self.the("rulesOut", rule) & self.up[procedure] for rule in self.absolute.intersection(applies))

    def best(self, case: kg.Case, applies: Iterable[str], candidates: set[str], rules: Iterable[str]) -> frozenset[str]:
        """The candidates not done yet to which none is preferred and which need not wait for another."""
        return frozenset(
            self.pending(case, candidates)
            - {lesser for _, _, lesser in self.decided_by(case, applies, candidates, rules)}
        )

    def pending(self, case: kg.Case, candidates: set[str]) -> set[str]:
        """The candidates that were not done, nor perhaps, and that show as much as what was done."""
        return candidates - self.done(case) - self.perhaps_done(case) - self.shows_more(case)

    def decided_by(
        self, case: kg.Case, applies: Iterable[str], candidates: set[str], rules: Iterable[str]
    ) -> set[tuple[str, str, str]]:
        """The preferences that decide: each with the study that it prefers and one that it puts behind."""
        pending = self.pending(case, candidates)
        checks = {study: self.checks(study, applies) for study in candidates}
        unsure = (candidates & self.perhaps_done(case)) - self.done(case)
        return {
            (rule, better, lesser)
            for rule in set(rules) - self.beaten({*applies, *rules})
            for relation, chosen in (("over", candidates), ("before", pending | unsure))
            for better in self.the("prefers", rule) & chosen
            for lesser in self.the(relation, rule) & pending
            if checks[better] <= checks[lesser] or self.less(lesser, better)
        }

    def less(self, lesser: str, better: str) -> bool:
        """Whether a study shows less than another one."""
        return any(self.the("showsMoreThan", kind) & self.up[lesser] for kind in self.up[better])

    def checks(self, procedure: str, applies: Iterable[str]) -> set[str]:
        """What has to be checked before a study."""
        return {rule for rule in self.relative.intersection(applies) if self.the("rulesOut", rule) & self.up[procedure]}

    def reasons(self, case: kg.Case) -> set[tuple[str, str, str]]:
        """Which stated fact by itself meets which criterion: criterion, how the fact was given, the fact's slug."""
        seen = self.taken_as_seen(case)
        parts: list[tuple[str, str, set[Fact]]] = []
        for word in case.present:
            bounds = self.taken_as_seen(case, [self.iri(word)])
            parts.append(("present", word, {(self.iri(word), True)} | {(bound, True) for bound in bounds}))
        for word in case.absent:
            only = replace(case, absent=(word,))
            parts.append(("absent", word, {(self.iri(word), False)} | self.unseen(only, seen)))
        parts += [
            ("measured", word, self.decided(self.iri(word), Decimal(str(n)))) for word, n in case.measured.items()
        ]
        parts += [
            ("performed", str(number), self.reported(study))
            for number, study in enumerate(case.performed, 1)
            if study in self.studies(case)
        ]
        if case.order is not None:
            parts.append(("order", case.order, self.said_by(kg.Case(order=case.order))))
        facts = self.lifted(case)
        if case.presume:
            presumptions = self.said["presumesAbsent"]
            parts += [("presumes", slug(node), self.presumed(case, facts, [node])) for node in presumptions]
        parts += [("assumedAbsent", word, self.assumed(word, case, facts)) for word in case.assume_absent]
        return {
            (node, given, fact)
            for given, fact, atoms in parts
            for node, criterion in self.criteria.items()
            if criterion & self.closed(atoms)
        }

    # ------------------------------------------------------------------ all possible patients

    def worlds(self) -> list[World]:
        """Every set of findings that a patient can have: with the parents of each, and no two that exclude another."""
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
        """Where three-valued matching could be weaker than logic: findings and conditions that authors should mend."""
        found = [finding for finding in self.findings if finding in self.excluded[finding]]
        return found + [node for node, criteria in self.conditions.items() if self.mistaken(criteria)]

    def mistaken(self, criteria: list[Criterion]) -> bool:
        """Whether a criterion cannot fail, or two cannot both be met, for each pair of alternatives alone."""
        for criterion in criteria:
            negated = [(finding, not present) for finding, present in criterion]
            if any(self.clash(a, b) for a, b in combinations(negated, 2)):
                return True
        return any(self.clash(a, b) for c, d in combinations(criteria, 2) for a in c for b in d)


def minimum_of_maxima(criteria: Iterable[Criterion], known: set[Fact]) -> float:
    """Strong Kleene: the truth of a condition."""
    return min((max((value(fact, known) for fact in c), default=0.0) for c in criteria), default=1.0)


def value(fact: Fact, known: set[Fact]) -> float:
    finding, present = fact
    if fact in known:
        return 1.0
    return 0.0 if (finding, not present) in known else 0.5

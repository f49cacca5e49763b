"""An independent judge: what a case amounts to, worked out in plain Python from the triples that authors wrote.

It reads no query and nothing that the build derived, so that it can disagree with them. A criterion is the MAX of its
alternatives, a condition the MIN of its criteria, over 1 (true), 0 (false) and 1/2 (unknown). On small guidelines the
same verdicts follow from a truth table over all possible patients.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations, permutations
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
            if isinstance(triple.subject, NamedNode)
        }
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
        self.rated = {s: set(self.ranks([s])) for s in self.scenarios()}

    def the(self, relation: str, subject: str) -> set[str]:
        """The values of a property, none if there are none."""
        return self.said[relation].get(subject, set())

    def only(self, relation: str, subject: str) -> str:
        """The one value of a property."""
        (value,) = self.the(relation, subject)
        return value

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

    def iri(self, word: str) -> str:
        """The finding, procedure or measure that a case names."""
        (iri,) = (term for term in (*self.findings, *self.procedures, *self.measures) if slug(term) == word)
        return iri

    def lifted(self, case: kg.Case) -> set[Fact]:
        """What facts, numbers, studies and order amount to; nothing assumed yet."""
        facts = {(self.iri(word), True) for word in case.present} | {(self.iri(word), False) for word in case.absent}
        for word, number in case.measured.items():
            facts |= self.decided(self.iri(word), Decimal(str(number)))
        for study in case.performed:
            facts |= self.reported(study)
        if case.order is not None:
            kinds = self.up[self.iri(case.order)]
            facts |= {(finding, True) for finding in self.findings if self.the("intendedStudy", finding) & kinds}
        return facts

    def reported(self, study: kg.Performed) -> set[Fact]:
        """What a study amounts to: what is seen on it is present, what is not seen is absent on that study only."""
        kinds = self.up[self.iri(study.procedure)]
        seen = {self.iri(word) for word in study.present}
        facts = {(finding, True) for finding in seen}
        seen_kinds = set().union(*(self.up[finding] for finding in seen))
        unseen_kinds = set().union(*(self.down(self.iri(word)) for word in study.absent))
        for finding in self.findings:
            if self.the("performedStudy", finding) & kinds:
                facts.add((finding, True))
            if self.the("onStudy", finding) & kinds:
                facts |= {(finding, True)} if self.the("shows", finding) & seen_kinds else set()
                facts |= {(finding, False)} if self.the("shows", finding) & unseen_kinds else set()
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
        return [finding for finding in self.findings if measure in self.the("measure", finding)]

    def contains(self, band: str, number: Decimal) -> bool:
        return all(test(number, Decimal(limit)) for name, test in WITHIN.items() for limit in self.the(name, band))

    def atoms(self, case: kg.Case) -> set[Fact]:
        """What is known before anything is concluded, assumptions included."""
        facts = self.lifted(case)
        return facts.union(*(self.assumed(word, case, facts) for word in case.assume_absent))

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
        applies = frozenset(node for node, value in values.items() if value == 1)
        ruled_out = frozenset(node for node, value in values.items() if value == 0)
        topics = self.entered(atoms, known)
        here = {s for s in self.scenarios() if self.the("topic", s) & topics} - ruled_out
        considered = frozenset(scenario for scenario in here if not self.screened(scenario, known))
        leading = frozenset(here & applies - self.beaten(self.acting(applies, topics)))
        return self.studied(case, Verdicts(applies, ruled_out, considered, leading), topics)

    def within(self, node: str) -> set[str]:
        """The topics of which a case must have entered one for a condition to act; for most conditions none."""
        if self.the("topic", node):
            return self.the("topic", node)
        if any(slug(kind) in ("Precedence", "Concurrence", "Preference") for kind in self.the("type", node)):
            return self.home.get(node, set())
        scopes = self.the("scope", node) if f"{NS}ActionRecommendation" in self.the("type", node) else set()
        return set[str]().union(*(self.the("topic", scope) for scope in scopes))

    def acting(self, applies: Iterable[str], entered: set[str]) -> set[str]:
        """Of what applies, what is about the patient or about a topic that the case enters."""
        return {node for node in applies if self.within(node) <= entered}

    def studied(self, case: kg.Case, verdicts: Verdicts, entered: set[str]) -> Verdicts:
        """Add which studies come next."""
        considered, leading, applies = verdicts.considered, verdicts.leading, self.acting(verdicts.applies, entered)
        ratings = self.ranks(considered)
        allowed = {study: ranks for study, ranks in ratings.items() if not self.contraindicated(study, applies)}
        sure = {study: min(ranks.values()) for study, ranks in allowed.items() if not self.silent(study, considered)}
        handed = any(
            self.the("neighbour", node) and not self.gives_way(node, entered) for node in applies - self.beaten(applies)
        )
        candidates = self.candidates(sure, hope=any(4 in ranks.values() for ranks in allowed.values()))
        candidates &= set(self.ranks(leading))
        if handed:
            candidates = set()
        robust = frozenset(study for study, rank in sure.items() if rank == 4)
        best = self.best(case, applies, candidates)
        waiting = candidates & {self.iri(s.procedure) for s in case.performed if not (s.present or s.absent)}
        if handed or not considered:
            outcome = "no-criteria-apply"
        elif best:
            outcome = "recommended" if robust else "consider"
        elif candidates and not waiting and not self.unsettled(considered, candidates):
            outcome = "pathway-complete"
        elif self.ranks(leading) and all(rank == 1 for ranks in ratings.values() for rank in ranks.values()):
            outcome = "no-imaging"
        else:
            outcome = "needs-information"
        found = replace(verdicts, robust=robust, best=best, outcome=outcome, urgency=self.urgency(applies))
        return self.ordered(case, found, handed=handed) if case.order else found

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
            return "not-judged-yet"
        if not led:
            return "not-rated"
        if led & {min(here[best].values()) for best in verdicts.best}:
            return "rated-equally"
        otherwise = {self.ranks([scenario])[study].get(scenario) for scenario in verdicts.considered} != led
        if verdicts.outcome == "needs-information" and otherwise:
            return "not-judged-yet"
        return "not-appropriate" if led == {1} else "lower-rated"

    def done(self, case: kg.Case) -> set[str]:
        """The studies that were done, alone or as part of another one."""
        done = {self.iri(study.procedure) for study in case.performed}
        return done.union(*(self.the("includes", study) for study in done))

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
        rules = [rule for rule in applies if any(slug(degree) == "absolute" for degree in self.the("degree", rule))]
        return any(self.the("rulesOut", rule) & self.up[procedure] for rule in rules)

    def candidates(self, sure: dict[str, int], *, hope: bool) -> set[str]:
        """The robust ones; where nothing can be Usually Appropriate, those of the next level that is sure."""
        for level in (4, 3, 2):
            found = {study for study, rank in sure.items() if rank >= level}
            if found or hope:
                return found
        return set()

    def best(self, case: kg.Case, applies: Iterable[str], candidates: set[str]) -> frozenset[str]:
        """The candidates not done yet to which none is preferred and which need not wait for another."""
        pending = candidates - self.done(case)
        behind: set[str] = set()
        for rule in applies:
            if self.the("prefers", rule) & candidates:
                behind |= self.the("over", rule)
            if self.the("prefers", rule) & pending:
                behind |= self.the("before", rule)
        return frozenset(pending - behind)

    def reasons(self, case: kg.Case) -> set[tuple[str, str, str]]:
        """Which stated fact by itself meets which criterion: criterion, how the fact was given, the fact's slug."""
        parts = [("present", word, self.lifted(kg.Case(present=[word]))) for word in case.present]
        parts += [("absent", word, self.lifted(kg.Case(absent=[word]))) for word in case.absent]
        parts += [
            ("measured", word, self.decided(self.iri(word), Decimal(str(n)))) for word, n in case.measured.items()
        ]
        parts += [("performed", str(number), self.reported(study)) for number, study in enumerate(case.performed, 1)]
        if case.order is not None:
            parts.append(("intended", case.order, self.lifted(kg.Case(order=case.order))))
        facts = self.lifted(case)
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

"""Random cases and random small guidelines, the same for the same seed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from random import Random

import kg
from kg.knowledge.content.content import Content, read
from kg.knowledge.sparql.iris import qualified, slug
from kg.knowledge.sparql.resources import shipped
from tests.judges.truth import WITHIN, Criterion, Knowledge

CATEGORIES = ("usually-appropriate", "may-be-appropriate", "may-be-appropriate-disagreement", "usually-not-appropriate")

# ---------------------------------------------------------------------- cases

DAYS = ("2026-03-01", "2026-03-08", "2026-04-02")

RARE = (
    # a complaint that another one explains
    kg.Case(present=["back-pain", "lumbar-back-pain"]),
    # one topic has had its study, the other has not
    kg.Case(
        present=["foot-drop", "interscapular-pain", "lumbar-back-pain"],
        measured={"age": 38},
        performed=[kg.Performed("mri-thoracic-spine-without-contrast", absent=("major-neurologic-deficit",))],
    ),
    # what may be appropriate is the best there is
    kg.Case(
        present=["failed-conservative-management", "thoracic-back-pain"],
        absent=["neurologic-deficit", "red-flag"],
        measured={"age": 40, "pain-duration-weeks": 9},
    ),
    # all that was to be done is done
    kg.Case(
        present=["night-pain", "thoracic-back-pain"],
        absent=["sign-of-myelopathy", "major-neurologic-deficit", "trauma", "suspicion-of-infection"],
        measured={"age": 40},
        performed=[kg.Performed("mri-thoracic-spine-without-and-with-contrast", absent=("bone-destruction",))],
        assume_absent=["destructive-process-sign", "red-flag", "neurologic-deficit"],
    ),
    # after surgery, for surgery, and for neither
    kg.Case(
        present=["lumbar-back-pain", "lumbar-fusion", "new-or-progressing-symptoms"],
        measured={"age": 58},
        assume_absent=["red-flag", "major-neurologic-deficit"],
    ),
    kg.Case(
        present=["lumbar-back-pain", "chronic-pain", "failed-conservative-management", "candidate-for-spine-surgery"],
        absent=["red-flag", "neurologic-deficit"],
        measured={"age": 45},
        assume_absent=["fracture-risk-factor", "prior-spine-surgery"],
    ),
    kg.Case(
        present=["lumbar-back-pain", "chronic-pain"],
        absent=["red-flag", "neurologic-deficit", "prior-conservative-management", "candidate-for-spine-intervention"],
        measured={"age": 40},
        assume_absent=["fracture-risk-factor", "prior-spine-surgery"],
    ),
    # nothing speaks for imaging
    kg.Case(
        present=["thoracic-back-pain"],
        measured={"age": 30, "pain-duration-weeks": 1},
        absent=["prior-conservative-management"],
        assume_absent=["red-flag", "neurologic-deficit", "fracture-risk-factor", "prior-spine-surgery"],
    ),
    # the order is rated as high as what comes next
    kg.Case(
        present=["thoracic-back-pain", "vertebral-compression-fracture", "pedicle-lucency", "leg-weakness"],
        measured={"age": 65},
        order="ct-thoracic-spine-without-contrast",
    ),
    # the order is barred
    kg.Case(
        present=["fever", "mri-contraindicated", "thoracic-back-pain"],
        measured={"age": 40},
        order="mri-thoracic-spine-without-contrast",
    ),
)
"""Cases of the shipped guideline that chance seldom draws."""


def cases(rng: Random, knowledge: Knowledge, count: int) -> Iterator[kg.Case]:
    """Cases that do not contradict themselves."""
    made = 0
    while made < count:
        case = random_case(rng, knowledge)
        if not contradictory(knowledge, case):
            made += 1
            yield case


def contradictory(knowledge: Knowledge, case: kg.Case) -> bool:
    """Whether the facts of a case contradict each other."""
    known = knowledge.closed(knowledge.atoms(case))
    return any((finding, not present) in known for finding, present in known)


def random_case(rng: Random, knowledge: Knowledge) -> kg.Case:
    """A case that was drawn towards some condition, so that many apply, with other facts about it."""
    draft = Draft(rng, knowledge)
    entries = sorted(entry for topic in knowledge.topics for entry in knowledge.the("entry", topic))
    suggested = sorted(sign for topic in knowledge.topics for sign in knowledge.the("suggestedBy", topic))
    if rng.random() < 0.9 and entries:
        draft.state(rng.choice(entries), present=True)
    elif suggested:  # a sign and no complaint
        draft.state(rng.choice(suggested), present=True)
        if rng.random() < 0.5:
            return draft.case(assuming=0)
    if rng.random() < 0.2:  # one scenario and nothing else, the rest assumed absent
        scenario = rng.choice(knowledge.scenarios())
        draft.approach(scenario, 1.0)
        if rng.random() < 0.3:  # and all that it asks for was done
            for study in knowledge.worth_doing(scenario):
                draft.perform(study, rng.choice(knowledge.findings), present=False)
        return draft.case(assuming=1000)
    for _ in range(rng.choice((1, 1, 2))):
        conditions = knowledge.scenarios() if rng.random() < 0.7 else sorted(knowledge.conditions)
        draft.approach(rng.choice(conditions), 0.85)
    for _ in range(rng.randrange(6)):
        draft.state(rng.choice(knowledge.findings), present=rng.random() < 0.4)
    if rng.random() < 0.35:
        draft.perform(rng.choice(knowledge.procedures), rng.choice(knowledge.findings), rng.choice((True, False, None)))
    return draft.case(assuming=rng.choice((0, 0, 0, 0, 1, 3)))


def choosing(rng: Random, knowledge: Knowledge, case: kg.Case) -> kg.Case:
    """A case for which a person chose a scenario or two, often with an order."""
    every = [qualified(scenario) for scenario in knowledge.scenarios()]
    ordered = (
        case if case.order else replace(case, order=slug(rng.choice(sorted(set().union(*knowledge.rated.values())))))
    )
    chosen = replace(
        ordered if rng.random() < 0.5 else case, scenario=tuple(rng.sample(every, rng.choice((1, 1, 1, 2))))
    )
    return case if contradictory(knowledge, chosen) else chosen


@dataclass
class Draft:
    """A case in the making."""

    rng: Random
    knowledge: Knowledge
    present: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    measured: dict[str, Decimal | int] = field(default_factory=dict)
    performed: list[kg.Performed] = field(default_factory=list)
    order: str | None = None

    def approach(self, condition: str, share: float) -> None:
        """Meet about this share of the criteria of a condition."""
        for criterion in self.knowledge.conditions[condition]:
            if self.rng.random() < share:
                finding, present = self.rng.choice(sorted(criterion))
                self.achieve(finding, present=present)

    def state(self, finding: str, *, present: bool) -> None:
        """State a finding; a present one often by one of its kinds."""
        if present and self.rng.random() < 0.4:
            finding = self.rng.choice(sorted(self.knowledge.down(finding)))
        word = slug(finding)
        if word not in self.present | self.absent:
            (self.present if present else self.absent).add(word)

    def achieve(self, finding: str, *, present: bool) -> None:
        """Make a finding present or absent in the way in which it becomes known."""
        the, only = self.knowledge.the, self.knowledge.only
        if the("measure", finding) and self.rng.random() < 0.9:
            self.measure(finding)
        elif the("orderedStudy", finding) and present:
            self.order = slug(self.kind_of(only("orderedStudy", finding)))
        elif the("performedStudy", finding) and present:
            self.perform(only("performedStudy", finding), self.rng.choice(self.knowledge.findings), None)
        elif the("shows", finding) and self.rng.random() < 0.8:
            self.perform(only("onStudy", finding), only("shows", finding), present)
        else:
            self.state(finding, present=present)

    def measure(self, finding: str) -> None:
        """Give the number that decides a finding: at a limit, beside it or far from it."""
        the, only = self.knowledge.the, self.knowledge.only
        measure = only("measure", finding)
        bands = the("presentWithin", finding) | the("absentWithin", finding)
        limits = sorted({Decimal(limit) for band in bands for facet in WITHIN for limit in the(facet, band)})
        offset = self.rng.choice((Decimal("-0.5"), Decimal(0), Decimal("0.5"), Decimal(20)))
        low, high = Decimal(only("minInclusive", measure)), Decimal(only("maxInclusive", measure))
        value = min(max(self.rng.choice(limits) + offset, low), high)
        self.measured[slug(measure)] = int(value) if value == int(value) else value

    def perform(self, procedure: str, finding: str, present: bool | None) -> None:
        """Do a study, in which a finding was seen, was not seen, or nothing was recorded."""
        study = slug(self.kind_of(procedure))
        seen = () if present is None else (slug(self.kind_of(finding) if present else finding),)
        self.performed.append(kg.Performed(study, seen if present else (), () if present else seen))

    def kind_of(self, term: str) -> str:
        return self.rng.choice(sorted(self.knowledge.down(term)))

    def case(self, *, assuming: int) -> kg.Case:
        """The case, with so many broad findings assumed absent; all of them when the number is large."""
        broad = sorted(f for f in self.knowledge.findings if len(self.knowledge.down(f)) > 1)
        assumed = self.rng.sample(broad, min(len(broad), assuming))
        dated = self.rng.random() < 0.3
        if self.order is None and self.rng.random() < 0.15:
            self.order = slug(self.rng.choice(self.knowledge.procedures))
        since = {word: self.rng.choice(DAYS) for word in sorted(self.present) if dated and self.rng.random() < 0.3}
        return kg.Case(
            present=sorted(self.present),
            absent=sorted(self.absent),
            measured=self.measured,
            performed=[replace(s, date=self.rng.choice(("", "now", *DAYS))) if dated else s for s in self.performed],
            order=self.order,
            since=since,
            assume_absent=[slug(finding) for finding in assumed],
            presume=self.rng.random() < 0.85,
        )


# ---------------------------------------------------------------------- guidelines

TOPIC = "https://w3id.org/nextstudy/topic/"
PREFIXES = """\
@prefix ns: <https://w3id.org/nextstudy/ontology#> .
@prefix topic: <https://w3id.org/nextstudy/topic/> .
@prefix finding: <https://w3id.org/nextstudy/finding/> .
@prefix measure: <https://w3id.org/nextstudy/measure/> .
@prefix procedure: <https://w3id.org/nextstudy/procedure/> .
@prefix scale: <https://w3id.org/nextstudy/scale/> .
@prefix conflict: <https://w3id.org/nextstudy/conflict/> .
@prefix decision: <https://w3id.org/nextstudy/decision/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""


def guideline(rng: Random, place: Path, *, clean: bool = True) -> Content:
    """Write a random guideline into a new folder and read it.

    Args:
        rng: Where chance comes from.
        place: The folder to make.
        clean: No author's mistakes, so that three-valued matching must be as strong as logic.

    Returns:
        The content.
    """
    (place / "topics").mkdir(parents=True)
    for name in ("prefixes.ttl", "nextstudy.ttl", "vocabulary/scales.ttl"):
        shutil.copy(shipped("ontology") / name, place)
    while True:
        vocabulary = Vocabulary(rng)
        (place / "terms.ttl").write_text(PREFIXES + vocabulary.text(), encoding="utf-8")
        knowledge = Knowledge(read(place))
        if not (clean and knowledge.mistakes()):
            break
    author, count = Author(rng, knowledge, clean=clean), rng.choice((1, 1, 1, 2))
    author.topics = [f"t{topic}" for topic in range(count)]
    for topic in range(count):
        (place / "topics" / f"t{topic}.ttl").write_text(PREFIXES + author.topic(f"t{topic}"), encoding="utf-8")
    return read(place)


class Vocabulary:
    """Findings with hierarchy and exclusion, some decided by a number or a study; procedures with a hierarchy."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.count = rng.randrange(4, 8)
        self.lines: list[str] = []

    def text(self) -> str:
        for number in range(self.count):
            parents = self.rng.sample(range(number), min(number, self.rng.choice((0, 0, 1, 1, 2))))
            others = self.rng.sample(range(number), min(number, self.rng.choice((0, 0, 0, 1))))
            self.finding(f"f{number}", [f"f{p}" for p in parents], others=[f"f{o}" for o in others])
        self.procedures()
        for make in (self.bands, self.study, self.order, self.signs):
            if self.rng.random() < 0.5:
                make()
        return "\n".join(self.lines)

    def finding(self, name: str, parents: list[str], *, others: list[str] | None = None, more: str = "") -> None:
        statements = [f'finding:{name} a owl:Class , ns:Finding ; rdfs:label "{name}"']
        statements += [f"rdfs:subClassOf finding:{parent}" for parent in parents]
        statements += [f"owl:disjointWith finding:{other}" for other in others or ()]
        self.lines.append(" ; ".join(statements) + f"{more} .")

    def procedures(self) -> None:
        for name, parents in (("g0", []), ("g1", []), ("p0", ["g0"]), ("p1", ["g0", "g1"]), ("p2", ["g1"]), ("p3", [])):
            above = "".join(f" ; rdfs:subClassOf procedure:{parent}" for parent in parents)
            self.lines.append(f'procedure:{name} a owl:Class , ns:Procedure ; rdfs:label "{name}"{above} .')
        self.lines.append("procedure:p0 ns:includes procedure:p2 .")
        self.lines.append('<https://w3id.org/nextstudy/specialty/surgery> a ns:Specialty ; rdfs:label "surgery" .')
        for procedure in ("g0", "g1", "p1", "p3"):
            if self.rng.random() < 0.4:
                self.lines.append(f"procedure:{procedure} ns:canShow finding:f{self.rng.randrange(self.count)} .")
        if self.rng.random() < 0.4:
            more, less = self.rng.sample(("g0", "p1", "p2", "p3"), 2)
            self.lines.append(f"procedure:{more} ns:showsMoreThan procedure:{less} .")

    def bands(self) -> None:
        """Two findings on either side of a limit, with a gap between them on which sources disagree."""
        end = self.rng.choice((4, 6))
        self.lines.append(
            'measure:m a ns:Measure ; rdfs:label "m" ; ns:unit "a" ; sh:minInclusive 0.0 ; sh:maxInclusive 50.0 .'
        )
        self.lines.append('conflict:gap a ns:Conflict ; rdfs:label "gap" .')
        self.finding("low", [], others=["high"], more=self.band("low", "maxExclusive", 4, "minExclusive", end))
        self.finding("high", [], more=self.band("high", "minExclusive", end, "maxExclusive", 4))

    def band(self, name: str, inside: str, start: int, outside: str, end: int) -> str:
        """One finding's bands."""
        return (
            f' ; ns:measure measure:m ; ns:presentWithin [ rdfs:label "{name}" ; sh:{inside} {start}.0 ]'
            f' ; ns:absentWithin [ rdfs:label "not {name}" ; sh:{outside} {end}.0 ] ; ns:undecidedBecause conflict:gap'
        )

    def study(self) -> None:
        """A finding that a study was done, one that is seen on it, and one that excludes the latter."""
        self.finding("done", [], more=" ; ns:performedStudy procedure:g0")
        seen = f" ; ns:shows finding:f{self.rng.randrange(self.count)} ; ns:onStudy procedure:g0"
        if self.rng.random() < 0.6:
            seen += f" ; ns:takenAsSeenWith finding:f{self.rng.randrange(self.count)}"
        self.finding("seen", ["done"], others=["normal"], more=seen)
        self.finding("normal", ["done"])
        if self.rng.random() < 0.5:
            presumed = ", ".join(
                self.rng.sample(("finding:done", "finding:f0", "finding:f1"), self.rng.choice((1, 1, 2)))
            )
            self.lines.append(
                f'decision:listed a ns:Presumption ; rdfs:label "listed" ; ns:presumesAbsent {presumed} .'
            )

    def signs(self) -> None:
        """Findings of which an answer takes special care: when they began, or that nothing depends on them."""
        for relation in ("onsetMatters", "notable"):
            self.lines.append(f"finding:f{self.rng.randrange(self.count)} ns:{relation} true .")

    def order(self) -> None:
        self.finding("order", [], more=" ; ns:orderedStudy procedure:g1")


class Author:
    """Writes topics in a vocabulary."""

    def __init__(self, rng: Random, knowledge: Knowledge, *, clean: bool) -> None:
        self.rng = rng
        self.knowledge = knowledge
        self.clean = clean
        self.topics: list[str] = []

    def topic(self, topic: str) -> str:
        """One topic with everything that can stand in it."""
        scenarios = [f"{topic}/s{number}" for number in range(self.rng.randrange(2, 5))]
        entry = self.rng.choice(self.knowledge.findings)
        edition = f'dcterms:title "{topic}" ; owl:versionInfo "1" ; dcterms:rights "none"'
        lines = [f'topic:{topic} a ns:Topic ; rdfs:label "{topic}" ; {edition} ; ns:entry <{entry}> .']
        for relation in ("enteredWith", "suggestedBy"):
            if self.rng.random() < 0.25:
                lines.append(f"topic:{topic} ns:{relation} <{self.rng.choice(self.knowledge.findings)}> .")
        written: dict[str, list[Criterion]] = {}
        for number, scenario in enumerate(scenarios):
            later = [other for other in scenarios[number + 1 :] if self.rng.random() < 0.4]
            links = self.links("precedes", later) + f" ; ns:topic topic:{topic}" + self.ratings()
            written[scenario] = self.criteria(self.rng.choice((1, 2, 2, 3)))
            lines.append(self.condition("Scenario", scenario, written[scenario], links))
        lines += self.orders(topic, scenarios)
        for number, kind in enumerate(
            ("Contraindication", "Preference", "Preference", "UrgencyRule", "Warning", "Escalation")
        ):
            if self.rng.random() < 0.7:
                lines.append(self.rule(kind, f"{topic}/r{number}", written))
        if self.rng.random() < (0.25 if len(self.topics) == 1 else 0.6):
            lines.append(self.hand_off(topic))
        return "\n".join(lines)

    def orders(self, topic: str, scenarios: list[str]) -> list[str]:
        """Order between two neighbours that depends on the case: one way, and mostly the other way otherwise."""
        at = self.rng.randrange(len(scenarios) - 1)
        pair = scenarios[at : at + 2]
        finding = self.rng.choice(self.knowledge.findings)
        ways = [(pair, True), (pair[::-1], False)][: self.rng.choice((0, 1, 2, 2))]
        return [
            self.condition(
                "Precedence",
                f"{topic}/order{number}",
                [frozenset({(finding, present)})],
                self.links("first", [first]) + self.links("second", [second]),
            )
            for number, ((first, second), present) in enumerate(ways)
        ]

    def rule(self, kind: str, name: str, written: dict[str, list[Criterion]]) -> str:
        """A condition other than a scenario, mostly without scope; it may have no criteria."""
        scope = self.rng.choice(sorted(written)) if self.rng.random() < 0.4 else None
        inherited = written[scope] if scope else []
        own = self.criteria(self.rng.choice((0, 1, 1, 2)), inherited)
        written[name] = own + inherited
        return self.condition(
            kind, name, own, self.consequence(kind, name) + self.links("scope", [scope] if scope else [])
        )

    def consequence(self, kind: str, name: str) -> str:
        """What follows when the rule applies."""
        one, other, third = self.rng.sample(["p0", "p1", "p2", "p3"], 3)
        if kind == "Contraindication":
            degree = self.rng.choice(("absolute", "absolute", "relative"))
            return f" ; ns:rulesOut procedure:{self.rng.choice(('g0', 'g1', one))} ; ns:degree scale:{degree}"
        if kind == "Preference":
            behind = self.rng.choice(("over", "before"))
            return f" ; ns:prefers procedure:{one} ; ns:{behind} procedure:{other} , procedure:{third}"
        if kind == "Escalation":
            return " ; ns:contact <https://w3id.org/nextstudy/specialty/surgery>"
        level = "emergent" if name.startswith("t1/") else "urgent"
        return f" ; ns:urgency scale:{level}" if kind == "UrgencyRule" else ""

    def hand_off(self, topic: str) -> str:
        """A hand-off, without scope."""
        name = f"{topic}/away"
        hand_off = self.condition("HandOff", name, self.criteria(2), self.links("neighbour", [f"{name}/there"]))
        here = [other for other in self.topics if other != topic and self.rng.random() < 0.7]
        target = f" ; rdfs:seeAlso topic:{here[0]}" if here else ""
        neighbour = f'<{TOPIC}{name}/there> a ns:Neighbour ; rdfs:label "elsewhere"{target} .'
        if here and self.rng.random() < 0.3:
            neighbour += f"\n<{TOPIC}{name}> ns:keeps topic:{topic} ."
        return f"{hand_off}\n{neighbour}\ntopic:{topic} ns:handOff <{TOPIC}{name}> ."

    def condition(self, kind: str, name: str, criteria: list[Criterion], more: str) -> str:
        parts = []
        for number, criterion in enumerate(criteria):
            alternatives = [
                f" ; ns:{'ifPresent' if present else 'ifAbsent'} <{finding}>" for finding, present in sorted(criterion)
            ]
            parts.append(f' ; ns:criterion [ ns:slug "c{number}" ; rdfs:label "c{number}"{"".join(alternatives)} ]')
        return f'<{TOPIC}{name}> a ns:{kind} ; rdfs:label "{name}"{"".join(parts)}{more} .'

    def links(self, relation: str, names: list[str]) -> str:
        return "".join(f" ; ns:{relation} <{TOPIC}{name}>" for name in names)

    def ratings(self) -> str:
        rated = self.rng.sample(["p0", "p1", "p2", "p3"], self.rng.randrange(1, 5))
        choice = self.rng.choices(CATEGORIES, (4, 2, 1, 2), k=len(rated))
        return "".join(
            f" ; ns:rating [ ns:procedure procedure:{procedure} ; ns:category scale:{category} ]"
            for procedure, category in zip(rated, choice, strict=True)
        )

    def criteria(self, count: int, inherited: list[Criterion] | None = None) -> list[Criterion]:
        """Criteria that, with the inherited ones, contain none of the mistakes that the lint refuses."""
        for _ in range(1000):
            made = [self.criterion() for _ in range(count)]
            if not self.clean or not self.knowledge.mistaken([*made, *(inherited or ())]):
                return made
        return []

    def criterion(self) -> Criterion:
        findings = self.rng.sample(self.knowledge.findings, self.rng.choice((1, 1, 2, 3)))
        return frozenset((finding, self.rng.random() < 0.65) for finding in findings)

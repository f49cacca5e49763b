"""Faults in the derive queries, and the properties that must detect each of them.

A property about the logic itself, not about a rule of the content, is shown to look by a derive query that is wrong.
What no property is about, the independent judge has to notice: ``JUDGED`` has a case for each such fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import kg
from kg.knowledge.sparql.queries import Query, named, stage
from kg.logic.compiler.parse import rule
from kg.logic.compiler.patterns import DeriveRule


@dataclass(frozen=True)
class QueryFault:
    """One fault.

    Attributes:
        query: The derive query.
        text: What stands in it.
        instead: What stands there instead.
        found_by: The properties that must fail.
    """

    query: str
    text: str
    instead: str
    found_by: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.query}: {self.text} -> {self.instead or 'nothing'}"

    @property
    def rules(self) -> Sequence[DeriveRule]:
        """The derive queries with the fault in them."""
        changed = with_fault(self.query, self.text, self.instead)
        return tuple(rule(f"{query.name}.rq", query.text, given=query.given) for query in changed)


def with_fault(name: str, text: str, instead: str) -> tuple[Query, ...]:
    """The derive queries, with something else in one of them."""
    (wrong,) = (query for query in stage("derive") if query.name == name)
    assert wrong.text.count(text) == 1, f"{name}: {text} stands there {wrong.text.count(text)} times"
    changed = Query(name, wrong.text.replace(text, instead))
    return tuple(changed if query.name == name else query for query in stage("derive"))


def fault(query: str, text: str, instead: str, *found_by: str) -> QueryFault:
    return QueryFault(named("derive", query).name, text, instead, found_by)


FAULTS = (
    # what a person chose
    fault(
        "71-robust",
        "FILTER NOT EXISTS { ?case ns:considered ?chosen }",
        "FILTER NOT EXISTS { ?case ns:weighed ?chosen }",
        "chosen-with-a-failed-criterion-is-not-robust",
    ),
    fault(
        "90-chosen-robust",
        "FILTER NOT EXISTS { ?case ns:considered ?scenario }",
        "FILTER NOT EXISTS { ?case ns:chosen ?scenario }",
        "chosen-with-a-failed-criterion-is-not-robust",
    ),
    fault(
        "65-leading", "FILTER NOT EXISTS { ?case ns:matched ?scenario }", "", "leading-scenario-matches-or-was-chosen"
    ),
    fault(
        "50-applies",
        "{ ?case a ns:Case . ?applies ns:criterionCount 0 }",
        "{ ?case ns:chosen ?scenario . ?applies a ns:Escalation }",
        "choosing-changes-no-urgency-or-call",
    ),
    fault(
        "80-outcome",
        "NOT EXISTS { ?case ns:leading ?wrong ; ns:chosenFailed ?wrong }",
        "EXISTS { ?case a ns:Case }",
        "choice-against-the-facts-does-not-end-imaging",
    ),
    fault(
        "72-appropriate",
        "FILTER(?standing = ns:barred || NOT",
        "FILTER(?standing = ns:barred || ?basis = ns:chosen || NOT",
        "chosen-best-is-admitted-and-can-be-done",
    ),
    fault(
        "74-pending",
        "FILTER NOT EXISTS { ?case ns:alreadyPerformed ?procedure }",
        "FILTER(?pending = ns:chosenPending || NOT EXISTS { ?case ns:alreadyPerformed ?procedure })",
        "chosen-best-is-admitted-and-can-be-done",
    ),
    fault(
        "30-known",
        "?case ns:presentAtom/ns:isA ?present",
        "?case ns:presentAtom ?present",
        "present-is-present-of-every-kind",
    ),
    fault("30-known", "(ns:absentAtom/^ns:isA)|", "ns:absentAtom|", "absent-is-absent-of-every-kind"),
    fault(
        "40-met",
        "FILTER EXISTS { ?failed ns:disjunctCount ?count }",
        "",
        "no-criterion-is-met-and-failed",
        "nothing-applies-that-is-ruled-out",
    ),
    fault(
        "40-met",
        "{ ?case ns:knownAbsent ?finding . ?failed ns:ifPresent ?finding }",
        "{ ?case a ns:Case . ?failed ns:ifPresent ?finding . FILTER NOT EXISTS { ?case ns:knownPresent ?finding } }",
        "what-is-ruled-out-stays-so",
    ),
    fault("50-applies", "FILTER EXISTS { ?applies ns:criterionCount ?count }", "", "result-pattern-needs-a-result"),
    fault(
        "21-atoms-presumed",
        "FILTER NOT EXISTS { ?case ns:presentAtom ?stated . ?stated ns:isA ?finding }",
        "",
        "presumption-gives-way-to-what-is-stated",
    ),
    fault(
        "50-applies",
        "{ ?case a ns:Case . ?applies ns:criterionCount 0 }",
        "{ ?case a ns:Case . ?applies ns:criterion ?any FILTER NOT EXISTS { ?case ns:failed/^ns:criterion ?applies } }",
        "what-applies-goes-on-applying",
    ),
    fault(
        "60-outranked",
        "{ ?case ns:acts/ns:precedes ?scenario }",
        "{ ?case ns:applies ?scenario . ?scenario a ns:Escalation }",
        "call-is-shown",
    ),
    fault(
        "60-outranked",
        "{ ?case ns:acts/ns:precedes ?scenario }",
        "{ ?case ns:applies ?scenario . ?scenario a ns:ActionRecommendation }",
        "urgent-action-stands-back-for-one-as-urgent",
        "leading-scenarios-are-ordered",
    ),
    fault(
        "61-handed-to",
        "?handOff ns:neighbour ?neighbour .",
        "?handOff ns:neighbour ?neighbour . ?case ns:entered ?some .",
        "hand-off-says-where",
    ),
    fault(
        "62-considered",
        "FILTER NOT EXISTS { ?case ns:ruledOut|ns:outranked ?scenario }",
        "FILTER NOT EXISTS { ?case ns:applies ?scenario }",
        "leading-scenario-is-considered",
    ),
    fault(
        "62-considered",
        "FILTER NOT EXISTS { ?case ns:ruledOut|ns:outranked ?scenario }",
        "FILTER EXISTS { ?case ns:applies ?scenario }",
        "what-leads-later-was-considered",
        "robust-study-stays-appropriate",
    ),
    fault(
        "62-considered",
        "(ns:entered|ns:mayEnter)/^ns:topic",
        "ns:entered/^ns:topic",
        "sign-without-complaint-is-not-dismissed",
    ),
    fault("63-matched", " ; ns:acts ?scenario .", " .", "leading-scenario-holds"),
    fault(
        "63-matched",
        "FILTER NOT EXISTS { ?case ns:outranked ?scenario }",
        "FILTER EXISTS { ?case ns:outranked ?scenario }",
        "every-scenario-answers-somebody",
        "leading-scenario-holds",
    ),
    fault(
        "71-robust",
        "NOT EXISTS { ?case ns:contraindicated ?procedure }",
        "EXISTS { ?case a ns:Case }",
        "best-can-be-done",
    ),
    fault(
        "71-robust",
        "?highest >= ?inSome && ?lowest >= ?inEach",
        "?highest >= 1",
        "best-is-nowhere-not-appropriate",
    ),
    fault("71-robust", "(ns:unfit 1 1 1)", "(ns:unfit 1 0 4)", "never-appropriate-order-is-nowhere-admitted"),
    fault(
        "72-appropriate",
        "ns:arguable 2)",
        "ns:arguable 1)",
        "best-is-worth-doing-where-it-leads",
        "best-stays-appropriate-when-nothing-more-is-found",
    ),
    fault("72-appropriate", "BIND(0 AS ?rank)", "BIND(4 AS ?rank)", "best-is-rated-by-a-leading-scenario"),
    fault(
        "72-appropriate",
        "NOT EXISTS { ?case ns:contraindicated ?procedure }",
        "EXISTS { ?case a ns:Case }",
        "best-can-be-done",
    ),
    fault(
        "73-candidate",
        "?case ns:robust ?procedure .",
        "?case ns:conceivable ?procedure .",
        "best-without-a-leading-scenario-is-robust",
    ),
    fault("73-candidate", "FILTER NOT EXISTS { ?case ns:handedTo ?neighbour }", "", "handed-on-is-no-answer"),
    fault(
        "74-pending",
        "FILTER NOT EXISTS { ?case ns:alreadyPerformed ?done . ?done ns:showsMoreThan ?procedure . FILTER NOT EXISTS { ?case ns:awaited ?done } }",
        "",
        "after-lumbar-mri-nothing-that-shows-less",
        "after-thoracic-mri-nothing-that-shows-less",
    ),
    fault(
        "75-decisive",
        "FILTER(EXISTS { ?better ns:showsMoreThan ?procedure } ||",
        "FILTER(EXISTS { ?case a ns:Case } ||",
        "caution-decides-among-equal-thoracic-studies",
    ),
    fault("74-pending", "FILTER NOT EXISTS { ?case ns:alreadyPerformed ?procedure }", "", "best-was-not-performed"),
    fault(
        "80-outcome",
        " && NOT EXISTS { ?case ns:perhapsBefore ?early }",
        "",
        "negative-study-before-a-deficit-ends-nothing",
    ),
    fault("80-outcome", "?case a ns:Case .", "?case ns:entered ?topic .", "there-is-an-outcome"),
    fault(
        "80-outcome",
        "{ ?case ns:outcome ?outcome }",
        "{ ?case ns:outcome ?outcome , scale:consider }",
        "there-is-one-outcome",
    ),
    fault(
        "80-outcome",
        "scale:recommended, scale:consider",
        "scale:recommended, scale:recommended",
        "recommended-is-usually-appropriate",
    ),
    fault(
        "80-outcome",
        "NOT EXISTS { ?case ns:conceivable ?hope }",
        "NOT EXISTS { ?case ns:robust ?hope }",
        "no-imaging-is-not-silence",
    ),
    fault(
        "80-outcome",
        "NOT EXISTS { ?case ns:considered|ns:leading ?scenario }",
        "NOT EXISTS { ?case ns:leading ?scenario }",
        "no-criteria-apply-is-meant",
    ),
    fault("82-urgency", "FILTER(?higher > ?rank)", "FILTER(?higher < ?rank)", "urgency-is-the-highest-that-acts"),
    fault(
        "85-order-verdict",
        "IF(EXISTS { ?case ns:best ?order }, scale:order-best",
        "IF(EXISTS { ?case ns:leading/ns:rates ?order }, scale:order-best",
        "order-called-best-comes-next",
    ),
)


OF_TRANSFERS = (
    fault(
        "54-entered",
        "FILTER NOT EXISTS { ?case ns:left ?topic }",
        "FILTER NOT EXISTS { ?case ns:left ?any }",
        "left-topic-leaves-another",
    ),
)
"""These need a topic to which another one moves cases."""


@dataclass(frozen=True)
class JudgedFault:
    """A fault that no property is about, and a case of the shipped content for which the judge must notice it.

    Attributes:
        query: The derive query.
        text: What stands in it.
        instead: What stands there instead.
        case: The case.
    """

    query: str
    text: str
    instead: str
    case: kg.Case

    def __str__(self) -> str:
        return f"{self.query}: {self.text[:60]} -> {self.instead[:30] or 'nothing'}"


def judged(query: str, text: str, instead: str, case: kg.Case) -> JudgedFault:
    return JudgedFault(named("derive", query).name, text, instead, case)


FILM, MRI, CT = (
    "radiography-thoracic-spine",
    "mri-thoracic-spine-without-contrast",
    "ct-thoracic-spine-without-contrast",
)
BACK = ("adult", "thoracic-back-pain")
WEAK = (*BACK, "leg-weakness")

JUDGED = (
    judged(
        "66-heeded",
        "      FILTER NOT EXISTS { ?case ns:met ?own }\n",
        "",
        kg.Case(present=["sign-of-myelopathy"], scenario=["thoracic-back-pain/abnormal-radiograph"]),
    ),
    judged(
        "66-heeded",
        "UNION { ?case ns:chosen ?scenario ; ns:leading ?scenario . ?preference ns:scope ?scenario "
        "BIND(?preference AS ?heeded) }",
        "",
        kg.Case(present=["marrow-replacing-lesion"], scenario=["thoracic-back-pain/abnormal-radiograph"]),
    ),
    judged(
        "75-decisive",
        "FILTER NOT EXISTS { ?case ?heeded ?higher . ?higher ns:precedes ?preference }",
        "FILTER(?behind = ns:chosenBehind || NOT EXISTS { ?case ?heeded ?higher . ?higher ns:precedes ?preference })",
        kg.Case(present=["major-neurologic-deficit"], scenario=["thoracic-back-pain/prior-thoracic-surgery"]),
    ),
    judged(
        "67-basis",
        "FILTER NOT EXISTS { ?case ns:matched ?leading }",
        "",
        kg.Case(present=["elderly", "lumbar-back-pain"], scenario=["low-back-pain/acute-low-back-pain"]),
    ),
    judged(
        "73-candidate",
        " FILTER NOT EXISTS { ?case ns:chosenAppropriate ?better }",
        "",
        kg.Case(scenario=["low-back-pain/suspected-cauda-equina-syndrome"]),
    ),
    judged(
        "75-decisive",
        "(ns:chosenHeeded ns:chosenCandidate",
        "(ns:chosenHeeded ns:chosenBehind",
        kg.Case(scenario=["thoracic-back-pain/abnormal-radiograph"]),
    ),
    judged(
        "96-chosen-order-rating",
        "FILTER(?lower < ?rank)",
        "FILTER(?lower > ?rank)",
        kg.Case(
            scenario=["low-back-pain/acute-low-back-pain", "low-back-pain/suspected-cauda-equina-syndrome"],
            order="mri-lumbar-spine-without-contrast",
        ),
    ),
    judged(
        "95-chosen-best-category",
        "?rating ns:procedure ?best ; ns:category ?category",
        "?rating ns:category ?category",
        kg.Case(
            present=["lumbar-back-pain"],
            measured={"age": 40},
            scenario=["low-back-pain/lumbar-cancer-infection-immunosuppression"],
            order="radiography-lumbar-spine",
        ),
    ),
    judged(
        "97-chosen-order-verdict",
        "IF(EXISTS { ?case ns:chosenBest ?order }",
        "IF(EXISTS { ?case ns:best ?order }",
        kg.Case(
            present=["lumbar-back-pain", "fever"],
            measured={"age": 40},
            scenario=["low-back-pain/acute-low-back-pain"],
            order="mri-lumbar-spine-without-contrast",
        ),
    ),
    judged(
        "15-atoms-taken-as-seen",
        "FILTER NOT EXISTS { ?bound ns:isA/^ns:absentAtom ?case }",
        "",
        kg.Case(present=[*BACK, "epidural-abscess"], absent=["thoracic-spine-imaged"]),
    ),
    judged(
        "15-atoms-taken-as-seen",
        "FILTER EXISTS { ?case ns:present/ns:isA ?complaint }",
        "",
        kg.Case(present=["adult", "lumbar-back-pain", "epidural-abscess"]),
    ),
    judged(
        "15-atoms-taken-as-seen",
        "|| NOT EXISTS { ?case ns:performed/ns:procedure/ns:mayShow ?finding }",
        "|| EXISTS { ?case a ns:Case }",
        kg.Case(present=[*BACK, "vertebral-compression-fracture"], performed=[kg.Performed(MRI)]),
    ),
    judged(
        "16-atoms-unseen",
        "{ ?case ns:performed/ns:procedure/ns:couldShow ?bound }",
        "{ ?case ns:performed/ns:procedure/ns:orderedAs ?bound }",
        kg.Case(present=BACK, absent=["structural-abnormality"], performed=[kg.Performed(FILM)]),
    ),
    judged(
        "16-atoms-unseen",
        "UNION { ?case ns:takenAsSeen/ns:onStudy/^ns:onStudy ?bound }",
        "",
        kg.Case(
            present=[*BACK, "vertebral-compression-fracture"],
            absent=["spinal-deformity", "bone-destruction", "neurologic-deficit"],
        ),
    ),
    judged(
        "56-may-enter",
        "FILTER NOT EXISTS { ?case ns:entered ?any }",
        "",
        kg.Case(present=["deformity-on-thoracic-radiograph", "destructive-process-sign"]),
    ),
    judged(
        "56-may-enter",
        "FILTER NOT EXISTS { ?case ns:knownAbsent ?entry }",
        "",
        kg.Case(present=["adult", "foot-drop"], absent=["thoracic-back-pain"]),
    ),
    judged(
        "68-already-performed",
        "UNION { ?study ns:procedure ?general . ?perhaps ns:isA ?general . FILTER(?perhaps != ?general) }",
        "",
        kg.Case(present=WEAK, performed=[kg.Performed("mri-thoracic-spine")]),
    ),
    judged(
        "68-already-performed",
        "; ns:absent ?unseen . ?resulted ns:mayShow ?unseen }",
        "; ns:absent ?unseen }",
        kg.Case(present=WEAK, performed=[kg.Performed(MRI, absent=("fever",), date="now")]),
    ),
    judged(
        "69-awaited",
        "FILTER NOT EXISTS { ?case ns:takenAsSeen ?bound . ?procedure ns:couldShow ?bound }",
        "",
        kg.Case(present=[*BACK, "pedicle-lucency"], performed=[kg.Performed(FILM)]),
    ),
    judged(
        "72-appropriate",
        "?case ?basis ?scenario .",
        "?case ns:considered ?scenario .",
        kg.Case(present=["urinary-retention"]),
    ),
    judged(
        "78-perhaps-before",
        "FILTER EXISTS { ?sign ns:onsetMatters true . ?case ns:knownPresent ?sign }",
        "",
        kg.Case(present=[*BACK, "radiculopathy"], performed=[kg.Performed(MRI, absent=("cord-compression",))]),
    ),
    judged(
        "78-perhaps-before",
        "FILTER NOT EXISTS { ?case ns:performedSince ?done . ?done ns:isA|ns:includes ?procedure }",
        "",
        kg.Case(present=WEAK, performed=[kg.Performed(MRI, absent=("cord-compression",), date="now")]),
    ),
    judged(
        "78-perhaps-before",
        "FILTER NOT EXISTS { ?case ns:showed ?done . ?done ns:isA|ns:includes ?procedure }",
        "",
        kg.Case(present=WEAK, performed=[kg.Performed(MRI, present=("cord-compression",))]),
    ),
    judged(
        "86-studies-depend-on",
        "FILTER NOT EXISTS { ?condition a ns:HandOff }",
        "",
        kg.Case(
            measured={"age": 30, "pain-duration-weeks": 7},
            present=["lumbar-back-pain"],
            absent=["major-neurologic-deficit", "prior-conservative-management", "red-flag"],
        ),
    ),
    judged(
        "86-studies-depend-on",
        "?case ns:best ?study ; ns:candidate ?better .",
        "?case ns:candidate ?study , ?better .",
        kg.Case(present=["adult"], performed=[kg.Performed(FILM, present=("vertebral-compression-fracture",))]),
    ),
    judged(
        "87-urgency-depends-on",
        "FILTER NOT EXISTS { ?case ns:urgency/ns:rank ?now FILTER(?now >= ?rank) }",
        "",
        kg.Case(present=[*BACK, "hyperreflexia"]),
    ),
    judged(
        "87-urgency-depends-on",
        "FILTER NOT EXISTS { ?rule rdfs:isDefinedBy ?home FILTER NOT EXISTS { ?case ns:entered|ns:mayEnter ?home } }",
        "",
        kg.Case(present=["adult", "lumbar-back-pain"]),
    ),
    judged(
        "88-concerned-by",
        "FILTER NOT EXISTS { ?kind ns:isA/ns:complaint true }",
        "",
        kg.Case(present=BACK),
    ),
    judged(
        "88-concerned-by",
        "FILTER NOT EXISTS { ?case ns:applies|ns:ruledOut ?escalation }",
        "",
        kg.Case(present=[*BACK, "hyperreflexia"]),
    ),
)

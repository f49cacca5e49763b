"""The worked examples of the content: cases with the answer that each must have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import NamedNode, Quad

from kg.errors import KgError
from kg.knowledge.content.content import SCENARIO
from kg.knowledge.sparql.iris import BASE, RDF_TYPE, ns, slug
from kg.patient.assess.answer import Answer
from kg.patient.assess.assessor import Assessor
from kg.patient.case import Case
from kg.patient.facts import THIS_CASE, case_of


@dataclass(frozen=True)
class Example:
    """A case with its expected answer.

    Attributes:
        id: Its IRI.
        label: What it shows.
        case: The case.
        outcome: The outcome that the answer must have; empty when none is stated.
        scenarios: The scenarios that must lead; no others of the same topics may. Empty when none is stated.
        ruled_out: Scenarios that must be ruled out or led by another.
        best: The studies that must come next, exactly these; empty when none may.
        urgency: The urgency that the answer must have; empty when none is stated.
        conditions: IRIs of conditions that must act, such as warnings; no others of the same kinds may act.
        not_conditions: IRIs of conditions that must not act.
        named: What else the answer must name, exactly this, by the property that states it; see ``NAMED``.
    """

    id: str
    label: str
    case: Case
    outcome: str
    scenarios: tuple[str, ...]
    ruled_out: tuple[str, ...]
    best: tuple[str, ...]
    urgency: str
    conditions: tuple[str, ...] = ()
    not_conditions: tuple[str, ...] = ()
    named: tuple[tuple[str, tuple[str, ...]], ...] = ()


NAMED = {
    "expectedCouldLead": "could still lead",
    "expectedUsuallyAppropriate": "Usually Appropriate",
    "expectedMayBeAppropriate": "May Be Appropriate",
    "expectedMayBeAppropriateDisagreement": "May Be Appropriate (Disagreement)",
    "expectedUsuallyNotAppropriate": "Usually Not Appropriate",
    "expectedRobust": "robust",
    "expectedContraindicated": "contraindicated",
    "expectedCautioned": "to be checked first",
    "expectedContact": "called at once",
    "expectedActionUrgency": "the urgency of what follows",
    "expectedNeighbour": "where the case belongs",
    "expectedDiagnosis": "what the results point to",
    "expectedAction": "what follows",
    "expectedAlternative": "what to fall back on",
}
"""Properties of an example that must list everything that the answer names, if they list anything."""


def examples(guide: Assessor) -> tuple[Example, ...]:
    """The worked examples of a guide, sorted by IRI.

    Raises:
        KgError: One of them cannot be read.

    >>> import kg
    >>> [example.outcome for example in examples(kg.load()) if example.id.endswith("gz6")]
    ['recommended']
    """
    found, unreadable = read_examples(guide)
    for error in unreadable.values():
        raise error
    return found


def read_examples(guide: Assessor) -> tuple[tuple[Example, ...], Mapping[str, KgError]]:
    """The worked examples of a guide that can be read, sorted by IRI; and why the others cannot, by IRI."""
    triples = [quad for graph in guide.core.content.graphs.values() for quad in graph]
    nodes = {
        quad.subject
        for quad in triples
        if quad.predicate == RDF_TYPE and quad.object == ns("Example") and isinstance(quad.subject, NamedNode)
    }
    said: dict[object, list[Quad]] = defaultdict(list)
    about: dict[object, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for quad in triples:
        said[quad.subject].append(quad)
        if quad.subject in nodes:
            about[quad.subject][slug(quad.predicate.value)].append(getattr(quad.object, "value", ""))

    def described(node: NamedNode) -> list[Quad]:
        """The triples of an example, its measurements and its studies; a scan of all content would be slow."""
        return [*said[node], *(quad for own in said[node] for quad in said.get(own.object, ()))]

    def words(node: NamedNode, name: str) -> tuple[str, ...]:
        return tuple(sorted(map(guide.core.index.answer_name, about[node][name])))

    def made(node: NamedNode) -> Example:
        return Example(
            id=node.value,
            label=guide.core.lexicon.label(node.value),
            case=case_of(described(node), node),
            outcome="".join(words(node, "expectedOutcome")),
            scenarios=words(node, "expectedScenario"),
            ruled_out=words(node, "unexpectedScenario"),
            best=words(node, "expectedBest"),
            urgency="".join(words(node, "expectedUrgency")),
            conditions=tuple(sorted(about[node]["expectedCondition"])),
            not_conditions=tuple(sorted(about[node]["unexpectedCondition"])),
            named=tuple((name, found) for name in NAMED if (found := words(node, name))),
        )

    found, unreadable = [], {}
    for node in sorted(nodes, key=str):
        try:
            found.append(made(node))
        except KgError as error:
            unreadable[node.value] = error
    return tuple(found), unreadable


def differences(example: Example, guide: Assessor) -> tuple[str, ...]:
    """Compare an example with the answer that the guide gives.

    Returns:
        One sentence for each difference; empty when the answer is as expected.

    >>> import kg
    >>> from dataclasses import replace
    >>> guide = kg.load()
    >>> (example,) = (example for example in examples(guide) if example.id.endswith("gz6"))
    >>> differences(example, guide)
    ()
    >>> differences(replace(example, urgency="urgent"), guide)
    ('the urgency is emergent, expected urgent',)
    """
    answer = guide.assess(example.case)
    leading = _leading(example, answer, guide)
    best = tuple(sorted(study.id for study in answer.best))
    found = []
    if example.outcome and answer.outcome.id != example.outcome:
        found.append(f"the outcome is {answer.outcome.id}, expected {example.outcome}")
    if example.scenarios and leading != example.scenarios:
        found.append(f"{', '.join(leading) or 'no scenario'} leads, expected {', '.join(example.scenarios)}")
    if example.outcome and best != example.best:
        found.append(f"best is {', '.join(best) or 'nothing'}, expected {', '.join(example.best) or 'nothing'}")
    urgency = answer.urgency.level.id if answer.urgency else ""
    if example.urgency and urgency != example.urgency:
        found.append(f"the urgency is {urgency or 'not raised'}, expected {example.urgency}")
    could_lead = {*leading, *(scenario.id for scenario in answer.could_lead)}
    found += [f"{scenario} could lead, but must not" for scenario in example.ruled_out if scenario in could_lead]
    for name, expected in example.named:
        said = _named(answer)[name]
        if said != expected:
            found.append(f"{NAMED[name]}: {', '.join(said) or 'nothing'}, expected {', '.join(expected)}")
    return (*found, *_conditions(example, guide))


def _leading(example: Example, answer: Answer, guide: Assessor) -> tuple[str, ...]:
    """What leads of the topics of which the example names a scenario: what leads beside it, in another topic, may."""
    index = guide.core.index
    topic = {index.answer_name(iri): iri.rpartition("/")[0] for iri in index.words[SCENARIO].values()}
    named = {topic[name] for name in example.scenarios}
    return tuple(sorted(scenario.id for scenario in answer.scenarios if topic[scenario.id] in named))


def _named(answer: Answer) -> dict[str, tuple[str, ...]]:
    def rated(category: str) -> Iterable[str]:
        return (study.id for study in answer.studies if study.category.id == category)

    contacts = (
        contact.id for escalation in answer.escalations if escalation.applies for contact in escalation.contacts
    )
    named = {
        "expectedCouldLead": (scenario.id for scenario in answer.could_lead),
        "expectedUsuallyAppropriate": rated("usually-appropriate"),
        "expectedMayBeAppropriate": rated("may-be-appropriate"),
        "expectedMayBeAppropriateDisagreement": rated("may-be-appropriate-disagreement"),
        "expectedUsuallyNotAppropriate": rated("usually-not-appropriate"),
        "expectedRobust": (study.id for study in answer.studies if study.robust),
        "expectedContraindicated": (study.id for study in answer.studies if study.contraindicated),
        "expectedCautioned": (study.id for study in answer.studies if study.cautioned),
        "expectedContact": contacts,
        "expectedActionUrgency": (action.urgency.id for action in answer.actions),
        "expectedNeighbour": (over.neighbour.id for over in answer.handed_to),
        "expectedDiagnosis": (result.diagnosis.id for result in answer.results),
        "expectedAction": (each.id for action in answer.actions for each in action.actions),
        "expectedAlternative": (alternative.study.id for alternative in answer.alternatives),
    }
    return {name: tuple(sorted(set(found))) for name, found in named.items()}


def _conditions(example: Example, guide: Assessor) -> Iterable[str]:
    """For the kinds that the example names: what acts but should not, and what should act but does not.

    What another topic adds is no difference, so that an example holds where that topic is and where it is not.
    """
    if not example.conditions and not example.not_conditions:
        return
    holding = {
        quad.object.value
        for quad in guide.derive(example.case)
        if quad.subject == THIS_CASE and quad.predicate == ns("acts") and isinstance(quad.object, NamedNode)
    }
    kinds = guide.core.lookup.kinds
    concerned = {kinds.get(iri, "") for iri in example.conditions}
    own = f"{example.id.rpartition('/example/')[0]}/"
    beside = {iri for iri in holding if iri.startswith(f"{BASE}topic/") and not iri.startswith(own)}
    allowed = {iri for iri in holding if kinds[iri] not in concerned or iri in example.conditions} | beside
    for iri in sorted({*example.conditions} - holding):
        yield f"{guide.core.lexicon.label(iri)} does not act, but must"
    for iri in sorted((holding - allowed) | (holding & {*example.not_conditions})):
        yield f"{guide.core.lexicon.label(iri)} acts, but must not"

"""The worked examples of the content: cases with the answer that they must have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg.answer import Answer
from kg.case import Case
from kg.facts import THIS_CASE, case_of
from kg.guide import Guide
from kg.names import RDF_TYPE, ns, slug


@dataclass(frozen=True)
class Example:
    """A case with its expected answer.

    Attributes:
        id: Its IRI.
        label: What it shows.
        case: The case.
        outcome: The outcome that the answer must have; empty when none is stated.
        scenarios: The scenarios that must lead; empty when none is stated.
        ruled_out: Scenarios that must be ruled out or led by another.
        best: The studies that must come next, exactly; empty when none may.
        urgency: The urgency that the answer must have; empty when none is stated.
        conditions: IRIs of further conditions that must hold, such as warnings, and of their kinds no others.
        not_conditions: IRIs of conditions that must not hold.
        named: What else the answer must name, exactly, by the property that states it; see ``NAMED``.
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
    "expectedPossible": "could still lead",
    "expectedUsuallyAppropriate": "Usually Appropriate",
    "expectedMayBeAppropriate": "May Be Appropriate",
    "expectedContraindicated": "contraindicated",
    "expectedCautioned": "to be checked first",
    "expectedContact": "called at once",
    "expectedActionUrgency": "the urgency of what follows",
    "expectedNeighbour": "where the case belongs",
}
"""Properties of an example of which everything that the answer names must be stated, if anything is."""


def examples(guide: Guide) -> tuple[Example, ...]:
    """Read the worked examples of a guideline.

    Args:
        guide: The guideline.

    Returns:
        The examples, by their IRI.

    >>> import kg
    >>> [example.outcome for example in examples(kg.load()) if example.id.endswith("gz6")]
    ['recommended']
    """
    triples = [quad for graph in guide.content.graphs.values() for quad in graph]
    nodes = {
        quad.subject
        for quad in triples
        if quad.predicate == RDF_TYPE and quad.object == ns("Example") and isinstance(quad.subject, NamedNode)
    }
    about: dict[object, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for quad in triples:
        if quad.subject in nodes:
            about[quad.subject][slug(quad.predicate.value)].append(getattr(quad.object, "value", ""))

    def words(node: NamedNode, name: str) -> tuple[str, ...]:
        return tuple(sorted(slug(iri) for iri in about[node][name]))

    made = [
        Example(
            id=node.value,
            label=guide.lexicon.label(node.value),
            case=case_of(triples, node),
            outcome="".join(words(node, "expectedOutcome")),
            scenarios=words(node, "expectedScenario"),
            ruled_out=words(node, "unexpectedScenario"),
            best=words(node, "expectedBest"),
            urgency="".join(words(node, "expectedUrgency")),
            conditions=tuple(sorted(about[node]["expectedCondition"])),
            not_conditions=tuple(sorted(about[node]["unexpectedCondition"])),
            named=tuple((name, found) for name in NAMED if (found := words(node, name))),
        )
        for node in nodes
    ]
    return tuple(sorted(made, key=lambda example: example.id))


def differences(example: Example, guide: Guide) -> tuple[str, ...]:
    """Compare an example with the answer that the guideline gives.

    Args:
        example: The example.
        guide: The guideline.

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
    leading = tuple(sorted(scenario.id for scenario in answer.scenarios))
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
    might_lead = {*leading, *(scenario.id for scenario in answer.possible)}
    found += [f"{scenario} could lead, but must not" for scenario in example.ruled_out if scenario in might_lead]
    for name, expected in example.named:
        said = _named(answer)[name]
        if said != expected:
            found.append(f"{NAMED[name]}: {', '.join(said) or 'nothing'}, expected {', '.join(expected)}")
    return (*found, *_conditions(example, guide))


def _named(answer: Answer) -> dict[str, tuple[str, ...]]:
    def rated(category: str) -> Iterable[str]:
        return (study.id for study in answer.studies if study.category.id == category)

    contacts = (
        contact.id for escalation in answer.escalations if escalation.applies for contact in escalation.contacts
    )
    named = {
        "expectedPossible": (scenario.id for scenario in answer.possible),
        "expectedUsuallyAppropriate": rated("usually-appropriate"),
        "expectedMayBeAppropriate": rated("may-be-appropriate"),
        "expectedContraindicated": (study.id for study in answer.studies if study.contraindicated),
        "expectedCautioned": (study.id for study in answer.studies if study.cautioned),
        "expectedContact": contacts,
        "expectedActionUrgency": (action.urgency.id for action in answer.actions),
        "expectedNeighbour": (over.neighbour.id for over in answer.handed_to),
    }
    return {name: tuple(sorted(set(found))) for name, found in named.items()}


def _conditions(example: Example, guide: Guide) -> Iterable[str]:
    """Of the kinds that the example names, what holds and should not, and what should and does not."""
    if not example.conditions and not example.not_conditions:
        return
    holding = {
        quad.object.value
        for quad in guide.derive(example.case)
        if quad.subject == THIS_CASE and quad.predicate == ns("acts") and isinstance(quad.object, NamedNode)
    }
    kinds = guide.knowledge.kinds
    concerned = {kinds.get(iri, "") for iri in example.conditions}
    allowed = {iri for iri in holding if kinds[iri] not in concerned or iri in example.conditions}
    for iri in sorted({*example.conditions} - holding):
        yield f"{guide.lexicon.label(iri)} does not hold, but must"
    for iri in sorted((holding - allowed) | (holding & {*example.not_conditions})):
        yield f"{guide.lexicon.label(iri)} holds, but must not"

"""The worked examples of the content: cases with the answer that they must have."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg.case import Case
from kg.facts import case_of
from kg.guide import Guide
from kg.names import RDF_TYPE, ns, slug


@dataclass(frozen=True)
class Example:
    """A case with its expected answer.

    Attributes:
        id: Its IRI.
        label: What it shows.
        case: The case.
        outcome: The outcome that the answer must have.
        scenarios: The scenarios that must lead; empty when none is stated.
        ruled_out: Scenarios that must be ruled out or led by another.
        best: The studies that must come next, exactly; empty when none may.
        urgency: The urgency that the answer must have; empty when none is stated.
    """

    id: str
    label: str
    case: Case
    outcome: str
    scenarios: tuple[str, ...]
    ruled_out: tuple[str, ...]
    best: tuple[str, ...]
    urgency: str


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
            about[quad.subject][slug(quad.predicate.value)].append(slug(getattr(quad.object, "value", "")))
    made = []
    for node in nodes:
        said = about[node]
        made.append(
            Example(
                id=node.value,
                label=guide.lexicon.label(node.value),
                case=case_of(triples, node),
                outcome="".join(said["expectedOutcome"]),
                scenarios=tuple(sorted(said["expectedScenario"])),
                ruled_out=tuple(sorted(said["unexpectedScenario"])),
                best=tuple(sorted(said["expectedBest"])),
                urgency="".join(said["expectedUrgency"]),
            )
        )
    return tuple(sorted(made, key=lambda example: example.id))


def differences(example: Example, guide: Guide) -> tuple[str, ...]:
    """Compare an example with the answer that the guideline gives.

    Args:
        example: The example.
        guide: The guideline.

    Returns:
        One sentence for each difference; empty when the answer is as expected.
    """
    answer = guide.assess(example.case)
    leading = tuple(sorted(scenario.id for scenario in answer.scenarios))
    best = tuple(sorted(study.id for study in answer.best))
    found = []
    if answer.outcome.id != example.outcome:
        found.append(f"the outcome is {answer.outcome.id}, expected {example.outcome}")
    if example.scenarios and leading != example.scenarios:
        found.append(f"{', '.join(leading) or 'no scenario'} leads, expected {', '.join(example.scenarios)}")
    if best != example.best:
        found.append(f"best is {', '.join(best) or 'nothing'}, expected {', '.join(example.best) or 'nothing'}")
    urgency = answer.urgency.level.id if answer.urgency else ""
    if example.urgency and urgency != example.urgency:
        found.append(f"the urgency is {urgency or 'not raised'}, expected {example.urgency}")
    might_lead = {*leading, *(scenario.id for scenario in answer.possible)}
    found += [f"{scenario} could lead, but must not" for scenario in example.ruled_out if scenario in might_lead]
    return tuple(found)

"""When a case is refused: by the SHACL shapes of a case, which are run only where something hints at a violation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kg.case import Case
from kg.errors import CaseError, ContradictoryCaseError
from kg.evaluation import Evaluation
from kg.facts import THIS_CASE
from kg.knowledge import Knowledge
from kg.resources import folder

KNOWN = ("knownPresent", "knownAbsent")
"""The conclusions about a case by which its facts can be seen to clash."""


def doubts(case: Case, knowledge: Knowledge, conclusions: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Look for hints that a shape of a case would find something; reading and running the shapes takes far longer.

    Args:
        case: The case.
        knowledge: What the measures are.
        conclusions: What was derived of the case, ``KNOWN`` at least.

    Returns:
        The shapes that are in doubt, by the last part of their IRI.
    """
    known_present, known_absent = (conclusions[name] for name in KNOWN)
    clash = not set(known_present).isdisjoint(known_absent)
    hints = {
        "contradiction": clash or any(study.present and study.absent for study in case.performed),
        "form": any(knowledge.unlikely(name, value) for name, value in case.measured.items()),
    }
    return frozenset(shape for shape, hinted in hints.items() if hinted)


def refuse(case: Case, knowledge: Knowledge, evaluation: Evaluation) -> None:
    """Refuse a case of which a shape finds something.

    Args:
        case: The case.
        knowledge: What the measures are.
        evaluation: The same case with all that was derived of it, among the labels of what it names.

    Raises:
        CaseError: A number is out of its range.
        ContradictoryCaseError: Facts contradict each other; both are named.
    """
    in_doubt = doubts(case, knowledge, evaluation.conclusions(THIS_CASE, KNOWN))
    if not in_doubt:  # the shapes are not even read, nor is what reads them
        return
    from kg.shapes import constraints

    for constraint in constraints(folder("ontology") / "shapes" / "case.ttl"):
        for row in evaluation.ask(constraint.query) if constraint.shape in in_doubt else ():
            if row["this"] == THIS_CASE.value:
                contradiction = constraint.shape == "contradiction"
                raise (ContradictoryCaseError if contradiction else CaseError)(constraint.explain(row))

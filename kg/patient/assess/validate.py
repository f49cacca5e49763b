"""Refuses a case that is impossible. A derive query finds it; only then are the SHACL shapes run, to say why."""

from __future__ import annotations

from kg.errors import CaseError, ContradictoryCaseError
from kg.knowledge.sparql.resources import shipped
from kg.patient.assess.evaluation import Evaluation
from kg.patient.facts import THIS_CASE

IMPOSSIBLE = "impossible"
"""The conclusion that a case must be refused."""


def refuse(evaluation: Evaluation) -> None:
    """Refuse a case if a shape reports something about it.

    Args:
        evaluation: The case with its conclusions, in a store that has the labels of what it states.

    Raises:
        CaseError: A number is out of range.
        ContradictoryCaseError: Facts contradict each other; the message names both.
    """
    if not evaluation.conclusions(THIS_CASE, (IMPOSSIBLE,))[IMPOSSIBLE]:
        return  # neither the shapes nor the module that reads them is loaded
    from kg.knowledge.sparql.constraints import constraints

    for constraint in constraints(shipped("ontology") / "shapes" / "case.ttl"):
        for row in evaluation.ask(constraint.query):
            if row["this"] == THIS_CASE.value:
                contradiction = constraint.shape == "contradiction"
                raise (ContradictoryCaseError if contradiction else CaseError)(constraint.explain(row))

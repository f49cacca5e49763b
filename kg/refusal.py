"""When a case is refused: by its SHACL shapes, which are run only where a query found something impossible."""

from __future__ import annotations

from kg.errors import CaseError, ContradictoryCaseError
from kg.evaluation import Evaluation
from kg.facts import THIS_CASE
from kg.resources import folder

IMPOSSIBLE = "impossible"
"""The conclusion about a case that says that it must be refused."""


def refuse(evaluation: Evaluation) -> None:
    """Refuse a case of which a shape finds something.

    Args:
        evaluation: The case with all that was derived of it, among the labels of what it names.

    Raises:
        CaseError: A number is out of its range.
        ContradictoryCaseError: Facts contradict each other; both are named.
    """
    if not evaluation.conclusions(THIS_CASE, (IMPOSSIBLE,))[IMPOSSIBLE]:
        return  # the shapes are not even read, nor is what reads them
    from kg.shapes import constraints

    for constraint in constraints(folder("ontology") / "shapes" / "case.ttl"):
        for row in evaluation.ask(constraint.query):
            if row["this"] == THIS_CASE.value:
                contradiction = constraint.shape == "contradiction"
                raise (ContradictoryCaseError if contradiction else CaseError)(constraint.explain(row))

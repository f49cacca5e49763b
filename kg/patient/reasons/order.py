"""Checks an order: how it is rated for this case, what speaks against it, and what would be better."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from kg.knowledge.content.terms import Term
from kg.patient.assess.answer import Answer, Condition
from kg.patient.assess.assessor import Assessor
from kg.patient.case import Case
from kg.patient.facts import THIS_CASE
from kg.patient.reasons.why import Contrast, Explainer, StudyReasons
from kg.shown import Shown


@dataclass(frozen=True, repr=False)
class OrderCheck(Shown):
    """What is to be said of an order.

    Attributes:
        order: The study that somebody intends to order.
        verdict: ``best``, ``rated equally, another preferred``, ``lower rated``, ``not appropriate``,
            ``not appropriate, whatever is missing``, ``contraindicated``, ``already performed``,
            ``not rated in this source``, ``belongs to another topic`` or ``cannot be judged yet``. It is the label of
            what the derive queries conclude as ``ns:orderVerdict``.
        chosen_verdict: The same by the scenarios that a person chose; empty if none was chosen.
        reasons: What bears on the study.
        warnings: Pitfalls that hold for this order.
        better: Each study that would come next instead, with what separates it from the order.
        answer: The whole answer for the case.
    """

    order: Term
    verdict: str
    chosen_verdict: str
    reasons: StudyReasons
    warnings: tuple[Condition, ...]
    better: tuple[Contrast, ...]
    answer: Answer

    def to_dict(self) -> dict[str, Any]:
        """The check as plain data, with the answer in the form of ``kg/schemas/answer.schema.json``."""
        data: dict[str, Any] = {"order": asdict(self.order), "verdict": self.verdict}
        data["chosen_verdict"] = self.chosen_verdict
        data["reasons"] = asdict(self.reasons)
        data["warnings"] = [asdict(warning) for warning in self.warnings]
        data["better"] = [asdict(contrast) for contrast in self.better]
        data["answer"] = self.answer.to_dict()
        return data


def check_order(guide: Assessor, case: Case, order: str) -> OrderCheck:
    """Check an order; see ``Guide.check_order``.

    Args:
        guide: Assesses the case.
        case: The patient, as far as known; an order in it is replaced.
        order: The study that is ordered, by its identifier or a code of another system.

    Raises:
        UnknownTermError: There is no such study.
        KgError: As for ``Guide.assess``.
    """
    ordered = guide.core.understood(replace(case, order=order))
    order = ordered.order or order
    answer = guide.assess(ordered)
    with guide.core.evaluation(ordered) as (view, evaluation):
        explainer = Explainer(view.lexicon, view.lookup, ordered, evaluation, guide.core.index.answer_name)
        iri = view.lexicon.term("Procedure", order).value
        reasons = explainer.study(iri)
        others = [view.lexicon.term("Procedure", study.id).value for study in answer.best if study.id != order]
        better = tuple(explainer.contrast(other, iri) for other in others)
        found = evaluation.conclusions(THIS_CASE, ("orderVerdict", "chosenOrderVerdict"))
        (verdict,), chosen = found["orderVerdict"], found["chosenOrderVerdict"]
    return OrderCheck(
        order=Term(order, view.lexicon.label(iri)),
        verdict=view.lexicon.label(verdict),
        chosen_verdict="".join(map(view.lexicon.label, chosen)),
        reasons=reasons,
        warnings=answer.warnings,
        better=() if reasons.next else better,
        answer=answer,
    )

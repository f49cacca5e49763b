"""Judges one draft order: the record that came along, its answer, and the verdict on the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from kg.hooks.request import HookRequest, Resource
from kg.knowledge.content.terms import Term
from kg.knowledge.sparql.iris import BASE
from kg.patient.assess.answer import Answer
from kg.patient.facts import THIS_CASE
from kg.records.reading import read_record
from kg.records.record import Record

if TYPE_CHECKING:
    from kg.patient.assess.assessor import Assessor

_RATINGS: Mapping[str, str] = MappingProxyType(
    {"usually-appropriate": "appropriate", "usually-not-appropriate": "not-appropriate"}
)
"""The rating of PAMA for a category; between the two it has none."""

NOT_APPROPRIATE = ("not appropriate", "not appropriate, whatever is missing")


@dataclass(frozen=True)
class JudgedOrder:
    """A draft order with what is to be said of it.

    Attributes:
        order: The draft, as the client sent it.
        study: The study that is ordered.
        record: What came along.
        answer: The answer for it.
        verdict: What the derive queries conclude of the order; empty while it cannot be judged.
        rating: ``appropriate``, ``not-appropriate`` or ``no-criteria-apply``; empty if none of them can be said.
        missing: What did not come along.
    """

    order: Resource
    study: Term
    record: Record
    answer: Answer
    verdict: str
    rating: str
    missing: tuple[str, ...]

    @property
    def sure(self) -> bool:
        """Whether everything came along and was understood."""
        return not self.missing and not self.record.unread


def judged(request: HookRequest, order: Resource, guide: Assessor, today: date) -> JudgedOrder | None:
    """Judge a draft order with the record that came along.

    Args:
        request: The request.
        order: One of its orders.
        guide: The guide.
        today: The day of the request.

    Returns:
        The judged order; None if it is of no study that is known here, so that nothing can be said.

    Raises:
        KgError: The record contradicts itself.
    """
    resources = [*request.entries, order]
    bundle: dict[str, Any] = {"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}
    record = read_record(bundle, guide, today=today, lists_studies=request.lists_studies)
    word = record.case.order
    if word is None:
        return None
    answer = guide.assess(record.case)
    with guide.core.evaluation(record.case) as (view, evaluation):
        (iri,) = evaluation.conclusions(THIS_CASE, ("orderVerdict",))["orderVerdict"]
        study = Term(word, view.lexicon.label(f"{BASE}procedure/{word}"))
        verdict = view.lexicon.label(iri)
    sure = not request.missing and not record.unread
    rating = _rating(answer, word, verdict) if sure else ""
    return JudgedOrder(order, study, record, answer, verdict if sure else "", rating, request.missing)


def _rating(answer: Answer, word: str, verdict: str) -> str:
    """The rating of PAMA; empty unless the leading scenarios agree on one, or nothing missing could change it."""
    if answer.outcome.id == "no-criteria-apply":
        return "no-criteria-apply"
    if verdict in NOT_APPROPRIATE:
        return "not-appropriate"
    if not answer.scenarios or answer.outcome.id == "needs-information":
        return ""
    categories = {study.category.id for study in answer.studies if study.id == word}
    return _RATINGS.get(next(iter(categories)), "") if len(categories) == 1 and verdict != "contraindicated" else ""

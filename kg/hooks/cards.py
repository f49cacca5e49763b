"""The cards for a judged order: whom to call, how urgent, what to ask, and what would be better."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from kg.hooks.judged import NOT_APPROPRIATE, JudgedOrder
from kg.knowledge.sparql.iris import BASE
from kg.patient.assess.rated import Study

if TYPE_CHECKING:
    from kg.patient.assess.assessor import Assessor

Card = dict[str, Any]
NewId = Callable[[], str]

LONGEST = 139
"""Characters of a summary: fewer than 140."""

_LONGEST_DETAIL = 4000
_SHOWN = 8
_EXTENSION = "http://fhir.org/argonaut/Extension/"
_RATING = "http://fhir.org/argonaut/CodeSystem/pama-rating"
_ORDERED_IN = ("http://www.ama-assn.org/go/cpt", "http://loinc.org")
_ADVISED = (*NOT_APPROPRIATE, "lower rated", "contraindicated", "already performed", "rated equally, another preferred")

OVERRIDES: Mapping[str, str] = MappingProxyType(
    {
        "patient-differs": "This patient differs from those of the guideline",
        "more-is-known": "More is known than the record says",
        "not-available": "The suggested study is not available here",
        "disagrees": "I do not agree with the guideline",
    }
)
"""Why a person keeps an order, by code; offered with every card that advises against it."""


def cards(order: JudgedOrder, guide: Assessor, new_id: NewId) -> list[Card]:
    """The cards for a judged order.

    Args:
        order: The order.
        guide: Knows the codes in which studies are ordered.
        new_id: Makes an id.

    Returns:
        The most urgent first; none if the order is the study that comes next, and nothing else is to be said.
    """
    every = [*_calls(order), *_urgency(order), *_open(order), *_advice(order, guide, new_id)]
    source = _source(order)
    return [{"uuid": new_id(), **card, "source": source} for card in every]


def rated(order: JudgedOrder, new_id: NewId, g_code: str) -> dict[str, Any] | None:
    """The action that adds the rating to the order; None if it has no rating.

    Args:
        order: The order.
        new_id: Makes the id of the consultation.
        g_code: The identifier of a qualified mechanism, if the site has one; left out otherwise.
    """
    if not order.rating:
        return None
    resource = with_rating(order.order, order.rating, new_id(), g_code)
    return {"type": "update", "description": f"Adds the rating {order.rating} to the order", "resource": resource}


def with_rating(order: Mapping[str, Any], rating: str, consultation: str, g_code: str) -> dict[str, Any]:
    """A copy of an order with the extensions of PAMA in the place of those that it had."""
    made = copy.deepcopy(dict(order))
    kept = [each for each in made.get("extension", []) if not str(each.get("url", "")).startswith(f"{_EXTENSION}pama-")]
    added: list[dict[str, Any]] = [
        {
            "url": f"{_EXTENSION}pama-rating",
            "valueCodeableConcept": {"coding": [{"system": _RATING, "code": rating}]},
        },
        {"url": f"{_EXTENSION}pama-rating-consult-id", "valueUri": f"urn:uuid:{consultation}"},
    ]
    if g_code:
        added.append({"url": f"{_EXTENSION}pama-rating-qcdsm-consulted", "valueString": g_code})
    return {**made, "extension": [*kept, *added]}


def shortened(text: str, longest: int = LONGEST) -> str:
    """A text of at most so many characters.

    >>> shortened("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _calls(order: JudgedOrder) -> Iterator[Card]:
    for call in order.answer.escalations:
        if call.applies:
            who = ", ".join(contact.label for contact in call.contacts)
            yield {"summary": shortened(f"Call now: {who}"), "detail": call.label, "indicator": "critical"}


def _urgency(order: JudgedOrder) -> Iterator[Card]:
    urgency = order.answer.urgency
    if urgency:
        level = urgency.level.label if order.sure else f"at least {urgency.level.label}"
        indicator = "critical" if urgency.level.id == "emergent" else "warning"
        reasons = "\n".join(f"- {rule.label}" for rule in urgency.rules)
        yield {"summary": shortened(f"Urgency of the imaging: {level}"), "detail": reasons, "indicator": indicator}


def _open(order: JudgedOrder) -> Iterator[Card]:
    """What keeps the order from being judged: what was not understood, did not come along, or is not known."""
    asked = [f"- {question.label}" for question in order.answer.questions[:_SHOWN]]
    if order.sure and order.verdict != "cannot be judged yet":
        return
    unread = order.record.unread
    parts = [_count(len(unread), "entry of the record was", "entries of the record were") + " not understood"]
    parts = parts if unread else []
    if order.missing:
        parts.append(f"{', '.join(order.missing)} did not come along")
    why = "; ".join(parts) or "more has to be known"
    silent = "" if order.answer.urgency else "Whether it is urgent is **not settled** either.\n\n"
    sections = [
        silent if not order.sure else "",
        _listed("Not understood, and therefore not known here", [f"- {entry}" for entry in unread[:_SHOWN]]),
        _listed("To be known", asked),
    ]
    yield {
        "summary": shortened(f"This imaging order cannot be judged yet: {why}"),
        "detail": shortened("".join(sections), _LONGEST_DETAIL),
        "indicator": "info",
    }


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _listed(title: str, lines: list[str]) -> str:
    text = "\n".join(lines)
    return f"**{title}:**\n\n{text}\n\n" if lines else ""


def _advice(order: JudgedOrder, guide: Assessor, new_id: NewId) -> Iterator[Card]:
    """Advice against the order, with what would be better."""
    if not order.sure or order.verdict not in _ADVISED:
        return
    best = order.answer.best
    better = f"; better: {', '.join(study.label for study in best)}" if best else ""
    scenarios = [f"- {scenario.label}" for scenario in order.answer.scenarios]
    warnings = [f"- {warning.label}" for warning in order.answer.warnings]
    card: Card = {
        "summary": shortened(f"{order.study.label}: {order.verdict}{better}"),
        "detail": shortened(_listed("Because", scenarios) + _listed("Note", warnings), _LONGEST_DETAIL),
        "indicator": "info" if order.verdict == "rated equally, another preferred" else "warning",
        "overrideReasons": [
            {"system": f"{BASE}override-reason", "code": code, "display": text} for code, text in OVERRIDES.items()
        ],
    }
    suggestions = [found for study in best if (found := _suggestion(order, study, guide, new_id))]
    if suggestions:
        suggestions[0]["isRecommended"] = True
        card = {**card, "suggestions": suggestions, "selectionBehavior": "at-most-one"}
    yield card


def _suggestion(order: JudgedOrder, study: Study, guide: Assessor, new_id: NewId) -> dict[str, Any] | None:
    """The order with another study; None if no code names the study, so that nothing could be ordered."""
    named = guide.core.codes.named(f"{BASE}procedure/{study.id}")
    codes = [code for uri in _ORDERED_IN for code in named if code.system.uri == uri]
    if not codes:
        return None
    coding = [{"system": code.system.uri, "code": code.value, "display": study.label} for code in codes]
    changed: dict[str, Any] = {**copy.deepcopy(dict(order.order)), "code": {"coding": coding, "text": study.label}}
    if study.category.id == "usually-appropriate":
        changed = with_rating(changed, "appropriate", new_id(), "")
    action = {"type": "update", "description": f"Changes the order to {study.label}", "resource": changed}
    return {"label": shortened(study.label, 80), "uuid": new_id(), "actions": [action]}


def _source(order: JudgedOrder) -> dict[str, str]:
    """Which guideline, in which edition."""
    editions = "; ".join(f"{topic['title']} ({topic['edition']})" for topic in order.answer.topics[:2])
    return {"label": shortened(f"nextstudy: {editions}" if editions else "nextstudy", LONGEST), "url": BASE}

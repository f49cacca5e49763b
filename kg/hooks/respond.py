"""Answers a request of a hook: cards, ratings as system actions, or a refusal as an OperationOutcome."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from kg.documents import parse
from kg.errors import CaseError, KgError
from kg.hooks.cards import Card, NewId, cards, rated, shortened
from kg.hooks.judged import judged
from kg.hooks.request import RefusedError, checked

if TYPE_CHECKING:
    from kg.patient.assess.assessor import Assessor

LARGEST = 4_000_000
"""Bytes that a request may have."""


@dataclass(frozen=True)
class HookResponse:
    """What to send back.

    Attributes:
        status: The status of HTTP: 200, 400, 404 or 413.
        body: The body, to be sent as JSON.
    """

    status: int
    body: dict[str, Any]


def respond_raw(service: str, raw: bytes, guide: Assessor, **more: Any) -> HookResponse:
    """Answer a request as it came over the wire.

    Args:
        service: The id of the service that was called.
        raw: The body of the request.
        guide: The guide.
        more: As for ``respond``.
    """
    if len(raw) > LARGEST:
        return _refused(413, f"the request has more than {LARGEST} bytes")
    try:
        body = parse(raw.decode("utf-8"), "the request", CaseError, "request")
    except (UnicodeDecodeError, CaseError):
        return _refused(400, "the request is no JSON in UTF-8")  # the cause could repeat what the request says
    return respond(service, body, guide, **more)


def respond(
    service: str,
    body: object,
    guide: Assessor,
    *,
    today: date | None = None,
    g_code: str = "",
    new_id: NewId = lambda: str(uuid4()),
) -> HookResponse:
    """Answer a request.

    Args:
        service: The id of the service that was called.
        body: The request as plain data.
        guide: The guide.
        today: The day of the request; by default today.
        g_code: The identifier of a qualified decision support mechanism, if the site has one. This is none by itself.
        new_id: Makes ids of cards and consultations.

    Returns:
        Status and body. A malformed request gives 400, an unknown service 404, each with an OperationOutcome that
        repeats nothing of the request.

    >>> import kg
    >>> respond("imaging-order-sign", {}, kg.load()).status
    400
    """
    try:
        request = checked(service, body)
    except RefusedError as error:
        return _refused(error.status, error.reason)
    found: list[Card] = []
    actions = []
    for order in request.orders:
        try:
            one = judged(request, order, guide, today or date.today())
        except KgError as error:
            found.append(_contradictory(error, new_id))
            continue
        if one is None:
            continue  # no study that is known here: nothing is said
        found += [card for card in cards(one, guide, new_id) if not _said(card, found)]
        if action := rated(one, new_id, g_code):
            actions.append(action)
    answer: dict[str, Any] = {"cards": found}
    if actions:
        # Version 2.0 has systemActions of its own; clients for PAMA still read them as an extension.
        answer = {**answer, "systemActions": actions, "extension": {"systemActions": actions}}
    return HookResponse(200, answer)


def _said(card: Card, before: list[Card]) -> bool:
    """Whether a card of another order says the same."""
    return any(card["summary"] == other["summary"] and card.get("detail") == other.get("detail") for other in before)


def _contradictory(error: KgError, new_id: NewId) -> Card:
    return {
        "uuid": new_id(),
        "summary": "This imaging order cannot be judged: the record cannot be used as it is",
        "detail": shortened(str(error), 1000),
        "indicator": "info",
        "source": {"label": "nextstudy"},
    }


def _refused(status: int, reason: str) -> HookResponse:
    issue = {"severity": "error", "code": "invalid" if status != 404 else "not-found", "diagnostics": reason}
    return HookResponse(status, {"resourceType": "OperationOutcome", "issue": [issue]})


def as_json(response: HookResponse) -> bytes:
    """The body of a response as JSON in UTF-8."""
    return json.dumps(response.body, ensure_ascii=False).encode("utf-8")

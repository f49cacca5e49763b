"""The rules of CDS Hooks 2.0.1 for responses, as its logical models and invariants state them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

ACTIONS = {"create", "update", "delete"}
CARD = {
    "uuid",
    "summary",
    "detail",
    "indicator",
    "source",
    "suggestions",
    "selectionBehavior",
    "overrideReasons",
    "links",
}
SUGGESTION = {"label", "uuid", "isRecommended", "actions", "actionSelectionBehavior"}
ACTION = {"type", "description", "resource", "resourceId"}


def broken(response: Mapping[str, Any]) -> list[str]:
    """Each rule that a response breaks."""
    found = [f"unknown {name}" for name in set(response) - {"cards", "systemActions", "extension"}]
    if not isinstance(response.get("cards"), list):
        return [*found, "cards is no list"]
    for card in response["cards"]:
        found += _card(card)
    if "systemActions" in response:
        found += [] if response["systemActions"] else ["systemActions is empty"]
        found += [fault for action in response["systemActions"] for fault in _action(action)]
    return found


def _card(card: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"unknown {name} of a card" for name in set(card) - CARD)
    if not isinstance(card.get("summary"), str) or not 0 < len(card["summary"]) < 140:
        yield "the summary is missing or has 140 characters or more"
    if card.get("indicator") not in ("info", "warning", "critical"):
        yield "the indicator is none"
    if not isinstance(card.get("source", {}).get("label"), str):
        yield "the source has no label"
    if "url" in card.get("source", {}) and urlsplit(card["source"]["url"]).scheme != "https":
        yield "the source has no absolute URL"
    if "uuid" in card and str(UUID(card["uuid"])) != card["uuid"]:
        yield "the uuid is none"
    suggestions = card.get("suggestions", [])
    if "suggestions" in card and card.get("selectionBehavior") not in ("at-most-one", "any"):
        yield "cds-resp-6: suggestions without selectionBehavior"
    if card.get("selectionBehavior") == "at-most-one" and sum(bool(s.get("isRecommended")) for s in suggestions) > 1:
        yield "cds-resp-1: several recommended"
    if any(not reason.get("display") for reason in card.get("overrideReasons", [])):
        yield "cds-resp-4: a reason without display"
    for suggestion in suggestions:
        yield from (f"unknown {name} of a suggestion" for name in set(suggestion) - SUGGESTION)
        if not suggestion.get("label"):
            yield "a suggestion without label"
        for action in suggestion.get("actions", []):
            yield from _action(action)


def _action(action: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"unknown {name} of an action" for name in set(action) - ACTION)
    if action.get("type") not in ACTIONS:
        yield "an action of no type"
    if not action.get("description"):
        yield "cds-resp-5: an action without description"
    if action.get("type") == "update" and not isinstance(action.get("resource"), dict):
        yield "an update without resource"

"""Checks a request of a hook: what is malformed is refused without repeating anything of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kg.hooks.services import HOOKS, PREFETCH

Resource = Mapping[str, Any]


class RefusedError(Exception):
    """A request cannot be used.

    Attributes:
        status: The status of HTTP.
        reason: Why, in one sentence that repeats nothing of the request.
    """

    def __init__(self, status: int, reason: str) -> None:
        """Refuse with a status and a reason."""
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class HookRequest:
    """A request that was checked.

    Attributes:
        orders: The draft orders that are to be judged.
        entries: The entries of the record that came along.
        missing: The keys of what should have come along and did not, or could not be read by the client.
        lists_studies: Whether the studies that were done came along.
    """

    orders: tuple[Resource, ...]
    entries: tuple[Resource, ...]
    missing: tuple[str, ...]
    lists_studies: bool


def checked(service: str, body: object) -> HookRequest:
    """Check a request.

    Args:
        service: The id of the service that was called.
        body: The request, as JSON gives it.

    Raises:
        RefusedError: It is no request to this service; 404 for an unknown service, 400 for what is malformed.
    """
    if service not in HOOKS:
        raise RefusedError(404, "there is no such service")
    request = _object(body, "the request")
    if request.get("hook") != HOOKS[service]:
        raise RefusedError(400, f"the request is not of the hook {HOOKS[service]}")
    _refuse_no_uuid(request.get("hookInstance"))
    if "fhirAuthorization" in request and not isinstance(request.get("fhirServer"), str):
        raise RefusedError(400, "fhirServer is needed with fhirAuthorization")
    context = _object(request.get("context"), "context")
    for name in ("userId", "patientId"):
        if not isinstance(context.get(name), str) or not context[name]:
            raise RefusedError(400, f"context.{name} is no text")
    orders = _drafts(context, HOOKS[service])
    prefetch = _object(request.get("prefetch") or {}, "prefetch")
    entries, failed = _entries(prefetch)
    missing = tuple(dict.fromkeys([*(name for name in PREFETCH if name not in prefetch), *failed]))
    return HookRequest(orders, entries, missing, "reports" not in missing)


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise RefusedError(400, f"{name} is no object")
    return value


def _refuse_no_uuid(value: object) -> None:
    try:
        UUID(value if isinstance(value, str) else "")
    except ValueError as error:
        raise RefusedError(400, "hookInstance is no UUID") from error


def _drafts(context: Mapping[str, Any], hook: str) -> tuple[Resource, ...]:
    """The draft orders of studies; of an order that is being written, those that were selected."""
    drafts = _object(context.get("draftOrders"), "context.draftOrders")
    if drafts.get("resourceType") != "Bundle":
        raise RefusedError(400, "context.draftOrders is no Bundle")
    orders = [
        each for each in _resources(drafts, "context.draftOrders") if each.get("resourceType") == "ServiceRequest"
    ]
    if hook != "order-select":
        return tuple(orders)
    selections = context.get("selections")
    if not isinstance(selections, list) or not all(isinstance(each, str) for each in selections):
        raise RefusedError(400, "context.selections is no list of references")
    return tuple(each for each in orders if f"ServiceRequest/{each.get('id')}" in selections)


def _resources(bundle: Mapping[str, Any], name: str) -> list[Resource]:
    entries = bundle.get("entry", [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise RefusedError(400, f"the entries of {name} are no list of objects")
    found = [each.get("resource") for each in entries]
    if not all(isinstance(each, dict) for each in found):
        raise RefusedError(400, f"an entry of {name} has no resource")
    return [each for each in found if isinstance(each, dict)]


def _entries(prefetch: Mapping[str, Any]) -> tuple[tuple[Resource, ...], list[str]]:
    """The resources that came along, and the keys of those that the client could not read."""
    found: list[Resource] = []
    failed = []
    for key, value in prefetch.items():
        if value is None:
            continue  # the client looked, and there is none
        resource = _object(value, "an element of prefetch")
        every = _resources(resource, "prefetch") if resource.get("resourceType") == "Bundle" else [resource]
        if any(each.get("resourceType") == "OperationOutcome" for each in every) or _has_more(resource):
            failed.append(str(key))
        found += [each for each in every if each.get("resourceType") != "OperationOutcome"]
    return tuple(found), failed


def _has_more(bundle: Mapping[str, Any]) -> bool:
    """Whether a bundle is one page of several."""
    links = bundle.get("link", [])
    return isinstance(links, list) and any(isinstance(link, dict) and link.get("relation") == "next" for link in links)

"""Bundles changed at random: whatever is wrong in them, there is no traceback, and no fact is made or turned round."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import kg
from kg.errors import KgError
from kg.records.answer import CLAIMS, assess_record
from kg.records.reading import read_record
from kg.records.record import LISTS, Entry, Record
from tests.long_answers import Found
from tests.records.bundles import GOLDEN, OPENING, TODAY, Resource, bundle, cc

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1.5,
    10**30,
    float("nan"),
    "",
    "x",
    "\u202e",
    [],
    {},
    [[]],
    [None],
    {"coding": 1},
    [{}],
)
"""Values that an element may have by mistake."""

Mutation = Callable[[Random, Resource], bool]
"""Changes a resource in place; tells whether nothing of it holds then."""

STATES = ("verificationStatus", "clinicalStatus", "status", "doNotPerform", "dataAbsentReason", "interpretation")
SAYS = (*STATES, "valueBoolean", "valueCodeableConcept", "component", "focus", "modifierExtension", "abatementDateTime")
"""Elements that say whether something holds; those alone may turn a fact round."""


def break_an_element(rng: Random, resource: Resource) -> bool:
    """Put an odd value in the place of another, at any depth, or leave it out; but not what says whether it holds."""
    paths = [path for path in _paths(resource) if path and not set(SAYS) & set(map(str, path))]
    if paths:
        *steps, last = rng.choice(paths)
        target: Any = resource
        for step in steps:
            target = target[step]
        if rng.random() < 1 / 3 and isinstance(target, dict):
            del target[last]
        else:
            target[last] = copy.deepcopy(rng.choice(ODD))
    return False


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield from _paths(part, (*path, key))


def break_a_state(rng: Random, resource: Resource) -> bool:
    """Put an odd value where it is said whether something holds: then it is not known whether it does."""
    names = [name for name in STATES if name in resource]
    if not names:
        return False
    odd = [value for value in ODD if value not in ([], {}, "") and value is not True]
    resource[rng.choice(names)] = copy.deepcopy(rng.choice(odd))
    return resource.get("resourceType") not in ("Encounter",)


def say_that_it_does_not_hold(rng: Random, resource: Resource) -> bool:
    """Say in one of the ways of FHIR that nothing of the entry holds."""
    ways: dict[str, list[dict[str, Any]]] = {
        "Condition": [
            {"verificationStatus": cc(("v", "entered-in-error"))},
            {"verificationStatus": cc(("v", "provisional"))},
            {"verificationStatus": cc(("v", "differential"))},
            {"verificationStatus": cc(("v", "unconfirmed"))},
        ],
        "Observation": [{"status": state} for state in ("entered-in-error", "cancelled", "preliminary", "registered")],
        "DiagnosticReport": [{"status": state} for state in ("entered-in-error", "cancelled")],
        "Procedure": [{"status": state} for state in ("not-done", "entered-in-error", "preparation")],
        "AllergyIntolerance": [{"verificationStatus": cc(("v", "entered-in-error"))}],
        "ServiceRequest": [{"status": "entered-in-error", "reasonCode": []}, {"doNotPerform": True}],
        "Device": [{"status": "entered-in-error"}, {"status": "inactive"}],
    }
    resource.update(copy.deepcopy(rng.choice(ways.get(str(resource.get("resourceType")), [{"resourceType": "Flag"}]))))
    return True


MUTATIONS: tuple[Mutation, ...] = (break_an_element, break_an_element, break_a_state, say_that_it_does_not_hold)


def made(rng: Random) -> tuple[list[Resource], list[Resource], set[str]]:
    """A bundle, the same changed, and the entries of which nothing holds any more; each entry has an id of its own."""
    every = [*(resources for resources, _ in GOLDEN.values()), OPENING]
    chosen = [each for number in range(rng.randint(1, 3)) for each in rng.choice(every)]
    unlike = {str(each.get("resourceType")) + str(number): each for number, each in enumerate(chosen)}
    plain = [{**copy.deepcopy(each), "id": f"e{number}"} for number, each in enumerate(unlike.values())]
    plain = [each for each in plain if each.get("resourceType") != "Patient" and "subject" not in each] or plain[:1]
    changed, gone = copy.deepcopy(plain), set()
    for _ in range(rng.randint(1, 3)):
        resource = rng.choice(changed)
        name = resource.get("id")
        if rng.choice(MUTATIONS)(rng, resource) and isinstance(name, str):
            gone.add(name)
    return plain, changed, gone


def wrong_in(guide: kg.Guide, plain: list[Resource], changed: list[Resource], gone: set[str]) -> str:
    """What is wrong with how a changed bundle is read; empty if nothing is."""
    try:
        before = read_record(bundle(*plain), guide, today=TODAY)
        record = read_record(json.loads(json.dumps(bundle(*changed))), guide, today=TODAY)
        lists = [entry.place for name in LISTS for entry in getattr(record, name)]
        if len(lists) != len(changed) or len(set(lists)) != len(lists):
            return "an entry is in no list, or in two"
        if invented := [place for place in _taken(record) if place.partition("/")[2] in gone]:
            return f"a fact is taken from {invented[0]}, of which nothing holds"
        if turned := _stated(before, "present") & _stated(record, "absent") | _stated(before, "absent") & _stated(
            record, "present"
        ):
            return f"a fact is turned round: {min(turned)}"
        found = assess_record(bundle(*changed), guide, today=TODAY)
        if record.unread and (found.answer.outcome.id in CLAIMS or not found.urgency or found.order):
            return "something is ruled out although not all was understood"
    except KgError as error:
        return "" if "\n" not in str(error) else f"an error of several lines: {error}"
    except Exception as error:
        return f"a traceback: {error!r}"
    return ""


def _taken(record: Record) -> list[str]:
    return [entry.place for entry in record.used if _holds(entry)]


def _holds(entry: Entry) -> bool:
    return any(fact.way in ("present", "measured", "performed", "order") for fact in entry.facts)


def _stated(record: Record, way: str) -> set[tuple[str, str]]:
    """What each entry states in one way: the same finding may be stated of one entry and refuted of another."""
    return {(e.place, fact.word) for e in record.used for fact in e.facts if fact.way == way}


def run_records(wanted: int) -> Found:
    """Changed bundles; a difference is a traceback, a fact that was made or turned round, or a claim too many."""
    guide, rng, different = kg.load(), Random("records"), list[str]()
    for _ in range(wanted):
        plain, changed, gone = made(rng)
        if wrong := wrong_in(guide, plain, changed, gone):
            different.append(f"{wrong}: {json.dumps(changed)}")
    return Found("changed bundles", wanted, different)

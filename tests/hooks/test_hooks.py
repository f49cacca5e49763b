"""The hooks answer as CDS Hooks 2.0.1 and the guide for PAMA ask, and refuse what is malformed without repeating it."""

from __future__ import annotations

import copy
import json
import logging
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

import kg
from kg.hooks.respond import HookResponse, as_json, respond, respond_raw
from kg.hooks.services import HOOKS, PREFETCH, discovery
from kg.records.reading import read_record
from tests.hooks.contract import broken
from tests.records.bundles import (
    CPT,
    GAIT,
    LOINC,
    MRI,
    OPENING,
    SCT,
    TODAY,
    TP,
    Resource,
    bundle,
    cc,
    cond,
    order,
    patient,
)

SIGN, SELECT = "imaging-order-sign", "imaging-order-select"
RATING = "http://fhir.org/argonaut/Extension/pama-rating"
EMPTY: dict[str, Resource | None] = dict.fromkeys(PREFETCH, bundle())


def request(*orders: Resource, prefetch: dict[str, Any] | None = None, hook: str = "order-sign") -> dict[str, Any]:
    context: dict[str, Any] = {"userId": "Practitioner/1", "patientId": "p", "draftOrders": bundle(*orders)}
    if hook == "order-select":
        context["selections"] = [f"ServiceRequest/{each['id']}" for each in orders]
    made = {"hook": hook, "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context}
    return {**made, **({} if prefetch is None else {"prefetch": prefetch})}


def opening() -> dict[str, Any]:
    by = {"Patient": "patient", "Condition": "conditions", "DiagnosticReport": "reports"}
    found: dict[str, Any] = copy.deepcopy(EMPTY)
    for each in OPENING:
        key = by[each["resourceType"]]
        found[key] = each if key == "patient" else bundle(*(e["resource"] for e in found[key]["entry"]), each)
    return found


def answer(guide: kg.Guide, *orders: Resource, prefetch: dict[str, Any] | None = None, **more: Any) -> HookResponse:
    found = respond(SIGN, request(*orders, prefetch=prefetch), guide, today=TODAY, **more)
    assert not broken(found.body)
    return found


def ratings(response: HookResponse) -> list[str]:
    return [
        extension["valueCodeableConcept"]["coding"][0]["code"]
        for action in response.body.get("systemActions", [])
        for extension in action["resource"]["extension"]
        if extension["url"] == RATING
    ]


def test_the_services_are_discovered() -> None:
    services = discovery()["services"]
    assert {service["id"]: service["hook"] for service in services} == HOOKS
    assert all(isinstance(query, str) for service in services for query in service["prefetch"].values())
    assert all(
        set(service) <= {"id", "hook", "title", "description", "prefetch", "usageRequirements"} for service in services
    )


def test_the_best_study_of_the_opening_patient_is_rated_and_urgent(guide: kg.Guide) -> None:
    found = answer(guide, order("o", MRI), prefetch=opening())
    assert ratings(found) == ["appropriate"]
    assert found.body["systemActions"] == found.body["extension"]["systemActions"]
    summaries = [card["summary"] for card in found.body["cards"]]
    assert "Urgency of the imaging: emergent (STAT)" in summaries
    assert all(card["indicator"] == "critical" for card in found.body["cards"])


def test_a_worse_study_gets_the_better_one_as_a_suggestion(guide: kg.Guide) -> None:
    draft = order("o", (CPT, "72128"), reasonCode=[cc(TP)], extension=[{"url": "http://local", "valueString": "kept"}])
    found = answer(guide, draft, prefetch=opening())
    (card,) = (card for card in found.body["cards"] if "suggestions" in card)
    assert "; better: MRI thoracic spine without and with IV contrast" in card["summary"]
    (suggestion,) = card["suggestions"]
    resource = suggestion["actions"][0]["resource"]
    assert [(c["system"], c["code"]) for c in resource["code"]["coding"]] == [(CPT, "72157"), (LOINC, "24981-3")]
    assert resource["code"]["coding"][0]["display"] == "MRI thoracic spine without and with IV contrast"
    assert resource["reasonCode"] == draft["reasonCode"]
    assert draft["extension"][0] in resource["extension"]
    assert card["overrideReasons"]


SCENARIOS = {
    "CT of the lumbar spine for low back pain": ((CPT, "72133"), [(SCT, "279039007")], ["not-appropriate"]),
    "CT of the head for headache": ((CPT, "70450"), [(SCT, "25064002"), (SCT, "423341008")], []),
    "MRA of the head for toothache": ((CPT, "70544"), [(SCT, "27355003")], []),
    "CT angiogram of the chest for dyspnea": ((CPT, "71275"), [(SCT, "267036007")], []),
}
"""The first scenario of the connectathon of September 2019. Studies of other topics are not judged here: no rating."""


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_scenarios_of_the_connectathon(name: str, guide: kg.Guide) -> None:
    study, reasons, expected = SCENARIOS[name]
    draft = order("example", study, reasonCode=[cc(reason) for reason in reasons], subject={"reference": "Patient/p"})
    body = request(draft, prefetch={**EMPTY, "patient": patient("1970-05-01")}, hook="order-select")
    found = respond(SELECT, body, guide, today=TODAY)
    assert (found.status, broken(found.body)) == (200, [])
    assert ratings(found) == expected
    if expected:
        resource = found.body["systemActions"][0]["resource"]
        assert {key: value for key, value in resource.items() if key != "extension"} == draft


def test_without_prefetch_no_order_is_rated(guide: kg.Guide) -> None:
    draft = order("o", (CPT, "72133"), reasonCode=[cc((SCT, "279039007"))])
    for prefetch in (None, {}, {**EMPTY, "conditions": {"resourceType": "OperationOutcome"}}):
        found = answer(guide, draft, prefetch=prefetch)
        assert ratings(found) == []
        assert any("did not come along" in card["summary"] for card in found.body["cards"])
    paged = {**EMPTY, "conditions": {**bundle(), "link": [{"relation": "next", "url": "https://x"}]}}
    assert ratings(answer(guide, draft, prefetch=paged)) == []


def test_while_something_was_not_understood_no_order_is_rated(guide: kg.Guide) -> None:
    prefetch = opening()
    prefetch["conditions"] = bundle(cond("1", TP), cond("2", (SCT, "138875005")))
    found = answer(guide, order("o", MRI), prefetch=prefetch)
    assert ratings(found) == []
    (card,) = (card for card in found.body["cards"] if "cannot be judged" in card["summary"])
    assert "Condition/2" in card["detail"]
    assert "Whether it is urgent is **not settled** either." in card["detail"]


def test_only_selected_orders_are_judged_while_orders_are_written(guide: kg.Guide) -> None:
    body = request(order("a", MRI), order("b", (CPT, "72128")), prefetch=opening(), hook="order-select")
    body["context"]["selections"] = ["ServiceRequest/a"]
    found = respond(SELECT, body, guide, today=TODAY)
    assert ratings(found) == ["appropriate"]


def test_a_site_with_a_code_of_a_qualified_mechanism_states_it(guide: kg.Guide) -> None:
    found = answer(guide, order("o", MRI), prefetch=opening(), g_code="G9999")
    urls = [each["url"] for each in found.body["systemActions"][0]["resource"]["extension"]]
    assert urls[-1].endswith("pama-rating-qcdsm-consulted")


Change = Callable[[dict[str, Any]], object]


def _put(*path: str, value: object) -> Change:
    def change(body: dict[str, Any]) -> None:
        target: Any = body
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value

    return change


ODD: tuple[object, ...] = (None, 5, "x", [], True)


def _each(*path: str, values: Sequence[object]) -> list[Change]:
    return [_put(*path, value=value) for value in values]


MALFORMED: list[Change] = [
    *_each("hook", values=(*ODD, "patient-view", "order-select")),
    *_each("hookInstance", values=(*ODD, "d1577c69")),
    *_each("context", values=ODD),
    *_each("context", "userId", values=(None, 5, "", [], {})),
    *_each("context", "patientId", values=(None, 5, "", [], {})),
    *_each("context", "draftOrders", values=(*ODD, {}, {"resourceType": "List"})),
    *_each("context", "draftOrders", "entry", values=(5, "x", {}, [5], [{}], [{"resource": 5}])),
    *_each("prefetch", values=(5, "x", [1], True)),
    *_each("prefetch", "conditions", values=(5, "x", [], True)),
    *_each("prefetch", "conditions", "entry", values=(5, "x", {}, [5], [{}])),
    _put("fhirAuthorization", value={}),
]
RAW = (b"", b"{", b"\xff\xfe", b"[]", b"null", b'"x"', b"{}", b"[" * 100_000, b'{"hook": NaN}', b"\x00")


def test_malformed_bodies_are_refused_with_an_outcome(guide: kg.Guide) -> None:
    bodies = [copy.deepcopy(request(order("o", MRI), prefetch=opening())) for _ in MALFORMED]
    for change, body in zip(MALFORMED, bodies, strict=True):
        change(body)
    found = [respond(SIGN, body, guide, today=TODAY) for body in bodies]
    found += [respond_raw(SIGN, raw, guide, today=TODAY) for raw in RAW]
    assert len(found) >= 50
    assert {response.status for response in found} == {400}
    for response in found:
        assert response.body["resourceType"] == "OperationOutcome"
        assert response.body["issue"][0]["severity"] == "error"
    assert respond("no-such-service", {}, guide).status == 404
    assert respond_raw(SIGN, b" " * 5_000_000, guide).status == 413


def test_a_request_over_the_wire_is_answered(guide: kg.Guide) -> None:
    raw = json.dumps(request(order("o", MRI), prefetch=opening())).encode()
    assert ratings(respond_raw(SIGN, raw, guide, today=TODAY)) == ["appropriate"]
    assert json.loads(as_json(respond_raw(SIGN, raw, guide, today=TODAY)))["cards"]


def test_a_record_that_contradicts_itself_gets_a_card(guide: kg.Guide) -> None:
    prefetch = opening()
    refuted = cond("r", (SCT, "22631008"), verified="refuted")
    none = {
        "resourceType": "Observation",
        "id": "n",
        "status": "final",
        "code": cc((SCT, "279038004")),
        "valueBoolean": False,
    }
    prefetch["conditions"] = bundle(cond("1", TP), refuted, cond("2", GAIT))
    prefetch["observations"] = bundle(none)
    assert answer(guide, order("o", MRI), prefetch=prefetch).status == 200


def test_nothing_of_a_patient_is_in_a_log_or_in_a_refusal(
    guide: kg.Guide, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    canary = "CANARY-7F3A"
    body = request(order(canary, MRI, note=[{"text": canary}]), prefetch=opening())
    body["context"]["patientId"] = canary
    body["prefetch"]["patient"] = patient(name=[{"family": canary}])
    body["prefetch"]["conditions"]["entry"][0]["resource"]["note"] = [{"text": canary}]
    with caplog.at_level(logging.DEBUG):
        respond(SIGN, body, guide, today=TODAY)
        for change in MALFORMED:
            wrong = copy.deepcopy(body)
            change(wrong)
            assert canary not in json.dumps(respond(SIGN, wrong, guide, today=TODAY).body)
        assert canary not in json.dumps(respond_raw(SIGN, canary.encode(), guide).body)
    assert canary not in caplog.text
    assert canary not in "".join(capfd.readouterr())


def test_a_card_takes_at_most_three_times_as_long_as_the_answer(guide: kg.Guide) -> None:
    body = request(order("o", (CPT, "72128")), prefetch=opening())
    entries = [
        e["resource"] for part in body["prefetch"].values() for e in (part or {}).get("entry", [{"resource": part}])
    ]
    record = read_record(bundle(*entries, order("o", (CPT, "72128"))), guide, today=TODAY, lists_studies=True)

    def slowest(call: Callable[[], object]) -> float:
        times = []
        for _ in range(20):
            started = time.perf_counter()
            call()
            times.append(time.perf_counter() - started)
        return statistics.quantiles(times, n=20)[-1]

    respond(SIGN, body, guide, today=TODAY)
    cards = slowest(lambda: respond(SIGN, body, guide, today=TODAY))
    answers = slowest(lambda: guide.assess(record.case))
    assert cards <= 3 * answers, f"{cards * 1000:.0f} ms beside {answers * 1000:.0f} ms"

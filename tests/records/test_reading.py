"""A bundle becomes a case: each entry is in exactly one list, and nothing is taken that does not hold."""

from __future__ import annotations

import json
from datetime import date

import pytest

import kg
from kg.errors import CaseError
from kg.records.answer import CLAIMS, ORDER_OPEN, URGENCY_OPEN, assess_record
from kg.records.reading import read_record
from kg.records.record import LISTS, Record, RecordFact
from tests.records.bundles import (
    FEVER,
    GOLDEN,
    MRI,
    OPENING,
    PARA,
    SCT,
    TODAY,
    TP,
    Resource,
    bundle,
    cc,
    cond,
    of,
    order,
    patient,
    report,
)


def read(guide: kg.Guide, *resources: Resource, **more: object) -> Record:
    return read_record(bundle(*resources), guide, today=TODAY, **more)  # type: ignore[arg-type]


def words(fact: RecordFact) -> str:
    value = [] if fact.value is None else [f"{fact.value:g}"]
    return " ".join([fact.way, fact.word, *value, *fact.seen])


@pytest.mark.parametrize("name", GOLDEN)
def test_each_entry_is_in_the_list_in_which_it_must_be(name: str, guide: kg.Guide) -> None:
    resources, expected = GOLDEN[name]
    record = read(guide, *resources)
    found: dict[str, str | list[str]] = {}
    for entries, mark in ((record.used, ""), (record.not_relevant, "-"), (record.not_understood, "?")):
        for entry in entries:
            place = entry.place.partition("/")[2]
            assert place not in found, "in two lists"
            found[place] = mark or [*sorted(map(words, entry.facts)), *(["+?"] if entry.unread else [])]
            assert entry.facts or entry.unread or entry.aside
    assert found == expected
    assert json.loads(json.dumps(record.to_dict()))["episode"] == {"since": "2026-09-02", "today": "2026-12-01"}


def test_the_golden_bundles_are_enough() -> None:
    assert len(GOLDEN) >= 60


def test_the_opening_patient_as_a_bundle_gets_the_answer_of_the_case(guide: kg.Guide) -> None:
    found = assess_record(bundle(*OPENING), guide, today=TODAY)
    film = kg.Performed("radiography-thoracic-spine", ("vertebral-compression-fracture",), date="2026-11-28")
    present = ["thoracic-back-pain", "bilateral-leg-weakness", "unsteady-gait"]
    case = kg.Case(measured={"age": 65}, present=present, performed=[film])
    assert found.understood
    assert found.answer.to_dict() == guide.assess(case).to_dict()
    assert found.urgency == "emergent (STAT)"


def test_the_opening_patient_coded_in_part_keeps_the_urgency_or_asks(guide: kg.Guide) -> None:
    unmapped = cond("legs", (SCT, "138875005"))
    part = [unmapped if each["id"] == "legs" else each for each in OPENING]
    found = assess_record(bundle(*part), guide, today=TODAY)
    assert [entry.place for entry in found.record.unread] == ["Condition/legs"]
    assert found.urgency == "at least emergent (STAT)"
    assert "NOT UNDERSTOOD" in str(found).partition("\n")[0]
    nothing = [each for each in part if each["id"] != "gait"]
    found = assess_record(bundle(*nothing), guide, today=TODAY)
    assert found.answer.urgency is None
    assert found.urgency == URGENCY_OPEN
    assert URGENCY_OPEN in " ".join(str(found).split())
    assert "no rule" not in str(found).lower()


@pytest.mark.parametrize(
    "resources",
    [
        [cond("1", (SCT, "138875005"))],
        [patient("1990-01-01"), cond("1", (SCT, "138875005"))],
        [patient("1990-01-01"), cond("0", (SCT, "278862001")), cond("1", (SCT, "138875005"))],
    ],
)
def test_while_something_was_not_understood_nothing_is_ruled_out(resources: list[Resource], guide: kg.Guide) -> None:
    found = assess_record(bundle(*resources), guide, today=TODAY)
    assert found.answer.outcome.id not in CLAIMS
    assert found.urgency
    understood = assess_record(bundle(*resources), guide, today=TODAY, set_aside=["Condition/1"])
    assert understood.understood
    assert understood.answer.outcome.id == guide.assess(understood.record.case).outcome.id


def test_an_order_is_not_judged_while_something_was_not_understood(guide: kg.Guide) -> None:
    resources = [*OPENING, order("o", MRI)]
    judged = assess_record(bundle(*resources), guide, today=TODAY)
    assert judged.verdict == "best"
    found = assess_record(bundle(*resources, cond("x", (SCT, "138875005"))), guide, today=TODAY)
    assert (found.order, found.verdict) == (None, ORDER_OPEN)


def test_the_window_of_the_episode_decides_which_studies_count(guide: kg.Guide) -> None:
    film = report("1", ("http://loinc.org", "24983-9"), on="2026-08-01")
    assert not read(guide, film).used
    assert read(guide, film, since=date(2026, 7, 1)).used[0].facts[0].word == "radiography-thoracic-spine"


def test_a_record_without_studies_presumes_none(guide: kg.Guide) -> None:
    assert not read(guide, cond("1", TP)).case.presume
    assert read(guide, cond("1", TP), lists_studies=True).case.presume
    assert read(guide, cond("1", TP), report("2", ("http://loinc.org", "24983-9"))).case.presume


def test_a_person_sets_entries_aside_by_name(guide: kg.Guide) -> None:
    record = read(guide, cond("1", TP), of("MedicationRequest", "m"), set_aside=["MedicationRequest/m"])
    assert [entry.place for entry in record.not_relevant] == ["MedicationRequest/m"]
    with pytest.raises(CaseError, match="has no entry 'Condition/9' to set aside"):
        read(guide, cond("1", TP), set_aside=["Condition/9"])


@pytest.mark.parametrize("wrong", [None, [], {"resourceType": "Patient"}, {"resourceType": "Bundle", "entry": {}}])
def test_what_is_no_bundle_is_refused(wrong: object, guide: kg.Guide) -> None:
    with pytest.raises(CaseError, match="the bundle: "):
        read_record(wrong, guide)


def test_two_patients_are_refused(guide: kg.Guide) -> None:
    with pytest.raises(CaseError, match="has 2 patients"):
        read(guide, patient(), {**patient(), "id": "q"})


def test_entries_without_a_resource_are_not_dropped(guide: kg.Guide) -> None:
    data = {
        "resourceType": "Bundle",
        "entry": [{"fullUrl": "urn:uuid:1"}, {"resource": 7}, 5, {"resource": cond("", TP)}],
    }
    record = read_record(data, guide, today=TODAY)
    assert sum(len(getattr(record, name)) for name in LISTS) == 4
    assert [entry.place for entry in record.used] == ["Condition (entry 4)"]


def test_a_code_that_a_site_knows_as_a_kind_is_understood(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {(SCT, "138875005"): ("386661006",)}
    codes = guide.core.codes
    monkeypatch.setattr(codes, "_kinds", kinds)
    assert read(guide, cond("1", (SCT, "138875005"))).case.present == ("fever",)


def test_entries_that_do_not_hold_change_nothing(guide: kg.Guide) -> None:
    over = cond("over", PARA, clinical="resolved")
    error = cond("error", FEVER, verified="entered-in-error")
    relative = of("FamilyMemberHistory", "mother", condition=[{"code": cc(FEVER)}])
    found = assess_record(bundle(*OPENING, over, error, relative), guide, today=TODAY)
    assert found.answer == assess_record(bundle(*OPENING), guide, today=TODAY).answer


@pytest.mark.parametrize("state", [{"verified": "banana"}, {"clinical": "perhaps"}, {"verified": ""}])
def test_a_state_that_fhir_does_not_know_is_not_taken_for_a_fact(state: dict[str, str], guide: kg.Guide) -> None:
    assert [entry.place for entry in read(guide, cond("1", TP, **state)).not_understood] == ["Condition/1"]

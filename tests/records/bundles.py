"""Bundles written by hand, each with what must become of every entry. All codes are real; the patients are not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

TODAY = date(2026, 12, 1)
ICD, SCT, LOINC = "http://hl7.org/fhir/sid/icd-10-cm", "http://snomed.info/sct", "http://loinc.org"
CPT, UCUM = "http://www.ama-assn.org/go/cpt", "http://unitsofmeasure.org"
YES, NO = (SCT, "373066001"), (SCT, "373067005")

Resource = dict[str, Any]


def cc(*codes: tuple[str, str], text: str = "") -> Resource:
    """A CodeableConcept."""
    said: Resource = {"coding": [{"system": system, "code": code} for system, code in codes]} if codes else {}
    return {**said, "text": text} if text else said


def patient(born: str = "1961-03-02", **more: Any) -> Resource:
    return {"resourceType": "Patient", "id": "p", "birthDate": born, **more}


def cond(
    name: str, *codes: tuple[str, str], verified: str = "confirmed", clinical: str = "active", **more: Any
) -> Resource:
    states = {"verificationStatus": cc(("v", verified)), "clinicalStatus": cc(("c", clinical))}
    return {"resourceType": "Condition", "id": name, "code": cc(*codes), **states, **more}


def obs(name: str, code: tuple[str, str], status: str = "final", **more: Any) -> Resource:
    return {"resourceType": "Observation", "id": name, "status": status, "code": cc(code), **more}


def report(name: str, code: tuple[str, str], *shown: tuple[str, str], on: str = "2026-11-28", **more: Any) -> Resource:
    seen = {"conclusionCode": [cc(each) for each in shown]} if shown else {}
    made = {"resourceType": "DiagnosticReport", "id": name, "status": "final", "code": cc(code), **seen}
    return {**made, **({"effectiveDateTime": on} if on else {}), **more}


def order(name: str, *codes: tuple[str, str], status: str = "draft", **more: Any) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "id": name,
        "status": status,
        "intent": "plan",
        "code": cc(*codes),
        **more,
    }


def of(kind: str, name: str, **more: Any) -> Resource:
    return {"resourceType": kind, "id": name, **more}


def qty(value: float, code: str, system: str = UCUM) -> Resource:
    return {"valueQuantity": {"value": value, "system": system, "code": code, "unit": code}}


def bundle(*resources: Resource) -> Resource:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}


TP, FEVER, GAIT, PARA = (ICD, "M54.6"), (SCT, "386661006"), (SCT, "22631008"), (ICD, "G82.20")
FILM, FRACTURE, MRI = (LOINC, "24983-9"), (SCT, "42942008"), (LOINC, "24981-3")
TEMP, CRP = (LOINC, "8310-5"), (LOINC, "1988-5")

Expected = Mapping[str, str | list[str]]
"""By entry: the facts, or ``"-"`` for not relevant, or ``"?"`` for not understood; ``"+?"`` after facts: in part."""

GOLDEN: Mapping[str, tuple[list[Resource], Expected]] = {
    "present": ([cond("1", TP)], {"1": ["present thoracic-back-pain"]}),
    "a dotless code": ([cond("1", (ICD, "M546"))], {"1": ["present thoracic-back-pain"]}),
    "an OID for a system": (
        [cond("1", ("urn:oid:2.16.840.1.113883.6.90", "M54.6"))],
        {"1": ["present thoracic-back-pain"]},
    ),
    "two codes for one thing": ([cond("1", TP, (SCT, "279038004"))], {"1": ["present thoracic-back-pain"]}),
    "one code known of two": ([cond("1", ("http://local", "X1"), TP)], {"1": ["present thoracic-back-pain"]}),
    "refuted": ([cond("1", FEVER, verified="refuted")], {"1": ["absent fever"]}),
    "a refuted kind": ([cond("1", (ICD, "M54.16"), verified="refuted")], {"1": "-"}),
    "refuted and unknown": ([cond("1", ("http://local", "X"), verified="refuted")], {"1": "-"}),
    "entered in error": ([cond("1", PARA, verified="entered-in-error")], {"1": "-"}),
    "provisional": ([cond("1", PARA, verified="provisional")], {"1": "?"}),
    "differential": ([cond("1", (SCT, "71286001"), verified="differential")], {"1": "?"}),
    "resolved": ([cond("1", FEVER, clinical="resolved")], {"1": "-"}),
    "in remission": ([cond("1", GAIT, clinical="remission")], {"1": "-"}),
    "abated": ([cond("1", FEVER, abatementDateTime="2026-11-01")], {"1": "-"}),
    "cancer that is over": (
        [cond("1", (ICD, "C50.911"), clinical="resolved")],
        {"1": ["present history-of-cancer", "present history-of-spine-metastasizing-cancer"]},
    ),
    "over, and unknown": ([cond("1", ("http://local", "X"), clinical="resolved")], {"1": "?"}),
    "an unknown code": ([cond("1", (SCT, "138875005"))], {"1": "?"}),
    "an unknown system": ([cond("1", ("http://local/codes", "BACK"))], {"1": "?"}),
    "no system": ([cond("1", ("", "M54.6"))], {"1": "?"}),
    "free text": ([of("Condition", "1", code=cc(text="legs feel weak"))], {"1": "?"}),
    "no code": ([of("Condition", "1")], {"1": "?"}),
    "a wide code": ([cond("1", (SCT, "91019004"))], {"1": "?"}),
    "a related code": ([cond("1", (SCT, "23056005"))], {"1": "?"}),
    "what is left of an injury": ([cond("1", (ICD, "S22.060S"))], {"1": "?"}),
    "no meaning here": ([cond("1", (ICD, "E78.5"))], {"1": "-"}),
    "a fracture without its film": ([cond("1", FRACTURE)], {"1": "?"}),
    "a disc without its film, with pain": ([cond("1", (SCT, "202735001"))], {"1": ["present lumbar-radiculopathy"]}),
    "onset by day": (
        [cond("1", TP, onsetDateTime="2026-11-10")],
        {"1": ["measured pain-duration-weeks 3", "present thoracic-back-pain"]},
    ),
    "onset by year": ([cond("1", TP, onsetDateTime="2026")], {"1": ["present thoracic-back-pain", "+?"]}),
    "a modifier": ([cond("1", TP, modifierExtension=[{"url": "http://x", "valueBoolean": True}])], {"1": "?"}),
    "of another patient": (
        [patient(), cond("1", TP, subject={"reference": "Patient/q"})],
        {"p": ["measured age 65"], "1": "?"},
    ),
    "of this patient by URN": (
        [patient(), cond("1", TP, subject={"reference": "urn:uuid:p"})],
        {"p": ["measured age 65"], "1": ["present thoracic-back-pain"]},
    ),
    "of a relative": ([of("FamilyMemberHistory", "1", condition=[{"code": cc((ICD, "C50.911"))}])], {"1": "-"}),
    "birth year, one meaning": ([patient("1970")], {"p": ["measured age 55"]}),
    "birth year, two meanings": ([patient("1961")], {"p": "?"}),
    "birth month": ([patient("1961-12")], {"p": "?"}),
    "no birth date": ([of("Patient", "p")], {"p": "-"}),
    "born in the future": ([patient("2030-01-01")], {"p": "?"}),
    "died": ([patient(deceasedBoolean=True)], {"p": "?"}),
    "observed true": ([obs("1", GAIT, valueBoolean=True)], {"1": ["present unsteady-gait"]}),
    "observed false": ([obs("1", GAIT, valueBoolean=False)], {"1": ["absent unsteady-gait"]}),
    "answered yes and no": (
        [obs("1", FEVER, valueCodeableConcept=cc(NO)), obs("2", GAIT, valueCodeableConcept=cc(YES))],
        {"1": ["absent fever"], "2": ["present unsteady-gait"]},
    ),
    "a symptom as the value": (
        [obs("1", (LOINC, "75325-1"), valueCodeableConcept=cc(FEVER))],
        {"1": ["present fever"]},
    ),
    "a value of an unknown question": ([obs("1", (LOINC, "99999-9"), valueCodeableConcept=cc(FEVER))], {"1": "?"}),
    "preliminary": ([obs("1", GAIT, "preliminary", valueBoolean=True)], {"1": "?"}),
    "cancelled": ([obs("1", GAIT, "cancelled", valueBoolean=True)], {"1": "-"}),
    "no value, with the reason": ([obs("1", GAIT, dataAbsentReason=cc(("d", "unknown")))], {"1": "-"}),
    "of the fetus": ([obs("1", FEVER, valueBoolean=True, focus=[{"reference": "Patient/f"}])], {"1": "-"}),
    "a temperature": (
        [obs("1", TEMP, effectiveDateTime="2026-11-30", **qty(101.3, "[degF]"))],
        {"1": ["measured body-temperature 38.5"]},
    ),
    "the highest counts": (
        [
            obs("1", TEMP, effectiveDateTime="2026-11-29", **qty(39, "Cel")),
            obs("2", TEMP, effectiveDateTime="2026-11-30", **qty(37, "Cel")),
        ],
        {"1": ["measured body-temperature 39"], "2": "-"},
    ),
    "an old temperature": ([obs("1", TEMP, effectiveDateTime="2025-01-01", **qty(39, "Cel"))], {"1": "-"}),
    "a unit that is none": ([obs("1", TEMP, **qty(39, "degC", "http://local"))], {"1": "?"}),
    "a number nobody can have": ([obs("1", TEMP, **qty(390, "Cel"))], {"1": "?"}),
    "a number of an unknown measure": ([obs("1", (LOINC, "2160-0"), **qty(1.1, "mg/dL"))], {"1": "?"}),
    "a number that no rule looks at": ([obs("1", (LOINC, "29463-7"), **qty(80, "kg"))], {"1": "-"}),
    "a raised and a normal marker": (
        [
            obs("1", CRP, interpretation=[cc(("i", "H"))], **qty(80, "mg/L")),
            obs("2", (LOINC, "4537-7"), interpretation=[cc(("i", "N"))], **qty(5, "mm/h")),
        ],
        {"1": ["present raised-inflammatory-markers"], "2": "-"},
    ),
    "a panel": (
        [obs("1", (LOINC, "85354-9"), component=[{"code": cc((LOINC, "8480-6")), **qty(120, "mm[Hg]")}])],
        {"1": "-"},
    ),
    "a report": (
        [report("1", FILM, FRACTURE)],
        {"1": ["performed radiography-thoracic-spine vertebral-compression-fracture"]},
    ),
    "a preliminary report": (
        [report("1", FILM, FRACTURE, status="preliminary")],
        {"1": ["performed radiography-thoracic-spine", "+?"]},
    ),
    "a report in words": (
        [report("1", FILM, conclusion="wedge at T8")],
        {"1": ["performed radiography-thoracic-spine", "+?"]},
    ),
    "a report with an unknown result": (
        [report("1", FILM, (SCT, "138875005"))],
        {"1": ["performed radiography-thoracic-spine", "+?"]},
    ),
    "an old study": ([report("1", FILM, FRACTURE, on="2024-05-01")], {"1": "-"}),
    "a study of this year": ([report("1", FILM, FRACTURE, on="2026")], {"1": "?"}),
    "a study without a date": ([report("1", FILM, FRACTURE, on="")], {"1": "?"}),
    "a study of tomorrow": ([report("1", FILM, on="2026-12-24")], {"1": "?"}),
    "a report entered in error": ([report("1", FILM, FRACTURE, status="entered-in-error")], {"1": "-"}),
    "a laboratory report": ([report("1", (LOINC, "58410-2"))], {"1": "?"}),
    "a study and its report": (
        [
            of("ImagingStudy", "1", status="available", started="2026-11-28", procedureCode=[cc(FILM)]),
            report("2", FILM, FRACTURE),
        ],
        {"1": "-", "2": ["performed radiography-thoracic-spine vertebral-compression-fracture"]},
    ),
    "an operation": (
        [of("Procedure", "1", status="completed", code=cc((CPT, "22612")))],
        {"1": ["present lumbar-fusion"]},
    ),
    "an operation not done": ([of("Procedure", "1", status="not-done", code=cc((CPT, "22612")))], {"1": "-"}),
    "an operation, perhaps": ([of("Procedure", "1", status="unknown", code=cc((CPT, "22612")))], {"1": "?"}),
    "an order with its reason": (
        [order("1", MRI, reasonCode=[cc(TP)])],
        {"1": ["order mri-thoracic-spine-without-and-with-contrast", "present thoracic-back-pain"]},
    ),
    "an order not to do it": ([order("1", MRI, doNotPerform=True)], {"1": "-"}),
    "an order that was taken back": ([order("1", MRI, status="revoked")], {"1": "-"}),
    "two orders": ([order("1", MRI), order("2", (CPT, "72128"))], {"1": "?", "2": "?"}),
    "an unknown order": (
        [order("1", (CPT, "70551"), reasonCode=[cc(TP)])],
        {"1": ["present thoracic-back-pain", "+?"]},
    ),
    "a pacemaker": (
        [of("Device", "1", status="active", type=cc((SCT, "14106009")))],
        {"1": ["present cardiac-implantable-device"]},
    ),
    "a pacemaker taken out": ([of("Device", "1", status="inactive", type=cc((SCT, "14106009")))], {"1": "-"}),
    "an allergy": (
        [of("AllergyIntolerance", "1", code=cc((ICD, "Z91.041")))],
        {"1": ["present iodinated-contrast-allergy"]},
    ),
    "no known allergy": ([of("AllergyIntolerance", "1", code=cc((SCT, "716186003")))], {"1": "-"}),
    "an unconfirmed allergy": (
        [of("AllergyIntolerance", "1", verificationStatus=cc(("v", "unconfirmed")), code=cc((ICD, "Z91.041")))],
        {"1": "?"},
    ),
    "a visit with its reason": (
        [of("Encounter", "1", status="finished", reasonCode=[cc(TP)])],
        {"1": ["present thoracic-back-pain"]},
    ),
    "a medication": ([of("MedicationRequest", "1", status="active")], {"1": "?"}),
    "a letter": ([of("DocumentReference", "1", status="current")], {"1": "?"}),
    "who and where": ([of("Organization", "1"), of("Practitioner", "2")], {"1": "-", "2": "-"}),
    "stated and refuted": ([cond("1", FEVER), cond("2", FEVER, verified="refuted")], {"1": "?", "2": "?"}),
    "an invented kind": ([of("Complaint", "1")], {"1": "?"}),
    "a code that is a number": (
        [of("Condition", "1", code={"coding": [{"system": SCT, "code": 386661006}]})],
        {"1": "?"},
    ),
}
"""Bundles, with what must become of each entry, by its id."""


OPENING = [
    patient("1961-03-02"),
    cond("pain", TP),
    cond("legs", (ICD, "G82.2")),
    cond("gait", GAIT),
    report("film", FILM, FRACTURE),
]
"""The patient who opens the source article, as far as codes can state it."""

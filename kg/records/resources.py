"""Reads one entry of a record: what each kind of resource says of the patient, and when nothing of it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from kg.records.context import Context
from kg.records.elements import Concept, Resource, concept, concepts, part, parts, text, truth, when
from kg.records.record import RecordFact
from kg.records.statements import (
    Reading,
    answer,
    aside,
    measures,
    names_a_finding,
    quantity,
    refuted,
    stated,
    studies,
    unread,
)

Reader = Callable[[Resource, Context], Reading]

_OVER = frozenset({"inactive", "remission", "resolved"})
_ENDS = ("abatementDateTime", "abatementAge", "abatementPeriod", "abatementRange", "abatementString")
_CONFIRMED = frozenset({"confirmed"})
_ACTIVE = frozenset({"active", "recurrence", "relapse"})
_NOT_SURE = frozenset({"unconfirmed", "provisional", "differential", "presumed"})
_FINAL = frozenset({"final", "amended", "corrected", "appended", "available"})
_DONE = frozenset({"completed", "in-progress", "partial", "preliminary"})
"""States in which a study was done, and its result may still be awaited."""

_NOT_DONE = frozenset({"entered-in-error", "cancelled", "not-done", "preparation"})
_RAISED = frozenset({"POS", "A", "AA", "H", "HH", "HU", "DET"})
_NORMAL = frozenset({"NEG", "N", "ND"})


def condition(resource: Resource, context: Context) -> Reading:
    """A problem or diagnosis."""
    verified, clinical = (concept(resource, name).values for name in ("verificationStatus", "clinicalStatus"))
    what = concept(resource, "code")
    if "entered-in-error" in verified:
        return aside("entered in error")
    if "refuted" in verified:
        return refuted(what, context)
    if verified - _CONFIRMED or clinical - _OVER - _ACTIVE:
        return _unsure(verified - _CONFIRMED, clinical - _OVER - _ACTIVE)
    if clinical & _OVER or any(name in resource for name in _ENDS):
        return stated(what, context, past=True)
    found = stated(what, context)
    return Reading.joined((found, _lasting(resource, found, context)))


def _unsure(verified: frozenset[str], clinical: frozenset[str]) -> Reading:
    """Something is suspected only, or its state is not one that FHIR knows."""
    if suspected := sorted(verified & _NOT_SURE):
        return unread(f"{suspected[0]}: suspected, and not known")
    return unread(f"a state that FHIR does not know: {min(verified | clinical) or 'none'}")


def _lasting(resource: Resource, found: Reading, context: Context) -> Reading:
    """How long the pain has lasted, if a complaint states a day on which it began."""
    complaint = next((fact for fact in found.facts if fact.word in context.complaints), None)
    measure = context.measures.get("pain-duration-weeks")
    began = when(resource, "onsetDateTime")
    if complaint is None or measure is None or began is None or began[0] > context.today:
        return Reading()
    if (began[1] - began[0]).days > 1:
        return unread("the day on which it began is not said exactly enough for its duration")
    weeks = round((context.today - began[0]).days / 7, 1)
    if weeks > measure.highest:
        return Reading()
    return Reading((RecordFact("measured", "pain-duration-weeks", f"onset of {complaint.word}", weeks),))


def observation(resource: Resource, context: Context) -> Reading:
    """A finding, an answer or a number, and its components."""
    status = text(resource, "status")
    if status in ("entered-in-error", "cancelled"):
        return aside(status.replace("-", " "))
    if status not in ("final", "amended", "corrected"):
        return unread(f"{status or 'without status'}: not final")
    if "focus" in resource:
        return aside("of something else than the patient")
    days = when(resource, "effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")
    every = [resource, *parts(resource, "component")]
    readings = [_observed(each, context, days) for each in every]
    if len(every) > 1 and not _has_value(resource):
        readings = readings[1:]  # a panel has no value of its own
    return Reading.joined(readings)


def _has_value(data: Resource) -> bool:
    return any(name.startswith("value") for name in data) or "interpretation" in data or "dataAbsentReason" in data


def _observed(data: Resource, context: Context, days: tuple[date, date] | None) -> Reading:
    what = concept(data, "code")
    if "dataAbsentReason" in data:
        return aside("no value")
    said = truth(data, "valueBoolean")
    if said is not None:
        return stated(what, context) if said else refuted(what, context)
    if "valueCodeableConcept" in data:
        return _coded_value(what, concept(data, "valueCodeableConcept"), context)
    marked = {code for each in concepts(data, "interpretation") for code in each.values}
    if "valueQuantity" in data and (named := measures(what, context)):
        return _measured(part(data, "valueQuantity"), named, context, days)
    if marked & _RAISED and not marked & _NORMAL:
        return stated(what, context)
    if marked & _NORMAL and not marked & _RAISED:
        return refuted(what, context)
    reasons, without = context.why_not(what)
    if without:
        return aside(without)
    if any(name.startswith("value") for name in data):
        return unread(*(reasons or ("a value that says neither yes nor no",)))
    return unread("no value that says yes or no")


def _coded_value(what: Concept, value: Concept, context: Context) -> Reading:
    said = answer(value)
    if said is not None:
        return stated(what, context) if said else refuted(what, context)
    if names_a_finding(what):
        return stated(value, context)
    _, without = context.why_not(what)
    return aside(without) if without else unread("a coded value that says neither yes nor no")


def _measured(value: Resource, named: Mapping[str, str], context: Context, days: tuple[date, date] | None) -> Reading:
    if days is not None and days[1] < context.since:
        return aside(f"a number from before this episode, which begins on {context.since}")
    if days is not None and days[0] > context.today:
        return unread("a number from the future")
    on = None if days is None else days[0]
    return Reading.joined(quantity(value, word, because, context, on) for word, because in named.items())


def study(resource: Resource, context: Context) -> Reading:
    """An imaging study, its report, or a procedure that is one."""
    named = _named_study(resource)
    words = studies(named, context)
    status = text(resource, "status")
    if status in _NOT_DONE:
        return aside(f"{status.replace('-', ' ')}: not counted as done")
    if not words:
        if resource.get("resourceType") == "Procedure":
            return _operation(named, status, context)
        reasons, without = context.why_not(named)
        return Reading(unread=reasons, aside=without)
    if status not in _FINAL | _DONE:
        return unread(f"{status or 'without status'}: whether the study was done is not known")
    if len(words) > 1:
        return unread("codes that name different studies")
    return _done(resource, context, *next(iter(words.items())))


def _named_study(resource: Resource) -> Concept:
    if resource.get("resourceType") != "ImagingStudy":
        return concept(resource, "code")
    codes = concepts(resource, "procedureCode")
    return Concept(tuple(c for each in codes for c in each.codings), "".join(each.text for each in codes[:1]))


def _operation(what: Concept, status: str, context: Context) -> Reading:
    """A procedure that is no study, such as an operation: that it was done may be a finding."""
    if status not in ("completed", "in-progress"):
        return unread(f"{status or 'without status'}: whether it was done is not known")
    return stated(what, context)


def _done(resource: Resource, context: Context, word: str, because: str) -> Reading:
    names = ("effectiveDateTime", "effectivePeriod", "started", "performedDateTime", "performedPeriod", "issued")
    days = when(resource, *names)
    if days is None:
        return unread(f"{word} without a date: whether it belongs to this episode is not known")
    if days[1] < context.since:
        return aside(f"{word} of {days[1]}, before this episode, which begins on {context.since}")
    if days[0] < context.since:
        return unread(f"{word}: its date does not say whether it belongs to this episode")
    if days[0] > context.today:
        return unread(f"{word} of {days[0]}, which is in the future")
    shown = Reading()
    if text(resource, "status") in _FINAL:
        shown = Reading.joined(stated(each, context, seen=True) for each in concepts(resource, "conclusionCode"))
        if text(resource, "conclusion") and "conclusionCode" not in resource:
            shown = unread("its conclusion is text, which is not read: the result is not recorded")
    elif resource.get("resourceType") == "DiagnosticReport":
        shown = unread(f"{text(resource, 'status')}: its result is awaited")
    seen = tuple(dict.fromkeys(fact.word for fact in shown.facts))
    return Reading((RecordFact("performed", word, because, seen=seen, on=days[0]),), shown.unread)


def allergy(resource: Resource, context: Context) -> Reading:
    """An allergy or intolerance."""
    verified, clinical = (concept(resource, name).values for name in ("verificationStatus", "clinicalStatus"))
    what = concept(resource, "code")
    if "entered-in-error" in verified:
        return aside("entered in error")
    if "refuted" in verified:
        return refuted(what, context)
    if verified - _CONFIRMED or clinical - _OVER - _ACTIVE:
        return _unsure(verified - _CONFIRMED, clinical - _OVER - _ACTIVE)
    if clinical & _OVER:
        return aside("it is over")
    return stated(what, context)


def device(resource: Resource, context: Context) -> Reading:
    """A device in or at the patient."""
    status = text(resource, "status")
    if status in ("entered-in-error", "inactive"):
        return aside(status.replace("-", " "))
    if status not in ("active", ""):
        return unread(f"{status}: whether it is there is not known")
    return stated(concept(resource, "type"), context)


def order(resource: Resource, context: Context) -> Reading:
    """An order of a study, and why it is ordered."""
    status = text(resource, "status")
    if truth(resource, "doNotPerform"):
        return aside("an order not to do it")
    if status in ("revoked", "entered-in-error", "completed", "on-hold"):
        return aside(f"{status.replace('-', ' ')}: no order")
    if status not in ("draft", "active"):
        return unread(f"{status or 'without status'}: whether it is an order is not known")
    what = concept(resource, "code")
    words = studies(what, context)
    reasons = Reading.joined(stated(each, context) for each in concepts(resource, "reasonCode"))
    if len(words) != 1:
        why, without = context.why_not(what)
        if words:
            why = ("codes that name different studies",)
        return Reading.joined((reasons, Reading(unread=() if without and not words else why, aside=without)))
    ((word, because),) = words.items()
    return Reading.joined((Reading((RecordFact("order", word, because),)), reasons))


def encounter(resource: Resource, context: Context) -> Reading:
    """A visit, and why the patient came."""
    if text(resource, "status") in ("entered-in-error", "cancelled", "planned"):
        return aside(f"{text(resource, 'status').replace('-', ' ')}: no visit")
    reasons = concepts(resource, "reasonCode")
    if not reasons:
        return aside("a visit without a coded reason")
    return Reading.joined(stated(each, context) for each in reasons)


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "Condition": condition,
        "Observation": observation,
        "Procedure": study,
        "ImagingStudy": study,
        "DiagnosticReport": study,
        "AllergyIntolerance": allergy,
        "Device": device,
        "ServiceRequest": order,
        "Encounter": encounter,
    }
)
"""How each kind of resource is read; that of the patient, and answers to a questionnaire, are read apart."""

NEVER = MappingProxyType(
    {
        "FamilyMemberHistory": "of a relative, not of the patient",
        "RelatedPerson": "of a relative, not of the patient",
        **dict.fromkeys(
            (
                "Organization",
                "Practitioner",
                "PractitionerRole",
                "Location",
                "Endpoint",
                "CareTeam",
                "HealthcareService",
            ),
            "says who or where, and nothing of the patient",
        ),
        **dict.fromkeys(
            ("Account", "Claim", "ClaimResponse", "Coverage", "ExplanationOfBenefit", "Consent", "Provenance"),
            "says nothing of how the patient is",
        ),
        **dict.fromkeys(
            ("Appointment", "Schedule", "Slot", "AuditEvent", "Composition", "Immunization", "Specimen", "Medication"),
            "says nothing of how the patient is",
        ),
    }
)
"""Kinds of resources that say nothing that any rule could look at, and why."""

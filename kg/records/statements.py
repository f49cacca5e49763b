"""What coded statements of an entry say: present, absent, measured, or why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kg.records.context import Context
from kg.records.elements import Coding, Concept, MisshapenError, Resource, part, text
from kg.records.record import RecordFact
from kg.records.units import converted

UCUM = "http://unitsofmeasure.org"

_SNOMED, _LOINC = "http://snomed.info/sct", "http://loinc.org"
_YES_NO = "http://terminology.hl7.org/CodeSystem/v2-0136"
YES = frozenset(
    {(_SNOMED, "373066001"), (_SNOMED, "52101004"), (_SNOMED, "10828004"), (_LOINC, "LA33-6"), (_LOINC, "LA9633-4")}
    | {(_YES_NO, "Y")}
)
"""Coded answers that say yes: yes, present, positive."""

NO = frozenset(
    {(_SNOMED, "373067005"), (_SNOMED, "2667000"), (_SNOMED, "260385009"), (_LOINC, "LA32-8"), (_LOINC, "LA9634-2")}
    | {(_YES_NO, "N")}
)
"""Coded answers that say no: no, absent, negative."""

NAMES_A_FINDING = frozenset(
    {(_LOINC, "75325-1"), (_LOINC, "75321-0"), (_LOINC, "29308-4"), (_LOINC, "10154-3"), (_LOINC, "8661-1")}
    | {(_SNOMED, "404684003"), (_SNOMED, "418799008"), (_SNOMED, "409586006")}
)
"""What is observed, where its value names the finding: a symptom, a clinical finding, a diagnosis, the complaint."""


@dataclass(frozen=True)
class Reading:
    """What was read of an entry.

    Attributes:
        facts: What it says.
        unread: What was not understood and could matter, one reason each.
        aside: Why nothing of it holds now, or has a meaning here.
    """

    facts: tuple[RecordFact, ...] = ()
    unread: tuple[str, ...] = ()
    aside: str = ""

    @classmethod
    def joined(cls, readings: Iterable[Reading]) -> Reading:
        """What several readings of one entry say together."""
        every = tuple(readings)
        facts = tuple(dict.fromkeys(fact for each in every for fact in each.facts))
        unread = tuple(dict.fromkeys(reason for each in every for reason in each.unread))
        return cls(facts, unread, "; ".join(dict.fromkeys(each.aside for each in every if each.aside)))


def aside(reason: str) -> Reading:
    """Nothing of the entry holds now, or has a meaning here."""
    return Reading(aside=reason)


def unread(*reasons: str) -> Reading:
    """Something was not understood that could matter."""
    return Reading(unread=reasons)


def stated(concept: Concept, context: Context, *, past: bool = False, seen: bool = False) -> Reading:
    """The findings that a concept states.

    Args:
        concept: The concept.
        context: What has to be known.
        past: What it states is over, so that only findings hold that count what is over.
        seen: It is what a study showed; otherwise a finding that only a study shows is not taken.
    """
    meanings = context.meanings(concept)
    if past and any(meaning.words("Finding") for meaning in meanings):
        words = {word: str(meaning.code) for meaning in meanings for word in meaning.lasting()}
        facts = tuple(RecordFact("present", word, because) for word, because in words.items())
        return Reading(facts) if facts else aside("it is over: neither present now nor absent")
    words = {word: str(meaning.code) for meaning in meanings for word in meaning.words("Finding")}
    if not words:
        reasons, without = context.why_not(concept)
        return Reading(unread=reasons, aside=without)
    images = [word for word in words if word in context.images and not seen]
    facts = tuple(RecordFact("present", word, why) for word, why in words.items() if word not in images)
    return Reading(facts, tuple(f"{word} is seen on a study, and it is not said on which" for word in images))


def refuted(concept: Concept, context: Context) -> Reading:
    """The findings that a refuted concept rules out; what rules nothing out says nothing, and could not matter."""
    words = {
        word: str(meaning.code)
        for meaning in context.meanings(concept)
        for word in meaning.words("Finding", stated=False)
        if word not in context.images
    }
    if words:
        return Reading(tuple(RecordFact("absent", word, why) for word, why in words.items()))
    return aside("refuted, which rules out nothing here")


def studies(concept: Concept, context: Context) -> dict[str, str]:
    """The studies that a concept names, each with the code that names it."""
    return {word: str(m.code) for m in context.meanings(concept) for word in m.words("Procedure")}


def measures(concept: Concept, context: Context) -> dict[str, str]:
    """The measures that a concept names, each with the code that names it."""
    return {word: str(m.code) for m in context.meanings(concept) for word in m.words("Measure")}


def quantity(data: Resource, word: str, because: str, context: Context, on: date | None) -> Reading:
    """A number of a measure.

    Args:
        data: The quantity.
        word: The measure.
        because: The code that names it.
        context: What has to be known.
        on: When it was taken.
    """
    value = data.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = "the value of a quantity is no number"
        raise MisshapenError(message)
    if text(data, "comparator"):
        return unread("a number that is only a bound")
    measure = context.measures[word]
    unit = text(data, "code") if text(data, "system") == UCUM else ""
    found = converted(Decimal(str(value)), unit, measure.unit) if unit and abs(value) < _LIMIT else None
    if found is None:
        given = unit or text(data, "unit") or "no unit"
        return unread(f"a number of {word} in {given}, which cannot be read as {measure.unit}")
    if not measure.lowest <= found <= measure.highest:
        return unread(f"a number of {word} that none can have")
    return Reading((RecordFact("measured", word, because, float(found), on=on),))


_LIMIT = 10**12


def answer(concept: Concept) -> bool | None:
    """Whether a coded answer says yes or no; None if it says something else."""
    given = {(coding.system, coding.code) for coding in concept.codings}
    if bool(given & YES) == bool(given & NO):
        return None
    return bool(given & YES)


def names_a_finding(observed: Concept) -> bool:
    """Whether the value of what is observed is the name of a finding."""
    return any((coding.system, coding.code) in NAMES_A_FINDING for coding in observed.codings)


def coding_of(data: Resource, name: str) -> Concept:
    """An element that is a single Coding, as a concept."""
    found: Any = part(data, name)
    return Concept((Coding(text(found, "system"), text(found, "code"), text(found, "display")),), "")

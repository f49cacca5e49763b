"""What has to be known to read an entry: the codes, the measures, the patient, and the window of the episode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from kg.knowledge.codes.meaning import Codes, Meaning
from kg.knowledge.codes.spelling import Code
from kg.knowledge.sparql.iris import slug
from kg.records.elements import Coding, Concept

if TYPE_CHECKING:
    from kg.patient.assess.assessor import Assessor


@dataclass(frozen=True)
class Measure:
    """A measure.

    Attributes:
        unit: Its unit, as a code of UCUM.
        words: Its unit in words.
        lowest: The least number that can be one of it.
        highest: The greatest.
    """

    unit: str
    words: str
    lowest: Decimal
    highest: Decimal


@dataclass(frozen=True)
class Context:
    """What has to be known to read an entry.

    Attributes:
        codes: What codes imply.
        measures: The measures, by word.
        complaints: Findings that a patient comes with: when one began says how long the pain has lasted.
        images: Findings that are seen on a study: stated without one, it is not known on which.
        today: The day on which the record is read.
        since: The first day of the episode.
        patient: How the record refers to its patient.
    """

    codes: Codes
    measures: Mapping[str, Measure]
    complaints: frozenset[str]
    images: frozenset[str]
    today: date
    since: date
    patient: frozenset[str] = frozenset()

    @classmethod
    def of(cls, guide: Assessor, today: date, since: date) -> Context:
        """Look up what a guide knows.

        Args:
            guide: The guide.
            today: The day on which the record is read.
            since: The first day of the episode.
        """
        rows, states = guide.core.record_terms
        measures = {
            slug(row["measure"]): Measure(
                row["unit"], row["unitLabel"], Decimal(row["lowest"]), Decimal(row["highest"])
            )
            for row in rows
        }
        complaints = frozenset(slug(row["finding"]) for row in states if row["complaint"] == "true")
        images = frozenset(slug(row["finding"]) for row in states if row["image"] == "true")
        return cls(guide.core.codes, measures, complaints, images, today, since)

    def meanings(self, concept: Concept) -> tuple[Meaning, ...]:
        """What the codes of a concept mean, those of known systems."""
        found = (self._code(coding) for coding in concept.codings)
        return tuple(self.codes.meaning(code) for code in found if code)

    def _code(self, coding: Coding) -> Code | None:
        system = self.codes.systems.of_uri(coding.system)
        return Code(system, coding.code) if system and coding.code.strip() else None

    def why_not(self, concept: Concept, *, stated: bool = True) -> tuple[tuple[str, ...], str]:
        """Why a concept says nothing.

        Args:
            concept: The concept.
            stated: It is stated; otherwise it is refuted.

        Returns:
            What was not understood, one reason each; or else why it has no meaning here.
        """
        if not concept.codings:
            return (("only text, which is not read" if concept.text else "no code"),), ""
        meanings = self.meanings(concept)
        if without := next((meaning.without for meaning in meanings if meaning.without), ""):
            return (), without
        known = {meaning.code.value: meaning for meaning in meanings}
        return tuple(
            f"{known[coding.code].code}: {known[coding.code].why_not(stated=stated)}"
            if coding.code in known
            else f"{coding.code or 'no code'} is of {coding.system or 'no system'}, whose codes are not known here"
            for coding in concept.codings
        ), ""

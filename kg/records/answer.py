"""The answer for a record: what was not understood comes first, and what it could change is not claimed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from kg.knowledge.content.terms import Term
from kg.knowledge.sparql.iris import BASE
from kg.patient.assess.answer import Answer
from kg.patient.reasons.order import OrderCheck, check_order
from kg.records.reading import read_record
from kg.records.record import Record
from kg.shown import Shown

if TYPE_CHECKING:
    from kg.patient.assess.assessor import Assessor

NEEDS_INFORMATION = "needs-information"

CLAIMS = ("no-criteria-apply", "no-imaging", "pathway-complete")
"""Outcomes that say that nothing is to be done; what was not understood could make them wrong."""

URGENCY_OPEN = "not settled: what was not understood may make it urgent"
"""Said in the place of an urgency while no rule of urgency holds and something was not understood."""

ORDER_OPEN = "cannot be judged yet"
"""The verdict on an order while something was not understood."""


@dataclass(frozen=True, repr=False)
class RecordAnswer(Shown):
    """The answer for a record.

    Attributes:
        record: The record that was read.
        answer: The answer for its case; its outcome is ``needs-information`` where it would be a claim that nothing is
            to be done while something was not understood.
        order: What is to be said of the order in the record; None if there is none, or if it cannot be judged yet.
    """

    record: Record
    answer: Answer
    order: OrderCheck | None

    @property
    def understood(self) -> bool:
        """Whether everything in the record that could matter was understood."""
        return not self.record.unread

    @property
    def urgency(self) -> str:
        """How urgent it is, in words; never silent while something was not understood."""
        if self.answer.urgency:
            level = self.answer.urgency.level.label
            return level if self.understood else f"at least {level}"
        return "" if self.understood else URGENCY_OPEN

    @property
    def verdict(self) -> str:
        """What is to be said of the order; empty if none is in the record."""
        if self.order:
            return self.order.verdict
        ordered = self.answer.case.order is not None
        return ORDER_OPEN if ordered else ""

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data: the record with its three lists, and the answer in the form of its schema."""
        return {
            "record": self.record.to_dict(),
            "understood": self.understood,
            "urgency": self.urgency,
            "verdict": self.verdict,
            "answer": self.answer.to_dict(),
        }


def assess_record(
    bundle: object,
    guide: Assessor,
    *,
    today: date | None = None,
    since: date | None = None,
    set_aside: Collection[str] = (),
    lists_studies: bool | None = None,
    place: str = "the bundle",
) -> RecordAnswer:
    """Read a FHIR R4 bundle of one patient, and say which study comes next.

    Args:
        bundle: The bundle as plain data.
        guide: The guide.
        today: The day on which it is read; by default today.
        since: The first day of this episode; by default 90 days before.
        set_aside: Entries that a person looked at and that do not matter.
        lists_studies: Whether the bundle lists the studies that were done; as for ``read_record``.
        place: What to call the bundle in an error.

    Raises:
        CaseError: As for ``read_record``.
        KgError: As for ``Guide.assess``, of what the record states together.
    """
    record = read_record(
        bundle, guide, today=today, since=since, set_aside=set_aside, lists_studies=lists_studies, place=place
    )
    return answer_of(record, guide)


def answer_of(record: Record, guide: Assessor) -> RecordAnswer:
    """The answer for a record that was read; nothing is claimed that what was not understood could change.

    Raises:
        KgError: As for ``Guide.assess``.
    """
    order = record.case.order
    if order is not None and not record.unread:
        check = check_order(guide, record.case, order)
        return RecordAnswer(record, check.answer, check)
    answer = guide.assess(record.case)
    if record.unread and answer.outcome.id in CLAIMS:
        answer = replace(answer, outcome=_open(guide))
    return RecordAnswer(record, answer, None)


def _open(guide: Assessor) -> Term:
    """The outcome that something has to be known first."""
    label = guide.core.slice(frozenset()).lexicon.label(f"{BASE}scale/{NEEDS_INFORMATION}")
    return Term(NEEDS_INFORMATION, label)

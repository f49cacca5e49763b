"""A study that was done: which, when, and what it showed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kg.errors import CaseError, quoted, shown
from kg.patient.checked import checked_list, checked_object, checked_text, refuse_day, words

NOW = "now"
"""The date of a study that was done after everything that is stated."""


@dataclass(frozen=True)
class Performed:
    """A study that was done.

    Attributes:
        procedure: Its identifier, such as ``"radiography-thoracic-spine"``.
        present: Findings that it showed.
        absent: Findings that were looked for and not found. If both lists are empty, the result is not recorded.
        date: When it was done, as ``"2026-11-30"``; ``"now"`` for after everything that is stated; empty if unknown.
    """

    procedure: str
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    date: str = ""

    def before(self, day: str) -> bool:
        """Whether it was done before a day; False if its date is unknown.

        >>> Performed("mri-lumbar-spine", date="2026-11-01").before("2026-11-30")
        True
        """
        return self.date not in ("", NOW) and self.date < day  # ISO dates are in the order of their text


def performed_studies(performed: Iterable[Performed]) -> tuple[Performed, ...]:
    """The studies of a case, each checked."""
    if isinstance(performed, str) or not isinstance(performed, Iterable):
        message = f"performed must be a list of studies, not {shown(performed)}; write [Performed(...)]"
        raise CaseError(message)
    return tuple(_performed_study(study) for study in performed)


def _performed_study(study: object) -> Performed:
    if not isinstance(study, Performed):
        message = f"performed contains {shown(study)}, which is not a performed study; write Performed(...)"
        raise CaseError(message)
    procedure = checked_text("the procedure of a study must be an identifier", study.procedure)
    if study.date not in ("", NOW):
        refuse_day(f"the date of {quoted(procedure)}", study.date)
    return Performed(procedure, words("present", study.present), words("absent", study.absent), study.date)


def performed_of_data(data: object, place: str) -> Performed:
    """A study from plain data, as ``Case.from_dict`` reads it."""
    values = checked_object(data, ("procedure", "present", "absent", "date"), f"{place}, performed")
    if not isinstance(values.get("procedure"), str):
        message = f"{place}: each entry of performed needs a procedure"
        raise CaseError(message)
    present = words("present", checked_list(values.get("present", []), "present", place))
    absent = words("absent", checked_list(values.get("absent", []), "absent", place))
    return Performed(values["procedure"], present, absent, values.get("date", ""))

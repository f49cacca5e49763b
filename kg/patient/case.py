"""A case: one patient, this episode, now. Whatever it does not state is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from kg.documents import parse, read_text
from kg.errors import CaseError, quoted
from kg.knowledge.sparql.numbers import Number
from kg.patient.checked import (
    answered,
    checked_list,
    checked_object,
    checked_text,
    flag,
    numbers,
    one_of_each,
    onsets,
    refuse_both,
    words,
)
from kg.patient.performed import NOW, Performed, performed_of_data, performed_studies


@dataclass(frozen=True)
class Case:
    """One patient, this episode, now.

    In the place of an identifier a code of another system may stand, such as ``snomed:386661006``, or an IRI.

    Attributes:
        present: Findings stated to be present.
        absent: Findings stated to be absent.
        measured: Numbers by measure, in the unit of the measure (``age`` in years, ``pain-duration-weeks`` in weeks).
        performed: Studies that were done, with what they showed.
        order: The study that somebody intends to order.
        scenario: Scenarios that a person chose, such as ``"low-back-pain/lumbar-fracture-risk"``; without the topic
            where no other topic has the name.
        since: The day, as ``"2026-11-30"``, on which a finding began that is present. A study that was done before is
            history: it does not stand for one done now.
        assume_absent: Findings that are taken to be absent, with all their kinds, unless the case states them.
        presume: Whether what the content presumes holds for this case, such as that a study which is not listed was not
            performed. Switch it off for a record that is merely silent.
        note: Free text for people; no query reads it.

    >>> Case(present=["fever"], measured={"age": 70}).after("radiography-thoracic-spine").performed[0].procedure
    'radiography-thoracic-spine'
    """

    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    measured: Mapping[str, Number] = field(default_factory=dict)
    performed: tuple[Performed, ...] = ()
    order: str | None = None
    scenario: tuple[str, ...] = ()
    since: Mapping[str, str] = field(default_factory=dict)
    assume_absent: tuple[str, ...] = ()
    presume: bool = True
    note: str = ""

    def __init__(
        self,
        *,
        present: Iterable[str] = (),
        absent: Iterable[str] = (),
        measured: Mapping[str, Number] | None = None,
        performed: Iterable[Performed] = (),
        order: str | None = None,
        scenario: Iterable[str] = (),
        since: Mapping[str, str] | None = None,
        assume_absent: Iterable[str] = (),
        presume: bool = True,
        note: str = "",
    ) -> None:
        """Build a case; see the class for the arguments.

        Raises:
            CaseError: A value has the wrong type, an identifier is repeated, or a finding is both present and absent.
        """
        values: dict[str, Any] = {
            "present": words("present", present),
            "absent": words("absent", absent),
            "measured": numbers(measured if measured is not None else {}),
            "performed": performed_studies(performed),
            "order": checked_text("order must be the identifier of one study", order) if order is not None else None,
            "scenario": words("scenario", scenario),
            "since": onsets(since if since is not None else {}, present := words("present", present)),
            "assume_absent": words("assume_absent", assume_absent),
            "presume": flag("presume", presume),
            "note": checked_text("note must be text", note),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        refuse_both(self.present, self.absent, "the case")
        for study in self.performed:
            refuse_both(study.present, study.absent, f"the study {quoted(study.procedure)}")

    def __hash__(self) -> int:
        """Equal cases have equal hashes."""
        numbers = frozenset(self.measured.items())  # 65 and 65.0 are equal and have the same hash
        stated = (self.present, self.absent, numbers, self.performed, self.order, frozenset(self.since.items()))
        return hash((*stated, self.scenario, self.assume_absent, self.presume, self.note))

    def __reduce__(self) -> tuple[partial[Case], tuple[()]]:
        """Pickle and copy through the constructor, because the read-only view of the numbers cannot be pickled."""
        values = {part.name: getattr(self, part.name) for part in fields(self)}
        return partial(type(self), **{**values, "measured": dict(self.measured), "since": dict(self.since)}), ()

    def after(
        self, procedure: str, *, present: Iterable[str] = (), absent: Iterable[str] = (), date: str = NOW
    ) -> Case:
        """A new case in which one more study was done, with the findings that it showed and did not show.

        Args:
            procedure: The study.
            present: Findings that it showed.
            absent: Findings that were looked for and not found.
            date: When it was done, as in ``Performed``; by default after everything that is stated.

        >>> Case().after("radiography-thoracic-spine", present=["kyphosis"]).performed[0].present
        ('kyphosis',)
        """
        study = Performed(procedure, words("present", present), words("absent", absent), date)
        return replace(self, performed=(*self.performed, study))

    def with_facts(
        self,
        *,
        present: Iterable[str] = (),
        absent: Iterable[str] = (),
        measured: Mapping[str, Number] | None = None,
    ) -> Case:
        """A new case with more facts; a number that was given before is replaced.

        >>> Case(present=["fever"]).with_facts(absent=["night-pain"]).absent
        ('night-pain',)
        """
        return replace(
            self,
            present=(*self.present, *words("present", present)),
            absent=(*self.absent, *words("absent", absent)),
            measured={**self.measured, **(measured or {})},
        )

    def choosing(self, *scenarios: str) -> Case:
        """A new case for which a person chose more scenarios.

        Args:
            scenarios: Their names, such as ``"low-back-pain/lumbar-fracture-risk"``.

        >>> Case().choosing("fracture-risk").scenario
        ('fracture-risk',)
        """
        return replace(self, scenario=(*self.scenario, *scenarios))

    def assuming_absent(self, *findings: str) -> Case:
        """A new case that assumes findings absent, with all their kinds, unless it states them; the answer names them.

        Args:
            findings: Identifiers of findings, such as ``"red-flag"``.

        >>> Case().assuming_absent("red-flag").assume_absent
        ('red-flag',)
        """
        return replace(self, assume_absent=(*self.assume_absent, *findings))

    @classmethod
    def from_json(cls, text: str, place: str = "the case") -> Case:
        """Read a case from JSON text.

        Args:
            text: JSON in the form of ``kg/schemas/case.schema.json``.
            place: What to call the text in an error, such as its file name.

        Raises:
            CaseError: The text is not JSON, or not a case.

        >>> Case.from_json('{"present": ["fever"]}').present
        ('fever',)
        """
        return cls.from_dict(parse(text, place, CaseError, "case"), place)

    @classmethod
    def read(cls, path: Path | str) -> Case:
        """Read a case from a JSON file in UTF-8.

        Raises:
            CaseError: The file cannot be read or is not a case.
        """
        return cls.from_json(read_text(path, CaseError, "case"), str(path))

    @classmethod
    def from_dict(cls, data: object, place: str = "the case") -> Case:
        """Read a case from plain data with the same keys as the JSON form.

        Args:
            data: A dictionary. Besides the attributes of a case it may have ``questions``, as a template has them:
                true, false, a number or None by finding or measure; None says nothing.
            place: What to call the data in an error.

        Raises:
            CaseError: A key is unknown, or a value has the wrong type.

        >>> Case.from_dict({"measured": {"age": 65}}).measured["age"]
        65
        >>> Case.from_dict({"questions": {"fever": True, "chills": False, "night-pain": None}}).to_dict()
        {'present': ['fever'], 'absent': ['chills']}
        """
        values = checked_object(data, (*(part.name for part in fields(cls)), "questions"), place)
        present, absent, measured = answered(values.get("questions", {}), place)
        if "order" in values and values["order"] is None:
            message = f"{place}: order must be the identifier of one study, not null; leave the key out"
            raise CaseError(message)
        try:
            studies = [
                performed_of_data(study, place)
                for study in checked_list(values.get("performed", []), "performed", place)
            ]
            return cls(
                present=[*checked_list(values.get("present", []), "present", place), *present],
                absent=[*checked_list(values.get("absent", []), "absent", place), *absent],
                measured=one_of_each(checked_object(values.get("measured", {}), None, f"{place}, measured"), measured),
                performed=studies,
                order=values.get("order"),
                scenario=checked_list(values.get("scenario", []), "scenario", place),
                since=checked_object(values.get("since", {}), None, f"{place}, since"),
                assume_absent=checked_list(values.get("assume_absent", []), "assume_absent", place),
                presume=values.get("presume", True),
                note=values.get("note", ""),
            )
        except CaseError as error:
            if str(error).startswith(place):
                raise
            message = f"{place}: {error}"
            raise CaseError(message) from error

    def to_dict(self) -> dict[str, Any]:
        """The case as a dictionary without empty entries; ``Case.from_dict`` reads it back.

        >>> Case(absent=["fever"]).to_dict()
        {'absent': ['fever']}
        """
        data: dict[str, Any] = {
            "present": list(self.present),
            "absent": list(self.absent),
            "measured": {key: _plain_case(value) for key, value in self.measured.items()},
            "performed": [
                {
                    "procedure": study.procedure,
                    **({"present": list(study.present)} if study.present else {}),
                    **({"absent": list(study.absent)} if study.absent else {}),
                    **({"date": study.date} if study.date else {}),
                }
                for study in self.performed
            ],
            "order": self.order,
            "scenario": list(self.scenario),
            "since": dict(self.since),
            "assume_absent": list(self.assume_absent),
            "note": self.note,
        }
        kept = {key: value for key, value in data.items() if value}
        return kept if self.presume else {**kept, "presume": False}


def _plain_case(value: Number) -> int | float:
    return value if isinstance(value, int | float) else float(value)

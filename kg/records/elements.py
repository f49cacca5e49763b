"""The parts of FHIR R4 resources as plain data, each checked when it is read: whoever wrote them may have erred."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

Resource = Mapping[str, Any]
"""A resource or a part of one, as JSON gives it."""


class MisshapenError(ValueError):
    """A part of a resource is not what FHIR R4 says; the message names the part, and nothing of its content."""


def part(data: Resource, name: str) -> Resource:
    """An element that is an object; empty if it is not there."""
    value = data.get(name, {})
    if not isinstance(value, dict):
        message = f"{name} is no object"
        raise MisshapenError(message)
    return value


def parts(data: Resource, name: str) -> tuple[Resource, ...]:
    """An element that is a list of objects; empty if it is not there."""
    value = data.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        message = f"{name} is no list of objects"
        raise MisshapenError(message)
    return tuple(value)


def text(data: Resource, name: str) -> str:
    """An element that is text; empty if it is not there."""
    value = data.get(name, "")
    if not isinstance(value, str):
        message = f"{name} is no text"
        raise MisshapenError(message)
    return value


def truth(data: Resource, name: str) -> bool | None:
    """An element that is true or false; None if it is not there."""
    if name not in data:
        return None
    value = data[name]
    if not isinstance(value, bool):
        message = f"{name} is neither true nor false"
        raise MisshapenError(message)
    return value


@dataclass(frozen=True)
class Coding:
    """One code of a concept, as the record writes it.

    Attributes:
        system: The URI of its system; empty if none is given.
        code: The code.
        display: Its name in the record.
    """

    system: str
    code: str
    display: str

    def __str__(self) -> str:
        """Its name, or else the code with its system."""
        return self.display or f"{self.code or 'no code'} ({self.system or 'no system'})"


@dataclass(frozen=True)
class Concept:
    """What is meant, in one or more codes that all say the same.

    Attributes:
        codings: The codes.
        text: The same in words.
    """

    codings: tuple[Coding, ...]
    text: str

    def __str__(self) -> str:
        """What a person reads for it."""
        return self.text or "; ".join(map(str, self.codings)) or "nothing"

    @property
    def values(self) -> frozenset[str]:
        """The codes alone, for the small lists of states that FHIR itself defines."""
        return frozenset(coding.code for coding in self.codings)


def concept(data: Resource, name: str) -> Concept:
    """An element that is a CodeableConcept; without codes and text if it is not there."""
    return _concept(part(data, name))


def concepts(data: Resource, name: str) -> tuple[Concept, ...]:
    """An element that is a list of CodeableConcepts."""
    return tuple(map(_concept, parts(data, name)))


def _concept(data: Resource) -> Concept:
    codings = (Coding(text(c, "system"), text(c, "code"), text(c, "display")) for c in parts(data, "coding"))
    return Concept(tuple(codings), text(data, "text"))


_DAY = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T.*)?)?)?", re.DOTALL)


def days(written: str) -> tuple[date, date] | None:
    """The first and the last day that a date may mean: a year may be any of its days.

    Raises:
        MisshapenError: It is no date.

    >>> days("2026-02")
    (datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))
    >>> days("") is None
    True
    """
    if not written:
        return None
    found = _DAY.fullmatch(written.strip())
    try:
        if found is None:
            raise ValueError(written)
        year, month, day = (int(each) if each else None for each in found.groups())
        if year is None:
            raise ValueError(written)
        last = month or 12
        first_day = date(year, month or 1, day or 1)
        return first_day, date(year, last, day or calendar.monthrange(year, last)[1])
    except ValueError as error:
        message = "a date is none"
        raise MisshapenError(message) from error


def when(data: Resource, *names: str) -> tuple[date, date] | None:
    """The days of the first of some elements that is there; of a period, its end or else its start."""
    for name in names:
        if name not in data:
            continue
        if name.endswith("Period"):
            period = part(data, name)
            return days(text(period, "end") or text(period, "start"))
        return days(text(data, name))
    return None


def place_of(resource: Resource, number: int) -> str:
    """How an entry is named: by its type and id, or by its number in the bundle, from 1."""
    kind, own = resource.get("resourceType"), resource.get("id")
    name = kind if isinstance(kind, str) and kind else "resource"
    return f"{name}/{own}" if isinstance(own, str) and own else f"{name} (entry {number})"

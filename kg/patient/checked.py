"""Checks the values of a case: each is what it must be, or refused with the place and the cure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any

from kg.errors import CaseError, did_you_mean, listed, nearest, quoted, shown
from kg.knowledge.sparql.numbers import Number, usable


def checked_text(rule: str, value: object) -> str:
    """Text, or a refusal that says the rule."""
    if not isinstance(value, str):
        message = f"{rule}, not {shown(value)}"
        raise CaseError(message)
    return value


def onsets(since: Mapping[str, str], present: tuple[str, ...]) -> Mapping[str, str]:
    """The day on which each of some findings began; each must be among those present."""
    if not isinstance(since, Mapping):
        message = f"since must map findings to days, not be {shown(since)}; write {{'FINDING': '2026-11-30'}}"
        raise CaseError(message)
    for finding, day in since.items():
        if finding not in present:
            message = f"since gives a day for {shown(finding)}, which is not among the findings present; state it there"
            raise CaseError(message)
        refuse_day(f"since of {quoted(finding)}", day)
    return MappingProxyType(dict(since))


def refuse_day(what: str, day: object) -> None:
    """Refuse what is no day of the calendar, written as ISO 8601 does."""
    try:
        if isinstance(day, str) and date.fromisoformat(day).isoformat() == day:
            return
    except ValueError:
        pass
    message = f"{what} must be a day such as '2026-11-30', not {shown(day)}"
    raise CaseError(message)


def flag(name: str, value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        message = f"{name} must be true or false, not {shown(value)}"
        raise CaseError(message)
    return value


def words(name: str, words: Iterable[str]) -> tuple[str, ...]:
    """Identifiers, each once."""
    if isinstance(words, str) or not isinstance(words, Iterable):
        message = f"{name} must be a list of identifiers, not {shown(words)}; put it in a list"
        raise CaseError(message)
    result: dict[str, None] = {}
    for word in words:
        if not isinstance(word, str):
            message = f"{name} contains {shown(word)}, which is not an identifier; write it as text"
            raise CaseError(message)
        if word in result:
            message = f"{name} names {quoted(word)} twice; keep one"
            raise CaseError(message)
        result[word] = None
    return tuple(result)


def numbers(measured: Mapping[str, Number]) -> Mapping[str, Number]:
    """Numbers by measure, as a view that nobody can change."""
    if not isinstance(measured, Mapping):
        message = f"measured must map names to numbers, not be {shown(measured)}; write {{'MEASURE': 65}}"
        raise CaseError(message)
    return MappingProxyType(
        {checked_text("each key of measured must be an identifier", k): _number(k, v) for k, v in measured.items()}
    )


def _number(name: str, value: object) -> Number:
    number = _plain_number(value)
    if number is None:
        message = f"measured {quoted(name)} is {shown(value)}, which is not a number; write a number such as 65"
        raise CaseError(message)
    if not usable(number):
        message = f"measured {quoted(name)} is too large; write a number below 10 to the power of 15"
        raise CaseError(message)
    return number


def _plain_number(value: object) -> Number | None:
    """Convert a number of any type, such as one of numpy's, to one of Python's; None for a truth value or NaN."""
    if isinstance(value, Decimal):
        return None if value.is_nan() else value
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    if isinstance(value, Integral):
        return int(value)
    try:
        number = float(value)
    except OverflowError:  # a fraction that is too large for a float
        return math.inf
    return None if math.isnan(number) else number


def refuse_both(present: tuple[str, ...], absent: tuple[str, ...], where: str) -> None:
    """Refuse a finding that is both present and absent."""
    both = sorted(set(present) & set(absent))
    if both:
        message = f"{where} says that {listed(both)} is both present and absent; keep one"
        raise CaseError(message)


def checked_object(data: object, known: tuple[str, ...] | None, place: str) -> dict[str, Any]:
    """A dictionary; with ``known``, one that has no other keys."""
    if not isinstance(data, dict):
        message = f"{place}: must be an object with keys, not {type(data).__name__}"
        raise CaseError(message)
    for key in data:
        if known is not None and key not in known:
            cure = did_you_mean(nearest(str(key), known, most=1), f"the keys are {listed(known)}")
            message = f"{place}: unknown key {quoted(key)}; {cure}"
            raise CaseError(message)
    return data


def checked_list(value: object, name: str, place: str) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        message = f"{place}: {name} must be a list"
        raise CaseError(message)
    return value


def answered(questions: object, place: str) -> tuple[list[str], list[str], dict[str, Any]]:
    """What the filled-in questions of a template say.

    Args:
        questions: True, false, a number or None by finding or measure; None says nothing.
        place: What to call the case in an error.

    Returns:
        The findings present, the findings absent, and the numbers by measure.
    """
    said = checked_object(questions, None, f"{place}, questions")
    for word, value in said.items():
        if not isinstance(value, bool | int | float | Decimal | None):
            cure = "write true, false, a number for a measure, or null for unknown"
            message = f"{place}: the question {quoted(word)} is answered by {shown(value)}; {cure}"
            raise CaseError(message)
    present = [word for word, value in said.items() if value is True]
    absent = [word for word, value in said.items() if value is False]
    return present, absent, {w: v for w, v in said.items() if v is not None and not isinstance(v, bool)}


def one_of_each(measured: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers from two places; a measure may stand in one of them only."""
    twice = sorted(measured.keys() & more.keys())
    if twice:
        message = f"{listed(twice)} is given both as measured and as the answer to a question; keep one"
        raise CaseError(message)
    return {**measured, **more}

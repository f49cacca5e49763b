"""Converts quantities between units of UCUM; what cannot be converted for certain is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

Conversion = Callable[[Decimal], Decimal]

_WEEK = Decimal(7)
_YEAR = Decimal("365.25")
_MONTH = _YEAR / 12


def _times(factor: Decimal) -> Conversion:
    return lambda value: value * factor


_CONVERSIONS: Mapping[tuple[str, str], Conversion] = MappingProxyType(
    {
        ("[degF]", "Cel"): lambda value: (value - 32) * 5 / 9,
        ("K", "Cel"): lambda value: value - Decimal("273.15"),
        ("{beats}/min", "/min"): _times(Decimal(1)),
        ("1/min", "/min"): _times(Decimal(1)),
        ("/s", "/min"): _times(Decimal(60)),
        ("mo", "a"): _times(Decimal(1) / 12),
        ("wk", "a"): _times(_WEEK / _YEAR),
        ("d", "a"): _times(1 / _YEAR),
        ("d", "wk"): _times(1 / _WEEK),
        ("mo", "wk"): _times(_MONTH / _WEEK),
        ("a", "wk"): _times(_YEAR / _WEEK),
        ("h", "wk"): _times(1 / (_WEEK * 24)),
    }
)
"""From a unit to another; a year of UCUM has 365.25 days, and a month is a twelfth of it."""


def converted(value: Decimal, unit: str, wanted: str) -> Decimal | None:
    """A number in another unit.

    Args:
        value: The number.
        unit: Its unit, as a code of UCUM.
        wanted: The unit that is wanted.

    Returns:
        The number in that unit, to at most ten digits; None if the conversion is not known.

    >>> converted(Decimal("101.3"), "[degF]", "Cel"), converted(Decimal(3), "kg", "Cel")
    (Decimal('38.5'), None)
    """
    if unit == wanted:
        return value
    conversion = _CONVERSIONS.get((unit, wanted))
    return None if conversion is None else round(conversion(value), 6).normalize() + 0

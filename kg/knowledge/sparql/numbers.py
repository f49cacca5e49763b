"""Writes numbers that every engine reads in the same way.

Oxigraph keeps a decimal in 128 bits, with 18 decimal places. It does not treat a literal that does not fit as a number.
A comparison with such a literal is neither true nor false, so that the number would be in every range at once.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal

Number = int | float | Decimal

LIMIT = 10**15
"""Every number must be below this; a float of this size is still exact for whole numbers."""

_FINEST = -18
_WIDE = Context(prec=40, rounding=ROUND_DOWN)


def usable(number: Number) -> bool:
    """Whether a number is finite and small enough for ``lexical``.

    >>> [usable(number) for number in (65, 1e15, float("inf"), Decimal("sNaN"), 10**5000)]
    [True, False, False, False, False]
    """
    return not (isinstance(number, Decimal) and number.is_nan()) and -LIMIT < number < LIMIT


def lexical(number: Number) -> str:
    """Write a usable number as ``xsd:decimal``: without an exponent, and cut (not rounded) after 18 decimal places.

    >>> lexical(65), lexical(1e-07), lexical(1 / 365.25)
    ('65', '0.0000001', '0.002737850787132101')
    """
    exact = Decimal(str(number))
    finest = exact.as_tuple().exponent
    fits = isinstance(finest, int) and finest >= _FINEST
    return format(exact if fits else exact.quantize(Decimal(1).scaleb(_FINEST), context=_WIDE), "f")

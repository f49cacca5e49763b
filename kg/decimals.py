"""Numbers that every engine reads alike: Oxigraph keeps a decimal in 128 bits, 18 decimals among them.

A literal that does not fit is no number to it, and a comparison with what is no number counts as neither true nor
false, so that such a number would lie in every range at once.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal

Number = int | float | Decimal

LIMIT = 10**15
"""What a number must be smaller than; floats of this size still tell whole numbers apart."""

_FINEST = -18
_WIDE = Context(prec=40, rounding=ROUND_DOWN)


def usable(number: Number) -> bool:
    """Whether a number is finite and small enough.

    Args:
        number: Any number.

    Returns:
        True when ``lexical`` can write it.

    >>> [usable(number) for number in (65, 1e15, float("inf"), Decimal("sNaN"), 10**5000)]
    [True, False, False, False, False]
    """
    return not (isinstance(number, Decimal) and number.is_nan()) and -LIMIT < number < LIMIT


def lexical(number: Number) -> str:
    """Write a number as ``xsd:decimal``: never with an exponent, and cut, not rounded, after 18 decimals.

    Args:
        number: A usable number.

    Returns:
        The lexical form.

    >>> lexical(65), lexical(1e-07), lexical(1 / 365.25)
    ('65', '0.0000001', '0.002737850787132101')
    """
    exact = Decimal(str(number))
    finest = exact.as_tuple().exponent
    fits = isinstance(finest, int) and finest >= _FINEST
    return format(exact if fits else exact.quantize(Decimal(1).scaleb(_FINEST), context=_WIDE), "f")

"""Draws results as plain SVG: a web page, a vector editor and LaTeX read the same picture."""

from __future__ import annotations

from functools import singledispatch
from importlib import import_module

from kg.errors import ParameterError, shown

NARROWEST = 700
"""The least width of a picture in pixels; below it, boxes would be narrower than their longest word."""

_MODULES = ("answer", "pathway")
"""The modules that draw a class of result; each registers its function with ``drawn``."""


@singledispatch
def drawn(result: object, width: int) -> str:
    """The picture of a result.

    Raises:
        TypeError: No function is registered for its class.
    """
    message = f"a {type(result).__name__} has no picture"
    raise TypeError(message)


def svg(result: object, width: int) -> str:
    """Draw a result.

    Args:
        result: An answer or a pathway.
        width: The width of the picture in pixels.

    Raises:
        ParameterError: The width is not a whole number of at least ``NARROWEST``.
    """
    if not isinstance(width, int) or width < NARROWEST:
        message = f"width is {shown(width)}; give a whole number of pixels, {NARROWEST} or more"
        raise ParameterError(message)
    for module in _MODULES:
        import_module(f"kg.show.svg.{module}")
    return drawn(result, width)

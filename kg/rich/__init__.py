"""Results as HTML for a notebook. It carries words; what they mean is in the content."""

from __future__ import annotations

from functools import singledispatch
from importlib import import_module

from kg.rich.markup import Markup, page

_PARTS = ("card", "exploring", "reasons", "rows", "tables", "trees")
"""The modules that know how to show a class of result; each registers its functions with ``body``."""


@singledispatch
def body(result: object) -> Markup:
    """The HTML of a result without the style.

    Args:
        result: Any result.

    Returns:
        Markup.

    Raises:
        TypeError: Nobody said how to show such a thing.
    """
    message = f"a {type(result).__name__} has no rich form"
    raise TypeError(message)


def html(result: object) -> str:
    """A result as it shows itself in a notebook.

    Args:
        result: A result of the guide.

    Returns:
        HTML with its style.

    Raises:
        MissingPackageError: The result is a table, and the package for tables is not installed.
    """
    for part in _PARTS:
        import_module(f"kg.rich.{part}")
    return page(body(result))

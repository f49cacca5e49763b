"""Results as HTML for a notebook. It carries words; what they mean is in the content."""

from __future__ import annotations

from functools import singledispatch
from importlib import import_module

from kg.rich.markup import Markup, page

_PARTS = ("authoring", "card", "exploring", "reasons", "rows", "tables", "trees")
"""The modules that know how to show a class of result; each registers its functions with ``body``."""

_APART = {"kg.auditing": "audits", "kg.recheck": "rechecks", "kg.summary": "audits"}
"""The same for results whose own modules need packages that most users do without."""


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
    apart = _APART.get(type(result).__module__)
    for part in (*_PARTS, apart) if apart else _PARTS:
        import_module(f"kg.rich.{part}")
    return page(body(result))

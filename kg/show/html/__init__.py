"""Shows results as HTML for a notebook."""

from __future__ import annotations

from functools import singledispatch
from importlib import import_module

from kg.show.html.markup import Markup, page

_MODULES = ("authoring", "card", "exploring", "reasons", "rows", "tables", "trees")
"""The modules that show a class of result; each registers its functions with ``body``."""

_APART = {"kg.auditing.run": "audits", "kg.patient.evidence.recheck": "rechecks", "kg.auditing.summary": "audits"}
"""The same for results whose own modules need packages that most users do not have."""


@singledispatch
def body(result: object) -> Markup:
    """The HTML of a result, without the style.

    Raises:
        TypeError: No function is registered for its class.
    """
    message = f"a {type(result).__name__} has no rich form"
    raise TypeError(message)


def html(result: object) -> str:
    """The HTML of a result with its style, as a notebook shows it."""
    apart = _APART.get(type(result).__module__)
    for part in (*_MODULES, apart) if apart else _MODULES:
        import_module(f"kg.show.html.{part}")
    return page(body(result))

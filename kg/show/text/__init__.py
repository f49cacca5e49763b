"""Writes results as text of at most 80 columns."""

from __future__ import annotations

from functools import singledispatch
from importlib import import_module

from kg.errors import printable

_WRITERS = {
    "kg.auditing.run": "audits",
    "kg.auditing.summary": "audits",
    "kg.author.check": "authoring",
    "kg.author.edition_difference": "authoring",
    "kg.author.prove.proofs": "authoring",
    "kg.knowledge.ask.findings": "tables",
    "kg.knowledge.ask.ratings": "tables",
    "kg.knowledge.sparql.rows": "tables",
    "kg.patient.assess.answer": "answer",
    "kg.patient.evidence.capsule": "capsule",
    "kg.patient.evidence.recheck": "capsule",
    "kg.patient.reasons.difference": "reasons",
    "kg.patient.reasons.differential": "reasons",
    "kg.patient.reasons.order": "reasons",
    "kg.patient.reasons.why": "reasons",
    "kg.patient.what_if.pathway": "exploring",
    "kg.patient.what_if.questions": "exploring",
    "kg.patient.what_if.surface": "exploring",
}
"""The module here that writes the results of another module; it is imported when the first of them is written."""

_WITH_SCREENS = ("answer", "exploring", "reasons")
"""Of these, those that write all of a result; a module of the same name in ``screens`` writes its first screen."""


@singledispatch
def body(result: object) -> str:
    """The text of a result: its first screen, where there is more to say.

    Raises:
        TypeError: No writer is registered for its class.
    """
    message = f"a {type(result).__name__} has no text"
    raise TypeError(message)


@singledispatch
def whole(result: object, *parts: str) -> str:
    """All that a result says, or parts of it; the same as its text, unless that is a first screen."""
    return body(result)


@singledispatch
def heading(result: object) -> str:
    """A few words that name a result: the first line of its text, unless its writer registers others."""
    return body(result).partition("\n")[0]


def text(result: object) -> str:
    """Write a result for a person, in lines of at most 80 columns."""
    _import_writer(result)
    return printable(body(result))


def explained(result: object, *parts: str) -> str:
    """Write all that a result says for a person, or the parts of it that are named."""
    _import_writer(result)
    return printable(whole(result, *parts))


def title(result: object) -> str:
    """Name a result in one line, for a prompt or a debugger."""
    _import_writer(result)
    return printable(heading(result))


def _import_writer(result: object) -> None:
    if writer := _WRITERS.get(type(result).__module__):
        import_module(f"kg.show.text.{writer}")
        if writer in _WITH_SCREENS:
            import_module(f"kg.show.text.screens.{writer}")

"""Defines what a variable of a query may stand for while the case is still open.

When a query runs for one case, a variable is bound to a term. Here no case is given yet, so that a variable may also
stand for something that the case decides. In

    ?case ns:measured ?m . ?m ns:measure ns:age ; ns:value ?years . ?case ns:performed ?study

the variables stand for ``CASE``, ``Measurement(age)``, ``MeasuredNumber(age)`` and ``SomeStudy("?study")``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from kg.logic.circuit.gates import Literal
from kg.logic.circuit.inputs import PerformedInput
from kg.logic.compiler.patterns import PlainTerm, Unreadable


@dataclass(frozen=True)
class TheCase:
    """The case."""


@dataclass(frozen=True)
class Measurement:
    """The node in which a case states one measured number."""

    measure: str


@dataclass(frozen=True)
class SomeStudy:
    """A performed study; under this key, the row says what it must be like."""

    name: str


@dataclass(frozen=True)
class MeasuredNumber:
    """The number that was measured."""

    measure: str


@dataclass(frozen=True, eq=False)
class Aggregated:
    """The count, the least or the greatest of a group whose members each hold or not, depending on the case.

    Attributes:
        kind: ``"Count"``, ``"Min"`` or ``"Max"``.
        members: The number of each member, with the literal that says when it is in the group.
    """

    kind: str
    members: tuple[tuple[Decimal, Literal], ...]


CASE = TheCase()

BoundValue = (
    PlainTerm
    | TheCase
    | Measurement
    | SomeStudy
    | MeasuredNumber
    | Aggregated
    | Unreadable
    | PerformedInput
    | frozenset[str]
)

Bindings = Mapping[Any, BoundValue]
"""The value of each variable; and for each study, under the study itself, what it must be like."""

Solution = tuple[Bindings, tuple[Literal, ...]]
"""A row of a pattern, and the literals that must all hold for a case to have it."""


class Truth(NamedTuple):
    """When a test holds and when it fails; if it has no result, as with an unbound variable, neither is true."""

    yes: Literal
    no: Literal


def value_of(term: PlainTerm, row: Bindings) -> BoundValue | None:
    """What a term of a pattern stands for in a row; None for a variable that is not bound."""
    return row.get(term) if isinstance(term, str) and term.startswith("?") else term


def text_of(value: BoundValue) -> BoundValue:
    """``STR`` of a value."""
    if isinstance(value, str):
        return value, ""
    if isinstance(value, Decimal):
        return str(value), ""
    return (value[0], "") if isinstance(value, tuple) else Unreadable("STR of what a case says")

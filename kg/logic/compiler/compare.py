"""Works out when a comparison of two values holds: a constant, or a literal if the case decides one of the values.

Two values of the content are compared at once. A measured number and an aggregate depend on the case, so that comparing
them makes gates. For a measure that the content compares with 65, there are two inputs, *below* and *not above*, and

    ?years >= 65   holds if   not below(65)
    ?years = 65    holds if   not-above(65) and not below(65)

The greatest of a group is at least 2 if any member from 2 up holds; the least is if no member below 2 holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from kg.logic.circuit.gates import FALSE, TRUE, Builder, Literal
from kg.logic.circuit.inputs import Compared, MeasuredTwice
from kg.logic.compiler.patterns import Unreadable, refusal
from kg.logic.compiler.values import Aggregated, BoundValue, MeasuredNumber, Truth

_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def compared(make: Builder, sign: str, one: BoundValue, two: BoundValue) -> Truth:
    """When ``one sign two`` holds and when it fails.

    Args:
        make: Makes the gates.
        sign: ``"="``, ``"!="``, ``"<"``, ``"<="``, ``">"`` or ``">="``.
        one: The value on the left.
        two: The value on the right.

    Raises:
        NotCompiledError: A value cannot be read, or the comparison is one that a circuit cannot express.

    >>> compared(Builder(), ">=", Decimal(70), Decimal(65)) == Truth(TRUE, FALSE)
    True
    """
    for value in (one, two):
        if isinstance(value, Unreadable):
            raise refusal(value.clause, "comparisons of things, texts and numbers as they stand")
    if isinstance(two, MeasuredNumber | Aggregated) and not isinstance(one, MeasuredNumber | Aggregated):
        return compared(make, _MIRRORED[sign], two, one)
    if isinstance(one, MeasuredNumber):
        return _with_measured(make, sign, one, two)
    if isinstance(one, Aggregated):
        return _with_aggregated(make, sign, one, two)
    if type(one) is not type(two):
        return Truth(FALSE, TRUE) if sign == "=" else Truth(TRUE, FALSE) if sign == "!=" else Truth(FALSE, FALSE)
    if sign not in ("=", "!=") and not isinstance(one, Decimal | tuple):
        return Truth(FALSE, FALSE)
    holds = _SIGNS[sign](one, two)
    return Truth(TRUE, FALSE) if holds else Truth(FALSE, TRUE)


def _with_measured(make: Builder, sign: str, one: MeasuredNumber, two: BoundValue) -> Truth:
    """A measured number against a limit; the two questions about it that are inputs are *below* and *not above*."""
    if isinstance(two, MeasuredNumber) and two == one:
        differs = make.input(MeasuredTwice(one.measure))
        return Truth(differs, differs ^ 1) if sign in ("<", ">", "!=") else Truth(differs ^ 1, differs)
    if isinstance(two, MeasuredNumber | Aggregated):
        raise refusal("a comparison of a measured number", "it with a number of the content")
    if not isinstance(two, Decimal):
        return Truth(FALSE, FALSE)
    below = make.input(Compared(one.measure, "<", two))
    upto = make.input(Compared(one.measure, "<=", two))
    same = make.all([upto, below ^ 1])
    yes = {"<": below, "<=": upto, ">": upto ^ 1, ">=": below ^ 1, "=": same, "!=": same ^ 1}[sign]
    return Truth(yes, yes ^ 1)


def _with_aggregated(make: Builder, sign: str, one: Aggregated, two: BoundValue) -> Truth:
    """A count, the least or the greatest against a number; at least one member of the group holds."""
    if not isinstance(two, Decimal):
        raise refusal(f"a comparison of {one.kind.upper()}", "it with a number of the content")
    if one.kind == "Count":
        if sign not in ("=", "!="):
            raise refusal(f"COUNT {sign}", "COUNT for equality with a stored count")
        whole = two == two.to_integral_value()
        same = make.exactly(int(two), [holds for _, holds in one.members]) if whole else FALSE
        return Truth(same, same ^ 1) if sign == "=" else Truth(same ^ 1, same)
    at_least, above = (_reaches(make, one, two, beyond) for beyond in (False, True))
    same = make.all([at_least, above ^ 1])
    yes = {">=": at_least, ">": above, "<": at_least ^ 1, "<=": above ^ 1, "=": same, "!=": same ^ 1}[sign]
    return Truth(yes, yes ^ 1)


def _reaches(make: Builder, group: Aggregated, limit: Decimal, beyond: bool) -> Literal:
    """When the greatest, or the least, is at least the limit; with ``beyond``, when it is above the limit."""
    reached = [(number > limit if beyond else number >= limit, holds) for number, holds in group.members]
    if group.kind == "Max":
        return make.any(holds for reaches, holds in reached if reaches)
    return make.all(holds ^ 1 for reaches, holds in reached if not reaches)

"""Keeps the derive queries as they were read, beside the circuits compiled from them.

A query is read by rdflib, which takes half a second for all of them, and is needed for nothing else here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from kg.logic.circuit.kept import bytes_of, kept, of_bytes
from kg.logic.compiler import patterns as p

_CLASSES = {
    made.__name__: made
    for made in (
        *(p.Triples, p.Join, p.Union, p.Filter, p.Bind, p.Values, p.Aggregate, p.Grouped, p.Projected, p.DeriveRule),
        *(p.Compare, p.Every, p.Some, p.Not, p.Exists, p.Text, p.If, p.Unreadable),
    )
}

Rules = tuple[p.DeriveRule, ...]


def kept_rules(place: Path | None, make: Callable[[], Rules]) -> Rules:
    """Take the queries that were kept, or read them and keep them.

    Args:
        place: The file; None if nothing can be kept.
        make: Reads the queries.
    """
    return kept(place, make, bytes_of_rules, rules_of_bytes)


def bytes_of_rules(rules: Rules) -> bytes:
    """Queries as bytes.

    >>> from kg.logic.compiler.parse import rule
    >>> rules = (rule("x.rq", "CONSTRUCT { ?a <urn:q> 1 } WHERE { ?a <urn:p> ?b FILTER(?b != true) }"),)
    >>> rules_of_bytes(bytes_of_rules(rules)) == rules
    True
    """
    return bytes_of(_listed(rules))


def rules_of_bytes(data: bytes) -> Rules:
    """Queries from bytes.

    Args:
        data: What ``bytes_of_rules`` returns.

    Raises:
        ValueError: The bytes are something else, or were changed.
    """
    rules = _made(of_bytes(data))
    if not all(isinstance(rule, p.DeriveRule) for rule in rules):
        message = "not queries that were kept"
        raise ValueError(message)
    return tuple(rules)


def _listed(value: Any) -> Any:
    match value:
        case str() | bool():
            return value
        case tuple():
            return list(map(_listed, value))
        case Decimal():
            return {"Decimal": str(value)}
        case frozenset():
            return {"frozenset": sorted(value)}
    return {type(value).__name__: [_listed(getattr(value, field.name)) for field in fields(value)]}


def _made(data: Any) -> Any:
    match data:
        case str() | bool():
            return data
        case list():
            return tuple(map(_made, data))
        case {"Decimal": number}:
            return Decimal(number)
        case {"frozenset": names}:
            return frozenset(names)
    ((kind, parts),) = data.items()
    return _CLASSES[kind](*map(_made, parts))

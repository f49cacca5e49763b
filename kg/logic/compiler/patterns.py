"""Defines what a derive query may say: the plain values into which it is read before it becomes gates.

This is the part of SPARQL that a circuit can express: triples, joins, unions, filters, binds, values, and sub-selects
that count or take the least or the greatest. ``kg.logic.compiler.parse`` reads a query into these values. The query

    CONSTRUCT { ?case ns:best ?study } WHERE { ?case ns:pending ?study . FILTER NOT EXISTS { ?case ns:behind ?study } }

becomes this, where ``ns:`` stands for the whole namespace:

    DeriveRule(
        name="queries/derive/76-best.rq",
        head=(("?case", "ns:best", "?study"),),
        body=Filter(
            part=Triples((("?case", "ns:pending", "?study"),)),
            test=Not(Exists(Triples((("?case", "ns:behind", "?study"),)), frozenset({"?case", "?study"}))),
            scope=frozenset({"?case", "?study"}),
        ),
        given="",
    )
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from kg.errors import ContentError

PlainTerm = str | Decimal | bool | tuple[str, str]
"""An IRI; a variable, which begins with a question mark; a number; a truth value; a text with its language."""

Triple = tuple[PlainTerm, PlainTerm, PlainTerm]


class NotCompiledError(ContentError):
    """A query says something that a circuit cannot."""

    code = "not-compiled"


def refusal(clause: str, instead: str) -> NotCompiledError:
    """The error for a clause that a circuit cannot express.

    >>> str(refusal("OPTIONAL", "two queries"))
    'OPTIONAL cannot be compiled into a circuit; write two queries'
    """
    return NotCompiledError(f"{clause} cannot be compiled into a circuit; write {instead}")


@contextmanager
def naming(query: str) -> Iterator[None]:
    """Put the name of the query in front of every refusal raised inside, so that the message says which file to edit.

    >>> with naming("derive/99-own.rq"):  # doctest: +ELLIPSIS
    ...     raise refusal("OPTIONAL", "two queries")
    Traceback (most recent call last):
    kg.logic.compiler.patterns.NotCompiledError: derive/99-own.rq: OPTIONAL cannot be compiled into a circuit; write ...
    """
    try:
        yield
    except NotCompiledError as error:
        message = f"{query}: {error}"
        raise NotCompiledError(message) from error


@dataclass(frozen=True)
class Triples:
    """Triple patterns that must all match."""

    patterns: tuple[Triple, ...]


@dataclass(frozen=True)
class Join:
    """Two patterns that must both match."""

    left: Pattern
    right: Pattern


@dataclass(frozen=True)
class Union:
    """Patterns of which at least one must match."""

    parts: tuple[Pattern, ...]


@dataclass(frozen=True)
class Filter:
    """The rows of a pattern that pass a test; the test sees only the variables in ``scope``."""

    part: Pattern
    test: Expression
    scope: frozenset[str]


@dataclass(frozen=True)
class Bind:
    """The rows of a pattern, each with one more variable: ``BIND(value AS name)``."""

    part: Pattern
    name: str
    value: Expression


@dataclass(frozen=True)
class Values:
    """Rows that the query itself lists: ``VALUES``."""

    rows: tuple[tuple[tuple[str, PlainTerm], ...], ...]


@dataclass(frozen=True)
class Aggregate:
    """A number for a group of rows.

    Attributes:
        kind: ``"Count"``, ``"Min"`` or ``"Max"``.
        of: The variable; empty for a count.
    """

    kind: str
    of: str


@dataclass(frozen=True)
class Grouped:
    """A sub-select with ``GROUP BY``: one row for each combination of the keys."""

    part: Pattern
    keys: tuple[str, ...]
    names: tuple[tuple[str, Aggregate], ...]


@dataclass(frozen=True)
class Projected:
    """A sub-select without groups: some variables of each row; with ``DISTINCT``, each combination once."""

    part: Pattern
    names: frozenset[str]
    distinct: bool


Pattern = Triples | Join | Union | Filter | Bind | Values | Grouped | Projected


@dataclass(frozen=True)
class Compare:
    """A comparison of two values."""

    sign: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Every:
    """Tests that must all hold."""

    tests: tuple[Expression, ...]


@dataclass(frozen=True)
class Some:
    """Tests of which at least one must hold."""

    tests: tuple[Expression, ...]


@dataclass(frozen=True)
class Not:
    """The opposite of a test."""

    test: Expression


@dataclass(frozen=True)
class Exists:
    """Whether a pattern has a row."""

    part: Pattern
    variables: frozenset[str]


@dataclass(frozen=True)
class Text:
    """The text of a value (``STR``)."""

    of: Expression


@dataclass(frozen=True)
class If:
    """The first value where the test holds, otherwise the second."""

    test: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True)
class Unreadable:
    """An expression that a circuit cannot express; refused only when something needs its value."""

    clause: str


Expression = PlainTerm | Compare | Every | Some | Not | Exists | Text | If | Unreadable


@dataclass(frozen=True)
class DeriveRule:
    """A query: wherever its body has a row, its head follows.

    Attributes:
        name: The file, for messages.
        head: The triples that a row makes; for a SELECT query, one triple for each column, which begins with its name.
        body: The pattern.
        given: The kind of fact that a case must state for the query to run, such as ``"measured"``; empty for any case.
    """

    name: str
    head: tuple[Triple, ...]
    body: Pattern
    given: str


_NUMBERS = frozenset(f"http://www.w3.org/2001/XMLSchema#{name}" for name in ("decimal", "integer", "int", "double"))
_TRUTH = "http://www.w3.org/2001/XMLSchema#boolean"


def literal(text: str, datatype: str, language: str) -> PlainTerm:
    """A literal as a plain term: numbers compare as numbers, whatever their type.

    Args:
        text: Its lexical form.
        datatype: The IRI of its type, or an empty string.
        language: Its language tag, or an empty string.

    >>> literal("4", "http://www.w3.org/2001/XMLSchema#integer", "") == literal(
    ...     "4.0", "http://www.w3.org/2001/XMLSchema#decimal", ""
    ... )
    True
    """
    if datatype in _NUMBERS:
        return Decimal(text)
    if datatype == _TRUTH:
        return text in ("true", "1")
    return text, language


def variables(pattern: Pattern) -> frozenset[str]:
    """The variables that a pattern can bind."""
    return frozenset(_variables(pattern))


def _variables(pattern: Pattern) -> Iterator[str]:
    match pattern:
        case Triples(patterns):
            yield from (str(term) for triple in patterns for term in triple if is_variable(term))
        case Join(left, right):
            yield from (*_variables(left), *_variables(right))
        case Union(parts):
            for part in parts:
                yield from _variables(part)
        case Filter(part):
            yield from _variables(part)
        case Bind(part, name):
            yield from (*_variables(part), name)
        case Values(rows):
            yield from (name for row in rows for name, _ in row)
        case Grouped(_, keys, names):
            yield from (*keys, *(name for name, _ in names))
        case Projected(_, projected):
            yield from projected


def mentioned(pattern: Pattern) -> Iterator[str]:
    """The variables that a pattern binds or tests: ``EXISTS`` replaces all of them by their values in the outer row."""
    match pattern:
        case Join(left, right):
            yield from (*mentioned(left), *mentioned(right))
        case Union(parts):
            for part in parts:
                yield from mentioned(part)
        case Filter(part, test):
            yield from (*mentioned(part), *_tested(test))
        case Bind(part, name, value):
            yield from (*mentioned(part), name, *_tested(value))
        case _:
            yield from _variables(pattern)


def _tested(expression: Expression) -> Iterator[str]:
    match expression:
        case Compare(_, left, right):
            yield from (*_tested(left), *_tested(right))
        case Every(tests) | Some(tests):
            for test in tests:
                yield from _tested(test)
        case Not(test) | Text(test):
            yield from _tested(test)
        case Exists(_, names):
            yield from names
        case If(test, then, otherwise):
            yield from (*_tested(test), *_tested(then), *_tested(otherwise))
        case str() if is_variable(expression):
            yield expression


def triples_in(part: Pattern | Expression) -> Iterator[Triple]:
    """All triples of a pattern or a test, at any depth."""
    match part:
        case Triples(patterns):
            yield from patterns
        case Join(left, right) | Compare(_, left, right):
            yield from (*triples_in(left), *triples_in(right))
        case Union(parts) | Every(parts) | Some(parts):
            for each in parts:
                yield from triples_in(each)
        case Filter(inner, test):
            yield from (*triples_in(inner), *triples_in(test))
        case Bind(inner, _, value):
            yield from (*triples_in(inner), *triples_in(value))
        case Grouped(inner) | Projected(inner) | Not(inner) | Exists(inner) | Text(inner):
            yield from triples_in(inner)
        case If(test, then, otherwise):
            yield from (*triples_in(test), *triples_in(then), *triples_in(otherwise))


def is_variable(term: object) -> bool:
    """Whether a term of a pattern is a variable."""
    return isinstance(term, str) and term.startswith("?")

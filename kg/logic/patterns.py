"""A SPARQL query as a pattern of our own: the part of SPARQL that a circuit can say, and a refusal for the rest.

rdflib parses the text. What is left here is small: triples, joins, unions, filters, binds, values and one kind of
sub-select, which counts or takes the least and the greatest. A path becomes plain triples:

    ?case ns:met/^ns:criterion ?condition   =   ?case ns:met ?1 . ?condition ns:criterion ?1
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

from kg.errors import ContentError

Term = str | Decimal | bool | tuple[str, str]
"""An IRI; a variable, which begins with a question mark; a number; a truth value; a text with its language."""

Triple = tuple[Term, Term, Term]


class NotCompiledError(ContentError):
    """A query says something that no circuit can."""

    code = "not-compiled"


@dataclass(frozen=True)
class Triples:
    """All of some triple patterns."""

    patterns: tuple[Triple, ...]


@dataclass(frozen=True)
class Join:
    """Both of two patterns."""

    left: Pattern
    right: Pattern


@dataclass(frozen=True)
class Union:
    """Either of some patterns."""

    parts: tuple[Pattern, ...]


@dataclass(frozen=True)
class Filter:
    """A pattern and a test, which sees no variable but those of the pattern."""

    part: Pattern
    test: Expression
    scope: frozenset[str]


@dataclass(frozen=True)
class Bind:
    """A pattern and a name for a value."""

    part: Pattern
    name: str
    value: Expression


@dataclass(frozen=True)
class Values:
    """Rows that stand in the query."""

    rows: tuple[tuple[tuple[str, Term], ...], ...]


@dataclass(frozen=True)
class Aggregate:
    """A number for a group of rows.

    Attributes:
        kind: ``"Count"``, ``"Min"`` or ``"Max"``.
        of: The variable; of a count, none.
    """

    kind: str
    of: str


@dataclass(frozen=True)
class Grouped:
    """A sub-select: rows put together by keys."""

    part: Pattern
    keys: tuple[str, ...]
    names: tuple[tuple[str, Aggregate], ...]


@dataclass(frozen=True)
class Projected:
    """A sub-select without groups: some variables of each row, each combination once if it says so."""

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
    """All of some tests."""

    tests: tuple[Expression, ...]


@dataclass(frozen=True)
class Some:
    """One of some tests."""

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
    """One of two values."""

    test: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True)
class Unreadable:
    """What cannot be said in a circuit; harmless as long as nobody needs its value."""

    clause: str


Expression = Term | Compare | Every | Some | Not | Exists | Text | If | Unreadable


@dataclass(frozen=True)
class Rule:
    """A query: where its pattern has a row, its head follows.

    Attributes:
        name: The file, for messages.
        head: The triples that a row makes; of a SELECT, one that names the columns.
        body: The pattern.
        given: The kind of fact without which the query is not even run.
    """

    name: str
    head: tuple[Triple, ...]
    body: Pattern
    given: str


def rule(name: str, text: str, *, given: str = "", columns: Iterable[str] = ()) -> Rule:
    """Read a query.

    Args:
        name: Where it stands, for messages, such as ``"queries/derive/75-best.rq"``.
        text: A CONSTRUCT query, or a SELECT query.
        given: The kind of fact without which it is not run; of any, nothing.
        columns: Of a SELECT query, the variables that are wanted; without any, all that it selects. The values of
            others are not worked out.

    Returns:
        The rule.

    Raises:
        NotCompiledError: It is no SPARQL, or says what a circuit cannot.

    >>> rule("x.rq", "CONSTRUCT { ?a <urn:q> ?b } WHERE { ?a <urn:p> ?b }").head
    (('?a', 'urn:q', '?b'),)
    """
    from rdflib.plugins.sparql import prepareQuery

    try:
        algebra = prepareQuery(text).algebra
    except Exception as error:  # the parser of rdflib raises many kinds
        message = f"{name}: is not SPARQL 1.1 ({str(error).splitlines()[0]}); mend the query"
        raise NotCompiledError(message) from error
    reader = _Reader(name)
    if algebra.name == "ConstructQuery":
        head = tuple((_term(s), _term(p), _term(o)) for s, p, o in algebra.template)
        return Rule(name, head, reader.pattern(algebra.p.p), given)
    if algebra.name == "SelectQuery":
        named = tuple((f"?{column}", "", "") for column in columns or algebra.PV)
        return Rule(name, named, reader.pattern(_without_order(algebra.p)), given)
    raise reader.refusal(algebra.name, "a SELECT or CONSTRUCT query")


def _without_order(node: Any) -> Any:
    """The pattern of a SELECT query: its order, and that no row stands twice, are for readers."""
    while node.name in ("Distinct", "Reduced", "OrderBy", "Project"):
        node = node.p
    return node


class _Reader:
    """Turns the algebra of one query into patterns."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._fresh = count(1)

    def refusal(self, clause: str, instead: str) -> NotCompiledError:
        return NotCompiledError(f"{self._name}: {clause} cannot be compiled into a circuit; write {instead}")

    def pattern(self, node: Any) -> Pattern:
        made = getattr(self, f"_{node.name.lower()}", None)
        if made is None:
            raise self.refusal(_CLAUSES.get(node.name, node.name), "it with triples, UNION, FILTER, BIND or VALUES")
        return made(node)  # type: ignore[no-any-return]

    def _bgp(self, node: Any) -> Pattern:
        ways: list[tuple[Triple, ...]] = [()]
        for s, p, o in node.triples:
            ways = [(*way, *more) for way in ways for more in self._path(_term(s), p, _term(o))]
        return Triples(ways[0]) if len(ways) == 1 else Union(tuple(map(Triples, ways)))

    def _path(self, start: Term, path: Any, end: Term) -> list[tuple[Triple, ...]]:
        """A path as triples; an alternative is another way."""
        from rdflib.paths import AlternativePath, InvPath, Path, SequencePath

        if isinstance(path, SequencePath):
            ways: list[tuple[Triple, ...]] = [()]
            nodes = [start, *(f"?{next(self._fresh)}" for _ in path.args[1:]), end]
            for part, here, there in zip(path.args, nodes, nodes[1:], strict=False):
                ways = [(*way, *more) for way in ways for more in self._path(here, part, there)]
            return ways
        if isinstance(path, AlternativePath):
            return [way for part in path.args for way in self._path(start, part, end)]
        if isinstance(path, InvPath):
            return self._path(end, path.arg, start)
        if isinstance(path, Path):
            raise self.refusal(f"the path {path.n3()}", "paths of '/', '|' and '^' only")
        return [((start, _term(path), end),)]

    def _join(self, node: Any) -> Pattern:
        left, right = self.pattern(node.p1), self.pattern(node.p2)
        return right if left == Triples(()) else Join(left, right)

    def _union(self, node: Any) -> Pattern:
        parts = (self.pattern(node.p1), self.pattern(node.p2))
        return Union(tuple(way for part in parts for way in (part.parts if isinstance(part, Union) else (part,))))

    def _filter(self, node: Any) -> Pattern:
        part = self.pattern(node.p)
        return Filter(part, self.expression(node.expr), variables(part))

    def _extend(self, node: Any) -> Pattern:
        return Bind(self.pattern(node.p), _term(node.var), self.expression(node.expr))  # type: ignore[arg-type]

    def _tomultiset(self, node: Any) -> Pattern:
        if node.p.name == "values":
            return Values(tuple(tuple((f"?{k}", _term(v)) for k, v in row.items()) for row in node.p.res))
        distinct, inner = False, node.p
        while inner.name in ("Distinct", "Reduced", "Project"):
            distinct |= inner.name == "Distinct"
            names = frozenset(f"?{name}" for name in inner.PV) if inner.name == "Project" else frozenset()
            inner = inner.p
        grouped = self._grouped(inner)
        return grouped or Projected(self.pattern(inner), names, distinct)

    def _grouped(self, node: Any) -> Pattern | None:
        """A sub-select that groups: below its names the test that the group is not empty, the numbers, and the rows."""
        names: dict[str, str] = {}
        while node.name in ("Extend", "Filter"):
            if node.name == "Extend":
                names[str(node.var)] = str(node.expr)
            elif not _not_empty(node.expr):
                return None
            node = node.p
        if node.name != "AggregateJoin":
            return None
        made = {str(each.res): Aggregate(each.name.removeprefix("Aggregate_"), _name(each.vars)) for each in node.A}
        kept = {name: made[result] for name, result in names.items() if made.get(result, _SAMPLE).kind != "Sample"}
        for each in kept.values():
            if each.kind not in ("Count", "Min", "Max") or any(a.distinct for a in node.A if a.get("distinct")):
                raise self.refusal(each.kind.upper(), "COUNT(*), MIN or MAX")
        keys = tuple(f"?{key}" for key in node.p.expr or ())
        return Grouped(self.pattern(node.p.p), keys, tuple((f"?{name}", a) for name, a in kept.items()))

    def expression(self, node: Any) -> Expression:
        name = getattr(node, "name", "")
        if name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            from rdflib.plugins.sparql.algebra import translateGroupGraphPattern

            part = self.pattern(translateGroupGraphPattern(node.graph))
            there = Exists(part, frozenset(_mentioned(part)))
            return Not(there) if name == "Builtin_NOTEXISTS" else there
        if name == "ConditionalAndExpression":
            return Every(tuple(map(self.expression, (node.expr, *node.other))))
        if name == "ConditionalOrExpression":
            return Some(tuple(map(self.expression, (node.expr, *node.other))))
        if name == "UnaryNot":
            return Not(self.expression(node.expr))
        if name == "RelationalExpression" and node.op in ("=", "!=", "<", "<=", ">", ">="):
            return Compare(node.op, self.expression(node.expr), self.expression(node.other))
        if name == "Builtin_STR":
            return Text(self.expression(node.arg))
        if name == "Builtin_IF":
            return If(self.expression(node.arg1), self.expression(node.arg2), self.expression(node.arg3))
        if name:
            return Unreadable(f"{self._name}: {name.removeprefix('Builtin_')}")
        return _term(node)


_SAMPLE = Aggregate("Sample", "")
_CLAUSES = {
    "LeftJoin": "OPTIONAL",
    "Minus": "MINUS",
    "Graph": "GRAPH",
    "Slice": "LIMIT",
    "ServiceGraphPattern": "SERVICE",
}


def _name(given: Any) -> str:
    return "" if str(given) == "*" else f"?{given}"


def _not_empty(test: Any) -> bool:
    """``HAVING (COUNT(*) > 0)``, which every group with a row passes: without it a query of no rows has one group."""
    return bool(getattr(test, "name", "") == "RelationalExpression" and test.op == ">" and str(test.other) == "0")


def _term(term: Any) -> Term:
    """A term of rdflib as one of ours."""
    from rdflib import Literal, Variable

    if isinstance(term, Variable):
        return f"?{term}"
    if isinstance(term, Literal):
        return literal(str(term), str(term.datatype or ""), str(term.language or ""))
    return str(term)


_NUMBERS = frozenset(f"http://www.w3.org/2001/XMLSchema#{name}" for name in ("decimal", "integer", "int", "double"))
_TRUTH = "http://www.w3.org/2001/XMLSchema#boolean"


def literal(text: str, datatype: str, language: str) -> Term:
    """A literal as a term: numbers compare as numbers, whatever their type.

    Args:
        text: What it says.
        datatype: Its IRI, or nothing.
        language: Its language, or nothing.

    Returns:
        The term.

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


def _mentioned(pattern: Pattern) -> Iterator[str]:
    """The variables that a pattern binds or tests: ``EXISTS`` puts the values of a row in for all of them."""
    match pattern:
        case Join(left, right):
            yield from (*_mentioned(left), *_mentioned(right))
        case Union(parts):
            for part in parts:
                yield from _mentioned(part)
        case Filter(part, test):
            yield from (*_mentioned(part), *_tested(test))
        case Bind(part, name, value):
            yield from (*_mentioned(part), name, *_tested(value))
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

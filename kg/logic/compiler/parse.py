"""Reads a SPARQL query into patterns, and refuses by name every clause that a circuit cannot express.

rdflib parses the text into its algebra, and this module translates that algebra. Two things vanish on the way.
A path becomes plain triples with its own variables, and an alternative in a path becomes a union:

    ?case ns:met/^ns:criterion ?condition   =   ?case ns:met ?1 . ?condition ns:criterion ?1
    ?study ns:present|ns:absent ?finding    =   { ?study ns:present ?finding } UNION { ?study ns:absent ?finding }
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

from kg.logic.compiler.patterns import (
    Aggregate,
    Bind,
    Compare,
    DeriveRule,
    Every,
    Exists,
    Expression,
    Filter,
    Grouped,
    If,
    Join,
    Not,
    NotCompiledError,
    Pattern,
    PlainTerm,
    Projected,
    Some,
    Text,
    Triple,
    Triples,
    Union,
    Unreadable,
    Values,
    literal,
    mentioned,
    naming,
    refusal,
    variables,
)


def rule(name: str, text: str, *, given: str = "", columns: Iterable[str] = ()) -> DeriveRule:
    """Read a query.

    Args:
        name: Its file, for messages, such as ``"queries/derive/76-best.rq"``.
        text: A CONSTRUCT query or a SELECT query.
        given: The kind of fact that a case must state for the query to run; empty for any case.
        columns: The variables wanted from a SELECT query; the default is all of them. Others are not worked out.

    Raises:
        NotCompiledError: The text is not SPARQL, or says something that a circuit cannot.

    >>> rule("x.rq", "CONSTRUCT { ?a <urn:q> ?b } WHERE { ?a <urn:p> ?b }").head
    (('?a', 'urn:q', '?b'),)
    """
    from rdflib.plugins.sparql import prepareQuery

    try:
        algebra = prepareQuery(text).algebra
    except Exception as error:  # the parser of rdflib raises many kinds
        message = f"{name}: is not SPARQL 1.1 ({str(error).splitlines()[0]}); fix the query"
        raise NotCompiledError(message) from error
    with naming(name):
        if algebra.name == "ConstructQuery":
            head = tuple((_of_rdflib(s), _of_rdflib(p), _of_rdflib(o)) for s, p, o in algebra.template)
            return DeriveRule(name, head, _Reader().pattern(algebra.p.p), given)
        if algebra.name == "SelectQuery":
            named = tuple((f"?{column}", "", "") for column in columns or algebra.PV)
            return DeriveRule(name, named, _Reader().pattern(_without_order(algebra.p)), given)
        raise refusal(algebra.name, "a SELECT or CONSTRUCT query")


def _without_order(node: Any) -> Any:
    """The pattern of a SELECT query without ``ORDER BY`` and ``DISTINCT``, which only matter to readers."""
    while node.name in ("Distinct", "Reduced", "OrderBy", "Project"):
        node = node.p
    return node


class _Reader:
    """Turns the algebra of one query into patterns."""

    def __init__(self) -> None:
        self._fresh = count(1)  # ?1, ?2 and so on, for the nodes inside a path

    def pattern(self, node: Any) -> Pattern:
        made = getattr(self, f"_{node.name.lower()}", None)
        if made is None:
            raise refusal(_CLAUSES.get(node.name, node.name), "it with triples, UNION, FILTER, BIND or VALUES")
        return made(node)  # type: ignore[no-any-return]

    def _bgp(self, node: Any) -> Pattern:
        ways: list[tuple[Triple, ...]] = [()]
        for s, p, o in node.triples:
            ways = [(*way, *more) for way in ways for more in self._path(_of_rdflib(s), p, _of_rdflib(o))]
        return Triples(ways[0]) if len(ways) == 1 else Union(tuple(map(Triples, ways)))

    def _path(self, start: PlainTerm, path: Any, end: PlainTerm) -> list[tuple[Triple, ...]]:
        """A path as triples, once for each of its alternatives."""
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
            raise refusal(f"the path {path.n3()}", "paths of '/', '|' and '^' only")
        return [((start, _of_rdflib(path), end),)]

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
        return Bind(self.pattern(node.p), _of_rdflib(node.var), self.expression(node.expr))  # type: ignore[arg-type]

    def _tomultiset(self, node: Any) -> Pattern:
        if node.p.name == "values":
            # rdflib says of a variable that a row leaves open that its value is the text "UNDEF".
            given = [[(f"?{k}", _of_rdflib(v)) for k, v in row.items() if v != "UNDEF"] for row in node.p.res]
            return Values(tuple(map(tuple, given)))
        distinct, inner = False, node.p
        while inner.name in ("Distinct", "Reduced", "Project"):
            distinct |= inner.name == "Distinct"
            names = frozenset(f"?{name}" for name in inner.PV) if inner.name == "Project" else frozenset()
            inner = inner.p
        grouped = self._grouped(inner)
        return grouped or Projected(self.pattern(inner), names, distinct)

    def _grouped(self, node: Any) -> Pattern | None:
        """A sub-select with ``GROUP BY``, or None for any other.

        In rdflib's algebra the names come first, then the test that the group is not empty, the numbers, and the rows.
        """
        names: dict[str, str] = {}
        while node.name in ("Extend", "Filter"):
            if node.name == "Extend":
                names[str(node.var)] = str(node.expr)
            elif not _not_empty(node.expr):
                return None
            node = node.p
        if node.name != "AggregateJoin":
            return None
        made = {
            str(each.res): Aggregate(each.name.removeprefix("Aggregate_"), _aggregated_variable(each.vars))
            for each in node.A
        }
        kept = {name: made[result] for name, result in names.items() if made.get(result, _SAMPLE).kind != "Sample"}
        for each in kept.values():
            if each.kind not in ("Count", "Min", "Max") or any(a.distinct for a in node.A if a.get("distinct")):
                raise refusal(each.kind.upper(), "COUNT(*), MIN or MAX")
        keys = tuple(f"?{key}" for key in node.p.expr or ())
        return Grouped(self.pattern(node.p.p), keys, tuple((f"?{name}", a) for name, a in kept.items()))

    def expression(self, node: Any) -> Expression:
        name = getattr(node, "name", "")
        if name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            from rdflib.plugins.sparql.algebra import translateGroupGraphPattern

            part = self.pattern(translateGroupGraphPattern(node.graph))
            there = Exists(part, frozenset(mentioned(part)))
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
            return Unreadable(name.removeprefix("Builtin_"))
        return _of_rdflib(node)


_SAMPLE = Aggregate("Sample", "")
_CLAUSES = {
    "LeftJoin": "OPTIONAL",
    "Minus": "MINUS",
    "Graph": "GRAPH",
    "Slice": "LIMIT",
    "ServiceGraphPattern": "SERVICE",
}


def _aggregated_variable(given: Any) -> str:
    return "" if str(given) == "*" else f"?{given}"


def _not_empty(test: Any) -> bool:
    """``HAVING (COUNT(*) > 0)``: every group with a row passes; without it, a query without rows has one group."""
    return bool(getattr(test, "name", "") == "RelationalExpression" and test.op == ">" and str(test.other) == "0")


def _of_rdflib(term: Any) -> PlainTerm:
    """A term of rdflib as a plain one."""
    from rdflib import Literal, Variable

    if isinstance(term, Variable):
        return f"?{term}"
    if isinstance(term, Literal):
        return literal(str(term), str(term.datatype or ""), str(term.language or ""))
    return str(term)

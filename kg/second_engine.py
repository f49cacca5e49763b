"""The second opinion: rdflib runs the same derive queries, file by file, on a graph of its own.

Assessing a case never needs it; a capsule is rechecked with it, and the tests compare both engines. rdflib is imported
when it is first used.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, cast

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse_query_results,
    serialize,
)

from kg.queries import Query, stage

if TYPE_CHECKING:
    from rdflib import Graph, Node
    from rdflib.plugins.sparql.sparql import Query as Prepared

    from kg.rows import Rows

_Triple = tuple["Node", "Node", "Node"]


def derive(slice_quads: Iterable[Quad], fact_quads: Iterable[Quad]) -> frozenset[Quad]:
    """Derive everything about a case with rdflib.

    Args:
        slice_quads: What the case is assessed against, such as ``Guide.slice`` and ``Guide.beyond`` return.
        fact_quads: The triples of the case, such as ``kg.facts.facts`` returns.

    Returns:
        The facts and what the queries derive of them, as ``Guide.derive`` returns them.

    >>> import kg
    >>> from kg.facts import facts
    >>> guide, case = kg.load(), kg.Case(present=["fever"])
    >>> stated = facts(case, guide.lexicon)
    >>> derive((*guide.slice(()), *guide.beyond(stated, ())), stated) == frozenset(guide.derive(case))
    True
    """
    return SecondEngine(slice_quads).derive(fact_quads)


class SecondEngine:
    """An rdflib graph with one slice of a guideline, on which cases are laid one after another.

    Filling the graph takes longer than deriving, so it is kept. Threads take turns.
    """

    def __init__(self, slice_quads: Iterable[Quad]) -> None:
        """Fill the graph.

        Args:
            slice_quads: What cases are assessed against.
        """
        self._lock = Lock()
        self._graph = _graph(slice_quads)

    def derive(self, fact_quads: Iterable[Quad], besides: Iterable[Quad] = ()) -> frozenset[Quad]:
        """Derive everything about a case.

        Args:
            fact_quads: The triples of the case.
            besides: What else of the guideline bears on the case, such as ``Guide.beyond`` returns.

        Returns:
            The facts and what the queries derive of them.
        """
        facts = frozenset(fact_quads)
        with self._lock:
            laid = [triple for triple in _graph((*facts, *besides)) if triple not in self._graph]
            stated = len(laid)
            try:
                self._add(laid)
                for query in _prepared():
                    # In full before anything is added: a result is read while it is made.
                    fresh = [triple for triple in _constructed(self._graph, query) if triple not in self._graph]
                    laid += fresh
                    self._add(fresh)
            finally:
                for triple in laid:
                    self._graph.remove(triple)
        # The facts as they were given: rdflib rewrites numbers on reading.
        return facts | {_quad(triple) for triple in laid[stated:]}

    def _add(self, triples: Iterable[_Triple]) -> None:
        for triple in triples:
            self._graph.add(triple)


def rows(graph: Graph, query: Query) -> Rows:
    """Ask rdflib a SELECT query.

    Args:
        graph: What is asked.
        query: The query.

    Returns:
        The rows, of the same type as those of the first engine.

    >>> from rdflib import Graph
    >>> from kg.queries import Query
    >>> len(rows(Graph(), Query("none", "SELECT * WHERE { ?a ?b ?c }")))
    0
    """
    from kg.rows import Rows

    document = graph.query(query.text).serialize(format="json") or b""
    solutions = cast(QuerySolutions, parse_query_results(document, format=QueryResultsFormat.JSON))
    return Rows.of(solutions, {}, query.text)


def name() -> str:
    """What the second engine is called.

    Returns:
        Name and version.

    >>> name().split()[0]
    'rdflib'
    """
    import rdflib

    return f"rdflib {rdflib.__version__}"


@cache
def _prepared() -> tuple[Prepared, ...]:
    """The derive queries, parsed, in the order in which they run."""
    from rdflib.plugins.sparql import prepareQuery

    return tuple(prepareQuery(query.text) for query in stage("derive"))


def _graph(quads: Iterable[Quad]) -> Graph:
    from rdflib import Graph

    triples = (Triple(quad.subject, quad.predicate, quad.object) for quad in quads)
    return Graph().parse(data=serialize(triples, format=RdfFormat.N_TRIPLES), format="nt")


def _constructed(graph: Graph, query: Prepared) -> Iterable[_Triple]:
    """The triples of a CONSTRUCT query, each once."""
    return dict.fromkeys(graph.query(query))  # type: ignore[arg-type]


def _quad(triple: _Triple) -> Quad:
    subject, predicate, value = (_term(node) for node in triple)
    return Quad(subject, predicate, value)  # type: ignore[arg-type]


def _term(node: Node) -> NamedNode | BlankNode | Literal:
    import rdflib

    if isinstance(node, rdflib.URIRef):
        return NamedNode(str(node))
    if isinstance(node, rdflib.BNode):
        return BlankNode(str(node))
    if isinstance(node, rdflib.Literal) and node.language:
        return Literal(str(node), language=node.language)
    datatype = node.datatype if isinstance(node, rdflib.Literal) else None
    return Literal(str(node), datatype=NamedNode(str(datatype))) if datatype else Literal(str(node))

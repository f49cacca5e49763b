"""A second opinion: rdflib runs the same derive queries, file by file, on its own graph.

No answer needs it. A capsule is rechecked with it, and the tests compare both engines. rdflib is imported when it is
first used.
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

from kg.knowledge.sparql.queries import Query, stage

if TYPE_CHECKING:
    from rdflib import Graph, Node
    from rdflib.plugins.sparql.sparql import Query as Prepared

    from kg.knowledge.sparql.rows import Rows

_Triple = tuple["Node", "Node", "Node"]


def derive(slice_quads: Iterable[Quad], fact_quads: Iterable[Quad]) -> frozenset[Quad]:
    """Derive everything about a case with rdflib.

    Args:
        slice_quads: What the case is assessed against, such as ``Core.triples`` and ``Core.beyond`` return.
        fact_quads: The triples of the case, such as ``kg.patient.facts.facts`` returns.

    Returns:
        The facts and what the queries derive from them, as ``Guide.derive`` returns them.

    >>> import kg
    >>> from kg.patient.facts import facts
    >>> guide, case = kg.load(), kg.Case(present=["smoking"])
    >>> stated = facts(case, guide.core.lexicon)
    >>> derive((*guide.core.triples(()), *guide.core.beyond(stated, ())), stated) == frozenset(guide.derive(case))
    True
    """
    return SecondEngine(slice_quads).derive(fact_quads)


class SecondEngine:
    """An rdflib graph with one slice, to which cases are added one after another.

    The graph is kept, because filling it takes longer than deriving. Threads take turns.
    """

    def __init__(self, slice_quads: Iterable[Quad]) -> None:
        """Fill the graph with what cases are assessed against."""
        self._lock = Lock()
        self._graph = _graph(slice_quads)

    def derive(self, fact_quads: Iterable[Quad], besides: Iterable[Quad] = ()) -> frozenset[Quad]:
        """Derive everything about a case.

        Args:
            fact_quads: The triples of the case.
            besides: What else in the content could change the answer, such as ``Core.beyond`` returns.

        Returns:
            The facts and what the queries derive from them.
        """
        facts = frozenset(fact_quads)
        with self._lock:
            laid = [triple for triple in _graph((*facts, *besides)) if triple not in self._graph]
            stated = len(laid)
            try:
                self._add(laid)
                for query in _prepared():
                    # The whole list before anything is added: rdflib produces a result while it is read.
                    fresh = [triple for triple in _constructed(self._graph, query) if triple not in self._graph]
                    laid += fresh
                    self._add(fresh)
            finally:
                for triple in laid:
                    self._graph.remove(triple)
        # The facts as they were given, because rdflib rewrites numbers when it reads them.
        return facts | {quad_of_second(triple) for triple in laid[stated:]}

    def _add(self, triples: Iterable[_Triple]) -> None:
        for triple in triples:
            self._graph.add(triple)


def rows(graph: Graph, query: Query) -> Rows:
    """Run a SELECT query with rdflib; the rows have the same type as those of the first engine.

    >>> from rdflib import Graph
    >>> from kg.knowledge.sparql.queries import Query
    >>> len(rows(Graph(), Query("none", "SELECT * WHERE { ?a ?b ?c }")))
    0
    """
    from kg.knowledge.sparql.rows import Rows

    document = graph.query(query.text).serialize(format="json") or b""
    solutions = cast(QuerySolutions, parse_query_results(document, format=QueryResultsFormat.JSON))
    return Rows.of(solutions, {}, query.text)


def name() -> str:
    """The name and version of the second engine.

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
    """The triples that a CONSTRUCT query makes, each once."""
    return dict.fromkeys(graph.query(query))  # type: ignore[arg-type]


def quad_of_second(triple: tuple[Node, Node, Node]) -> Quad:
    """A triple of rdflib as the first engine has it.

    Args:
        triple: Subject, predicate and object.

    Returns:
        The same triple.

    Raises:
        ValueError: An IRI in it is none.
    """
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

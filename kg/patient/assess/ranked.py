"""Ranks what comes near and what to ask, and writes both as nodes of the case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Quad

from kg.knowledge.content.lexicon import Lexicon
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.sparql.iris import RDF_TYPE, ns, slug
from kg.knowledge.sparql.queries import named
from kg.knowledge.sparql.store import Row, grouped
from kg.patient.assess.evaluation import Evaluation

Ranked = dict[str, list[Row]]
"""The rows about each thing; the things are in order of rank."""

STATES = {"met": "nearMet", "failed": "nearFailed", "open": "nearOpen"}


def decides(rows: Iterable[Row]) -> bool:
    """Whether a question is open in a scenario that could lead.

    Args:
        rows: What ``queries/ask/what-is-open.rq`` returns about the question.

    >>> decides([{"decides": "0"}, {"decides": "1"}])
    True
    """
    return any(row["decides"] == "1" for row in rows)


def ranked_questions(rows: Iterable[Row], label: Callable[[str], str]) -> Ranked:
    """Group rows by what to ask: first what decides, then what matters for the most conditions, then by identifier.

    Args:
        rows: The rows of ``queries/ask/what-is-open.rq``.
        label: Gives the label of a condition; conditions with the same label count once.

    >>> rows = [{"ask": "a", "condition": "x", "decides": "0"}, {"ask": "b", "condition": "y", "decides": "1"}]
    >>> list(ranked_questions(rows, str))
    ['b', 'a']
    """

    def rank(item: tuple[str, list[Row]]) -> tuple[bool, int, str]:
        return not decides(item[1]), -len({label(row["condition"]) for row in item[1]}), slug(item[0])

    return dict(sorted(grouped(rows, "ask").items(), key=rank))


def nodes(case: NamedNode, near: Ranked, asked: Ranked) -> tuple[Quad, ...]:
    """Write what comes near and what to ask as nodes below a case; each node states its place, from 1.

    Args:
        case: The case.
        near: The rows of ``queries/ask/nearest.rq`` by condition.
        asked: What ``ranked_questions`` returns.
    """
    return (*_near_nodes(case, near), *_asked_nodes(case, asked))


def _near_nodes(case: NamedNode, near: Ranked) -> Iterator[Quad]:
    for place, (iri, rows) in enumerate(near.items(), 1):
        node = NamedNode(f"{case.value}/near/{place}")
        yield from (Quad(case, ns("near"), node), Quad(node, RDF_TYPE, ns("NearCondition")))
        yield from (Quad(node, ns("place"), Literal(place)), Quad(node, ns("comesNear"), NamedNode(iri)))
        for row in rows:
            yield Quad(node, ns(STATES[row["state"]]), NamedNode(row["criterion"]))


def _asked_nodes(case: NamedNode, asked: Ranked) -> Iterator[Quad]:
    for place, (iri, rows) in enumerate(asked.items(), 1):
        node = NamedNode(f"{case.value}/question/{place}")
        yield from (Quad(case, ns("asks"), node), Quad(node, RDF_TYPE, ns("OpenQuestion")))
        yield from (Quad(node, ns("place"), Literal(place)), Quad(node, ns("asksFor"), NamedNode(iri)))
        yield Quad(node, ns("decidesScenario"), Literal(decides(rows)))
        for row in rows:
            yield Quad(node, ns("mattersFor"), NamedNode(row["condition"]))


def near(lexicon: Lexicon, lookup: Lookup, evaluation: Evaluation) -> list[Row]:
    """The scenarios and hand-offs of ``lookup`` that come near a case.

    Returns:
        The rows of ``queries/ask/nearest.rq``, with labels for a person to read.
    """
    return [
        {
            **row,
            "label": lexicon.label(row["condition"]),
            "criterionLabel": lexicon.label(row["criterion"]),
            "neighbour": "; ".join(r["neighbourLabel"] for r in lookup.neighbours.get(row["condition"], ())),
        }
        for row in evaluation.rows(named("ask", "nearest"))
        if row["condition"] in lookup.kinds
    ]

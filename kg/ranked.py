"""What stands in an order: what comes near, and what to ask; each also as a node of the assessed case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Quad

from kg.evaluation import Row
from kg.names import RDF_TYPE, ns, slug

Ranked = dict[str, list[Row]]
"""The rows about each thing, the first thing first."""

STATES = {"met": "nearMet", "failed": "nearFailed", "open": "nearOpen"}


def grouped(rows: Iterable[Row], column: str) -> Ranked:
    """Put rows together that have the same value in a column.

    Args:
        rows: Rows.
        column: The name of the column.

    Returns:
        The rows by that value, everything in the order given.

    >>> grouped([{"a": "2", "b": "x"}, {"a": "1", "b": "y"}, {"a": "2", "b": "z"}], "a")["2"]
    [{'a': '2', 'b': 'x'}, {'a': '2', 'b': 'z'}]
    """
    groups: Ranked = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def decides(rows: Iterable[Row]) -> bool:
    """Whether a question is open in a scenario that would lead.

    Args:
        rows: The rows about it of ``queries/ask/what-is-open.rq``.

    Returns:
        True when one of them says so.

    >>> decides([{"decides": "0"}, {"decides": "1"}])
    True
    """
    return any(row["decides"] == "1" for row in rows)


def questions(rows: Iterable[Row], label: Callable[[str], str]) -> Ranked:
    """What to ask: first what decides, then what matters for most, those that read alike counted once, then by name.

    Args:
        rows: The rows of ``queries/ask/what-is-open.rq``.
        label: What a person reads for a condition.

    Returns:
        The rows by what is asked.

    >>> rows = [{"ask": "a", "condition": "x", "decides": "0"}, {"ask": "b", "condition": "y", "decides": "1"}]
    >>> list(questions(rows, str))
    ['b', 'a']
    """

    def rank(item: tuple[str, list[Row]]) -> tuple[bool, int, str]:
        return not decides(item[1]), -len({label(row["condition"]) for row in item[1]}), slug(item[0])

    return dict(sorted(grouped(rows, "ask").items(), key=rank))


def nodes(case: NamedNode, near: Ranked, asked: Ranked) -> tuple[Quad, ...]:
    """Write what comes near and what to ask as nodes below a case.

    Args:
        case: The case.
        near: The rows of ``queries/ask/nearest.rq`` by condition.
        asked: What ``questions`` returns.

    Returns:
        Their triples; each node says its place, the first being 1.
    """
    return (*_near(case, near), *_asked(case, asked))


def _near(case: NamedNode, near: Ranked) -> Iterator[Quad]:
    for place, (iri, rows) in enumerate(near.items(), 1):
        node = NamedNode(f"{case.value}/near/{place}")
        yield from (Quad(case, ns("near"), node), Quad(node, RDF_TYPE, ns("NearCondition")))
        yield from (Quad(node, ns("place"), Literal(place)), Quad(node, ns("comesNear"), NamedNode(iri)))
        for row in rows:
            yield Quad(node, ns(STATES[row["state"]]), NamedNode(row["criterion"]))


def _asked(case: NamedNode, asked: Ranked) -> Iterator[Quad]:
    for place, (iri, rows) in enumerate(asked.items(), 1):
        node = NamedNode(f"{case.value}/question/{place}")
        yield from (Quad(case, ns("asks"), node), Quad(node, RDF_TYPE, ns("OpenQuestion")))
        yield from (Quad(node, ns("place"), Literal(place)), Quad(node, ns("asksFor"), NamedNode(iri)))
        yield Quad(node, ns("decidesScenario"), Literal(decides(rows)))
        for row in rows:
            yield Quad(node, ns("mattersFor"), NamedNode(row["condition"]))

"""Finds gaps that make answering impossible: a topic with one is unfinished and answers nobody; the others work.

The shapes and verify queries of a check find the same and much else; these few questions are asked whenever content is
read, because an answer that leaves out what nobody wrote would look like one that has nothing to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from pyoxigraph import NamedNode, Quad, Store

from kg.errors import ContentError
from kg.knowledge.sparql.iris import RDF_TYPE, VOCABULARY, slug
from kg.knowledge.sparql.queries import Query, stage
from kg.knowledge.sparql.store import table


def unfinished(
    graphs: Mapping[str, tuple[Quad, ...]],
    store: Store,
    place: Callable[[str], str],
    short: Callable[[str], str],
    *,
    marks: bool = True,
) -> Mapping[str, str]:
    """Find the gaps that make answering impossible.

    Args:
        graphs: What is stated, by the IRI of the graph.
        store: The same in one store.
        place: Names a thing with its place.
        short: Names a property.
        marks: Whether a text that says TODO is a gap.

    Returns:
        For each graph with a gap one sentence: the topic answers nobody; with one in ``VOCABULARY`` nobody is answered.
    """
    gaps: dict[str, dict[tuple[str, str], Query]] = defaultdict(dict)
    homes: dict[str, list[str]] = {}
    asked = [query for query in stage("sound") if marks or query.name != "to-do"]
    found = [(query, row["entity"], row["property"]) for query in asked for row in table(store, query)]
    if found:
        homes = _homes(graphs)
    for query, entity, said in found:
        for home in homes.get(entity, [VOCABULARY]):
            if home != VOCABULARY or query.header.get("within") != "topics":
                gaps[home].setdefault((entity, said), query)
    return {home: _sentence(home, there, place, short) for home, there in sorted(gaps.items())}


def refuse_unsound(gaps: Mapping[str, str]) -> None:
    """Refuse content of which what all topics share has a gap.

    Args:
        gaps: What ``unfinished`` returned.

    Raises:
        ContentError: It has.
    """
    if VOCABULARY in gaps:
        raise ContentError(gaps[VOCABULARY])


def _homes(graphs: Mapping[str, tuple[Quad, ...]]) -> dict[str, list[str]]:
    """The graphs in which each thing is described: those that say what it is, otherwise all."""
    typed: dict[str, dict[str, None]] = defaultdict(dict)
    every: dict[str, dict[str, None]] = defaultdict(dict)
    for name, triples in graphs.items():
        for triple in triples:
            if isinstance(triple.subject, NamedNode):
                every[triple.subject.value][name] = None
                if triple.predicate == RDF_TYPE:
                    typed[triple.subject.value][name] = None
    return {thing: list(typed.get(thing, names)) for thing, names in every.items()}


def _sentence(
    home: str, gaps: Mapping[tuple[str, str], Query], place: Callable[[str], str], short: Callable[[str], str]
) -> str:
    (entity, said), query = next(iter(gaps.items()))
    others = f" and {len(gaps) - 1} other gaps" if len(gaps) > 2 else " and one other gap" if len(gaps) == 2 else ""
    what = f"{place(entity)} {query.header['problem'].replace('?property', short(said))}{others}"
    if home == VOCABULARY:
        return f"{what}; nobody can be answered: correct what `nextstudy check` names"
    return f"the topic '{slug(home)}' is unfinished and answers nobody: {what}; correct what `nextstudy check` names"

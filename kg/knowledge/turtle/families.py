"""Mints the scenarios of scenario families: one for each table, as if an author had written it.

A guideline that repeats its scenarios for each region states each once, as a family, with the regions as tables.
What is made of them is decided by the queries of ``queries/mint``; here it is only laid into the files of the families.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from pyoxigraph import NamedNode, Quad, QueryTriples

from kg.knowledge.sparql.iris import RDF_TYPE, ns
from kg.knowledge.sparql.queries import stage
from kg.knowledge.sparql.store import store_of

_REPEATED = (ns("ScenarioFamily"), ns("Table"))


def mint_scenarios(by_file: Mapping[Path, list[Quad]]) -> Mapping[Path, list[Quad]]:
    """Add to each file what the queries of ``queries/mint`` make of its families, and take away what they take up.

    Args:
        by_file: The triples of each file, with an IRI for every nested node.

    Returns:
        The same without families.
    """
    if not any(t.predicate == RDF_TYPE and t.object in _REPEATED for triples in by_file.values() for t in triples):
        return by_file
    store = store_of(*by_file.values())
    home: dict[str, Path] = {}
    for path, triples in by_file.items():
        for triple in triples:
            if isinstance(triple.subject, NamedNode) and (
                triple.predicate == RDF_TYPE or triple.subject.value not in home
            ):
                home[triple.subject.value] = path
    minted: dict[Path, dict[Quad, None]] = {path: {} for path in by_file}
    gone: set[Quad] = set()
    for query in stage("mint"):
        made = [Quad(t.subject, t.predicate, t.object) for t in cast(QueryTriples, store.query(query.text))]
        if query.header.get("removes"):
            gone.update(made)
            continue
        store.extend(made)
        for triple in sorted(made, key=str):
            minted[_home(cast(NamedNode, triple.subject).value, home)][triple] = None
    return {
        path: [triple for triple in dict.fromkeys([*triples, *minted[path]]) if triple not in gone]
        for path, triples in by_file.items()
    }


def _home(iri: str, home: Mapping[str, Path]) -> Path:
    """The file of a thing; of what was minted, that of the thing with whose IRI its own begins."""
    while iri not in home:
        iri = re.sub(r"[-/#][^-/#]*$", "", iri)
    return home[iri]

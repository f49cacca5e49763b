"""Compiles the derive queries for some content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from pyoxigraph import Quad

from kg.knowledge.sparql.iris import NS, RDF_TYPE, slug
from kg.knowledge.sparql.queries import Query, reads, stage
from kg.logic.circuit.gates import Circuit, Literal
from kg.logic.compiler.graph import Graph
from kg.logic.compiler.ground import Grounder
from kg.logic.compiler.parse import rule
from kg.logic.compiler.patterns import DeriveRule


@cache
def derive_rules() -> tuple[DeriveRule, ...]:
    """The derive queries in the order in which they run; they are read once.

    Raises:
        NotCompiledError: A query says something that a circuit cannot; the message names the file and the clause.
    """
    return tuple(map(_read, stage("derive")))


def rules_for(wanted: Iterable[str]) -> tuple[DeriveRule, ...]:
    """The derive queries without which some conclusions cannot be reached, in the order in which they run.

    Args:
        wanted: Names of conclusions, such as ``"best"``.

    Raises:
        NotCompiledError: As for ``derive_rules``.

    >>> [read.name.rpartition("/")[2] for read in rules_for(["knownPresent"])][-1]
    '30-known.rq'
    """
    needed, found = {f"{NS}{name}" for name in wanted}, []
    for query in reversed(stage("derive")):  # what a query concludes is read by later ones only
        if not needed.isdisjoint(reads([_head_of(query)])):
            needed |= reads([query])
            found.append(query)
    return tuple(map(_read, reversed(found)))


def _head_of(query: Query) -> Query:
    """What a query may conclude: its template; the whole of it where the body chooses the property."""
    head = query.text.partition("WHERE")[0]
    return query if "?case ?" in head else replace(query, text=head)


@cache
def _read(query: Query) -> DeriveRule:
    return rule(f"queries/derive/{query.name}.rq", query.text, given=query.given)


def grounded(triples: Iterable[Quad], rules: Sequence[DeriveRule] | None = None) -> Grounder:
    """Work out the derive queries for all cases at once.

    Args:
        triples: What cases are assessed against.
        rules: By default those in ``queries/derive``.

    Raises:
        NotCompiledError: As for ``derive_rules``.
    """
    grounder = Grounder(Graph(triples))
    for each in derive_rules() if rules is None else rules:
        grounder.conclude(each)
    return grounder


def compiled(triples: Iterable[Quad], rules: Sequence[DeriveRule] | None = None) -> Circuit:
    """Compile the derive queries to a circuit.

    Args:
        triples: What cases are assessed against.
        rules: By default those in ``queries/derive``.

    Returns:
        A circuit with every conclusion among its outputs, by property and by what it names.

    Raises:
        NotCompiledError: As for ``derive_rules``.

    >>> import kg
    >>> guide = kg.load()
    >>> circuit = compiled(guide.core.triples(guide.core.content.topics))
    >>> sorted(slug(iri) for iri in circuit.outputs["outcome"])[:3]
    ['consider', 'needs-information', 'no-criteria-apply']
    """
    grounder = grounded(triples, rules)
    return grounder.make.circuit(outputs_of(grounder))


def outputs_of(grounder: Grounder) -> dict[str, dict[str, Literal]]:
    """The literal of every conclusion, by property and by what it names; conditions that act also by their class."""
    outputs = {slug(iri): {str(thing): x for thing, x in found.items()} for iri, found in grounder.conclusions.items()}
    return {**outputs, **_by_class(grounder.graph, outputs.get("acts", {}))}


def acting(kind: str) -> str:
    """The name among the outputs of a circuit for the conditions of one class that act.

    >>> acting("Warning")
    'acts:Warning'
    """
    return f"acts:{kind}"


def _by_class(graph: Graph, acts: Mapping[str, Literal]) -> dict[str, dict[str, Literal]]:
    """The conditions that act, by their class."""
    found: dict[str, dict[str, Literal]] = defaultdict(dict)
    for condition, literal in acts.items():
        for _, _, kind in graph.matches(condition, RDF_TYPE.value, None):
            if isinstance(kind, str) and kind.startswith(NS):
                found[acting(slug(kind))][condition] = literal
    return found

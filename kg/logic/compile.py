"""Compile the derive queries for some content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from pyoxigraph import Quad

from kg.logic.circuit import Circuit, Literal
from kg.logic.graph import Graph
from kg.logic.ground import Grounder
from kg.logic.patterns import Rule, rule
from kg.names import NS, RDF_TYPE, slug
from kg.queries import stage


@cache
def derive_rules() -> tuple[Rule, ...]:
    """The derive queries, read.

    Returns:
        One rule for each, in their order.

    Raises:
        NotCompiledError: A query says what a circuit cannot; the message names the file and the clause.
    """
    return tuple(rule(f"queries/derive/{query.name}.rq", query.text, given=query.given) for query in stage("derive"))


def grounded(triples: Iterable[Quad], rules: Sequence[Rule] | None = None) -> Grounder:
    """Work out the derive queries for all cases at once.

    Args:
        triples: What cases are assessed against.
        rules: Other rules than the shipped ones.

    Returns:
        The conclusions, each with its literal.

    Raises:
        NotCompiledError: As for ``derive_rules``.
    """
    grounder = Grounder(Graph(triples))
    for each in derive_rules() if rules is None else rules:
        grounder.conclude(each)
    return grounder


def compiled(triples: Iterable[Quad], rules: Sequence[Rule] | None = None) -> Circuit:
    """Compile what is said of a case.

    Args:
        triples: What cases are assessed against.
        rules: Other rules than the shipped ones.

    Returns:
        A circuit with every conclusion among its outputs, by property and by what it names.

    Raises:
        NotCompiledError: As for ``derive_rules``.

    >>> import kg
    >>> guide = kg.load()
    >>> circuit = compiled(guide.slice(guide.content.topics))
    >>> sorted(slug(iri) for iri in circuit.outputs["outcome"])[:3]
    ['consider', 'needs-information', 'no-criteria-apply']
    """
    grounder = grounded(triples, rules)
    return grounder.make.circuit(outputs_of(grounder))


def outputs_of(grounder: Grounder) -> dict[str, dict[str, Literal]]:
    """Every conclusion, by property and by what it names; what applies, once more by its class.

    Args:
        grounder: What was worked out.

    Returns:
        Literals of its builder.
    """
    outputs = {slug(iri): {str(thing): x for thing, x in found.items()} for iri, found in grounder.conclusions.items()}
    return {**outputs, **_by_class(grounder.graph, outputs.get("acts", {}))}


def acting(kind: str) -> str:
    """The relation under which the conditions of one class stand that act.

    Args:
        kind: The local name of a class of conditions, such as ``"Warning"``.

    Returns:
        A name among the outputs of a circuit.
    """
    return f"acts:{kind}"


def _by_class(graph: Graph, acts: Mapping[str, Literal]) -> dict[str, dict[str, Literal]]:
    """What acts, once more by the class of the condition."""
    found: dict[str, dict[str, Literal]] = defaultdict(dict)
    for condition, literal in acts.items():
        for _, _, kind in graph.matches(condition, RDF_TYPE.value, None):
            if isinstance(kind, str) and kind.startswith(NS):
                found[acting(slug(kind))][condition] = literal
    return found

"""Compiles circuits for many sets of topics: what concerns words alone once, the rest for each set.

The first derive queries say what the facts of a case imply about words: a present finding makes each wider finding
present. They look up nothing about a topic, so that they give the same result whatever topics a case may enter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyoxigraph import NamedNode, Quad

from kg.knowledge.content.content import WORDS
from kg.knowledge.sparql.iris import NS
from kg.logic.circuit.gates import Circuit, restricted
from kg.logic.circuit.inputs import Compared, Input, Measured, MeasuredTwice, PerformedInput, Stated
from kg.logic.compiler.compile import outputs_of
from kg.logic.compiler.graph import Graph
from kg.logic.compiler.ground import Grounder
from kg.logic.compiler.patterns import DeriveRule


class Shared:
    """Compiles for one set of topics after another."""

    def __init__(
        self,
        vocabulary: Iterable[Quad],
        triples: Iterable[Quad],
        rules: Sequence[DeriveRule],
        read: Sequence[frozenset[str]],
    ) -> None:
        """Work out what all sets of topics share.

        Args:
            vocabulary: The triples that belong to no topic.
            triples: The same triples and those of all topics.
            rules: The derive queries, in their order.
            read: For each of them, the IRIs that it names.
        """
        triples = tuple(triples)
        graph = Graph(triples)
        words = frozenset(word for kind in WORDS for word in graph.of_type(kind))
        shared = {triple.subject.value for triple in vocabulary if isinstance(triple.subject, NamedNode)} | words
        own = {triple.subject for triple in triples if getattr(triple.subject, "value", "") not in shared}
        others = {triple.predicate.value for triple in triples if triple.subject in own or triple.object in own}
        others.discard(f"{NS}procedure")  # also said of performed studies; a lookup of ratings names more of them
        alone = next((number for number, named in enumerate(read) if named & others), len(rules))
        self._words, self._rest = words, rules[alone:]
        self._before = Grounder(graph)
        for rule in rules[:alone]:
            self._before.conclude(rule)

    def words(self, wanted: Iterable[str]) -> Circuit:
        """What the facts of a case imply about words, whatever topics it may enter.

        Args:
            wanted: Names of conclusions, such as ``"knownPresent"``; one that only topics conclude has no output.
        """
        outputs = outputs_of(self._before)
        return self._before.make.circuit({name: outputs.get(name, {}) for name in wanted})

    def circuit(self, triples: Iterable[Quad], wanted: Iterable[str]) -> Circuit:
        """Compile for some topics.

        Args:
            triples: The vocabulary and these topics.
            wanted: Names of conclusions, such as ``"best"``.

        Returns:
            A circuit with these outputs, equal to those of ``kg.logic.compiler.compile.compiled``.
        """
        graph = Graph(triples)
        grounder = Grounder(graph, self._before)
        foreign = self._words.difference(*(graph.of_type(kind) for kind in WORDS))
        for found in grounder.conclusions.values():
            for thing in foreign.intersection(found):
                del found[thing]
        for rule in self._rest:
            grounder.conclude(rule)
        outputs = outputs_of(grounder)
        circuit = grounder.make.circuit({name: outputs.get(name, {}) for name in wanted})
        never = [fact for fact in circuit.inputs if foreign.intersection(_words_of_input(fact))]
        return restricted(circuit, circuit.outputs, never=never) if never else circuit


def _words_of_input(fact: Input) -> tuple[str | None, ...]:
    """The words that an input names; None for a word that it leaves open."""
    match fact:
        case Stated(_, thing):
            return (thing,)
        case PerformedInput(procedure, seen, unseen):
            return procedure, seen, unseen
        case Measured(measure) | MeasuredTwice(measure) | Compared(measure):
            return (measure,)
    return ()

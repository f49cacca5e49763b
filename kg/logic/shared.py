"""Circuits of many sets of topics: what concerns words alone is worked out once, the rest for each set.

The first derive queries say what the facts of a case amount to. They look up how words hang together and nothing of a
topic, so that they are the same whatever topics a case may enter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyoxigraph import NamedNode, Quad

from kg.logic.circuit import Circuit, restricted
from kg.logic.compile import outputs_of
from kg.logic.graph import Graph
from kg.logic.ground import Grounder
from kg.logic.inputs import Compared, Input, Measured, MeasuredTwice, Performed, Stated
from kg.logic.patterns import Rule
from kg.names import NS

_WORDS = ("Finding", "Procedure", "Measure")


class Shared:
    """Compiles for one set of topics after the other."""

    def __init__(
        self, vocabulary: Iterable[Quad], triples: Iterable[Quad], rules: Sequence[Rule], read: Sequence[frozenset[str]]
    ) -> None:
        """Work out what all sets of topics share.

        Args:
            vocabulary: What belongs to no topic.
            triples: The same, and all topics.
            rules: The derive queries, in their order.
            read: Of each the IRIs that it names.
        """
        triples = tuple(triples)
        graph = Graph(triples)
        words = frozenset(word for kind in _WORDS for word in graph.of_type(kind))
        shared = {triple.subject.value for triple in vocabulary if isinstance(triple.subject, NamedNode)} | words
        own = {triple.subject for triple in triples if getattr(triple.subject, "value", "") not in shared}
        others = {triple.predicate.value for triple in triples if triple.subject in own or triple.object in own}
        others.discard(f"{NS}procedure")  # said of performed studies too; who looks up ratings names more of them
        alone = next((number for number, named in enumerate(read) if named & others), len(rules))
        self._words, self._rest = words, rules[alone:]
        self._before = Grounder(graph)
        for rule in rules[:alone]:
            self._before.conclude(rule)

    def words(self, wanted: Iterable[str]) -> Circuit:
        """What the facts of a case amount to, whatever topics it may enter.

        Args:
            wanted: Names of conclusions, such as ``"knownPresent"``.

        Returns:
            The circuit; it has no output for what only topics conclude.
        """
        outputs = outputs_of(self._before)
        return self._before.make.circuit({name: outputs.get(name, {}) for name in wanted})

    def circuit(self, triples: Iterable[Quad], wanted: Iterable[str]) -> Circuit:
        """Compile for some topics.

        Args:
            triples: The vocabulary and these topics.
            wanted: Names of conclusions.

        Returns:
            A circuit with these outputs, equal to those of ``kg.logic.compile.compiled``.
        """
        graph = Graph(triples)
        grounder = Grounder(graph, self._before)
        foreign = self._words.difference(*(graph.of_type(kind) for kind in _WORDS))
        for found in grounder.conclusions.values():
            for thing in foreign.intersection(found):
                del found[thing]
        for rule in self._rest:
            grounder.conclude(rule)
        outputs = outputs_of(grounder)
        circuit = grounder.make.circuit({name: outputs.get(name, {}) for name in wanted})
        never = [fact for fact in circuit.inputs if foreign.intersection(_named(fact))]
        return restricted(circuit, circuit.outputs, never=never) if never else circuit


def _named(fact: Input) -> tuple[str | None, ...]:
    """The words of an input."""
    match fact:
        case Stated(_, thing):
            return (thing,)
        case Performed(procedure, seen, unseen):
            return procedure, seen, unseen
        case Measured(measure) | MeasuredTwice(measure) | Compared(measure):
            return (measure,)
    return ()

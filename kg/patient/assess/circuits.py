"""Opens the circuits of a guide: the derive queries, compiled once for all cases and kept beside the built content."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Protocol

from pyoxigraph import Quad

from kg.knowledge.sparql.queries import reads, stage
from kg.logic.circuit.gates import Circuit
from kg.logic.circuit.kept import kept_circuit, name_of
from kg.logic.compiler.compile import compiled, derive_rules, rules_for
from kg.logic.compiler.kept_rules import Rules, kept_rules
from kg.logic.compiler.shared import Shared


class Source(Protocol):
    """What circuits are compiled from, such as ``kg.patient.assess.core.Core``."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The IRIs of all topics."""

    def beside(self, name: str) -> Path | None:
        """The file in which something made from the content may be kept; None if it may not."""

    def triples(self, topics: Iterable[str]) -> tuple[Quad, ...]:
        """The triples of the vocabulary and of some topics."""

    def bearing(self, topics: frozenset[str]) -> tuple[Quad, ...]:
        """Every triple that can matter for a case that may enter some topics."""


class Circuits:
    """Opens circuits, one for each set of topics that a case may enter."""

    def __init__(self, source: Source) -> None:
        """Take the content; nothing is compiled before it is needed."""
        self._source = source
        self._open: dict[frozenset[str], Circuit] = {}

    def of(self, topics: frozenset[str]) -> Circuit:
        """The circuit for cases that may enter some topics; it is compiled unless it was kept before.

        Args:
            topics: IRIs of topics.

        Raises:
            NotCompiledError: A derive query cannot be compiled to a circuit.
        """
        if topics not in self._open:
            place = self._source.beside(name_of(topics))
            self._open[topics] = kept_circuit(place, lambda: compiled(self._source.bearing(topics), self._rules()))
        return self._open[topics]

    def deciding(self, topics: frozenset[str], wanted: frozenset[str]) -> Circuit:
        """The circuit of ``of`` with only some of its outputs, compiled from no more queries than they need.

        Args:
            topics: IRIs of topics.
            wanted: Names of conclusions, such as ``"best"``.

        Raises:
            NotCompiledError: As for ``of``.
        """
        place = self._source.beside(name_of((*topics, "deciding"), wanted))
        key = topics.union(wanted)
        if key not in self._open:
            self._open[key] = kept_circuit(place, lambda: compiled(self._source.bearing(topics), self._rules(wanted)))
        return self._open[key]

    def part(self, topics: frozenset[str], wanted: frozenset[str]) -> Circuit:
        """The circuit of ``of`` with only some of its outputs: quick for many sets of topics, and not kept in memory.

        Args:
            topics: IRIs of topics.
            wanted: Names of conclusions, such as ``"best"``.

        Raises:
            NotCompiledError: As for ``of``.
        """
        place = self._source.beside(name_of(topics, wanted))
        return kept_circuit(place, lambda: self._shared.circuit(self._source.bearing(topics), wanted))

    def about_words(self, wanted: frozenset[str]) -> Circuit:
        """The circuit of conclusions that depend on the facts alone, with the words of all topics.

        Args:
            wanted: Names of conclusions, such as ``"impossible"``.

        Raises:
            NotCompiledError: As for ``of``.
        """
        return kept_circuit(self._source.beside(name_of(("words",), wanted)), lambda: self._shared.words(wanted))

    @cached_property
    def _shared(self) -> Shared:
        read = [reads((query,)) for query in stage("derive")]
        every = self._source.triples(self._source.topics)
        return Shared(self._source.triples(()), every, self._rules(), read)

    def _rules(self, wanted: frozenset[str] = frozenset()) -> Rules:
        """The derive queries, or only those that some conclusions need."""
        place = self._source.beside(name_of((), wanted, "rules"))
        return kept_rules(place, lambda: rules_for(wanted) if wanted else derive_rules())

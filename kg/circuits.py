"""The circuits of a guide: what the derive queries conclude of all cases, compiled once and kept beside the build."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from kg.logic.circuit import Circuit
from kg.logic.compile import compiled, derive_rules
from kg.logic.kept import kept, name_of
from kg.logic.shared import Shared
from kg.queries import reads, stage

if TYPE_CHECKING:
    from kg.guide import Guide


class Circuits:
    """Opens circuits, each for the cases that may enter some topics."""

    def __init__(self, guide: Guide) -> None:
        """Take the guideline; nothing is compiled before it is wanted.

        Args:
            guide: The guideline.
        """
        self._guide = guide
        self._open: dict[frozenset[str], Circuit] = {}

    def of(self, topics: frozenset[str]) -> Circuit:
        """What the derive queries conclude of every case that may enter some topics.

        Args:
            topics: IRIs of topics.

        Returns:
            The circuit; it is kept beside the build of the content, and compiled where it is not.

        Raises:
            NotCompiledError: A derive query says what a circuit cannot.
        """
        if topics not in self._open:
            place = self._guide.beside(name_of(topics))
            self._open[topics] = kept(place, lambda: compiled(self._guide.bearing(topics)))
        return self._open[topics]

    def part(self, topics: frozenset[str], wanted: frozenset[str]) -> Circuit:
        """A part of ``of``, quickly for one set of topics after the other.

        Args:
            topics: IRIs of topics.
            wanted: Names of conclusions, such as ``"best"``.

        Returns:
            The circuit with these outputs alone, kept as ``of`` is, but not in memory.

        Raises:
            NotCompiledError: As for ``of``.
        """
        place = self._guide.beside(name_of(topics, wanted))
        return kept(place, lambda: self._shared.circuit(self._guide.bearing(topics), wanted))

    def about_words(self, wanted: frozenset[str]) -> Circuit:
        """What the facts of a case amount to, whatever topics it may enter.

        Args:
            wanted: Names of conclusions, such as ``"impossible"``.

        Returns:
            The circuit, with the words of all topics.

        Raises:
            NotCompiledError: As for ``of``.
        """
        return kept(self._guide.beside(name_of(("words",), wanted)), lambda: self._shared.words(wanted))

    @cached_property
    def _shared(self) -> Shared:
        read = [reads((query,)) for query in stage("derive")]
        every = self._guide.slice(self._guide.topics)
        return Shared(self._guide.slice(()), every, derive_rules(), read)

"""Looks up the words of the vocabulary: ids, labels, synonyms, and the nearest ones to a misspelt word."""

from __future__ import annotations

import re
from collections import ChainMap, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import cast

from pyoxigraph import Literal, NamedNode

from kg.errors import UnknownTermError, did_you_mean, listed, nearest, quoted
from kg.knowledge.content.content import WORDS, Content
from kg.knowledge.sparql.iris import ALT_LABEL, NS, RDF_TYPE, RDFS_LABEL, VOCABULARY, qualified, slug

_SOME_SHOWN = 5

_FEW_TERMS = 20
"""If a class has at most this many words, a message names some of them; otherwise it says how to search."""


class Lexicon:
    """The words of some content."""

    def __init__(
        self,
        content: Content,
        words: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
        vocabulary: Lexicon | None = None,
    ) -> None:
        """Wrap content that was read.

        Args:
            content: What ``kg.knowledge.content.content.read`` returns, or a part of it.
            words: If the content is a part, the words of the whole, by class and id.
            vocabulary: The lexicon of the vocabulary alone, so that many parts read its labels once.
        """
        self._vocabulary = vocabulary
        self._content = content
        self._words = words

    def term(self, kind: str, word: str) -> NamedNode:
        """The IRI of a word.

        Args:
            kind: ``"Finding"``, ``"Procedure"``, ``"Measure"`` or another class of term.
            word: Its id.

        Raises:
            UnknownTermError: Nothing has that id; the message offers the nearest words. Or several things have it.
        """
        if found := self._called(kind, word):
            if len(found) > 1:
                names = listed(map(qualified, found))
                message = f"{quoted(word)} names {len(found)} terms of the kind {kind.lower()}; say which: {names}"
                raise UnknownTermError(message)
            return NamedNode(found[0])
        known = self._known(kind)
        if word not in known:
            cure = did_you_mean(self._nearest(kind, word), self._search(kind))
            message = f"{quoted(word)} is not a {kind.lower()} of this vocabulary; {cure}"
            raise UnknownTermError(message)
        return NamedNode(known[word])

    def nearest_terms(self, word: str) -> list[str]:
        """The terms of any kind that cases use whose id, label or synonym is nearest to a word.

        Args:
            word: A word that is no term.

        Returns:
            Identifiers, at most three.
        """
        return nearest(word, [name for kind in WORDS for name in self._nearest(kind, word)], cutoff=0)

    def resolve(self, kind: str, word: str) -> NamedNode:
        """The IRI of a word that is given by its id or its IRI.

        Args:
            kind: A class of term, or ``"Term"`` for anything in the content.
            word: Its id or its IRI.

        Raises:
            UnknownTermError: Nothing has that id, or several things have it.
        """
        if kind == "Term":
            return self.thing(word)
        return NamedNode(word) if word in self.iris(kind) else self.term(kind, word)

    def _called(self, kind: str, word: str) -> list[str]:
        """The terms of a kind that a word names: alone, or with the part before, as ``topic/scenario``.

        None of a kind of which cases are made: two findings of one identifier are a fault of the content.
        """
        if kind in WORDS and kind in self._words:
            return []
        every = self._words[kind].values() if kind in self._words else self._every.get(kind, ())
        return [iri for iri in every if slug(iri) == word or qualified(iri) == word or iri == word]

    def thing(self, word: str) -> NamedNode:
        """The IRI of anything in the content.

        Args:
            word: Its id, the end of its IRI, or its IRI.

        Raises:
            UnknownTermError: Nothing has that id, or several things have it.
        """
        found = self._meant(word, self._things)
        if len(found) > 1:
            some = sorted({self.shortest(iri) for iri in found[:_SOME_SHOWN]})
            others = f" or {len(found) - _SOME_SHOWN} others" if len(found) > _SOME_SHOWN else ""
            message = f"{quoted(word)} names {len(found)} things; say which: {listed(some)}{others}"
            raise UnknownTermError(message)
        if not found:
            near = nearest(word, {slug(iri) for iri in self._things})
            cure = did_you_mean(near, "`nextstudy find WORD` searches the content")
            message = f"nothing in the content has the id {quoted(word)}; {cure}"
            raise UnknownTermError(message)
        return NamedNode(found[0])

    def _meant(self, word: str, things: Iterable[str]) -> list[str]:
        """The things that a word may stand for."""
        found = [iri for iri in things if iri == word or iri.endswith((f"/{word}", f"#{word}"))]
        # A term comes before the nodes named after it, such as its ratings, and a word that cases use comes before a
        # rule or a neighbour with the same id: procedure/mri-knee before topic/knee-pain/trauma/rating/mri-knee.
        least = min(map(_depth, found), default=0)
        found = [iri for iri in found if _depth(iri) == least]
        return [iri for iri in found if iri in self._case_words] or found

    @cached_property
    def _case_words(self) -> frozenset[str]:
        return frozenset(iri for kind in WORDS for iri in self.iris(kind))

    def describes(self, iri: str) -> bool:
        """Whether the content says anything of a thing, so that ``thing`` would find it.

        Args:
            iri: Its IRI.

        Returns:
            True for a term, a rule, a source or a part of the schema; false for codes of other systems.
        """
        return iri in self._described

    @cached_property
    def _described(self) -> frozenset[str]:
        return frozenset(self._things)

    @cached_property
    def _things(self) -> tuple[str, ...]:
        """The IRIs of everything that is described, sorted."""
        subjects = (triple.subject for triples in self._content.graphs.values() for triple in triples)
        return tuple(sorted({subject.value for subject in subjects if isinstance(subject, NamedNode)}))

    @property
    def labels(self) -> Mapping[str, str]:
        """What a person reads, by IRI."""
        return self._labels

    def iris(self, kind: str) -> frozenset[str]:
        """The IRIs of all terms of a class."""
        return frozenset(self._known(kind).values() if kind in self._words else self._every.get(kind, ()))

    def knows(self, kind: str, word: str) -> bool:
        """Whether a class of terms has a word with this id, so that ``term`` would find it."""
        return word in self._known(kind)

    def label(self, iri: str) -> str:
        """What a person reads for the IRI of anything in the content: its label, or else its id."""
        return self._labels.get(iri, slug(iri))

    def shortest(self, iri: str) -> str:
        """The shortest end of an IRI from which ``thing`` finds it: its id, unless other things have the same id.

        >>> import kg
        >>> kg.load().core.lexicon.shortest("https://w3id.org/nextstudy/finding/fever")
        'fever'
        """
        like = self._by_slug.get(slug(iri), ())
        parts = re.split("([/#])", iri)
        for start in range(len(parts) - 1, 0, -2):
            end = "".join(parts[start:])
            if self._meant(end, like) == [iri]:
                return end
        return iri

    @cached_property
    def _by_slug(self) -> Mapping[str, list[str]]:
        things: dict[str, list[str]] = defaultdict(list)
        for iri in self._things:
            things[slug(iri)].append(iri)
        return things

    def _search(self, kind: str) -> str:
        """How to find a term of a class: with the command, or from a list if there are only a few."""
        some = sorted(self._known(kind))
        if len(some) > _FEW_TERMS:
            return f"`nextstudy find WORD --kind {kind}` searches the vocabulary"
        others = f" and {len(some) - _SOME_SHOWN} more" if len(some) > _SOME_SHOWN else ""
        return f"there are {listed(some[:_SOME_SHOWN])}{others}" if some else "this vocabulary has none"

    def _nearest(self, kind: str, word: str) -> list[str]:
        names = dict(self._spellings(kind))
        meant = word.lower().replace("-", " ")
        close = [meant] if meant in names else nearest(meant, names, most=5, cutoff=0.55)
        return list(dict.fromkeys(slug(names[name]) for name in close))[:3]

    def _spellings(self, kind: str) -> list[tuple[str, str]]:
        iris = self.iris(kind)
        named_words = [(slug(iri).replace("-", " "), iri) for iri in iris]
        labels = [
            (t.object.value.lower().replace("-", " "), t.subject.value)
            for triples in self._content.graphs.values()
            for t in triples
            if t.predicate in (RDFS_LABEL, ALT_LABEL)
            and isinstance(t.subject, NamedNode)
            and isinstance(t.object, Literal)
        ]
        return sorted([*named_words, *((name, iri) for name, iri in labels if iri in iris)])

    def _known(self, kind: str) -> Mapping[str, str]:
        return self._words[kind] if kind in self._words else self._terms.get(kind, {})

    @cached_property
    def _terms(self) -> Mapping[str, Mapping[str, str]]:
        return {kind: {slug(iri): iri for iri in iris} for kind, iris in self._every.items()}

    @cached_property
    def _every(self) -> Mapping[str, tuple[str, ...]]:
        """All terms of each kind; several may have one identifier, each in a topic of its own."""
        kinds: dict[str, dict[str, None]] = defaultdict(dict)
        for triples in self._content.graphs.values():
            for t in triples:
                if (
                    t.predicate != RDF_TYPE
                    or not isinstance(t.subject, NamedNode)
                    or not isinstance(t.object, NamedNode)
                ):
                    continue
                if t.object.value.startswith(NS):
                    kinds[slug(t.object.value)][t.subject.value] = None
        return {kind: tuple(sorted(iris)) for kind, iris in kinds.items()}

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        known = self._vocabulary.labels if self._vocabulary else {}
        labels = {
            t.subject.value: t.object.value
            for name, triples in self._content.graphs.items()
            if not (known and name == VOCABULARY)
            for t in triples
            if t.predicate == RDFS_LABEL and isinstance(t.subject, NamedNode) and isinstance(t.object, Literal)
        }
        return {**known, **labels}


def _depth(iri: str) -> int:
    return iri.count("/")


class JoinedLexicon(Lexicon):
    """The words of several parts of the same content."""

    def __init__(self, parts: Sequence[Lexicon]) -> None:
        """Join the lexicons, all of which know the words of the whole."""
        self._parts = parts

    @property
    def labels(self) -> Mapping[str, str]:
        """What a person reads, by IRI."""
        return ChainMap(*(cast(dict[str, str], part.labels) for part in self._parts))

    def label(self, iri: str) -> str:
        """What a person reads for an IRI, as ``Lexicon.label``."""
        return next((part.labels[iri] for part in self._parts if iri in part.labels), slug(iri))

    def _known(self, kind: str) -> Mapping[str, str]:
        return self._parts[0]._known(kind)

    def _called(self, kind: str, word: str) -> list[str]:
        return self._parts[0]._called(kind, word)

    def iris(self, kind: str) -> frozenset[str]:
        """All terms of a kind, as ``Lexicon.iris``."""
        return self._parts[0].iris(kind)

"""The words of the vocabulary: identifiers, labels, synonyms, and the nearest ones to a misspelt word."""

from __future__ import annotations

from collections import ChainMap, defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import cast

from pyoxigraph import Literal, NamedNode

from kg.answer import Term
from kg.content import Content
from kg.errors import ParameterError, UnknownTermError, listed, quoted
from kg.names import ALT_LABEL, NS, RDF_TYPE, RDFS_LABEL, SEARCHED, VOCABULARY, slug

_LONGEST = 100
"""How much of a word is compared with others; the longest of ours are shorter."""

_SHOWN = 5


class Lexicon:
    """The words of one content folder."""

    def __init__(
        self,
        content: Content,
        words: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
        vocabulary: Lexicon | None = None,
    ) -> None:
        """Wrap content that was read.

        Args:
            content: What ``kg.content.read`` returns, or a part of it.
            words: The words of the whole, by class and identifier, where the content is a part.
            vocabulary: The lexicon of the vocabulary alone, so that many parts read its labels once.
        """
        self._vocabulary = vocabulary
        self._content = content
        self._words = words

    def term(self, kind: str, word: str) -> NamedNode:
        """The IRI of a word.

        Args:
            kind: ``"Finding"``, ``"Procedure"``, ``"Measure"`` or another class of term.
            word: Its identifier.

        Returns:
            The IRI.

        Raises:
            UnknownTermError: There is no such word; the nearest are offered.
        """
        known = self._known(kind)
        if word not in known:
            near = self._nearest(kind, word)
            cure = f"did you mean {listed(near)}?" if near else self._search(kind)
            message = f"{quoted(word)} is not a {kind.lower()} of this vocabulary; {cure}"
            raise UnknownTermError(message)
        return NamedNode(known[word])

    def resolve(self, kind: str, word: str) -> NamedNode:
        """The IRI of a word or of an IRI.

        Args:
            kind: A class of term, or ``"Term"`` for any thing of the content.
            word: Its identifier or its IRI.

        Returns:
            The IRI.

        Raises:
            UnknownTermError: There is no such thing, or there are several.
        """
        if kind == "Term":
            return self.thing(word)
        return NamedNode(word) if word in self.iris(kind) else self.term(kind, word)

    def thing(self, word: str) -> NamedNode:
        """The IRI of any thing of the content.

        Args:
            word: Its identifier, the end of its IRI, or its IRI.

        Returns:
            The IRI.

        Raises:
            UnknownTermError: There is no such thing, or there are several.
        """
        found = [iri for iri in self._things if iri == word or iri.endswith((f"/{word}", f"#{word}"))]
        # A term itself comes before the nodes that are named after it, such as its ratings.
        least = min((iri.count("/") for iri in found), default=0)
        found = [iri for iri in found if iri.count("/") == least]
        if len(found) > 1:
            message = f"{quoted(word)} names {len(found)} things; give more of the IRI, such as {listed(found[:3])}"
            raise UnknownTermError(message)
        if not found:
            import difflib  # here, as a known word needs none of it

            near = difflib.get_close_matches(word[:_LONGEST], {slug(iri) for iri in self._things}, n=3)
            cure = f"did you mean {listed(near)}?" if near else "`nextstudy find WORD` searches the vocabulary"
            message = f"nothing in the content is called {quoted(word)}; {cure}"
            raise UnknownTermError(message)
        return NamedNode(found[0])

    @cached_property
    def _things(self) -> tuple[str, ...]:
        """Everything that is described, by IRI."""
        subjects = (triple.subject for triples in self._content.graphs.values() for triple in triples)
        return tuple(sorted({subject.value for subject in subjects if isinstance(subject, NamedNode)}))

    @property
    def labels(self) -> Mapping[str, str]:
        """What a person reads, by IRI."""
        return self._labels

    def iris(self, kind: str) -> frozenset[str]:
        """All terms of a kind.

        Args:
            kind: The class of term.

        Returns:
            Their IRIs.
        """
        return frozenset(self._known(kind).values())

    def knows(self, kind: str, word: str) -> bool:
        """Whether there is a word of this kind.

        Args:
            kind: The class of term.
            word: Its identifier.

        Returns:
            True when ``term`` would find it.
        """
        return word in self._known(kind)

    def label(self, iri: str) -> str:
        """What a person reads for an IRI.

        Args:
            iri: The IRI of anything in the content.

        Returns:
            Its label, or its slug.
        """
        return self._labels.get(iri, slug(iri))

    def find(self, text: str, kind: str = "Finding") -> tuple[Term, ...]:
        """Search labels, synonyms and identifiers.

        Args:
            text: Some words.
            kind: The class of term.

        Returns:
            The terms of which a name contains every word, the shortest name first; failing these, the nearest ones.

        Raises:
            ParameterError: There is no such class of term.

        >>> import kg
        >>> [term.id for term in kg.load().find("weak legs")][:1]
        ['leg-weakness']
        """
        kinds = sorted({*SEARCHED, *self._terms})
        if kind not in kinds:
            message = f"{quoted(kind)} is not a kind of term; write one of {listed(kinds)}"
            raise ParameterError(message)
        words = text.lower().replace("-", " ").split()
        hits: dict[str, int] = {}
        for name, iri in self._spellings(kind):
            if all(word in name for word in words):
                hits[iri] = min(len(name), hits.get(iri, len(name)))
        if not hits:
            return tuple(Term(word, self.label(self._known(kind)[word])) for word in self._nearest(kind, text))
        return tuple(Term(slug(iri), self.label(iri)) for iri in sorted(hits, key=lambda iri: (hits[iri], iri)))

    def _search(self, kind: str) -> str:
        """How to find a term of a kind: by the command, or among the few that there are."""
        if kind in SEARCHED:
            option = "" if kind == SEARCHED[0] else f" --kind {kind}"
            return f"`nextstudy find WORD{option}` searches the vocabulary"
        some = sorted(self._known(kind))
        others = f" and {len(some) - _SHOWN} others" if len(some) > _SHOWN else ""
        return f"there are {listed(some[:_SHOWN])}{others}" if some else "there is none"

    def _nearest(self, kind: str, word: str) -> list[str]:
        import difflib  # here, as a known word needs none of it

        names = dict(self._spellings(kind))
        close = difflib.get_close_matches(word[:_LONGEST].lower().replace("-", " "), names, n=5, cutoff=0.55)
        return list(dict.fromkeys(slug(names[name]) for name in close))[:3]

    def _spellings(self, kind: str) -> list[tuple[str, str]]:
        iris = self.iris(kind)
        named_words = [(slug(iri).replace("-", " "), iri) for iri in iris]
        labels = [
            (t.object.value.lower().replace("-", " "), t.subject.value)
            for t in self._content.graphs[VOCABULARY]
            if t.predicate in (RDFS_LABEL, ALT_LABEL)
            and isinstance(t.subject, NamedNode)
            and isinstance(t.object, Literal)
        ]
        return sorted([*named_words, *((name, iri) for name, iri in labels if iri in iris)])

    def _known(self, kind: str) -> Mapping[str, str]:
        return self._words[kind] if kind in self._words else self._terms[kind]

    @cached_property
    def _terms(self) -> Mapping[str, Mapping[str, str]]:
        kinds: dict[str, dict[str, str]] = defaultdict(dict)
        for triples in self._content.graphs.values():
            for t in triples:
                if (
                    t.predicate != RDF_TYPE
                    or not isinstance(t.subject, NamedNode)
                    or not isinstance(t.object, NamedNode)
                ):
                    continue
                if t.object.value.startswith(NS):
                    kinds[slug(t.object.value)][slug(t.subject.value)] = t.subject.value
        return kinds

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


class Joined(Lexicon):
    """The words of several parts of one guideline."""

    def __init__(self, parts: Sequence[Lexicon]) -> None:
        """Wrap them.

        Args:
            parts: The lexicons, all of which know the words of the whole.
        """
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

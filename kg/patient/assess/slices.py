"""Slices of the content: the vocabulary with the topics that a case may enter.

A case is assessed against its slice, and against the rules of other topics that could apply to it (see ``beyond.py``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import cast

from pyoxigraph import NamedNode, Quad

from kg.knowledge.content.beyond import ActingRule, Beyond, StatedWords
from kg.knowledge.content.content import Content
from kg.knowledge.content.lexicon import JoinedLexicon, Lexicon
from kg.knowledge.content.lookup import JoinedLookup, Lookup
from kg.knowledge.sparql.iris import RDF_TYPE, VOCABULARY, ns
from kg.knowledge.sparql.queries import named, reads, stage
from kg.patient.assess.evaluation import QUESTIONS, Bench, Stores
from kg.patient.facts import stated

OPEN_SLICES = 256
"""How many slices stay open; the one opened first is closed first. At the size of a whole guideline, each takes about
3.6 MB, and all of them less than a gigabyte."""

_MEETS, _MEASURE = ns("meets"), ns("measure")
_OF_FAILING = (ns("ifPresent"), ns("ifAbsent"), ns("disjunctCount"))
"""The properties that tell whether a criterion fails. A rule of another topic matters only if it applies, so its copy
in a slice does without them."""

_LIFTS = (ns("performedAs"), ns("shownAs"), ns("orderedAs"))


@dataclass(frozen=True)
class View:
    """The words and tables by which a person can read what was found.

    Attributes:
        lexicon: Words and labels.
        lookup: Ratings, criteria, origins and so on.
    """

    lexicon: Lexicon
    lookup: Lookup

    def joined(self, others: Sequence[View]) -> View:
        """A view that looks first here, then in the others; this view itself if there are no others."""
        every = (self, *others)
        return (
            View(JoinedLexicon([view.lexicon for view in every]), JoinedLookup([view.lookup for view in every]))
            if others
            else self
        )


@dataclass(frozen=True)
class Slice(View):
    """The vocabulary and the topics that a case may enter.

    Attributes:
        bench: Has all triples, for any question about a case.
        rules: Has only the triples that the queries of an answer read, less than half of all. Assessing is faster on
            it: an engine that has to skip labels at every step takes 10 to 20 percent longer.
    """

    bench: Bench
    rules: Bench


class Vocabulary:
    """The vocabulary, which is part of every slice, and opens slices."""

    def __init__(self, vocabulary: Content, beyond: Beyond) -> None:
        """Prepare the triples that all slices share.

        Args:
            vocabulary: The content without topics.
            beyond: Finds the rules of topics that a case does not enter.
        """
        self._beyond, self._vocabulary = beyond, vocabulary
        self._read_of_rules: dict[str, Mapping[str, list[Quad]]] = {}
        triples = triples_of(vocabulary)
        self._triples = frozenset(triples)
        # Findings that become known through a number, a study or an order, not only by being stated.
        self._unstated = {t.object for t in triples if t.predicate in _LIFTS}
        self._unstated |= {t.subject for t in triples if t.predicate == _MEASURE}
        self._named = reads((*stage("derive"), *(named(*question) for question in QUESTIONS)))
        self._lexicon = Lexicon(vocabulary)
        self._whole = Stores(triples, many=1)  # used once for each slice, and for questions other than assessing
        self._rules = Stores(self._read(triples), many=OPEN_SLICES)

    def words(self, words: Mapping[str, Mapping[str, str]]) -> Lexicon:
        """A lexicon that knows every word but has only the labels of the vocabulary.

        Args:
            words: The IRI of each word of all content, by class and identifier.
        """
        return Lexicon(self._vocabulary, words, self._lexicon)

    def slice(self, content: Content, words: Mapping[str, Mapping[str, str]]) -> Slice:
        """Open a slice.

        Args:
            content: The vocabulary and some topics.
            words: The IRI of each word of all content, by class and identifier.
        """
        own, topics = self._besides(content), frozenset(content.topics)

        def besides(laid: tuple[Quad, ...]) -> Iterable[Quad]:
            return self._beyond.triples(self._beyond.rules(stated(laid), topics))

        def read(laid: tuple[Quad, ...]) -> Iterable[Quad]:
            words = stated(laid)
            return chain.from_iterable(self._read_of(rule, words) for rule in self._beyond.rules(words, topics))

        bench, rules = Bench(own, self._whole, besides), Bench(self._read(own), self._rules, read)
        return Slice(Lexicon(content, words, self._lexicon), Lookup(content, bench.table), bench, rules)

    def _read_of(self, rule: ActingRule, words: StatedWords) -> Iterator[Quad]:
        """The triples of a rule that the queries of an answer read, without what the words of a case cannot meet."""
        # Say that fever or night pain meets a criterion of the rule. For a case that states fever, the triple
        # `finding:fever ns:meets ?criterion` is laid out and that of night pain is not. Everything else about the rule
        # is filed under the empty word and laid out for every case.
        if rule.condition not in self._read_of_rules:
            meeting: dict[str, list[Quad]] = defaultdict(list)
            for triple in self._read(t for t in self._beyond.triples([rule]) if t.predicate not in _OF_FAILING):
                own = triple.predicate != _MEETS or triple.subject in self._unstated
                meeting["" if own else cast(NamedNode, triple.subject).value].append(triple)
            self._read_of_rules[rule.condition] = meeting
        said = self._read_of_rules[rule.condition]
        return chain.from_iterable(said[word] for word in ("", *(word for _, word in words)) if word in said)

    def _read(self, triples: Iterable[Quad]) -> tuple[Quad, ...]:
        """The triples that the queries of an answer read."""
        return tuple(
            triple
            for triple in triples
            if (cast(NamedNode, triple.object) if triple.predicate == RDF_TYPE else triple.predicate).value
            in self._named
        )

    def _besides(self, content: Content) -> tuple[Quad, ...]:
        """The triples of a slice that are not in the vocabulary, each once."""
        parts = (*(graph for name, graph in content.graphs.items() if name != VOCABULARY), content.derived)
        return tuple(dict.fromkeys(triple for triples in parts for triple in triples if triple not in self._triples))


def triples_of(content: Content) -> tuple[Quad, ...]:
    """All triples of some content: what authors state, and what the build derives."""
    return tuple(triple for triples in (*content.graphs.values(), content.derived) for triple in triples)

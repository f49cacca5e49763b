"""Parts of a guideline: the vocabulary with the topics that some case may enter.

A case is assessed against its part and against the rules of other topics that could apply to it, see ``kg.beyond``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import cast

from pyoxigraph import NamedNode, Quad

from kg.beyond import Beyond, Rule, Stated
from kg.content import Content
from kg.evaluation import Bench, Stores
from kg.facts import stated
from kg.knowledge import Joined as JoinedKnowledge
from kg.knowledge import Knowledge
from kg.lexicon import Joined as JoinedLexicon
from kg.lexicon import Lexicon
from kg.names import RDF_TYPE, VOCABULARY, ns
from kg.queries import named, reads, stage
from kg.reading import QUESTIONS

PARTS = 256
"""How many parts stay open; the one opened first is closed first. At the size of a whole guideline each takes about
3.6 MB, all of them less than a gigabyte."""

_MEETS, _MEASURE = ns("meets"), ns("measure")
_OF_FAILING = (ns("ifPresent"), ns("ifAbsent"), ns("alternativeCount"))
"""What tells whether a criterion fails; a rule that is laid out for what it does when it applies needs none of it."""

_LIFTS = (ns("performedAs"), ns("shownAs"), ns("intendedAs"))


@dataclass(frozen=True)
class View:
    """What is looked up to say what was found.

    Attributes:
        lexicon: The words.
        knowledge: Ratings, criteria, origins and the like.
    """

    lexicon: Lexicon
    knowledge: Knowledge

    def joined(self, others: Sequence[View]) -> View:
        """Look up in others what is not found here.

        Args:
            others: Views of other parts.

        Returns:
            The view of all; this one itself where there are no others.
        """
        every = (self, *others)
        return (
            View(JoinedLexicon([view.lexicon for view in every]), JoinedKnowledge([view.knowledge for view in every]))
            if others
            else self
        )


@dataclass(frozen=True)
class Part(View):
    """The vocabulary and the topics that some case may enter.

    Attributes:
        bench: Where a case is laid that is asked about.
        rules: Where a case is laid that is assessed: only what the queries of an answer read, which is less than half.
            An engine that walks past a label at every step takes a tenth to a fifth longer.
    """

    bench: Bench
    rules: Bench


class Common:
    """The vocabulary, which every part holds."""

    def __init__(self, vocabulary: Content, beyond: Beyond) -> None:
        """Lay the vocabulary out.

        Args:
            vocabulary: The content without topics.
            beyond: The rules of topics that a case does not enter.
        """
        self._beyond, self._vocabulary = beyond, vocabulary
        self._read_of_rules: dict[str, Mapping[str, list[Quad]]] = {}
        triples = triples_of(vocabulary)
        self._triples = frozenset(triples)
        # Findings that become known by a number, a study or an order, not only by their own word.
        self._unstated = {t.object for t in triples if t.predicate in _LIFTS}
        self._unstated |= {t.subject for t in triples if t.predicate == _MEASURE}
        self._named = reads((*stage("derive"), *(named("ask", name) for name in QUESTIONS)))
        self._lexicon = Lexicon(vocabulary)
        self._whole = Stores(triples, many=1)  # used once for each part and by what is asked beside assessing
        self._rules = Stores(self._read(triples), many=PARTS)

    def words(self, words: Mapping[str, Mapping[str, str]]) -> Lexicon:
        """A lexicon that finds every word, with the labels of the vocabulary alone.

        Args:
            words: The words of the whole guideline, by class and identifier.

        Returns:
            The lexicon.
        """
        return Lexicon(self._vocabulary, words, self._lexicon)

    def part(self, content: Content, words: Mapping[str, Mapping[str, str]]) -> Part:
        """Open a part.

        Args:
            content: The vocabulary and some topics.
            words: The words of the whole guideline, by class and identifier.

        Returns:
            The part.
        """
        own, topics = self._besides(content), frozenset(content.topics)

        def besides(laid: tuple[Quad, ...]) -> Iterable[Quad]:
            return self._beyond.triples(self._beyond.rules(stated(laid), topics))

        def read(laid: tuple[Quad, ...]) -> Iterable[Quad]:
            words = stated(laid)
            return chain.from_iterable(self._read_of(rule, words) for rule in self._beyond.rules(words, topics))

        bench, rules = Bench(own, self._whole, besides), Bench(self._read(own), self._rules, read)
        return Part(Lexicon(content, words, self._lexicon), Knowledge(content, bench), bench, rules)

    def _read_of(self, rule: Rule, words: Stated) -> Iterator[Quad]:
        """What the queries of an answer read of a rule; of how it is met only what the words of a case bear on."""
        if rule.condition not in self._read_of_rules:
            meeting: dict[str, list[Quad]] = defaultdict(list)
            for triple in self._read(t for t in self._beyond.triples([rule]) if t.predicate not in _OF_FAILING):
                own = triple.predicate != _MEETS or triple.subject in self._unstated
                meeting["" if own else cast(NamedNode, triple.subject).value].append(triple)
            self._read_of_rules[rule.condition] = meeting
        said = self._read_of_rules[rule.condition]
        return chain.from_iterable(said[word] for word in ("", *(word for _, word in words)) if word in said)

    def _read(self, triples: Iterable[Quad]) -> tuple[Quad, ...]:
        """What the queries of an answer read."""
        return tuple(
            triple
            for triple in triples
            if (cast(NamedNode, triple.object) if triple.predicate == RDF_TYPE else triple.predicate).value
            in self._named
        )

    def _besides(self, content: Content) -> tuple[Quad, ...]:
        """What a part holds besides the vocabulary, each triple once."""
        parts = (*(graph for name, graph in content.graphs.items() if name != VOCABULARY), content.derived)
        return tuple(dict.fromkeys(triple for triples in parts for triple in triples if triple not in self._triples))


def triples_of(content: Content) -> tuple[Quad, ...]:
    """All that is stated in some content, and what was derived of it.

    Args:
        content: What ``kg.content.read`` returns, or a part of it.

    Returns:
        Its triples.
    """
    return tuple(triple for triples in (*content.graphs.values(), content.derived) for triple in triples)

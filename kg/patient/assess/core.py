"""The core of a guide: the opened content, and the slice of it that each case is assessed against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, Quad

from kg.errors import ContentError
from kg.knowledge.content.beyond import Beyond
from kg.knowledge.content.cache import Kept, opened_content
from kg.knowledge.content.content import Content, Index, read
from kg.knowledge.content.language import ENGLISH
from kg.knowledge.content.lexicon import Lexicon
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.content.soundness import refuse_unsound
from kg.knowledge.sparql.iris import IS_DEFINED_BY
from kg.knowledge.sparql.queries import named, selection
from kg.knowledge.sparql.resources import shipped
from kg.knowledge.sparql.store import Row
from kg.patient.assess.evaluation import Evaluation
from kg.patient.assess.slices import OPEN_SLICES, Slice, View, Vocabulary, triples_of
from kg.patient.assess.validate import refuse
from kg.patient.case import Case
from kg.patient.facts import THIS_CASE, facts, stated

if TYPE_CHECKING:
    # Imported where it is used: most processes ask for one answer and no more.
    from kg.knowledge.ask.search import SearchIndex
    from kg.knowledge.codes.meaning import Codes
    from kg.patient.assess.circuits import Circuits


class Core:
    """The opened content of a guide. It never changes and may be shared by threads."""

    def __init__(self, source: Content | Kept) -> None:
        """Wrap what ``kg.knowledge.content.content.read`` or ``kg.knowledge.content.cache.opened_content`` returns.

        Raises:
            ContentError: The vocabulary that all topics share is incomplete, so that nobody can be answered.
        """
        refuse_unsound(source.unfinished)
        self._source = source
        self._slices: dict[frozenset[str], Slice] = {}
        self._cards: dict[str, View] = {}

    @classmethod
    def of_folder(cls, content: Path | str | None = None, language: str = ENGLISH) -> Core:
        """Open a content folder, by default the shipped ontology, with labels and texts in a language.

        Raises:
            ContentError: The folder cannot be used; the message names the file, the line and the cure.
            ParameterError: No label is written in this language.
        """
        return cls(opened_content(Path(content) if content is not None else shipped("ontology"), language))

    # ------------------------------------------------------------------ the content

    @cached_property
    def content(self) -> Content:
        """All content."""
        return self._source.whole

    @property
    def folder(self) -> Path | None:
        """The content folder, if the content was read from one."""
        return self._source.folder

    @property
    def topics(self) -> tuple[str, ...]:
        """The IRIs of all topics."""
        return self._source.topics

    @property
    def index(self) -> Index:
        """What must be known before any case is assessed: the words, and which of them lead to which topics."""
        return self._source.index

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words of all content."""
        return Lexicon(self.content)

    @cached_property
    def lookup(self) -> Lookup:
        """The tables of all content."""
        return Lookup(self.content)

    @cached_property
    def search(self) -> SearchIndex:
        """The names of all content, for searching."""
        from kg.knowledge.ask.search import SearchIndex

        return SearchIndex(self.lookup, self.lexicon, self._source.other_names)

    @cached_property
    def codes(self) -> Codes:
        """What the codes of other systems imply, with the kinds that a terminology server of the site added."""
        from kg.knowledge.codes.expansion import kept_kinds
        from kg.knowledge.codes.meaning import Codes
        from kg.knowledge.content.codes import read_mappings

        mappings = read_mappings(self.folder) if self.folder else self.content.mappings
        return Codes(mappings, self._source.index.words, self._words.label, kept_kinds())

    @cached_property
    def record_terms(self) -> tuple[list[Row], list[Row]]:
        """What has to be known to read a record: the measures; the findings that are complaints, or seen on a study."""
        bench = self.slice(frozenset()).bench
        return bench.table(selection("measures")), bench.table(named("lookup", "what-records-state"))

    def understood(self, case: Case) -> Case:
        """A case in our own words: each code of another system in it as what it implies.

        Raises:
            UnknownTermError: Something in it is a code that implies nothing.
        """
        from kg.patient.coded import has_codes, in_our_words

        return in_our_words(case, self.codes) if has_codes(case) else case

    @property
    def presumptions(self) -> tuple[str, ...]:
        """The IRIs of what the content presumes of a case, unless the case does without it."""
        return tuple(sorted(self._words.iris("Presumption")))

    def beside(self, name: str) -> Path | None:
        """The file in which something made from the content may be kept; None where the content itself is not kept.

        Args:
            name: The name of the file; it identifies what the file depends on besides the content.
        """
        return self._source.beside(name) if isinstance(self._source, Kept) else None

    @cached_property
    def circuits(self) -> Circuits:
        """The derive queries, compiled to circuits."""
        from kg.patient.assess.circuits import Circuits

        return Circuits(self)

    # ------------------------------------------------------------------ slices of it

    def slice(self, topics: frozenset[str]) -> Slice:
        """The slice for cases that may enter some topics, by IRI; it stays open for later cases."""
        if topics not in self._slices:
            while len(self._slices) >= OPEN_SLICES:
                self._slices.pop(next(iter(self._slices)), None)
            self._slices[topics] = self._vocabulary.slice(self._source.part(topics), self._source.index.words)
        return self._slices[topics]

    def triples(self, topics: Iterable[str]) -> tuple[Quad, ...]:
        """The triples of the vocabulary, of some topics (by IRI) and of what the build derived; no worked examples."""
        return triples_of(self._source.part(frozenset(topics)))

    def bearing(self, topics: frozenset[str]) -> tuple[Quad, ...]:
        """Every triple that can matter for a case that may enter some topics, by IRI.

        These are the triples of the topics, and of every rule that acts beyond its own topic.
        """
        others = [rule for rule in self._source.rules.rules if topics.isdisjoint(rule.homes)]
        return tuple(dict.fromkeys((*self.triples(topics), *self._beyond.triples(others))))

    def beyond(self, laid: Iterable[Quad], topics: Iterable[str]) -> tuple[Quad, ...]:
        """The triples of the rules of other topics that could apply to a case.

        Args:
            laid: The triples of the case.
            topics: IRIs of the topics in its slice.
        """
        return tuple(dict.fromkeys(self._beyond.triples(self._beyond.rules(stated(laid), frozenset(topics)))))

    # ------------------------------------------------------------------ what a case touches

    def facts(self, case: Case) -> tuple[Quad, ...]:
        """Write a case as triples, as ``kg.patient.facts.facts`` does; it may state codes of other systems.

        Raises:
            UnknownTermError: A word of the case is not in the vocabulary, or a code implies nothing.
            ContentError: The topic of a chosen scenario is unfinished.
        """
        laid = facts(self.understood(case), self._words)
        for sentence in self._source.index.missed([pair for pair in stated(laid) if pair[0] == "chosen"]):
            raise ContentError(sentence)
        return laid

    def entered(self, laid: Iterable[Quad]) -> frozenset[str]:
        """The IRIs of the topics that a case, given as triples, may enter."""
        return self._source.index.topics(stated(laid))

    def missed(self, laid: Iterable[Quad]) -> tuple[str, ...]:
        """What is not answered for a case, because a topic that it may enter is unfinished.

        Args:
            laid: The triples of the case.

        Returns:
            One sentence a topic.
        """
        return self._source.index.missed(stated(laid))

    def finished(self, topic: str) -> str:
        """A topic that answers.

        Args:
            topic: Its identifier.

        Returns:
            Its IRI.

        Raises:
            UnknownTermError: There is no such topic.
            ContentError: It is unfinished.
        """
        iri = self.lexicon.term("Topic", topic).value
        if iri in self._source.unfinished:
            raise ContentError(self._source.unfinished[iri])
        return iri

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The topics that answer nobody, and why: one sentence each."""
        return tuple(self._source.unfinished.values())

    @property
    def notices(self) -> tuple[str, ...]:
        """What whoever opens the content has to know: topics that answer nobody, labels in other languages."""
        return (*self.unfinished, *self._source.notes)

    @cached_property
    def in_every_language(self) -> Content:
        """All content as it was written: in every language, where it was read from a folder."""
        return read(self.folder) if self.folder else self.content

    def near(self, laid: Iterable[Quad]) -> frozenset[str]:
        """The IRIs of the topics with a hand-off that has a criterion the case, given as triples, could meet."""
        return self._source.rules.near(stated(laid))

    def basis(self, laid: Iterable[Quad]) -> frozenset[str]:
        """The IRIs of all topics that the answer for a case, given as triples, may rest on.

        These are the topics that it may enter, and those of rules that could apply to it.
        """
        said = stated(laid)
        homes = (home for rule in self._source.rules.could_apply(said) for home in rule.homes)
        return self._source.index.topics(said).union(homes)

    def homes(self, conditions: Iterable[str]) -> frozenset[str]:
        """The IRIs of the topics of those conditions, given by IRI, that act beyond their own topic."""
        return self._source.rules.homes(conditions)

    def defined_by(self, things: Iterable[str]) -> frozenset[str]:
        """The IRIs of the topics that define some things, given by IRI."""
        nodes = set(map(NamedNode, things))
        found = (t.object for t in self.content.derived if t.predicate == IS_DEFINED_BY and t.subject in nodes)
        return frozenset(topic.value for topic in found if isinstance(topic, NamedNode))

    def knows(self, kind: str, word: str) -> bool:
        """Whether a word is of a kind, as ``Lexicon.knows`` says, but without reading all content."""
        return self._words.knows(kind, word)

    @contextmanager
    def evaluation(self, case: Case, topics: Iterable[str] = ()) -> Iterator[tuple[View, Evaluation]]:
        """Open a case with all its conclusions. Every question about a case comes here, so bad cases are refused here.

        Args:
            case: The patient, as far as known.
            topics: IRIs of topics to include besides those that the case may enter.

        Yields:
            The words and tables to read the evaluation by, and the evaluation.

        Raises:
            UnknownTermError: A word of the case is not in the vocabulary.
            CaseError: A number is out of range.
            ContradictoryCaseError: Facts contradict each other; the message names both.
        """
        laid = self.facts(case)
        held = self.slice(self.entered(laid).union(topics))
        with held.bench.evaluation(laid) as evaluation:
            refuse(evaluation)
            yield self.view(held, evaluation.conclusions(THIS_CASE, ("acts",))), evaluation

    def view(self, held: Slice, conclusions: Mapping[str, Sequence[str]]) -> View:
        """The words and tables of a slice, and those of conditions of other topics that act on the case.

        Args:
            held: The slice.
            conclusions: The conclusions about a case; ``acts`` must be among them.
        """
        others = self.homes(conclusions["acts"]) - frozenset(held.lookup.topics)
        return held.joined([self._card(topic) for topic in sorted(others)])

    def _card(self, topic: str) -> View:
        """The words and tables of the conditions of a topic that act beyond it."""
        if topic not in self._cards:
            while len(self._cards) >= OPEN_SLICES:
                self._cards.pop(next(iter(self._cards)), None)
            content = self._source.card(topic)
            self._cards[topic] = View(Lexicon(content, self._source.index.words), Lookup(content))
        return self._cards[topic]

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(self._source.part(frozenset()), self._beyond)

    @cached_property
    def _beyond(self) -> Beyond:
        return Beyond(lambda: self._source.rules, self._source.of_rules)

    @cached_property
    def _words(self) -> Lexicon:
        """The words of all content, with the labels of the vocabulary only."""
        return self._vocabulary.words(self._source.index.words)

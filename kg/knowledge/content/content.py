"""Reads a content folder: parse the files, check the names, give every node an IRI, add what the build queries derive.

The result is immutable: the triples of the vocabulary and of each topic.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import cast

from pyoxigraph import Literal, NamedNode, Quad, QueryTriples, Store

from kg.knowledge.content import codes
from kg.knowledge.content.beyond import Rules, StatedWords
from kg.knowledge.content.division import Division
from kg.knowledge.content.language import in_one_language
from kg.knowledge.content.soundness import unfinished
from kg.knowledge.sparql.iris import IS_DEFINED_BY, RDF_TYPE, SUB_CLASS_OF, VOCABULARY, ns, qualified, slug
from kg.knowledge.sparql.queries import named, selection, stage
from kg.knowledge.sparql.resources import shipped
from kg.knowledge.sparql.store import store_of, table
from kg.knowledge.turtle.atlas import Atlas
from kg.knowledge.turtle.families import mint_scenarios
from kg.knowledge.turtle.files import triples_of_file
from kg.knowledge.turtle.layout import SHAPES, graph_names, turtle_files
from kg.knowledge.turtle.minting import Minter
from kg.knowledge.turtle.names import refuse_declared_twice, refuse_unknown_classes, refuse_unknown_names
from kg.knowledge.turtle.values import refuse_values

_DECLARED_PREFIX = NamedNode("http://www.w3.org/ns/shacl#prefix")
_DECLARED_NAMESPACE = NamedNode("http://www.w3.org/ns/shacl#namespace")

WORDS = ("Finding", "Procedure", "Measure")
"""The classes of the words that a case uses."""

SCENARIO = "Scenario"
"""The class of what a person chooses; a case may name one with its topic before, as ``topic/scenario``."""


@dataclass(frozen=True)
class Index:
    """What must be known before a case is assessed.

    Attributes:
        entries: The topics that a word may let a case enter, by how the word is stated, and by its IRI.
        words: The IRI of each word, by class and id.
        doubled: The IRIs of the scenarios that share their id with a scenario of another topic.
        closed: As ``entries``, for the topics that are unfinished and answer nobody.
        unfinished: Why each of these is unfinished, by the IRI of the topic.
    """

    entries: Mapping[str, Mapping[str, frozenset[str]]]
    words: Mapping[str, Mapping[str, str]]
    doubled: frozenset[str] = frozenset()
    closed: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    unfinished: Mapping[str, str] = field(default_factory=dict)

    def answer_name(self, iri: str) -> str:
        """The name by which an answer, and a row of an audit, calls a thing.

        Args:
            iri: Its IRI.

        Returns:
            Its identifier; for a scenario of which there are several in different topics, with the topic before.

        >>> index = Index({}, {}, frozenset({"topic/a/first", "topic/b/first"}))
        >>> index.answer_name("topic/a/first"), index.answer_name("topic/a/second")
        ('a/first', 'second')
        """
        return slug(iri) if iri not in self.doubled else qualified(iri)

    def topics(self, stated: StatedWords) -> frozenset[str]:
        """The IRIs of the topics that a case may enter."""
        led = _led_to(self.entries, stated)
        shown = {word for given, word in stated if given in ("present", "seen")}
        if not shown.isdisjoint(self.entries.get("entering", ())):
            return led
        return led | _led_to(self.entries, [("suggesting", word) for word in shown])

    @property
    def leads(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """The topics that a word may lead to, whatever else is stated: as ``entries``, with what a finding suggests."""
        found = {given: dict(words) for given, words in self.entries.items() if given not in ("entering", "suggesting")}
        for word, topics in self.entries.get("suggesting", {}).items():
            for given in ("present", "seen"):
                words = found.setdefault(given, {})
                words[word] = words.get(word, frozenset()) | topics
        return found

    def missed(self, stated: StatedWords) -> tuple[str, ...]:
        """What is not answered for a case, one sentence for each unfinished topic that it may enter."""
        return tuple(self.unfinished[topic] for topic in sorted(_led_to(self.closed, stated)))


def _led_to(entries: Mapping[str, Mapping[str, frozenset[str]]], stated: StatedWords) -> frozenset[str]:
    return frozenset(topic for given, word in stated for topic in entries.get(given, {}).get(word, ()))


@dataclass(frozen=True)
class Content:
    """The content of one folder.

    Attributes:
        graphs: Triples (as quads of the default graph) by graph IRI: ``VOCABULARY``, and the IRI of each topic.
        derived: What the build queries add, such as closures and counts.
        prefixes: The prefix map of the folder.
        folder: The folder; None if the content was not read from one.
        unfinished: Why a topic answers nobody, by its IRI; under ``VOCABULARY``, why nobody is answered.
        language: The one language that is kept of it; empty for all.
        notes: What whoever reads it in this language has to know, in sentences.
        other_names: What things are called in the languages that are not kept: an IRI and a name each.
    """

    graphs: Mapping[str, tuple[Quad, ...]]
    derived: tuple[Quad, ...]
    prefixes: Mapping[str, str]
    folder: Path | None = None
    unfinished: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    notes: tuple[str, ...] = ()
    other_names: tuple[tuple[str, str], ...] = ()

    def in_language(self, language: str) -> Content:
        """The same in one language, as ``kg.knowledge.content.language.in_one_language``.

        Args:
            language: A language tag such as ``"de"``.

        Raises:
            ParameterError: No label is written in this language.
        """
        kept = in_one_language(self.graphs, language)
        return replace(self, graphs=kept.graphs, language=language, notes=kept.notes, other_names=kept.other_names)

    @cached_property
    def mappings(self) -> tuple[Quad, ...]:
        """The codes that other systems have for our terms; read when first used, because no answer needs them."""
        return codes.read_mappings(self.folder) if self.folder else ()

    @property
    def topics(self) -> tuple[str, ...]:
        """The IRIs of the topics, sorted."""
        return tuple(sorted(name for name in self.graphs if name != VOCABULARY))

    def without_marks(self) -> Content:
        """The same, with the topics answering that are unfinished only because a text says TODO."""
        if not self.unfinished:
            return self
        gaps = unfinished(self.graphs, self._store, "<{}>".format, slug, marks=False)
        return replace(self, unfinished={name: self.unfinished[name] for name in gaps})

    @property
    def answering(self) -> frozenset[str]:
        """The IRIs of the topics that answer."""
        return frozenset(self.topics).difference(self.unfinished)

    @property
    def whole(self) -> Content:
        """The content itself, because it was read as a whole."""
        return self

    @cached_property
    def _store(self) -> Store:
        return store_of(*self.graphs.values(), self.derived)

    @cached_property
    def index(self) -> Index:
        """Which words there are, and which of them may let a case enter which topics."""
        rows = table(self._store, selection("enter"))
        words: dict[str, dict[str, str]] = {kind: {} for kind in WORDS}
        for kind, terms in words.items():
            subjects = [quad.subject for quad in self._store.quads_for_pattern(None, RDF_TYPE, ns(kind))]
            terms.update((slug(term.value), term.value) for term in subjects if isinstance(term, NamedNode))
        conditions = table(self._store, named("lookup", "conditions"))
        scenarios = {row["condition"] for row in conditions if row["kind"] == ns("Scenario").value}
        names = Counter(map(slug, scenarios))
        words[SCENARIO] = {qualified(iri): iri for iri in sorted(scenarios)}
        return Index(
            _entries(row for row in rows if row["topic"] not in self.unfinished),
            words,
            frozenset(iri for iri in scenarios if names[slug(iri)] > 1),
            _entries(row for row in rows if row["topic"] in self.unfinished),
            self.unfinished,
        )

    @cached_property
    def rules(self) -> Rules:
        """The conditions that act beyond their topic."""
        return Rules.of(self._store, self.unfinished)

    @cached_property
    def division(self) -> Division:
        """What belongs to which topic."""
        return Division(self.graphs, self.derived, lambda: self.rules)

    def part(self, topics: frozenset[str]) -> Content:
        """The vocabulary and some topics without their examples: what a case is assessed against.

        A triple that several topics derive appears once.
        """
        names = (VOCABULARY, *sorted(topics))
        derived = dict.fromkeys(triple for name in names for triple in self.division.derived[name])
        graphs = {name: tuple(dict.fromkeys(self.division.laid(name))) for name in names}
        return Content(graphs, tuple(derived), self.prefixes, self.folder)

    def of_rules(self, topic: str) -> Mapping[str, tuple[Quad, ...]]:
        """What is stated and derived about each condition that acts beyond this topic, as ``Division.of_rules``."""
        return self.division.of_rules.get(topic, {})

    def card(self, topic: str) -> Content:
        """What is needed to show the conditions that act beyond this topic, as ``Division.card``."""
        return Content({VOCABULARY: self.division.card(topic)}, (), self.prefixes)


def read(folder: Path) -> Content:
    """Read a content folder.

    Args:
        folder: A folder with ``prefixes.ttl``, vocabulary and ``topics/`` as Turtle files; see ``layout.py``.

    Returns:
        The content, with IRIs for all nodes and with derived triples.

    Raises:
        ContentError: The folder cannot be read, a file is not Turtle or has an invalid value, a prefix differs from
            ``prefixes.ttl``, or a term is used but not declared, or declared twice.

    >>> from kg.knowledge.sparql.resources import shipped
    >>> [topic.rsplit("/", 1)[-1] for topic in read(shipped("ontology")).topics]
    ['low-back-pain', 'myelopathy', 'suspected-spine-infection', 'thoracic-back-pain']
    """
    paths = turtle_files(folder)
    prefixes = _prefix_map(folder)
    by_file = {path: triples_of_file(path, prefixes) for path in paths}
    refuse_unknown_classes(by_file, prefixes)
    names = graph_names(folder, by_file, prefixes)
    minter = Minter((triple for triples in by_file.values() for triple in triples), Atlas(folder, prefixes))
    minted = mint_scenarios({path: minter.give_iris(path, triples) for path, triples in by_file.items()})
    refuse_unknown_names(minted, prefixes)
    refuse_declared_twice(minted, prefixes)
    refuse_values(minted, prefixes)
    graphs: dict[str, list[Quad]] = defaultdict(list)
    for path, triples in minted.items():
        if SHAPES not in path.relative_to(folder).parts:
            graphs[names[path]].extend(triples)
    frozen = {name: tuple(triples) for name, triples in graphs.items()}
    return _made(frozen, prefixes, folder)


def _made(graphs: Mapping[str, tuple[Quad, ...]], prefixes: Mapping[str, str], folder: Path | None = None) -> Content:
    """Content with all that is derived of it."""
    atlas = Atlas(folder, prefixes) if folder else None
    store = store_of(*graphs.values())
    gaps = unfinished(graphs, store, atlas.place if atlas else "<{}>".format, atlas.short if atlas else slug)
    return Content(graphs, _derive(graphs, store), prefixes, folder, gaps)


def content_of(content: Content | Path | str | None) -> Content:
    """Read content from its folder; content that was read already is returned as it is.

    Args:
        content: The content or its folder; None for the shipped ontology.

    Raises:
        ContentError: The folder cannot be used.

    >>> content_of(None).topics[0].rsplit("/", 1)[1]
    'low-back-pain'
    """
    if isinstance(content, Content):
        return content
    return read(Path(content) if content is not None else shipped("ontology"))


def of_graphs(graphs: Mapping[str, Iterable[Quad]], prefixes: Mapping[str, str]) -> Content:
    """Make content, with derived triples, from graphs that were not read from a folder.

    Args:
        graphs: Triples by graph IRI, as in ``Content.graphs``; a topic without its own graph gets an empty one.
        prefixes: The prefix map.
    """
    frozen = {name: tuple(triples) for name, triples in graphs.items()}
    named = {t.subject.value for t in _of_type(frozen.values(), "Topic") if isinstance(t.subject, NamedNode)}
    frozen = {VOCABULARY: (), **dict.fromkeys(sorted(named), ()), **frozen}
    return _made(frozen, prefixes)


def _of_type(graphs: Iterable[tuple[Quad, ...]], kind: str) -> Iterable[Quad]:
    return (t for graph in graphs for t in graph if t.predicate == RDF_TYPE and t.object == ns(kind))


def from_triples(triples: Iterable[Quad]) -> Content:
    """Make content from one built graph, such as that of an endpoint; it has no folder.

    Args:
        triples: The vocabulary and the topics, with an IRI for every node, and with or without derived triples.
    """
    everything = sorted(triples, key=str)
    topics = [t.subject.value for t in everything if t.predicate == RDF_TYPE and t.object == ns("Topic")]  # type: ignore[union-attr]
    graphs: dict[str, list[Quad]] = {name: [] for name in (VOCABULARY, *topics)}
    for triple in everything:
        # The build queries say which criteria a finding meets; such a triple belongs to the topic of the criterion.
        ends = (getattr(end, "value", "") for end in (triple.subject, triple.object))
        owners = (topic for end in ends for topic in topics if end == topic or end.startswith(f"{topic}/"))
        graphs[next(owners, VOCABULARY)].append(triple)
    frozen = {name: tuple(owned) for name, owned in graphs.items()}
    return _made(frozen, _declared_prefixes(everything))


def _prefix_map(folder: Path) -> dict[str, str]:
    return _declared_prefixes(triples_of_file(folder / "prefixes.ttl"))


def _declared_prefixes(triples: Iterable[Quad]) -> dict[str, str]:
    names: dict[object, str] = {}
    namespaces: dict[object, str] = {}
    for triple in triples:
        if triple.predicate == _DECLARED_PREFIX and isinstance(triple.object, Literal):
            names[triple.subject] = triple.object.value
        if triple.predicate == _DECLARED_NAMESPACE and isinstance(triple.object, Literal):
            namespaces[triple.subject] = triple.object.value
    return {name: namespaces[node] for node, name in names.items()}


def _entries(rows: Iterable[Mapping[str, str]]) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """The topics of each word, by the way in which it is stated."""
    entries: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        entries[row["given"]][row["word"]].add(row["topic"])
    return {given: {word: frozenset(topics) for word, topics in way.items()} for given, way in entries.items()}


def _derive(graphs: Mapping[str, tuple[Quad, ...]], store: Store) -> tuple[Quad, ...]:
    """Run the build queries over everything, each over the results of those before it; the store takes them all."""
    derived = dict.fromkeys(_homes(graphs))
    store.extend(derived)
    for query in stage("build"):
        made = [Quad(t.subject, t.predicate, t.object) for t in cast(QueryTriples, store.query(query.text))]
        store.extend(made)
        derived.update(dict.fromkeys(made))
    return tuple(derived)


def _homes(graphs: Mapping[str, tuple[Quad, ...]]) -> Iterable[Quad]:
    """State the topic of each of its conditions and conflicts, because the graphs are merged into one store."""
    every = (triple for triples in graphs.values() for triple in triples)
    kinds = {t.subject for t in every if t.predicate == SUB_CLASS_OF and t.object == ns("Condition")} | {ns("Conflict")}
    for name, triples in graphs.items():
        if name != VOCABULARY:
            own = (t.subject for t in triples if t.predicate == RDF_TYPE and t.object in kinds)
            yield from (Quad(node, IS_DEFINED_BY, NamedNode(name)) for node in own)

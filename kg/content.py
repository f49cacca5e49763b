"""Read a content folder: parse, check names, give every node an IRI, add what the build queries derive.

The result is immutable: the triples of the vocabulary and of each topic.
"""

from __future__ import annotations

import difflib
import os
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, QueryTriples, RdfFormat, Store, parse

from kg import mappings
from kg.beyond import Rules, Stated
from kg.division import Division
from kg.errors import ContentError, listed
from kg.evaluation import table
from kg.names import BASE, IS_DEFINED_BY, RDF_TYPE, SUB_CLASS_OF, VOCABULARY, ns, slug
from kg.queries import named, selection, stage

_DECLARED_PREFIX = NamedNode("http://www.w3.org/ns/shacl#prefix")
_VERSION_IRI = NamedNode("http://www.w3.org/2002/07/owl#versionIRI")
_DECLARED_NAMESPACE = NamedNode("http://www.w3.org/ns/shacl#namespace")

WORDS = ("Finding", "Procedure", "Measure")
"""The classes of the words that a case is made of."""


@dataclass(frozen=True)
class Index:
    """What has to be known before a case is looked at.

    Attributes:
        entries: The topics that each word may let a case enter, by the way in which it is stated, and by its IRI.
        words: The IRI of each word, by class and identifier.
        shared: The identifiers that several conditions have, each in a topic of its own.
    """

    entries: Mapping[str, Mapping[str, frozenset[str]]]
    words: Mapping[str, Mapping[str, str]]
    shared: frozenset[str] = frozenset()

    def name(self, iri: str) -> str:
        """A short name of a thing.

        Args:
            iri: Its IRI.

        Returns:
            Its identifier; for a condition of which there are several, with the part before.

        >>> index = Index({}, {}, frozenset({"first"}))
        >>> index.name("topic/a/first"), index.name("topic/a/second")
        ('a/first', 'second')
        """
        return slug(iri) if slug(iri) not in self.shared else "/".join(iri.split("/")[-2:])

    def topics(self, stated: Stated) -> frozenset[str]:
        """The topics that a case may enter.

        Args:
            stated: What it states.

        Returns:
            Their IRIs.
        """
        return frozenset(topic for given, word in stated for topic in self.entries.get(given, {}).get(word, ()))


@dataclass(frozen=True)
class Content:
    """The knowledge of one folder.

    Attributes:
        graphs: Triples (as quads of the default graph) by graph IRI: ``VOCABULARY``, and one for each topic,
            named by the topic.
        derived: What the build queries add: closures and counts.
        prefixes: The prefix map of the folder.
        folder: Where the content was read; None for content that was made.
    """

    graphs: Mapping[str, tuple[Quad, ...]]
    derived: tuple[Quad, ...]
    prefixes: Mapping[str, str]
    folder: Path | None = None

    @cached_property
    def mappings(self) -> tuple[Quad, ...]:
        """The codes that other systems have for our terms; read on first use, for no answer needs them."""
        return mappings.read(self.folder) if self.folder else ()

    @property
    def topics(self) -> tuple[str, ...]:
        """The IRIs of the topics, in order."""
        return tuple(sorted(name for name in self.graphs if name != VOCABULARY))

    @property
    def whole(self) -> Content:
        """Everything: content that was read is whole."""
        return self

    @cached_property
    def _store(self) -> Store:
        store = Store()
        for triples in (*self.graphs.values(), self.derived):
            store.extend(triples)
        return store

    @cached_property
    def index(self) -> Index:
        """Which words there are, and which of them may let a case enter which topics."""
        entries: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for row in table(self._store, selection("enter")):
            entries[row["given"]][row["word"]].add(row["topic"])
        words: dict[str, dict[str, str]] = {kind: {} for kind in WORDS}
        for kind, terms in words.items():
            subjects = [quad.subject for quad in self._store.quads_for_pattern(None, RDF_TYPE, ns(kind))]
            terms.update((slug(term.value), term.value) for term in subjects if isinstance(term, NamedNode))
        uses = Counter(slug(row["condition"]) for row in table(self._store, named("ask", "conditions")))
        return Index(
            {given: {word: frozenset(topics) for word, topics in way.items()} for given, way in entries.items()},
            words,
            frozenset(word for word, count in uses.items() if count > 1),
        )

    @cached_property
    def rules(self) -> Rules:
        """The conditions that act beyond their topic."""
        return Rules.of(self._store)

    @cached_property
    def division(self) -> Division:
        """What belongs to which topic."""
        return Division(self.graphs, self.derived, lambda: self.rules)

    def part(self, topics: frozenset[str]) -> Content:
        """The vocabulary and some topics, without their worked examples: what a case is assessed against.

        Args:
            topics: IRIs of topics.

        Returns:
            Their content; what several topics derive alike stands there once.
        """
        names = (VOCABULARY, *sorted(topics))
        derived = dict.fromkeys(triple for name in names for triple in self.division.derived[name])
        graphs = {name: tuple(dict.fromkeys(self.division.laid(name))) for name in names}
        return Content(graphs, tuple(derived), self.prefixes, self.folder)

    def of_rules(self, topic: str) -> Mapping[str, tuple[Quad, ...]]:
        """What is said and derived of each condition of a topic that acts beyond it, as ``Division.of_rules``."""
        return self.division.of_rules.get(topic, {})

    def card(self, topic: str) -> Content:
        """What is needed to show the conditions of a topic that act beyond it, as ``Division.card``."""
        return Content({VOCABULARY: self.division.card(topic)}, (), self.prefixes)


def read(folder: Path) -> Content:
    """Read a content folder.

    Args:
        folder: A folder with ``prefixes.ttl``, vocabulary and ``topics/`` as Turtle files.

    Returns:
        The content, with IRIs for all nodes and with derived triples.

    Raises:
        ContentError: The folder cannot be read, a file is not Turtle, a prefix is not the declared one,
            or a term is used that nobody declares.

    >>> from kg.resources import folder
    >>> [topic.rsplit("/", 1)[-1] for topic in read(folder("ontology")).topics]
    ['low-back-pain', 'thoracic-back-pain']
    """
    paths = turtle_files(folder)
    prefixes = _prefix_map(folder)
    by_file = {path: _parse(path, prefixes) for path in paths}
    keys = _iri_keys(triple for triples in by_file.values() for triple in triples)
    by_file = {path: _give_iris(path, triples, keys) for path, triples in by_file.items()}
    _refuse_unknown_terms(by_file)
    _refuse_misplaced_topics(folder, by_file)
    graphs: dict[str, list[Quad]] = defaultdict(list)
    for path, triples in by_file.items():
        if "shapes" not in path.relative_to(folder).parts:
            graphs[_graph_name(triples)].extend(triples)
    frozen = {name: tuple(triples) for name, triples in graphs.items()}
    return Content(frozen, _derive(frozen), prefixes, folder)


def of_graphs(graphs: Mapping[str, Iterable[Quad]], prefixes: Mapping[str, str]) -> Content:
    """Make content of triples that were not read from a folder.

    Args:
        graphs: Triples by graph IRI, as in ``Content.graphs``; a topic without a graph of its own gets an empty one.
        prefixes: The prefix map.

    Returns:
        The content, with derived triples.
    """
    frozen = {name: tuple(triples) for name, triples in graphs.items()}
    named = {t.subject.value for t in _of_type(frozen.values(), "Topic") if isinstance(t.subject, NamedNode)}
    frozen = {VOCABULARY: (), **dict.fromkeys(sorted(named), ()), **frozen}
    return Content(frozen, _derive(frozen), prefixes)


def _of_type(graphs: Iterable[tuple[Quad, ...]], kind: str) -> Iterable[Quad]:
    return (t for graph in graphs for t in graph if t.predicate == RDF_TYPE and t.object == ns(kind))


def from_triples(triples: Iterable[Quad]) -> Content:
    """Make content of one built graph, such as an endpoint holds.

    Args:
        triples: Vocabulary and topics, every node with its IRI; what the build derives may be among them.

    Returns:
        The content; it has no folder.
    """
    everything = sorted(triples, key=str)
    topics = [t.subject.value for t in everything if t.predicate == RDF_TYPE and t.object == ns("Topic")]  # type: ignore[union-attr]
    graphs: dict[str, list[Quad]] = {name: [] for name in (VOCABULARY, *topics)}
    for triple in everything:
        # The build says of a finding which criteria it meets: that belongs to the criterion's topic.
        ends = (getattr(end, "value", "") for end in (triple.subject, triple.object))
        owners = (topic for end in ends for topic in topics if end == topic or end.startswith(f"{topic}/"))
        graphs[next(owners, VOCABULARY)].append(triple)
    frozen = {name: tuple(owned) for name, owned in graphs.items()}
    return Content(frozen, _derive(frozen), _declared_prefixes(everything))


def turtle_files(folder: Path) -> list[Path]:
    """The files of a content folder.

    Args:
        folder: The folder.

    Returns:
        Its Turtle files, in order.

    Raises:
        ContentError: There is no such folder, it cannot be read, or it is not a content folder.
    """
    try:
        if not folder.is_dir():
            message = f"{folder}: there is no such folder; name a folder with ontology files"
            raise ContentError(message)
        walked = os.walk(folder, onerror=_refuse)
        paths = [Path(place, name) for place, folders, files in walked for name in (*folders, *files)]
        if not (folder / "prefixes.ttl").is_file():
            message = f"{folder}: holds no prefixes.ttl; name a folder laid out like the shipped ontology/"
            raise ContentError(message)
    except OSError as error:
        message = f"{error.filename}: cannot be read ({error.strerror}); check its permissions"
        raise ContentError(message) from error
    return sorted(path for path in paths if path.suffix == ".ttl")


def lines_of(path: Path) -> list[str]:
    """The lines of a Turtle file, to find a place in it.

    Args:
        path: The file.

    Returns:
        Its lines; what is not UTF-8, which Turtle lets pass in a comment, is replaced.

    Raises:
        ContentError: The file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); check the file and its permissions"
        raise ContentError(message) from error


def _refuse(error: OSError) -> None:
    """A folder that cannot be listed is no empty one: its topics would be missing without a word."""
    raise error


def _prefix_map(folder: Path) -> dict[str, str]:
    return _declared_prefixes(_parse(folder / "prefixes.ttl", None))


def _declared_prefixes(triples: Iterable[Quad]) -> dict[str, str]:
    names: dict[object, str] = {}
    namespaces: dict[object, str] = {}
    for triple in triples:
        if triple.predicate == _DECLARED_PREFIX and isinstance(triple.object, Literal):
            names[triple.subject] = triple.object.value
        if triple.predicate == _DECLARED_NAMESPACE and isinstance(triple.object, Literal):
            namespaces[triple.subject] = triple.object.value
    return {name: namespaces[node] for node, name in names.items()}


def _parse(path: Path, prefixes: Mapping[str, str] | None) -> list[Quad]:
    """Parse one file; refuse prefixes that differ from the folder's map."""
    try:
        reader = parse(path.read_bytes(), format=RdfFormat.TURTLE)
        quads = list(reader)
    except SyntaxError as error:
        message = f"{path}, line {error.lineno}: {error.msg}; mend the Turtle there"
        raise ContentError(message) from error
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); check the file and its permissions"
        raise ContentError(message) from error
    except UnicodeDecodeError as error:
        message = f"{path}: is not UTF-8 text; save it as UTF-8"
        raise ContentError(message) from error
    for name, namespace in reader.prefixes.items():
        if prefixes is not None and prefixes.get(name) != namespace:
            message = (
                f"{path}: the prefix '{name}:' is <{namespace}> here but {_declared(prefixes, name)} in prefixes.ttl"
            )
            raise ContentError(message)
    return quads


def _declared(prefixes: Mapping[str, str], name: str) -> str:
    return f"<{prefixes[name]}>" if name in prefixes else "not declared"


def _iri_keys(triples: Iterable[Quad]) -> dict[NamedNode, list[NamedNode]]:
    """Read from the schema by which property a nested node is named (``ns:iriFrom``)."""
    keys: dict[NamedNode, list[NamedNode]] = defaultdict(list)
    for triple in triples:
        if triple.predicate == ns("iriFrom") and isinstance(triple.subject, NamedNode):
            keys[triple.subject].append(cast(NamedNode, triple.object))
    return keys


def _give_iris(path: Path, triples: list[Quad], keys: Mapping[NamedNode, list[NamedNode]]) -> list[Quad]:
    """Replace nested nodes by IRIs made of parent, property and key, so that a corrected node keeps its IRI."""
    about: dict[object, list[Quad]] = defaultdict(list)
    parent: dict[object, Quad] = {}
    for triple in triples:
        about[triple.subject].append(triple)
        if isinstance(triple.object, BlankNode) and triple.predicate in keys:
            parent[triple.object] = triple
    made: dict[object, NamedNode] = {}
    owner: dict[NamedNode, object] = {}

    def iri_of(node: object) -> NamedNode | None:
        if isinstance(node, NamedNode):
            return node
        if node in made or node not in parent:
            return made.get(node)
        above = parent[node]
        start = iri_of(above.subject)
        values = [part.object for part in about[node] if part.predicate in keys[above.predicate]]
        if start is None or not values:
            message = (
                f"{path}: a node of '{slug(above.predicate.value)}' has no "
                f"'{slug(keys[above.predicate][0].value)}', from which its identifier is made"
            )
            raise ContentError(message)
        last = "-".join(sorted(_readable(value) for value in values))
        minted = NamedNode(f"{start.value}/{slug(above.predicate.value)}/{last}")
        if owner.setdefault(minted, node) != node:
            message = f"{path}: two nodes share the identifier <{minted.value}>; give one another key or merge them"
            raise ContentError(message)
        made[node] = minted
        return minted

    def renamed(triple: Quad) -> Quad:
        subject, value = triple.subject, triple.object
        if not isinstance(subject, BlankNode) and not isinstance(value, BlankNode):
            return triple
        return Quad(iri_of(subject) or subject, triple.predicate, iri_of(value) or value)

    return [renamed(triple) for triple in triples]


def _readable(value: object) -> str:
    text = slug(value.value) if isinstance(value, NamedNode) else str(getattr(value, "value", value))
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-").lower()


def _graph_name(triples: list[Quad]) -> str:
    """A file that declares a topic is that topic's graph; everything else is vocabulary."""
    for triple in triples:
        if triple.predicate == RDF_TYPE and triple.object == ns("Topic") and isinstance(triple.subject, NamedNode):
            return triple.subject.value
    return VOCABULARY


def _refuse_misplaced_topics(folder: Path, by_file: Mapping[Path, list[Quad]]) -> None:
    """A topic has one file: one that was cut off would be missing without a word, and a copy would count twice."""
    first: dict[str, Path] = {}
    for path, triples in by_file.items():
        name = _graph_name(triples)
        if name != VOCABULARY and first.setdefault(name, path) != path:
            message = f"{path}: describes the topic '{slug(name)}', as {first[name]} does; keep one of the two files"
            raise ContentError(message)
        if name == VOCABULARY and path.relative_to(folder).parts[0] == "topics":
            message = f"{path}: describes no topic; declare one in it as a ns:Topic, or move the file to vocabulary/"
            raise ContentError(message)


def _refuse_unknown_terms(by_file: Mapping[Path, list[Quad]]) -> None:
    """Every IRI of this project that is used must be described somewhere: a typing error is not a new term."""
    described = {triple.subject for triples in by_file.values() for triple in triples}
    for path, triples in by_file.items():
        for triple in triples:
            for term in (triple.predicate, None if triple.predicate == _VERSION_IRI else triple.object):
                if isinstance(term, NamedNode) and term.value.startswith(BASE) and term not in described:
                    raise ContentError(_unknown_term(path, term, described))


def _unknown_term(path: Path, term: NamedNode, described: Collection[object]) -> str:
    name = slug(term.value)
    family = term.value[: -len(name)]
    known = [
        slug(other.value) for other in described if isinstance(other, NamedNode) and other.value.startswith(family)
    ]
    near = difflib.get_close_matches(name, known, n=3)
    line = next((number for number, text in enumerate(lines_of(path), 1) if name in text), None)
    place = f"{path}, line {line}" if line else str(path)
    cure = f"did you mean {listed(near)}?" if near else "declare it, or use a term that is declared"
    return f"{place}: <{term.value}> is not declared anywhere; {cure}"


def _derive(graphs: Mapping[str, tuple[Quad, ...]]) -> tuple[Quad, ...]:
    """Run the build queries over everything, each over the results of those before it."""
    store = Store()
    for graph in graphs.values():
        store.extend(graph)
    derived = dict.fromkeys(_homes(graphs))
    store.extend(derived)
    for query in stage("build"):
        made = [Quad(t.subject, t.predicate, t.object) for t in cast(QueryTriples, store.query(query.text))]
        store.extend(made)
        derived.update(dict.fromkeys(made))
    return tuple(derived)


def _homes(graphs: Mapping[str, tuple[Quad, ...]]) -> Iterable[Quad]:
    """Say of each condition and conflict of a topic that it stands there: graphs are laid into one another."""
    every = (triple for triples in graphs.values() for triple in triples)
    kinds = {t.subject for t in every if t.predicate == SUB_CLASS_OF and t.object == ns("Condition")} | {ns("Conflict")}
    for name, triples in graphs.items():
        if name != VOCABULARY:
            own = (t.subject for t in triples if t.predicate == RDF_TYPE and t.object in kinds)
            yield from (Quad(node, IS_DEFINED_BY, NamedNode(name)) for node in own)

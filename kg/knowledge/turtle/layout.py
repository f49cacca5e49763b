"""Finds the files of a content folder, and the graph that each of them belongs to.

A small topic is one file in ``topics/``, such as ``topics/knee-pain.ttl``. A large one is a folder, such as
``topics/knee-pain/`` with ``topic.ttl``, ``scenarios.ttl``, ``rules.ttl``, ``evidence.ttl`` and ``examples.ttl``. These
names are for people: all files of the folder together are the graph of the topic. Everything outside ``topics/`` is
vocabulary, whatever folder it is in.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from kg.documents import LARGEST_RDF, refuse_special
from kg.errors import ContentError, listed, quoted
from kg.knowledge.sparql.iris import BASE, RDF_TYPE, VOCABULARY, ns, slug
from kg.knowledge.turtle.files import declared_at
from kg.knowledge.turtle.spelling import short

TOPICS = "topics"
"""The name of the folder with the topics."""

SHAPES = "shapes"
"""The name of the folder with the shapes, which are no content."""

TURTLE = ".ttl"

_OTHER_FOLDERS = ("mappings", SHAPES)
"""The folders of content that may hold other files than Turtle; any other folder holds Turtle and what explains it."""

_OF_EDITORS = (".#", "._")
"""How the names of files begin that an editor or a desktop lays beside a file, whatever they end in."""

_RDF = frozenset(
    {".ttl", ".turtle", ".n3", ".nt", ".nq", ".ntriples", ".nquads", ".trig", ".trix", ".owl", ".rdf", ".rdfs"}
)
_RDF |= {".xml", ".rj", ".jsonld", ".json", ".ofn", ".owx", ".omn"}
"""How the names of files end that hold RDF, or may."""

_BESIDE = frozenset(
    {".md", ".rst", ".txt", ".html", ".pdf", ".csv", ".tsv", ".xlsx", ".ods", ".png", ".svg", ".jpg", ".rq"}
)
"""How the names of files end that may lie beside content."""

_PLAIN = ("readme", "license", "notice", "changelog", "makefile")


def turtle_files(folder: Path) -> list[Path]:
    """The Turtle files of a content folder, sorted.

    Raises:
        ContentError: There is no such folder, it cannot be read, it is not a content folder, a file in one of its
            folders looks like content and would not be read, or what is named as a Turtle file is a pipe or a device.
    """
    try:
        if not folder.is_dir():
            message = f"{folder}: there is no such folder; name a folder with content"
            raise ContentError(message)
        walked = os.walk(folder, onerror=_refuse)
        paths = [Path(place, name) for place, folders, files in walked for name in (*folders, *files)]
        if not (folder / "prefixes.ttl").is_file():
            message = f"{folder}: has no prefixes.ttl; name a folder laid out like the shipped ontology/"
            raise ContentError(message)
    except OSError as error:
        message = f"{error.filename}: cannot be read ({error.strerror}); check its permissions"
        raise ContentError(message) from error
    paths = [path for path in paths if not path.name.startswith(_OF_EDITORS)]
    for path in paths:
        _refuse_unread(folder, path)
    found = sorted(path for path in paths if path.suffix.lower() == TURTLE)
    for path in found:
        refuse_special(path, ContentError, "Turtle", LARGEST_RDF)
    return found


def _refuse_unread(folder: Path, path: Path) -> None:
    """What lies where content does and is not read would be missing without a word."""
    parts = path.relative_to(folder).parts
    hidden = any(part.startswith(".") for part in parts) or path.name.endswith("~")
    if path.is_symlink() and path.is_dir() and not hidden and parts not in [(name,) for name in _OTHER_FOLDERS]:
        message = f"{path}: is not read, because it is a link to a folder; copy the folder here"
        raise ContentError(message)
    backup = bool(path.suffix) and path.with_suffix("").is_file()  # of a file that is read, as `sed -i.old` makes it
    if len(parts) == 1 or hidden or backup or path.is_dir() or path.suffix.lower() == TURTLE:
        return
    endings = [ending.lower() for ending in path.suffixes]
    known = path.stem.lower() in _PLAIN or (bool(endings) and endings[-1] in _BESIDE)
    if not _RDF.isdisjoint(endings) or (parts[0] not in _OTHER_FOLDERS and not known):
        cure = "write it as Turtle in a file whose name ends in .ttl, or move it out of the folder"
        message = f"{path}: is not read, because its name ends in {quoted(path.suffix)}; {cure}"
        if not endings:
            message = f"{path}: is not read, because its name has no ending; {cure}"
        raise ContentError(message)


def _refuse(error: OSError) -> None:
    """An unreadable folder must not look empty: its topics would be missing without a message."""
    raise error


def graph_names(folder: Path, by_file: Mapping[Path, list[Quad]], prefixes: Mapping[str, str]) -> dict[Path, str]:
    """The graph of each file of a content folder.

    Args:
        folder: The folder.
        by_file: The triples of each of its files.
        prefixes: The prefix map.

    Returns:
        The IRI of the topic that the file or its folder declares; ``VOCABULARY`` for the files outside ``topics/``.

    Raises:
        ContentError: A topic is there twice or in the folder of the shapes, or a file or folder in ``topics/`` does not
            declare exactly one topic. A copy would count twice, and a file that was cut off would be missing without a
            message.
    """
    files: dict[Path, list[Path]] = {}
    for path in by_file:
        files.setdefault(_place_of_file(folder, path), []).append(path)
    for place in files:
        if (file := place.with_name(f"{place.name}.ttl")) in files and place.suffix.lower() != TURTLE:
            message = f"{place}: the topic '{place.name}' is both a folder and the file {file}; keep one of the two"
            raise ContentError(message)
    names: dict[Path, str] = {}
    first: dict[str, Path] = {}
    for place, paths in files.items():
        name = _declared(folder, place, [triple for path in paths for triple in by_file[path]])
        if name == VOCABULARY:
            names.update(dict.fromkeys(paths, name))
            continue
        if SHAPES in place.relative_to(folder).parts:
            wrong = f"the topic '{slug(name)}' is not read here, in the folder of the shapes"
            message = f"{declared_at(place, name, prefixes)}: {wrong}; move the file to topics/"
            raise ContentError(message)
        if first.setdefault(name, place) != place:
            wrong = f"describes the topic '{slug(name)}', as {first[name]} does"
            there = declared_at(place, name, prefixes) if place.is_file() else str(place)
            message = f"{there}: {wrong}; keep one of the two, or give this one another name"
            raise ContentError(message)
        for path in paths:
            _refuse_elsewhere(path, name, by_file[path], prefixes)
        names.update(dict.fromkeys(paths, name))
    return names


def _refuse_elsewhere(path: Path, topic: str, triples: list[Quad], prefixes: Mapping[str, str]) -> None:
    """What a file names relative to the base of another topic would be taken for something of that topic."""
    for triple in triples:
        name = getattr(triple.subject, "value", "")
        other = name.removeprefix(f"{BASE}topic/").partition("/")[0]
        if triple.predicate == RDF_TYPE and name.startswith(f"{BASE}topic/{other}/") and other != slug(topic):
            place, wrong = declared_at(path, name, prefixes), f"{short(name, prefixes)} has the name of another topic"
            message = (
                f"{place}: {wrong}, in the topic '{slug(topic)}'; write @base <{topic}/> . at the head of the file"
            )
            raise ContentError(message)


def _place_of_file(folder: Path, path: Path) -> Path:
    """The file or folder of the topic, for a file in ``topics/``; any other file is its own place."""
    parts = path.relative_to(folder).parts
    return folder / TOPICS / parts[1] if parts[0] == TOPICS and len(parts) > 1 else path


def _declared(folder: Path, place: Path, triples: list[Quad]) -> str:
    """The IRI of the topic that a file or folder declares, or ``VOCABULARY``."""
    declared = [t.subject for t in triples if t.predicate == RDF_TYPE and t.object == ns("Topic")]
    topics = list(dict.fromkeys(topic.value for topic in declared if isinstance(topic, NamedNode)))
    if len(topics) > 1:
        message = f"{place}: declares the topics {listed([slug(topic) for topic in topics])}; give each its own file"
        raise ContentError(message)
    if not topics and place.parent == folder / TOPICS:
        cure = "declare one in it as a ns:Topic, or move the file to vocabulary/"
        if place.suffix.lower() != TURTLE:
            cure = "declare it as a ns:Topic in the file topic.ttl there, or move the files to vocabulary/"
        message = f"{place}: describes no topic; {cure}"
        raise ContentError(message)
    return topics[0] if topics else VOCABULARY

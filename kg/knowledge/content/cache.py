"""Keeps what was read from a content folder on disk, under the hash of everything it was made from.

Reading a folder checks every name and runs the build queries, which takes half a minute for a whole guideline. A kept
build is opened graph by graph, because a case needs only the vocabulary and the topics that it enters. The key is the
hash of every file that matters, so that a kept build is never stale. A build is written beside its place and then
renamed, so that processes may race. If nothing can be written, nothing is kept. A build that belongs to somebody
else, or that others may write, is not used, because it may say anything.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar, cast

from pyoxigraph import NamedNode, Quad, RdfFormat, parse, serialize
from pyoxigraph import __version__ as engine_version

from kg.errors import ContentError
from kg.files import owned
from kg.knowledge.content.beyond import Rules
from kg.knowledge.content.content import Content, Index, read
from kg.knowledge.content.division import without_examples
from kg.knowledge.content.kept_index import (
    NONSENSE,
    OF_EXAMPLES,
    RULES,
    as_index,
    file_name,
    hash_of,
    index_of,
    written_index,
)
from kg.knowledge.content.language import ENGLISH
from kg.knowledge.sparql.iris import VOCABULARY
from kg.knowledge.sparql.resources import code_of, shipped
from kg.knowledge.turtle.layout import turtle_files

LOCATION = "NEXTSTUDY_CACHE"
"""The environment variable that names the folder of kept builds; if it is empty, none is kept."""

_KEPT = 8
"""The most builds that are kept; the one that was opened longest ago is removed first."""

_BUILD = re.compile("[0-9a-f]{40}")
_DRAFT = re.compile(r"draft-[0-9a-f]{40}-\w+")
T = TypeVar("T")

_ABANDONED = 3600
"""Seconds after which a draft counts as abandoned; the largest build takes a minute to write."""


def opened_content(folder: Path, language: str = ENGLISH) -> Content | Kept:
    """Open a content folder, from a kept build if there is one.

    Args:
        folder: A content folder.
        language: The language of labels and texts.

    Returns:
        The kept build, or the content itself if nothing can be kept.

    Raises:
        ContentError: As for ``kg.knowledge.content.content.read``.
        ParameterError: No label is written in this language.
    """
    home = _home()
    try:
        place = home / _key(folder, language) if home else None
    except OSError:
        return read(folder).in_language(language)  # this says what is wrong with the folder
    if place is None:
        return read(folder).in_language(language)
    if (index := _sound(place)) is None:
        content = read(folder).in_language(language)
        with suppress(OSError):
            _keep(content, place)
        if (index := _sound(place)) is None:
            return content
    with suppress(OSError):
        os.utime(place)  # it was used just now, so that it is not removed next
    return Kept(place, folder, index)


class Kept:
    """A kept build: the same as the content it was made from, but read graph by graph.

    Attributes:
        folder: The content folder.
    """

    def __init__(self, place: Path, folder: Path, written: Mapping[str, Any]) -> None:
        """Wrap a build.

        Args:
            place: The folder of the build.
            folder: The content folder it was made from.
            written: The index of the build.
        """
        self._place = place
        self.folder = folder
        self._written = written
        self._graphs: dict[str, tuple[Quad, ...]] = {}
        self._of_rules: dict[str, Mapping[str, tuple[Quad, ...]]] = {}

    @cached_property
    def index(self) -> Index:
        """Which words there are, and which of them may let a case enter which topics."""
        return as_index(self._written)

    @property
    def language(self) -> str:
        """The language that is kept, as ``Content.language``."""
        return str(self._written["language"])

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever reads it in this language has to know, as ``Content.notes``."""
        return tuple(self._written["notes"])

    @property
    def other_names(self) -> tuple[tuple[str, str], ...]:
        """What things are called in other languages, as ``Content.other_names``."""
        return tuple((iri, name) for iri, name in self._written["other names"])

    @property
    def unfinished(self) -> Mapping[str, str]:
        """Why a topic answers nobody, by its IRI, as ``Content.unfinished``."""
        return cast(Mapping[str, str], self._written["unfinished"])

    @cached_property
    def rules(self) -> Rules:
        """The conditions that act beyond their topic."""
        return self._understood(RULES, lambda data: Rules.read(json.loads(data)))

    def of_rules(self, topic: str) -> Mapping[str, tuple[Quad, ...]]:
        """What is stated and derived about each condition that acts beyond this topic, as ``Division.of_rules``."""
        if topic not in self._of_rules:
            found: dict[str, list[Quad]] = defaultdict(list)
            for quad in self._parsed(file_name(topic, "rules"), RdfFormat.N_QUADS):
                found[cast(NamedNode, quad.graph_name).value].append(Quad(quad.subject, quad.predicate, quad.object))
            self._of_rules[topic] = {rule: tuple(triples) for rule, triples in found.items()}
        return self._of_rules[topic]

    def card(self, topic: str) -> Content:
        """What is needed to show the conditions that act beyond this topic, as ``Division.card``."""
        return Content({VOCABULARY: self._graph(topic, "card")}, (), self._written["prefixes"])

    @property
    def topics(self) -> tuple[str, ...]:
        """The IRIs of the topics, sorted."""
        return tuple(self._written["topics"])

    @cached_property
    def whole(self) -> Content:
        """Everything, examples included."""
        content = self._content((VOCABULARY, *self.topics), ("stated", "examples"))
        return replace(content, derived=(*content.derived, *self._graph(VOCABULARY, OF_EXAMPLES)))

    def part(self, topics: frozenset[str]) -> Content:
        """The vocabulary and some topics without their examples: what a case is assessed against.

        A triple that several topics derive appears once.
        """
        return self._content((VOCABULARY, *sorted(topics)), ("stated", "besides"))

    def beside(self, name: str) -> Path:
        """The path of a file that may keep something else made from this build; it is removed with the build."""
        return self._place / name

    def _content(self, names: Iterable[str], kinds: Iterable[str]) -> Content:
        graphs = {
            name: tuple(dict.fromkeys(chain.from_iterable(self._graph(name, kind) for kind in kinds))) for name in names
        }
        return Content(
            graphs, self._derived(graphs), self._written["prefixes"], self.folder, self.unfinished, self.language
        )

    def _derived(self, names: Iterable[str]) -> tuple[Quad, ...]:
        """What was derived about some graphs; a triple that two topics derive appears once."""
        topics = dict.fromkeys(
            triple for name in names if name != VOCABULARY for triple in self._graph(name, "derived")
        )
        return (*self._graph(VOCABULARY, "derived"), *topics)

    def _graph(self, name: str, kind: str) -> tuple[Quad, ...]:
        file = file_name(name, kind)
        if file not in self._graphs:
            self._graphs[file] = self._parsed(file, RdfFormat.N_TRIPLES)
        return self._graphs[file]

    def _parsed(self, file: str, form: RdfFormat) -> tuple[Quad, ...]:
        # Lenient: the IRIs were sound when this was written, and checking them again takes half as long again.
        return self._understood(file, lambda data: tuple(parse(data, format=form, lenient=True)))

    def _understood(self, file: str, read_as: Callable[[bytes], T]) -> T:
        """What a file says; nonsense, though its hash is right, is made again."""
        with suppress(*NONSENSE):
            return read_as(self._data(file))
        return read_as(self._made_again(file))

    def _data(self, file: str) -> bytes:
        if self._written["files"][file] == 0:
            return b""
        data = self._intact(file)
        return self._made_again(file) if data is None else data

    def _intact(self, file: str) -> bytes | None:
        """The bytes of a file as it was written, or None: a changed file could be read and say something else."""
        with suppress(OSError):
            data = (self._place / file).read_bytes()
            if hash_of(data) == self._written["hashes"][file]:
                return data
        return None

    def _made_again(self, file: str) -> bytes:
        """Read the folder once more, if it still has what the build was made from."""
        _remove(self._place)
        with suppress(OSError):
            if _key(self.folder, self.language) == self._place.name:
                _keep(read(self.folder).in_language(self.language), self._place)
                self._written = _sound(self._place) or self._written
        if (data := self._intact(file)) is None:
            message = f"{self._place / file}: a kept build was removed or damaged while it was in use; start again"
            raise ContentError(message)
        return data


def _home() -> Path | None:
    """Where builds are kept, according to the XDG base directory specification."""
    if (named := os.environ.get(LOCATION)) is not None:
        return Path(named) if named else None
    with suppress(RuntimeError):
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nextstudy"
    return None


def _key(folder: Path, language: str) -> str:
    """The hash of all that a build is made from: Turtle files, build queries, the code that reads them, the engine."""
    queries = shipped("queries")
    selects = [queries / "select" / f"{name}.rq" for name in ("enter", "could-meet", "acting")]
    made_by = [
        *(path for stage in ("mint", "build", "sound") for path in sorted((queries / stage).glob("*.rq"))),
        *selects,
        queries / "lookup" / "conditions.rq",
    ]
    made_by += code_of("knowledge/sparql", "knowledge/turtle", "knowledge/content")
    digest = hashlib.sha256(f"{engine_version} {language.lower()}".encode())
    for path in (*turtle_files(folder), *made_by):
        name = str(path.relative_to(folder) if path.is_relative_to(folder) else path.name)
        data = path.read_bytes()
        digest.update(f"\0{name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()[:40]


def _sound(place: Path) -> dict[str, Any] | None:
    """The index of a build if every file has its full size; any other build of ours is removed."""
    if (index := index_of(place)) is None and os.path.lexists(place) and owned(place.lstat()):
        _remove_damaged(place)
        return index_of(place)  # another process may have just put one there
    return index


def _remove_damaged(place: Path) -> None:
    """Move a build away, check it again, and remove it; a good one that another process just wrote is put back."""
    import tempfile

    with suppress(OSError):
        aside = Path(tempfile.mkdtemp(prefix=f"draft-{place.name}-", dir=place.parent))
        try:
            moved = place.rename(aside / place.name)
            if index_of(moved) is not None:
                moved.rename(place)
        finally:
            _remove(aside)


def _remove(place: Path) -> None:
    import shutil

    shutil.rmtree(place, ignore_errors=True)


def _keep(content: Content, place: Path) -> None:
    """Write a build beside its place and rename it; if another process was faster, it has written the same."""
    import tempfile  # here, because a process that finds a kept build does not need it

    place.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f"draft-{place.name}-", dir=place.parent))
    try:
        for name, triples in content.graphs.items():
            stated = dict.fromkeys(without_examples(triples))
            examples = [triple for triple in triples if triple not in stated]
            serialize(stated, str(draft / file_name(name, "stated")), format=RdfFormat.N_TRIPLES)
            serialize(examples, str(draft / file_name(name, "examples")), format=RdfFormat.N_TRIPLES)
            besides = dict.fromkeys(triple for triple in content.division.besides[name] if triple not in stated)
            serialize(besides, str(draft / file_name(name, "besides")), format=RdfFormat.N_TRIPLES)
            rules = [
                Quad(t.subject, t.predicate, t.object, NamedNode(rule))
                for rule, triples in content.of_rules(name).items()
                for t in triples
            ]
            serialize(rules, str(draft / file_name(name, "rules")), format=RdfFormat.N_QUADS)
            card = content.division.card(name)
            serialize(card, str(draft / file_name(name, "card")), format=RdfFormat.N_TRIPLES)
        for name, triples in content.division.derived.items():
            serialize(triples, str(draft / file_name(name, "derived")), format=RdfFormat.N_TRIPLES)
        of_examples = content.division.of_examples
        serialize(of_examples, str(draft / file_name(VOCABULARY, OF_EXAMPLES)), format=RdfFormat.N_TRIPLES)
        (draft / RULES).write_text(json.dumps(content.rules.written()), encoding="utf-8")
        files = sorted(draft.iterdir())
        sizes = {path.name: path.stat().st_size for path in files}
        hashes = {path.name: hash_of(path.read_bytes()) for path in files}
        index = json.dumps({**written_index(content), "files": sizes, "hashes": hashes}).encode()
        (draft / "index.json").write_bytes(json.dumps(hash_of(index)).encode() + b"\n" + index)
        for path in draft.iterdir():
            path.chmod(0o600)  # whatever this process lets others do with its files
        if not place.exists():
            draft.rename(place)
        _forget(place.parent)
    finally:
        _remove(draft)


def _forget(home: Path) -> None:
    """Remove the builds opened longest ago, and abandoned drafts; other files in the folder are not ours."""
    ages = {place: time.time() - place.lstat().st_mtime for place in home.iterdir()}
    builds = [place for place in ages if _BUILD.fullmatch(place.name) and (place / "index.json").is_file()]
    drafts = [place for place, age in ages.items() if _DRAFT.fullmatch(place.name) and age > _ABANDONED]
    for place in (*sorted(builds, key=ages.__getitem__)[_KEPT:], *drafts):
        _remove(place)

"""What was read from a content folder, kept on disk under the hash of what it was made of.

Reading a folder checks every name and runs the build queries; at the size of a whole guideline that takes half a
minute. A kept build is opened graph by graph: a case needs the vocabulary and the topics that it enters, no more.
The key is the hash of every file that has a say, so a kept build is never stale; it is written beside and renamed
into place, so processes may race; and where nothing can be written, nothing is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, cast

from pyoxigraph import NamedNode, Quad, RdfFormat, parse, serialize
from pyoxigraph import __version__ as engine_version

from kg.beyond import Rules
from kg.content import Content, Index, read, turtle_files
from kg.division import without_examples
from kg.errors import ContentError
from kg.names import VOCABULARY, slug
from kg.resources import folder as shipped

LOCATION = "NEXTSTUDY_CACHE"
"""The environment variable that names the folder of kept builds; empty: keep none."""

_RULES = "rules.json"

_KEPT = 8
"""How many builds stay; the one that was opened longest ago goes first."""

_BUILD = re.compile("[0-9a-f]{40}")
_DRAFT = re.compile(r"draft-[0-9a-f]{40}-\w+")
_ABANDONED = 3600
"""Seconds after which nobody writes a draft any more; the largest one takes a minute."""


def opened(folder: Path) -> Content | Kept:
    """Open a content folder, from a kept build if there is one.

    Args:
        folder: A content folder.

    Returns:
        The kept build; the content itself where nothing can be kept.

    Raises:
        ContentError: As for ``kg.content.read``.
    """
    home = _home()
    try:
        place = home / _key(folder) if home else None
    except OSError:
        return read(folder)  # which says what is wrong with the folder
    if place is None:
        return read(folder)
    if (index := _sound(place)) is None:
        content = read(folder)
        with suppress(OSError):
            _keep(content, place)
        if (index := _sound(place)) is None:
            return content
    with suppress(OSError):
        os.utime(place)  # used now, so not the next to go
    return Kept(place, folder, index)


class Kept:
    """A kept build: the same as the content it was made of, read graph by graph.

    Attributes:
        folder: The content folder it was made of.
    """

    def __init__(self, place: Path, folder: Path, written: Mapping[str, Any]) -> None:
        """Wrap a build.

        Args:
            place: The folder of the build.
            folder: The content folder it was made of.
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
        written = self._written["entries"].items()
        entries = {given: {word: frozenset(topics) for word, topics in way.items()} for given, way in written}
        return Index(entries, self._written["words"], frozenset(self._written["shared"]))

    @cached_property
    def rules(self) -> Rules:
        """The conditions that act beyond their topic."""
        return Rules.read(json.loads(self._data(_RULES)))

    def of_rules(self, topic: str) -> Mapping[str, tuple[Quad, ...]]:
        """What is said and derived of each condition of a topic that acts beyond it.

        Args:
            topic: The topic.

        Returns:
            The triples about the condition, its criteria and the conflicts that concern it, by condition.
        """
        if topic not in self._of_rules:
            found: dict[str, list[Quad]] = defaultdict(list)
            for quad in parse(self._data(_file(topic, "rules")), format=RdfFormat.N_QUADS, lenient=True):
                found[cast(NamedNode, quad.graph_name).value].append(quad.triple)
            self._of_rules[topic] = {
                rule: tuple(Quad(t.subject, t.predicate, t.object) for t in triples) for rule, triples in found.items()
            }
        return self._of_rules[topic]

    def card(self, topic: str) -> Content:
        """What is needed to show the conditions of a topic that act beyond it, as ``Content.card``."""
        return Content({VOCABULARY: self._graph(topic, "card")}, (), self._written["prefixes"])

    @property
    def topics(self) -> tuple[str, ...]:
        """The IRIs of the topics, in order."""
        return tuple(self._written["topics"])

    @cached_property
    def whole(self) -> Content:
        """Everything, worked examples included."""
        return self._content((VOCABULARY, *self.topics), ("stated", "examples"))

    def part(self, topics: frozenset[str]) -> Content:
        """The vocabulary and some topics, without their worked examples: what a case is assessed against.

        Args:
            topics: IRIs of topics.

        Returns:
            Their content; what several topics derive alike stands there once.
        """
        return self._content((VOCABULARY, *sorted(topics)), ("stated", "besides"))

    def beside(self, name: str) -> Path:
        """Where something else may be kept that is made of this build; it goes with it.

        Args:
            name: The name of a file.

        Returns:
            Its place.
        """
        return self._place / name

    def _content(self, names: Iterable[str], kinds: Iterable[str]) -> Content:
        graphs = {
            name: tuple(dict.fromkeys(chain.from_iterable(self._graph(name, kind) for kind in kinds))) for name in names
        }
        return Content(graphs, self._derived(graphs), self._written["prefixes"], self.folder)

    def _derived(self, names: Iterable[str]) -> tuple[Quad, ...]:
        """What was derived about some graphs; two topics may derive the same, the vocabulary and a topic do not."""
        topics = dict.fromkeys(
            triple for name in names if name != VOCABULARY for triple in self._graph(name, "derived")
        )
        return (*self._graph(VOCABULARY, "derived"), *topics)

    def _graph(self, name: str, kind: str) -> tuple[Quad, ...]:
        file = _file(name, kind)
        if file not in self._graphs:
            # Lenient: the IRIs were sound when this was written, and checking them again takes half as long again.
            self._graphs[file] = tuple(parse(self._data(file), format=RdfFormat.N_TRIPLES, lenient=True))
        return self._graphs[file]

    def _data(self, file: str) -> bytes:
        if self._written["files"][file] == 0:
            return b""
        data = self._intact(file)
        return self._made_again(file) if data is None else data

    def _intact(self, file: str) -> bytes | None:
        """The bytes of a file that is there as it was written; a changed one might be read and say something else."""
        with suppress(OSError):
            data = (self._place / file).read_bytes()
            if _hash(data) == self._written["hashes"][file]:
                return data
        return None

    def _made_again(self, file: str) -> bytes:
        """Read the folder once more, if it still holds what the build was made of."""
        _remove(self._place)
        with suppress(OSError):
            if _key(self.folder) == self._place.name:
                _keep(read(self.folder), self._place)
                self._written = _sound(self._place) or self._written
        if (data := self._intact(file)) is None:
            message = f"{self._place / file}: a kept build was removed or damaged while in use; start again"
            raise ContentError(message)
        return data


def _home() -> Path | None:
    """Where builds are kept, as the XDG base directories have it."""
    if (named := os.environ.get(LOCATION)) is not None:
        return Path(named) if named else None
    with suppress(RuntimeError):
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nextstudy"
    return None


def _key(folder: Path) -> str:
    """The hash of all that a build is made of: Turtle files, build queries, the code that reads them, the engine."""
    code = Path(__file__).parent
    queries = shipped("queries")
    selects = [queries / f"{name}.rq" for name in ("enter", "could-meet", "acting")]
    made_by = [*sorted((queries / "build").glob("*.rq")), *selects]
    made_by += [code / name for name in ("content.py", "division.py", "beyond.py", "cache.py")]
    digest = hashlib.sha256(engine_version.encode())
    for path in (*turtle_files(folder), *made_by):
        name = str(path.relative_to(folder) if path.is_relative_to(folder) else path.name)
        data = path.read_bytes()
        digest.update(f"\0{name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()[:40]


def _sound(place: Path) -> dict[str, Any] | None:
    """The index of a build that is there with every file at its full size; any other is removed."""
    if (index := _index_of(place)) is None and place.exists():
        _remove_damaged(place)
        return _index_of(place)  # if another process has just put one there
    return index


def _index_of(place: Path) -> dict[str, Any] | None:
    try:
        index = _read_index(place / "index.json")
        with os.scandir(place) as entries:
            sizes = {entry.name: entry.stat().st_size for entry in entries}
        if index["files"].items() <= sizes.items():
            return index
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return None


def _read_index(path: Path) -> dict[str, Any]:
    """The index, which stands below its own hash, a JSON text a line."""
    said, _, text = path.read_bytes().partition(b"\n")
    if said != json.dumps(_hash(text)).encode():
        message = f"{path}: is damaged"
        raise ValueError(message)
    return cast(dict[str, Any], json.loads(text))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _remove_damaged(place: Path) -> None:
    """Move a build away and look at it again: what another process has put there meanwhile is put back, not removed."""
    import tempfile

    with suppress(OSError):
        aside = Path(tempfile.mkdtemp(prefix=f"draft-{place.name}-", dir=place.parent))
        try:
            moved = place.rename(aside / place.name)
            if _index_of(moved) is not None:
                moved.rename(place)
        finally:
            _remove(aside)


def _remove(place: Path) -> None:
    import shutil

    shutil.rmtree(place, ignore_errors=True)


def _keep(content: Content, place: Path) -> None:
    """Write a build beside its place and rename it there; a process that was faster has written the same."""
    import tempfile  # here, as shutil below: a process that finds a kept build does without them

    place.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f"draft-{place.name}-", dir=place.parent))
    try:
        for name, triples in content.graphs.items():
            stated = dict.fromkeys(without_examples(triples))
            examples = [triple for triple in triples if triple not in stated]
            serialize(stated, str(draft / _file(name, "stated")), format=RdfFormat.N_TRIPLES)
            serialize(examples, str(draft / _file(name, "examples")), format=RdfFormat.N_TRIPLES)
            besides = dict.fromkeys(triple for triple in content.division.besides[name] if triple not in stated)
            serialize(besides, str(draft / _file(name, "besides")), format=RdfFormat.N_TRIPLES)
            rules = [
                Quad(t.subject, t.predicate, t.object, NamedNode(rule))
                for rule, triples in content.of_rules(name).items()
                for t in triples
            ]
            serialize(rules, str(draft / _file(name, "rules")), format=RdfFormat.N_QUADS)
            card = content.division.card(name)
            serialize(card, str(draft / _file(name, "card")), format=RdfFormat.N_TRIPLES)
        for name, triples in content.division.derived.items():
            serialize(triples, str(draft / _file(name, "derived")), format=RdfFormat.N_TRIPLES)
        (draft / _RULES).write_text(json.dumps(content.rules.written()), encoding="utf-8")
        files = sorted(draft.iterdir())
        sizes = {path.name: path.stat().st_size for path in files}
        hashes = {path.name: _hash(path.read_bytes()) for path in files}
        index = json.dumps({**_index(content), "files": sizes, "hashes": hashes}).encode()
        (draft / "index.json").write_bytes(json.dumps(_hash(index)).encode() + b"\n" + index)
        if not place.exists():
            draft.rename(place)
        _forget(place.parent)
    finally:
        _remove(draft)


def _index(content: Content) -> Mapping[str, object]:
    return {
        "topics": content.topics,
        "prefixes": dict(content.prefixes),
        "entries": {
            given: {word: sorted(topics) for word, topics in way.items()}
            for given, way in content.index.entries.items()
        },
        "words": content.index.words,
        "shared": sorted(content.index.shared),
    }


def _forget(home: Path) -> None:
    """Remove the builds opened longest ago and abandoned drafts; the folder may hold what is not ours."""
    ages = {place: time.time() - place.lstat().st_mtime for place in home.iterdir()}
    builds = [place for place in ages if _BUILD.fullmatch(place.name) and (place / "index.json").is_file()]
    drafts = [place for place, age in ages.items() if _DRAFT.fullmatch(place.name) and age > _ABANDONED]
    for place in (*sorted(builds, key=ages.__getitem__)[_KEPT:], *drafts):
        _remove(place)


def _file(name: str, kind: str) -> str:
    return f"{slug(name)}.{kind}.nt"

"""The index of a kept build: what has to be known before a case is looked at, and the hash of every file beside it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any, cast

from kg.files import safely_owned
from kg.knowledge.content.content import Content, Index
from kg.knowledge.sparql.iris import VOCABULARY, slug

RULES = "rules.json"

NONSENSE = (ValueError, SyntaxError, KeyError, TypeError, AttributeError, IndexError, RecursionError)
"""What reading raises of a text that is not what it should be."""

OF_EXAMPLES = "of-examples"
"""What is derived about the parts of worked examples, which belong to no slice."""

_KINDS = ("stated", "examples", "besides", "rules", "card", "derived")


def as_index(written: Mapping[str, Any]) -> Index:
    """The index as Python knows it.

    Args:
        written: What ``written_index`` returned, read back.

    Returns:
        The index.
    """
    entries, closed = (
        {given: {word: frozenset(topics) for word, topics in way.items()} for given, way in ways.items()}
        for ways in (written["entries"], written["closed"])
    )
    return Index(entries, written["words"], frozenset(written["doubled"]), closed, written["unfinished"])


def index_of(place: Path) -> dict[str, Any] | None:
    """The index of a build.

    Args:
        place: The folder of the build.

    Returns:
        The index; None where it is damaged, a file is missing or of another size, or any is not ours alone to write.
    """
    try:
        index = _read_index(place / "index.json")
        with os.scandir(place) as entries:
            there = {entry.name: entry.stat(follow_symlinks=False) for entry in entries}
        if not all(map(safely_owned, (place.lstat(), *there.values()))):
            return None
        names = {file_name(name, kind) for name in (VOCABULARY, *index["topics"]) for kind in _KINDS}
        names |= {RULES, file_name(VOCABULARY, OF_EXAMPLES)}
        whole = names <= index["files"].keys() & index["hashes"].keys()
        if whole and all(there[name].st_size == size for name, size in index["files"].items()):
            as_index(index)  # which fails where it is none
            parts = (index["prefixes"], index["unfinished"], *index["words"].values())
            lists = [index[name] for name in ("topics", "doubled", "notes", "other names")]
            pairs = [(iri, name) for iri, name in index["other names"]]
            texts = chain([index["language"]], *lists[:-1], *pairs, *(part.values() for part in parts))
            sound = all(isinstance(each, list) for each in lists) and all(isinstance(text, str) for text in texts)
            return index if sound else None
    except (OSError, *NONSENSE):
        pass
    return None


def _read_index(path: Path) -> dict[str, Any]:
    """The index, which stands below its own hash, a JSON text a line."""
    said, _, text = path.read_bytes().partition(b"\n")
    if said != json.dumps(hash_of(text)).encode():
        message = f"{path}: is damaged"
        raise ValueError(message)
    return cast(dict[str, Any], json.loads(text))


def hash_of(data: bytes) -> str:
    """The SHA-256 of some bytes."""
    return hashlib.sha256(data).hexdigest()


def written_index(content: Content) -> Mapping[str, object]:
    """What the index of some content says, as JSON can hold it."""
    return {
        "topics": content.topics,
        "prefixes": dict(content.prefixes),
        "entries": _sorted(content.index.entries),
        "closed": _sorted(content.index.closed),
        "unfinished": dict(content.unfinished),
        "language": content.language,
        "notes": content.notes,
        "other names": content.other_names,
        "words": content.index.words,
        "doubled": sorted(content.index.doubled),
    }


def _sorted(entries: Mapping[str, Mapping[str, frozenset[str]]]) -> Mapping[str, Mapping[str, list[str]]]:
    return {given: {word: sorted(topics) for word, topics in way.items()} for given, way in entries.items()}


def file_name(name: str, kind: str) -> str:
    """The file that holds one kind of triple of a graph."""
    return f"{slug(name)}.{kind}.nt"

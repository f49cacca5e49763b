"""Where a thing is written: the file and the line that an author has to edit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.content import Content, lines_of, turtle_files
from kg.errors import ContentError
from kg.names import slug


@dataclass(frozen=True)
class Place:
    """A line of a file.

    Attributes:
        file: The file.
        line: Its line, from 1.
        iri: What is described there.
    """

    file: Path
    line: int
    iri: str

    def __str__(self) -> str:
        """As compilers and editors write a place."""
        return f"{self.file}:{self.line}"


def places(content: Content, iri: str) -> tuple[Place, ...]:
    """Find where a thing is described.

    Args:
        content: Content that was read from a folder.
        iri: The thing. A node that is nested in another, such as a rating, is found inside that one.

    Returns:
        The places, by file.

    Raises:
        ContentError: The content has no folder, or one that cannot be read, or no file begins a line with the thing.

    >>> from kg.content import read
    >>> from kg.resources import folder
    >>> [place.file.name for place in places(read(folder("ontology")), "https://w3id.org/nextstudy/finding/fever")]
    ['findings.ttl']
    """
    if content.folder is None:
        message = "the content was not read from a folder; load the folder with its files"
        raise ContentError(message)
    files = {path: lines_of(path) for path in turtle_files(content.folder)}
    whole, nested = iri, ""
    while whole.count("/") > 3:
        found = [place for path, lines in files.items() for place in _in_file(path, lines, whole, nested, content)]
        if found:
            return tuple(Place(path, line, iri) for path, line in found)
        # A nested node has no name of its own in the file: look for its parent, then for what tells it apart.
        whole, nested = whole.rsplit("/", 2)[0], slug(whole)
    message = f"{content.folder}: no line of a file begins with <{iri}>; search the files for '{slug(iri)}'"
    raise ContentError(message)


def _in_file(path: Path, lines: list[str], iri: str, nested: str, content: Content) -> Iterator[tuple[Path, int]]:
    names = _spellings(iri, "\n".join(lines[:3]), content)
    for number, line in enumerate(lines, 1):
        if line.startswith(names):
            yield path, _inside(lines, number, nested) if nested else number


def _spellings(iri: str, head: str, content: Content) -> tuple[str, ...]:
    """How a line may begin that describes something: whole, with a prefix, or relative to the base of the file."""
    short = [f"{name}:{iri.removeprefix(space)} " for name, space in content.prefixes.items() if iri.startswith(space)]
    base = re.search(r"^@base <(.+)> \.$", head, flags=re.MULTILINE)
    relative = [f"<{iri.removeprefix(base[1])}> "] if base and iri.startswith(base[1]) else []
    return (f"<{iri}> ", *short, *relative)


def _inside(lines: list[str], start: int, nested: str) -> int:
    """The first line of a block that holds the words by which a nested node is told apart."""
    for number, line in enumerate(lines[start - 1 :], start):
        if re.search(rf"(?<![\w-]){re.escape(nested)}(?![\w-])", line):
            return number
        if number > start and line and not line[0].isspace():
            break
    return start

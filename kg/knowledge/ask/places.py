"""Finds the file and the line where a thing is described, so that an author can edit it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kg.errors import ContentError
from kg.knowledge.content.content import Content
from kg.knowledge.sparql.iris import slug
from kg.knowledge.turtle.atlas import Atlas


@dataclass(frozen=True)
class Place:
    """A line of a file.

    Attributes:
        file: The path of the file.
        line: The number of the line, from 1.
        iri: What is described there.
    """

    file: Path
    line: int
    iri: str

    def __str__(self) -> str:
        """The place as compilers and editors write it: ``file:line``."""
        return f"{self.file}:{self.line}"


def places(content: Content, iri: str) -> tuple[Place, ...]:
    """Find where a thing is described.

    Args:
        content: Content that was read from a folder.
        iri: The thing. A nested node, such as a rating, is found inside its parent.

    Returns:
        The places: first where the thing is declared, then where other files say more about it.

    Raises:
        ContentError: The content has no folder, a file cannot be read, or no line of a file begins with the thing.

    >>> from kg.knowledge.content.content import read
    >>> from kg.knowledge.sparql.resources import shipped
    >>> [place.file.name for place in places(read(shipped("ontology")), "https://w3id.org/nextstudy/finding/fever")]
    ['history.ttl', 'history.ttl']
    """
    if content.folder is None:
        message = "the content was not read from a folder; load the folder with its files"
        raise ContentError(message)
    if found := Atlas(content.folder, content.prefixes).lines(iri):
        return tuple(Place(path, line, iri) for path, line in found)
    message = f"{content.folder}: no line of a file begins with <{iri}>; search the files for '{slug(iri)}'"
    raise ContentError(message)

"""One Turtle file: read, or refused with its line and the cure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from kg.documents import read_rdf, refuse_deep_turtle
from kg.errors import ContentError, unseen
from kg.knowledge.turtle.datatypes import wrong_value
from kg.knowledge.turtle.spelling import spellings
from kg.knowledge.turtle.syntax import explained


def triples_of_file(path: Path, prefixes: Mapping[str, str] | None = None) -> list[Quad]:
    """Read a Turtle file, with or without a byte order mark.

    Args:
        path: The file.
        prefixes: The prefix map that it must agree with; None for any.

    Returns:
        Its triples.

    Raises:
        ContentError: The file cannot be read, is not Turtle, declares other prefixes, or holds a sign that nobody sees
            or a value that its datatype does not have.
    """
    data = read_rdf(path, ContentError)
    refuse_deep_turtle(data, str(path), ContentError)
    _refuse_unseen(path, data)
    try:
        reader = parse(data, format=RdfFormat.TURTLE)
        quads = list(reader)
    except SyntaxError as error:
        line, wrong = explained(data.decode("utf-8", "replace"), error, prefixes or {})
        if "Invalid UTF-8" in error.msg:
            wrong = "is not UTF-8 text; save the file as UTF-8"
        message = f"{path}, line {line}: {wrong}"
        raise ContentError(message) from error
    except MemoryError as error:
        message = f"{path}: contains a text of more than 16 MB, which no parser takes; shorten it"
        raise ContentError(message) from error
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        message = f"{path}: is not UTF-8 text; save it as UTF-8"
        raise ContentError(message) from error
    for name, namespace in reader.prefixes.items():
        if prefixes is not None and prefixes.get(name) != namespace:
            there = f"<{prefixes[name]}>" if name in prefixes else "not declared"
            cure = "declare the same in both"
            place = first_place(path, [rf"(?i:prefix)\s+{re.escape(name)}:"])
            message = f"{place}: the prefix '{name}:' is <{namespace}> here but {there} in prefixes.ttl; {cure}"
            raise ContentError(message)
    _refuse_values(path, quads)
    return quads


def lines_of(path: Path) -> list[str]:
    """The lines of a Turtle file, to find a place in it.

    Args:
        path: The file.

    Returns:
        Its lines; what is not UTF-8, which Turtle lets pass in a comment, is replaced.

    Raises:
        ContentError: The file cannot be read.
    """
    return read_rdf(path, ContentError).decode("utf-8", "replace").splitlines()


def place_of(path: Path, iri: str, prefixes: Mapping[str, str]) -> str:
    """The file and the first line in it that names a thing.

    Args:
        path: The file.
        iri: The thing.
        prefixes: The prefix map.

    Returns:
        The place; the file alone where no line names the thing.
    """
    return first_place(path, spellings(iri, prefixes))


def declared_at(path: Path, iri: str, prefixes: Mapping[str, str]) -> str:
    """The file and the first line in it that says what a thing is.

    Args:
        path: The file.
        iri: The thing.
        prefixes: The prefix map.

    Returns:
        The place; where no line begins so, that of the first line which names the thing.
    """
    names = spellings(iri, prefixes)
    return first_place(path, [*(rf"^{name}\s+a\s" for name in names), *names])


def first_place(path: Path, patterns: Iterable[str]) -> str:
    """The file and the first line in it on which the first of some patterns is found; comments do not count.

    Args:
        path: The file.
        patterns: Regular expressions; a later one counts where no line has an earlier one.

    Returns:
        The place; the file alone where no line has any of them.
    """
    lines = [(number, text) for number, text in enumerate(lines_of(path), 1) if not text.lstrip().startswith("#")]
    found = (number for pattern in patterns for number, text in lines if re.search(pattern, text))
    line = next(found, None)
    return f"{path}, line {line}" if line else str(path)


def refuse_unseen(place: str, sign: str) -> None:
    """Refuse a text that contains an invisible character.

    Args:
        place: Where the text is.
        sign: What ``unseen`` found; nothing is refused where that is empty.

    Raises:
        ContentError: There is a sign.
    """
    if sign:
        name = unicodedata.name(sign, "a control character").lower()
        message = f"{place}: holds U+{ord(sign):04X} ({name}), which nobody sees; take it out"
        raise ContentError(message)


def _refuse_unseen(path: Path, data: bytes) -> None:
    """Signs that stand in the file as they are; those that are escaped are found among the values."""
    text = data.decode("utf-8", errors="replace")
    if unseen(text):
        for number, line in enumerate(re.split("\r\n|\n|\r", text), 1):
            refuse_unseen(f"{path}, line {number}", unseen(line))


def _refuse_values(path: Path, quads: Iterable[Quad]) -> None:
    for quad in quads:
        for node in (quad.subject, quad.object):
            value = node.value if isinstance(node, Literal | NamedNode) else ""
            if sign := unseen(value):
                code = f"{ord(sign):X}"
                escapes = [rf"\\u{code.zfill(4)}(?i:)", rf"\\U{code.zfill(8)}", *_SHORT.get(sign, ())]
                refuse_unseen(first_place(path, [f"(?i:{escape})" for escape in escapes]), sign)
        if isinstance(quad.object, Literal) and (wrong := wrong_value(quad.object)):
            place = first_place(path, [re.escape(f'"{quad.object.value}"'), re.escape(quad.object.value)])
            message = f"{place}: {wrong}"
            raise ContentError(message)


_SHORT = {"\b": (r"\\b",), "\f": (r"\\f",)}

"""How authors write the name of a thing: with a prefix, whole, or relative to the base of their file."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kg.knowledge.sparql.iris import slug


def is_iri(text: str) -> bool:
    """Whether a text names a thing.

    >>> is_iri("urn:isbn:1"), is_iri("fever")
    (True, False)
    """
    return bool(re.match(r"(https?|urn):", text))


def short(text: str, prefixes: Mapping[str, str]) -> str:
    """Name a thing in a message.

    Args:
        text: An IRI, or another text.
        prefixes: The prefix map.

    Returns:
        The IRI with its prefix; another text in quotes.
    """
    if not is_iri(text):
        return f"'{text}'"
    matching = [(len(space), name, space) for name, space in prefixes.items() if text.startswith(space)]
    _, name, space = max(matching, default=(0, "", ""))
    return f"{name}:{text.removeprefix(space)}" if space else f"<{text}>"


def spelt(iri: str, prefixes: Mapping[str, str]) -> str:
    """What an author writes to name a thing.

    Args:
        iri: The thing.
        prefixes: The prefix map.

    Returns:
        The name with its prefix; where Turtle would want an escape in it, the last part.

    >>> at = {"finding": "https://w3id.org/nextstudy/finding/", "topic": "https://w3id.org/nextstudy/topic/"}
    >>> spelt("https://w3id.org/nextstudy/finding/fever", at), spelt("https://w3id.org/nextstudy/topic/knee/fall", at)
    ('finding:fever', 'fall')
    """
    name = short(iri, prefixes)
    return slug(iri) if "/" in name else name


def spellings(iri: str, prefixes: Mapping[str, str]) -> list[str]:
    """Patterns of the ways to write an IRI: whole, with a prefix, or by its end, relative to the base of the file.

    Args:
        iri: The IRI.
        prefixes: The prefix map.
    """
    end = re.escape(re.split("[/#]", iri)[-1])
    names = [
        rf"(?<![\w-]){name}:{re.escape(iri.removeprefix(space))}(?![\w/-])"
        for name, space in prefixes.items()
        if iri.startswith(space)
    ]
    return [f"<{re.escape(iri)}>", *names, rf"<([^>\s]*[/#])?{end}>"]

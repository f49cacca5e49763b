"""A commented file with which to begin a guideline topic."""

from __future__ import annotations

import re
from pathlib import Path

from kg.content import Content
from kg.errors import AuthoringError
from kg.names import BASE

_TEMPLATE = Path(__file__).resolve().parent / "templates" / "topic.ttl"
_SLUG_OF_TEMPLATE = "my-topic"


def new_topic(slug: str, content: Content) -> str:
    """Write the beginning of a topic file.

    Args:
        slug: The identifier of the topic: lower-case words joined by hyphens.
        content: Where the topic is to be added, as ``kg.content.read`` returns it.

    Returns:
        Turtle, in which TODO marks what the author has to write; ``nextstudy check`` lists the marks.

    Raises:
        AuthoringError: The slug cannot be an identifier, or the topic is there already.

    >>> from kg.content import read
    >>> from kg.resources import folder
    >>> new_topic("knee-pain", read(folder("ontology"))).splitlines()[0]
    '@base <https://w3id.org/nextstudy/topic/knee-pain/> .'
    """
    check_slug(slug)
    if f"{BASE}topic/{slug}" in content.topics:
        message = f"the topic '{slug}' is there already; choose another name, or edit its file"
        raise AuthoringError(message)
    return _TEMPLATE.read_text(encoding="utf-8").replace(_SLUG_OF_TEMPLATE, slug)


def check_slug(slug: str) -> None:
    """Refuse a name that cannot be the identifier of a topic.

    Args:
        slug: The name.

    Raises:
        AuthoringError: It is not lower-case words joined by hyphens.

    >>> check_slug("knee-pain")
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        message = f"'{slug}' cannot name a topic; write lower-case words joined by hyphens, such as 'low-back-pain'"
        raise AuthoringError(message)

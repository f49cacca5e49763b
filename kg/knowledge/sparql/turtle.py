r"""Turtle that every reader reads alike: a name that would need an escape is written as a whole IRI.

Turtle 1.1 allows ``topic:a\/b``. Virtuoso keeps the backslash, so that the thing has another name there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pyoxigraph import RdfFormat, Triple, serialize

_TOKEN = re.compile(
    r"""^@prefix\ .*$                                # as it stands
    | <[^>]*> | "(?:[^"\\]|\\.)*" | _:\S+            # an IRI, a text, a blank node: as they stand
    | (?P<name>[^\s"<>:^@]*):(?P<local>(?:\\.|[^\s\\])*)""",
    re.MULTILINE | re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(.)")
_PLAIN = re.compile("[A-Za-z_][A-Za-z0-9_-]*")
"""The local names that nobody reads otherwise."""


def turtle(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> str:
    r"""Write triples as Turtle.

    Args:
        triples: What is written, in this order.
        prefixes: The namespaces of prefixes that may be used.

    Returns:
        The text. No local name in it has an escape.

    >>> from pyoxigraph import NamedNode
    >>> nodes = [NamedNode(f"https://example.org/{name}") for name in ("rating", "scenario/first", "1.")]
    >>> print(turtle([Triple(nodes[1], nodes[0], nodes[2])], {"ex": "https://example.org/"}), end="")
    @prefix ex: <https://example.org/> .
    <https://example.org/scenario/first> ex:rating <https://example.org/1.> .
    """

    def plain(token: re.Match[str]) -> str:
        name, local = token["name"], token["local"]
        if name is None or _PLAIN.fullmatch(local):
            return token[0]
        whole = prefixes[name] + _ESCAPED.sub(r"\1", local)
        return f"<{whole}>"

    written = serialize(triples, format=RdfFormat.TURTLE, prefixes=dict(prefixes)) or b""
    return _TOKEN.sub(plain, written.decode("utf-8"))

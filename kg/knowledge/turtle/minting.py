"""Gives an IRI to every node that an author nested in another one.

The IRI is made from the parent, the property and a key; the schema says with ``ns:iriFrom`` which property is the key:

    topic:knee-pain/trauma ns:rating [ ns:procedure procedure:mri-knee ]   has the key ns:procedure and becomes
    topic:knee-pain/trauma/rating/mri-knee
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from pyoxigraph import BlankNode, NamedNode, Quad

from kg.errors import ContentError
from kg.knowledge.sparql.iris import ns, slug
from kg.knowledge.turtle.atlas import Atlas


class Minter:
    """The IRIs of the nested nodes of one content folder.

    One minter serves all files. If two files describe the same thing, a node with the same key in both would otherwise
    be merged into one node without an error.
    """

    def __init__(self, triples: Iterable[Quad], atlas: Atlas) -> None:
        """Read from the triples of all files which property is the key of a nested node (``ns:iriFrom``).

        Args:
            triples: The triples of all files.
            atlas: Where things are described, for messages.
        """
        self._atlas = atlas
        self._keys: dict[NamedNode, list[NamedNode]] = defaultdict(list)
        for triple in triples:
            if triple.predicate == ns("iriFrom") and isinstance(triple.subject, NamedNode):
                self._keys[triple.subject].append(cast(NamedNode, triple.object))
        self._owner: dict[NamedNode, object] = {}

    def give_iris(self, path: Path, triples: list[Quad]) -> list[Quad]:
        """Replace the nested nodes of a file by IRIs, which stay the same when the rest of a node is corrected.

        Args:
            path: The file, for messages.
            triples: Its triples.

        Raises:
            ContentError: A node lacks its key, or two nodes would get the same IRI.
        """
        keys, owner = self._keys, self._owner
        about: dict[object, list[Quad]] = defaultdict(list)
        parent: dict[object, Quad] = {}
        for triple in triples:
            about[triple.subject].append(triple)
            if isinstance(triple.object, BlankNode) and triple.predicate in keys:
                parent[triple.object] = triple
        made: dict[object, NamedNode] = {}

        def iri_of(node: object) -> NamedNode | None:
            if isinstance(node, NamedNode):
                return node
            if node in made or node not in parent:
                return made.get(node)
            above = parent[node]
            start = iri_of(above.subject)
            values = [part.object for part in about[node] if part.predicate in keys[above.predicate]]
            if start is None or not values:
                raise ContentError(self._without_key(path, above, start))
            last = "-".join(sorted(_readable(value) for value in values))
            minted = NamedNode(f"{start.value}/{slug(above.predicate.value)}/{last}")
            if owner.setdefault(minted, node) != node:
                raise ContentError(self._twice(path, above, start, minted, values))
            made[node] = minted
            return minted

        def renamed(triple: Quad) -> Quad:
            subject, value = triple.subject, triple.object
            if not isinstance(subject, BlankNode) and not isinstance(value, BlankNode):
                return triple
            return Quad(iri_of(subject) or subject, triple.predicate, iri_of(value) or value)

        try:
            return [renamed(triple) for triple in triples]
        except RecursionError as error:
            message = f"{path}: nodes without a name stand in one another in a circle or very deeply; name one of them"
            raise ContentError(message) from error

    def _without_key(self, path: Path, above: Quad, around: NamedNode | None) -> str:
        short, key = self._atlas.short, self._keys[above.predicate][0]
        wrong = f"a node of {short(above.predicate.value)} has no {short(key.value)}, from which its name is made"
        return f"{self._place(path, around)}: {wrong}; add it"

    def _twice(self, path: Path, above: Quad, around: NamedNode, minted: NamedNode, values: Iterable[object]) -> str:
        short, keys = self._atlas.short, self._keys[above.predicate]
        same = " and ".join(sorted(short(str(getattr(value, "value", value))) for value in values))
        wrong = f"{short(around.value)} has {short(above.predicate.value)} twice for {same}"
        other = " or ".join(short(key.value) for key in keys)
        return f"{self._place(path, minted)}: {wrong}; keep one of the two, or give one another {other}"

    def _place(self, path: Path, node: NamedNode | None) -> str:
        found = self._atlas.line(node.value) if node else None
        return f"{found[0]}, line {found[1]}" if found else str(path)


def _readable(value: object) -> str:
    text = slug(value.value) if isinstance(value, NamedNode) else str(getattr(value, "value", value))
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-").lower()

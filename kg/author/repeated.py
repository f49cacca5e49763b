"""Says once what is wrong with all scenarios of a family: an author wrote it once, at the family."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from pyoxigraph import NamedNode

from kg.knowledge.content.content import Content
from kg.knowledge.sparql.iris import ns, slug

T = TypeVar("T")


def once(found: Iterable[T], content: Content, about: Callable[[T], tuple[str, str, str]]) -> list[T]:
    """Leave out what is wrong with a scenario of a family where it was said of the family, or of another scenario.

    Args:
        found: What is wrong.
        content: Where.
        about: Of each, the node and the property in question, and what is wrong.
    """
    every = [(each, *about(each)) for each in found]
    if not every:
        return []
    family_of = ns("fromFamily")
    families = {
        t.subject.value: t.object.value
        for triples in content.graphs.values()
        for t in triples
        if t.predicate == family_of and isinstance(t.subject, NamedNode) and isinstance(t.object, NamedNode)
    }
    written = {family: family for family in families.values()}
    said = {(_top(node, written), _written(name) or message) for _, node, name, message in every}
    kept = []
    for each, node, name, message in every:
        if family := _top(node, families):
            if (family, _written(name) or message) in said:
                continue
            said.add((family, _written(name) or message))
        kept.append(each)
    return kept


def _top(node: str, tops: dict[str, str]) -> str:
    """What is given for a node, or for the one in which it stands."""
    while node not in tops and "/" in node:
        node = node.rpartition("/")[0]
    return tops.get(node, "")


def _written(name: str) -> str:
    """The property as an author writes it: that of a family is one of a scenario there."""
    return slug(name).removeprefix("family").lower()

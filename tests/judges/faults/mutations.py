"""What a mutation is: one edit of the shipped content that an author could make by mistake, and what finds it.

``mutations.csv`` lists them: its kind, a name, whether it is harmful, what happens then, and the edits. An edit is a
triple with a sign before it, ``+ finding:diabetes rdfs:subClassOf finding:red-flag``; ``t:``, ``l:`` and ``n:`` are
the thoracic topic, the lumbar topic and what they share.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from kg.knowledge.content.content import Content
from kg.knowledge.sparql.iris import BASE, RDF_TYPE
from tests.judges.faults.content_faults import Fault, Guards, damaged


@dataclass(frozen=True)
class Mutation:
    """One edit.

    Attributes:
        kind: What kind of mistake.
        name: What is wrong after it.
        harmful: It could change the answer for some patient for the worse, or hide a call.
        why: What happens then.
        edits: Triples with a sign.
    """

    kind: str
    name: str
    harmful: bool
    why: str
    edits: tuple[str, ...]

    @property
    def adds(self) -> bool:
        """Whether it only adds."""
        return all(edit.startswith("+") for edit in self.edits)

    def fault(self, content: Content) -> Fault:
        """The edit as a fault of some content.

        Raises:
            ValueError: It removes what is not there, or adds what is.
        """
        there = {quad for graph in content.graphs.values() for quad in graph}
        removed, added = (tuple(self._signed(sign, content.prefixes)) for sign in "-+")
        if set(removed) - there or set(added) & there:
            raise ValueError(self.name)
        return Fault(self.name, self.why, frozenset(removed), added, self.harmful)

    def _signed(self, sign: str, prefixes: Mapping[str, str]) -> Iterator[Quad]:
        for edit in self.edits:
            if edit.startswith(sign):
                _, subject, relation, value = edit.split(" ", 3)
                predicate = RDF_TYPE if relation == "a" else _node(relation, prefixes)
                yield Quad(_node(subject, prefixes), predicate, _value(value, prefixes))


_SHORT = {"t": f"{BASE}topic/thoracic-back-pain/", "l": f"{BASE}topic/low-back-pain/", "n": BASE}


def _node(word: str, prefixes: Mapping[str, str]) -> NamedNode:
    prefix, _, local = word.partition(":")
    return NamedNode(_SHORT.get(prefix, prefixes.get(prefix, "")) + local)


def _value(word: str, prefixes: Mapping[str, str]) -> NamedNode | Literal:
    xsd = "http://www.w3.org/2001/XMLSchema#"
    if quoted := re.fullmatch(r'"(.*)"(?:@([\w-]+))?', word, flags=re.DOTALL):
        return Literal(quoted[1], language=quoted[2]) if quoted[2] else Literal(quoted[1])
    if word in ("true", "false"):
        return Literal(word, datatype=NamedNode(f"{xsd}boolean"))
    if re.fullmatch(r"-?\d+(\.\d+)?", word):
        return Literal(word, datatype=NamedNode(xsd + ("decimal" if "." in word else "integer")))
    return _node(word, prefixes)


def _listed() -> Iterator[Mutation]:
    with Path(__file__).with_name("mutations.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            edits = tuple(row["edits"].splitlines())
            yield Mutation(row["kind"], row["name"], row["harmful"] == "yes", row["why"], edits)


MUTATIONS = tuple(_listed())
"""All of them, those that add first."""


def found_by(guards: Guards, mutation: Mutation) -> str:
    """What the content brings along that finds a mutation, the quickest first; empty when nothing does.

    Returns:
        The name of a verify query, or ``shape``, ``example`` or ``proof``.
    """
    fault = mutation.fault(guards.content)
    if names := guards.queries_that_find(damaged(guards.content, fault)):
        return names[0]
    return next((guard for guard in ("shape", "example", "proof") if guards.first(fault, (guard,))), "")

"""Reads the SPARQL constraints out of SHACL shapes, so that Oxigraph can run them.

A rule about cases is written in the shapes file only. pyshacl validates with it, and ``assess`` runs the same queries
on the store with the case, where ``$this`` is an ordinary variable.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pyoxigraph import RdfFormat, parse

from kg.documents import LARGEST_RDF, read_bytes
from kg.errors import ContentError
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import Query

_SH = "http://www.w3.org/ns/shacl#"
_PLACEHOLDER = re.compile(r"\{[?$](\w+)\}")


@dataclass(frozen=True)
class Constraint:
    """One SPARQL constraint of a shape.

    Attributes:
        name: The last part of its IRI, such as ``"out-of-range"``.
        shape: The last part of the IRI of its shape, such as ``"contradiction"`` or ``"form"`` for a case.
        message: What to say, with placeholders such as ``{?value}`` for the columns of a row.
        query: The query with its prefixes; each row is a violation by the node ``?this``.
    """

    name: str
    shape: str
    message: str
    query: Query

    def explain(self, row: Mapping[str, str]) -> str:
        """The message, with the values of a row instead of the placeholders.

        >>> Constraint("n", "s", "'{?first}' twice", Query("n", "")).explain({"first": "fever"})
        "'fever' twice"
        """
        return _PLACEHOLDER.sub(lambda found: row.get(found[1], found[0]), self.message)


@cache
def constraints(path: Path) -> tuple[Constraint, ...]:
    """Read the SPARQL constraints of a shapes file; each file is read once.

    Args:
        path: A Turtle file; its prefix map is the nearest ``prefixes.ttl`` in the folders above.

    Returns:
        The constraints, sorted by shape and name.

    Raises:
        ContentError: The file cannot be read, is not Turtle, or has a constraint without a query or a message.

    >>> from kg.knowledge.sparql.resources import shipped
    >>> found = constraints(shipped("ontology") / "shapes" / "case.ttl")
    >>> found[0].shape, found[0].name
    ('contradiction', 'exclude-each-other')
    """
    about, prefixes = _described(path), _prefixes(path)
    pairs = [(shape, node) for shape, properties in about.items() for node in properties.get("sparql", ())]
    found = [_constraint(path, shape, node, about.get(node, {}), prefixes) for shape, node in pairs]
    return tuple(sorted(found, key=lambda constraint: (constraint.shape, constraint.name)))


def _constraint(
    path: Path, shape: str, node: str, properties: Mapping[str, list[str]], prefixes: Mapping[str, str]
) -> Constraint:
    if len(properties.get("select", ())) != 1 or len(properties.get("message", ())) != 1:
        message = f"{path}: a constraint of '{slug(shape)}' needs one sh:select and one sh:message; write both"
        raise ContentError(message)
    text = re.sub(r"\$this\b", "?this", properties["select"][0])
    # Only the prefixes in use, because the engine parses all of them for every query of every case.
    used = {name: iri for name, iri in prefixes.items() if re.search(rf"(?<![\w-]){re.escape(name)}:", text)}
    prologue = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in sorted(used.items()))
    return Constraint(slug(node), slug(shape), properties["message"][0], Query(slug(node), prologue + text))


def _described(path: Path) -> Mapping[str, Mapping[str, list[str]]]:
    """What a file says with SHACL properties, by node and by the local name of the property."""
    about: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    try:
        for triple in parse(read_bytes(path, ContentError, "Turtle", LARGEST_RDF), format=RdfFormat.TURTLE):
            if triple.predicate.value.startswith(_SH):
                about[_name(triple.subject)][slug(triple.predicate.value)].append(_name(triple.object))
    except SyntaxError as error:
        message = f"{path}, line {error.lineno}: {error.msg}; fix the Turtle there"
        raise ContentError(message) from error
    return about


def _name(term: object) -> str:
    return str(getattr(term, "value", term))


def _prefixes(path: Path) -> Mapping[str, str]:
    for above in path.parents:
        if (above / "prefixes.ttl").is_file():
            pairs = _described(above / "prefixes.ttl").values()
            return {p["prefix"][0]: p["namespace"][0] for p in pairs if "prefix" in p}
    message = f"{path}: has no prefixes.ttl in the folders above; lay the folder out like the shipped ontology/"
    raise ContentError(message)

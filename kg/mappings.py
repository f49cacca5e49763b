"""Which codes of other systems a term has: read from mapping sets in SSSOM, https://mapping-commons.github.io/sssom/.

Each ``mappings/*.sssom.tsv`` holds the codes of one system: metadata in lines that begin with ``#``, then a table.
``object_source`` is the system, by the URI that HL7 FHIR gives it; ``other`` holds what SSSOM has no slot for:
``system``, its name, ``licensed``, ``yes`` where its owner asks for a licence (``license`` then names the terms), and
``code``, which is ``curie`` where prefix and number together are the code.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from kg.document import read_text
from kg.errors import ContentError, listed
from kg.names import RDFS_LABEL

_SKOS = "http://www.w3.org/2004/02/skos/core#"
MATCHES = tuple(f"{_SKOS}{name}Match" for name in ("exact", "close", "broad", "narrow", "related"))
"""The relations that a mapping may state; a broad match is a code that is broader than the term."""

_CODE = NamedNode(f"{_SKOS}notation")
_SYSTEM = NamedNode(f"{_SKOS}inScheme")
_LICENSE = NamedNode("http://purl.org/dc/terms/license")


def read(folder: Path) -> tuple[Quad, ...]:
    """Read the mappings of a content folder.

    Args:
        folder: A content folder; it need not have a folder ``mappings``.

    Returns:
        For each row a SKOS match between a term and a concept, with the code, the system and the name of the concept;
        for each system its name and, where it is licensed, its terms.

    Raises:
        ContentError: A file is not what this module describes.

    >>> from kg.resources import folder
    >>> sum(quad.predicate.value in MATCHES for quad in read(folder("ontology"))) > 200
    True
    """
    paths = sorted(folder.glob("mappings/*.sssom.tsv"))
    return tuple(dict.fromkeys(quad for path in paths for quad in _quads(path)))


def _quads(path: Path) -> Iterator[Quad]:
    lines = read_text(path, ContentError, "mapping").splitlines()
    height = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    metadata, prefixes = _metadata(lines[:height])
    notes = dict(note.split(": ", 1) for note in metadata.get("other", "").split("|") if ": " in note)

    system = _iri(f"{path}: the metadata", metadata.get("object_source", ""), prefixes)
    if "system" in notes:
        yield Quad(system, RDFS_LABEL, Literal(notes["system"], language="en"))
    if notes.get("licensed") == "yes" and "license" in metadata:
        yield Quad(system, _LICENSE, NamedNode(metadata["license"]))

    for line, row in enumerate(csv.DictReader(lines[height:], delimiter="\t"), height + 2):
        place = f"{path}, line {line}"
        if row.get("predicate_modifier"):  # "Not": a mapping that somebody denies
            continue
        term, match, concept = (
            _iri(place, row.get(column) or "", prefixes) for column in ("subject_id", "predicate_id", "object_id")
        )
        if match.value not in MATCHES:
            message = f"{place}: '{row['predicate_id']}' is not a relation of SKOS; write skos:closeMatch or another"
            raise ContentError(message)
        code = row["object_id"] if notes.get("code") == "curie" else row["object_id"].split(":", 1)[1]
        yield Quad(term, match, concept)
        yield Quad(concept, _CODE, Literal(code))
        yield Quad(concept, _SYSTEM, system)
        if row.get("object_label"):
            yield Quad(concept, RDFS_LABEL, Literal(row["object_label"], language="en"))


def _metadata(lines: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The slots and the prefixes: of YAML only what these files use, one slot or one prefix a line."""
    slots: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    for line in lines:
        key, _, value = line[1:].partition(": ")
        (prefixes if key.startswith(" ") else slots)[key.strip()] = value.strip().strip('"')
    return slots, prefixes


def _iri(place: str, curie: str, prefixes: Mapping[str, str]) -> NamedNode:
    prefix, colon, name = curie.partition(":")
    if not colon or prefix not in prefixes:
        message = f"{place}: '{curie}' has none of the prefixes {listed(prefixes)}; declare its prefix in curie_map"
        raise ContentError(message)
    try:
        return NamedNode(prefixes[prefix] + name)
    except ValueError as error:
        message = f"{place}: '{curie}' does not make an IRI ({error}); mend the code or its prefix"
        raise ContentError(message) from error

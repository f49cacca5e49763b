"""Reads the codes that other systems have for a term, from SSSOM files (https://mapping-commons.github.io/sssom/).

Each ``mappings/*.sssom.tsv`` has the codes of one system: metadata in lines that begin with ``#``, then a table. The
slot ``object_source`` is the URI that HL7 FHIR gives the system. The slot ``other`` has what SSSOM has no slot for:

    system: LOINC     the name of the system
    licensed: yes     its owner asks for a licence, and the slot ``license`` names the terms
    code: curie       prefix and number together are the code, such as HP:0001945
    form: [0-9]{5}    a regular expression for the codes of the system; it cannot contain a bar
    check digit: luhn the last digit is one by Luhn, as in LOINC, or by verhoeff, as in SNOMED CT
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from kg.documents import read_text
from kg.errors import ContentError, listed, unseen
from kg.knowledge.sparql.iris import RDFS_LABEL
from kg.knowledge.turtle.files import refuse_unseen

_SKOS = "http://www.w3.org/2004/02/skos/core#"
MATCHES = tuple(f"{_SKOS}{name}Match" for name in ("exact", "close", "broad", "narrow", "related"))
"""The relations that a mapping may state; in a broad match, the code is broader than the term."""

_CODE = NamedNode(f"{_SKOS}notation")
_SYSTEM = NamedNode(f"{_SKOS}inScheme")
_LICENSE = NamedNode("http://purl.org/dc/terms/license")


def read_mappings(folder: Path) -> tuple[Quad, ...]:
    """Read the mappings of a content folder.

    Args:
        folder: A content folder; the folder ``mappings`` in it is optional.

    Returns:
        For each row, a SKOS match between a term and a concept, with the code, the system and the name of the concept.
        For each system, its name and, if it is licensed, its terms.

    Raises:
        ContentError: A file does not follow the format above.

    >>> from kg.knowledge.sparql.resources import shipped
    >>> sum(quad.predicate.value in MATCHES for quad in read_mappings(shipped("ontology"))) > 200
    True
    """
    return tuple(dict.fromkeys(quad for table in mapping_tables(folder) for quad in _quads(table)))


@dataclass(frozen=True)
class MappingTable:
    """One mapping file as it is written.

    Attributes:
        path: The file.
        slots: The metadata.
        prefixes: The prefixes of its identifiers.
        rows: The number of the line, and the columns, of each row.
    """

    path: Path
    slots: Mapping[str, str]
    prefixes: Mapping[str, str]
    rows: tuple[tuple[int, Mapping[str, str]], ...]

    @cached_property
    def notes(self) -> Mapping[str, str]:
        """What the slot ``other`` says, such as the name of the system."""
        return dict(note.split(": ", 1) for note in self.slots.get("other", "").split("|") if ": " in note)

    def place(self, folder: Path, line: int) -> str:
        """A line of the file, named below its content folder."""
        return f"{self.path.relative_to(folder).as_posix()}, line {line}"

    def subject(self, row: Mapping[str, str]) -> str:
        """The IRI of the term in a row; without its namespace if its prefix is not declared."""
        prefix, _, local = (row.get("subject_id") or "").partition(":")
        return self.prefixes.get(prefix, "") + local

    def code(self, row: Mapping[str, str]) -> str:
        """The code in a row, as its system writes it."""
        concept = row.get("object_id") or ""
        return concept if self.notes.get("code") == "curie" else concept.partition(":")[2]


def mapping_tables(folder: Path) -> tuple[MappingTable, ...]:
    """Read the mapping files of a content folder as they are written.

    Args:
        folder: A content folder.

    Raises:
        ContentError: A file cannot be read.

    >>> from kg.knowledge.sparql.resources import shipped
    >>> tables = {table.notes["system"]: table for table in mapping_tables(shipped("ontology"))}
    >>> number, row = tables["LOINC"].rows[0]
    >>> tables["LOINC"].code(row)
    '25031-6'
    """
    return tuple(_table(path) for path in sorted(folder.glob("mappings/*.sssom.tsv")))


def _table(path: Path) -> MappingTable:
    lines = read_text(path, ContentError, "mapping").split("\n")
    for number, text in enumerate(lines, 1):
        refuse_unseen(f"{path}, line {number}", unseen(text))
    height = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    metadata, prefixes = _metadata(lines[:height])
    rows = tuple(enumerate(csv.DictReader(lines[height:], delimiter="\t"), height + 2))
    return MappingTable(path, metadata, prefixes, rows)


def _quads(table: MappingTable) -> Iterator[Quad]:
    path, metadata, prefixes, notes = table.path, table.slots, table.prefixes, table.notes
    system = _iri(f"{path}: the metadata", metadata.get("object_source", ""), prefixes)
    if "system" in notes:
        yield Quad(system, RDFS_LABEL, Literal(notes["system"], language="en"))
    if notes.get("licensed") == "yes" and "license" in metadata:
        yield Quad(system, _LICENSE, _checked(f"{path}: the slot license", metadata["license"], metadata["license"]))
    for line, row in table.rows:
        place = f"{path}, line {line}"
        if row.get("predicate_modifier"):  # "Not": a mapping that somebody denies
            continue
        term, match, concept = (
            _iri(place, row.get(column) or "", prefixes) for column in ("subject_id", "predicate_id", "object_id")
        )
        if match.value not in MATCHES:
            message = f"{place}: '{row['predicate_id']}' is not a SKOS match; write skos:closeMatch or another"
            raise ContentError(message)
        yield Quad(term, match, concept)
        yield Quad(concept, _CODE, Literal(table.code(row)))
        yield Quad(concept, _SYSTEM, system)
        if row.get("object_label"):
            yield Quad(concept, RDFS_LABEL, Literal(row["object_label"], language="en"))


def _metadata(lines: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The slots and the prefixes. Of YAML, only what these files use is read: one slot or prefix on each line."""
    slots: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    for line in lines:
        key, _, value = line[1:].partition(": ")
        (prefixes if key.startswith(" ") else slots)[key.strip()] = value.strip().strip('"')
    return slots, prefixes


def _iri(place: str, curie: str, prefixes: Mapping[str, str]) -> NamedNode:
    prefix, colon, name = curie.partition(":")
    if not colon or prefix not in prefixes:
        message = f"{place}: '{curie}' needs one of the prefixes {listed(prefixes)}; declare its prefix in curie_map"
        raise ContentError(message)
    return _checked(place, curie, prefixes[prefix] + name)


def _checked(place: str, written: str, iri: str) -> NamedNode:
    try:
        return NamedNode(iri)
    except ValueError as error:
        message = f"{place}: '{written}' does not make a valid IRI ({error}); correct it, or its prefix"
        raise ContentError(message) from error

"""Reads the codes that other systems have for a term, from SSSOM files (https://mapping-commons.github.io/sssom/).

Each ``mappings/*.sssom.tsv`` has the codes of one system: metadata in lines that begin with ``#``, then a table. The
slot ``object_source`` is the URI that HL7 FHIR gives the system. The slot ``other`` has what SSSOM has no slot for:

    system: LOINC     the name of the system
    licensed: yes     its owner asks for a licence, and the slot ``license`` names the terms
    code: curie       prefix and number together are the code, such as HP:0001945
    form: [0-9]{5}    a regular expression for the codes of the system; it cannot contain a bar
    check digit: luhn the last digit is one by Luhn, as in LOINC, or by verhoeff, as in SNOMED CT
    word: loinc       what stands before a colon and a code of the system in a case, as in loinc:8310-5
    also: urn:oid:... another URI of the system
    except: .{6}S     codes, without their dot, that are no kind of the code that they begin with

The slot ``other`` of a row has what the code says of its term:

    implies: present  who has the code has the term; absent: of whom the code is refuted, the term is refuted; or both,
                      or nothing
    kinds: yes        the same holds of every longer code that begins with this one
    past: yes         the term counts what is over: it stays present when what the code states is resolved

``sssom:NoTermFound`` stands for the term where a code has no meaning here, and for the code where none is known.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from pyoxigraph import Literal, NamedNode, Quad

from kg.documents import read_text
from kg.errors import ContentError, listed, unseen
from kg.knowledge.sparql.iris import RDFS_LABEL, ns
from kg.knowledge.turtle.files import refuse_unseen

_SKOS = "http://www.w3.org/2004/02/skos/core#"
MATCHES = tuple(f"{_SKOS}{name}Match" for name in ("exact", "close", "broad", "narrow", "related"))
"""The relations that a mapping may state; in a broad match, the code is broader than the term."""

NO_MATCH = "https://w3id.org/sssom/NoTermFound"
"""What SSSOM writes in the place of a term or of a code that was looked for and not found."""

DIRECTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "present": ("impliesPresent",),
        "absent": ("impliesAbsent",),
        "both": ("impliesPresent", "impliesAbsent"),
        "nothing": (),
    }
)
"""The properties by which a code says something of its term, by what its row says that it implies."""

_CODE = NamedNode(f"{_SKOS}notation")
_SYSTEM = NamedNode(f"{_SKOS}inScheme")
_IDENTIFIER = NamedNode("http://purl.org/dc/terms/identifier")
_LICENSE = NamedNode("http://purl.org/dc/terms/license")


def read_mappings(folder: Path) -> tuple[Quad, ...]:
    """Read the mappings of a content folder.

    Args:
        folder: A content folder; the folder ``mappings`` in it is optional.

    Returns:
        For each row, a SKOS match between a term and a concept, with the code, the system and the name of the concept,
        and what the code says of the term. For each system, its names and, if it is licensed, its terms.

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
        return noted(self.slots.get("other", ""))

    def place(self, folder: Path, line: int) -> str:
        """A line of the file, named below its content folder."""
        return f"{self.path.relative_to(folder).as_posix()}, line {line}"

    def subject(self, row: Mapping[str, str]) -> str:
        """The IRI of the term in a row; without its namespace if its prefix is not declared."""
        prefix, _, local = (row.get("subject_id") or "").partition(":")
        return self.prefixes.get(prefix, "") + local

    def object(self, row: Mapping[str, str]) -> str:
        """The IRI of the concept in a row; without its namespace if its prefix is not declared."""
        prefix, _, local = (row.get("object_id") or "").partition(":")
        return self.prefixes.get(prefix, "") + local

    def code(self, row: Mapping[str, str]) -> str:
        """The code in a row, as its system writes it."""
        concept = row.get("object_id") or ""
        return concept if self.notes.get("code") == "curie" else concept.partition(":")[2]


def noted(text: str | None) -> Mapping[str, str]:
    """The notes of a slot ``other``, by what they are about.

    >>> noted("implies: both|kinds: yes")
    {'implies': 'both', 'kinds': 'yes'}
    """
    return dict(note.split(": ", 1) for note in (text or "").split("|") if ": " in note)


def mapping_tables(folder: Path) -> tuple[MappingTable, ...]:
    """Read the mapping files of a content folder as they are written.

    Args:
        folder: A content folder.

    Raises:
        ContentError: A file cannot be read.

    >>> from kg.knowledge.sparql.resources import shipped
    >>> tables = {table.notes.get("system"): table for table in mapping_tables(shipped("ontology"))}
    >>> number, row = tables["LOINC"].rows[0]
    >>> tables["LOINC"].code(row)
    '1988-5'
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
    yield from _of_system(table)
    for line, row in table.rows:
        if row.get("predicate_modifier"):  # "Not": a mapping that somebody denies
            continue
        place = f"{table.path}, line {line}"
        term, match, concept = (
            _iri(place, row.get(column) or "", table.prefixes) for column in ("subject_id", "predicate_id", "object_id")
        )
        if match.value not in MATCHES:
            message = f"{place}: '{row['predicate_id']}' is not a SKOS match; write skos:closeMatch or another"
            raise ContentError(message)
        if concept.value == NO_MATCH:
            where = _iri(place, row.get("object_source") or "", table.prefixes)
            yield Quad(term, ns("withoutCode"), where)
            continue
        yield from _of_row(table, row, place, Quad(term, match, concept))


def _of_system(table: MappingTable) -> Iterator[Quad]:
    """The names of a system, its terms, and which of its codes are no kind of the code that they begin with."""
    path, notes = table.path, table.notes
    if table.rows and all(row.get("object_source") for _, row in table.rows):
        return  # codes of several systems, each named in its row
    system = _iri(f"{path}: the metadata", table.slots.get("object_source", ""), table.prefixes)
    if "system" in notes:
        yield Quad(system, RDFS_LABEL, Literal(notes["system"], language="en"))
    if notes.get("licensed") == "yes" and "license" in table.slots:
        terms = table.slots["license"]
        yield Quad(system, _LICENSE, _checked(f"{path}: the slot license", terms, terms))
    if "word" in notes:
        yield Quad(system, _CODE, Literal(notes["word"]))
    if "also" in notes:
        yield Quad(system, _IDENTIFIER, Literal(notes["also"]))
    if "except" in notes:
        yield Quad(system, ns("exceptKinds"), Literal(notes["except"]))


def _of_row(table: MappingTable, row: Mapping[str, str], place: str, match: Quad) -> Iterator[Quad]:
    """The concept of a code, and what it says of a term."""
    term, concept = match.subject, match.object
    code = Literal(table.code(row))
    yield Quad(concept, _CODE, code)  # type: ignore[arg-type]
    yield Quad(concept, _SYSTEM, _iri(place, table.slots.get("object_source", ""), table.prefixes))  # type: ignore[arg-type]
    if row.get("object_label"):
        yield Quad(concept, RDFS_LABEL, Literal(row["object_label"], language="en"))  # type: ignore[arg-type]
    said = noted(row.get("other"))
    if said.get("kinds") == "yes":
        yield Quad(concept, ns("kindsBegin"), code)  # type: ignore[arg-type]
    if term == NamedNode(NO_MATCH):
        yield Quad(concept, ns("withoutTerm"), Literal(row.get("comment") or "", language="en"))  # type: ignore[arg-type]
        return
    yield match
    says = said.get("implies", "nothing")
    if says not in DIRECTIONS:
        message = f"{place}: implies is '{says}'; write one of {listed(DIRECTIONS)}"
        raise ContentError(message)
    yield from (Quad(concept, ns(name), term) for name in DIRECTIONS[says])  # type: ignore[arg-type]
    if said.get("past") == "yes":
        yield Quad(concept, ns("impliesPast"), term)  # type: ignore[arg-type]


def _metadata(lines: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The slots and the prefixes. Of YAML, only what these files use is read: one slot or prefix on each line."""
    slots: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    slot = ""
    for line in lines:
        key, _, value = line[1:].partition(": ")
        if not key.startswith(" "):
            slot = key.strip().removesuffix(":")
            slots[slot] = value.strip().strip('"')
        elif slot == "curie_map":
            prefixes[key.strip()] = value.strip().strip('"')
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

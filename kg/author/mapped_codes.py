"""Looks for codes of other systems that cannot be codes of these systems: of a wrong form, or with a wrong check digit.

Which form the codes of a system have, and how its check digit is computed, each mapping file says itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg.author.shapes import violations
from kg.errors import did_you_mean, quoted
from kg.knowledge.content.codes import MATCHES, NO_MATCH, MappingTable, mapping_tables, noted
from kg.knowledge.content.content import Content, of_graphs
from kg.knowledge.content.lexicon import Lexicon
from kg.knowledge.sparql.iris import RDF_TYPE, VOCABULARY, ns, slug
from kg.knowledge.sparql.resources import shipped

_TABLES = (".tsv", ".csv", ".ttl", ".txt", ".yml", ".yaml")
"""How the names of files end that may have been meant as mappings."""

_SLIPS = 10
"""How many rows, or which part of all, may be slips."""

_LONGEST = 64
"""How many characters a code may have; no system comes near."""

_REPEATED_GROUP = re.compile(r"\)[*+{]")
"""What makes matching take very long."""

_DIRECTED = tuple(ns(name).value for name in ("impliesPresent", "impliesAbsent"))

_DIRECT = (
    "Write in `other` what the row implies: present for an exact or narrow match, absent for an exact or broad one, "
    "both, or nothing; what a close match implies is a decision of its own, which its comment explains."
)

_CURE = "Look the code up in its system and correct the row."


@dataclass(frozen=True)
class FaultyCode:
    """A row of a mapping file that cannot be right.

    Attributes:
        place: The file, below the content folder, and the line.
        message: What is wrong.
        cure: How to correct it.
        severe: Whether it is an error; otherwise it is a warning.
    """

    place: str
    message: str
    cure: str = _CURE
    severe: bool = True


def faulty_codes(content: Content) -> tuple[FaultyCode, ...]:
    """Look through the mappings of a content folder.

    Args:
        content: The content; without a folder it has no mappings.

    Raises:
        ContentError: A mapping file cannot be read.

    >>> from kg.knowledge.content.content import content_of
    >>> faulty_codes(content_of(None))
    ()
    """
    if content.folder is None:
        return ()
    folder, lexicon = content.folder, Lexicon(content)
    tables = mapping_tables(folder)
    found = [fault for table in tables for fault in _of_table(table, folder, lexicon)]
    found += _of_unknown(tables, folder, lexicon)
    found += _misdirected(content, folder, tables, lexicon)
    return (*found, *_unread(folder, {table.path for table in tables}))


def _unread(folder: Path, read: Collection[Path]) -> Iterator[FaultyCode]:
    """Tables beside the mappings that are not read, because of their name."""
    for path in sorted((folder / "mappings").rglob("*")):
        if path not in read and path.suffix.lower() in _TABLES:
            place, cure = path.relative_to(folder).as_posix(), "Call it mappings/NAME.sssom.tsv, or move it elsewhere."
            yield FaultyCode(place, "A table is not read, because of its name or its folder.", cure)


def _of_table(table: MappingTable, folder: Path, lexicon: Lexicon) -> Iterator[FaultyCode]:
    if wrong := fault_of_form(table.notes):
        yield FaultyCode(table.path.relative_to(folder).as_posix(), wrong, "Correct the note `form` in the metadata.")
        return
    exact: dict[str, str] = {}
    for line, row in table.rows:
        place, code, subject = table.place(folder, line), table.code(row), row.get("subject_id") or ""
        if NO_MATCH in (table.subject(row), table.object(row)):
            yield from _of_none(table, row, place)
            continue
        if wrong := fault_of(code, table.notes):
            yield FaultyCode(f"{place}: {subject} {code}", wrong)
        said, label = row.get("subject_label"), lexicon.labels.get(table.subject(row))
        if said and label and said != label:
            message = "A row of a mapping names a term by another label than the term has."
            cure = "Correct subject_id if the row is about another term; else write the label of the term there."
            yield FaultyCode(f"{place}: {subject} '{said}'", message, cure)
        relation = (row.get("predicate_id") or "").rpartition(":")[2]
        if relation == "exactMatch" and exact.setdefault(code, subject) != subject:
            message = "Two terms are said to be exactly one code."
            cure = "Keep skos:exactMatch for the term that it fits, and write skos:broadMatch for the narrower one."
            yield FaultyCode(f"{place}: {subject} {code}", message, cure)
        if "implies" not in noted(row.get("other")):
            yield FaultyCode(f"{place}: {subject} {code}", "A row does not say what its code implies.", _DIRECT)


def _of_none(table: MappingTable, row: Mapping[str, str], place: str) -> Iterator[FaultyCode]:
    """Faults of a row in which a code has no meaning here, or a term has no code."""
    code, subject = table.code(row), row.get("subject_id") or ""
    if table.object(row) != NO_MATCH and (wrong := fault_of(code, table.notes)):
        yield FaultyCode(f"{place}: {code}", wrong)
    if not row.get("comment"):
        message = "A row says that nothing was found, and not why."
        yield FaultyCode(f"{place}: {subject} {code}", message, "Write the reason as its comment.")


def _of_unknown(tables: Sequence[MappingTable], folder: Path, lexicon: Lexicon) -> Iterator[FaultyCode]:
    """Say which rows name no term of the content.

    A few of them are slips. Many come from the mappings of a larger content, of which this folder has a part: they are
    one warning.
    """
    unknown = [
        (table.place(folder, line), slug(table.subject(row)))
        for table in tables
        for line, row in table.rows
        if table.subject(row) != NO_MATCH and not lexicon.describes(table.subject(row))
    ]
    rows = sum(len(table.rows) for table in tables)
    if len(unknown) > max(_SLIPS, rows // _SLIPS):
        place, name = unknown[0]
        message = f"{len(unknown)} of {rows} mappings are of terms that this content lacks, such as {quoted(name)}."
        yield FaultyCode(place, message, "Remove these rows, or add the terms.", severe=False)
        return
    for place, name in unknown:
        cure = did_you_mean(lexicon.nearest_terms(name), "declare the term, or remove the row.")
        yield FaultyCode(place, f"{quoted(name)} is not a term of this content.", f"{cure[:1].upper()}{cure[1:]}")


def _misdirected(
    content: Content, folder: Path, tables: Sequence[MappingTable], lexicon: Lexicon
) -> Iterator[FaultyCode]:
    """Validate what codes imply of known terms by ``shapes/mappings.ttl``, or the shipped ones if there are none."""
    shapes = folder / "shapes" / "mappings.ttl"
    if not shapes.is_file():
        shapes = shipped("ontology") / "shapes" / "mappings.ttl"
    terms = {quad.object for quad in content.mappings if quad.predicate.value in _DIRECTED}
    kinds = (t for triples in content.graphs.values() for t in triples if t.predicate == RDF_TYPE)
    matched = [quad for quad in content.mappings if quad.predicate.value in (*_DIRECTED, *MATCHES)]
    matched = [quad for quad in matched if any(lexicon.describes(end.value) for end in (quad.subject, quad.object))]  # type: ignore[union-attr]
    data = of_graphs({VOCABULARY: [*matched, *(t for t in kinds if t.subject in terms)]}, content.prefixes)
    places = {t.object(row): t.place(folder, line) for t in tables for line, row in t.rows}
    for found in violations(data, shapes)[0]:
        message, _, cure = found.message.partition("; ")
        yield FaultyCode(places.get(found.focus, found.focus), f"{message}.", f"{cure[:1].upper()}{cure[1:]}")


def fault_of_form(notes: Mapping[str, str]) -> str:
    """Say why codes cannot be compared with the form that a mapping file states.

    Args:
        notes: What the file says of its system.

    Returns:
        One sentence; empty when nothing is wrong.

    >>> fault_of_form({"system": "Codes", "form": "["})
    'The form of the codes of Codes is not a regular expression.'
    """
    form, system = notes.get("form", ".*"), notes.get("system", "this system")
    if _REPEATED_GROUP.search(form):
        return f"The form of the codes of {system} repeats a group, which may take too long."
    try:
        re.compile(form)
    except re.error:
        return f"The form of the codes of {system} is not a regular expression."
    return ""


def fault_of(code: str, notes: Mapping[str, str]) -> str:
    """Say why something cannot be a code of a system.

    Args:
        code: The code.
        notes: What the mapping file says of its system: ``form``, which can be used, and ``check digit``.

    Returns:
        One sentence; empty when nothing is wrong.

    >>> loinc = {"system": "LOINC", "form": "[0-9]{1,5}-[0-9]", "check digit": "luhn"}
    >>> fault_of("24964-9", loinc), fault_of("24964-8", loinc)
    ('', 'A code of LOINC has a wrong check digit.')
    >>> fault_of("24964", loinc)
    'A code of LOINC has another form than its codes have.'
    """
    system = notes.get("system", "this system")
    if len(code) > _LONGEST or not re.fullmatch(notes.get("form", ".*"), code):
        return f"A code of {system} has another form than its codes have."
    digits = [int(digit) for digit in code if digit in "0123456789"]
    right = {"luhn": _luhn, "verhoeff": _verhoeff}.get(notes.get("check digit", ""))
    return "" if right is None or right(digits) else f"A code of {system} has a wrong check digit."


def _luhn(digits: list[int]) -> bool:
    """Whether the last digit checks the others, every second of them doubled."""
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[::-2]) + sum(doubled)) % 10 == 0


_PERMUTED = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _verhoeff(digits: list[int]) -> bool:
    """Whether the last digit checks the others in the dihedral group of the pentagon (Verhoeff 1969)."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        for _ in range(place % 8):
            digit = _PERMUTED[digit]
        check = _product(check, digit)
    return check == 0


def _product(left: int, right: int) -> int:
    turn = (left + right) % 5 if left < 5 else (left - right) % 5
    return turn if (left < 5) == (right < 5) else turn + 5

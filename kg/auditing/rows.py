"""Reads one row of a table of cases; with what the auditor checks, the rules are those of ``Case.from_dict``.

A row that cannot be used is a ``CaseError``; a table that names its columns otherwise is described by an ``Export``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kg.auditing.batches import REQUIRED, ROWS
from kg.documents import parse
from kg.errors import AuditError, CaseError, listed, quoted, shown
from kg.patient.case import Case
from kg.spreadsheet import unguarded

COLUMNS = tuple(column.name for column in ROWS if column.name != "error")
"""The columns that a row may have."""

CODED = ("present", "absent", "ordered", "measured")
"""The columns whose cells may be bare codes of one system, or numbers of one measure."""

SEPARATORS = {",": ",", ";": ";", "tab": "\t", "\\t": "\t", "\t": "\t", "|": "|"}
"""What may stand between the cells of a line of CSV, by how the command line writes it."""

LONGEST_CAUSE = 300
"""Characters of an error to keep; the whole text may repeat everything that the line says."""

OrderRow = dict[str, Any]

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
"""A number as JSON writes it; Python would also read ``1_0``, ``+5`` and the digits of other scripts."""

_LISTED = re.compile("[;|]")
"""Between the words of a list: ``;``, or ``|`` where ``;`` stands between cells. No word has either."""


@dataclass(frozen=True)
class Export:
    """How the table at hand is written.

    Attributes:
        columns: Our name of a column, by the name that the table gives it.
        separator: What stands between the cells of a line of CSV; None for the one of the format.
        systems: Of which system the bare codes in a column are, or of which measure its numbers, by its name there.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    separator: str | None = None
    systems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, columns: Mapping[str, str] | Iterable[tuple[str, str]] = (), separator: str | None = None) -> Export:
        """Check how a table is said to be written.

        Args:
            columns: The name that the table gives a column, and ours; as a mapping or as pairs. After a colon, ours may
                name the system of bare codes, as in ``present:icd10cm``, or the measure, as in ``measured:age``; then
                several columns may be one of ours.
            separator: One of ``SEPARATORS``; None for the one of the format.

        Raises:
            AuditError: A name of ours does not exist, a name is given twice, or the separator cannot be used.
        """
        given = list(columns.items() if isinstance(columns, Mapping) else columns)
        systems = {theirs: ours.partition(":")[2] for theirs, ours in given if ":" in ours}
        pairs = [(theirs, ours.partition(":")[0]) for theirs, ours in given]
        for theirs, ours in pairs:
            if theirs in systems and ours not in CODED:
                message = (
                    f"the column {quoted(ours)} has no codes or numbers; only {listed(CODED)} take a name after ':'"
                )
                raise AuditError(message)
            if ours not in COLUMNS:
                turned = f"the table's name comes first: '{ours}={theirs}'?" if theirs in COLUMNS else ""
                message = f"there is no column {quoted(ours)}; {turned or f'the columns are {listed(COLUMNS)}'}"
                raise AuditError(message)
        for place in (0, 1):
            names = [pair[place] for pair in pairs if not (place and pair[0] in systems)]
            twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
            if twice:
                message = f"the column {listed(twice)} is named twice; the columns are {listed(COLUMNS)}, each once"
                raise AuditError(message)
        if separator is not None and separator not in SEPARATORS:
            message = f"{quoted(separator)} cannot separate cells; use one of {listed((',', ';', 'tab', '|'))}"
            raise AuditError(message)
        return cls(dict(pairs), None if separator is None else SEPARATORS[separator], systems)

    def renamed(
        self, names: Sequence[str], place: str, *, says: str = "its columns are", file: bool = True
    ) -> list[str]:
        """The columns of a table by our names.

        Args:
            names: As the table names them.
            place: What to call the table in an error.
            says: What to say before the names in an error.
            file: The table is a file, whose columns the command line can name.

        Raises:
            AuditError: The table lacks a column that it needs or is said to have, or two of its columns get one name.
        """
        ours = [self.columns.get(name, name) for name in names]
        lacking = [theirs for theirs in self.columns if theirs not in names]
        missing = lacking or [name for name in REQUIRED if name not in ours]
        if missing:
            option = f"--column NAME={missing[0]}" if file else f"columns={{NAME: '{missing[0]}'}}"
            cure = "name one of these" if lacking else f"{option} tells which of them it is"
            message = f"{place} has no column {listed(missing)}; {says} {listed(names) or 'none'}; {cure}"
            raise AuditError(message)
        for name in COLUMNS:
            own = [
                theirs for theirs, our in zip(names, ours, strict=True) if our == name and theirs not in self.systems
            ]
            both = list(dict.fromkeys(own))
            if len(both) > 1:
                message = f"{place} has {listed(both)}, which would both be the column '{name}'; leave one of them out"
                raise AuditError(message)
            if len(own) > 1:
                message = f"{place} has the column {listed(both)} twice; keep one"
                raise AuditError(message)
        return ours

    def merged(self, theirs: Sequence[str], values: Sequence[str]) -> dict[str, str]:
        """The cells of a line by our names, with the system before each bare code.

        Args:
            theirs: The names that the table gives its columns.
            values: The cells.
        """
        found: dict[str, str] = {}
        for name, value in zip(theirs, values, strict=True):
            ours = self.columns.get(name, name)
            if system := self.systems.get(name):
                parts = [part.strip() for part in _split(value) if part.strip()]
                between = "=" if ours == "measured" else ":"
                value = ";".join(filter(None, [found.get(ours, ""), *(f"{system}{between}{part}" for part in parts)]))
            found[ours] = value
        return found


def row_of_csv(line: str, names: Sequence[str], separator: str, export: Export) -> OrderRow:
    """Read a line of CSV.

    Args:
        line: The line, without its end.
        names: The names that the table gives its columns; those that are none of ours are ignored.
        separator: What stands between the cells.
        export: How the table names its columns.

    Returns:
        The row; with its id and an ``error`` where a number cannot be read.

    Raises:
        CaseError: The line has another number of cells, or its quotes are wrong.
    """
    try:
        values = cells(line, separator)
    except csv.Error as error:
        if "unexpected end" in str(error):
            message = "a quotation mark opens a cell that the line does not close; close it, and keep a row on one line"
        else:
            message = f"the line is not CSV ({error}); correct its quotation marks"
        raise CaseError(message) from error
    if len(values) != len(names):
        message = f"the line has {len(values)} values for {len(names)} columns; check the separators"
        raise CaseError(message)
    given = export.merged(names, values)
    try:
        # No case is built for each line: words and numbers are judged by the same rules with the rest of the batch.
        return {
            "id": given["id"],
            "present": _split(given["present"]),
            "absent": _split(given.get("absent", "")),
            "measured": list(_measures_of_csv(given.get("measured", "")).items()),
            "performed": _studies_of_csv(given.get("performed", "")),
            "ordered": given["ordered"] or None,
            "scenario": _split(given.get("scenario", "")),
            "unit": given.get("unit") or None,
        }
    except CaseError as error:
        return {"id": given["id"], "error": str(error)[:LONGEST_CAUSE]}


def cells(line: str, separator: str) -> list[str]:
    r"""The cells of a line of CSV; a guard against formulas is taken off.

    >>> cells('1,"a,b",\'=2', ",")
    ['1', 'a,b', '=2']
    """
    (values,) = csv.reader([line], strict=True, delimiter=separator)
    return [unguarded(value) for value in values]


def _split(text: str) -> list[str]:
    return _LISTED.split(text) if text else []


def _measures_of_csv(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in _split(text):
        name, _, number = part.partition("=")
        if not _NUMBER.fullmatch(number):
            message = f"measured contains {quoted(part)}; write a measure as MEASURE=65"
            raise CaseError(message)
        if name in found:
            message = f"measured names {quoted(name)} twice; keep one"
            raise CaseError(message)
        found[name] = float(number)
    return found


def _studies_of_csv(text: str) -> list[OrderRow]:
    """Studies, each written as ``procedure:seen,seen,!not-seen``."""
    found: list[OrderRow] = []
    for part in _split(text):
        procedure, _, shows = part.partition(":")
        words = shows.split(",") if shows else []
        absent = [word.removeprefix("!") for word in words if word.startswith("!")]
        present = [word for word in words if not word.startswith("!")]
        found.append({"procedure": procedure, "present": present, "absent": absent})
    return found


def row_of_json(line: str, export: Export) -> OrderRow:
    """Read a line of NDJSON.

    Raises:
        CaseError: The line is not JSON, or is not a case.
    """
    return row_of_data(parse(line, "the row", CaseError, "case"), export)


def row_of_data(data: object, export: Export | None = None) -> OrderRow:
    """Read a row from plain data, such as a dictionary of a list.

    Args:
        data: A dictionary; an entry that is None says nothing.
        export: How the row names its entries.

    Returns:
        The row; with its id and an ``error`` where it is not a case.

    Raises:
        CaseError: It is not a dictionary, its id cannot be used, or it names an entry twice.
    """
    if not isinstance(data, dict):
        message = f"the row is not an object with keys but {shown(data)}; write one case in each row"
        raise CaseError(message)
    given = _by_our_names(data, export.columns, export.systems) if export and export.columns else dict(data)
    known = None if given.get("id") is None else _id_or_unit("id", given["id"])
    try:
        return _row_of_case(given, known)
    except CaseError as error:
        return {"id": known, "error": str(error)[:LONGEST_CAUSE]}


def _row_of_case(given: OrderRow, known: str | None) -> OrderRow:
    _refuse_other_columns(given)
    row, unit, ordered = (given.pop(name, None) for name in ("id", "unit", "ordered"))
    stated = {name: value for name, value in {**given, "order": ordered}.items() if value is not None}
    case = Case.from_dict(stated, "the row")
    return {
        "id": _id_or_unit("id", row) if known is None else known,
        "present": case.present,
        "absent": case.absent,
        "measured": [(name, float(value)) for name, value in case.measured.items()],
        "performed": [
            {"procedure": study.procedure, "present": study.present, "absent": study.absent} for study in case.performed
        ],
        "ordered": case.order,
        "scenario": case.scenario,
        "unit": None if unit is None else _id_or_unit("unit", unit),
    }


def _by_our_names(data: Mapping[str, Any], columns: Mapping[str, str], systems: Mapping[str, str]) -> OrderRow:
    given: OrderRow = {}
    for theirs, value in data.items():
        ours, system = columns.get(theirs, theirs), systems.get(theirs)
        if system and value is not None:
            given[ours] = _with_system(given.get(ours), value, system, ours)
            continue
        if ours in given:
            message = f"the row has two keys for {quoted(ours)}, one of them {quoted(theirs)}; keep one"
            raise CaseError(message)
        given[ours] = value
    return given


def _with_system(before: Any, value: Any, system: str, ours: str) -> Any:
    """What an entry says with its system before each code, joined to what another entry says."""
    if ours == "measured":
        return {**(before or {}), system: value}
    codes = [f"{system}:{part}" for part in (value if isinstance(value, list) else [value])]
    return codes[0] if ours == "ordered" else [*(before or []), *codes]


def _refuse_other_columns(data: OrderRow) -> None:
    for name in data:
        if name not in COLUMNS:
            message = f"unknown key {shown(name)}; the columns are {listed(COLUMNS)}"
            raise CaseError(message)
    missing = [name for name in REQUIRED if name not in data]
    if missing:
        message = f"the row has no {listed(missing)}; write null where nothing is known"
        raise CaseError(message)


def _id_or_unit(column: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        message = f"{column} must be text or a whole number, not {shown(value)}"
        raise CaseError(message)
    return str(value)

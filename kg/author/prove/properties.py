"""Compiles a property of ``queries/prove`` into the literals of its rows.

    SELECT ?study WHERE { ?case ns:best ?study . FILTER EXISTS { ?case ns:contraindicated ?study } }

Content with an MRI and a CT gives it two rows. Each has two literals: the *premise*, which is the row without the
FILTER, and the *row* itself. A solver is asked about these literals:

    mri    premise: best(mri)    row: best(mri) and contraindicated(mri)
    ct     premise: best(ct)     row: best(ct) and contraindicated(ct)

A premise that no case can meet is reported: a proof about it says nothing. Each row of ``VALUES`` counts as a premise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from kg.knowledge.sparql.iris import BASE, NS, ns, slug
from kg.knowledge.sparql.queries import Query, reads
from kg.logic.circuit.gates import FALSE, Literal
from kg.logic.compiler.ground import Grounder
from kg.logic.compiler.parse import rule
from kg.logic.compiler.patterns import (
    DeriveRule,
    Every,
    Filter,
    Join,
    NotCompiledError,
    Pattern,
    Union,
    Values,
    triples_in,
    variables,
)

ANYBODY = "anybody"
"""The premise of a property without VALUES."""

COMPLETES = ns("completes")
"""Leads from a completion to the case that it completes."""

Key = tuple[Any, ...]
"""The columns of a row."""


@dataclass(frozen=True)
class PossibleRow:
    """A row that a property can have.

    Attributes:
        values: Its columns.
        ways: For a property about a pair, the number of ways in which the row can arise.
    """

    values: Key
    ways: int = 1


@dataclass(frozen=True)
class CompiledProperty:
    """A property with the literals of its rows.

    Attributes:
        name: The name of its file.
        columns: What it selects.
        rows: Its rows, by their key among the outputs.
        groups: The keys of premises of which at least one must be possible, by a name for readers.
        outputs: Literals by part (``"premise"``, ``"row"``) and key.
        missing: Words that the content lacks.
        expects: Whether each row must have a case.
        pair: What the second of two cases is: ``"completion"`` or ``"closure"``; empty if it is about one.
    """

    name: str
    columns: tuple[str, ...]
    rows: Mapping[str, PossibleRow]
    groups: Mapping[str, Sequence[str]]
    outputs: Mapping[str, Mapping[str, Literal]]
    missing: tuple[str, ...]
    expects: bool
    pair: str

    def about(self, row: PossibleRow) -> tuple[tuple[str, str], ...]:
        """What a row names, by column."""
        pairs = zip(self.columns, row.values, strict=True)
        return tuple((column, slug(value)) for column, value in pairs if isinstance(value, str))


def compile_property(query: Query, grounder: Grounder) -> CompiledProperty:
    """Compile one property over the conclusions of the derive queries.

    Raises:
        NotCompiledError: It says something that a circuit cannot; the message names the file and the clause.
    """
    place, read = f"queries/prove/{query.name}.rq", _parsed(query)
    pair, expects = query.header.get("pair", ""), "expects" in query.header
    unknown = _not_in_content(query, grounder)
    listed = [row for values in _values(read.body) for row in values.rows]
    in_lists = {value for row in listed for _, value in row}
    columns = tuple(column.removeprefix("?") for column, _, _ in read.head)  # type: ignore[union-attr]
    if unselected := {name for row in listed for name, _ in row} - {column for column, _, _ in read.head}:
        message = f"{place}: gives VALUES for {min(unselected)} but does not select it; add it to SELECT"
        raise NotCompiledError(message)
    words = tuple(sorted(slug(iri) for iri in unknown))
    if unknown - in_lists:
        return CompiledProperty(query.name, columns, {}, {}, {}, words, expects, pair)
    if pair:
        _refuse_mixed(place, read)
    premises, rows, outputs = (_of_pair if pair else _of_case)(read, grounder, expects)
    groups = _groups(read, listed, unknown, premises)
    return CompiledProperty(query.name, columns, rows, groups, outputs, words, expects, pair)


@cache
def _parsed(query: Query) -> DeriveRule:
    """The property as patterns; parsing takes longer than deciding, so it is done once."""
    return rule(f"queries/prove/{query.name}.rq", query.text)


def _of_case(read: DeriveRule, grounder: Grounder, expects: bool) -> tuple[dict[str, Key], dict[str, PossibleRow], Any]:
    body = read.body.part if isinstance(read.body, Filter) else read.body
    premises, rows = grounder.rows(replace(read, body=body)), grounder.rows(read)
    asked = premises if expects else rows
    outputs = {
        "premise": {str(key): literal for key, literal in premises.items()},
        "row": {str(key): rows.get(key, FALSE) for key in asked},
    }
    return {str(key): key for key in premises}, {str(key): PossibleRow(key) for key in asked}, outputs


def _of_pair(read: DeriveRule, grounder: Grounder, _: bool) -> tuple[dict[str, Key], dict[str, PossibleRow], Any]:
    premises: dict[str, Key] = {}
    rows: dict[str, PossibleRow] = {}
    outputs: dict[str, dict[str, Literal]] = {"premise": {}, "row": {}}
    for key, premise, test in grounder.apart(read):
        if premise != FALSE:
            place = rows[str(key)].ways if str(key) in rows else 0
            rows[str(key)] = PossibleRow(key, place + 1)
            premises[f"{key} {place}"] = key
            outputs["premise"][f"{key} {place}"] = premise
            outputs["row"][f"{key} {place}"] = test
    return premises, rows, outputs


def _groups(
    read: DeriveRule,
    listed: Sequence[tuple[tuple[str, Any], ...]],
    unknown: frozenset[str],
    premises: Mapping[str, Key],
) -> dict[str, list[str]]:
    """Each row of VALUES is a premise of its own; without VALUES, all rows together are one premise."""
    columns = {column: place for place, (column, _, _) in enumerate(read.head)}
    if not listed:
        return {ANYBODY: list(premises)} if premises else {}
    return {
        " and ".join(slug(str(value)) for _, value in row): [
            name for name, key in premises.items() if all(key[columns[column]] == value for column, value in row)
        ]
        for row in listed
        if not unknown.intersection(value for _, value in row)
    }


def _not_in_content(query: Query, grounder: Grounder) -> frozenset[str]:
    """The words of a query that the content does not describe."""
    named = {iri for iri in reads([query]) if iri.startswith(BASE) and not iri.startswith(NS)}
    return frozenset(iri for iri in named if next(grounder.graph.matches(iri, None, None), None) is None)


def _values(pattern: Pattern) -> Iterator[Values]:
    """The VALUES of a query outside its FILTER."""
    match pattern:
        case Values():
            yield pattern
        case Join(left, right):
            yield from (*_values(left), *_values(right))
        case Union(parts):
            for part in parts:
                yield from _values(part)
        case Filter(part):
            yield from _values(part)


def _refuse_mixed(place: str, read: DeriveRule) -> None:
    """Refuse a pair unless its triples are about the case and its FILTER is about the completion."""
    part, test = (read.body.part, read.body.test) if isinstance(read.body, Filter) else (read.body, Every(()))
    of_case = (s == "?case" or (o == "?case" and p != COMPLETES.value) for s, p, o in triples_in(test))
    if "?completion" in variables(part) or any(of_case):
        message = f"{place}: mixes a case and its completion; write triples about ?case and a FILTER about ?completion"
        raise NotCompiledError(message)

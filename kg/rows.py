"""The rows that answer a question: the same type whichever engine gave them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, QueryResultsFormat, QuerySolutions, Triple, parse_query_results

from kg.errors import KgError
from kg.names import slug
from kg.showing import Shown
from kg.text import WIDTH

if TYPE_CHECKING:
    from pandas import DataFrame

Term = NamedNode | BlankNode | Literal | Triple | None
"""A value of a row; None where the variable is not bound."""

_WIDEST = 28


@dataclass(frozen=True)
class Rows(Shown):
    """The answer to a question.

    Attributes:
        columns: The variables, in order.
        terms: The terms of each row, in the order of the columns.
        labels: What a person reads, by IRI; as far as it is known.
        query: The query that gave the rows.
    """

    columns: tuple[str, ...]
    terms: tuple[tuple[Term, ...], ...]
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False, compare=False)
    query: str = field(default="", repr=False, compare=False)

    @classmethod
    def of(cls, solutions: QuerySolutions, labels: Mapping[str, str], query: str) -> Rows:
        """Read the solutions of a SELECT query.

        Args:
            solutions: What pyoxigraph returns or reads from a document.
            labels: What a person reads, by IRI.
            query: The query.

        Returns:
            The rows.
        """
        columns = tuple(variable.value for variable in solutions.variables)
        terms = tuple(tuple(row[name] for name in columns) for row in solutions)
        iris = {term.value for row in terms for term in row if isinstance(term, NamedNode)}
        return cls(columns, terms, MappingProxyType({iri: labels[iri] for iri in iris if iri in labels}), query)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.terms)

    def __iter__(self) -> Iterator[dict[str, str]]:
        """Each row as a dictionary of the values that are bound, IRIs as they are."""
        for row in self.terms:
            yield {name: _value(term) for name, term in zip(self.columns, row, strict=True) if term is not None}

    def label(self, term: Term) -> str:
        """What a person reads for a term.

        Args:
            term: A term of the rows.

        Returns:
            Its label, its identifier, or its value; nothing for None.
        """
        return self.labels.get(term.value, slug(term.value)) if isinstance(term, NamedNode) else _value(term)

    def to_dict(self) -> dict[str, Any]:
        """The rows as plain data.

        Returns:
            ``columns``, and ``rows`` of values with the labels of IRIs under ``labels``.
        """
        return {"columns": list(self.columns), "rows": list(self), "labels": dict(sorted(self.labels.items()))}

    def to_dataframe(self) -> DataFrame:
        """The rows as a data frame of pandas, which has to be installed.

        Returns:
            A column for each variable.

        Raises:
            KgError: pandas is not installed.
        """
        try:
            from pandas import DataFrame
        except ImportError as error:
            message = "a data frame needs pandas; install it with `pip install pandas`"
            raise KgError(message) from error
        return DataFrame([[_number(term) for term in row] for row in self.terms], columns=list(self.columns))

    def to_csv(self) -> str:
        """The rows as SPARQL 1.1 prescribes for CSV.

        Returns:
            The document.
        """
        return self._document(QueryResultsFormat.CSV)

    def to_tsv(self) -> str:
        """The rows as SPARQL 1.1 prescribes for TSV, terms with their types.

        Returns:
            The document.
        """
        return self._document(QueryResultsFormat.TSV)

    def to_json(self) -> str:
        """The rows in the JSON format of SPARQL 1.1.

        Returns:
            The document.
        """
        return self._document(QueryResultsFormat.JSON)

    def _document(self, kind: QueryResultsFormat) -> str:
        lines = ["\t".join(f"?{name}" for name in self.columns)]
        lines += ["\t".join("" if term is None else str(term) for term in row) for row in self.terms]
        solutions = parse_query_results("\n".join([*lines, ""]), format=QueryResultsFormat.TSV)
        return solutions.serialize(format=kind).decode("utf-8")  # type: ignore[union-attr]

    def __str__(self) -> str:
        """A table for a terminal of 80 columns, or a block for each row where a table would not fit."""
        if not self.terms:
            return "no rows"
        cells = [[_word(term) for term in row] for row in self.terms]
        widths = [
            max(map(len, (name, *column))) for name, column in zip(self.columns, zip(*cells, strict=True), strict=True)
        ]
        if sum(widths) + 2 * len(widths) - 2 <= WIDTH:
            lines = [self.columns, ["-" * width for width in widths], *cells]
            return "\n".join(_line(cells, widths) for cells in lines)
        return "\n\n".join(self._block(row) for row in cells)

    def _block(self, row: list[str]) -> str:
        margin = min(max(map(len, self.columns)), _WIDEST) + 2
        return "\n".join(
            textwrap.fill(cell, WIDTH, initial_indent=f"{name:{margin}}", subsequent_indent=" " * margin)
            for name, cell in zip(self.columns, row, strict=True)
            if cell
        )


def _line(cells: Sequence[str], widths: list[int]) -> str:
    return "  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _word(term: Term) -> str:
    """A term in a terminal: an IRI by its identifier, which can be asked about in turn."""
    return slug(term.value) if isinstance(term, NamedNode) else _value(term)


def _value(term: Term) -> str:
    if term is None:
        return ""
    return str(term) if isinstance(term, Triple) else term.value


def _number(term: Term) -> str | float | int | None:
    """A value for a data frame: numbers as numbers."""
    if isinstance(term, Literal) and slug(term.datatype.value) in ("integer", "decimal"):
        return int(term.value) if slug(term.datatype.value) == "integer" else float(term.value)
    return None if term is None else _value(term)

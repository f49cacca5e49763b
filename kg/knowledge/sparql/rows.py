"""The rows that answer a question: one type, whichever engine they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, QueryResultsFormat, QuerySolutions, Triple, parse_query_results

from kg.errors import ParameterError, listed, quoted
from kg.knowledge.sparql.iris import slug
from kg.shown import Shown
from kg.spreadsheet import data_frame, guarded

if TYPE_CHECKING:
    from pandas import DataFrame

Cell = NamedNode | BlankNode | Literal | Triple | None
"""A value of a row; None if the variable is not bound."""

Value = str | float | int | None
"""The same in Python."""


@dataclass(frozen=True, repr=False)
class Rows(Shown):
    """The answer to a question.

    Attributes:
        columns: The variables, in order.
        terms: The terms of each row, in the order of the columns.
        labels: What a person reads, by IRI; only IRIs with a known label.
        query: The query that gave the rows.
    """

    columns: tuple[str, ...]
    terms: tuple[tuple[Cell, ...], ...]
    labels: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    query: str = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the labels read-only."""
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))

    def __reduce__(self) -> tuple[type[Rows], tuple[object, ...]]:
        """Pickle and copy through the constructor, because the read-only view of the labels cannot be pickled."""
        return type(self), (self.columns, self.terms, dict(self.labels), self.query)

    @classmethod
    def of(cls, solutions: QuerySolutions, labels: Mapping[str, str], query: str) -> Rows:
        """Read the solutions of a SELECT query, which pyoxigraph returned or read from a document."""
        columns = tuple(variable.value for variable in solutions.variables)
        return cls.of_terms(columns, tuple(tuple(row[name] for name in columns) for row in solutions), labels, query)

    @classmethod
    def of_terms(
        cls, columns: tuple[str, ...], terms: tuple[tuple[Cell, ...], ...], labels: Mapping[str, str], query: str
    ) -> Rows:
        """Take rows that were read, with the labels of what they name.

        Args:
            columns: The variables, in order.
            terms: The terms of each row.
            labels: What a person reads, by IRI.
            query: The query.

        Returns:
            The rows.
        """
        iris = {term.value for row in terms for term in row if isinstance(term, NamedNode)}
        return cls(columns, terms, {iri: labels[iri] for iri in iris if iri in labels}, query)

    def in_columns(self, columns: Iterable[str]) -> Rows:
        """The same rows in some columns, in their order; one that the rows lack is not bound."""
        wanted = tuple(columns)
        if wanted == self.columns:
            return self
        rows = (dict(zip(self.columns, row, strict=True)) for row in self.terms)
        return replace(self, columns=wanted, terms=tuple(tuple(map(row.get, wanted)) for row in rows))

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.terms)

    def __iter__(self) -> Iterator[dict[str, str]]:
        """Each row as a dictionary of the bound values, with full IRIs."""
        for row in self.terms:
            yield {name: _value(term) for name, term in zip(self.columns, row, strict=True) if term is not None}

    def label(self, term: Cell) -> str:
        """What a person reads for a term of the rows: its label, its id or its value; an empty string for None."""
        return self.labels.get(term.value, slug(term.value)) if isinstance(term, NamedNode) else _value(term)

    def to_dict(self) -> dict[str, Any]:
        """The rows as plain data.

        Returns:
            ``columns``; ``rows`` with a dictionary of values for each row; ``labels`` with the label of each IRI.
        """
        return {"columns": list(self.columns), "rows": list(self), "labels": dict(sorted(self.labels.items()))}

    def records(self, show: str = "id") -> list[dict[str, Value]]:
        """Each row in values of Python, with the short ids that cases and answers use.

        Args:
            show: What stands for a thing: ``"id"``, its short id; ``"label"``, what a person reads; ``"iri"``.

        Returns:
            A dictionary for each row, with every column as a key: numbers as numbers, None where the variable is not
            bound, everything else as text.

        Raises:
            ParameterError: There is no such way to show a thing.

        >>> import kg
        >>> row = kg.load().ask("ratings-of-topic", topic="thoracic-back-pain").records()[0]
        >>> row["scenario"], row["category"]
        ('abnormal-radiograph', 'usually-appropriate')
        """
        return [dict(zip(self.columns, row, strict=True)) for row in self._values(show)]

    def to_dataframe(self, show: str = "id") -> DataFrame:
        """The rows as a pandas data frame, with a column for each variable.

        Args:
            show: As for ``records``.

        Raises:
            ParameterError: There is no such way to show a thing.
            MissingPackageError: pandas is not installed.
        """
        return data_frame(self._values(show), self.columns)

    def _values(self, show: str) -> list[list[Value]]:
        names: dict[str, Callable[[str], str]]
        names = {"id": slug, "label": lambda iri: self.labels.get(iri, slug(iri)), "iri": str}
        if show not in names:
            message = f"things are shown as one of {listed(names)}, not as {quoted(show)}"
            raise ParameterError(message)
        name = names[show]
        return [
            [name(term.value) if isinstance(term, NamedNode) else _python_value(term) for term in row]
            for row in self.terms
        ]

    def to_csv(self) -> str:
        """The rows in the CSV format of SPARQL 1.1; a text that a spreadsheet would run has an apostrophe in front."""
        terms = tuple(tuple(_guarded(term) for term in row) for row in self.terms)
        return replace(self, terms=terms)._document(QueryResultsFormat.CSV)

    def to_tsv(self) -> str:
        """The rows in the TSV format of SPARQL 1.1, with the type of each term."""
        return self._document(QueryResultsFormat.TSV)

    def to_json(self) -> str:
        """The rows in the JSON format of SPARQL 1.1."""
        return self._document(QueryResultsFormat.JSON)

    def _document(self, kind: QueryResultsFormat) -> str:
        lines = ["\t".join(f"?{name}" for name in self.columns)]
        lines += ["\t".join("" if term is None else str(term) for term in row) for row in self.terms]
        solutions = parse_query_results("\n".join([*lines, ""]), format=QueryResultsFormat.TSV)
        return solutions.serialize(format=kind).decode("utf-8")  # type: ignore[union-attr]


def _guarded(term: Cell) -> Cell:
    """A cell of CSV; numbers stay numbers, because only texts come from whoever wrote the content."""
    if isinstance(term, Literal) and slug(term.datatype.value) in ("string", "langString"):
        return Literal(guarded(term.value))
    return term


def _value(term: Cell) -> str:
    if term is None:
        return ""
    return str(term) if isinstance(term, Triple) else term.value


def _python_value(term: Cell) -> Value:
    """Numbers as numbers, everything else as text."""
    if isinstance(term, Literal) and slug(term.datatype.value) in ("integer", "decimal"):
        return int(term.value) if slug(term.datatype.value) == "integer" else float(term.value)
    return None if term is None else _value(term)

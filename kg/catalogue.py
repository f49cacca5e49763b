"""The questions of the catalogue: what each asks, its parameters, and how their values get into the query.

A parameter is a line ``VALUES ?name { value }`` of the query. The value that stands there is the example, so every file
runs as it is in any store. Another value is put in by the library's own serialiser, so it stays a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from pyoxigraph import Literal, NamedNode

from kg.decimals import lexical, usable
from kg.errors import ParameterError, listed, shown
from kg.names import BASE, XSD_DECIMAL, slug
from kg.queries import Query, named, stage

Value = str | int | float | Decimal
"""What a caller gives for a parameter: the identifier or IRI of a term, a text, a number."""

Resolve = Callable[[str, str], NamedNode]
"""From the kind of a term and a word to its IRI."""


@dataclass(frozen=True)
class Parameter:
    """Something that a question is about.

    Attributes:
        name: Its name, also that of the variable.
        type: ``"string"``, ``"number"``, ``"Term"`` for any thing of the content, or a class of the schema.
        example: The value that stands in the file.
    """

    name: str
    type: str
    example: str


@dataclass(frozen=True)
class Question:
    """A question of the catalogue.

    Attributes:
        name: The name of its file.
        summary: The question.
        description: What a reader of the rows has to know.
        tags: What it is about.
        parameters: What has to be given.
        columns: The variables of a row.
        query: The file.
    """

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    query: Query

    @property
    def about_a_case(self) -> bool:
        """Whether it is asked of an assessed case, and so never of an endpoint."""
        return "case" in self.columns

    def bind(self, values: Mapping[str, Value], resolve: Resolve) -> Query:
        """Put values into the query.

        Args:
            values: A value for each parameter.
            resolve: Finds the IRI of a term.

        Returns:
            The query to be run.

        Raises:
            ParameterError: A parameter is missing, unknown or of another type.
            UnknownTermError: There is no such term.
        """
        names = [parameter.name for parameter in self.parameters]
        if sorted(values) != sorted(names):
            needs = f"needs {listed(names)}" if names else "has no parameters"
            given = f"given: {listed(sorted(values))}" if values else "none was given"
            message = f"the question '{self.name}' {needs}; {given}"
            raise ParameterError(message)
        terms = {p.name: _term(self.name, p, values[p.name], resolve) for p in self.parameters}
        return bound(self.query, terms)


def questions() -> tuple[Question, ...]:
    """All questions of the catalogue, by name.

    Returns:
        The questions.

    >>> len(questions()) > 30
    True
    """
    return tuple(_read(query) for query in stage("ask"))


def question(name: str) -> Question:
    """Find a question.

    Args:
        name: The name of its file.

    Returns:
        The question.

    Raises:
        UnknownQueryError: There is none of that name; the nearest names are offered.

    >>> question("ratings-of-topic").parameters
    (Parameter(name='topic', type='Topic', example='thoracic-back-pain'),)
    """
    return _read(named("ask", name))


def bound(query: Query, terms: Mapping[str, NamedNode | Literal]) -> Query:
    """Put terms into the slots of a query.

    Args:
        query: A query with a line ``VALUES ?name { value }`` for each term.
        terms: The term of each slot.

    Returns:
        The same query about these terms.

    >>> from kg.queries import selection
    >>> bound(selection("terms"), {"kind": NamedNode("http://example.org/Kind")}).text.splitlines()[9]
    '  VALUES ?kind { <http://example.org/Kind> }'
    """

    def filled(slot: re.Match[str]) -> str:
        return f"{slot[1]}{_serialised(terms[slot[2]])}{slot[4]}" if slot[2] in terms else slot[0]

    return Query(query.name, _SLOT.sub(filled, query.text))


def _serialised(term: NamedNode | Literal) -> str:
    r"""A term as SPARQL, read alike by all engines.

    rdflib takes ``\u0022`` for a quote before it looks at strings, even where the backslash is itself escaped, and
    takes eight hexadecimal digits after ``\u`` where it finds them. So such a ``u`` is an escape of eight digits here.
    """
    return _ESCAPE.sub(_unmistakable, str(term))


def _unmistakable(found: re.Match[str]) -> str:
    if found[1]:
        return rf"\\\U000000{ord(found[1]):02X}"
    return rf"\U0000{found[2]}" if found[2] else found[0]


_ESCAPE = re.compile(r"\\\\([uU])|\\u([0-9A-Fa-f]{4})|\\.")
_SLOT = re.compile(r"^(  VALUES \?(\w+) \{ )(.*)( \})$", re.MULTILINE)


def _read(query: Query) -> Question:
    said = query.header
    slots = {slot[2]: slot[3] for slot in _SLOT.finditer(query.text)}
    pairs = [part.partition(": ") for part in _parts(said.get("params", ""))]
    parameters = tuple(Parameter(name, kind, _shown(slots[name], kind)) for name, _, kind in pairs)
    columns = tuple(_parts(said["columns"]))
    tags = tuple(_parts(said["tags"]))
    return Question(query.name, said["summary"], said.get("description", ""), tags, parameters, columns, query)


def _parts(text: str) -> Iterable[str]:
    return (part.strip() for part in text.strip("[]{}").split(",") if part.strip())


def _shown(term: str, kind: str) -> str:
    """A term of a slot as a caller writes it."""
    iri = term.strip("<>")
    if iri == term:
        return term.strip('"')
    return iri.removeprefix(BASE) if kind == "Term" else slug(iri)


def _term(name: str, parameter: Parameter, value: Value, resolve: Resolve) -> NamedNode | Literal:
    try:
        if parameter.type == "number":
            return _number(value)
        if not isinstance(value, str):
            raise TypeError
        if parameter.type == "string":
            return Literal(value)
    except (InvalidOperation, TypeError) as error:
        kinds = {"number": "number below 10 to the power of 15", "string": "string"}
        kind = kinds.get(parameter.type, f"identifier of a {parameter.type}")
        needed = f"the parameter '{parameter.name}' of '{name}' is a {kind}, such as '{parameter.example}'"
        message = f"{needed}; given: {shown(value)}"
        raise ParameterError(message) from error
    return resolve(parameter.type, value)


def _number(value: Value) -> Literal:
    if isinstance(value, bool):
        raise TypeError
    number = value if isinstance(value, int) else Decimal(str(value))
    if not usable(number):
        raise InvalidOperation
    return Literal(lexical(number), datatype=XSD_DECIMAL)

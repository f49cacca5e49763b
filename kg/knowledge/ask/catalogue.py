"""The questions of the catalogue: what each asks, its parameters, and how their values get into the query.

A parameter is a line ``VALUES ?name { value }`` of the query. The value in the file is the example, so every file runs
as it is in any store. The library's own serialiser writes any other value, so that it stays a value.

A file is a question only if its ``#+`` lines are complete and agree with its SELECT. Any other file is refused by name,
and the other questions still work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kg.errors import ParameterError, QueryError, listed, nearest, quoted, shown
from kg.knowledge.ask.own_query import columns_of
from kg.knowledge.sparql.iris import BASE, NS, XSD_DECIMAL, slug
from kg.knowledge.sparql.numbers import lexical, usable
from kg.knowledge.sparql.queries import Query, named, stage
from kg.knowledge.sparql.resources import shipped

Value = str | int | float | Decimal
"""What a caller gives for a parameter: the id or IRI of a term, a text or a number."""

LINES = ("summary", "description", "tags", "params", "columns")
"""The keys of the ``#+`` lines of a file; all but ``description`` and ``params`` are required."""

Resolve = Callable[[str, str], NamedNode]
"""Finds the IRI of a term from its class and its id."""


@dataclass(frozen=True)
class Parameter:
    """Something that a question is about.

    Attributes:
        name: Its name, which is also that of the variable.
        type: ``"string"``, ``"number"``, ``"Term"`` for anything in the content, or a class of the schema.
        example: The value in the file.
    """

    name: str
    type: str
    example: str


@dataclass(frozen=True)
class Question:
    """A question of the catalogue.

    Attributes:
        name: The name of its file.
        summary: The question in words.
        description: What a reader of the rows needs to know.
        tags: What it is about, such as ``"ratings"``.
        parameters: What the caller gives.
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
        """Whether it is about an assessed case, so that no endpoint is ever asked."""
        return "case" in self.columns

    def bind(self, values: Mapping[str, Value], resolve: Resolve) -> Query:
        """Put values into the query.

        Raises:
            ParameterError: A parameter is missing, unknown or of the wrong type.
            UnknownTermError: There is no such term.
        """
        names = [parameter.name for parameter in self.parameters]
        if sorted(values) != sorted(names):
            needs = f"needs {listed(names)}" if names else "has no parameters"
            given = f"given: {listed(sorted(values))}" if values else "none was given"
            message = f"the question '{self.name}' {needs}; {given}"
            raise ParameterError(message)
        terms = {p.name: _bound_term(self.name, p, values[p.name], resolve) for p in self.parameters}
        return bound(self.query, terms)


def questions() -> tuple[Question, ...]:
    """All questions of the catalogue, sorted by name, without the files that ``refused`` lists.

    >>> len(questions()) > 30
    True
    """
    return tuple(said for said in _catalogue() if isinstance(said, Question))


def refused() -> tuple[str, ...]:
    """One sentence for each file of the catalogue that is not a valid question: its name, what is wrong, the cure.

    >>> refused()
    ()
    """
    return tuple(said for said in _catalogue() if isinstance(said, str))


def _catalogue() -> Iterable[Question | str]:
    for query in stage("ask"):
        try:
            yield read_question(query)
        except QueryError as error:
            yield str(error)


def question(name: str) -> Question:
    """Find a question by the name of its file.

    Raises:
        UnknownQueryError: No question has that name; the message offers the nearest names.
        QueryError: Its file is not complete; the message names what is missing.

    >>> question("ratings-of-topic").parameters
    (Parameter(name='topic', type='Topic', example='thoracic-back-pain'),)
    """
    return read_question(named("ask", name))


@cache  # because a listing and each call look at the same files, and the engine parses each of them
def read_question(query: Query) -> Question:
    r"""Read a file of the catalogue.

    Raises:
        QueryError: Its ``#+`` lines are incomplete, or do not agree with its SELECT.

    >>> read_question(Query("all", "#+ summary: What is there?\n#+ tags: [any]\nSELECT ?thing { ?thing a ?kind }"))
    Traceback (most recent call last):
    kg.errors.QueryError: queries/ask/all.rq: has no line '#+ columns'; write '#+ columns: thing'
    """
    said, columns = query.header, _selected(query)
    if unknown := [key for key in said if key not in LINES]:
        cure = f"begin it with one of {listed(f'#+ {key}: ' for key in LINES)}"
        raise _refusal(query, f"has the unknown line {quoted(f'#+ {unknown[0]}')}", cure)
    if not said.get("summary"):
        raise _refusal(query, "has no line '#+ summary'", "write '#+ summary: ' and the question that it answers")
    if not said["summary"].endswith("?"):
        raise _refusal(query, "has a summary that is not a question", "end the line '#+ summary' with a question mark")
    if "tags" in said and not re.fullmatch(r"\[.*\]", said["tags"].strip()):
        raise _refusal(query, "has tags without brackets", "write '#+ tags: [...]', such as '#+ tags: [ratings]'")
    if not (tags := tuple(_list_items(said.get("tags", "")))):
        raise _refusal(query, "has no line '#+ tags'", "write '#+ tags: [...]' and what it is about, such as 'ratings'")
    if (written := tuple(_list_items(said.get("columns", "")))) != columns:
        problem = "has a line '#+ columns' that differs from its SELECT" if written else "has no line '#+ columns'"
        raise _refusal(query, problem, f"write '#+ columns: {', '.join(columns)}'")
    return Question(query.name, said["summary"], said.get("description", ""), tags, _parameters(query), columns, query)


def bound(query: Query, terms: Mapping[str, NamedNode | Literal]) -> Query:
    """Put terms into the slots of a query.

    Args:
        query: A query with a line ``VALUES ?name { value }`` for each term.
        terms: The term for each slot, by the name of its variable.

    >>> from kg.knowledge.sparql.queries import selection
    >>> bound(selection("terms"), {"kind": NamedNode("http://example.org/Kind")}).text.splitlines()[9]
    '  VALUES ?kind { <http://example.org/Kind> }'
    """

    def filled(slot: re.Match[str]) -> str:
        return f"{slot[1]}{_serialised(terms[slot[2]])}{slot[4]}" if slot[2] in terms else slot[0]

    return Query(query.name, _SLOT.sub(filled, query.text))


def _serialised(term: NamedNode | Literal) -> str:
    r"""A term as SPARQL that all engines read in the same way.

    rdflib turns ``\u0022`` into a quote before it looks at strings, even if the backslash is itself escaped. After
    ``\u`` it also takes eight hexadecimal digits if it finds that many. So a ``u`` of this kind is written as an escape
    of eight digits:

        \\u0022    a backslash, u and 0022    becomes    \\\U000000750022
        \u0007     the control character 7    becomes    \U00000007
    """
    return _ESCAPE.sub(_unmistakable, str(term))


def _unmistakable(found: re.Match[str]) -> str:
    if found[1]:
        return rf"\\\U000000{ord(found[1]):02X}"
    return rf"\U0000{found[2]}" if found[2] else found[0]


_CLASS = NamedNode("http://www.w3.org/2002/07/owl#Class")
_ESCAPE = re.compile(r"\\\\([uU])|\\u([0-9A-Fa-f]{4})|\\.")
_SLOT = re.compile(r"^(  VALUES \?(\w+) \{ )(.*)( \})$", re.MULTILINE)


_TAKEN = frozenset({"case", "content", "endpoint", "format", "full", "graph", "help", "password", "question", "user"})
"""What the command and Python call something else, so that no parameter can be named so."""

_PLAIN = {
    "number": (re.compile(r"-?\d+(\.\d+)?"), "a number, such as 65"),
    "string": (re.compile(r'"[^"\\]+"'), "a text in double quotes"),
}
_TERM = (re.compile(r"<[^<>\s]+>"), "a whole IRI in angle brackets")


def _selected(query: Query) -> tuple[str, ...]:
    """The variables of a row, in the order in which the engine reads them."""
    try:
        query.text.encode()
    except UnicodeEncodeError:
        raise _refusal(query, "is not UTF-8", "save it as UTF-8") from None
    try:
        return columns_of(query.text)
    except QueryError as error:
        message = f"queries/ask/{query.name}.rq: {error}"
        raise QueryError(message) from error


def _parameters(query: Query) -> tuple[Parameter, ...]:
    slots = {slot[2]: slot[3] for slot in _SLOT.finditer(query.text)}
    found = []
    for part in _list_items(query.header.get("params", "")):
        name, _, kind = (word.strip() for word in part.partition(":"))
        if not (name and kind):
            raise _refusal(query, f"gives no type in {quoted(f'#+ params: {part}')}", "write '#+ params: {name: type}'")
        if name in _TAKEN:
            raise _refusal(query, f"has a parameter '{name}', which is an option of every question", "rename it")
        if kind not in (types := {"number", "string", *_classes()}):
            near = nearest(kind, types) or ("number", "string", "Term")
            problem = f"has a parameter {quoted(name)} of the unknown type {quoted(kind)}"
            raise _refusal(query, problem, f"write a class of the schema, number or string, such as {listed(near)}")
        form, described = _PLAIN.get(kind, _TERM)
        if not form.fullmatch(slots.get(name, "")):
            line = f"'  VALUES ?{name} {{ example }}'"
            problem = f"has no example of the parameter {quoted(name)}"
            raise _refusal(query, problem, f"write the line {line} in its WHERE, the example being {described}")
        found.append(Parameter(name, kind, _shown_parameter(slots[name], kind)))
    return tuple(found)


def _refusal(query: Query, problem: str, cure: str) -> QueryError:
    return QueryError(f"queries/ask/{query.name}.rq: {problem}; {cure}")


@cache
def _classes() -> frozenset[str]:
    """The classes of the schema; one of them is ``Term``, which stands for anything in the content."""
    schema = parse(path=str(shipped("ontology") / "nextstudy.ttl"), format=RdfFormat.TURTLE)
    classes = (triple.subject for triple in schema if triple.object == _CLASS)
    return frozenset(each.value.removeprefix(NS) for each in classes if isinstance(each, NamedNode))


def _list_items(text: str) -> Iterable[str]:
    return (part.strip() for part in text.strip("[]{}").split(",") if part.strip())


def _shown_parameter(term: str, kind: str) -> str:
    """The term in a slot, as a caller writes it."""
    iri = term.strip("<>")
    if iri == term:
        return term.strip('"')
    return iri.removeprefix(BASE) if kind == "Term" else slug(iri)


def _bound_term(name: str, parameter: Parameter, value: Value, resolve: Resolve) -> NamedNode | Literal:
    try:
        if parameter.type == "number":
            return _number_literal(value)
        if not isinstance(value, str):
            raise TypeError
        if parameter.type == "string":
            return Literal(value)
    except (InvalidOperation, TypeError) as error:
        kinds = {"number": "a number below 10 to the power of 15", "string": "a string"}
        kind = kinds.get(parameter.type, f"the id of a {parameter.type}")
        needed = f"the parameter '{parameter.name}' of '{name}' is {kind}, such as '{parameter.example}'"
        message = f"{needed}; given: {shown(value)}"
        raise ParameterError(message) from error
    return resolve(parameter.type, value)


def _number_literal(value: Value) -> Literal:
    if isinstance(value, bool):
        raise TypeError
    number = value if isinstance(value, int) else Decimal(str(value))
    if not usable(number):
        raise InvalidOperation
    return Literal(lexical(number), datatype=XSD_DECIMAL)

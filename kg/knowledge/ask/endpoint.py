"""Asks a SPARQL 1.1 endpoint the questions of the catalogue, or reads it once to assess cases here.

No fact about a patient is ever sent: a question about a case is refused first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache

from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import EndpointError, ParameterError, UnknownTermError, listed, printable, quoted
from kg.knowledge.ask.catalogue import Value, bound, question
from kg.knowledge.ask.connection import Deadline
from kg.knowledge.ask.exchange import Exchange, failure, is_address
from kg.knowledge.ask.own_query import refuse_timeout
from kg.knowledge.ask.received import ROWS, TRIPLES, read_rows, read_triples
from kg.knowledge.content.content import Content, from_triples
from kg.knowledge.sparql.iris import BASE, ns, slug
from kg.knowledge.sparql.queries import Query, selection
from kg.knowledge.sparql.rows import Cell, Rows

_NUMBER = re.compile(r"\+?\d{1,15}", re.ASCII)
_COMMA = re.compile(r",\s*")
_DAY = 86400


def remote(
    url: str, graph: str | None = None, *, user: str = "", password: str = "", timeout: float = 30, attempts: int = 3
) -> Endpoint:
    """Name an endpoint; nothing is sent yet.

    Args:
        url: Its address, ``http`` or ``https``.
        graph: The graph that holds the guideline; without one, the endpoint's default graph.
        user: For HTTP basic authentication; sent to this host and port only.
        password: For HTTP basic authentication.
        timeout: Seconds within which the answer to a query must be complete, redirects, further tries and pages
            included.
        attempts: How often a connection is tried.

    Returns:
        The endpoint.

    Raises:
        EndpointError: The address is not an http(s) URL.
        ParameterError: A user is named without a password, or the other way round, or the timeout is not in range.

    >>> remote("http://localhost:8890/sparql").url
    'http://localhost:8890/sparql'
    """
    return Endpoint(url, graph, (user, password), timeout, attempts)


class Endpoint:
    """A SPARQL 1.1 endpoint. It keeps no connection open, and threads may share it."""

    def __init__(
        self, url: str, graph: str | None, credentials: tuple[str, str], timeout: float, attempts: int
    ) -> None:
        """Name an endpoint; see ``remote``.

        Args:
            url: Its address.
            graph: The graph that holds the guideline.
            credentials: User name and password; empty without.
            timeout: Seconds.
            attempts: How often a connection is tried.
        """
        if not is_address(url):
            message = "an endpoint needs an http(s) URL without a password, such as 'https://example.org/sparql'"
            raise EndpointError(message)
        user, password = credentials
        if bool(user) != bool(password) or ":" in user:
            message = "an endpoint takes a user name without a colon and a password, both of them; give both or neither"
            raise ParameterError(message)
        refuse_timeout(timeout, _DAY)
        self.url = url
        self._timeout = timeout
        self._exchange = Exchange(url, graph, credentials, attempts)
        self._iris: Callable[[str], Mapping[str, NamedNode]] = cache(self._read_iris)

    def ask(self, name: str, /, **values: Value) -> Rows:
        """Ask a question about the content.

        Args:
            name: A question of the catalogue.
            values: Its parameters.

        Raises:
            EndpointError: The endpoint gave no usable answer.
            ParameterError: A parameter is wrong, or the question is about a case.
            UnknownQueryError: There is no such question.
            UnknownTermError: There is no such term.
        """
        asked = question(name)
        if asked.about_a_case:
            message = (
                f"the question '{name}' is about a case, and no fact about a patient is sent to an endpoint; "
                "load the content with `kg.load(url, graph=...)` and ask here"
            )
            raise ParameterError(message)
        return self._select(asked.bind(values, self._resolve))

    def content(self) -> Content:
        """Read the whole content, so that cases can be assessed here.

        Raises:
            EndpointError: The endpoint gave no usable answer, or not all of it.
        """
        expected = self._count()
        triples = self._triples(expected)
        if len(triples) != expected:
            problem = f"holds {expected} triples but sent {len(triples)}; raise its limit on results"
            raise failure(self.url, problem)
        if not any(triple.object == ns("Topic") for triple in triples):
            problem = "holds no guideline topic there; name the graph that the content was loaded into"
            raise failure(self.url, problem)
        return from_triples(map(_printable, triples))

    def _count(self) -> int:
        """How many triples the endpoint says that it holds."""
        rows, _ = self._rows(selection("size"), self._deadline())
        number = next(iter(rows)).get("count", "") if len(rows) == 1 else ""
        if not _NUMBER.fullmatch(number):
            given = quoted(number) if len(rows) == 1 else f"{len(rows)} rows"
            problem = f"was asked how many triples it holds and answered {given}, not one number; check the server"
            raise failure(self.url, problem)
        return int(number)

    def _triples(self, expected: int) -> frozenset[Quad]:
        reply = self._exchange.fetch(selection("content").text, TRIPLES, self._deadline())
        triples = read_triples(reply)
        if triples is None or (reply.limited and len(triples) != expected):
            return self._triples_of_rows()
        return triples

    def _triples_of_rows(self) -> frozenset[Quad]:
        rows = self._select(selection("triples"))
        try:
            return frozenset(Quad(*row) for row in rows.terms)  # type: ignore[arg-type]
        except (TypeError, ValueError) as error:
            raise failure(self.url, "sent rows that are no triples; check the server") from error

    def _resolve(self, kind: str, word: str) -> NamedNode:
        if kind == "Term":
            try:
                return NamedNode(word if ":" in word else f"{BASE}{word}")
            except ValueError as error:
                message = f"{quoted(word)} is not an IRI; give a whole IRI, or what follows '{BASE}'"
                raise UnknownTermError(message) from error
        known = self._iris(kind)
        if word not in known:
            message = f"{quoted(word)} is not a {kind} at {self.url}; check the id"
            raise UnknownTermError(message)
        return known[word]

    def _read_iris(self, kind: str) -> Mapping[str, NamedNode]:
        rows = self._select(bound(selection("terms"), {"kind": ns(kind)}))
        iris = [term for row in rows.terms for term in row if isinstance(term, NamedNode)]
        if len(iris) != len(rows):
            raise failure(self.url, f"sent rows that name no {kind}; check the server")
        return {word: iri for iri in iris for word in (slug(iri.value), iri.value)}

    def _select(self, query: Query) -> Rows:
        """Ask for rows, and whether there are more: a limit of the endpoint cuts them without a word."""
        deadline = self._deadline()
        rows, limited = self._rows(query, deadline)
        if not rows.terms:
            if limited:
                raise failure(self.url, "may send no rows at all; raise its limit on results")
            return rows
        more, _ = self._rows(_page(query, (), 1, len(rows)), deadline)
        return self._pages(query, rows, deadline) if more.terms else rows

    def _pages(self, query: Query, cut: Rows, deadline: Deadline) -> Rows:
        """Ask for all rows from the first one on, as many at once as the endpoint sends."""
        size = len(cut)
        terms: list[tuple[Cell, ...]] = []
        page: Rows | None = None
        while page is None or page.terms:
            before = page
            page, _ = self._rows(_page(query, cut.columns, size, len(terms)), deadline)
            if len(page) > size or (page.terms and page == before) or page.columns != cut.columns:
                problem = f"sends {size} rows at once and does not go on where they end; raise its limit on results"
                raise failure(self.url, problem)
            terms += page.terms
        if not set(cut.terms) <= set(terms):
            raise failure(self.url, "sends other rows in pages than at once; raise its limit on results")
        return Rows(cut.columns, tuple(terms), {}, query.text)

    def _rows(self, query: Query, deadline: Deadline) -> tuple[Rows, bool]:
        """The rows of one answer, and whether the endpoint says that it was limited."""
        reply = self._exchange.fetch(query.text, ROWS, deadline)
        rows, wanted = read_rows(reply, query.text), _COMMA.split(query.header["columns"])
        if other := [name for name in rows.columns if name not in wanted]:
            problem = f"was asked for the columns {listed(wanted)} and sent {listed(other)}; check the server"
            raise failure(self.url, problem)
        return rows.in_columns(wanted), reply.limited

    def _deadline(self) -> Deadline:
        return Deadline.after(self._timeout)


def _printable(triple: Quad) -> Quad:
    """A triple whose text can be shown anywhere: what a folder may not hold is escaped when it comes from elsewhere."""
    value = triple.object
    if not isinstance(value, Literal) or (text := printable(value.value)) == value.value:
        return triple
    escaped = Literal(text, language=value.language) if value.language else Literal(text, datatype=value.datatype)
    return Quad(triple.subject, triple.predicate, escaped)


def _page(query: Query, keys: Iterable[str], size: int, start: int) -> Query:
    """Some rows of a query, in its own order and then by the texts of further variables.

    By their texts, as Virtuoso mixes the values of rows up where a variable is a key twice. It takes no aggregate for a
    key; what a query groups by is key enough.
    """
    text = query.text.rstrip()
    counted = re.findall(r"\b(?:COUNT|SUM|MIN|MAX|AVG|SAMPLE|GROUP_CONCAT)\(.*?\) AS \?(\w+)\)", text)
    more = "".join(f" STR(?{name})" for name in keys if name not in counted)
    if more and not text.rpartition("\n")[2].startswith("ORDER BY"):
        more = f"\nORDER BY{more}"
    return Query(query.name, f"{text}{more}\nLIMIT {size} OFFSET {start}\n")

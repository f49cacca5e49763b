"""A SPARQL 1.1 endpoint: asked the questions of the catalogue, or read once to assess cases here.

Nothing of a patient is ever sent: a question about a case is refused before anything is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from pyoxigraph import NamedNode, QueryResultsFormat, QuerySolutions, RdfFormat, parse, parse_query_results
from SPARQLWrapper import POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from kg.catalogue import Value, bound, question
from kg.content import Content, from_triples
from kg.errors import EndpointError, KgError, ParameterError, UnknownTermError, quoted
from kg.names import BASE, ns, slug
from kg.queries import Query, selection
from kg.rows import Rows

_ROWS = ("application/sparql-results+json",)
_TRIPLES = ("application/n-triples", "text/plain")
"""Virtuoso calls N-Triples plain text."""

_PART = 1 << 16
_LARGEST = 512 * 1024 * 1024
_WORTH_ANOTHER_TRY = (502, 503, 504)
_MEANINGS = {
    400: "does not understand the query; check that it speaks SPARQL 1.1",
    401: "asks for a user name and password; give them as `user` and `password`",
    403: "refuses this user; ask its owner for permission to read",
    404: "is not there; check its address",
}


def remote(
    url: str, graph: str | None = None, *, user: str = "", password: str = "", timeout: float = 30, attempts: int = 3
) -> Endpoint:
    """Name an endpoint; nothing is sent yet.

    Args:
        url: Its address, ``http`` or ``https``.
        graph: The graph that holds the guideline; without one, the endpoint's default graph.
        user: For HTTP basic authentication.
        password: For HTTP basic authentication.
        timeout: Seconds within which an answer must be complete.
        attempts: How often a connection is tried.

    Returns:
        The endpoint.

    Raises:
        EndpointError: The address is none of the web.

    >>> remote("http://localhost:8890/sparql").url
    'http://localhost:8890/sparql'
    """
    return Endpoint(url, graph, (user, password), timeout, attempts)


class Endpoint:
    """A SPARQL 1.1 endpoint. It keeps no connection open and may be shared by threads."""

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
        if not _is_address(url):
            message = "an endpoint is named by an http or https address without a password in it, such as 'https://example.org/sparql'"
            raise EndpointError(message)
        self.url = url
        self._graph = graph
        self._credentials = credentials
        self._timeout = timeout
        self._attempts = attempts
        self._iris: Callable[[str], Mapping[str, NamedNode]] = cache(self._read_iris)

    def ask(self, name: str, /, **values: Value) -> Rows:
        """Ask a question about the content.

        Args:
            name: A question of the catalogue.
            values: Its parameters.

        Returns:
            The rows.

        Raises:
            EndpointError: The endpoint gave no answer that can be used.
            ParameterError: A parameter is wrong, or the question is about a case.
            UnknownQueryError: There is no such question.
            UnknownTermError: There is no such term.
        """
        asked = question(name)
        if asked.about_a_case:
            message = (
                f"the question '{name}' is about a case, and nothing of a patient is sent to an endpoint; "
                "load the guideline with `kg.load(url, graph=...)` and ask here"
            )
            raise ParameterError(message)
        return self._select(asked.bind(values, self._resolve))

    def content(self) -> Content:
        """Read the whole guideline.

        Returns:
            The content, to be assessed with here.

        Raises:
            EndpointError: The endpoint gave no answer that can be used, or not all of it.
        """
        expected = int(next(iter(self._select(selection("size"))))["count"])
        document = self._fetch(selection("content"), _TRIPLES)
        try:
            triples = frozenset(parse(document, format=RdfFormat.N_TRIPLES))
        except (SyntaxError, ValueError) as error:
            raise self._failure("sent triples that cannot be read; try again or check the server") from error
        if len(triples) != expected:
            raise self._failure(f"holds {expected} triples but sent {len(triples)}; raise its limit on results")
        if not any(triple.object == ns("Topic") for triple in triples):
            raise self._failure("holds no guideline topic there; name the graph that the content was loaded into")
        return from_triples(triples)

    def _resolve(self, kind: str, word: str) -> NamedNode:
        if kind == "Term":
            try:
                return NamedNode(word if ":" in word else f"{BASE}{word}")
            except ValueError as error:
                message = f"{quoted(word)} is not an IRI; give the IRI, whole or after '{BASE}'"
                raise UnknownTermError(message) from error
        known = self._iris(kind)
        if word not in known:
            message = f"{quoted(word)} is not a {kind} at {self.url}; check its identifier"
            raise UnknownTermError(message)
        return known[word]

    def _read_iris(self, kind: str) -> Mapping[str, NamedNode]:
        rows = self._select(bound(selection("terms"), {"kind": ns(kind)}))
        iris = [row["term"] for row in rows]
        return {word: NamedNode(iri) for iri in iris for word in (slug(iri), iri)}

    def _select(self, query: Query) -> Rows:
        document = self._fetch(query, _ROWS)
        try:
            solutions = parse_query_results(document, format=QueryResultsFormat.JSON)
            rows = Rows.of(solutions, {}, query.text) if isinstance(solutions, QuerySolutions) else None
        except (SyntaxError, ValueError) as error:
            raise self._failure("sent rows that cannot be read; try again or check the server") from error
        if rows is None:
            raise self._failure("answered yes or no instead of rows; check the server")
        return rows

    def _fetch(self, query: Query, accepted: tuple[str, ...]) -> bytes:
        """Send a query; return the whole document."""
        for attempt in range(1, self._attempts + 1):
            try:
                return self._once(query, accepted)
            except _AnotherTryError as problem:
                if attempt == self._attempts:
                    raise self._failure(f"{problem}; start it or try later ({attempt} tries)") from problem
                time.sleep(0.1 * 2**attempt)
        raise self._failure("was not asked; allow at least one attempt")

    def _once(self, query: Query, accepted: tuple[str, ...]) -> bytes:
        deadline = time.monotonic() + self._timeout
        try:
            response = self._request(query, accepted).query().response
            with response:
                self._check(response, accepted)
                return self._whole(response, deadline)
        except TimeoutError as error:
            raise self._slow() from error
        except (HTTPError, SPARQLWrapperException) as error:
            cause = error if isinstance(error, HTTPError) else error.__context__
            raise self._refusal(cause.code if isinstance(cause, HTTPError) else 0) from error
        except URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise self._slow() from error
            problem = f"cannot be reached ({error.reason})"
            raise _AnotherTryError(problem) from error
        except (HTTPException, OSError) as error:
            problem = f"broke off ({type(error).__name__})"
            raise _AnotherTryError(problem) from error

    def _request(self, query: Query, accepted: tuple[str, ...]) -> SPARQLWrapper:
        wrapper = SPARQLWrapper(self.url, defaultGraph=self._graph, agent="nextstudy")
        wrapper.setQuery(query.text)
        wrapper.setMethod(POST)
        wrapper.setOnlyConneg(True)
        wrapper.addCustomHttpHeader("Accept", ", ".join(accepted))
        wrapper.setTimeout(max(1, round(self._timeout)))
        if any(self._credentials):
            wrapper.setCredentials(*self._credentials)
        return wrapper

    def _check(self, response: HTTPResponse, accepted: tuple[str, ...]) -> None:
        if response.status != HTTPStatus.OK:
            # 206 above all: Virtuoso sends what it had when its time was up.
            raise self._failure(f"sent a partial result (HTTP {response.status}); raise its time limit")
        kind = response.headers.get_content_type()
        if kind not in accepted:
            raise self._failure(f"sent '{kind}' instead of '{accepted[0]}'; check that the address is that of SPARQL")

    def _whole(self, response: HTTPResponse, deadline: float) -> bytes:
        """Read to the end; the timeout of a connection covers each part only, not all of them together."""
        parts, size = [], 0
        while part := response.read1(_PART):
            parts.append(part)
            size += len(part)
            if time.monotonic() > deadline:
                raise self._slow()
            if size > _LARGEST:
                raise self._failure(f"sent more than {_LARGEST} bytes; name the graph of the guideline")
        if response.length:
            problem = f"broke off ({response.length} bytes are missing)"
            raise _AnotherTryError(problem)
        return b"".join(parts)

    def _slow(self) -> EndpointError:
        return self._failure(f"did not answer within {self._timeout:g} seconds; try later or allow more time")

    def _refusal(self, status: int) -> KgError:
        if status in _WORTH_ANOTHER_TRY:
            return _AnotherTryError(f"is not ready (HTTP {status})")
        return self._failure(_MEANINGS.get(status, f"failed (HTTP {status}); see the log of the server"))

    def _failure(self, problem: str) -> EndpointError:
        return EndpointError(f"the endpoint {self.url} {problem}")


def _is_address(url: str) -> bool:
    """Whether this is an address of the web, without a password in it."""
    with suppress(ValueError):  # brackets that enclose no address, a port that is no number
        address = urlsplit(url)
        named = address.hostname and address.port != 0
        return bool(named) and address.scheme in ("http", "https") and "@" not in address.netloc
    return False


class _AnotherTryError(EndpointError):
    """A failure that may pass."""

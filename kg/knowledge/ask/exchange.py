"""One exchange with an endpoint over HTTP: in time, of bounded size, and with nobody but the host that was named.

SPARQLWrapper writes the request. What it would leave to ``urllib`` is decided here: where a redirect may lead, how long
all of it may take, and how much may be read.
"""

from __future__ import annotations

import socket
import ssl
import time
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, IncompleteRead, RemoteDisconnected
from typing import NoReturn
from urllib.error import URLError
from urllib.parse import parse_qs, urljoin, urlsplit

from SPARQLWrapper import GET, POST, SPARQLWrapper

from kg.errors import EndpointError, quoted
from kg.knowledge.ask.connection import Deadline, Opener, opener

LARGEST = 64 * 1024 * 1024
"""Bytes that an answer may have, packed or not; the shipped content has five million."""

_PART = 1 << 16
_MOST_STEPS = 8
"""Requests that one question may cost by redirects and by another method."""

_LIMITED = "X-SPARQL-MaxRows"
_INTERRUPTED = "X-SPARQL-Anytime"
"""Headers of Virtuoso: the answer has as many rows as it may have; its time was up."""

_ANOTHER_METHOD = (405, 415, 501)
_WORTH_ANOTHER_TRY = (429, 502, 503, 504)
_LOGIN = "`user` and `password`, or --user and the environment variable NEXTSTUDY_PASSWORD"
_MEANINGS = {
    202: "put the query off (HTTP 202); give the address of an endpoint that answers at once",
    204: "sent nothing (HTTP 204); check that the address is that of SPARQL queries, not of updates",
    205: "sent nothing (HTTP 205); check that the address is that of SPARQL queries, not of updates",
    206: "sent a partial result (HTTP 206); raise its time limit",
    400: "does not understand the query; check that it speaks SPARQL 1.1",
    403: "refuses this user; ask its owner for permission to read",
    404: "is not there; check its address",
    405: "takes a query neither by POST nor by GET (HTTP 405); check that the address is that of SPARQL queries",
    407: "is behind a proxy that asks for a password; give it in the environment variable of the proxy",
    410: "is not there any more; check its address",
    413: "calls the query too long (HTTP 413); raise its limit on requests",
    414: "calls the query too long (HTTP 414); let it take queries by POST",
}


class _AnotherTryError(EndpointError):
    """A failure that may pass."""


@dataclass(frozen=True)
class Reply:
    """What an endpoint answered.

    Attributes:
        url: The address that was asked.
        kind: The media type, in small letters; empty if none is named.
        charset: The character set that is named; empty without.
        body: The document, unpacked.
        limited: The endpoint says that it sent as much as it may send.
        refused: It has the answer, but in no form that it was asked for.
    """

    url: str
    kind: str
    charset: str
    body: bytes
    limited: bool
    refused: bool

    def failure(self, problem: str) -> EndpointError:
        """What is wrong with the answer.

        Args:
            problem: What the endpoint did, and the cure.

        Returns:
            The error.
        """
        return failure(self.url, problem)


def failure(url: str, problem: str) -> EndpointError:
    """What is wrong with an endpoint.

    Args:
        url: Its address.
        problem: What it did, and the cure.

    Returns:
        The error.
    """
    return EndpointError(f"the endpoint {url} {problem}")


def is_address(url: str) -> bool:
    """Whether this is an address of the web that can be asked, without a password in it.

    >>> is_address("http://localhost:8890/sparql"), is_address("http://ann:secret@localhost/")
    (True, False)
    """
    with suppress(ValueError):  # brackets that enclose no address, a port that is no number
        address = urlsplit(url)
        named = address.hostname and address.port != 0 and url.isascii() and url.isprintable() and " " not in url
        return bool(named) and address.scheme in ("http", "https") and "@" not in address.netloc
    return False


class Exchange:
    """Sends queries to one endpoint. It keeps no connection open and may be shared by threads."""

    def __init__(self, url: str, graph: str | None, credentials: tuple[str, str], attempts: int) -> None:
        """Name the endpoint; nothing is sent yet.

        Args:
            url: Its address.
            graph: The graph to be asked.
            credentials: User name and password; empty without.
            attempts: How often a connection is tried.
        """
        self._url = url
        self._graph = graph
        self._credentials = credentials
        self._attempts = attempts
        self._method = POST

    def fetch(self, query: str, accepted: str, deadline: Deadline) -> Reply:
        """Send a query and read the whole answer.

        Args:
            query: SPARQL.
            accepted: The media types that can be read, as HTTP writes them.
            deadline: When all of it must be over.

        Returns:
            The answer.

        Raises:
            EndpointError: The endpoint gave no answer that can be used.
        """
        for attempt in range(1, self._attempts + 1):
            try:
                return self._once(query, accepted, deadline)
            except TimeoutError as error:
                problem = f"did not answer within {deadline.seconds:g} seconds; try later or allow more time"
                raise failure(self._url, problem) from error
            except _AnotherTryError as problem:
                pause = 0.1 * 2**attempt
                if attempt == self._attempts or time.monotonic() + pause > deadline.end:
                    tries = f"{attempt} {'try' if attempt == 1 else 'tries'}"
                    raise failure(self._url, f"{problem}; start it or try later ({tries})") from problem
                time.sleep(pause)
        raise failure(self._url, "was not asked; allow at least one attempt")

    def _once(self, query: str, accepted: str, deadline: Deadline) -> Reply:
        url, method = self._url, self._method
        tried = {(url, method)}
        while len(tried) <= _MOST_STEPS:
            with self._response(url, method, query, accepted, deadline) as response:
                status = response.status
                if status in (301, 302, 303, 307, 308):
                    url = self._redirected(url, response.headers.get("Location"))
                    method = GET if status == HTTPStatus.SEE_OTHER else method
                elif status in _ANOTHER_METHOD and (url, _other(method)) not in tried:
                    method = self._method = _other(method)
                else:
                    return self._reply(response)
            if (url, method) in tried:
                raise failure(self._url, "redirects in a circle; give the address that answers queries")
            tried.add((url, method))
        raise failure(self._url, "redirects again and again; give the address that answers queries")

    def _redirected(self, url: str, location: str | None) -> str:
        """Where a redirect leads; the credentials are for the host and port that were named, and for no other."""
        if not location:
            raise failure(self._url, "redirects to nowhere; give the address that answers queries")
        target = ""
        with suppress(ValueError):  # brackets that enclose no address
            target = urljoin(url, location)
        if not is_address(target):
            problem = f"redirects to {quoted(location)}, which is no address; give the address that answers queries"
            raise failure(self._url, problem)
        if _origin(target) != _origin(url):
            problem = f"redirects to {quoted(target, 200)}, another host or port, which was not asked"
            raise failure(self._url, f"{problem}; give that address yourself if you trust it")
        return target

    def _response(self, url: str, method: str, query: str, accepted: str, deadline: Deadline) -> HTTPResponse:
        wrapper = _Wrapper(url, self._graph, opener(deadline))
        wrapper.setQuery(query)
        wrapper.setMethod(method)
        wrapper.setOnlyConneg(True)
        wrapper.addCustomHttpHeader("Accept", accepted)
        if any(self._credentials):
            wrapper.setCredentials(*self._credentials)
        try:
            response: HTTPResponse = wrapper.query().response
        except URLError as error:
            raise self._unreached(error.reason) from error
        except (HTTPException, OSError) as error:
            self._broken(error)
        return response

    def _unreached(self, reason: object) -> Exception:
        if isinstance(reason, TimeoutError):
            return reason
        if isinstance(reason, ssl.SSLCertVerificationError):
            cure = "name its certificate authority in the environment variable SSL_CERT_FILE"
            return failure(self._url, f"has a certificate that is not trusted ({reason.verify_message}); {cure}")
        if isinstance(reason, ssl.SSLError):
            return failure(self._url, f"does not speak https ({reason.reason}); check whether its address is http")
        if isinstance(reason, socket.gaierror) and reason.errno != socket.EAI_AGAIN:
            return failure(self._url, f"cannot be reached ({reason}); check the name of the host")
        return _AnotherTryError(f"cannot be reached ({reason})")

    def _broken(self, error: Exception) -> NoReturn:
        if isinstance(error, TimeoutError):
            raise error
        if isinstance(error, HTTPException) and not isinstance(error, (IncompleteRead, RemoteDisconnected)):
            cure = "check its address, and whether it is http or https"
            raise failure(self._url, f"does not speak HTTP ({type(error).__name__}); {cure}") from error
        problem = f"broke off ({type(error).__name__})"
        raise _AnotherTryError(problem) from error

    def _reply(self, response: HTTPResponse) -> Reply:
        self._check(response)
        try:
            body = self._unpacked(self._whole(response), response.headers.get("Content-Encoding", ""))
        except (HTTPException, OSError) as error:
            self._broken(error)
        named = response.headers.get("Content-Type") is not None
        kind = response.headers.get_content_type() if named else ""
        charset = response.headers.get_content_charset("") if named else ""
        limited = response.headers.get(_LIMITED) is not None
        return Reply(self._url, kind, charset, body, limited, response.status == HTTPStatus.NOT_ACCEPTABLE)

    def _check(self, response: HTTPResponse) -> None:
        """Refuse what is no answer: by its status, or because the endpoint says that there would be more."""
        status = response.status
        if response.headers.get(_INTERRUPTED) is not None or response.headers.get("X-SQL-State") == "S1TAT":
            raise failure(self._url, "sent a partial result, for its time was up; raise its time limit")
        if status in (HTTPStatus.OK, HTTPStatus.NOT_ACCEPTABLE):
            return
        if status == HTTPStatus.PARTIAL_CONTENT and response.headers.get(_LIMITED) is not None:
            return
        if status in _WORTH_ANOTHER_TRY:
            problem = f"is not ready (HTTP {status})"
            raise _AnotherTryError(problem)
        if status == HTTPStatus.UNAUTHORIZED:
            raise failure(self._url, self._unauthorised(response.headers.get_all("WWW-Authenticate", [])))
        raise failure(self._url, _MEANINGS.get(status, f"failed (HTTP {status}); see the log of the server"))

    def _unauthorised(self, challenges: Iterable[str]) -> str:
        schemes = [challenge.split(" ")[0].lower() for challenge in challenges]
        if schemes and "basic" not in schemes:
            scheme = quoted(schemes[0])
            return f"asks for a password by {scheme}, which is not spoken here; let it take basic authentication"
        if any(self._credentials):
            return f"does not take this user name and password; check them in {_LOGIN}"
        return f"asks for a user name and password; give them as {_LOGIN}"

    def _whole(self, response: HTTPResponse) -> bytes:
        parts, size = [], 0
        while part := response.read1(_PART):
            parts.append(part)
            size += len(part)
            if size > LARGEST:
                raise self._too_large()
        if response.length:
            problem = f"broke off ({response.length} bytes are missing)"
            raise _AnotherTryError(problem)
        return b"".join(parts)

    def _unpacked(self, body: bytes, encoding: str) -> bytes:
        packing = encoding.strip().lower()
        if packing in ("", "identity"):
            return body
        if packing not in ("gzip", "x-gzip", "deflate"):
            raise failure(
                self._url, f"sent its answer packed as {quoted(encoding)}; let it send gzip, or nothing packed"
            )
        try:
            return self._inflated(body, zlib.MAX_WBITS | 32)
        except zlib.error as error:
            with suppress(zlib.error):
                if packing == "deflate":  # some send it without its frame
                    return self._inflated(body, -zlib.MAX_WBITS)
            raise failure(self._url, f"sent an answer that is not {packing} as it says; check the server") from error

    def _inflated(self, body: bytes, window: int) -> bytes:
        unpacked = b""
        while body:
            packed = zlib.decompressobj(window)
            unpacked += packed.decompress(body, LARGEST + 1 - len(unpacked))
            if len(unpacked) > LARGEST:
                raise self._too_large()
            if not packed.eof:
                problem = "broke off (the packed answer has no end)"
                raise _AnotherTryError(problem)
            body = packed.unused_data
        return unpacked

    def _too_large(self) -> EndpointError:
        return failure(self._url, f"sent more than {LARGEST} bytes; name the graph of the guideline")


def _other(method: str) -> str:
    return GET if method == POST else POST


def _origin(url: str) -> tuple[str, str | None, int]:
    address = urlsplit(url)
    return address.scheme, address.hostname, address.port or {"http": 80, "https": 443}[address.scheme]


class _Wrapper(SPARQLWrapper):
    """Writes the request as SPARQL prescribes, and leaves the connection to us."""

    def __init__(self, url: str, graph: str | None, opened: Opener) -> None:
        super().__init__(url, defaultGraph=graph, agent="nextstudy")
        self._opened = opened

    def _query(self) -> tuple[HTTPResponse, str]:
        request = self._createRequest()
        address = urlsplit(self.endpoint)
        if self.method == GET and address.query:  # SPARQLWrapper adds a second question mark
            bare = f"{address.scheme}://{address.netloc}{address.path}?{address.query}"
            asked = request.full_url.removeprefix(f"{self.endpoint}?")
            request.full_url = bare if "query" in parse_qs(address.query) else f"{bare}&{asked}"
        return self._opened(request), self.returnFormat

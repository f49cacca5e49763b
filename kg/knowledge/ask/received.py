"""Reads what an endpoint sent: rows as JSON or XML, triples as N-Triples.

The parsers of pyoxigraph recurse as deep as a document is nested, and a process whose stack is full ends. So the depth
of every document is measured before they see it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.parsers import expat

from pyoxigraph import Quad, QueryResultsFormat, QuerySolutions, RdfFormat, parse, parse_query_results

from kg.documents import refuse_deep_json, refuse_deep_xml
from kg.errors import EndpointError, quoted
from kg.knowledge.ask.exchange import Reply
from kg.knowledge.sparql.rows import Rows

ROWS = "application/sparql-results+json, application/sparql-results+xml;q=0.9, application/json;q=0.8"
TRIPLES = "application/n-triples, text/plain;q=0.9"
"""The media types that are asked for. Virtuoso calls N-Triples plain text."""

DEEPEST = 16
"""Brackets or elements that may stand within one another; rows of the content have five."""

_JSON = frozenset({"application/json", "application/javascript", "text/json", "text/javascript"})
_XML = frozenset({"application/sparql-results+xml", "application/xml", "text/xml"})
_TRIPLES = frozenset({"application/n-triples", "application/x-ntriples", "text/n-triples", "text/ntriples"})
_UNSAID = frozenset({"", "text/plain", "application/octet-stream"})
"""Media types that say nothing: the document itself is looked at."""

_MOST_NESTED = 64
"""Signs of a statement within another, ``<<``, in all triples together; labels may hold some."""

_MARK = b"\xef\xbb\xbf"
_CHARSETS = re.compile(r"us-ascii|latin-?1|iso-8859-\d{1,2}|windows-125\d|utf-(16|32)(le|be)?", re.IGNORECASE)
_SPARQL = "{http://www.w3.org/2005/sparql-results#}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def read_rows(reply: Reply, query: str) -> Rows:
    """Read rows.

    Args:
        reply: What the endpoint sent.
        query: The query that it was sent for.

    Returns:
        The rows.

    Raises:
        EndpointError: It sent something else, or what cannot be read.
    """
    try:
        rows = _rows_of(_results(reply), query)
    except EndpointError:
        raise
    except (SyntaxError, ValueError, expat.ExpatError, LookupError) as error:
        cause = quoted(error, 120)[1:-1]
        raise reply.failure(
            f"sent rows that cannot be read ({cause}); try again or check the server"
        ) from error.with_traceback(None)
    if rows is None:
        raise reply.failure("answered yes or no instead of rows; check the server")
    return rows


def read_triples(reply: Reply) -> frozenset[Quad] | None:
    """Read triples.

    Args:
        reply: What the endpoint sent.

    Returns:
        The triples; None where the endpoint has them in another form only.

    Raises:
        EndpointError: It sent what cannot be read.
    """
    if reply.refused or reply.kind not in _TRIPLES | _UNSAID:
        return None
    try:
        document = _utf8(reply)
        if document.count(b"<<") > _MOST_NESTED:
            raise reply.failure(
                "sent statements about statements, which no guideline holds; name the graph of the guideline"
            )
        return frozenset(parse(document, format=RdfFormat.N_TRIPLES))
    except EndpointError:
        raise
    except (SyntaxError, ValueError) as error:
        cause = quoted(error, 120)[1:-1]
        raise reply.failure(f"sent triples that cannot be read ({cause}); try again or check the server") from error


def _rows_of(document: bytes, query: str) -> Rows | None:
    """The rows of a JSON document. Solutions stay in here: they may be given up in the thread that made them only."""
    solutions = parse_query_results(document, format=QueryResultsFormat.JSON)
    return Rows.of(solutions, {}, query) if isinstance(solutions, QuerySolutions) else None


def _results(reply: Reply) -> bytes:
    """The rows as JSON that is not nested too deep."""
    if reply.refused:
        raise reply.failure("has the answer in no form that is read here (HTTP 406); let it send JSON")
    begins = reply.body.removeprefix(_MARK).lstrip()[:1]
    if reply.kind in _JSON or reply.kind.endswith("+json") or (reply.kind in _UNSAID and begins != b"<"):
        document = _utf8(reply)
        refuse_deep_json(document, f"the endpoint {reply.url}", EndpointError, DEEPEST, "check the server")
        return document
    if reply.kind in _XML or (reply.kind in _UNSAID and b"sparql-results" in reply.body[:1000]):
        _check_xml(reply)
        return json.dumps(_from_xml(ElementTree.fromstring(reply.body))).encode()  # noqa: S314 - checked just before
    kind = quoted(reply.kind or "no media type")
    if "html" in reply.kind or b"<html" in reply.body[:1000].lower():
        raise reply.failure(
            f"sent a web page ({kind}) instead of rows; give the address that answers queries, often '.../sparql'"
        )
    cure = "let it send JSON, or check that the address is that of SPARQL"
    raise reply.failure(f"sent {kind} instead of rows as JSON or XML; {cure}")


def _utf8(reply: Reply) -> bytes:
    """The document as UTF-8 without a byte order mark."""
    with suppress(UnicodeDecodeError):
        reply.body.decode()
        return reply.body.removeprefix(_MARK)
    if _CHARSETS.fullmatch(reply.charset):
        return reply.body.decode(reply.charset).removeprefix("\ufeff").encode()
    raise reply.failure("sent a text that is not UTF-8; let it send UTF-8, or name its character set")


def _check_xml(reply: Reply) -> None:
    """Refuse what makes a small document a large one, and what is nested too deep."""
    refuse_deep_xml(reply.body, f"the endpoint {reply.url}", EndpointError, DEEPEST, "check the server")

    def declared(*_: object) -> None:
        raise reply.failure("sent XML with a document type, which no result of SPARQL has; check the server")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = declared
    parser.Parse(reply.body, True)


def _from_xml(root: Element) -> dict[str, object]:
    """SPARQL Query Results XML as the same results in JSON; whether they are complete, its reader decides."""
    results: dict[str, object] = {}
    if (head := root.find(f"{_SPARQL}head")) is not None:
        results["head"] = {"vars": [name.get("name") for name in head.iter(f"{_SPARQL}variable")]}
    if root.tag != f"{_SPARQL}sparql":
        message = f"Expecting <sparql>, found <{root.tag}>"
        raise ValueError(message)
    if (truth := root.find(f"{_SPARQL}boolean")) is not None:
        results["boolean"] = truth.text == "true"
    if (found := root.find(f"{_SPARQL}results")) is not None:
        results["results"] = {"bindings": [dict(_bindings(row)) for row in found.iter(f"{_SPARQL}result")]}
    return results


def _bindings(row: Element) -> Iterator[tuple[str, object]]:
    for binding in row:
        if binding.tag != f"{_SPARQL}binding" or len(binding) != 1:
            message = f"Expecting <binding> of one term, found <{binding.tag}> of {len(binding)}"
            raise ValueError(message)
        term = binding[0]
        kind, text = term.tag.removeprefix(_SPARQL), term.text or ""
        said = {"type": kind, "value": text if kind == "literal" else text.strip()}
        said |= {
            key: value
            for key, value in (("datatype", term.get("datatype")), ("xml:lang", term.get(_LANGUAGE)))
            if value
        }
        yield binding.get("name", ""), said

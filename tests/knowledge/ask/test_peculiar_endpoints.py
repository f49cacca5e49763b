"""Endpoints answer in many ways: what can be read is read the same, and what cannot is refused with the right cure."""

from __future__ import annotations

import json
from typing import Any

import pytest

import kg
from kg.errors import EndpointError
from kg.knowledge.ask.catalogue import questions
from tests.judges.endpoints import Asked, Sent, answered, endpoint, limited, peculiar

READ = (
    "none", "charset", "shouted charset", "application/json", "text/javascript", "plain text", "no kind",
    "XML", "XML as application/xml", "XML as plain text", "Turtle only", "RDF/XML only", "triples not acceptable",
    "gzip", "gzip in two", "deflate", "bare deflate", "byte order mark", "latin-1", "UTF-16", "typed", "CR LF",
    "a triple twice", "GET only", "limit", "limit and 206", "limit in silence", "limit of triples",
    "columns turned round", *(f"redirect-{status}" for status in (301, 302, 303, 307, 308)),
)  # fmt: skip

REFUSED = {
    "circle": "redirects in a circle; give the address",
    "nowhere": "redirects to nowhere; give the address",
    "no address": r"redirects to 'http://\[/', which is no address; give",
    "basic": "asks for a user name and password; give them as .* NEXTSTUDY_PASSWORD",
    "digest": "asks for a password by 'digest', which is not spoken here; let it take basic",
    "web page": r"sent a web page \('text/html'\) instead of rows; give the address that answers queries",
    "web page without a kind": "sent a web page .* instead of rows; give the address that answers queries",
    "nothing": r"sent nothing \(HTTP 204\); check that the address is that of SPARQL queries",
    "neither": "takes a query neither by POST nor by GET .*; check that the address",
    "put off": "put the query off .*; give the address",
    "not acceptable": "has the answer in no form that is read here .*; let it send JSON",
    "CSV only": "sent 'text/csv' instead of rows as JSON or XML; let it send JSON, or check",
    "rows of nothing": "sent rows that name no Topic; check the server",
    "other columns": r"was asked for the columns .* and sent 'x[a-z]+'.*; check the server",
    "time is up": "sent a partial result, for its time was up; raise its time limit",
    "time is up by state": "sent a partial result, for its time was up; raise its time limit",
    "brotli": "packed as 'br'; let it send gzip",
    "gzip in name": "sent an answer that is not gzip as it says; check the server",
    "gzip cut": r"broke off \(the packed answer has no end\); .* \(1 try\)",
    "another charset": "sent a text that is not UTF-8; let it send UTF-8",
    "cut": r"broke off \(100 bytes are missing\)",
    "cut in silence": "sent rows that cannot be read",
    "XML cut": "sent rows that cannot be read",
    "limit of none": "may send no rows at all; raise its limit on results",
    "limit without pages": "sends . rows at once and does not go on where they end; raise its limit",
    "limit and other rows": "sends other rows in pages than at once; raise its limit",
    "limit without LIMIT": "sends . rows at once and does not go on where they end; raise its limit",
}


@pytest.mark.parametrize("quirk", READ)
def test_what_can_be_read_is_read_the_same(quirk: str, guide: kg.Guide) -> None:
    expected = guide.ask("ratings-of-topic", topic="low-back-pain")
    with endpoint(peculiar(guide.core.lookup.store, quirk)) as (url, _):
        remote = kg.remote(url, attempts=1)
        assert remote.ask("ratings-of-topic", topic="low-back-pain") == expected
        pulled = remote.content()
    whole = {str(quad.triple) for quads in pulled.graphs.values() for quad in quads}
    assert whole == {str(quad.triple) for quad in guide.core.lookup.store}


@pytest.mark.parametrize("quirk", REFUSED)
def test_what_cannot_be_read_is_refused_with_its_cure(quirk: str, guide: kg.Guide) -> None:
    with endpoint(peculiar(guide.core.lookup.store, quirk)) as (url, _):
        with pytest.raises(EndpointError, match=REFUSED[quirk]) as caught:
            kg.remote(url, attempts=1).ask("ratings-of-topic", topic="low-back-pain")
        if quirk not in (
            "limit without pages",
            "limit without LIMIT",
            "limit and other rows",
        ):  # of rows; the triples come at once
            with pytest.raises(EndpointError):
                kg.remote(url, attempts=1).content()
    sentence = str(caught.value)
    assert sentence.startswith(f"the endpoint {url} ")
    assert sentence.count("the endpoint") == 1
    assert ";" in sentence, "a cure"
    assert sentence.isprintable()


def test_the_method_that_is_taken_is_remembered(guide: kg.Guide) -> None:
    with endpoint(peculiar(guide.core.lookup.store, "GET only")) as (url, seen):
        remote = kg.remote(f"{url}?key=1&key=2")
        assert remote.ask("topics") == guide.ask("topics")
        remote.ask("topics")
    assert [asked.method for asked in seen] == ["POST", *["GET"] * (len(seen) - 1)]
    assert all(asked.path.startswith("/sparql?key=1&key=2") and asked.path.count("?") == 1 for asked in seen)


def test_a_redirect_that_carries_the_query_is_followed_as_it_is(guide: kg.Guide) -> None:
    """A server that adds a slash sends the query back in the address."""

    def respond(asked: Asked) -> Sent:
        if asked.path.startswith("/sparql/?"):
            return answered(guide.core.lookup.store, asked.query)
        where = asked.path.replace("/sparql?", "/sparql/?", 1)
        return Sent(status=301, headers={"Location": where}) if asked.method == "GET" else Sent(status=405)

    with endpoint(respond) as (url, seen):
        assert kg.remote(url).ask("topics") == guide.ask("topics")
    assert all(asked.path.count("query=") <= 1 for asked in seen)


def test_pages_make_the_same_rows_of_every_question(guide: kg.Guide) -> None:
    """Whatever the limit cuts through; rows that the question does not order come in one order on all pages."""
    store, differ = guide.core.lookup.store, []
    for question in questions():
        if question.about_a_case:
            continue
        examples: dict[str, Any] = {parameter.name: parameter.example for parameter in question.parameters}
        expected = guide.ask(question.name, **examples)
        limit = max(1, len(expected) * 2 // 5)
        with endpoint(lambda asked, limit=limit: limited(store, asked.query, limit, {})) as (url, seen):  # type: ignore[misc]
            remote = kg.remote(url)
            remote._resolve = guide.core.lexicon.resolve  # type: ignore[method-assign]
            if remote.ask(question.name, **examples) != expected:
                differ.append(question.name)
            assert len(seen) > 1 or not len(expected), "how many there are was asked"
    assert not differ


@pytest.mark.parametrize("given", ["", "many", "-1", "1.5", "1e3", "\u0663", "9" * 5000, "22\x1b[2J"])
def test_a_count_that_is_none_is_refused(given: str) -> None:
    body = {"head": {"vars": ["count"]}, "results": {"bindings": [{"count": {"type": "literal", "value": given}}]}}
    said = r"asked how many triples it holds and answered .*, not one number"
    with (
        endpoint(lambda _: Sent(json.dumps(body).encode())) as (url, _),
        pytest.raises(EndpointError, match=said) as no,
    ):
        kg.load(url)
    assert str(no.value).isprintable()


@pytest.mark.parametrize("rows", ["", "{},", '{"count": {"type": "literal", "value": "5"}},' * 2])
@pytest.mark.parametrize("column", ["count", "n"])
def test_a_count_is_one_row(rows: str, column: str) -> None:
    body = f'{{"head": {{"vars": ["count"]}}, "results": {{"bindings": [{rows.rstrip(",")}]}}}}'.replace(
        "count", column
    )
    said = "not one number|was asked for the columns 'count' and sent 'n'"
    with endpoint(lambda _: Sent(body.encode())) as (url, _), pytest.raises(EndpointError, match=said):
        kg.load(url)

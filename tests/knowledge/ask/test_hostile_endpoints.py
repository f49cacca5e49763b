"""An endpoint that means harm learns no password, holds nobody up, fills no memory and ends no process."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

import kg
from kg.errors import EndpointError, ParameterError
from kg.knowledge.ask import exchange
from kg.knowledge.ask.endpoint import Endpoint
from tests.judges.endpoints import JSON, TRIPLES, XML, Asked, Sent, answered, endpoint

EMPTY = Sent(b'{"head": {"vars": ["topic"]}, "results": {"bindings": []}}')
ONE = b'{"head": {"vars": ["count"]}, "results": {"bindings": [{"count": {"type": "literal", "value": "1"}}]}}'


def remote(url: str) -> Endpoint:
    return kg.remote(url, user="ann", password="s3cret")  # noqa: S106 - of nobody


def unused(_: Asked) -> Sent:
    raise AssertionError


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "where",
    [
        "http://localhost:{port}/",
        "//localhost:{port}/sparql",
        "http://127.0.0.1:{port}/",
        "https://127.0.0.1:{own}/sparql",
        "http://LOCALHOST:{own}/sparql",
        "http://127.0.0.1/sparql",
    ],
)
def test_a_redirect_to_another_host_or_port_is_refused(status: int, where: str) -> None:
    with endpoint(lambda _: EMPTY) as (thief, stolen):

        def respond(asked: Asked) -> Sent:
            own = asked.headers["Host"].partition(":")[2]
            target = where.format(port=thief.split(":")[2].partition("/")[0], own=own)
            return Sent(status=status, headers={"Location": target})

        with endpoint(respond) as (url, seen):
            with pytest.raises(
                EndpointError, match="another host or port, which was not asked; give that address"
            ) as no:
                remote(url).ask("topics")
            assert len(seen) == 1
    assert not stolen
    assert "s3cret" not in str(no.value)


@pytest.mark.parametrize(
    "where", ["http://ann:b@127.0.0.1:1/", "file:///x", "ftp://x/", "http://\u202e/", "http://a b/", "http://x:0/"]
)
def test_a_redirect_to_what_is_no_address_is_refused(where: str) -> None:
    location = where.encode().decode("latin-1")
    with endpoint(lambda _: Sent(status=302, headers={"Location": location})) as (url, seen):
        with pytest.raises(EndpointError, match="which is no address; give the address that answers queries") as no:
            remote(url).ask("topics")
        assert len(seen) == 1
    assert str(no.value).isprintable()


def test_a_redirect_within_the_host_keeps_the_password(guide: kg.Guide) -> None:
    def respond(asked: Asked) -> Sent:
        if asked.path == "/sparql":
            return Sent(status=308, headers={"Location": "/moved"})
        return answered(guide.core.lookup.store, asked.query)

    with endpoint(respond) as (url, seen):
        assert remote(url).ask("topics") == guide.ask("topics")
    assert {asked.headers["Authorization"] for asked in seen} == {"Basic YW5uOnMzY3JldA=="}


def test_redirects_without_end_are_refused() -> None:
    with endpoint(lambda asked: Sent(status=307, headers={"Location": f"{asked.path}x"})) as (url, seen):
        with pytest.raises(EndpointError, match="redirects again and again; give the address"):
            kg.remote(url).ask("topics")
        assert len(seen) < 12


def drip(part: bytes, head: bytes = b"") -> Callable[[BaseHTTPRequestHandler], None]:
    def raw(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        end = time.monotonic() + 3
        while time.monotonic() < end:
            handler.wfile.write(part)
            time.sleep(0.02)

    return raw


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"
SLOW = {
    "status": drip(b"H"),
    "continue": drip(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "head": drip(b"X: a\r\n", b"HTTP/1.1 200 OK\r\n"),
    "line of the head": drip(b"a", b"HTTP/1.1 200 OK\r\nX: "),
    "body": drip(b" ", HEAD + b"\r\n"),
    "body of a length": drip(b" ", HEAD + b"Content-Length: 100000\r\n\r\n"),
    "chunks": drip(b"1\r\n \r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
    "line of a chunk": drip(b"0", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
    "trailer": drip(b"X: a\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"),
    "redirect": drip(b"X: a\r\n", b"HTTP/1.1 307 Moved\r\nLocation: /x\r\n"),
}


@pytest.mark.parametrize("part", SLOW)
def test_one_deadline_for_all_of_an_answer(part: str) -> None:
    begun = time.monotonic()
    with endpoint(unused, SLOW[part]) as (url, _):
        with pytest.raises(EndpointError, match=r"did not answer within 0\.3 seconds; try later or allow more time"):
            kg.remote(url, timeout=0.3).ask("topics")
        assert time.monotonic() - begun < 1


def test_further_tries_share_the_deadline() -> None:
    begun = time.monotonic()
    with endpoint(lambda _: Sent(status=503)) as (url, _), pytest.raises(EndpointError, match=r"not ready .* \(. tr"):
        kg.remote(url, timeout=0.5, attempts=50).ask("topics")
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_time_that_is_none_is_refused(timeout: float) -> None:
    with pytest.raises(ParameterError, match="give seconds above 0 and up to 86400"):
        kg.remote("http://localhost/", timeout=timeout)


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(100_000):
        handler.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


@pytest.mark.parametrize("kind", ["endless", "large", "bomb", "bomb in parts"])
def test_an_answer_has_a_largest_size(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "LARGEST", 1_000_000)
    packed = {"Content-Encoding": "gzip"}
    sent = {
        "large": Sent(b" " * 1_000_001),
        "bomb": Sent(gzip.compress(b" " * 100_000_000), headers=packed),
        "bomb in parts": Sent(gzip.compress(b" " * 600_000) * 2, headers=packed),
    }
    server = endpoint(lambda _: sent[kind], endless if kind == "endless" else None)
    with server as (url, _), pytest.raises(EndpointError, match="sent more than 1000000 bytes; name the graph"):
        kg.remote(url).ask("topics")


@pytest.mark.parametrize(
    "head",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000,
    ],
)
def test_what_is_no_http_is_refused(head: bytes) -> None:
    def raw(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)

    said = r"does not speak HTTP .*; check its address"
    with endpoint(unused, raw) as (url, _), pytest.raises(EndpointError, match=said):
        kg.remote(url).ask("topics")


DEEP = 100_000
NESTED = {
    "JSON triples": Sent(b'{"results":{"bindings":[{"a":' + b'{"type":"triple","value":{"subject":' * DEEP),
    "JSON lists": Sent(b"[" * DEEP + b"]" * DEEP),
    "JSON after a text": Sent(b'{"head":{"vars":["\\"]}}}\\\\"]},"x":' + b'{"a":' * DEEP),
    "XML triples": Sent(b'<sparql xmlns="http://www.w3.org/2005/sparql-results#">' + b"<triple><subject>" * DEEP, XML),
}  # fmt: skip


@pytest.mark.parametrize("kind", NESTED)
def test_nested_rows_are_refused_before_they_are_parsed(kind: str) -> None:
    with (
        endpoint(lambda _: NESTED[kind]) as (url, _),
        pytest.raises(EndpointError, match=r"nested too deeply, more than 16 .*; check the server"),
    ):
        kg.remote(url).ask("topics")


@pytest.mark.parametrize("before", [b"", b'# "\n', b'<a:a> <a:b> "\\"" .\n'])
def test_nested_triples_are_refused_before_they_are_parsed(before: bytes) -> None:
    body = before + b"<a:a> <a:b> " + b"<<( <a:a> <a:b> " * DEEP + b"<a:c>" + b" )>>" * DEEP + b" .\n"
    server = endpoint(lambda asked: Sent(body, TRIPLES) if "CONSTRUCT" in asked.query else Sent(ONE))
    with server as (url, _), pytest.raises(EndpointError, match="sent statements about statements"):
        kg.load(url)


ROWS = b'{"head":{"vars":["topic"]},"results":{"bindings":[%s]}}'
STRANGE = {
    "no head": b'{"results":{"bindings":[]}}',
    "no results": b'{"head":{"vars":[]}}',
    "a list": b"[]",
    "nothing": b"",
    "an error": b'{"error":"\x1b[2J"}',
    "bindings of another type": b'{"head":{"vars":["topic"]},"results":{"bindings":{}}}',
    "a row of another type": ROWS % b"5",
    "a term of another type": ROWS % b'{"topic":5}',
    "a null": ROWS % b'{"topic":null}',
    "an unknown type": ROWS % b'{"topic":{"type":"blob","value":"x"}}',
    "no type": ROWS % b'{"topic":{"value":"x"}}',
    "no value": ROWS % b'{"topic":{"type":"literal"}}',
    "a number": ROWS % b'{"topic":{"type":"literal","value":5}}',
    "no IRI": ROWS % b'{"topic":{"type":"uri","value":"x y"}}',
    "a variable that is not declared": ROWS % b'{"other":{"type":"literal","value":"x"}}',
    "more after it": ROWS % b"" + b"{}",
    "half a sign": ROWS % b'{"topic":{"type":"literal","value":"\\ud800"}}',
    "no UTF-8": ROWS % b'{"topic":{"type":"literal","value":"\xff"}}',
}
TERM = b'<sparql xmlns="%%s"><head><variable name="topic"/></head><results><result><binding name="topic">%s'
END = b"</binding></result></results></sparql>"
STRANGE_XML = {
    "another root": b"<results/>",
    "no namespace": b"<sparql><head/><results/></sparql>",
    "no rows": b'<sparql xmlns="%s"><head/></sparql>',
    "an entity": b'<!DOCTYPE s [<!ENTITY a "aaaa">]><sparql xmlns="%s"><head/><results/></sparql>',
    "a file": b'<!DOCTYPE s SYSTEM "file:///etc/passwd"><sparql xmlns="%s"><head/><results/></sparql>',
    "an unknown encoding": b'<?xml version="1.0" encoding="none"?><sparql xmlns="%s"><head/><results/></sparql>',
    "an unknown term": TERM % b"<blob/>" + END,
    "two terms": TERM % b"<uri>a:b</uri><uri>a:b</uri>" + END,
    "no name": b'<sparql xmlns="%s"><head><variable/></head><results/></sparql>',
    "cut": b'<sparql xmlns="%s"><head><variable name="topic"/></head><results><result>',
}  # fmt: skip


@pytest.mark.parametrize("kind", [*STRANGE, *STRANGE_XML])
def test_strange_rows_are_refused_in_one_sentence(kind: str) -> None:
    xml = STRANGE_XML.get(kind, b"").replace(b"%s", b"http://www.w3.org/2005/sparql-results#")
    with endpoint(lambda _: Sent(xml, XML) if xml else Sent(STRANGE[kind], JSON)) as (url, seen):
        with pytest.raises(EndpointError, match=r"; (try again or )?(check|let it)") as no:
            kg.remote(url).ask("topics")
        assert len(seen) == 1
    assert str(no.value).isprintable()
    assert "passwd" not in str(no.value)


def test_pages_without_end_are_given_up() -> None:
    """A server that makes up a new row for each page."""

    def respond(asked: Asked) -> Sent:
        start = asked.query.rpartition("OFFSET ")[2].strip() if "OFFSET" in asked.query else "0"
        row = {"topic": {"type": "uri", "value": f"a:{start}"}}
        return Sent(json.dumps({"head": {"vars": ["topic"]}, "results": {"bindings": [row]}}).encode())

    said = r"did not answer within 0\.5 seconds; try later"
    with endpoint(respond) as (url, seen), pytest.raises(EndpointError, match=said):
        kg.remote(url, timeout=0.5).ask("topics")
    assert len(seen) > 2

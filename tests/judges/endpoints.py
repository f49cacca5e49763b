"""SPARQL endpoints of the tests' own, on loopback: they hold the guideline and answer with one peculiarity each."""

from __future__ import annotations

import gzip
import json
import re
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Store, serialize

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
TRIPLES = "application/n-triples"


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


@dataclass
class Sent:
    """An answer as it goes out."""

    body: bytes = b""
    kind: str | None = JSON
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    more: int = 0
    """Bytes that are promised and do not come."""


Respond = Callable[[Asked], Sent]
Raw = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def endpoint(respond: Respond, raw: Raw | None = None) -> Iterator[tuple[str, list[Asked]]]:
    """Run a server; yield its address and what it is asked. With ``raw`` it writes by itself what it likes."""
    seen: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, form: str) -> None:
            asked = Asked(self.command, self.path, parse_qs(form).get("query", [""])[0], dict(self.headers))
            seen.append(asked)
            self.close_connection = True
            with suppress(OSError):  # whoever asked may have left
                if raw:
                    raw(self)
                    return
                sent = respond(asked)
                self.send_response(sent.status)
                if sent.kind is not None:
                    self.send_header("Content-Type", sent.kind)
                for name, value in ({"Content-Length": str(len(sent.body) + sent.more)} | sent.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sparql", seen
    finally:
        server.shutdown()
        server.server_close()


def answered(store: Store, query: str, form: QueryResultsFormat = QueryResultsFormat.JSON) -> Sent:
    """What a good endpoint answers."""
    if not query:
        return Sent(b"no query", "text/plain", 400)
    result = store.query(query)
    if isinstance(result, QuerySolutions):
        return Sent(result.serialize(format=form) or b"", JSON if form == QueryResultsFormat.JSON else XML)
    return Sent(serialize(result, format=RdfFormat.N_TRIPLES) or b"", TRIPLES)  # type: ignore[arg-type]


def limited(store: Store, query: str, limit: int, headers: Mapping[str, str], status: int = 200) -> Sent:
    """What an endpoint answers that sends no more rows than its limit."""
    sent = answered(store, query)
    if sent.kind == JSON:
        document = json.loads(sent.body)
        if len(document["results"]["bindings"]) > limit:
            document["results"]["bindings"] = document["results"]["bindings"][:limit]
            return Sent(json.dumps(document).encode(), JSON, status, dict(headers))
    return sent


def renamed(sent: Sent, change: Callable[[list[str]], list[str]]) -> Sent:
    """The same rows with their columns in another order, or by other names."""
    document = json.loads(sent.body)
    before = document["head"]["vars"]
    after = change(before)
    if set(after) != set(before):
        names = dict(zip(before, after, strict=True))
        rows = document["results"]["bindings"]
        document["results"]["bindings"] = [{names[name]: cell for name, cell in row.items()} for row in rows]
    document["head"]["vars"] = after
    return Sent(json.dumps(document).encode())


def emptied(sent: Sent) -> Sent:
    """As many rows, in which nothing is bound."""
    document = json.loads(sent.body)
    document["results"]["bindings"] = [{} for _ in document["results"]["bindings"]]
    return Sent(json.dumps(document).encode())


def mixed(store: Store, query: str) -> Sent:
    """What an endpoint answers that mixes rows up when it sends them in pages."""
    sent = limited(store, query, 20, {})
    return Sent(sent.body.replace(b"Usually", b"Rarely"))


def peculiar(store: Store, quirk: str) -> Respond:
    """What an endpoint with a peculiarity answers."""

    def respond(asked: Asked) -> Sent:
        query, kind = asked.query, asked.headers.get("Authorization", "").partition(" ")[0]
        if (redirect := re.fullmatch(r"redirect-(\d+)", quirk)) and "/moved" not in asked.path:
            return Sent(kind=None, status=int(redirect[1]), headers={"Location": "/moved?key=1"})
        before = {
            "circle": Sent(status=307, headers={"Location": "/sparql"}),
            "nowhere": Sent(status=302),
            "no address": Sent(status=302, headers={"Location": "http://[/"}),
            "basic": Sent(kind=None, status=401, headers={"WWW-Authenticate": 'Basic realm="x"'}),
            "digest": Sent(kind=None, status=401, headers={"WWW-Authenticate": 'Digest realm="x", nonce="y"'}),
            "web page": Sent(b"<!DOCTYPE html><html>", "text/html; charset=UTF-8"),
            "web page without a kind": Sent(b"<html>", None),
            "nothing": Sent(kind=None, status=204),
            "neither": Sent(status=405),
            "put off": Sent(status=202),
            "not acceptable": Sent(status=406),
            "CSV only": Sent(b"a,b\r\n", "text/csv"),
            "time is up": Sent(b"{}", headers={"X-SPARQL-Anytime": "timeout=1000; max_timeout=1000"}),
            "time is up by state": Sent(b"{}", headers={"X-SQL-State": "S1TAT"}),
        }
        if quirk in before and not (quirk == "basic" and kind == "Basic"):
            return before[quirk]
        if (quirk, asked.method) in {("GET only", "POST"), ("POST only", "GET")}:
            return Sent(status=405)
        xml = quirk.startswith("XML")
        sent = answered(store, query, QueryResultsFormat.XML if xml else QueryResultsFormat.JSON)
        rows = sent.kind in (JSON, XML)
        text = sent.body.decode()
        after: dict[str, Callable[[], Sent]] = {
            "charset": lambda: Sent(sent.body, f"{sent.kind};charset=utf-8"),
            "shouted charset": lambda: Sent(sent.body, f'{str(sent.kind).upper()}; Charset="UTF-8"'),
            "application/json": lambda: Sent(sent.body, "application/json" if rows else sent.kind),
            "text/javascript": lambda: Sent(sent.body, "text/javascript" if rows else sent.kind),
            "plain text": lambda: Sent(sent.body, "text/plain"),
            "no kind": lambda: Sent(sent.body, None),
            "XML": lambda: sent,
            "XML as application/xml": lambda: Sent(sent.body, "application/xml" if rows else sent.kind),
            "XML as plain text": lambda: Sent(sent.body, "text/plain"),
            "Turtle only": lambda: sent if rows else Sent(b"<a> <b> <c> .", "text/turtle"),
            "RDF/XML only": lambda: sent if rows else Sent(b"<rdf:RDF/>", "application/rdf+xml"),
            "triples not acceptable": lambda: sent if rows else Sent(status=406),
            "gzip": lambda: Sent(gzip.compress(sent.body), sent.kind, headers={"Content-Encoding": "gzip"}),
            "gzip in two": lambda: Sent(
                gzip.compress(sent.body[:9]) + gzip.compress(sent.body[9:]),
                sent.kind,
                headers={"Content-Encoding": "GZIP"},
            ),
            "deflate": lambda: Sent(zlib.compress(sent.body), sent.kind, headers={"Content-Encoding": "deflate"}),
            "bare deflate": lambda: Sent(
                zlib.compress(sent.body, wbits=-15), sent.kind, headers={"Content-Encoding": "deflate"}
            ),
            "brotli": lambda: Sent(sent.body, sent.kind, headers={"Content-Encoding": "br"}),
            "gzip in name": lambda: Sent(sent.body, sent.kind, headers={"Content-Encoding": "gzip"}),
            "gzip cut": lambda: Sent(gzip.compress(sent.body)[:-9], sent.kind, headers={"Content-Encoding": "gzip"}),
            "byte order mark": lambda: Sent(b"\xef\xbb\xbf" + sent.body, sent.kind),
            "latin-1": lambda: Sent(text.encode("latin-1"), f"{sent.kind}; charset=iso-8859-1") if rows else sent,
            "UTF-16": lambda: Sent(text.encode("utf-16"), f"{sent.kind}; charset=utf-16"),
            "another charset": lambda: Sent(text.encode("utf-16"), f"{sent.kind}; charset=unicode_escape"),
            "cut": lambda: Sent(sent.body, sent.kind, more=100),
            "cut in silence": lambda: Sent(sent.body[: len(sent.body) * 7 // 10], sent.kind),
            "XML cut": lambda: Sent(sent.body[: len(sent.body) * 7 // 10], sent.kind),
            "columns turned round": lambda: renamed(sent, lambda names: names[::-1]) if rows else sent,
            "other columns": lambda: renamed(sent, lambda names: [f"x{name}" for name in names]) if rows else sent,
            "rows of nothing": lambda: emptied(sent) if rows else sent,
            "typed": lambda: Sent(text.replace('"type":"literal"', '"type":"typed-literal"').encode(), sent.kind),
            "CR LF": lambda: Sent(text.replace("\n", "\r\n").encode(), sent.kind),
            "a triple twice": lambda: (
                sent if rows else Sent(sent.body + sent.body.partition(b"\n")[0] + b"\n", sent.kind)
            ),
            "limit": lambda: limited(store, query, 20, {"X-SPARQL-MaxRows": "20"}),
            "limit and 206": lambda: limited(store, query, 20, {"X-SPARQL-MaxRows": "20"}, 206),
            "limit in silence": lambda: limited(store, query, 7, {}),
            "limit of triples": lambda: (
                limited(store, query, 5000, {})
                if rows
                else Sent(b"".join(sent.body.splitlines(True)[:5000]), TRIPLES, headers={"X-SPARQL-MaxRows": "5000"})
            ),
            "limit of one": lambda: limited(store, query, 1, {}),
            "limit of none": lambda: limited(store, query, 0, {"X-SPARQL-MaxRows": "0"}),
            "limit without pages": lambda: limited(store, re.sub(r"OFFSET \d+", "", query), 20, {}),
            "limit and other rows": lambda: (
                limited(store, query, 20, {}) if "STR(" not in query else mixed(store, query)
            ),
            "limit without LIMIT": lambda: answered(store, re.sub(r"LIMIT \d+ OFFSET \d+", "LIMIT 20", query)),
        }
        return after.get(quirk, lambda: sent)()

    return respond

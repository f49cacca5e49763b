"""An endpoint that misbehaves gives one clear error, and nothing sent to an endpoint contains a fact of a patient."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from pyoxigraph import QueryResultsFormat, QuerySolutions, QueryTriples, RdfFormat, serialize

import kg
from kg.command.verbs import main as command
from kg.errors import EndpointError, KgError, ParameterError
from kg.knowledge.ask.catalogue import questions
from kg.knowledge.sparql.rows import Rows
from tests.conftest import ROOT

ROWS = "application/sparql-results+json"
EMPTY = b'{"head": {"vars": ["topic"]}, "results": {"bindings": []}}'

Respond = Callable[[BaseHTTPRequestHandler, str], None]


class Server:
    """A local server; it remembers every byte that was sent to it."""

    def __init__(self, respond: Respond) -> None:
        self.seen: list[str] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                seen.append(f"{self.path}\n{self.headers}\n{body}")
                respond(self, parse_qs(body)["query"][0])

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/sparql"

    def __enter__(self) -> Server:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def send(handler: BaseHTTPRequestHandler, body: bytes, kind: str = ROWS, status: int = 200, more: int = 0) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body) + more))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def always(body: bytes, kind: str = ROWS, status: int = 200, more: int = 0) -> Iterator[Server]:
    with Server(lambda handler, _: send(handler, body, kind, status, more)) as server:
        yield server


@pytest.mark.parametrize(
    ("answer", "sentence", "tries"),
    [
        ((EMPTY, ROWS, 206), "partial result", 1),
        ((b"<html>", "text/html"), "instead of", 1),
        ((b"{", ROWS), "cannot be read", 1),
        ((b'{"head": {}, "boolean": true}', ROWS), "yes or no", 1),
        ((EMPTY, ROWS, 200, 10), "broke off", 3),
        ((b"", ROWS, 400), "SPARQL 1.1", 1),
        ((b"", ROWS, 401), "user name and password", 1),
        ((b"", ROWS, 403), "refuses", 1),
        ((b"", ROWS, 404), "is not there", 1),
        ((b"", ROWS, 500), "HTTP 500", 1),
        ((b"", ROWS, 503), "not ready", 3),
    ],
)
def test_one_clear_error(answer: tuple[bytes, str], sentence: str, tries: int) -> None:
    with always(*answer) as server, pytest.raises(EndpointError, match=sentence) as caught:
        kg.remote(server.url).ask("topics")
    assert server.url in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(server.seen) == tries


def test_an_endpoint_that_is_down() -> None:
    with always(EMPTY) as server:
        pass
    with pytest.raises(EndpointError, match=r"cannot be reached .*3 tries"):
        kg.remote(server.url).ask("topics")


@pytest.mark.parametrize("pause", ["before", "between"])
def test_an_endpoint_that_is_slow(pause: str) -> None:
    """Also one that sends something now and then, but never all of it."""

    def drip(handler: BaseHTTPRequestHandler, _: str) -> None:
        if pause == "before":
            time.sleep(2)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", ROWS)
        handler.end_headers()
        for _part in range(25):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return
            time.sleep(0.1)

    started = time.monotonic()
    with Server(drip) as server, pytest.raises(EndpointError, match="within 1 seconds"):
        kg.remote(server.url, timeout=1).ask("topics")
    assert time.monotonic() - started < 5


def test_a_passing_failure_passes() -> None:
    calls = iter((503, 200))
    with Server(lambda handler, _: send(handler, EMPTY, status=next(calls))) as server:
        assert kg.remote(server.url).ask("topics") == Rows(("topic", "title", "edition", "rights"), ())


def test_a_password_is_sent_and_never_shown() -> None:
    with always(b"", ROWS, 401) as server, pytest.raises(EndpointError) as caught:
        kg.remote(server.url, user="ann", password="secret").ask("topics")  # noqa: S106
    assert "Authorization: Basic YW5uOnNlY3JldA==" in server.seen[0]
    assert "secret" not in str(caught.value)
    with pytest.raises(EndpointError, match="without a password"):
        kg.remote("http://ann:secret@localhost/sparql")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://host/x", "sparql", "http://", "", "http://[bad", "http://host:port/sparql"]
)
def test_only_the_web(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(EndpointError):
        kg.remote(url)
    assert command(["ask", "topics", "--endpoint", url]) == 2
    assert "needs an http(s) URL" in capsys.readouterr().err


def test_a_graph_is_one_of_an_endpoint(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["ask", "topics", "--graph", ""]) == 2
    assert "with --endpoint" in capsys.readouterr().err
    for content in (None, ROOT / "ontology"):
        with pytest.raises(ParameterError, match="graph names a graph of an endpoint"):
            kg.load(content, graph="https://example.org/graph")


def served(guide: kg.Guide, drop: int = 0) -> Respond:
    """An endpoint that holds the guideline; without some triples of it, when it is asked for all."""
    store = guide.core.lookup.store

    def respond(handler: BaseHTTPRequestHandler, query: str) -> None:
        result = store.query(query)
        if isinstance(result, QueryTriples):
            triples = list(result)[drop:]
            send(handler, serialize(triples, format=RdfFormat.N_TRIPLES) or b"", "application/n-triples")
        elif isinstance(result, QuerySolutions):
            send(handler, result.serialize(format=QueryResultsFormat.JSON) or b"")

    return respond


def test_no_fact_of_a_patient_goes_to_an_endpoint(guide: kg.Guide) -> None:
    case = kg.Case.read(ROOT / "examples" / "abnormal-radiograph.json")
    with Server(served(guide)) as server:
        pulled = kg.load(server.url, graph="https://w3id.org/nextstudy/graph/built")
        assert len(server.seen) == 2, "how many triples, and the triples"
        assert pulled.assess(case) == guide.assess(case)
        pulled.why(case, "abnormal-radiograph")
        pulled.pathway(case, 1)
        for question in questions():
            if question.about_a_case:
                assert pulled.ask(question.name, case=case) == guide.ask(question.name, case=case)
                with pytest.raises(ParameterError, match="no fact about a patient"):
                    kg.remote(server.url).ask(question.name)
        assert len(server.seen) == 2, "nothing more was sent"
    wire = "".join(server.seen)
    for word in (*case.present, *case.measured, *(word for study in case.performed for word in study.present)):
        assert word not in wire


def test_what_is_incomplete_is_not_assessed_with(guide: kg.Guide) -> None:
    with Server(served(guide, drop=1)) as server, pytest.raises(EndpointError, match="raise its limit"):
        kg.load(server.url)


def test_a_word_is_looked_up_at_the_endpoint(guide: kg.Guide) -> None:
    with Server(served(guide)) as server:
        remote = kg.remote(server.url)
        asked = remote.ask("ratings-of-topic", topic="thoracic-back-pain")
        assert asked == guide.ask("ratings-of-topic", topic="thoracic-back-pain")
        with pytest.raises(KgError, match="is not a Topic at"):
            remote.ask("ratings-of-topic", topic="} UNION {")

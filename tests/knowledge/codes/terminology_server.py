"""A small stand-in for a FHIR terminology server on loopback.

It is no terminology server: it knows a handful of invented kinds, and speaks ``ValueSet/$expand`` of implicit value
sets of SNOMED CT as FHIR R4 says: paging by ``offset`` and ``count``, 404 for an unknown code, an OperationOutcome for
what it refuses. It keeps every address that was asked for, so that a test can see what was sent.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ISA = "http://snomed.info/sct?fhir_vs=isa/"


@contextmanager
def terminology_server(kinds: Mapping[str, list[str]], *, failing: str = "") -> Iterator[tuple[str, list[str]]]:
    """Run the stand-in.

    Args:
        kinds: The kinds of each code that it knows.
        failing: How it fails: ``"costly"``, ``"html"``, ``"redirect"``, ``"empty"``; empty if it works.

    Yields:
        Its base address, and the addresses that were asked for so far.
    """
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            """Answer ``$expand``."""
            asked.append(self.path)
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            code = query.get("url", "").removeprefix(ISA)
            if failing == "redirect":
                self.send_response(302)
                self.send_header("Location", "http://192.0.2.1/elsewhere")
                self.end_headers()
            elif failing == "html":
                self._send(200, b"<html></html>")
            elif failing == "costly":
                self._outcome(500, "too-costly")
            elif failing == "empty":
                self._send(200, b'{"resourceType": "Bundle"}')
            elif not urlsplit(self.path).path.endswith("/ValueSet/$expand") or code not in kinds:
                self._outcome(404, "not-found")
            else:
                self._expand([code, *kinds[code]], int(query.get("offset", 0)), int(query.get("count", 100)))

        def _expand(self, every: list[str], offset: int, count: int) -> None:
            here = [
                {"system": "http://snomed.info/sct", "code": code} for code in every[offset : offset + min(count, 2)]
            ]
            expansion = {"total": len(every), "offset": offset, "contains": here}
            self._send(200, json.dumps({"resourceType": "ValueSet", "expansion": expansion}).encode())

        def _outcome(self, status: int, code: str) -> None:
            issue: list[Any] = [{"severity": "error", "code": code}]
            self._send(status, json.dumps({"resourceType": "OperationOutcome", "issue": issue}).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/fhir", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

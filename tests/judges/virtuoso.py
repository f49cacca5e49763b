"""Starts a Virtuoso for the tests: on loopback only, in a folder that is removed afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from pyoxigraph import Quad, RdfFormat, serialize

GRAPH = "https://w3id.org/nextstudy/graph/built"
_SETTINGS = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 10000
DirsAllowed = {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
[SPARQL]
ResultSetMaxRows = {rows}
"""


def installed() -> bool:
    """Whether the Debian package virtuoso-opensource is there; in continuous integration its lack is a failure."""
    found = bool(shutil.which("virtuoso-t") and shutil.which("isql-vt"))
    if not found and os.environ.get("CI") == "true":
        pytest.fail("virtuoso-opensource is not installed; .ci/run installs it")
    return found


@contextmanager
def virtuoso(folder: Path, triples: Iterable[Quad], rows: int = 1_000_000) -> Iterator[str]:
    """Run a server that holds some triples in ``GRAPH`` and sends at most ``rows`` rows; yield its address."""
    data = (quad.triple for quad in triples)
    serialize(data, output=str(folder / "content.nt"), format=RdfFormat.N_TRIPLES)
    with serving(folder, {GRAPH: "content.nt"}, rows) as url:
        yield url


@contextmanager
def serving(folder: Path, files: Mapping[str, str], rows: int = 1_000_000) -> Iterator[str]:
    """Run a server that has loaded files of its folder, each into the graph beside it; yield the address."""
    sql, http = _free_ports(2)
    (folder / "virtuoso.ini").write_text(
        _SETTINGS.format(folder=folder, sql=sql, http=http, rows=rows), encoding="utf-8"
    )
    command = ["virtuoso-t", "+foreground", "+configfile", str(folder / "virtuoso.ini")]
    url = f"http://127.0.0.1:{http}/sparql"
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(url, server)
            listed = " ".join(f"ld_dir('{folder}', '{file}', '{graph}');" for graph, file in files.items())
            load = f"{listed} rdf_loader_run(); checkpoint;"
            arguments = ["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", f"exec={load}"]
            subprocess.run(arguments, check=True, capture_output=True, timeout=60)
            yield url
        finally:
            server.terminate()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _wait(url: str, server: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}?query=ASK%7B%7D", timeout=5).close()  # noqa: S310
        except OSError:
            time.sleep(0.2)
        else:
            return
    message = "Virtuoso did not start; see virtuoso.log in its folder"
    raise RuntimeError(message)

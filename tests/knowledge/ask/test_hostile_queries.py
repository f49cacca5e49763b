"""Queries from outside: what calls out, changes data or nests without end is refused, and the rest ends at a limit."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

import kg
from kg.command.verbs import main
from kg.errors import ParameterError, QueryError
from kg.knowledge.ask import own_query
from kg.knowledge.sparql.bounded import CRASH, DEPTH, MEBIBYTE, MEMORY, SIZE, TIME, ExceededError, Limits, bounded
from kg.knowledge.sparql.outside import look_over
from kg.knowledge.sparql.queries import stage
from tests.conftest import ROOT
from tests.judges.hostile import KINDS, NESTED, hostile, listening, tried


def test_a_hundred_hostile_queries(guide: kg.Guide) -> None:
    wrong, ends = tried(guide, "suite", 100, 0.2)
    assert wrong == []
    assert sum(ends.values()) == 100


@pytest.mark.parametrize("shape", NESTED)
def test_no_nesting_ends_the_process(guide: kg.Guide, shape: str) -> None:
    before, opens, within, closes, after = NESTED[shape]
    with pytest.raises(QueryError) as refusal:
        guide.query(f"{before}{opens * 20_000}{within}{closes * 20_000}{after}", timeout=2)
    assert "\n" not in str(refusal.value)


CALLS = {
    "plain": "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
    "silent": "SELECT * { service silent <URL> { ?s ?p ?o } }",
    "glued to a number": "SELECT * { ?s ?p 2SERVICE<URL>{ ?s ?p ?o } }",
    "glued to true": "SELECT * { ?s ?p trueSERVICESILENT<URL>{ ?s ?p ?o } }",
    "glued to a prefix": "PREFIX a: <URL> SELECT * { SERVICEa:b{ ?s ?p ?o } }",
    "behind a comparison that looks like an IRI": "SELECT * { FILTER(1<2)SERVICE#>\n<URL>{ ?s ?p ?o } }",
    "behind a comment that looks like an IRI": "SELECT * { FILTER(1<2#> '''\n) SERVICE <URL> { ?s ?p ?o } } #'''",
    "behind a text of three quotes that is none": 'SELECT * { VALUES ?x {"""a" } SERVICE <URL> { ?s ?p ?o } } #\\q"""',
    "escaped": r"SELECT * { \u0053ERVICE <URL> { ?s ?p ?o } }",
    "by a variable": "SELECT * { VALUES ?url { <URL> } SERVICE ?url { ?s ?p ?o } }",
    "in an option": "SELECT * { OPTIONAL { { SELECT * { SERVICE <URL> { ?s ?p ?o } } } } }",
}


@pytest.mark.parametrize("name", CALLS)
def test_nothing_calls_out(guide: kg.Guide, name: str) -> None:
    with listening() as (url, called):
        with pytest.raises(QueryError):
            guide.query(CALLS[name].replace("URL", url))
        assert called() == 0
    with pytest.raises(QueryError):
        look_over(CALLS[name])  # before any engine reads it


def test_nothing_calls_out_even_if_it_is_overlooked(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_query, "look_over", lambda text: None)
    with listening() as (url, called):
        with pytest.raises(QueryError, match="cannot be answered"):
            guide.query(CALLS["plain"].replace("URL", url))
        assert called() == 0


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service { VALUES ?service { 'SERVICE <x:y> {}' } } # SERVICE FROM LOAD",
        'SELECT ?from { VALUES ?from { """SERVICE "from" INSERT""" } }',
        "PREFIX service: <http://example.org/service#> SELECT * { VALUES ?load { service:SERVICE service:from } }",
        "SELECT * { VALUES (?a ?b) { (<http://a.org/service#SERVICE> <http://a.org/x#from>) } FILTER(?a != ?b) }",
        "SELECT * { VALUES ?a { 1 } FILTER(?a < 2 && 3 > ?a) FILTER(?a<2&&3>?a) }",
        r"SELECT * { VALUES ?a { '\u0053ERVICE \"from\" \\' } }",
        "SELECT * { VALUES ?a { 'x'@en } BIND(STRLEN(?a) AS ?add) }",
        "SELECT * { VALUES ?a { " + " ".join(f"-{n}" for n in range(5_000)) + " } } LIMIT 1",
    ],
)
def test_what_only_looks_hostile_is_answered(guide: kg.Guide, query: str) -> None:
    assert len(guide.query(query)) >= 1


def test_shipped_queries_pass() -> None:
    for name in ("ask", "lookup", "verify", "select", "derive", "build", "prove"):
        for query in stage(name):
            look_over(query.text)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT *\n{ SERVICE <x:y> {} }", "names SERVICE at line 2, .*leave it out"),
        ("SELECT * FROM <x:y> {}", "names FROM at line 1, .*leave it out"),
        ("\n\nLOAD <x:y>", "names LOAD at line 3, .*write a SELECT query"),
        ("SELECT * {" + "{" * 41 + "}" * 42, "nests more than 40 deep at line 1, .*nest less"),
        ("SELECT * { FILTER(1" + "+1" * 2_000 + ") }", "more than 1,000 operators and clauses"),
        ("SELECT ?a { 'a }", "not closed; close it"),
        (r"SELECT ('\q' AS ?a) {}", "escapes what is no character"),
        ("#" * 1_000_001, "1,000,001 characters"),
    ],
)
def test_a_refusal_says_where_and_what_to_do(query: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        look_over(query)


def test_escapes_count_for_engines_that_decode_them_first() -> None:
    query = r"SELECT ?a { VALUES ?a { '\u0027 } SERVICE <x:y> {} #' } }"
    look_over(query)
    with pytest.raises(QueryError, match="SERVICE"):
        look_over(query, decoded=True)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * { ?s (!<a:a>)* ?o . ?a ?b ?c }", "more than 0.5 seconds"),
        ("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }", "more than 0.5 seconds"),
    ],
)
def test_a_slow_query_is_ended(guide: kg.Guide, query: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        guide.query(query, timeout=0.5)


def test_a_greedy_query_is_ended(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_query, "MEMORY_ALLOWED", 32 * MEBIBYTE)
    with pytest.raises(QueryError, match="MB of memory"):
        guide.query("SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?a ?f", timeout=60)


def test_too_many_rows_are_refused(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_query, "MOST_ROWS", 10)
    assert len(guide.query("SELECT * { ?s ?p ?o } LIMIT 10")) == 10
    with pytest.raises(QueryError, match="more than 10 rows; add a LIMIT"):
        guide.query("SELECT * { ?s ?p ?o } LIMIT 11")


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), True, "5", None])
def test_a_timeout_is_a_time(guide: kg.Guide, timeout: float) -> None:
    with pytest.raises(ParameterError, match="give seconds above 0"):
        guide.query("SELECT * {}", timeout=timeout)


LIMITS = Limits(5, 100 * MEBIBYTE, size=1000)


def _ended_by(number: int) -> bytes:
    os.kill(os.getpid(), number)
    return b""


@pytest.mark.parametrize(
    ("work", "limits", "what"),
    [
        (lambda: bytes(iter(int, 1)), Limits(0.2, 100 * MEBIBYTE), TIME),
        (lambda: bytes(300 * MEBIBYTE), LIMITS, MEMORY),
        (lambda: bytes(1001), LIMITS, SIZE),
        (lambda: _ended_by(11), LIMITS, DEPTH),
        (lambda: _ended_by(6), LIMITS, MEMORY),
        (lambda: os._exit(9), LIMITS, CRASH),
        (lambda: open("/etc/hostname", "rb").read(), LIMITS, CRASH),  # noqa: PTH123, SIM115
    ],
)
def test_work_is_ended_at_each_limit(work: object, limits: Limits, what: str) -> None:
    with pytest.raises(ExceededError) as ended:
        bounded(work, limits)  # type: ignore[arg-type]
    assert ended.value.what == what


def children() -> set[str]:
    """The processes that this one started and that are here, those that ended unheard included."""
    own = f"\nPPid:\t{os.getpid()}\n"
    found = set()
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it ended meanwhile
            if own in status.read_text(encoding="utf-8"):
                found.add(status.parent.name)
    return found


def test_nothing_is_left_behind() -> None:
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0  # noqa: PTH208
    started = children()
    for _ in range(5):
        with pytest.raises(ExceededError):
            bounded(lambda: bytes(iter(int, 1)), Limits(0.02, 100 * MEBIBYTE))
        assert bounded(lambda: b"x" * 100_000, Limits(5, 100 * MEBIBYTE)) == b"x" * 100_000
    if before:
        assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    assert children() <= started


def test_threads_may_ask_at_once(guide: kg.Guide) -> None:
    found: list[int] = []
    asking = [
        threading.Thread(target=lambda: found.append(len(guide.query("SELECT * { ?s ?p ?o } LIMIT 7", timeout=60))))
        for _ in range(8)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert found == [7] * 8


def test_a_small_query_stays_fast(guide: kg.Guide) -> None:
    query = (ROOT / "README.md").read_text(encoding="utf-8").split("```sparql\n")[1].split("```")[0]
    guide.query(query)
    times = []
    for _ in range(10):
        start = time.perf_counter()
        guide.query(query)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.2, "some milliseconds on a machine without other work"


def test_every_kind_is_made() -> None:
    made = hostile(Random("kinds"), "http://127.0.0.1:1/")
    assert {next(made)[0] for _ in KINDS} == set(KINDS)


# ---------------------------------------------------------------- the command


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> object:
    def run(*words: str) -> tuple[int, str, str]:
        status = main(["query", *words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


TOPICS = "SELECT ?topic { ?topic a ns:Topic } ORDER BY ?topic"
FIRST = "https://w3id.org/nextstudy/topic/low-back-pain"


def test_the_command_takes_a_file_a_text_or_standard_input(
    said: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.rq").write_text(TOPICS, encoding="utf-8-sig")
    status, out, err = said(str(tmp_path / "mine.rq"), "--format", "csv")  # type: ignore[operator]
    assert (status, err) == (0, "") and out.startswith(f"topic\r\n{FIRST}\r\n")
    assert said(TOPICS, "--format", "csv") == (0, out, "")  # type: ignore[operator]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TOPICS.encode())))
    assert said("-", "--format", "csv") == (0, out, "")  # type: ignore[operator]


def test_the_forms_of_an_answer(said: object) -> None:
    assert said(TOPICS)[1].startswith("topic")  # type: ignore[operator]
    assert said(TOPICS, "--format", "tsv")[1].startswith(f"?topic\n<{FIRST}>\n")  # type: ignore[operator]
    assert json.loads(said(TOPICS, "--format", "json")[1])["head"] == {"vars": ["topic"]}  # type: ignore[operator]
    assert said("ASK { ?x a ns:Topic }")[1] == "true\n"  # type: ignore[operator]
    assert json.loads(said("ASK { ?x a <x:y> }", "--format", "json")[1])["boolean"] is False  # type: ignore[operator]
    _, turtle, _ = said("CONSTRUCT { ?x a ns:Topic } WHERE { ?x a ns:Topic }")  # type: ignore[operator]
    assert "@prefix ns: " in turtle and f"<{FIRST}> a ns:Topic" in turtle


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none.rq"], "none.rq: cannot be read"),
        (["SELECT * { SERVICE <x:y> {} }"], "names SERVICE"),
        (["DESCRIBE ns:Topic", "--format", "csv"], "written as Turtle"),
        (["CONSTRUCT WHERE { ?s a ns:Topic }", "--format", "csv"], "written as Turtle; leave --format csv out"),
        (["SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", "--timeout", "0.2"], "more than 0.2 seconds"),
        (["SELECT * {}", "--timeout", "0"], "give seconds above 0"),
        (["/dev/zero"], "Is a device"),
    ],
)
def test_the_command_refuses_in_one_sentence(said: object, words: list[str], message: str) -> None:
    status, out, err = said(*words)  # type: ignore[operator]
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_the_query_of_the_readme_runs_as_typed(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (tmp_path / "appropriate.rq").write_text(readme.split("```sparql\n")[1].split("```")[0], encoding="utf-8")
    assert "$ nextstudy query appropriate.rq" in readme
    done = subprocess.run(
        [sys.executable, "-m", "kg.command.verbs", "query", "appropriate.rq"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "CT thoracic spine without IV contrast" in done.stdout

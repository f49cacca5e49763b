"""Hostile queries, and what becomes of them: refused, or ended at a limit; nothing calls out, nothing crashes."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

import kg
from kg.errors import QueryError

Made = Callable[[Random, str], str]
"""Makes a query that would ask the server at an address."""

SLACK = 10.0
"""Seconds beyond the timeout that a machine with other work may take."""


def _service(rng: Random, url: str) -> str:
    word = rng.choice(
        ["SERVICE", "service", "Service", "SeRvIcE", r"\u0053ERVICE", r"SERV\u0049CE", r"\U00000053ervice"]
    )
    silent = rng.choice(["", " SILENT", " silent", "SILENT", "#comment\nSILENT", "\t\r\nSilent "])
    gap = rng.choice([" ", "\n", "", "#x>\n", "# SERVICE\n\t"])
    called = rng.choice([f"<{url}>", "a:x", "?where", "b:"])
    before = rng.choice(
        [
            "",
            "?s ?p ?o .",
            "?s ?p ?o. ",
            "?s ?p true ",
            "?s ?p true",
            "?s ?p 2",
            "FILTER(1<2)",
            "FILTER(?s<2)",
            "OPTIONAL {} ",
            "{} UNION {} ",
            "VALUES ?x { 'SELECT' } ",
            'VALUES ?x {"""a" } ',
            "?s ?p '''a''' . ",
            "BIND(1 AS ?v) ",
            "FILTER(1<2#>\n) ",
            "MINUS { ?x ?y ?z } ",
        ]
    )
    call = f"{before}{word}{silent}{gap}{called}{rng.choice(['', ' ', chr(10)])}{{ ?s ?p ?o }}"
    around = rng.choice(
        [
            "{}",
            "{{ {} }}",
            "OPTIONAL {{ {} }}",
            "FILTER EXISTS {{ {} }}",
            "FILTER NOT EXISTS {{ {} }}",
            "{{ SELECT * {{ {} }} }}",
            "{{}} UNION {{ {} }}",
            "GRAPH ?g {{ {} }}",
            "MINUS {{ {} }}",
            "VALUES ?where {{ <URL> }} {}",
            "BIND(<URL> AS ?where) {}",
        ]
    ).format(call)
    form = rng.choice(["SELECT * {{ {} }}", "SELECT(1 AS ?one)WHERE{{{}}}", "SELECT (COUNT(*) AS ?n) {{ {} }}"])
    prologue = f"PREFIX a: <{url}>\nPREFIX b: <{url}>\n" + rng.choice(["", "# SELECT\n", "BASE <http://127.0.0.1/>\n"])
    return prologue + form.format(around.replace("URL", url))


def _update(rng: Random, url: str) -> str:
    return rng.choice(
        [
            f"LOAD <{url}>",
            f"load silent <{url}> INTO GRAPH <a:b>",
            f"PREFIX a: <{url}> LOAD a:x",
            "INSERT DATA { <a:a> <a:b> <a:c> }",
            "DELETE WHERE { ?s ?p ?o }",
            "CLEAR ALL",
            "DROP ALL",
            "CREATE GRAPH <a:b>",
            "COPY <a:b> TO DEFAULT",
            f"WITH <{url}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}",
            f"SELECT * {{ ?s ?p ?o }} ; LOAD <{url}>",
            f"# harmless\nLO\\u0041D <{url}>",
        ]
    )


def _from(rng: Random, url: str) -> str:
    word = rng.choice(["FROM", "from", "FROM NAMED", "From\n#x\nNamed", r"\u0046ROM"])
    return f"PREFIX a: <{url}> SELECT * {word} {rng.choice([f'<{url}>', 'a:x', '<file:///etc/passwd>'])} {{ ?s ?p ?o }}"


NESTED = {
    "parentheses": ("SELECT * { FILTER(", "(", "1", ")", ") }"),
    "functions": ("SELECT * { BIND(", "STR(", "1", ")", " AS ?x) }"),
    "lists of IN": ("SELECT * { FILTER(1 IN (", "1 IN (", "1", ")", ")) }"),
    "conditions": ("SELECT * { BIND(", "IF(true, 1, ", "1", ")", " AS ?x) }"),
    "braces": ("SELECT * { ", "{", "?s ?p ?o", "}", " }"),
    "options": ("SELECT * { ", "OPTIONAL {", "?s ?p ?o", "}", " }"),
    "unions": ("SELECT * { ", "{ ?s ?p 1 } UNION {", "?s ?p ?o", "}", " }"),
    "minus": ("SELECT * { ?s ?p ?o ", "MINUS { ?s ?p ?o ", "", "}", " }"),
    "filters": ("SELECT * { ", "FILTER EXISTS {", "?s ?p ?o", "}", " }"),
    "filters not": ("SELECT * { ", "?s ?p ?o FILTER NOT EXISTS {", "?s ?p ?o", "}", " }"),
    "queries": ("SELECT * { ", "{ SELECT * {", "?s ?p ?o", "}}", " }"),
    "graphs": ("SELECT * { ", "GRAPH ?g {", "?s ?p ?o", "}", " }"),
    "property lists": ("SELECT * { ?s ?p ", "[ ?p ", "1", "]", " }"),
    "collections": ("SELECT * { ?s ?p ", "(", "1", ")", " }"),
    "triple terms": ("SELECT * { ?s ?p ", "<<( <a:a> <a:b> ", "1", " )>>", " }"),
    "quoted triples": ("SELECT * { ", "<< ", "?s ?p ?o", " >> ?p ?o", " }"),
    "annotations": ("SELECT * { ?s ?p ?o ", "{| ?p ?o ", "", "|}", " }"),
    "paths": ("SELECT * { ?s ", "(", "<a:b>", ")*", " ?o }"),
    "paths not": ("SELECT * { ?s ", "!(", "<a:b>", ")", " ?o }"),
    "paths back": ("SELECT * { ?s ", "^(", "<a:b>", ")", " ?o }"),
    "comparisons": ("SELECT * { FILTER(1<", "(", "1", ")", "&&2>1) }"),
    "order": ("SELECT * { ?s ?p ?o } ORDER BY ", "(", "?s", ")", ""),
    "having": ("SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING ", "(", "1", ")", ""),
    "not": ("SELECT * { FILTER(", "!", "true", "", ") }"),
    "signs": ("SELECT * { FILTER(", "-", "?x", "", ") }"),
    "unclosed": ("SELECT * ", "{", "", "", ""),
    "chained unions": ("SELECT * { {?s ?p 1} ", "UNION {?s ?p ?o} ", "", "", "}"),
    "chained options": ("SELECT * { ", "OPTIONAL {?s ?p ?o} ", "", "", "}"),
    "chained filters": ("SELECT * { ?s ?p ?o ", "FILTER(?s != 1) ", "", "", "}"),
    "chained or": ("SELECT * { ?s ?p ?o FILTER(1", "||1", "", "", ") }"),
    "chained sums": ("SELECT * { ?s ?p ?o FILTER(1", "+1", "", "", ") }"),
    "chained steps": ("SELECT * { ?s <a:b>", "/<a:b>", "", "", " ?o }"),
    "chained ways": ("SELECT * { ?s <a:b>", "|<a:b>", "", "", " ?o }"),
}
"""What stands before, opens, stands within, closes and stands after."""


def _nested(rng: Random, _: str) -> str:
    before, opens, within, closes, after = NESTED[rng.choice(sorted(NESTED))]
    depth = rng.choice([30, 45, 100, 300, 1_000, 5_000, 20_000])
    return f"{before}{opens * depth}{within}{closes * depth}{after}"


def _endless(rng: Random, _: str) -> str:
    triples = " . ".join(f"?a{n} ?b{n} ?c{n}" for n in range(rng.randint(2, 6)))
    wide = ", ".join(str(n) for n in range(rng.choice([1_000, 50_000])))
    return rng.choice(
        [
            f"SELECT * {{ {triples} }}",
            f"SELECT (COUNT(*) AS ?n) {{ {triples} }}",
            f"SELECT DISTINCT ?a0 ?c1 {{ {triples} }} ORDER BY ?c1",
            f"SELECT (GROUP_CONCAT(STR(?a0)) AS ?n) {{ {triples} }}",
            "SELECT * { ?s (!<a:a>)* ?o }",
            "SELECT * { ?s (!<a:a>|^!<a:a>)+ ?o . ?o (!<a:b>)* ?z }",
            "SELECT * { ?s (((!<a:a>)*)*)* ?o }",
            "SELECT * { ?s (!<a:a>/!<a:a>)* ?o }",
            f"SELECT * {{ ?s ?p ?o FILTER(?o IN ({wide})) }}",
            f"SELECT * {{ VALUES ?x {{ {wide.replace(',', '')} }} VALUES ?y {{ {wide.replace(',', '')} }} }}",
            "SELECT * { ?s ?p ?o . ?a ?b ?c FILTER(REGEX(STR(?o), '(a+)+$')) }",
            "SELECT * { ?s ?p ?o FILTER(REGEX(CONCAT(STR(?o), '" + "a" * 5_000 + "'), '(a|aa)+b{1000}{1000}')) }",
            "SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), '" + "(" * 5_000 + ")" * 5_000 + "')) }",
            "SELECT * { ?s ?p ?o FILTER(REPLACE(STR(?o), '(.*)(.*)(.*)', '$1$1$1$1$2$3') != '') . ?a ?b ?c }",
            "SELECT * { VALUES ?x0 { 'aaaaaaaaaa' } "
            + " ".join(f"BIND(CONCAT(?x{n}, ?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(30))
            + " }",
            f"SELECT * {{ {'{ ?s ?p ?o } UNION ' * 300} {{ ?s ?p ?o }} }}",
            f"CONSTRUCT {{ ?a0 ?b1 ?c1 }} WHERE {{ {triples} }}",
            f"ASK {{ {triples} FILTER(?a0 = 1) }}",
        ]
    )


def _garbled(rng: Random, url: str) -> str:
    """A hostile query with signs changed, or two of them in one: whatever a tokenizer did not expect."""
    made = list(rng.choice([_service, _update, _from])(rng, url) + rng.choice(["", _service(rng, url)]))
    signs = ['"', "'", "<", ">", "#", "\\", "{", "}", "(", "\n", '"""', "'''", "\x00"]
    for _ in range(rng.randint(1, 6)):
        made[rng.randrange(len(made))] = rng.choice(signs)
    return "".join(made)


KINDS: dict[str, Made] = {
    "SERVICE": _service,
    "updates": _update,
    "FROM": _from,
    "nesting": _nested,
    "endless": _endless,
    "garbled": _garbled,
}


def hostile(rng: Random, url: str) -> Iterator[tuple[str, str]]:
    """Hostile queries without end, each with its kind."""
    while True:
        for kind, made in KINDS.items():
            yield kind, made(rng, url)


@contextmanager
def listening() -> Iterator[tuple[str, Callable[[], int]]]:
    """A server that answers nobody: its address, and how many have called it so far."""
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as server:
        server.setblocking(False)
        calls = 0

        def called() -> int:
            nonlocal calls
            while True:
                try:
                    server.accept()[0].close()
                    calls += 1
                except BlockingIOError:
                    return calls

        yield f"http://127.0.0.1:{server.getsockname()[1]}/", called


def tried(guide: kg.Guide, seed: str, wanted: int, timeout: float) -> tuple[list[str], Counter[str]]:
    """Ask hostile queries; each thing that must not be, and how often each end came.

    A crash ends this process, and with it the test.
    """
    wrong, ends = list[str](), Counter[str]()
    with listening() as (url, called):
        made = hostile(Random(seed), url)
        for _ in range(wanted):
            kind, query = next(made)
            calls, started = called(), time.monotonic()
            try:
                guide.query(query, timeout=timeout)
                ends[f"{kind}: answered"] += 1
                if kind in ("SERVICE", "updates", "FROM"):
                    wrong.append(f"answered: {query[:500]}")
            except QueryError as error:
                ends[f"{kind}: {_end(str(error))}"] += 1
                if "\n" in str(error) or len(str(error)) > 400:
                    wrong.append(f"not one sentence: {error}: {query[:500]}")
            if time.monotonic() - started > timeout + SLACK:
                wrong.append(f"not ended in time: {query[:500]}")
            if called() > calls:
                wrong.append(f"called out: {query[:500]}")
    return wrong, ends


def _end(message: str) -> str:
    ends = ("seconds", "MB", "rows;", "cannot be read", "cannot be answered", "for the engine", "ends the engine")
    return next((f"ended ({end})" for end in ends if end in message), "refused before it is read")

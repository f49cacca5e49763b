"""A query from outside, looked over before an engine reads it: what calls out, changes data or nests without end.

An engine reads a query recursively, so that nesting ends the process, and SERVICE asks another server. So the words and
brackets of a query are found here first, by a tokenizer of our own. Where engines read a text in two ways, such as
``1<2#>`` (a comparison and a comment, or an IRI), it is refused.
"""

from __future__ import annotations

import re

from kg.errors import QueryError, quoted

LONGEST = 1_000_000
"""Characters of a query; the largest shipped one has some thousand."""

DEEPEST = 40
"""Brackets within brackets: shipped queries have eight, engines take seconds from a hundred and end from a thousand."""

MOST_STEPS = 1_000
"""Operators and clauses: a chain of them is nested by an engine, of which some thousand end the process."""

_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t\r\n]++|\#[^\r\n]*+)
    |(?P<text>\"\"\"(?:[^"\\]|\\.|"(?!""))*+\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*+'''
        |"(?:[^"\\\r\n]|\\.)*+"|'(?:[^'\\\r\n]|\\.)*+')
    |(?P<iri><(?:[^\x00-\x20<>"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>)
    |(?P<term>[?$]\w++|@[A-Za-z]++(?:-[A-Za-z0-9]++)*+|_:[\w.\-]*+)
    |(?P<name>(?:[^\W\d_][\w.\-]*+)?:(?:[\w.:\-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])*+)
    |(?P<word>(?:[^\W\d]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})(?:\w|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+)
    |(?P<number>[0-9]++(?:\.[0-9]++)?+)
    |(?P<open><<|[(\[{])
    |(?P<close>>>|[)\]}])
    |(?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_KNOWN_ESCAPE = re.compile(
    r"""\\(?:[tbnrf"'\\]|u(?![dD][89a-fA-F])[0-9A-Fa-f]{4}|U00(?:0(?!0[dD][89a-fA-F])[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})"""
)
_OPERAND_ENDS = frozenset({"text", "iri", "term", "name", "number", "word", "close"})

_UPDATES = frozenset(["INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH", "USING"])
_STEPS = frozenset(["UNION", "OPTIONAL", "MINUS", "FILTER", "BIND", "EXISTS", "VALUES", "GRAPH"])
_OPERATORS = frozenset("|&/^!+-*=<>")


def look_over(text: str, *, decoded: bool = False) -> None:
    r"""Refuse a query that no engine may be given.

    Args:
        text: A query of SPARQL, which need not be sound: what is wrong otherwise, the engine says.
        decoded: Whether it is read by an engine that decodes ``\u0053`` everywhere before it reads anything else.

    Raises:
        QueryError: It names SERVICE, FROM or an update, nests too deeply, is too long, or can be read in two ways.

    >>> look_over("PREFIX service: <http://example.org/> SELECT ?service { ?service service:from 'SERVICE' } # FROM")
    >>> look_over(r"SELECT * { \u0053ervice silent <http://example.org/> { ?s ?p ?o } }")
    Traceback (most recent call last):
    ...
    kg.errors.QueryError: the query names SERVICE at line 1, and nothing here calls out to a server; leave it out
    """
    if len(text) > LONGEST:
        message = f"the query has {len(text):,} characters, and {LONGEST:,} are read; ask for less at a time"
        raise QueryError(message)
    _Reading(text).look_over()
    if decoded and "\\" in text:
        _Reading(_decoded(text)).look_over()


class _Reading:
    """One pass over a query."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._open: list[str] = []
        self._steps = 0
        self._before = ""
        self._values = False  # VALUES was read, and its block is not open yet

    def look_over(self) -> None:
        tokens = [token for token in _TOKEN.finditer(self._text) if token.lastgroup != "blank"]
        for number, token in enumerate(tokens):
            kind, word = str(token.lastgroup), token[0]
            if kind == "text":
                self._refuse_unknown_escape(token)
            elif kind == "iri":
                self._look_at_iri(token)
            elif kind == "name":
                self._look_at_name(token, tokens[number + 1][0] if number + 1 < len(tokens) else "")
            elif kind == "word":
                self._look_at_word(token)
            elif kind == "open":
                self._enter("VALUES" if word == "{" and self._values else word, token)
                self._values = self._values and word != "{"
            elif kind == "close" and self._open:
                self._open.pop()
            elif word in ('"', "'"):
                raise self._refusal(token, "begins a text", "which is not closed; close it with the same quote")
            if word in _OPERATORS or (kind == "word" and word.upper() in _STEPS):
                self._count_step(token)
            self._before = kind

    def _look_at_word(self, token: re.Match[str]) -> None:
        word = _decoded(token[0]).upper()
        if "SERVICE" in word:  # engines need no blank between words: trueSERVICE, SERVICESILENT
            raise self._refusal(token, "names SERVICE", "and nothing here calls out to a server; leave it out")
        if word == "FROM":
            raise self._refusal(token, "names FROM", "but the content is one graph and no other is read; leave it out")
        if word in _UPDATES:
            raise self._refusal(token, f"names {word}", "and nothing is changed here; write a SELECT query")
        self._values = self._values or word == "VALUES"

    def _look_at_name(self, token: re.Match[str], after: str) -> None:
        # An engine reads SERVICEns:x as SERVICE ns:x where braces follow.
        if after == "{" and "SERVICE" in token[0].partition(":")[0].upper():
            raise self._refusal(token, "names SERVICE", "and nothing here calls out to a server; leave it out")

    def _look_at_iri(self, token: re.Match[str]) -> None:
        if not (self._open and self._open[-1] == "(" and self._before in _OPERAND_ENDS):
            return
        # Here it may be a comparison, unless it is in a tuple of VALUES: what could be a bracket counts as one.
        if "VALUES" not in self._open[-2:] and ("#" in token[0] or "'" in token[0]):
            cure = f"as {quoted(token[0])} can be a comparison or an IRI; put a blank after '<', or use a prefix"
            raise self._refusal(token, "can be read in two ways", cure)
        depth = len(self._open)
        for sign in token[0]:
            if sign in "([":
                self._enter(sign, token)
            elif sign in ")]" and len(self._open) > depth:
                self._open.pop()

    def _enter(self, bracket: str, token: re.Match[str]) -> None:
        self._open.append(bracket)
        if len(self._open) > DEEPEST:
            raise self._refusal(token, f"nests more than {DEEPEST} deep", "which no engine can bear; nest less deeply")

    def _count_step(self, token: re.Match[str]) -> None:
        self._steps += "VALUES" not in self._open
        if self._steps > MOST_STEPS:
            cure = "which engines nest; write VALUES or IN, or ask several queries"
            raise self._refusal(token, f"has more than {MOST_STEPS:,} operators and clauses", cure)

    def _refuse_unknown_escape(self, token: re.Match[str]) -> None:
        if "\\" in token[0] and "\\" in _KNOWN_ESCAPE.sub("", token[0]):
            cure = 'in a text; write \\\\ for a backslash and \\" for a quote'
            raise self._refusal(token, "escapes what is no character", cure)

    def _refusal(self, token: re.Match[str], problem: str, rest: str) -> QueryError:
        line = self._text.count("\n", 0, token.start()) + 1
        return QueryError(f"the query {problem} at line {line}, {rest}")


def _decoded(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        code = int(found[1] or found[2], 16)
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd"

    return _ESCAPED.sub(character, text)

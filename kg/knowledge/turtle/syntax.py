"""Text that is not Turtle: what an author did there, on which line, and the cure.

A parser stops where it cannot go on, which is often a line or two below the slip, and speaks of grammar. Here are the
slips that beginners make; anything else is said in the words of the parser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kg.errors import did_you_mean, nearest, quoted
from kg.knowledge.sparql.iris import BASE

_TEXT = r'"""(?:[^"\\]|\\.|"(?!""))*+"""|"(?:[^"\\\n]|\\.)*+"' + r"|'''(?:[^'\\]|\\.|'(?!''))*+'''|'(?:[^'\\\n]|\\.)*+'"
_TOKEN = re.compile(
    rf"(?P<remark>#[^\n]*)|{_TEXT}"
    r"|<[^\s<>\"{}|^`]*>"
    r"|[\[\]();,]|\.(?=\s|\Z)"
    r"|(?:[^\s\[\]();,\"'<#.]|\.(?!\s|\Z)|(?<=\S)#)+"
    r"|.",
    re.DOTALL,
)
_CURLY = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb"
"""Quotes of print, which editors put in place of straight ones."""

_NEAR = 1 << 16
"""How many characters before the place are looked at; a description has some thousands at most."""

_PAIRS = {"[": "]", "(": ")"}
_NOT_DECLARED = re.compile(r"The prefix (\S*): has not been declared")
_NO_NAME = re.compile(r"is not a valid (predicate|RDF object|datatype)")
_UNEXPECTED = re.compile("A dot is expected|should be followed by a dot|is not a valid subject|Unexpected end$")
_DESCRIPTION = re.compile(r"(<[^>]*>|[\w-]*:[\w./-]+)\s+a\s")
_WHERE = re.compile(r"^Parser error (?:at|between) line .*?columns? .*?: ")


@dataclass(frozen=True)
class _Token:
    """What stands at one place of a file: a word, a text, a remark or a sign.

    Attributes:
        line: The number of the line on which it ends.
        text: The token itself.
        above: Whether it stands above the line on which the parser stopped.
    """

    line: int
    text: str
    above: bool


class _Stop:
    """The place where a parser stopped, and what is around it."""

    def __init__(self, text: str, error: SyntaxError, prefixes: Mapping[str, str]) -> None:
        lines = text.split("\n")
        self.line, self.prefixes = error.lineno or 1, prefixes
        self.message = _WHERE.sub("", error.msg)
        self.whole_line = lines[self.line - 1] if self.line <= len(lines) else ""
        begins = sum(len(each) + 1 for each in lines[: self.line - 1])
        stop = begins + (error.offset or 1) - 1
        self.rest = text[stop:].partition("\n")[0]
        at = _TOKEN.match(text, stop)
        self.met = at[0] if at else ""
        self.before: list[_Token] = []
        self.remarks: set[int] = set()
        counted = text.rfind("\n", 0, max(0, stop - _NEAR)) + 1
        line = text.count("\n", 0, counted) + 1
        for found in _TOKEN.finditer(text, counted, stop):
            line, counted = line + text.count("\n", counted, found.end()), found.end()
            if found["remark"]:
                self.remarks.add(line)
            elif not found[0].isspace():
                self.before.append(_Token(line, found[0], found.end() <= begins))

    def unended(self) -> Sequence[_Token]:
        """The tokens above the line, if a description begins on it and the one before has no dot."""
        above = [token for token in self.before if token.above]
        surely = _DESCRIPTION.match(self.whole_line)
        begins = surely or (_UNEXPECTED.search(self.message) and self.whole_line[:1].strip(" \t\r#@"))
        return above if begins and above and above[-1].text != "." else ()

    def open_bracket(self) -> _Token | None:
        """The innermost bracket that is open."""
        still: list[_Token] = []
        for token in self.before:
            if token.text in _PAIRS:
                still.append(token)
            elif still and token.text == _PAIRS[still[-1].text]:
                still.pop()
        return still[-1] if still else None


def explained(text: str, error: SyntaxError, prefixes: Mapping[str, str]) -> tuple[int, str]:
    r"""Say what is wrong where a parser stopped.

    Args:
        text: The text of the file.
        error: What the parser said.
        prefixes: The prefix map that the file should agree with.

    Returns:
        The number of the line at fault, and what is wrong with it, with the cure.

    >>> text = '<a> <b> "c"\n<d> <e> "f" .'
    >>> explained(text, SyntaxError("A dot is expected", ("", 2, 1, "")), {})[0]
    1
    """
    stop = _Stop(text, error, prefixes)
    slips = (_prefix, _base, _quote, _bracket, _end, _name)
    found = next((found for slip in slips if (found := slip(stop))), None)
    return found or (stop.line, f"{stop.message}; fix the Turtle there")


_Found = tuple[int, str] | None


def _base(stop: _Stop) -> _Found:
    if "No scheme found" not in stop.message:
        return None
    cure = f"write @base <{BASE}topic/NAME/> . with the name of the topic at the head of the file"
    return stop.line, f"{quoted(stop.met)} is relative to nothing, because there is no @base; {cure}"


def _prefix(stop: _Stop) -> _Found:
    if not (found := _NOT_DECLARED.search(stop.message)):
        return None
    name, cure = found[1], "declare it with @prefix at the head of the file"
    if name in stop.prefixes:
        cure = f"write @prefix {name}: <{stop.prefixes[name]}> . at the head of the file"
    else:
        cure = did_you_mean([f"{near}:" for near in nearest(name, stop.prefixes)], cure)
    return stop.line, f"the prefix '{name}:' is not declared; {cure}"


def _quote(stop: _Stop) -> _Found:
    """Quotes that are missing, curly or too many, and backslashes."""
    if stop.met[:1] and stop.met[0] in _CURLY:
        return stop.line, f"'{stop.met[0]}' begins no text; texts stand in straight quotes, as in \"Fever\"@en"
    if "Unexpected escape character" in stop.message:
        return stop.line, r"a backslash in a text begins an escape such as \n; write \\ for the backslash itself"
    at_end = stop.message == "Unexpected end of file"
    if at_end and stop.rest.startswith('"""'):
        return stop.line, "a text that begins with three quotes has no three quotes at its end; write them"
    if "Line jumps are not allowed" in stop.message or (at_end and stop.met == '"'):
        curly = next((sign for sign in stop.whole_line.rpartition('"')[2] if sign in _CURLY), "")
        instead = f", not '{curly}'" if curly else ""
        return stop.line, f'a text has no quote at its end; write " where it ends{instead}'
    if at_end and stop.rest.startswith("<"):
        return stop.line, "a name that begins with '<' has no '>' at its end; write it"
    last = stop.before[-1] if stop.before else None
    is_word = re.match(r"[\w(]", stop.met) and ":" not in stop.met
    if last and last.text.startswith('"') and last.line == stop.line and is_word:
        return stop.line, f'a text ends at the quote before {quoted(stop.met)}; write \\" for a quote within a text'
    return None


def _bracket(stop: _Stop) -> _Found:
    opened = stop.open_bracket()
    if opened and (stop.met in (".", "") or stop.unended()):
        sign = opened.text
        return opened.line, f"the '{sign}' here is not closed; write '{_PAIRS[sign]}' where its content ends"
    if "should end with" in stop.message:
        wrong = f"before {quoted(stop.met)} the content of '[' neither goes on with ';' nor ends with ']'"
        return stop.before[-1].line, f"{wrong}; write one of the two"
    if not opened and stop.met in _PAIRS.values():
        return stop.line, f"this '{stop.met}' closes nothing; take it out, or write what it closes"
    return None


def _end(stop: _Stop) -> _Found:
    """A description that neither goes on nor ends."""
    tokens = stop.unended() or stop.before
    if not tokens or not (stop.unended() or _UNEXPECTED.search(stop.message)):
        return None
    last = tokens[-1]
    if last.text == ".":
        return stop.line, f"{quoted(stop.met)} begins no description; take it out, or write what is described"
    if len(tokens) > 1 and tokens[-2].text == "," and tokens[-2].line < last.line and not stop.unended():
        sign = "after ',' comes another value of the same property, after ';' another property"
        return tokens[-2].line, f"{sign}; write the one that is meant"
    if last.text in (";", ","):
        wrong = f"after '{last.text}' the description goes on, but another begins"
        return last.line, f"{wrong}; write '.' where the description ends"
    before = ", before the remark that begins with #" if last.line in stop.remarks else ""
    wrong = "the description neither goes on with ';' nor ends with '.'"
    return last.line, f"{wrong}; write one of the two{before}"


def _name(stop: _Stop) -> _Found:
    if not (found := _NO_NAME.search(stop.message)):
        return None
    name = stop.met
    if name in (";", ",", ".", "]", ")") and stop.before:
        return stop.before[-1].line, f"before this '{name}' a value is missing; write it, or take the property out"
    if name.startswith(('"', "'", "[", "(")) and found[1] == "predicate":
        return stop.line, f"before {quoted(name)} a property is missing; write it"
    return stop.line, f"{quoted(name)} is neither a name with a prefix nor a text in quotes; write one of the two"

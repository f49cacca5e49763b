"""Reads files that come from outside: all in the same way, or refused with one clear sentence."""

from __future__ import annotations

import json
import re
import stat
from array import array
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

from kg.errors import KgError, quoted

_DIGITS = 100
"""The most digits of a whole number; no meaningful number has this many."""


LARGEST = 16 << 20
"""Bytes of a case, a capsule or a table that is read at once; the largest ones have some hundred thousand."""

LARGEST_RDF = 256 << 20
"""Bytes of a file of RDF; a whole guideline, built as one file, has some ten million."""

DEEPEST = 50
"""Brackets within brackets: capsules and content have ten at most, and parsers recurse, some until the process ends."""

_KINDS = {
    stat.S_ISDIR: "Is a directory",
    stat.S_ISFIFO: "Is a pipe, which may never end",
    stat.S_ISSOCK: "Is a socket",
    stat.S_ISCHR: "Is a device, which may never end",
    stat.S_ISBLK: "Is a device",
}
_STREAMS = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
"""How a shell names what it pipes into a command; such a pipe ends, and is read up to the limit."""


def refuse_special(path: Path | str, error: type[KgError], kind: str, largest: int = LARGEST) -> None:
    """Refuse what is no file that can be read to its end: opening a pipe waits, and a device goes on for ever.

    Args:
        path: The file.
        error: What to raise.
        kind: What the file should be, in a word such as ``"case"``.
        largest: How many bytes it may have.

    Raises:
        KgError: It is a folder, a pipe, a socket or a device, is too large, or is not there; it is of the given class.

    >>> refuse_special(".", KgError, "case")
    Traceback (most recent call last):
    ...
    kg.errors.KgError: .: cannot be read (Is a directory); check the name of the case file
    """
    try:
        found = Path(path).stat()
    except (OSError, ValueError) as problem:
        raise error(_unreadable(path, getattr(problem, "strerror", None) or str(problem), kind)) from problem
    what = next((name for is_one, name in _KINDS.items() if is_one(found.st_mode)), "")
    if what and not (stat.S_ISFIFO(found.st_mode) and str(path).startswith(_STREAMS)):
        raise error(_unreadable(path, what, kind))
    if found.st_size > largest:
        raise error(_too_large(path, largest, kind))


def read_bytes(path: Path | str, error: type[KgError], kind: str, largest: int = LARGEST) -> bytes:
    """Read a file, up to a limit.

    Args:
        path: The file.
        error: What to raise.
        kind: What the file should be, in a word such as ``"case"``.
        largest: How many bytes it may have.

    Returns:
        What it holds.

    Raises:
        KgError: As ``refuse_special``, or it cannot be read; it is of the given class.
    """
    refuse_special(path, error, kind, largest)
    path = Path(path)
    try:
        if path.is_file():
            return path.read_bytes()
        with path.open("rb") as file:
            return read_stream(file, str(path), error, kind, largest)
    except OSError as problem:
        raise error(_unreadable(path, problem.strerror or str(problem), kind)) from problem


def read_stream(file: BinaryIO, place: str, error: type[KgError], kind: str, largest: int = LARGEST) -> bytes:
    """Read what was opened already, up to a limit: a file may grow, and a stream has no size.

    Args:
        file: What is read.
        place: How to name it in an error.
        error: What to raise.
        kind: What it should be, in a word such as ``"case"``.
        largest: How many bytes it may have.

    Returns:
        What it holds.

    Raises:
        KgError: It is too large; it is of the given class.
    """
    data = file.read(largest + 1)
    if len(data) > largest:
        raise error(_too_large(place, largest, kind))
    return data


def read_rdf(path: Path | str, error: type[KgError], kind: str = "Turtle") -> bytes:
    """Read a file of RDF in UTF-8, with or without the byte order mark that some editors write.

    Args:
        path: The file.
        error: What to raise.
        kind: What the file should be, in a word.

    Returns:
        What it holds, without the mark.

    Raises:
        KgError: It cannot be read, or is UTF-16, which some editors call Unicode; it is of the given class.
    """
    data = read_bytes(path, error, kind, LARGEST_RDF).removeprefix(BOM_UTF8)
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in data[:2]:
        message = f"{path}: is UTF-16 text; save the file as UTF-8"
        raise error(message)
    return data


def _unreadable(path: Path | str, reason: str, kind: str) -> str:
    # Whoever opens a folder of content has named none of its files.
    cure = "check the file and its permissions" if kind == "Turtle" else f"check the name of the {kind} file"
    return f"{path}: cannot be read ({reason}); {cure}"


def _too_large(place: Path | str, largest: int, kind: str) -> str:
    return f"{place}: has more than {largest >> 20} MB, which no {kind} needs; check that it is the right one"


def read_text(path: Path | str, error: type[KgError], kind: str) -> str:
    """Read a UTF-8 file, with or without the byte order mark that spreadsheets and some editors write.

    Args:
        path: The file.
        error: The class of the error.
        kind: What the file should be, for messages, such as ``"case"``.

    Returns:
        Its text, with line feeds as line ends.

    Raises:
        KgError: The file cannot be read; the error has the given class.
    """
    return decoded_text(read_bytes(path, error, kind), str(path), error)


def decoded_text(data: bytes, place: str, error: type[KgError]) -> str:
    r"""Read bytes as UTF-8.

    Args:
        data: What was read.
        place: How to name it in an error.
        error: What to raise.

    Returns:
        The text, without a byte order mark, and with line feeds as line ends.

    Raises:
        KgError: It is not UTF-8; it is of the given class.

    >>> decoded_text(b"\xef\xbb\xbfa\r\nb", "the file", KgError)
    'a\nb'
    """
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as problem:
        message = f"{place}: is not UTF-8 text; save it as UTF-8"
        raise error(message) from problem


_NOT_OF_JSON = bytes(set(range(256)) - set(b'"[]{}'))
_TEXT_OF_JSON = re.compile(rb'"[^"]*+"')
_STEP_OF_BRACKET = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")


def refuse_deep_json(
    data: bytes, place: str, error: type[KgError], deepest: int = DEEPEST, cure: str = "write it flat"
) -> None:
    """Refuse JSON that is nested deeply, before any parser meets it: some end the process.

    Args:
        data: JSON, which need not be sound: what is wrong otherwise, a parser says.
        place: How to name it in an error, such as its file name.
        error: What to raise.
        deepest: How many brackets may stand in one another.
        cure: What to do about it.

    Raises:
        KgError: It is nested more deeply; it is of the given class.

    >>> refuse_deep_json(b'["[[[[", [[1]]]', "the answer", KgError, 3)
    >>> refuse_deep_json(b"[" * 60, "the answer", KgError)
    Traceback (most recent call last):
    ...
    kg.errors.KgError: the answer: nested too deeply, more than 50 brackets in one another; write it flat
    """
    # Each step runs at the speed of memory, because an endpoint may send dozens of megabytes.
    brackets = data.replace(rb"\\", b"").replace(rb"\"", b"").translate(None, _NOT_OF_JSON)
    brackets = _TEXT_OF_JSON.sub(b"", brackets).partition(b'"')[0]
    steps = array("b", brackets.translate(_STEP_OF_BRACKET))
    if max(accumulate(steps), default=0) > deepest:
        message = f"{place}: nested too deeply, more than {deepest} brackets in one another; {cure}"
        raise error(message)


_TOKEN_OF_TURTLE = re.compile(
    rb"#[^\r\n]*+"
    rb'|"""(?:[^"\\]|\\.|"(?!""))*+"""'
    rb"|'''(?:[^'\\]|\\.|'(?!''))*+'''"
    rb'|"(?:[^"\\\r\n]|\\.)*+"'
    rb"|'(?:[^'\\\r\n]|\\.)*+'"
    rb"|<[^\x00-\x20<>\"{}|^`]*+>"
    rb"|\\."
    rb"|(\()|(\[)|(\{)|(<<)|\)|\]|\}|>>",
    re.DOTALL,
)


def refuse_deep_turtle(data: bytes, place: str, error: type[KgError], deepest: int = DEEPEST) -> None:
    """Refuse Turtle, TriG or N-Triples nested deeply, before any parser meets it: some end the process.

    Args:
        data: Turtle, which need not be sound: what is wrong otherwise, a parser says.
        place: How to name it in an error, such as its file name.
        error: What to raise.
        deepest: How many brackets may stand in one another; a triple term, written ``<<( ... )>>``, counts twice.

    Raises:
        KgError: It is nested more deeply; it is of the given class, and names the line.

    >>> refuse_deep_turtle(b'<a> <b> [ <c> ( "((((" 1 ) ] . # ((((', "a.ttl", KgError, 2)
    >>> refuse_deep_turtle(b"<a> <b>" + b" [ <b>" * 60, "a.ttl", KgError)
    Traceback (most recent call last):
    ...
    kg.errors.KgError: a.ttl, line 1: nested too deeply, more than 50 brackets in one another; give inner nodes a name
    """
    depth = 0
    for token in _TOKEN_OF_TURTLE.finditer(data):
        if token.lastindex:
            depth += 1
            if depth > deepest:
                line = data.count(b"\n", 0, token.start()) + 1
                problem = f"nested too deeply, more than {deepest} brackets in one another"
                message = f"{place}, line {line}: {problem}; give inner nodes a name"
                raise error(message)
        elif depth and token[0] in (b")", b"]", b"}", b">>"):
            depth -= 1


def refuse_deep_xml(
    data: bytes, place: str, error: type[KgError], deepest: int = DEEPEST, cure: str = "give inner nodes a name"
) -> None:
    """Refuse XML that is nested deeply, before any parser of RDF meets it: some take hours.

    Args:
        data: XML, which need not be sound: what is wrong otherwise, a parser says.
        place: How to name it in an error, such as its file name.
        error: What to raise.
        deepest: How many elements may stand in one another.
        cure: What to do about it.

    Raises:
        KgError: It is nested more deeply; it is of the given class, and names the line.

    >>> refuse_deep_xml(b"<a>" * 60, "a.rdf", KgError)
    Traceback (most recent call last):
    ...
    kg.errors.KgError: a.rdf, line 1: nested too deeply, more than 50 elements in one another; give inner nodes a name
    """
    from xml.parsers import expat

    depth = 0

    def begins(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > deepest:
            problem = f"nested too deeply, more than {deepest} elements in one another"
            message = f"{place}, line {reader.CurrentLineNumber}: {problem}; {cure}"
            raise error(message)

    def ends(*_: object) -> None:
        nonlocal depth
        depth -= 1

    reader = expat.ParserCreate()
    reader.StartElementHandler, reader.EndElementHandler = begins, ends
    with suppress(expat.ExpatError):
        reader.Parse(data, True)


def parse(text: str, place: str, error: type[KgError], kind: str) -> Any:
    """Read JSON text in which no key is given twice.

    Args:
        text: The text.
        place: What to call the text in a message, such as its file name.
        error: The class of the error.
        kind: What the text should be, for messages, such as ``"case"``.

    Raises:
        KgError: The text is not JSON, gives a key twice, or contains an invalid string or number; the error has the
            given class.

    >>> parse('{"present": [], "present": []}', "the case", KgError, "case")
    Traceback (most recent call last):
    ...
    kg.errors.KgError: the case: the key 'present' is given twice; keep one
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                message = f"{place}: the key {quoted(key)} is given twice; keep one"
                raise error(message)
            found[key] = value
        return found

    def whole(digits: str) -> int:
        # Python refuses a number with more than 4300 digits, but with a message for programmers.
        if (count := len(digits.lstrip("-"))) > _DIGITS:
            message = f"{place}: a number has {count} digits; write one with fewer"
            raise error(message)
        return int(digits)

    if len(text) > LARGEST:
        raise error(_too_large(place, LARGEST, kind))
    refuse_deep_json(text.encode("utf-8", "surrogatepass"), place, error)
    try:
        data = json.loads(text, object_pairs_hook=unique, parse_int=whole)
        if not text.isascii() or "\\u" in text:
            json.dumps(data, ensure_ascii=False).encode("utf-8")
        return data
    except json.JSONDecodeError as problem:
        message = f"{place}, line {problem.lineno}: not valid JSON ({problem.msg}); fix it there"
        raise error(message) from problem
    except UnicodeEncodeError as problem:
        message = f"{place}: contains half a character, {problem.object[problem.start]!a}; write the whole one"
        raise error(message) from problem
    except KgError:
        raise
    except ValueError as problem:
        message = f"{place}: contains a number with thousands of digits; write a number such as 65"
        raise error(message) from problem

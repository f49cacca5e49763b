"""Files that come from outside: read in one way only, or refused with one clear sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kg.errors import KgError, quoted

_DIGITS = 100
"""How many a whole number may have; no number that means anything has so many."""


def read_text(path: Path | str, error: type[KgError], kind: str) -> str:
    """Read a file as UTF-8, be there a byte order mark first, as spreadsheets and some editors write it, or none.

    Args:
        path: The file.
        error: What to raise.
        kind: What the file should be, in a word such as ``"case"``.

    Returns:
        Its text.

    Raises:
        KgError: The file cannot be read; it is of the given class.
    """
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as problem:
        message = f"{path}: cannot be read ({problem.strerror}); check the name of the {kind} file"
        raise error(message) from problem
    except UnicodeDecodeError as problem:
        message = f"{path}: is not UTF-8 text; save it as UTF-8"
        raise error(message) from problem


def parse(text: str, place: str, error: type[KgError], kind: str) -> Any:
    """Read JSON text in which no key is given twice.

    Args:
        text: The text.
        place: How to name the text in an error, such as its file name.
        error: What to raise.
        kind: What the text should be, in a word such as ``"case"``.

    Returns:
        Dictionaries, lists, texts and numbers.

    Raises:
        KgError: The text is not JSON, says two things under one key, or holds what is no text or no number that can be
            read; it is of the given class.

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
        # Python itself refuses to read more than some thousand, with a message for programmers.
        if (count := len(digits.lstrip("-"))) > _DIGITS:
            message = f"{place}: a number has {count} digits; write one that has fewer"
            raise error(message)
        return int(digits)

    try:
        data = json.loads(text, object_pairs_hook=unique, parse_int=whole)
        if not text.isascii() or "\\u" in text:
            json.dumps(data, ensure_ascii=False).encode("utf-8")
        return data
    except json.JSONDecodeError as problem:
        message = f"{place}, line {problem.lineno}: not valid JSON ({problem.msg}); mend it there"
        raise error(message) from problem
    except UnicodeEncodeError as problem:
        message = f"{place}: holds half a character, {problem.object[problem.start]!a}; write the whole one"
        raise error(message) from problem
    except KgError:
        raise
    except ValueError as problem:
        message = f"{place}: holds a number of thousands of digits; write a number such as 65"
        raise error(message) from problem
    except RecursionError as problem:
        message = f"{place}: nested too deeply for a {kind}"
        raise error(message) from problem

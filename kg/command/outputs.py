r"""Prints or writes what a verb found.

What people read follows the console: its encoding, its line ends, and the number of a sign that it cannot show, such as
\u2622. What programs read is the same bytes everywhere: UTF-8 without a byte order mark, lines that end in LF, of CSV
in CR LF.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterable
from io import TextIOWrapper

from kg.command.terminal import show_text
from kg.shown import Shown


def show(arguments: Namespace, result: object, data: Callable[[], object]) -> int:
    """Print a result as text, or what ``data`` returns as JSON; return the exit status 0.

    With ``--full``, a terminal shows all of the result page by page.
    """
    if arguments.format == "json":
        import json

        write_document(json.dumps(data(), indent=2, ensure_ascii=False))
    else:
        full = getattr(arguments, "full", False)
        show_text(result.explain() if full and isinstance(result, Shown) else str(result), by_page=full)
    return 0


def say_missed(sentences: Iterable[str]) -> None:
    """Print what is not answered, before a result that people read."""
    from kg.show.text.phrases import missing_answer
    from kg.show.text.wrap import wrapped

    for sentence in sentences:
        print(wrapped(missing_answer(sentence), 0, 2), end="\n\n")


def write_document(text: str) -> None:
    """Write to standard output what a program reads, whatever the console says of its encoding.

    Args:
        text: JSON, CSV, TSV, SVG or Turtle; a line break is added at its end where there is none.
    """
    text = text if text.endswith("\n") else f"{text}\n"
    console = sys.stdout
    if console is None:
        return
    if isinstance(console, TextIOWrapper) and not console.isatty():
        console.flush()  # what was printed before comes first
        rest = memoryview(text.encode("utf-8", "backslashreplace"))
        while rest:  # unbuffered, a part of it may be written at a time
            rest = rest[console.buffer.write(rest) or 0 :]
    else:  # a terminal, which takes no control characters, a notebook, or somebody who collects what is printed
        console.write(text)


def write_new(output: str | None, text: str) -> int:
    """Write to a new file, or to standard output if ``output`` is None; return the exit status 0.

    Raises:
        AuthoringError: The file exists already, or cannot be written.
    """
    from kg.errors import AuthoringError
    from kg.files import write_text

    if output is None:
        write_document(text)
    else:
        write_text(output, text, AuthoringError, new=True)
    return 0

r"""What only a terminal gets: colour, a pager for long text, and a line that says what takes so long.

Where output is piped, none of it appears. A sign that would command a terminal reaches it as its number, such as
\u001b; only the marks that are made here are written as they are.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TextIO

from kg.errors import printable

# ---------------------------------------------------------------- text and colour


class Screen(TextIOWrapper):
    """A terminal: whatever the format, no sign of a label from elsewhere reaches it that would command it."""

    def write(self, text: str) -> int:
        """Write a text with the signs that would command the terminal as their numbers."""
        return self.write_marked(printable(text))

    def write_marked(self, text: str) -> int:
        """Write a text that was made printable before it was marked."""
        return super().write(text)


def show_text(text: str, *, by_page: bool = False) -> None:
    """Print a text for a person; on a terminal labels stand out, and a long text can be shown page by page.

    Args:
        text: The text, without a line break at its end.
        by_page: Whether a terminal shows it in a pager.
    """
    console = sys.stdout
    if not on_terminal(console):
        print(text)
        return
    marked = printable(f"{text}\n")
    if not os.environ.get("NO_COLOR"):  # see https://no-color.org
        marked = _marked(marked)
    if by_page and _paged(marked):
        return
    if isinstance(console, Screen):
        console.write_marked(marked)
    else:
        console.write(marked)


def on_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at what is written."""
    return bool(stream and stream.isatty())


_LABEL = re.compile(r"^[A-Z][A-Z,()-]*(?: [A-Z(][A-Z,()-]*)*(?=  |:|$)", re.MULTILINE)
"""The label at the start of a line: ``NEXT`` in *NEXT     MRI of the spine*."""

_AT_ONCE = re.compile(r"CALL NOW|AT ONCE|EMERGENT|NOT ANSWERED|CHOSEN, BUT")

_BOLD, _RED, _PLAIN = "\x1b[1m", "\x1b[1;31m", "\x1b[0m"


def _marked(text: str) -> str:
    """Text with its labels in bold, and what cannot wait in red."""

    def mark(label: re.Match[str]) -> str:
        return f"{_RED if _AT_ONCE.match(label[0]) else _BOLD}{label[0]}{_PLAIN}"

    return _LABEL.sub(mark, text)


# ---------------------------------------------------------------- a pager


def _paged(text: str) -> bool:
    """Show a text in the pager that ``PAGER`` names, otherwise in ``less`` or ``more``.

    Returns:
        Whether there is a pager that worked. Whoever leaves it early has seen enough, which is no failure.
    """
    if not (words := _pager()):
        return False
    # As git does: less leaves at once if the text fits, shows colour, and does not clear the screen at its end.
    environment = {"LESS": "FRX", **os.environ}
    try:
        running = subprocess.Popen(words, stdin=subprocess.PIPE, env=environment)  # noqa: S603 - the user's own pager
    except OSError:  # there is no such program
        return False
    sys.stdout.flush()
    try:
        running.communicate(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
    except KeyboardInterrupt:  # the pager has received it, too, and goes on
        running.wait()
    return running.returncode not in _NOT_RUN


_NOT_RUN = (126, 127)
"""How a shell says that it found no program, or none that it may run."""


def _pager() -> list[str]:
    """The words of the pager's command line; empty if there is none, or ``PAGER`` cannot be read."""
    if (named := os.environ.get("PAGER")) is None:
        return next(([found] for name in ("less", "more") if (found := shutil.which(name))), [])
    try:
        return shlex.split(named)
    except ValueError:  # a quote is left open
        return []


# ---------------------------------------------------------------- what takes long

_SOON = 1.0
"""Seconds after which a line appears; what is done by then needs none."""

_OFTEN = 0.5
"""Seconds after which the line is written anew, so that one sees that the work goes on."""


@contextmanager
def working(on: str) -> Iterator[Callable[[str], None]]:
    """Say on a terminal what is being done, and for how long, while the block runs; the line disappears with it.

    Args:
        on: What is done at first, in a few words.

    Yields:
        What is told each further step, in a few words. Where standard error is no terminal, it does nothing.
    """
    if not on_terminal(sys.stderr):
        yield lambda step: None
        return
    line = _Line(on, sys.stderr)
    try:
        yield line.step
    finally:
        line.close()


class _Line:
    """A line on a terminal that is rewritten by a thread, so that whoever works need not think of the time."""

    def __init__(self, step: str, terminal: TextIO) -> None:
        self._step, self._terminal = step, terminal
        self._start = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def step(self, step: str) -> None:
        self._step = step

    def close(self) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        if self._done.wait(_SOON):
            return
        while not self._done.wait(_OFTEN):
            seconds = time.monotonic() - self._start
            self._terminal.write(f"\r{printable(self._step)} ({seconds:.0f} s)\033[K")
            self._terminal.flush()
        self._terminal.write("\r\033[K")
        self._terminal.flush()

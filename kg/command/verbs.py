"""The command ``nextstudy``: each verb calls one function of the package."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper


def process() -> int:
    """Run the command as a process; return the exit status of ``main``, or 130 after Ctrl-C."""
    # Looking for cycles among the triples, while they are read and when the process ends, takes a tenth of the time and
    # finds nothing.
    gc.set_threshold(100_000)
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal without some sign is no reason to say nothing, and a question mark is a symbol of a scale itself.
        sys.stdout.reconfigure(errors="backslashreplace")
        if sys.stdout.isatty():
            from kg.command.terminal import Screen

            sys.stdout = Screen(sys.stdout.detach(), sys.stdout.encoding, "backslashreplace", line_buffering=True)
    try:
        status = main()
    except KeyboardInterrupt:
        again = "; run the same command again to continue" if sys.argv[1:2] == ["audit"] else ""
        print(f"nextstudy: interrupted{again}", file=sys.stderr)
        status = 130
    gc.freeze()
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: The arguments; without them, those of the process.

    Returns:
        0 when all is well, 1 when a check found something, 2 when the input cannot be used or there is none; then the
        help is printed.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    from kg.command.options import arguments_of, parser, verb_named
    from kg.errors import KgError, printable

    try:
        try:
            if not words:
                parser(words).print_help()
                return 2
            arguments = arguments_of(words)
            return verb_named(arguments.verb).run(arguments)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # here, where a failure can still be reported
    except KgError as error:
        print(f"nextstudy: {printable(str(error))}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of the pipe is gone: nothing more to write
        _drop_output()
        return 0
    except OSError as error:
        if error.filename is not None:
            raise
        _drop_output()
        print(f"nextstudy: standard output: cannot be written ({error.strerror}); make room", file=sys.stderr)
        return 2


def _drop_output() -> None:
    """Discard what is still to be written, or Python would complain about it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(process())

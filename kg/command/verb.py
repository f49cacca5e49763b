"""Says what a verb of the command is, and adds the options that many verbs share."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Verb:
    """A verb of the command.

    Attributes:
        purpose: What it is for, in a line of the help.
        options: Adds its options to its parser.
        run: Runs it and returns the exit status: 0 for fine, 1 for findings.
        content: Whether it takes ``--content``.
        abbreviations: Whether its options may be shortened.
        language: Whether it takes ``--language``.
    """

    purpose: str
    options: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
    content: bool = True
    abbreviations: bool = True
    language: bool = False


def case_option(parser: ArgumentParser, *formats: str) -> None:
    """Add the case, the scenarios that a person chooses for it, and the format of the output.

    Args:
        parser: The parser of a verb.
        formats: The formats; the first one is the default.
    """
    parser.add_argument("case", metavar="CASE.json", help="a case; '-' reads standard input")
    chosen = "a scenario that you choose, as TOPIC/SCENARIO (repeatable)"
    parser.add_argument("--scenario", metavar="NAME", action="append", default=[], help=chosen)
    format_option(parser, *formats)


def full_option(parser: ArgumentParser) -> None:
    """Add the option that shows what the first screen leaves out.

    Args:
        parser: The parser of a verb.
    """
    parser.add_argument("--full", action="store_true", help="text: everything")


def endpoint_options(parser: ArgumentParser) -> None:
    """Add the user of an endpoint. A password on the command line is taken only to be refused without being repeated.

    Args:
        parser: The parser of a verb.
    """
    about = "the user of an endpoint; the password is taken from the environment variable NEXTSTUDY_PASSWORD"
    parser.add_argument("--user", metavar="NAME", help=about)
    parser.add_argument("--password", nargs="?", const="", help=SUPPRESS)


def format_option(parser: ArgumentParser, *formats: str, about: str = "") -> None:
    """Add the format of the output.

    Args:
        parser: The parser of a verb.
        formats: The formats; the first one is the default.
        about: What has this format, if that is not clear.
    """
    parser.add_argument("--format", choices=formats, default=formats[0], help=f"{about}default: {formats[0]}")

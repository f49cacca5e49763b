"""A record in the place of a case, which ``recommend`` is given, and the verb about the codes of records."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import date
from pathlib import Path

from kg.command.inputs import opened_guide
from kg.command.outputs import show, write_document
from kg.command.verb import Verb


def record_options(parser: ArgumentParser) -> None:
    """Add the options that only a FHIR bundle needs."""
    since = "of a FHIR bundle: the day on which this episode began; default: 90 days before today"
    parser.add_argument("--since", metavar="DAY", type=_day, help=since)
    today = "of a FHIR bundle: the day on which it is read; default: today"
    parser.add_argument("--today", metavar="DAY", type=_day, help=today)
    aside = "of a FHIR bundle: an entry that you looked at and that does not matter (repeatable)"
    parser.add_argument("--set-aside", metavar="TYPE/ID", action="append", default=[], help=aside)
    out = "of a FHIR bundle: write the open questions as a FHIR Questionnaire; put its response into the bundle"
    parser.add_argument("--questionnaire", metavar="FILE", help=out)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"'{text}' is no day such as 2026-11-30"
        raise ArgumentTypeError(message) from error


def run_record(bundle: object, arguments: Namespace) -> int:
    """Say which study comes next for a FHIR bundle.

    Args:
        bundle: The bundle.
        arguments: What argparse read.

    Returns:
        1 if something in it was not understood, which could change the answer; otherwise 0.

    Raises:
        ParameterError: A format or a scenario was asked for that a record does not have.
        CaseError: The bundle cannot be read.
    """
    from kg.errors import OutputError, ParameterError
    from kg.files import write_text
    from kg.records.answer import assess_record
    from kg.records.questionnaire import questionnaire

    if arguments.format == "turtle" or arguments.scenario:
        message = (
            f"{arguments.case}: is a FHIR bundle, which --format turtle and --scenario do not take; leave them out"
        )
        raise ParameterError(message)
    guide = opened_guide(arguments)
    found = assess_record(
        bundle,
        guide,
        today=arguments.today,
        since=arguments.since,
        set_aside=arguments.set_aside,
        place=arguments.case,
    )
    if arguments.questionnaire:
        asked = questionnaire(guide.what_to_ask(found.record.case), guide)
        document = json.dumps(asked, indent=2, ensure_ascii=False) + "\n"
        if arguments.questionnaire == "-":
            write_document(document)
            return 0 if found.understood else 1
        write_text(Path(arguments.questionnaire), document, OutputError)
    show(arguments, found, found.to_dict)
    return 0 if found.understood else 1


def expand_options(parser: ArgumentParser) -> None:
    """Add the options of ``expand``."""
    parser.add_argument("--tx", metavar="URL", required=True, help="the base of your own FHIR R4 terminology server")
    kept = (
        "where to keep the kinds; default: where cases look for them (NEXTSTUDY_KINDS, or kinds.json in XDG_DATA_HOME)"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help=kept)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long one answer may take; default: 30")


def run_expand(arguments: Namespace) -> int:
    """Ask a terminology server for the kinds of our codes, and keep them.

    Raises:
        ParameterError: The address is none, or there is no place to keep them.
        EndpointError: The server gave no answer that can be used; what was kept before stays.
        OutputError: They cannot be kept.
    """
    from kg.errors import ParameterError
    from kg.knowledge.codes.expansion import LOCATION, expanded, kinds_file

    place = Path(arguments.output) if arguments.output else kinds_file()
    if place is None:
        message = f"there is no place to keep kinds: {LOCATION} is empty; name a file with -o"
        raise ParameterError(message)

    def told(done: int, of: int) -> None:
        print(f"\r{done} of {of} codes", end="", file=sys.stderr, flush=True)

    codes = opened_guide(arguments).core.codes
    found = expanded(codes, arguments.tx, seconds=arguments.seconds, told=told if sys.stderr.isatty() else _silent)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    found.write(place)
    print(f"{found}\nKept in {place}.")
    return 0


def _silent(done: int, of: int) -> None:
    """Tell nobody: nobody watches."""


CODES = {"expand": Verb("add the kinds of codes that your terminology server knows", expand_options, run_expand)}
"""The verb about the codes of records."""

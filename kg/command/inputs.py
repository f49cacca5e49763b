"""What the arguments of a verb name: a case, a guide, a content folder."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kg.command.terminal import working

if TYPE_CHECKING:
    from pathlib import Path

    from kg.errors import KgError
    from kg.guide import Guide
    from kg.knowledge.content.content import Content
    from kg.patient.case import Case


_OPENING = "Reading the content"

PASSWORD = "NEXTSTUDY_PASSWORD"  # noqa: S105 - the name of the variable that holds it


def read_case(name: str) -> Case:
    """Read a case from a file, or from standard input if the name is ``-``.

    Raises:
        CaseError: There is no case to read.
    """
    from kg.errors import CaseError
    from kg.patient.case import Case

    if name != "-":
        return Case.read(name)
    return Case.from_json(read_input("case", CaseError), _case_name(name))


def read_bundle(name: str) -> object | None:
    """The FHIR bundle in a file; None if it holds none. Standard input and pipes, which are read once, hold cases.

    Raises:
        CaseError: The file cannot be read.
    """
    from pathlib import Path

    from kg.documents import parse, read_text
    from kg.errors import CaseError
    from kg.records.reading import is_bundle

    if not Path(name).is_file():
        return None
    text = read_text(name, CaseError, "case")
    if '"Bundle"' not in text:
        return None
    data: object = parse(text, name, CaseError, "case")
    return data if is_bundle(data) else None


def case_and_guide(arguments: Namespace) -> tuple[Case, Guide]:
    """The case that a verb names, with the scenarios that ``--scenario`` adds to it, and the guide.

    Args:
        arguments: What argparse read.

    Returns:
        Both.

    Raises:
        CaseError: There is no case to read, or it names a scenario already.
        UnknownTermError: There is no such scenario; the message offers the nearest ones.
    """
    case, guide = read_case(arguments.case), opened_guide(arguments)
    return chosen(case, arguments, guide), guide


def chosen(case: Case, arguments: Namespace, guide: Guide) -> Case:
    """A case with the scenarios that ``--scenario`` adds to it.

    Args:
        case: The case.
        arguments: What argparse read.
        guide: Knows the scenarios.

    Returns:
        The case; the same if nothing is added.

    Raises:
        UnknownTermError: There is no such scenario; the message offers the nearest ones.
        CaseError: The case names it already.
    """
    if not arguments.scenario:
        return case
    guide.core.facts(type(case)(scenario=arguments.scenario))  # what is wrong here is no fault of the file
    return case.choosing(*arguments.scenario)


def read_input(kind: str, error: type[KgError]) -> str:
    """Read standard input as a file is read, whatever the terminal writes.

    Args:
        kind: What it should hold, in a word such as ``"case"``.
        error: What to raise.

    Returns:
        Its text.

    Raises:
        KgError: It is closed, too large, or not UTF-8; it is of the given class.
    """
    from kg.documents import LARGEST, decoded_text, read_stream

    if sys.stdin is None:
        message = f"standard input: is closed; give the {kind} there, or name a file"
        raise error(message)
    if not hasattr(sys.stdin, "buffer"):
        return sys.stdin.read(LARGEST + 1)
    return decoded_text(read_stream(sys.stdin.buffer, _case_name("-"), error, kind), _case_name("-"), error)


@contextmanager
def about(name: str, case: Case, guide: Guide) -> Iterator[None]:
    """Add the name of the file to the error if the case is refused inside the block.

    An unknown word on the command line is not a fault of the file, so the words of the case are looked up first.
    """
    from kg.errors import CaseError, ContradictoryCaseError, UnknownTermError

    try:
        guide.core.facts(case)
    except UnknownTermError as error:
        message = f"{_case_name(name)}: {error}"
        raise UnknownTermError(message) from error
    try:
        yield
    except (CaseError, ContradictoryCaseError) as error:
        message = f"{_case_name(name)}: {error}"
        raise type(error)(message) from error


def missed(guide: Guide, *cases: Case) -> tuple[str, ...]:
    """What is not answered for some cases, because a topic that they may enter is unfinished: one sentence each."""
    return tuple(dict.fromkeys(said for case in cases for said in guide.core.missed(guide.core.facts(case))))


def opened_guide(arguments: Namespace) -> Guide:
    """Open the guide that ``--content`` names.

    Args:
        arguments: What argparse read.

    Returns:
        The guide; without ``--content``, of the shipped ontology.

    Raises:
        ParameterError: A user is named where there is no endpoint, or without a password.
    """
    from kg.guide import load

    user, password = credentials(arguments)
    language = getattr(arguments, "language", "en")
    with working(_OPENING):
        guide = load(arguments.content, user=user, password=password, language=language)
    for notice in guide.core.notices:
        print(f"nextstudy: {notice}", file=sys.stderr)
    return guide


def credentials(arguments: Namespace) -> tuple[str, str]:
    """The user of an endpoint, who ``--user`` names, and the password, which only the environment has.

    Args:
        arguments: What argparse read.

    Returns:
        The name and the password; both empty without ``--user``.

    Raises:
        ParameterError: There is no password, or it stands on the command line, where others can read it.
    """
    from kg.errors import ParameterError

    if arguments.password is not None:
        message = (
            f"a password on the command line can be read by others; put it into the environment variable {PASSWORD}"
        )
        raise ParameterError(message)
    if arguments.user is None:
        return "", ""
    if not (password := os.environ.get(PASSWORD)):
        message = f"--user needs a password; put it into the environment variable {PASSWORD}"
        raise ParameterError(message)
    return arguments.user, password


def content_folder(arguments: Namespace) -> Path:
    """The folder that ``--content`` names.

    Args:
        arguments: What argparse read.

    Returns:
        The folder; without ``--content``, the shipped ontology.

    Raises:
        ParameterError: A user is named, where there is no endpoint.
    """
    from pathlib import Path

    from kg.errors import ParameterError
    from kg.knowledge.sparql.resources import shipped

    if any(credentials(arguments)):
        message = "--user is the user of an endpoint, and this verb reads a folder; leave it out"
        raise ParameterError(message)
    return Path(arguments.content) if arguments.content else shipped("ontology")


def read_content(arguments: Namespace) -> Content:
    """Read the content that ``--content`` names; by default the shipped ontology."""
    from kg.knowledge.content.content import read

    with working(_OPENING):
        return read(content_folder(arguments))


def _case_name(name: str) -> str:
    return "standard input" if name == "-" else name

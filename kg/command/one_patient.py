"""The verbs about one patient."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kg.command.inputs import about, case_and_guide, chosen, missed, opened_guide, read_bundle, read_case
from kg.command.outputs import say_missed, show, write_document, write_new
from kg.command.terminal import working
from kg.command.verb import Verb, case_option, format_option, full_option

if TYPE_CHECKING:
    from kg.guide import Guide
    from kg.patient.assess.answer import Answer
    from kg.patient.case import Case


def _show(
    arguments: Namespace, result: object, data: Callable[[], object], guide: Guide, *cases: Case, says: bool = False
) -> int:
    """Print a result about some cases, as ``show`` does, after what is not answered for them.

    Args:
        arguments: What argparse read.
        result: What was found.
        data: The same as plain data.
        guide: What found it.
        cases: What it is about.
        says: The result itself says what is not answered.

    Returns:
        1 if a topic that a case may enter is unfinished, which answers nobody; otherwise 0.
    """
    sentences = missed(guide, *cases)
    if arguments.format == "text" and not says:
        say_missed(sentences)
    show(arguments, result, data)
    return 1 if sentences else 0


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


def recommend_options(parser: ArgumentParser) -> None:
    """Add the options of ``recommend``."""
    case_option(parser, "text", "json", "turtle")
    for part, what in DETAILS.items():
        parser.add_argument(f"--{part}", action="store_true", help=f"text: {what}")
    full_option(parser)
    record_options(parser)


def run_recommend(arguments: Namespace) -> int:
    """Say which study comes next."""
    if (bundle := read_bundle(arguments.case)) is not None:
        return run_record(bundle, arguments)
    case, guide = case_and_guide(arguments)
    with about(arguments.case, case, guide):
        if arguments.format == "turtle":
            write_document(guide.to_turtle(case))
            return 1 if missed(guide, case) else 0
        answer = guide.assess(case)
    return _show(arguments, _as_asked(answer, arguments, guide), answer.to_dict, guide, case, says=True)


DETAILS = {
    "studies": "every rated study, and what to fall back on",
    "unknown": "what is unknown and matters, and what to check before ordering",
    "disputes": "where the sources disagree, and what was decided",
    "sources": "where each statement comes from",
}
"""The options that show a part of what the first screen leaves out."""


def _as_asked(answer: Answer, arguments: Namespace, guide: Guide) -> object:
    """The first screen with what follows by result, or the parts that were asked for."""
    parts = [part for part in DETAILS if getattr(arguments, part)]
    if arguments.full or arguments.format != "text":
        return answer
    if parts:
        return answer.explain(*parts)
    from kg.show.text.screens.answer import first_screen

    return first_screen(answer, guide.pathway(answer.case, 1) if answer.best else None)


def why_options(parser: ArgumentParser) -> None:
    """Add the options of ``why``."""
    case_option(parser, "text", "json")
    parser.add_argument("what", help="a study, scenario, rule or action")
    parser.add_argument("--against", metavar="STUDY", help="compare with another study")
    full_option(parser)


def run_why(arguments: Namespace) -> int:
    """Say why something holds or does not."""
    from dataclasses import asdict

    case, guide = case_and_guide(arguments)
    with about(arguments.case, case, guide):
        if arguments.against:
            contrast = guide.contrast(case, arguments.what, arguments.against)
            return _show(arguments, contrast, lambda: asdict(contrast), guide, case)
        reasons = guide.why(case, arguments.what)
    if isinstance(reasons, tuple):
        return _show(arguments, reasons, lambda: [asdict(each) for each in reasons], guide, case)
    return _show(arguments, reasons, lambda: asdict(reasons), guide, case)


def check_order_options(parser: ArgumentParser) -> None:
    """Add the options of ``check-order``."""
    case_option(parser, "text", "json")
    parser.add_argument("study", help="the study to be ordered")
    full_option(parser)


def run_check_order(arguments: Namespace) -> int:
    """Check an order."""
    case, guide = case_and_guide(arguments)
    with about(arguments.case, case, guide):
        check = guide.check_order(case, arguments.study)
    return _show(arguments, check, check.to_dict, guide, case, says=True)


def pathway_options(parser: ArgumentParser) -> None:
    """Add the options of ``pathway``."""
    case_option(parser, "text", "json", "svg")
    parser.add_argument("--depth", type=int, default=4, choices=range(1, 5), help="how many studies deep; default: 4")
    full_option(parser)


def run_pathway(arguments: Namespace) -> int:
    """Say what would follow from each result."""
    case, guide = case_and_guide(arguments)
    with about(arguments.case, case, guide), working("Following the results"):
        found = guide.pathway(case, arguments.depth)
    if arguments.format == "svg":
        write_document(found.svg())
        return 1 if missed(guide, case) else 0
    return _show(arguments, found, found.to_dict, guide, case)


def what_to_ask_options(parser: ArgumentParser) -> None:
    """Add the options of ``what-to-ask``."""
    case_option(parser, "text", "json")
    full_option(parser)


def run_what_to_ask(arguments: Namespace) -> int:
    """Say which unknown facts can change the answer."""
    case, guide = case_and_guide(arguments)
    with about(arguments.case, case, guide), working("Trying the unknown facts"):
        asking = guide.what_to_ask(case)
    return _show(arguments, asking, asking.to_dict, guide, case)


def template_options(parser: ArgumentParser) -> None:
    """Add the options of ``template``."""
    parser.add_argument("complaint", nargs="+", help="what the patient comes with, such as: thoracic back pain")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to this new file; default: standard output")


def run_template(arguments: Namespace) -> int:
    """Write a case to be filled in."""
    import json

    document = opened_guide(arguments).template(" ".join(arguments.complaint))
    return write_new(arguments.output, json.dumps(document, indent=2, ensure_ascii=False))


def what_if_options(parser: ArgumentParser) -> None:
    """Add the options of ``what-if``."""
    case_option(parser, "text", "json")
    parser.add_argument("other", metavar="OTHER.json", help="the case with other facts")
    full_option(parser)


def run_what_if(arguments: Namespace) -> int:
    """Say what changes between two cases."""
    read = {name: read_case(name) for name in (arguments.case, arguments.other)}
    guide = opened_guide(arguments)
    cases = {name: chosen(case, arguments, guide) for name, case in read.items()}
    for name, case in cases.items():
        with about(name, case, guide):
            guide.assess(case)  # so that an error names the file
    change = guide.what_if(cases[arguments.case], cases[arguments.other])
    return _show(arguments, change, change.to_dict, guide, *cases.values())


def capsule_options(parser: ArgumentParser) -> None:
    """Add the options of ``capsule``."""
    case_option(parser, "json")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to this file; default: standard output")


def run_capsule(arguments: Namespace) -> int:
    """Write the answer with the evidence it rests on."""
    case, guide = case_and_guide(arguments)
    with about(arguments.case, case, guide):
        made = guide.capsule(case)
    if arguments.output:
        made.write(arguments.output)
    else:
        write_document(str(made))
    return 1 if missed(guide, case) else 0


def recheck_options(parser: ArgumentParser) -> None:
    """Add the options of ``recheck``."""
    parser.add_argument("capsule", metavar="FILE", help="a file that `nextstudy capsule` wrote")
    format_option(parser, "text", "json")


def run_recheck(arguments: Namespace) -> int:
    """Derive a capsule again."""
    from kg.patient.evidence.recheck import recheck

    guide = opened_guide(arguments)
    with working("Deriving again with another engine"):
        found = recheck(arguments.capsule, guide)
    show(arguments, found, found.to_dict)
    return 0 if found.same else 1


ONE_PATIENT = {
    "recommend": Verb("the next study for a case, with the reasons", recommend_options, run_recommend, language=True),
    "why": Verb("why a scenario, rule, action or study holds or does not", why_options, run_why, language=True),
    "check-order": Verb("check a study before it is ordered", check_order_options, run_check_order, language=True),
    "pathway": Verb("what would follow from each result", pathway_options, run_pathway, language=True),
    "what-to-ask": Verb(
        "which unknown facts can change the answer", what_to_ask_options, run_what_to_ask, language=True
    ),
    "template": Verb("a case to fill in: what to ask about a complaint", template_options, run_template),
    "what-if": Verb("what changes between two cases", what_if_options, run_what_if, language=True),
}
"""The verbs about one patient, in the order of the help."""

EVIDENCE = {
    "capsule": Verb("the answer and all the evidence for it, as JSON-LD", capsule_options, run_capsule, language=True),
    "recheck": Verb(
        "derive a capsule again with another engine, and compare", recheck_options, run_recheck, language=True
    ),
}
"""The verbs about evidence to hand on."""

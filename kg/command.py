"""The command ``nextstudy``: each verb carries to one function of the package."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.case import Case
    from kg.content import Content
    from kg.guide import Guide


def process() -> int:
    """Run the command as a process of its own.

    Returns:
        As ``main``; 130 after Ctrl-C.
    """
    # Looking for cycles among the triples that were read, and once more when the process ends, takes a tenth of it and
    # finds nothing.
    gc.set_threshold(100_000)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without some sign is no reason to say nothing
    try:
        status = main()
    except KeyboardInterrupt:
        again = "; the same command goes on where it stopped" if sys.argv[1:2] == ["audit"] else ""
        print(f"{chr(10) if sys.stderr.isatty() else ''}nextstudy: interrupted{again}", file=sys.stderr)
        status = 130
    gc.freeze()
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: The arguments; without them, those of the process.

    Returns:
        0 when all is well, 1 when a check found something, 2 when the input cannot be used.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    from kg.errors import KgError
    from kg.options import parser

    try:
        try:
            arguments = parser(words).parse_args(words)
            return _VERBS[arguments.verb](arguments)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # here, where it can still be said that nothing more can be written
    except KgError as error:
        print(f"nextstudy: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of a pipe left: nothing more to say
        _drop_output()
        return 0
    except OSError as error:
        if error.filename is not None:
            raise
        _drop_output()
        print(f"nextstudy: standard output: cannot be written ({error.strerror}); make room", file=sys.stderr)
        return 2


def _drop_output() -> None:
    """What is still to be written goes nowhere, or Python would complain of it at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _read_case(name: str) -> Case:
    from kg.case import Case
    from kg.errors import CaseError

    if name != "-":
        return Case.read(name)
    if sys.stdin is None:
        message = "standard input: is closed; give the case there, or name a file"
        raise CaseError(message)
    try:  # as a file is read, whatever the terminal writes
        text = sys.stdin.buffer.read().decode("utf-8-sig") if hasattr(sys.stdin, "buffer") else sys.stdin.read()
    except UnicodeDecodeError as error:
        message = "standard input: is not UTF-8 text; save the case as UTF-8"
        raise CaseError(message) from error
    return Case.from_json(text, _place(name))


def _place(name: str) -> str:
    return "standard input" if name == "-" else name


@contextmanager
def _about(name: str, case: Case, guide: Guide) -> Iterator[None]:
    """Name the file of a case that the guideline refuses; an unknown word of the command line is none of the file."""
    from kg.errors import CaseError, ContradictoryCaseError, UnknownTermError
    from kg.facts import facts

    try:
        facts(case, guide.part(guide.topics_of(case)).lexicon)
    except UnknownTermError as error:
        message = f"{_place(name)}: {error}"
        raise UnknownTermError(message) from error
    try:
        yield
    except (CaseError, ContradictoryCaseError) as error:
        message = f"{_place(name)}: {error}"
        raise type(error)(message) from error


def _guide(arguments: argparse.Namespace) -> Guide:
    from kg.guide import load

    return load(arguments.content)


def _show(arguments: argparse.Namespace, result: object, data: Callable[[], object]) -> int:
    """Print a result as text or as JSON."""
    if arguments.format == "json":
        import json

        plain = (
            getattr(sys.stdout, "encoding", None) or ""
        ).lower() != "utf-8"  # where a sign may be missing, JSON can do without
        print(json.dumps(data(), indent=2, ensure_ascii=plain))
    else:
        print(result)
    return 0


def _recommend(arguments: argparse.Namespace) -> int:
    case, guide = _read_case(arguments.case), _guide(arguments)
    with _about(arguments.case, case, guide):
        if arguments.format == "turtle":
            print(guide.to_turtle(case), end="")
            return 0
        answer = guide.assess(case)
    return _show(arguments, answer, answer.to_dict)


def _why(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    case, guide = _read_case(arguments.case), _guide(arguments)
    with _about(arguments.case, case, guide):
        if arguments.against:
            contrast = guide.contrast(case, arguments.what, arguments.against)
            return _show(arguments, contrast, lambda: asdict(contrast))
        reasons = guide.why(case, arguments.what)
    if isinstance(reasons, tuple):
        return _show(arguments, "\n\n".join(map(str, reasons)), lambda: [asdict(verdict) for verdict in reasons])
    return _show(arguments, reasons, lambda: asdict(reasons))


def _check_order(arguments: argparse.Namespace) -> int:
    case, guide = _read_case(arguments.case), _guide(arguments)
    with _about(arguments.case, case, guide):
        check = guide.check_order(case, arguments.study)
    return _show(arguments, check, check.to_dict)


def _pathway(arguments: argparse.Namespace) -> int:
    case, guide = _read_case(arguments.case), _guide(arguments)
    with _about(arguments.case, case, guide):
        pathway = guide.pathway(case, arguments.depth)
    return _show(arguments, pathway.svg() if arguments.format == "svg" else pathway, pathway.to_dict)


def _what_if(arguments: argparse.Namespace) -> int:
    from kg.difference import difference

    cases = {name: _read_case(name) for name in (arguments.case, arguments.other)}
    guide, answers = _guide(arguments), []
    for name, case in cases.items():
        with _about(name, case, guide):
            answers.append(guide.assess(case))
    change = difference(answers[0], answers[-1])
    return _show(arguments, change, change.to_dict)


def _capsule(arguments: argparse.Namespace) -> int:
    from kg.capsule import capsule

    case, guide = _read_case(arguments.case), _guide(arguments)
    with _about(arguments.case, case, guide):
        made = capsule(guide, case)
    if arguments.output:
        made.write(arguments.output)
    else:
        print(made)
    return 0


def _recheck(arguments: argparse.Namespace) -> int:
    from kg.recheck import read, recheck

    found = recheck(read(arguments.capsule), _guide(arguments))
    _show(arguments, found, found.to_dict)
    return 0 if found.same else 1


def _what_to_ask(arguments: argparse.Namespace) -> int:
    case, guide = _read_case(arguments.case), _guide(arguments)
    with _about(arguments.case, case, guide):
        asking = guide.what_to_ask(case)
    return _show(arguments, asking, asking.to_dict)


def _surface(arguments: argparse.Namespace) -> int:
    surface = _guide(arguments).surface(arguments.topic)
    _show(arguments, surface, surface.to_dict)
    return 1 if surface.overlaps or surface.unsafe else 0


def _find(arguments: argparse.Namespace) -> int:
    found = _guide(arguments).find(" ".join(arguments.text), arguments.kind)
    for term in found:
        print(f"{term.id}  {term.label}")
    if not found:
        from kg.errors import quoted

        print(f"nothing in the vocabulary is like {quoted(' '.join(arguments.text))}", file=sys.stderr)
    return 0 if found else 1


def _where(arguments: argparse.Namespace) -> int:
    for place in _guide(arguments).where(arguments.thing):
        print(place)
    return 0


def _ask(arguments: argparse.Namespace) -> int:
    from kg.asking import listing, shown, values
    from kg.catalogue import question
    from kg.errors import ParameterError

    if arguments.question is None:
        print(listing())
        return 0
    given = values(question(arguments.question), arguments)
    endpoint, graph = getattr(arguments, "endpoint", None), getattr(arguments, "graph", None)
    if graph is not None and endpoint is None:
        message = (
            "--graph names a graph of an endpoint; give the address of the endpoint with --endpoint, or leave it out"
        )
        raise ParameterError(message)
    if endpoint is not None:
        from kg.endpoint import remote

        rows = remote(endpoint, graph).ask(arguments.question, **given)
    elif hasattr(arguments, "case"):
        case, guide = _read_case(arguments.case), _guide(arguments)
        with _about(arguments.case, case, guide):
            rows = guide.ask(arguments.question, case=case, **given)
    else:
        rows = _guide(arguments).ask(arguments.question, case=None, **given)
    print(shown(rows, arguments.format))
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from kg.check import check
    from kg.resources import folder

    report = check(
        Path(arguments.content) if arguments.content else folder("ontology"), reason=not arguments.no_reasoner
    )
    print(report)
    return 0 if report.ok else 1


def _prove(arguments: argparse.Namespace) -> int:
    from kg.proofs import prove

    found = prove(_content(arguments), arguments.property)
    _show(arguments, found, found.to_dict)
    return 0 if found.ok and found.decided else 1


def _build(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from kg.build import format_of
    from kg.files import refuse_unwritable, write_text

    output = Path(arguments.output)
    refuse_unwritable(output)
    text = _guide(arguments).build(arguments.format or format_of(output.name), closure=arguments.closure)
    write_text(output, text)
    return 0


def _new_topic(arguments: argparse.Namespace) -> int:
    from kg.new_topic import new_topic

    return _write(arguments.output, new_topic(arguments.slug, _content(arguments)))


def _import_ratings(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from kg.import_ratings import import_ratings

    table = Path(arguments.table)
    called = dict(word.split("=", 1) if "=" in word else (word, "") for word in arguments.column)
    return _write(arguments.output, import_ratings(table, _content(arguments), arguments.topic or table.stem, called))


def _diff(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from kg.editions import compare, load_edition, read_cases

    old, new = (load_edition(Path(place)) for place in (arguments.old, arguments.new))
    cases = read_cases(Path(arguments.cases)) if arguments.cases else None
    found = compare(old, new, cases, everybody=arguments.every_patient)
    return _show(arguments, found, found.to_dict)


def _content(arguments: argparse.Namespace) -> Content:
    from pathlib import Path

    from kg.content import read
    from kg.resources import folder

    return read(Path(arguments.content) if arguments.content else folder("ontology"))


def _write(output: str | None, text: str) -> int:
    """Write to a new file, or to standard output; never over what somebody wrote."""
    from kg.errors import AuthoringError
    from kg.files import write_text

    if output is None:
        print(text, end="")
    else:
        write_text(output, text, AuthoringError, new=True)
    return 0


def _audit(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from kg.errors import AuditError

    try:
        from kg.auditing import Progress, audit_file
    except ModuleNotFoundError as error:
        message = f"audit needs {error.name}; install it with: pip install 'nextstudy[audit]'"
        raise AuditError(message) from error
    summary = audit_file(
        Path(arguments.orders),
        Path(arguments.output),
        rejects=Path(arguments.rejects) if arguments.rejects else None,
        picture=Path(arguments.picture) if arguments.picture else None,
        content=Path(arguments.content) if arguments.content else None,
        assume_absent=arguments.assume_absent,
        workers=arguments.workers,
        progress=Progress() if sys.stderr.isatty() else None,
    )
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return _show(arguments, summary, summary.to_dict)


_VERBS = {
    "recommend": _recommend,
    "why": _why,
    "check-order": _check_order,
    "pathway": _pathway,
    "what-if": _what_if,
    "capsule": _capsule,
    "recheck": _recheck,
    "what-to-ask": _what_to_ask,
    "surface": _surface,
    "find": _find,
    "where": _where,
    "ask": _ask,
    "check": _check,
    "prove": _prove,
    "build": _build,
    "new-topic": _new_topic,
    "import-ratings": _import_ratings,
    "diff": _diff,
    "audit": _audit,
}

if __name__ == "__main__":
    sys.exit(process())

"""The command ``nextstudy``: each verb carries to one function of the package."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: The arguments; without them, those of the process.

    Returns:
        0 when all is well, 1 when a check found something, 2 when the input cannot be used.
    """
    arguments = _parser().parse_args(argv)
    # Imported here so that --help costs no more than argparse.
    from kg.errors import KgError

    try:
        return _VERBS[arguments.verb](arguments)
    except KgError as error:
        print(f"nextstudy: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of a pipe left: nothing more to say.
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nextstudy",
        description="Which imaging study comes next, and what follows from its result, with the reasons.",
        epilog="Exit: 0 fine, 1 findings, 2 unusable input. Informs a clinician who decides; not for emergencies.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    recommend = verbs.add_parser("recommend", help="the next study for a case, with the reasons")
    recommend.add_argument("case", metavar="CASE.json", help="a case; '-' reads standard input")
    recommend.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    find = verbs.add_parser("find", help="search the vocabulary")
    find.add_argument("text", nargs="+", help="words of a label or synonym")
    find.add_argument("--kind", default="Finding", choices=("Finding", "Procedure", "Measure", "Diagnosis", "Action"))
    check = verbs.add_parser("check", help="check a content folder: shapes, verify queries, reasoner")
    check.add_argument("--no-reasoner", action="store_true", help="leave out HermiT")
    for verb in (recommend, find, check):
        verb.add_argument("--content", metavar="FOLDER", help="a content folder; default: the shipped ontology")
    return parser


def _recommend(arguments: argparse.Namespace) -> int:
    from kg.case import Case
    from kg.guide import load

    case = Case.from_json(sys.stdin.read(), "standard input") if arguments.case == "-" else Case.read(arguments.case)
    answer = load(arguments.content).assess(case)
    if arguments.format == "json":
        import json

        print(json.dumps(answer.to_dict(), indent=2, ensure_ascii=False))
    else:
        print(answer.explain())
    return 0


def _find(arguments: argparse.Namespace) -> int:
    from kg.guide import load

    found = load(arguments.content).find(" ".join(arguments.text), arguments.kind)
    for term in found:
        print(f"{term.id}  {term.label}")
    return 0 if found else 1


def _check(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from kg.check import check
    from kg.resources import folder

    report = check(
        Path(arguments.content) if arguments.content else folder("ontology"), reason=not arguments.no_reasoner
    )
    print(report)
    return 0 if report.ok else 1


_VERBS = {"recommend": _recommend, "find": _find, "check": _check}

if __name__ == "__main__":
    sys.exit(main())

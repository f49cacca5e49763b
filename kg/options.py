"""What the verbs of the command are for, and what each of them takes."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser
from collections.abc import Callable, Sequence

Options = Callable[[ArgumentParser], None]

PURPOSES = {
    "one patient": {
        "recommend": "the next study for a case, with the reasons",
        "why": "why a scenario, rule, action or study holds or does not",
        "check-order": "check a study that somebody intends to order",
        "pathway": "what would follow from each result",
        "what-to-ask": "which unknown facts can change the answer",
        "what-if": "what changes between two cases",
    },
    "evidence to hand on": {
        "capsule": "the answer with all that it rests on, as JSON-LD",
        "recheck": "derive a capsule again with another engine, and compare",
    },
    "ask the knowledge": {
        "ask": "ask a question of the catalogue; alone, list them",
        "find": "search the vocabulary",
        "where": "the file and line to edit for a thing of the content",
        "surface": "all combinations of a topic's deciding facts, and answers",
    },
    "write the knowledge": {
        "new-topic": "begin a topic file: commented, every gap marked",
        "import-ratings": "turn a published table into the ratings of a topic file",
        "check": "check a folder: shapes, queries, proofs, examples, reasoner",
        "prove": "what holds of every possible patient, or who refutes it",
        "diff": "what changed between two editions, and whose answer changes",
        "build": "write the whole ontology as one file",
    },
    "many patients": {
        "audit": "judge a table of past orders, one row a case",
    },
}
"""What each verb is for, in the groups and the order of the help."""


def parser(words: Sequence[str]) -> ArgumentParser:
    """The parser of a command line.

    Args:
        words: The command line. Its first word is the verb, and only what that verb takes is set up: the options of
            all verbs would cost every start as much as the answer to one case.

    Returns:
        The parser; ``verb`` is what it finds first.

    >>> parser(["where"]).parse_args(["where", "fever"]).thing
    'fever'
    """
    top = ArgumentParser(
        prog="nextstudy",
        usage="nextstudy VERB ...",
        description=_overview(),
        epilog="Exit: 0 fine, 1 findings, 2 unusable input.\nInforms a clinician who decides; not for emergencies.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB", prog=top.prog, help=argparse.SUPPRESS)
    purposes = {name: purpose for group in PURPOSES.values() for name, purpose in group.items()}
    for name in purposes.keys() & words[:1] or purposes:
        # A question of the catalogue brings options of its own, which a short form of ours must not shadow.
        verb = verbs.add_parser(name, description=_sentence(purposes[name]), allow_abbrev=name != "ask")
        _OPTIONS[name](verb)
        if name == "ask" and words[:1] == ["ask"]:
            from kg.asking import add_options

            add_options(verb, words[1:])
        if name != "diff":
            verb.add_argument("--content", metavar="FOLDER", help="a content folder; default: the shipped ontology")
    return top


def _overview() -> str:
    """What the help begins with: the verbs by what they are for, which argparse cannot group."""
    lines = ["Which imaging study comes next, and what follows from its result, with the", "reasons."]
    for group, verbs in PURPOSES.items():
        lines += ["", f"{group}:", *(f"  {name:<14}  {purpose}" for name, purpose in verbs.items())]
    return "\n".join([*lines, "", "`nextstudy VERB --help` names what each of them takes."])


def _sentence(purpose: str) -> str:
    return f"{purpose[0].upper()}{purpose[1:]}."


def _format(verb: ArgumentParser, *formats: str, about: str = "") -> None:
    verb.add_argument("--format", choices=formats, default=formats[0], help=f"{about}default: {formats[0]}")


def _case(verb: ArgumentParser, *formats: str) -> None:
    verb.add_argument("case", metavar="CASE.json", help="a case; '-' reads standard input")
    _format(verb, *formats)


def _recommend(verb: ArgumentParser) -> None:
    _case(verb, "text", "json", "turtle")


def _why(verb: ArgumentParser) -> None:
    _case(verb, "text", "json")
    verb.add_argument("what", help="a study, scenario, rule or action")
    verb.add_argument("--against", metavar="STUDY", help="put the study beside this one")


def _check_order(verb: ArgumentParser) -> None:
    _case(verb, "text", "json")
    verb.add_argument("study", help="the study that is intended")


def _pathway(verb: ArgumentParser) -> None:
    _case(verb, "text", "json", "svg")
    verb.add_argument("--depth", type=int, default=4, choices=range(1, 5), help="studies deep; default: 4")


def _what_to_ask(verb: ArgumentParser) -> None:
    _case(verb, "text", "json")


def _what_if(verb: ArgumentParser) -> None:
    _case(verb, "text", "json")
    verb.add_argument("other", metavar="OTHER.json", help="the case with other facts")


def _capsule(verb: ArgumentParser) -> None:
    _case(verb, "json")
    verb.add_argument("-o", "--output", metavar="FILE", help="write to this file, not to standard output")


def _recheck(verb: ArgumentParser) -> None:
    verb.add_argument("capsule", metavar="FILE", help="what `nextstudy capsule` wrote")
    _format(verb, "text", "json")


def _ask(verb: ArgumentParser) -> None:
    """The question says what it takes."""


def _find(verb: ArgumentParser) -> None:
    verb.add_argument("text", nargs="+", help="words of a label or synonym")
    from kg.names import SEARCHED

    verb.add_argument("--kind", default="Finding", choices=SEARCHED)


def _where(verb: ArgumentParser) -> None:
    verb.add_argument("thing", help="an identifier, the end of an IRI, or an IRI")


def _surface(verb: ArgumentParser) -> None:
    verb.add_argument("topic", metavar="TOPIC", help="such as thoracic-back-pain; takes some seconds")
    _format(verb, "text", "json")


def _new_topic(verb: ArgumentParser) -> None:
    verb.add_argument("slug", metavar="SLUG", help="lower-case words joined by hyphens")
    verb.add_argument("-o", "--output", metavar="FILE", help="a new file; default: standard output")


def _import_ratings(verb: ArgumentParser) -> None:
    verb.add_argument("table", metavar="TABLE.csv", help="a CSV table with a header")
    verb.add_argument("--topic", metavar="SLUG", help="the topic; default: the name of the table's file")
    verb.add_argument("--column", metavar="NAME=HEADER", action="append", default=[], help="what the table calls NAME")
    verb.add_argument("-o", "--output", metavar="FILE", help="a new file; default: standard output")


def _check(verb: ArgumentParser) -> None:
    verb.add_argument("--no-reasoner", action="store_true", help="leave out HermiT")


def _prove(verb: ArgumentParser) -> None:
    verb.add_argument("property", metavar="PROPERTY", nargs="?", help="one of queries/prove; default: all of them")
    _format(verb, "text", "json")


def _diff(verb: ArgumentParser) -> None:
    verb.add_argument("old", metavar="OLD", help="a content folder, or one RDF file")
    verb.add_argument("new", metavar="NEW", help="another")
    verb.add_argument("--cases", metavar="FOLDER", help="case files to assess in both editions")
    verb.add_argument("--every-patient", action="store_true", help="decide if any possible patient is concerned")
    _format(verb, "text", "json")


def _build(verb: ArgumentParser) -> None:
    verb.add_argument("-o", "--output", metavar="FILE", required=True, help="ends in .ttl, .nt, .jsonld, .owl or .rdf")
    verb.add_argument("--format", choices=("turtle", "ntriples", "jsonld", "rdfxml"), help="default: by the name")
    verb.add_argument("--closure", action="store_true", help="add what the build queries derive")


def _audit(verb: ArgumentParser) -> None:
    verb.add_argument("orders", metavar="ORDERS", help="the table; docs/audit.md names its columns")
    verb.add_argument("-o", "--output", metavar="RESULT", required=True, help="what to write: .parquet or .csv")
    verb.add_argument("--rejects", metavar="FILE", help="where bad rows go; default: RESULT.rejects.csv")
    closed = "closed world for this kind of finding; may be given several times"
    verb.add_argument("--assume-absent", metavar="FINDING", action="append", default=[], help=closed)
    verb.add_argument("--workers", type=int, default=2, help="processes, at least 1; default: 2")
    verb.add_argument("--picture", metavar="FILE.svg", help="also draw the summary")
    _format(verb, "text", "json", about="of the summary; ")


_OPTIONS: dict[str, Options] = {
    "recommend": _recommend,
    "why": _why,
    "check-order": _check_order,
    "pathway": _pathway,
    "what-to-ask": _what_to_ask,
    "what-if": _what_if,
    "capsule": _capsule,
    "recheck": _recheck,
    "ask": _ask,
    "find": _find,
    "where": _where,
    "surface": _surface,
    "new-topic": _new_topic,
    "import-ratings": _import_ratings,
    "check": _check,
    "prove": _prove,
    "diff": _diff,
    "build": _build,
    "audit": _audit,
}

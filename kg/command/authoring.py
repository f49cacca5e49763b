"""The verbs for authors of content."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from kg.command.inputs import content_folder, opened_guide, read_content
from kg.command.outputs import show, write_new
from kg.command.terminal import working
from kg.command.verb import Verb, format_option

_NEW_FILE = "a new file; default: standard output"


def new_topic_options(parser: ArgumentParser) -> None:
    """Add the options of ``new-topic``."""
    parser.add_argument("slug", metavar="SLUG", help="lower-case words joined by hyphens")
    repeated = "the regions for which the guideline repeats its variants, separated by commas"
    parser.add_argument("--regions", metavar="A,B", default="", help=repeated)
    parser.add_argument("-o", "--output", metavar="FILE", help=_NEW_FILE)


def run_new_topic(arguments: Namespace) -> int:
    """Begin a topic file."""
    from kg.author.drafts.new_topic import new_topic

    regions = [region.strip() for region in arguments.regions.split(",") if region.strip()]
    return write_new(arguments.output, new_topic(arguments.slug, read_content(arguments), regions))


def import_ratings_options(parser: ArgumentParser) -> None:
    """Add the options of ``import-ratings``."""
    parser.add_argument("table", metavar="TABLE.csv", help="a CSV table with a header")
    parser.add_argument("--topic", metavar="SLUG", help="the topic; default: the name of the table's file")
    column = "what the table calls the column NAME (repeatable)"
    parser.add_argument("--column", metavar="NAME=HEADER", action="append", default=[], help=column)
    parser.add_argument("--source", metavar="NAME", default="", help="the source of every rating in the table")
    only = "the whole file of a topic that has ratings and no criteria"
    parser.add_argument("--ratings-only", action="store_true", help=only)
    told = "with --ratings-only, what is said of the guideline: title, issued, address, rights ... (repeatable)"
    parser.add_argument("--about", metavar="NAME=TEXT", action="append", default=[], help=told)
    begun = "a new file for the Turtle that begins the studies and regions that the content lacks"
    parser.add_argument("--missing", metavar="FILE", help=begun)
    parser.add_argument("-o", "--output", metavar="FILE", help=_NEW_FILE)


def run_import_ratings(arguments: Namespace) -> int:
    """Turn a table into ratings."""
    from pathlib import Path

    from kg.author.drafts.import_ratings import import_ratings
    from kg.errors import AuthoringError

    table, content = Path(arguments.table), read_content(arguments)
    called = _pairs("--column", arguments.column, "names no column of the table; write NAME=HEADER", "source=sources")
    _refuse_twice("--column", list(called.values()))
    about = _pairs("--about", arguments.about, "says nothing; write NAME=TEXT", "issued=2024")
    if about and not arguments.ratings_only:
        message = "--about says something of a new file; add --ratings-only, or write it into the file of the topic"
        raise AuthoringError(message)
    written = import_ratings(
        table,
        content,
        arguments.topic or table.stem,
        called,
        source=arguments.source,
        about=about if arguments.ratings_only else None,
        missing=arguments.missing,
    )
    return write_new(arguments.output, written)


def _pairs(option: str, words: list[str], wrong: str, such: str) -> dict[str, str]:
    """The words of an option, each of which says something of a name, and each name once."""
    from kg.errors import AuthoringError

    for name, _, said in (word.partition("=") for word in words):
        if not said:
            message = f"{option} {name} {wrong}, such as {such}"
            raise AuthoringError(message)
    pairs = [(name, said) for name, _, said in (word.partition("=") for word in words)]
    _refuse_twice(option, [name for name, _ in pairs])
    return dict(pairs)


def _refuse_twice(option: str, names: list[str]) -> None:
    from kg.errors import AuthoringError, listed

    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        message = f"{option} names {listed(twice)} twice; keep one"
        raise AuthoringError(message)


def check_options(parser: ArgumentParser) -> None:
    """Add the options of ``check``."""
    parser.add_argument("--no-reasoner", action="store_true", help="leave out HermiT")
    parser.add_argument("--topic", metavar="SLUG", help="only this topic: quick, without proofs and reasoner")


def run_check(arguments: Namespace) -> int:
    """Check a content folder."""
    from kg.author.check import check

    with working("Reading the content") as tell:
        folder = content_folder(arguments)
        report = check(folder, reason=not arguments.no_reasoner, topic=arguments.topic, tell=tell)
    print(report)
    return 0 if report.ok else 1


def prove_options(parser: ArgumentParser) -> None:
    """Add the options of ``prove``."""
    parser.add_argument("property", metavar="PROPERTY", nargs="?", help="one of queries/prove; default: all of them")
    format_option(parser, "text", "json")


def run_prove(arguments: Namespace) -> int:
    """Decide what holds for every patient."""
    from kg.author.prove.proofs import prove

    content = read_content(arguments)
    with working("Compiling what is to be proved") as tell:
        found = prove(content, arguments.property, tell=tell)
    show(arguments, found, found.to_dict)
    return 0 if found.ok and found.decided else 1


def diff_options(parser: ArgumentParser) -> None:
    """Add the options of ``diff``."""
    parser.add_argument("old", metavar="OLD", help="a content folder, or one RDF file")
    parser.add_argument("new", metavar="NEW", help="another one")
    parser.add_argument("--cases", metavar="FOLDER", help="case files to assess in both editions")
    every = "decide whether any possible patient is answered differently"
    parser.add_argument("--every-patient", action="store_true", help=every)
    format_option(parser, "text", "json")


def run_diff(arguments: Namespace) -> int:
    """Compare two editions of the content."""
    from pathlib import Path

    from kg.author.editions import compare_editions, load_edition, read_cases

    with working("Comparing the editions"):
        old, new = (load_edition(Path(place)) for place in (arguments.old, arguments.new))
        cases = read_cases(Path(arguments.cases)) if arguments.cases else None
        found = compare_editions(old, new, cases, everybody=arguments.every_patient)
    return show(arguments, found, found.to_dict)


def build_options(parser: ArgumentParser) -> None:
    """Add the options of ``build``."""
    endings = "ends in .ttl, .nt, .jsonld, .owl or .rdf"
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help=endings)
    parser.add_argument("--format", choices=("turtle", "ntriples", "jsonld", "rdfxml"), help="default: by the name")
    parser.add_argument("--closure", action="store_true", help="add what the build queries derive")


def run_build(arguments: Namespace) -> int:
    """Write the whole ontology."""
    from pathlib import Path

    from kg.author.publish.build import format_of
    from kg.files import refuse_unwritable, write_text

    output = Path(arguments.output)
    refuse_unwritable(output)
    guide, form = opened_guide(arguments), arguments.format or format_of(output.name)
    with working("Writing the ontology, and reading it back"):
        text = guide.build(form, closure=arguments.closure)
    write_text(output, text)
    return 0


AUTHORING = {
    "new-topic": Verb("begin a topic file: commented, every gap marked", new_topic_options, run_new_topic),
    "import-ratings": Verb(
        "turn a published table into ratings, or into a topic",
        import_ratings_options,
        run_import_ratings,
    ),
    "check": Verb("check a folder: shapes, queries, proofs, examples, reasoner", check_options, run_check),
    "prove": Verb("what holds for every possible patient, or a counterexample", prove_options, run_prove),
    "diff": Verb("what changed between two editions, and whose answer changes", diff_options, run_diff, content=False),
    "build": Verb("write the whole ontology as one file", build_options, run_build),
}
"""The verbs for authors, in the order of the help."""


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

"""The verb about many patients."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from kg.command.inputs import content_folder
from kg.command.outputs import show
from kg.command.terminal import working
from kg.command.verb import Verb, format_option


def audit_options(parser: ArgumentParser) -> None:
    """Add the options of ``audit``."""
    parser.add_argument("orders", metavar="ORDERS", help="the table; docs/how-to/audit.md names its columns")
    parser.add_argument("-o", "--output", metavar="RESULT", required=True, help="what to write: .parquet or .csv")
    parser.add_argument("--rejects", metavar="FILE", help="where bad rows go; default: RESULT.rejects.csv")
    column = "the table's NAME of our column OURS, with the system of its codes, as present:icd10cm (repeatable)"
    parser.add_argument("--column", metavar="NAME=OURS", action="append", default=[], help=column)
    between = "between the cells of CSV: ',', ';', '|' or 'tab'; default: ','"
    parser.add_argument("--separator", metavar="SIGN", help=between)
    closed = "treat unrecorded findings of this kind as absent (repeatable)"
    parser.add_argument("--assume-absent", metavar="FINDING", action="append", default=[], help=closed)
    parser.add_argument("--workers", type=int, default=2, help="processes, at least 1; default: 2")
    parser.add_argument("--picture", metavar="FILE.svg", help="also draw the summary")
    format_option(parser, "text", "json", about="of the summary; ")


def run_audit(arguments: Namespace) -> int:
    """Audit a table of past orders."""
    from pathlib import Path

    from kg.errors import AuditError

    try:
        from kg.auditing.rows import Export
        from kg.auditing.run import Progress, audit_file
    except ModuleNotFoundError as error:
        message = f"audit needs {error.name}; install it with: pip install 'nextstudy[audit]'"
        raise AuditError(message) from error
    unpaired = [word for word in arguments.column if "=" not in word]
    if unpaired:
        message = f"--column {unpaired[0]} names one column; write NAME=OURS, such as --column patient=id"
        raise AuditError(message)
    export = Export.of(
        [(name, ours) for name, _, ours in (word.rpartition("=") for word in arguments.column)], arguments.separator
    )
    content = content_folder(arguments)
    with working("Opening the content and the orders") as tell:
        summary = audit_file(
            Path(arguments.orders),
            Path(arguments.output),
            rejects=Path(arguments.rejects) if arguments.rejects else None,
            picture=Path(arguments.picture) if arguments.picture else None,
            content=content if arguments.content else None,
            assume_absent=arguments.assume_absent,
            export=export,
            workers=arguments.workers,
            progress=Progress(tell),
        )
    status = show(arguments, summary, summary.to_dict)
    unread = summary.not_understood
    if unread.total() * 2 > summary.rows:
        most = ", ".join(code for code, _ in unread.most_common(3))
        wrong = f"codes of {unread.total()} of {summary.rows} rows were not understood, most often {most}"
        print(f"nextstudy: {arguments.orders}: {wrong}", file=sys.stderr)
        return 1
    if summary.rejected < summary.rows:
        return status
    rejects = arguments.rejects or f"{arguments.output}.rejects.csv"
    wrong = f"every row was rejected; {rejects} says why" if summary.rows else "has no rows to judge"
    print(f"nextstudy: {arguments.orders}: {wrong}", file=sys.stderr)
    return 1


MANY_PATIENTS = {"audit": Verb("audit a table of past orders, one case per row", audit_options, run_audit)}
"""The verb about many patients."""

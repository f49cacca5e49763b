"""Writes the summary of an audit as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from kg.auditing.run import Audit
from kg.auditing.summary import BY, AuditSummary, largest
from kg.show.text import body, phrases
from kg.show.text import further as said
from kg.show.text.wrap import WIDTH, wrapped

_LINES_SHOWN = 10
"""The number of entries of a section that are shown."""


@body.register
def _audit(audit: Audit) -> str:
    return _summary(audit.summary)


@body.register
def _summary(counts: AuditSummary) -> str:
    lines = [wrapped(sentence, 0, 2) for sentence in phrases.not_answered(counts)]
    lines += [f"{said.rows_read(counts)}, {said.judged_orders(counts)}"]
    lines += _section(said.OUTCOMES, _count_lines(counts.outcomes))
    lines += _section(said.RATINGS_OF_ORDERS, _count_lines(counts.ratings))
    for by in BY:
        rows = counts.shares(by)[:_LINES_SHOWN]
        if [name for name, _, _ in rows] != ["not given"]:
            lines += _section(f"{said.APPROPRIATE_BY} {by}", ((n, f"{share:6.1%} of {c:,}") for n, c, share in rows))
    lines += _section(said.REASONS_AGAINST, _count_lines(counts.reasons, _LINES_SHOWN))
    lines += _section(said.CODES_NOT_UNDERSTOOD, _count_lines(counts.not_understood, _LINES_SHOWN))
    lines += _section(said.MOST_WARNINGS, _count_lines(counts.warnings, _LINES_SHOWN))
    return "\n".join(lines)


def _count_lines(counts: Counter[str], most: int | None = None) -> Iterable[tuple[str, str]]:
    return ((name, f"{count:,}") for name, count in largest(counts)[:most])


def _section(title: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    """A title and its rows, with the values at the right, in at most 80 columns."""
    shown = list(rows)
    width = max((len(value) for _, value in shown), default=0)
    lines = []
    for name, value in shown:
        room = WIDTH - 4 - width
        lines.append(f"  {name if len(name) <= room else name[: room - 1] + '…':<{room}}  {value:>{width}}")
    return ["", title, *lines] if lines else []

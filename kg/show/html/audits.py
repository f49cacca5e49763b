"""Shows the summary of an audit: how many orders were appropriate, and what is against the others."""

from __future__ import annotations

from collections import Counter

from kg.auditing.run import Audit
from kg.auditing.summary import BY, AuditSummary, largest
from kg.show.html import body
from kg.show.html.markup import Markup, section, table, tag
from kg.show.text import further as said
from kg.show.text import phrases

_ROWS_SHOWN = 10


@body.register
def audit_view(finished: Audit) -> Markup:
    """The summary of a finished audit."""
    return summary(finished.summary)


@body.register
def summary(counts: AuditSummary) -> Markup:
    """The share of appropriate orders, with a bar for each study, scenario and ordering unit; then the counts."""
    return tag(
        "div",
        *(tag("p", sentence, class_="call") for sentence in phrases.not_answered(counts)),
        tag("h3", said.judged_orders(counts)),
        tag("p", f"{said.rows_read(counts)}.", class_="soft"),
        *(section(f"{said.APPROPRIATE_BY} {by}", _shares(by, counts)) for by in BY if _given(by, counts)),
        _count_rows(said.RATINGS_OF_ORDERS, counts.ratings),
        _count_rows(said.OUTCOMES, counts.outcomes),
        _count_rows(said.REASONS_AGAINST, counts.reasons),
        _count_rows(said.CODES_NOT_UNDERSTOOD, counts.not_understood),
        _count_rows(said.MOST_WARNINGS, counts.warnings),
    )


def _given(by: str, counts: AuditSummary) -> bool:
    return any(name != "not given" for name, _, _ in counts.shares(by))


def _shares(by: str, counts: AuditSummary) -> Markup:
    rows = [
        [name, f"{orders:,}", f"{share:.1%}", tag("div", class_="bar shade-1", style=f"width: {100 * share:.1f}px")]
        for name, orders, share in counts.shares(by)[:_ROWS_SHOWN]
    ]
    return table((by.capitalize(), "Orders", "Appropriate", ""), rows)


def _count_rows(title: str, counts: Counter[str]) -> Markup:
    rows = [[name, f"{number:,}"] for name, number in largest(counts)[:_ROWS_SHOWN]]
    return section(title, table(("", "Rows"), rows)) if rows else Markup()

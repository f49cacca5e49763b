"""The summary of an audit: how many orders were appropriate, and what speaks against the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kg.auditing import Audit
from kg.rich import body
from kg.rich.markup import Markup, section, tag
from kg.rich.tables import table
from kg.summary import BY, Summary

_SHOWN = 10
_COLUMNS = {"group": "", "orders": "Orders", "share": "Appropriate", "bar": ""}


@body.register
def audit(finished: Audit) -> Markup:
    """A finished audit.

    Args:
        finished: The audit.

    Returns:
        Its summary.
    """
    return summary(finished.summary)


@body.register
def summary(counts: Summary) -> Markup:
    """The summary of an audit.

    Args:
        counts: The counts.

    Returns:
        The share of appropriate orders with a bar for each study, scenario and ordering unit; then the counts.
    """
    share = "no order could be judged" if counts.share is None else f"{counts.share:.1%} appropriate"
    return tag(
        "div",
        tag("h3", f"{counts.judged:,} orders judged: {share}"),
        tag("p", f"{counts.rows:,} rows, {counts.rejected:,} rejected.", class_="soft"),
        *(section(f"Appropriate by {by}", _shares(by, counts)) for by in BY if _given(by, counts)),
        _counted("Ratings of the orders", counts.ratings),
        _counted("Outcomes", counts.outcomes),
        _counted("Most frequent reasons against", counts.reasons),
        _counted("Most frequent warnings", counts.warnings),
    )


def _given(by: str, counts: Summary) -> bool:
    return any(name != "not given" for name, _, _ in counts.shares(by))


def _shares(by: str, counts: Summary) -> Markup:
    rows = [
        [name, f"{orders:,}", f"{share:.1%}", tag("div", class_="bar shade-1", style=f"width: {100 * share:.1f}px")]
        for name, orders, share in counts.shares(by)[:_SHOWN]
    ]
    return table(f"by-{by}", _COLUMNS | {"group": by.capitalize()}, rows)


def _counted(title: str, counts: Mapping[str, int]) -> Markup:
    largest: Iterable[tuple[str, int]] = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_SHOWN]
    rows = [[name, f"{number:,}"] for name, number in largest]
    return section(title, table("counted", {"name": "", "number": "Rows"}, rows)) if rows else Markup()

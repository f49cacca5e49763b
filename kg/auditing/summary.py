"""Sums up an audit: how many orders were appropriate, by study, scenario and ordering unit, and why others were not."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kg.auditing.batches import NOT_JUDGED, NOT_RATED
from kg.auditing.refusals import NOT_UNDERSTOOD
from kg.errors import ParameterError, listed, quoted
from kg.shown import Shown

BY = ("study", "scenario", "unit")


@dataclass(frozen=True, repr=False)
class AuditSummary(Shown):
    """The counts of an audit; ``plus`` adds a batch.

    Attributes:
        appropriate: The ratings that count as appropriate.
        rows: Rows read.
        rejected: Rows that could not be judged because of an error.
        outcomes: Rows by outcome.
        ratings: Orders by rating.
        groups: Judged orders by kind of group, group, and whether they were appropriate; orders not rated are left out.
        reasons: Why orders were not appropriate: study, rating and scenario.
        warnings: How often each warning held.
        unfinished: What is not answered, because a topic of the content is unfinished: one sentence for each.
        not_understood: Rows that were rejected because of a code that was not understood, by the first such code.
    """

    appropriate: frozenset[str]
    rows: int = 0
    rejected: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    ratings: Counter[str] = field(default_factory=Counter)
    groups: dict[str, Counter[tuple[str, bool]]] = field(default_factory=lambda: {name: Counter() for name in BY})
    reasons: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    unfinished: tuple[str, ...] = ()
    not_understood: Counter[str] = field(default_factory=Counter)

    def plus(self, batch: pa.RecordBatch | pa.Table) -> AuditSummary:
        """The counts with the rows of one more batch.

        Args:
            batch: Columns of ``kg.auditing.batches.RESULT``.
        """
        table = pa.table(batch) if isinstance(batch, pa.RecordBatch) else batch
        bad = pc.is_valid(table.column("error"))
        good = table.filter(pc.invert(bad))
        rating = _rating_column(good)
        orders = self._orders(good, rating)
        return AuditSummary(
            self.appropriate,
            self.rows + table.num_rows,
            self.rejected + (pc.sum(bad).as_py() or 0),
            self.outcomes + _value_counts(good.column("outcome")),
            self.ratings + _value_counts(rating.drop_null()),
            {by: self.groups[by] + _by(orders, by) for by in BY},
            self.reasons + _against(orders),
            self.warnings + _value_counts(pc.list_flatten(good.column("warnings").combine_chunks())),
            self.unfinished,
            self.not_understood + _not_understood(table.filter(bad).column("error")),
        )

    def _orders(self, table: pa.Table, rating: pa.Array) -> pa.Table:
        """The orders that were judged; one that is not rated, or cannot be judged, is left out."""
        judged = pc.and_(pc.is_valid(rating), pc.invert(pc.is_in(rating, pa.array([NOT_JUDGED, NOT_RATED]))))
        orders = {
            "study": table.column("ordered"),
            "scenario": _joined_scenarios(table.column("scenario")),
            "unit": table.column("unit"),
            "rating": rating,
            "good": pc.is_in(rating, pa.array(sorted(self.appropriate))),
        }
        return pa.table(orders).filter(judged)

    @property
    def judged(self) -> int:
        """How many orders were judged."""
        return sum(self.groups["study"].values())

    @property
    def share(self) -> float | None:
        """The share of the judged orders that was appropriate, from 0 to 1; None where no order was judged."""
        good = sum(number for (_, fine), number in self.groups["study"].items() if fine)
        return good / self.judged if self.judged else None

    def shares(self, by: str) -> list[tuple[str, int, float]]:
        """The share of appropriate orders in each group.

        Args:
            by: ``"study"``, ``"scenario"`` or ``"unit"``.

        Returns:
            Group, orders judged and share, the largest group first.
        """
        counts = self.groups[by]
        totals: Counter[str] = Counter()
        for (name, _), number in counts.items():
            totals[name] += number
        return [(name, total, counts[name, True] / total) for name, total in largest(totals)]

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain data for JSON."""
        return {
            "rows": self.rows,
            "rejected": self.rejected,
            "judged": self.judged,
            "share_appropriate": self.share,
            "outcomes": dict(largest(self.outcomes)),
            "ratings": dict(largest(self.ratings)),
            **{f"by_{by}": [{by: n, "orders": c, "share": s} for n, c, s in self.shares(by)] for by in BY},
            "reasons": dict(largest(self.reasons)),
            "warnings": dict(largest(self.warnings)),
            **({"unfinished": list(self.unfinished)} if self.unfinished else {}),
            **({"not_understood": dict(largest(self.not_understood))} if self.not_understood else {}),
        }

    def svg(self, by: str = "study") -> str:
        """The share of appropriate orders in each of the largest groups, as SVG text.

        Args:
            by: ``"study"``, ``"scenario"`` or ``"unit"``; at most 20 groups are drawn.

        Raises:
            ParameterError: There is no such kind of group.
        """
        if by not in BY:
            message = f"an audit groups orders by one of {listed(BY)}, not by {quoted(by)}"
            raise ParameterError(message)
        rows = self.shares(by)[:20]
        height = 24 * len(rows) + 60
        title = "no order could be judged" if self.share is None else f"{self.share:.1%} of {self.judged:,} orders"
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 {height}" width="800" height="{height}" '
            'font-family="sans-serif" font-size="13" role="group">',
            f"<title>Appropriate by {by}: {escape(title)}</title>",
            f'<rect width="800" height="{height}" fill="#fff"/>',
            f'<text x="16" y="28" font-size="16">Appropriate by {by}: {escape(title)}</text>',
        ]
        for number, (name, count, share) in enumerate(rows):
            y = 24 * number + 46
            shown = name if len(name) <= 50 else f"{name[:49]}…"
            parts += [
                f'<text x="366" y="{y + 14}" text-anchor="end">{escape(shown)}</text>',
                f'<rect x="376" y="{y}" width="300" height="18" fill="#e6e6e6"/>',
                f'<rect x="376" y="{y}" width="{300 * share:.1f}" height="18" fill="#2b6cb0"/>',
                f'<text x="684" y="{y + 14}">{share:.0%} of {count:,}</text>',
            ]
        return "\n".join([*parts, "</svg>"])


_NAMED = re.compile(f"{NOT_UNDERSTOOD}'([^']*)'")


def _not_understood(errors: pa.ChunkedArray) -> Counter[str]:
    """How many rows were rejected because of each code that was not understood."""
    found = (_NAMED.match(error) for error in errors.to_pylist())
    return Counter(match[1] for match in found if match)


def _rating_column(table: pa.Table) -> pa.ChunkedArray:
    """The rating of each order; a contraindication outweighs it."""
    ruled_out = pc.and_(table.column("contraindicated"), pc.is_valid(table.column("ordered")))
    return pc.if_else(ruled_out, "contraindicated", table.column("rating"))


def _by(orders: pa.Table, by: str) -> Counter[tuple[str, bool]]:
    """How many orders of each group were appropriate, and how many were not."""
    found: Counter[tuple[str, bool]] = Counter()
    for group in orders.group_by([by, "good"]).aggregate([([], "count_all")]).to_pylist():
        found[group[by] or "not given", group["good"]] += group["count_all"]
    return found


def _against(orders: pa.Table) -> Counter[str]:
    """Why orders were not appropriate."""
    found: Counter[str] = Counter()
    against = orders.filter(pc.invert(orders.column("good"))).group_by(["study", "rating", "scenario"])
    for group in against.aggregate([([], "count_all")]).to_pylist():
        found[f"{group['study']}: {group['rating']} in {group['scenario'] or 'none'}"] += group["count_all"]
    return found


def _joined_scenarios(lists: pa.ChunkedArray) -> pa.Array:
    """All leading scenarios of a row in one text."""
    return pc.binary_join(lists.combine_chunks().cast(pa.list_(pa.string())), " and ")


def _value_counts(values: pa.Array) -> Counter[str]:
    """How often each value occurs."""
    return Counter({entry["values"]: entry["counts"] for entry in pc.value_counts(values).to_pylist()})


def largest(counts: Counter[str]) -> list[tuple[str, int]]:
    """Counts in the order in which they are shown.

    Args:
        counts: How often each name occurs.

    Returns:
        The largest first; equal counts by name.
    """
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))

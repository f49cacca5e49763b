"""Sum up an audit: how many orders were appropriate, by study, scenario and ordering unit, and what speaks against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kg.showing import Shown
from kg.table import NOT_JUDGED, NOT_RATED

BY = ("study", "scenario", "unit")
_SHOWN = 10


@dataclass(frozen=True)
class Summary(Shown):
    """Counts; each batch gives greater ones.

    Attributes:
        appropriate: The ratings that count as appropriate.
        rows: Rows read.
        rejected: Rows that could not be judged because something is wrong with them.
        outcomes: Rows by outcome.
        ratings: Orders by rating.
        groups: Judged orders by kind of group, group, and whether they were appropriate; those not rated stand apart.
        reasons: Why orders were not appropriate: study, rating and scenario.
        warnings: How often each warning held.
    """

    appropriate: frozenset[str]
    rows: int = 0
    rejected: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    ratings: Counter[str] = field(default_factory=Counter)
    groups: dict[str, Counter[tuple[str, bool]]] = field(default_factory=lambda: {name: Counter() for name in BY})
    reasons: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)

    def plus(self, batch: pa.RecordBatch | pa.Table) -> Summary:
        """Count the rows of a batch as well.

        Args:
            batch: Columns of ``kg.table.RESULT``.

        Returns:
            The counts of both.
        """
        table = pa.table(batch) if isinstance(batch, pa.RecordBatch) else batch
        bad = pc.is_valid(table.column("error"))
        good = table.filter(pc.invert(bad))
        rating = _rating(good)
        orders = self._orders(good, rating)
        return Summary(
            self.appropriate,
            self.rows + table.num_rows,
            self.rejected + (pc.sum(bad).as_py() or 0),
            self.outcomes + _counts(good.column("outcome")),
            self.ratings + _counts(rating.drop_null()),
            {by: self.groups[by] + _by(orders, by) for by in BY},
            self.reasons + _against(orders),
            self.warnings + _counts(pc.list_flatten(good.column("warnings").combine_chunks())),
        )

    def _orders(self, table: pa.Table, rating: pa.Array) -> pa.Table:
        """The orders that were judged. One that is not rated, or cannot be judged, has nothing said against it."""
        judged = pc.and_(pc.is_valid(rating), pc.invert(pc.is_in(rating, pa.array([NOT_JUDGED, NOT_RATED]))))
        orders = {
            "study": table.column("ordered"),
            "scenario": _first(table.column("scenario")),
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
        """Which share of the judged orders was appropriate; None where none was judged."""
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
        return [(name, total, counts[name, True] / total) for name, total in _largest(totals)]

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain data.

        Returns:
            A dictionary that JSON can hold.
        """
        return {
            "rows": self.rows,
            "rejected": self.rejected,
            "judged": self.judged,
            "share_appropriate": self.share,
            "outcomes": dict(_largest(self.outcomes)),
            "ratings": dict(_largest(self.ratings)),
            **{f"by_{by}": [{by: n, "orders": c, "share": s} for n, c, s in self.shares(by)] for by in BY},
            "reasons": dict(_largest(self.reasons)),
            "warnings": dict(_largest(self.warnings)),
        }

    def __str__(self) -> str:
        """The summary as text of at most 80 columns."""
        share = "no order could be judged" if self.share is None else f"{self.share:.1%} appropriate"
        lines = [f"{self.rows:,} rows, {self.rejected:,} rejected, {self.judged:,} orders judged: {share}"]
        lines += _section("Outcomes", ((name, f"{count:,}") for name, count in _largest(self.outcomes)))
        lines += _section("Ratings of the orders", ((name, f"{count:,}") for name, count in _largest(self.ratings)))
        for by in BY:
            rows = self.shares(by)[:_SHOWN]
            if [name for name, _, _ in rows] != ["not given"]:
                lines += _section(f"Appropriate by {by}", ((n, f"{share:6.1%} of {c:,}") for n, c, share in rows))
        lines += _section("Most frequent reasons against", _counted(self.reasons))
        lines += _section("Most frequent warnings", _counted(self.warnings))
        return "\n".join(lines)

    def svg(self) -> str:
        """The share of appropriate orders by study as a picture.

        Returns:
            SVG text.
        """
        rows = self.shares("study")[:20]
        height = 24 * len(rows) + 60
        title = "no order could be judged" if self.share is None else f"{self.share:.1%} of {self.judged:,} orders"
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 {height}" width="800" height="{height}" '
            'font-family="sans-serif" font-size="13" role="group">',
            f"<title>Appropriate by study: {escape(title)}</title>",
            f'<rect width="800" height="{height}" fill="#fff"/>',
            f'<text x="16" y="28" font-size="16">Appropriate: {escape(title)}</text>',
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


def _rating(table: pa.Table) -> pa.ChunkedArray:
    """The rating of each order; a contraindication outweighs it."""
    ruled_out = pc.and_(table.column("contraindicated"), pc.is_valid(table.column("ordered")))
    return pc.if_else(ruled_out, "contraindicated", table.column("rating"))


def _by(orders: pa.Table, by: str) -> Counter[tuple[str, bool]]:
    """How many orders of each group were appropriate, and how many not."""
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


def _first(lists: pa.ChunkedArray) -> pa.Array:
    """All leading scenarios of a row in one text."""
    return pc.binary_join(lists.combine_chunks().cast(pa.list_(pa.string())), " and ")


def _counts(values: pa.Array) -> Counter[str]:
    """How often each value occurs."""
    return Counter({entry["values"]: entry["counts"] for entry in pc.value_counts(values).to_pylist()})


def _largest(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _counted(counts: Counter[str]) -> Iterable[tuple[str, str]]:
    return ((name, f"{count:,}") for name, count in _largest(counts)[:_SHOWN])


def _section(title: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    """A title and its rows, the values to the right, at most 80 columns."""
    shown = list(rows)
    width = max((len(value) for _, value in shown), default=0)
    lines = []
    for name, value in shown:
        room = 80 - 4 - width
        lines.append(f"  {name if len(name) <= room else name[: room - 1] + '…':<{room}}  {value:>{width}}")
    return ["", title, *lines] if lines else []

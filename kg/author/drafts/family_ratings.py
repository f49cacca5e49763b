"""Says once what a guideline repeats for each region: a rating for all tables, and one for each table that differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Study = TypeVar("Study", bound=Hashable)
Table = TypeVar("Table", bound=Hashable)
Said = TypeVar("Said", bound=Hashable)


def condensed(
    cells: Mapping[Study, Mapping[Table, Said]], tables: Sequence[Table]
) -> list[tuple[Study, tuple[Table, ...], Said]]:
    """What to write of each study, with the tables in which it holds; none where it holds in all others.

    Args:
        cells: Of each study, what each table says that rates it.
        tables: All tables of the family.

    >>> condensed({"MRI": {"neck": "yes", "back": "yes"}, "CT": {"neck": "yes"}}, ["neck", "back"])
    [('MRI', (), 'yes'), ('CT', ('neck',), 'yes')]
    >>> condensed({"MRI": {"neck": "yes", "back": "yes", "both": "no"}}, ["neck", "back", "both"])
    [('MRI', (), 'yes'), ('MRI', ('both',), 'no')]
    """
    written: list[tuple[Study, tuple[Table, ...], Said]] = []
    for study, said in cells.items():
        alike = Counter(said[table] for table in tables if table in said)
        general = alike.most_common(1)[0][0] if all(table in said for table in tables) else None
        for value in sorted(alike, key=lambda value: value != general):
            places = tuple(table for table in tables if said.get(table) == value)
            written.append((study, () if value == general else places, value))
    return written

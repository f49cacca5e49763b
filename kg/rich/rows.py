"""The rows that answer a question, as a table."""

from __future__ import annotations

from pyoxigraph import NamedNode

from kg.names import slug
from kg.rich import body
from kg.rich.markup import Markup, tag
from kg.rows import Rows, Term


@body.register
def rows_table(rows: Rows) -> Markup:
    """A table that scrolls when it is long.

    Args:
        rows: The rows.

    Returns:
        The table. A thing is shown by its label, or by its identifier where another column says the label already; it
        shows its IRI when it is pointed at.
    """
    if not len(rows):
        return tag("p", "no rows", class_="soft")
    head = tag("tr", *(tag("th", name, scope="col") for name in rows.columns))
    lines = [tag("tr", *(_cell(term, row, rows) for term in row)) for row in rows.terms]
    return tag("div", tag("table", tag("thead", head), tag("tbody", *lines)), class_="scroll")


def _cell(term: Term, row: tuple[Term, ...], rows: Rows) -> Markup:
    label = rows.label(term)
    if not isinstance(term, NamedNode):
        return tag("td", label)
    said = any(rows.label(other) == label for other in row if not isinstance(other, NamedNode))
    return tag("td", slug(term.value) if said else label, title=term.value)

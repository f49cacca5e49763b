"""Shows the rows that answer a question, as a table."""

from __future__ import annotations

from pyoxigraph import NamedNode

from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.rows import Cell, Rows
from kg.show.html import body
from kg.show.html.markup import Markup, table, tag
from kg.show.text import phrases


@body.register
def rows_table(rows: Rows) -> Markup:
    """A table that scrolls if it is long.

    A thing is shown by its label, or by its identifier if another column already has the label. Its IRI appears on
    hover.
    """
    if not len(rows):
        return tag("p", phrases.NO_ROWS, class_="soft")
    cells = ((_cell(term, row, rows) for term in row) for row in rows.terms)
    return tag("div", table(rows.columns, cells), class_="scroll")


def _cell(term: Cell, row: tuple[Cell, ...], rows: Rows) -> Markup:
    label = rows.label(term)
    if not isinstance(term, NamedNode):
        return tag("td", label)
    said = any(rows.label(other) == label for other in row if not isinstance(other, NamedNode))
    return tag("td", slug(term.value) if said else label, title=term.value)

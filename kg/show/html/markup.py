"""Builds markup, and escapes everything that is not markup already."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

from kg.errors import printable
from kg.knowledge.content.terms import Origin, Term


class Markup(str):
    """Text that is markup and must not be escaped again."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str) -> Markup:
    """An element.

    Args:
        name: Its name.
        children: Its content; text that is not ``Markup`` is escaped.
        attributes: Its attributes; ``class_`` is written without the underscore.

    >>> tag("b", "1 < 2", class_="x")
    '<b class="x">1 &lt; 2</b>'
    """
    given = "".join(f' {key.rstrip("_")}="{escape(printable(value))}"' for key, value in attributes.items())
    return Markup(f"<{name}{given}>{joined(children)}</{name}>")


def joined(parts: Iterable[str]) -> Markup:
    """Parts one after another.

    Args:
        parts: Markup, or text to be escaped.

    Returns:
        The whole.
    """
    return Markup("".join(part if isinstance(part, Markup) else escape(printable(part)) for part in parts))


def item_list(items: Iterable[str]) -> Markup:
    """A bullet list; empty without items."""
    points = [tag("li", item) for item in items]
    return tag("ul", *points) if points else Markup()


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Markup:
    """A table.

    Args:
        head: The heading of each column.
        rows: The cells of each row; a cell that is a ``td`` or ``th`` already is taken as it is.
    """
    lines = (tag("tr", *(cell if _is_cell(cell) else tag("td", cell) for cell in row)) for row in rows)
    heading = tag("tr", *(tag("th", title, scope="col") for title in head))
    return tag("table", tag("thead", heading), tag("tbody", *lines))


def _is_cell(words: str) -> bool:
    return isinstance(words, Markup) and words.startswith(("<td", "<th"))


def section(title: str, *parts: str, opened: bool = True) -> Markup:
    """A part that can be folded, at first open or not; empty if its parts are."""
    if not any(parts):
        return Markup()
    folded: dict[str, str] = {"open": ""} if opened else {}
    return tag("details", tag("summary", title), *parts, **folded)


def origin_places(origins: Iterable[Origin]) -> Markup:
    """Where something comes from: a mark that shows the places on hover or when unfolded; empty without places."""
    lines = dict.fromkeys(map(str, origins))
    return (
        tag("details", tag("summary", "source", title="\n".join(lines)), item_list(lines), class_="places")
        if lines
        else Markup()
    )


def labels(terms: Iterable[Term]) -> str:
    """The labels of some terms, separated by semicolons."""
    return "; ".join(term.label for term in terms)


def page(body: Markup) -> str:
    """A result together with the style, as HTML that stands alone."""
    return tag("div", tag("style", Markup(_style())), body, class_="kg-result")


@cache
def _style() -> str:
    return (Path(__file__).parent / "style.css").read_text(encoding="utf-8")

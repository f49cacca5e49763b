"""Markup that escapes whatever is not markup already."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

from kg.answer import Origin, Term


class Markup(str):
    """Text that is markup."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str) -> Markup:
    """An element.

    Args:
        name: Its name.
        children: What is in it; text that is not ``Markup`` is escaped.
        attributes: Its attributes; ``class_`` is written without the underscore.

    Returns:
        The element.

    >>> tag("b", "1 < 2", class_="x")
    '<b class="x">1 &lt; 2</b>'
    """
    given = "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{given}>{joined(children)}</{name}>")


def joined(parts: Iterable[str]) -> Markup:
    """Parts one after another.

    Args:
        parts: Markup, or text to be escaped.

    Returns:
        The whole.
    """
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))


def listing(items: Iterable[str]) -> Markup:
    """A list of points.

    Args:
        items: The points.

    Returns:
        The list; nothing without points.
    """
    points = [tag("li", item) for item in items]
    return tag("ul", *points) if points else Markup()


def section(title: str, *parts: str, opened: bool = True) -> Markup:
    """A part that can be folded.

    Args:
        title: Its heading.
        parts: What is in it.
        opened: Whether it is shown unfolded.

    Returns:
        The part; nothing when nothing is in it.
    """
    if not any(parts):
        return Markup()
    folded: dict[str, str] = {"open": ""} if opened else {}
    return tag("details", tag("summary", title), *parts, **folded)


def places(origins: Iterable[Origin]) -> Markup:
    """Where something comes from: a mark that shows the places when it is pointed at or unfolded.

    Args:
        origins: The places.

    Returns:
        A folded list; nothing without places.
    """
    lines = dict.fromkeys(map(place, origins))
    return (
        tag("details", tag("summary", "source", title="\n".join(lines)), listing(lines), class_="places")
        if lines
        else Markup()
    )


def place(origin: Origin) -> str:
    """A place in words.

    Args:
        origin: The place.

    Returns:
        What is said there, the section and the source.
    """
    section_of = f", {origin.section}" if origin.section else ""
    return f"{origin.statement} ({origin.source}{section_of})"


def labels(terms: Iterable[Term]) -> str:
    """Labels, one after another.

    Args:
        terms: The terms.

    Returns:
        Text.
    """
    return "; ".join(term.label for term in terms)


def page(body: Markup) -> str:
    """Put a result and the style together.

    Args:
        body: The result.

    Returns:
        HTML that stands alone.
    """
    return tag("div", tag("style", Markup(_style())), body, class_="kg-result")


@cache
def _style() -> str:
    return (Path(__file__).parent / "style.css").read_text(encoding="utf-8")

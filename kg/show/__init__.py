"""Shows results as text, as HTML or as a picture. No room below imports this one: it fills a table of views."""

from __future__ import annotations

from typing import Any

from kg.shown import VIEWS

# Each view is imported when it is first needed: most processes show one result in one way.


def _register(result: object) -> None:
    """Import the views of records: they need those of answers as text and as HTML."""
    if type(result).__module__ == "kg.records.answer":
        import kg.show.records  # noqa: F401  (registers its views)


def _text(result: Any) -> str:
    from kg.show.text import text

    _register(result)
    return text(result)


def _title(result: Any) -> str:
    from kg.show.text import title

    _register(result)
    return title(result)


def _explained(result: Any, *parts: str) -> str:
    from kg.show.text import explained

    return explained(result, *parts)


def _html(result: Any) -> str:
    from kg.show.html import html

    _register(result)
    return html(result)


def _svg(result: Any, width: int) -> str:
    from kg.show.svg import svg

    return svg(result, width)


def _markdown(result: Any, sources: bool) -> str:
    from kg.show.paper import markdown

    return markdown(result, sources=sources)


def _latex(result: Any, sources: bool) -> str:
    from kg.show.paper import latex

    return latex(result, sources=sources)


VIEWS.update(text=_text, title=_title, explained=_explained, html=_html, svg=_svg, markdown=_markdown, latex=_latex)

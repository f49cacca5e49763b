"""How a result shows itself: through views that the room ``show`` adds to a table, so that no result imports them."""

from __future__ import annotations

from collections.abc import Callable

VIEWS: dict[str, Callable[..., str]] = {}
"""What turns a result into ``"text"``, all of it (``"explained"``), a ``"title"``, ``"html"`` or a picture (``"svg"``).

``kg.show`` fills it."""

_LONGEST_TITLE = 140
"""How many characters of the title ``repr`` shows, so that it stays below 200 in all."""


class Shown:
    """Base of the results that a person looks at."""

    def __str__(self) -> str:
        """The result as text of at most 80 columns; if it is long, its first screen."""
        return VIEWS["text"](self)

    def __repr__(self) -> str:
        """The kind of result, and what it says in a few words."""
        title = VIEWS["title"](self)
        short = title if len(title) <= _LONGEST_TITLE else f"{title[:_LONGEST_TITLE]} ..."
        return f"<{type(self).__name__}: {short}>"

    def explain(self) -> str:
        """All that the result says, as text of at most 80 columns; ``str`` shows the first screen of it."""
        return VIEWS["explained"](self)

    def html(self) -> str:
        """The result as a notebook shows it.

        Returns:
            HTML with its own style, light and dark; it has no script and loads nothing from the network.
        """
        return VIEWS["html"](self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self.html()}

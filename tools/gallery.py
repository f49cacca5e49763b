"""Draw the pictures of the gallery from the current content.

Run it after a change to the content:

    python tools/gallery.py
"""

from __future__ import annotations

from pathlib import Path

import kg
from kg.shown import Shown

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference" / "gallery"


def pictures() -> dict[str, str]:
    """The pictures as they should be: SVG documents, by file name."""
    guide = kg.load()
    case = kg.Case.read(ROOT / "examples" / "abnormal-radiograph.json")
    return {
        "recommendation.svg": guide.assess(case).svg(),
        "pathway.svg": guide.pathway(case).svg(),
        "ratings.svg": framed(guide.ratings("thoracic-back-pain"), 900, 1680),
    }


def framed(result: Shown, width: int, height: int) -> str:
    """A result as a picture, as it shows itself in a notebook.

    Args:
        result: The result.
        width: The width of the picture, in pixels.
        height: Its height, which the tests compare with the height in a browser.

    Returns:
        An SVG document that contains the HTML of the result.
    """
    page = result.html().replace("<div", '<div xmlns="http://www.w3.org/1999/xhtml"', 1)
    # Comments hide the marks of XML from a reader of HTML.
    page = page.replace("<style>", "<style>/*<![CDATA[*/").replace("</style>", "/*]]>*/</style>")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<foreignObject width="{width}" height="{height}">{page}</foreignObject></svg>'
    )


if __name__ == "__main__":
    for name, picture in pictures().items():
        (FOLDER / name).write_text(picture, encoding="utf-8")

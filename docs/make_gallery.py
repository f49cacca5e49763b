"""Draw the pictures of the gallery from the current graph.

Run it after a change of the content:

python docs/make_gallery.py
"""

from __future__ import annotations

from pathlib import Path

import kg
from kg.showing import Shown

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "gallery"


def pictures() -> dict[str, str]:
    """The pictures as they have to be.

    Returns:
        SVG documents by file name.
    """
    guide = kg.load()
    case = kg.Case.read(ROOT / "examples" / "abnormal-radiograph.json")
    return {
        "recommendation.svg": framed(guide.assess(case), 900, 985),
        "pathway.svg": guide.pathway(case).svg(),
        "ratings.svg": framed(guide.ratings("thoracic-back-pain"), 800, 850),
    }


def framed(result: Shown, width: int, height: int) -> str:
    """A result as a picture, as it shows itself in a notebook.

    Args:
        result: The result.
        width: The width of the picture.
        height: Its height, which the tests compare with what a browser makes of it.

    Returns:
        An SVG document that holds the HTML of the result.
    """
    page = result.html().replace("<div", '<div xmlns="http://www.w3.org/1999/xhtml"', 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<foreignObject width="{width}" height="{height}">{page}</foreignObject></svg>'
    )


if __name__ == "__main__":
    for name, picture in pictures().items():
        (FOLDER / name).write_text(picture, encoding="utf-8")

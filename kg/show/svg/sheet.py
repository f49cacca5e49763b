"""Draws boxes, text, arrows and marks on a sheet that is as high as what stands on it.

Only presentation attributes are used, no style sheet and no marker, since vector editors and converters for LaTeX leave
out what they do not know. Each element has a class besides, by which a page with a dark theme changes its colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from kg.errors import printable

PAD = 9
"""From the edge of a box to its text."""

_COLOURS = {
    "ink": "#16181c",
    "soft": "#50555d",
    "paper": "#ffffff",
    "tint": "#eef3fa",
    "line": "#6a7079",
    "alarm": "#9b1c1c",
}
"""What style.css calls by the same names, for a light page."""

_FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
_LEADING = 1.32
"""From line to line, in sizes of the type."""

_BASELINE = 0.98
"""From the top of a line to where its letters stand, in sizes of the type."""

# How wide the letters from the space to the tilde are, in hundredths of the size of the type, in DejaVu Sans, which is
# the widest of the usual fonts. A picture is drawn without knowing the font of its reader; a narrower one leaves room.
_REGULAR = """
32 41 46 84 64 95 78 28 39 39 50 84 32 37 32 34 64 64 64 64 64 64 64 64 64 64 34 34 84 84 84 54 100 69 69 70 77
64 58 78 76 30 30 66 56 87 75 79 61 79 70 64 62 74 69 99 69 62 69 39 34 39 84 50 50 62 64 55 64 62 36 64 64 28
28 58 28 98 64 62 64 64 42 53 40 64 60 82 60 60 53 64 34 64 84
"""
_BOLD = """
35 46 53 84 70 101 88 31 46 46 53 84 38 42 38 37 70 70 70 70 70 70 70 70 70 70 40 40 84 84 84 58 100 78 77 74 83
69 69 83 84 38 38 78 64 100 84 85 74 85 77 72 69 82 78 111 78 73 73 46 37 46 84 50 50 68 72 60 72 68 44 72 72 35
35 67 35 105 72 69 72 72 50 60 48 72 66 93 65 66 59 72 37 72 84
"""
_WIDTHS = {bold: tuple(map(int, table.split())) for bold, table in ((False, _REGULAR), (True, _BOLD))}
_OTHER = 100
"""The width of any other letter."""


@dataclass(frozen=True)
class Style:
    """How a paragraph is written.

    Attributes:
        size: The size of the type in pixels.
        bold: Whether it is bold.
        tone: ``ink``, ``soft``, or ``paper`` on a dark ground.
    """

    size: int = 13
    bold: bool = False
    tone: str = "ink"


BODY, STRONG, TITLE, SMALL = Style(), Style(bold=True), Style(15, bold=True), Style(12, tone="soft")
LABEL, MARK = Style(12, bold=True), Style(12, bold=True, tone="paper")


@dataclass(frozen=True)
class Paragraph:
    """Words in one style."""

    text: str
    style: Style = BODY

    def lines(self, width: float) -> list[str]:
        """The words in lines that fit into a width; a word that is wider stands alone."""
        lines: list[str] = []
        for word in printable(self.text).split():
            if lines and wide(f"{lines[-1]} {word}", self.style) <= width:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return lines

    def height(self, width: float) -> float:
        """How high it is in a width."""
        return len(self.lines(width)) * self.style.size * _LEADING


def wide(text: str, style: Style) -> float:
    """How wide a text is at most."""
    widths = _WIDTHS[style.bold]
    return sum(widths[ord(letter) - 32] if " " <= letter <= "~" else _OTHER for letter in text) * style.size / 100


def high(paragraphs: Iterable[Paragraph], width: float) -> float:
    """How high paragraphs are, one below the other."""
    return sum(paragraph.height(width) for paragraph in paragraphs)


Place = tuple[float, float, float, float]
"""Left, top, width and height."""


@dataclass
class Sheet:
    """What is drawn, from the top left corner."""

    width: float
    parts: list[str] = field(default_factory=list)

    def box(self, place: Place, kind: str, stroke: float = 1, dashes: str = "") -> None:
        """A box: ``paper``, ``tint``, or ``call`` with a double frame."""
        ground = "tint" if kind == "tint" else "paper"
        colour = "alarm" if kind == "call" else "ink" if stroke > 1 else "line"
        self._rectangle(f"kg-box kg-{ground}", place, ground, colour, stroke, dashes)
        if kind == "call":
            x, y, width, height = place
            self._rectangle("kg-frame", (x + 3, y + 3, width - 6, height - 6), "none", "alarm")

    def write(self, x: float, y: float, width: float, paragraphs: Sequence[Paragraph]) -> float:
        """Write paragraphs below one another; returns where they end."""
        for paragraph in paragraphs:
            size, lines = paragraph.style.size, paragraph.lines(width)
            spans = "".join(
                f'<tspan x="{x:g}" y="{y + size * (_BASELINE + _LEADING * number):.1f}">{escape(line)}</tspan>'
                for number, line in enumerate(lines)
            )
            self.parts.append(f"<text {_written(paragraph.style)}>{spans}</text>" if lines else "")
            y += len(lines) * size * _LEADING
        return y

    def mark(self, x: float, y: float, text: str, *, filled: bool) -> float:
        """A word in a box of its own, filled where it must not be missed; returns where it ends."""
        style = MARK if filled else SMALL
        width = wide(text, style) + 14
        ground = "alarm" if filled else "paper"
        self._rectangle(f"kg-mark kg-{ground}", (x, y, width, 20), ground, "alarm" if filled else "line")
        place = f'x="{x + width / 2:.1f}" y="{y + 14.3:.1f}" text-anchor="middle"'
        self.parts.append(f"<text {place} {_written(style)}>{escape(printable(text))}</text>")
        return x + width

    def arrow(self, points: Sequence[tuple[float, float]], stroke: float = 1.2, dashes: str = "") -> None:
        """A line through points, with a head at the last one, which it reaches from the left."""
        (x, y), head = points[-1], 8
        line = [*points[:-1], (x - head, y)]
        drawn = "L".join(f"{at:g} {down:.1f}" for at, down in line)
        self.parts.append(f'<path class="kg-line" d="M{drawn}" fill="none" {_stroked("ink", stroke, dashes)}/>')
        self.parts.append(
            f'<path class="kg-head" d="M{x:g} {y:.1f}L{x - head:g} {y - 4:.1f}L{x - head:g} {y + 4:.1f}Z"'
            f' fill="{_COLOURS["ink"]}"/>'
        )

    def rule(self, x: float, y: float, height: float) -> None:
        """A thick line at the left of what comes next."""
        self._rectangle("kg-ink", (x, y, 4, height), "ink", "none")

    def document(self, height: float, title: str) -> str:
        """The sheet as an SVG document."""
        size = f"{self.width:.0f} {height:.0f}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="kg-picture" width="{self.width:.0f}"'
            f' height="{height:.0f}" viewBox="0 0 {size}" role="group"><title>{escape(printable(title))}</title>'
            f'<rect class="kg-paper" width="{self.width:.0f}" height="{height:.0f}" fill="{_COLOURS["paper"]}"/>'
            f"{''.join(self.parts)}</svg>"
        )

    def _rectangle(self, name: str, place: Place, fill: str, colour: str, stroke: float = 1, dashes: str = "") -> None:
        x, y, width, height = place
        self.parts.append(
            f'<rect class="{name}" x="{x:g}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="4"'
            f' fill="{_COLOURS.get(fill, "none")}" {_stroked(colour, stroke, dashes)}/>'
        )


def _written(style: Style) -> str:
    weight = ' font-weight="bold"' if style.bold else ""
    return (
        f'class="kg-{style.tone}" font-family="{_FONT}" font-size="{style.size}"{weight} fill="{_COLOURS[style.tone]}"'
    )


def _stroked(colour: str, stroke: float, dashes: str) -> str:
    broken = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'stroke="{_COLOURS.get(colour, "none")}" stroke-width="{stroke:g}"{broken}'

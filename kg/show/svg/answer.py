"""Draws the first screen of an answer: the blocks of its card, in the same order and words."""

from __future__ import annotations

from kg.patient.assess.answer import Answer
from kg.show.html.card import first_blocks, terms_of_use
from kg.show.svg import drawn
from kg.show.svg.sheet import BODY, LABEL, PAD, SMALL, STRONG, TITLE, Paragraph, Sheet, Style, high, wide
from kg.show.text.screen import Block

_MARGIN, _BETWEEN, _LABEL = 12, 8, 144
_QUIET = Style(12, bold=True, tone="soft")


@drawn.register
def first_screen(answer: Answer, width: int) -> str:
    """An answer as a picture."""
    sheet, bottom = Sheet(width), float(_MARGIN)
    for block in first_blocks(answer):
        bottom = _block(sheet, block, bottom) + _BETWEEN
    bottom = sheet.write(_MARGIN + PAD, bottom + _BETWEEN, _room(sheet), [Paragraph(terms_of_use(answer), SMALL)])
    return sheet.document(bottom + _MARGIN, "Answer")


def _room(sheet: Sheet) -> float:
    return sheet.width - 2 * (_MARGIN + PAD)


def _block(sheet: Sheet, block: Block, top: float) -> float:
    """A label with what is said of it; what cannot wait and the study are framed. Returns where it ends."""
    words = [part for line in block.shown for part in _line(line, block.kind)]
    left, room = _MARGIN + PAD + _LABEL, _room(sheet) - _LABEL
    label = Paragraph(block.label, LABEL if block.kind == "call" else _QUIET)
    height = max(high(words, room), label.height(_LABEL - PAD))
    start = top
    if block.kind in ("call", "study"):
        kind = "tint" if block.kind == "study" else "call"
        height, start = height + 2 * PAD, top + PAD
        sheet.box((_MARGIN, top, sheet.width - 2 * _MARGIN, height), kind)
    if block.kind == "study":
        sheet.rule(_MARGIN, top, height)
    if block.kind == "urgent" and wide(block.label, LABEL) < _LABEL - 2.5 * PAD:
        sheet.mark(_MARGIN + PAD, start - 1, block.label, filled=True)
        height = max(height, 20)
    else:
        sheet.write(_MARGIN + PAD, start + 1, _LABEL - PAD, [label])
    sheet.write(left, start, room, words)
    return top + height


def _line(line: str, kind: str) -> list[Paragraph]:
    """A sentence; of a study its name and then how it is rated."""
    if kind != "study":
        return [Paragraph(line, STRONG if kind == "call" else BODY)]
    name, _, rest = line.partition(": ")
    return [Paragraph(name, TITLE), *([Paragraph(rest)] if rest else [])]

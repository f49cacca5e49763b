"""Draws a pathway as an SVG picture: a tree from left to right, with boxes as high as their words need.

Because the picture is a tree, the boxes of a column stand below one another and nothing can overlap. A graph layout
engine would add nothing but an installation.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from kg.patient.what_if.pathway import DEPTH, Branch, FollowUp, Pathway, Step
from kg.show.text import phrases

_BOX = 250
_GAP = 56
_LINE = 16
_PAD = 8
_BETWEEN = 10
_MARGIN = 10
_CHARACTERS = 33
"""How many characters of the font fit into a box; the tests measure it in a browser."""

_SCREEN = 1000
"""The greatest height of a picture."""

# Each colour is given twice: a viewer that does not know light-dark() keeps the first.
_STYLE = """
.kg-pathway{color-scheme:light dark;max-width:100%;height:auto;font:13px system-ui,sans-serif;
background:#fff;background:light-dark(#fff,#16181c)}
.kg-pathway rect{fill:#fff;fill:light-dark(#fff,#22252b);stroke:#444;stroke:light-dark(#444,#aaa)}
.kg-pathway .study{fill:#e3ecf7;fill:light-dark(#e3ecf7,#20344d);stroke-width:2}
.kg-pathway .state{fill:#f3f3f3;fill:light-dark(#f3f3f3,#2b2e34)}
.kg-pathway .urgent{stroke-width:4}
.kg-pathway path{fill:none;stroke:#666;stroke:light-dark(#666,#999)}
.kg-pathway text{fill:#111;fill:light-dark(#111,#eee)}
.kg-pathway .strong{font-weight:700}
[data-jp-theme-light=true] .kg-pathway{color-scheme:light}
[data-jp-theme-light=false] .kg-pathway,.vscode-dark .kg-pathway,[theme=dark] .kg-pathway{color-scheme:dark}
"""


@dataclass(frozen=True)
class _Words:
    """A paragraph of a box; urgent words are bold, so that nothing depends on colour."""

    text: str
    urgent: bool = False


@dataclass
class _Node:
    kind: str
    words: list[_Words]
    children: list[_Node] = field(default_factory=list)
    top: float = 0.0

    @property
    def lines(self) -> list[tuple[str, bool]]:
        # Bold letters are wider, so fewer fit on a line.
        return [
            (line, part.urgent)
            for part in self.words
            for line in textwrap.wrap(part.text, _CHARACTERS - 4 * part.urgent, subsequent_indent="  ")
        ]

    @property
    def height(self) -> float:
        return len(self.lines) * _LINE + 2 * _PAD

    @property
    def below(self) -> float:
        return sum(child.span for child in self.children) + _BETWEEN * max(0, len(self.children) - 1)

    @property
    def span(self) -> float:
        return max(self.height, self.below)

    @property
    def columns(self) -> int:
        return 1 + max((child.columns for child in self.children), default=0)


def pathway_svg(pathway: Pathway, wide: int) -> str:
    """Draw a pathway.

    Args:
        pathway: The pathway.
        wide: The greatest width of the picture, in pixels.

    Returns:
        An SVG document. Studies are framed, results are plain, and actions are listed in the box of their result. The
        urgency is given in words. A picture that would not fit on a screen looks fewer studies ahead and names the
        study that it does not follow. The shortest one shows only the actions after each result.
    """
    for depth in range(DEPTH, -1, -1):
        root = _state(pathway, depth)
        width = root.columns * (_BOX + _GAP) - _GAP + 2 * _MARGIN
        height = root.span + 2 * _MARGIN
        if width <= wide and height <= _SCREEN:
            break
    _place(root, 0.0)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="kg-pathway" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-_MARGIN} {-_MARGIN} {width:.0f} {height:.0f}" role="group">'
        f"<title>Pathway</title><style>{_STYLE}</style>{''.join(_draw(root, 0))}</svg>"
    )


def _state(pathway: Pathway, depth: int) -> _Node:
    urgency = f", {pathway.urgency}" if pathway.urgency else ""
    words = [_Words(pathway.outcome.label + urgency, bool(urgency))]
    words += [_Words(phrases.call_now(call), True) for call in pathway.escalations]
    words += [_Words(phrases.belongs_to(neighbour)) for neighbour in pathway.handed_to]
    words += [_action(action) for action in pathway.actions]
    return _Node("state", words, _studies(pathway, depth))


def _studies(pathway: Pathway, depth: int) -> list[_Node]:
    """A box for each study; studies with the same consequences share one."""
    boxes: list[_Node] = []
    for step in pathway.steps:
        box = _study(step, depth, pathway)
        same = next(
            (other for other in boxes if (other.words[-1], other.children) == (box.words[-1], box.children)), None
        )
        if same:
            same.words.insert(-1, _Words(f"or {step.study.label}"))
        else:
            boxes.append(box)
    return boxes


def _study(step: Step, depth: int, before: Pathway) -> _Node:
    words = [
        _Words(step.study.label),
        *([] if depth else [_Words("(ask again with its result)")]),
        _Words(step.category),
    ]
    return _Node("study", words, [_result(branch, depth, before) for branch in step.branches])


def _result(branch: Branch, depth: int, before: Pathway) -> _Node:
    node = _Node("result", [_Words(branch.result), *(_action(action) for action in branch.actions)])
    if branch.then:
        node.words += _news(branch.then, before)
        if branch.then.steps and depth > 1:
            node.children = _studies(branch.then, depth - 1)
        elif depth:
            node.words.append(_Words(f"= {branch.then.outcome.label}"))
            node.words += [_Words(f"next: {step.study.label}") for step in branch.then.steps]
    return node


def _news(after: Pathway, before: Pathway) -> list[_Words]:
    """What a result changes besides the actions: the urgency, whom to call, where the case belongs."""
    words = [_Words(f"urgency: {after.urgency}", True)] if after.urgency not in ("", before.urgency) else []
    words += [_Words(phrases.call_now(call), True) for call in after.escalations if call not in before.escalations]
    return words + [_Words(phrases.belongs_to(topic)) for topic in after.handed_to if topic not in before.handed_to]


def _action(action: FollowUp) -> _Words:
    urgent = action.urgency != phrases.NOT_STATED
    return _Words(f"• {action.label}" + (f" [{action.urgency}]" if urgent else ""), urgent)


def _place(node: _Node, top: float) -> None:
    """Set where each box begins."""
    node.top = top + (node.span - node.height) / 2
    start = top + (node.span - node.below) / 2
    for child in node.children:
        _place(child, start)
        start += child.span + _BETWEEN


def _draw(node: _Node, column: int) -> list[str]:
    x, middle = column * (_BOX + _GAP), node.top + node.height / 2
    kind = f"{node.kind} urgent" if any(urgent for _, urgent in node.lines) else node.kind
    parts = [f'<rect class="{kind}" x="{x}" y="{node.top:.1f}" width="{_BOX}" height="{node.height:.1f}" rx="4"/>']
    for number, (line, urgent) in enumerate(node.lines):
        left = x + _PAD + 6 * (len(line) - len(line.lstrip()))
        strong = ' class="strong"' if urgent else ""
        y = node.top + _PAD + _LINE * number + 12
        parts.append(f'<text{strong} x="{left}" y="{y:.1f}">{escape(line.strip())}</text>')
    for child in node.children:
        end, to = (column + 1) * (_BOX + _GAP), child.top + child.height / 2
        bend = x + _BOX + _GAP / 2
        parts.append(f'<path d="M{x + _BOX} {middle:.1f}C{bend} {middle:.1f} {bend} {to:.1f} {end} {to:.1f}"/>')
        parts += _draw(child, column + 1)
    return parts

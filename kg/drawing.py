"""A pathway as an SVG picture: a tree from left to right, its boxes as high as their words need."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from kg.pathway import FollowUp, Pathway, Step

_BOX = 250
_GAP = 56
_LINE = 16
_PAD = 8
_CHARACTERS = 33
"""How many characters of the font fit into a box; checked by looking at the picture."""


@dataclass
class _Node:
    kind: str
    lines: list[str]
    children: list[_Node] = field(default_factory=list)
    top: float = 0.0

    @property
    def height(self) -> float:
        return len(self.lines) * _LINE + 2 * _PAD

    @property
    def span(self) -> float:
        below = sum(child.span for child in self.children) + 14 * max(0, len(self.children) - 1)
        return max(self.height, below)


def pathway_svg(pathway: Pathway) -> str:
    """Draw a pathway.

    Args:
        pathway: The pathway.

    Returns:
        An SVG document. Studies are framed, results are plain, actions are listed in the box of their result; how
        urgent an action is stands in words, so that nothing depends on colour.
    """
    root = _state(pathway)
    depth = _place(root, 0.0)
    width, height = depth * (_BOX + _GAP) - _GAP + 20, root.span + 20
    body = "".join(_draw(root, 0))
    style = (
        "svg{font-family:system-ui,sans-serif;font-size:13px;background:#fff}"
        "rect{fill:#fff;stroke:#444}rect.study{fill:#e3ecf7;stroke-width:2}rect.state{fill:#f3f3f3}"
        "path{fill:none;stroke:#666}text{fill:#111}"
        "@media (prefers-color-scheme:dark){svg{background:#16181c}rect{fill:#22252b;stroke:#aaa}"
        "rect.study{fill:#20344d}rect.state{fill:#2b2e34}path{stroke:#999}text{fill:#eee}}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="-10 -10 {width:.0f} {height:.0f}" role="img">'
        f"<title>Pathway</title><style>{style}</style>{body}</svg>"
    )


def _state(pathway: Pathway) -> _Node:
    words = [pathway.outcome.label + (f", {pathway.urgency}" if pathway.urgency else "")]
    words += [f"CALL NOW: {call}" for call in pathway.calls]
    words += [f"belongs to {neighbour}" for neighbour in pathway.handed_to]
    words += [_action(action) for action in pathway.actions]
    return _Node("state", _filled(words), [_study(step) for step in pathway.steps])


def _study(step: Step) -> _Node:
    node = _Node("study", _filled([step.study.label, step.category]))
    for branch in step.branches:
        words = [branch.result, *(_action(action) for action in branch.actions)]
        result = _Node("result", _filled(words))
        if branch.then and branch.then.steps:
            result.children = [_study(further) for further in branch.then.steps]
        elif branch.then:
            result.lines += _filled([f"= {branch.then.outcome.label}"])
        node.children.append(result)
    return node


def _action(action: FollowUp) -> str:
    urgency = f" [{action.urgency}]" if action.urgency != "not stated" else ""
    return f"• {action.label}{urgency}"


def _filled(words: list[str]) -> list[str]:
    return [line for part in words for line in textwrap.wrap(part, _CHARACTERS, subsequent_indent="  ")]


def _place(node: _Node, top: float) -> int:
    """Set where each box begins; return how many columns the tree has."""
    node.top = top + (node.span - node.height) / 2
    start = top + (node.span - sum(c.span for c in node.children) - 14 * max(0, len(node.children) - 1)) / 2
    columns = 1
    for child in node.children:
        columns = max(columns, 1 + _place(child, start))
        start += child.span + 14
    return columns


def _draw(node: _Node, column: int) -> list[str]:
    x, middle = column * (_BOX + _GAP), node.top + node.height / 2
    parts = [f'<rect class="{node.kind}" x="{x}" y="{node.top:.1f}" width="{_BOX}" height="{node.height:.1f}" rx="4"/>']
    for number, line in enumerate(node.lines):
        y = node.top + _PAD + _LINE * number + 12
        spaces = len(line) - len(line.lstrip())
        parts.append(f'<text x="{x + _PAD + 6 * spaces}" y="{y:.1f}">{escape(line.strip())}</text>')
    for child in node.children:
        end, to = (column + 1) * (_BOX + _GAP), child.top + child.height / 2
        bend = x + _BOX + _GAP / 2
        parts.append(f'<path d="M{x + _BOX} {middle:.1f}C{bend} {middle:.1f} {bend} {to:.1f} {end} {to:.1f}"/>')
        parts += _draw(child, column + 1)
    return parts

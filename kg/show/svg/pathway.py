"""Draws a pathway: the patient, below it the next studies, below each its results, and beside each what follows.

Everything stands in rows below one another, further in the further ahead it lies, so nothing overlaps and no part of
the sheet is empty. A graph layout engine would add nothing but an installation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kg.patient.what_if.pathway import DEPTH, Branch, FollowUp, Pathway, Step
from kg.show.html.trees import ahead, alike, alike_studies, goes_on, new_calls, said_above
from kg.show.svg import drawn
from kg.show.svg.sheet import BODY, LABEL, PAD, SMALL, STRONG, TITLE, Paragraph, Place, Sheet, high, wide
from kg.show.text import further, phrases

_TALLEST = 1000
"""The greatest height of a picture that looks more than one study ahead."""

_MARGIN, _INDENT, _BETWEEN, _MARK, _BULLET = 10, 28, 9, 25, 13
_RESULT, _ARROW, _STRENGTH = 0.3, 48, 138
"""Shares of a row: the result, by the width of the picture; the arrow; how strongly an action is recommended."""

_FACTS = 12
"""How many facts of the patient are named."""

_LINES = {4: (3.0, ""), 3: (1.2, ""), 2: (1.2, "7 4"), 1: (1.2, "1.5 4")}
"""The line of a strength, by its rank: width and dashes."""


@drawn.register
def pathway_picture(pathway: Pathway, width: int) -> str:
    """The pathway as far ahead as fits on a screen, and always the next studies with their results."""
    for depth in range(DEPTH, 0, -1):
        tree = _Tree(Sheet(width), ahead(pathway, depth))
        height = tree.draw()
        if height <= _TALLEST:
            break
    return tree.sheet.document(height, "Pathway")


@dataclass
class _Tree:
    sheet: Sheet
    pathway: Pathway
    strengths: dict[str, int] = field(default_factory=dict)
    """The strengths that are drawn, with their ranks."""

    def draw(self) -> float:
        """Draw it; returns the height of the picture."""
        x, width = float(_MARGIN), self.sheet.width - 2 * _MARGIN
        words = list(_of_patient(self.pathway))
        height = high(words, width - 2 * PAD) + _MARK + 2 * PAD
        self.sheet.box((x, _MARGIN, width, height), "paper", stroke=2)
        self.sheet.write(x + PAD, _MARGIN + PAD, width, [Paragraph(further.PATIENT, TITLE)])
        mark = x + 2 * PAD + wide(further.PATIENT, TITLE)
        urgency = self.pathway.urgency
        self.sheet.mark(mark, _MARGIN + PAD - 1, urgency or further.NO_URGENCY_STATED, filled=bool(urgency))
        self.sheet.write(x + PAD, _MARGIN + PAD + _MARK, width - 2 * PAD, words)
        bottom = _MARGIN + height
        if self.pathway.actions:
            bottom = self._known_actions(x, bottom)
        bottom = self._studies(self.pathway, x, bottom)
        return self._legend(bottom + _MARGIN) if self.strengths else bottom + _MARGIN

    def _known_actions(self, x: float, top: float) -> float:
        """What follows from results that are already known, below the patient."""
        left, room = x + _INDENT, self.sheet.width - _MARGIN - x - _INDENT
        start = top + _BETWEEN
        for actions in alike(self.pathway.actions):
            height = _height_of_actions(actions, room)
            self._actions(actions, (left, start, room, height))
            middle, stroke, dashes = start + height / 2, *_line(actions)
            self.sheet.arrow([(x + 12, top), (x + 12, middle), (left, middle)], stroke, dashes)
            start += height + _BETWEEN
        return start - _BETWEEN

    def _studies(self, before: Pathway, x: float, top: float) -> float:
        """The next studies below a box that ends at ``top``; returns where the last of them ends."""
        left, bottom = x + _INDENT, top
        shown: list[Step] = []
        for steps in alike_studies(before.steps):
            start = bottom + _BETWEEN
            words = [Paragraph(further.next_study(steps[0].category), SMALL)]
            words += [Paragraph(("or " if n else "") + step.study.label, TITLE) for n, step in enumerate(steps)]
            above = said_above(steps[0], shown)
            words += [Paragraph(above)] if above else []
            width = self.sheet.width - _MARGIN - left
            height = high(words, width - 3 * PAD) + 2 * PAD
            self.sheet.box((left, start, width, height), "tint")
            self.sheet.rule(left, start, height)
            self.sheet.write(left + PAD + 4, start + PAD, width - 3 * PAD, words)
            self.sheet.arrow([(x + 12, top), (x + 12, start + height / 2), (left, start + height / 2)])
            bottom = start + height if above else self._results(steps[0], before, left, start + height)
            shown.append(steps[0])
        return bottom

    def _results(self, step: Step, before: Pathway, x: float, top: float) -> float:
        bottom = top
        for branch in step.branches:
            start = bottom + _BETWEEN
            at, bottom = self._result(branch, before, x + _INDENT, start)
            self.sheet.arrow([(x + 12, top), (x + 12, at), (x + _INDENT, at)])
        return bottom

    def _result(self, branch: Branch, before: Pathway, x: float, top: float) -> tuple[float, float]:
        """A result, beside it what follows, below it the next studies; returns where its arrow and where all ends."""
        room = self.sheet.width - _MARGIN - x
        width = _RESULT * self.sheet.width if branch.actions else room
        beside = room - width - _ARROW
        further_on = branch.then if branch.then and goes_on(branch.then) else None
        words = list(_of_result(branch, before, ends=not further_on))
        groups = list(alike(branch.actions))
        heights = [_height_of_actions(actions, beside) for actions in groups]
        actions_high = sum(heights) + _BETWEEN * (len(heights) - 1)
        height = max(high(words, width - 2 * PAD) + _MARK + 2 * PAD, actions_high)
        self.sheet.box((x, top, width, height), "paper", stroke=2 if _changes(branch, before) else 1)
        urgency = branch.then.urgency if branch.then else before.urgency
        mark = further.urgency_of_patient(urgency)
        self.sheet.mark(x + PAD, top + PAD, mark, filled=bool(urgency))
        self.sheet.write(x + PAD, top + PAD + _MARK, width - 2 * PAD, words)
        left, start = x + width + _ARROW, top + (height - actions_high) / 2
        for actions, each in zip(groups, heights, strict=True):
            stroke, dashes = self._actions(actions, (left, start, beside, each))
            self.sheet.arrow([(x + width, start + each / 2), (left, start + each / 2)], stroke, dashes)
            start += each + _BETWEEN
        bottom = top + height
        return top + PAD + 10, self._studies(further_on, x, bottom) if further_on else bottom

    def _actions(self, actions: list[FollowUp], place: Place) -> tuple[float, str]:
        """Actions that are as strong and as urgent in one box; returns its line, which the arrow to it has as well."""
        x, top, width, _ = place
        strength, urgency = actions[0].strength, actions[0].urgency
        self.strengths[strength] = actions[0].strength_rank
        stroke, dashes = _line(actions)
        self.sheet.box(place, "paper", stroke, dashes)
        urgent = urgency != phrases.NOT_STATED
        self.sheet.write(x + PAD, top + PAD, _STRENGTH, [Paragraph(strength, LABEL)])
        if urgent:
            self.sheet.mark(x + PAD, top + PAD + 20, urgency, filled=True)
        left, start, words = x + PAD + _STRENGTH, top + PAD, _of_actions(actions)
        for each in words:
            if len(words) > 1:
                self.sheet.write(left, start, _BULLET, [Paragraph("\u2022", each.style)])
            start = self.sheet.write(left + _BULLET, start, width - _STRENGTH - _BULLET - 2 * PAD, [each])
        return stroke, dashes

    def _legend(self, top: float) -> float:
        """What the lines mean; returns the height of the picture."""
        self.sheet.write(_MARGIN, top, self.sheet.width, [Paragraph(further.STRENGTHS, SMALL)])
        x, gap = _MARGIN + wide(further.STRENGTHS, SMALL) + 12, 24
        for strength, rank in sorted(self.strengths.items(), key=lambda item: -item[1]):
            width = 52 + wide(strength, SMALL)
            if x + width > self.sheet.width - _MARGIN:
                x, top = float(_MARGIN), top + 20
            stroke, dashes = _LINES[min(max(rank, 1), 4)]
            self.sheet.arrow([(x, top + 8), (x + 44, top + 8)], stroke, dashes)
            self.sheet.write(x + 52, top, width, [Paragraph(strength, SMALL)])
            x += width + gap
        return top + 16 + _MARGIN


def _of_patient(pathway: Pathway) -> Iterator[Paragraph]:
    facts = "; ".join(pathway.facts[:_FACTS])
    more = f"; +{len(pathway.facts) - _FACTS} more" if len(pathway.facts) > _FACTS else ""
    yield Paragraph(facts + more)
    for call in pathway.escalations:
        yield Paragraph(phrases.call_now(call), STRONG)
    for neighbour in pathway.handed_to:
        yield Paragraph(phrases.belongs_to(neighbour), STRONG)
    leading = "; ".join(scenario.label for scenario in pathway.scenarios)
    yield Paragraph(f"{pathway.outcome.label}: {leading}" if leading else pathway.outcome.label, SMALL)


def _of_result(branch: Branch, before: Pathway, *, ends: bool) -> Iterator[Paragraph]:
    if branch.diagnosis:
        yield Paragraph(branch.diagnosis, STRONG)
    yield Paragraph(branch.result)
    if after := branch.then:
        for call in new_calls(after, before):
            yield Paragraph(call, STRONG)
        if ends:
            yield Paragraph(further.then(after), SMALL)


def _of_actions(actions: list[FollowUp]) -> list[Paragraph]:
    return [Paragraph(further.follow_up(action), STRONG if _urgent(action) else BODY) for action in actions]


def _height_of_actions(actions: list[FollowUp], width: float) -> float:
    words = high(_of_actions(actions), width - _STRENGTH - _BULLET - 2 * PAD)
    return max(words, 42 if _urgent(actions[0]) else 16) + 2 * PAD


def _urgent(action: FollowUp) -> bool:
    return action.urgency != phrases.NOT_STATED


def _changes(branch: Branch, before: Pathway) -> bool:
    return any(map(_urgent, branch.actions)) or bool(branch.then and any(new_calls(branch.then, before)))


def _line(actions: list[FollowUp]) -> tuple[float, str]:
    return _LINES[min(max(actions[0].strength_rank, 1), 4)]

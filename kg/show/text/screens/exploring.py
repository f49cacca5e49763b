"""Writes the first screen of what to ask about a case, and of what would follow from each result."""

from __future__ import annotations

from collections.abc import Iterator

from kg.patient.what_if.pathway import Branch, FollowUp, Pathway
from kg.patient.what_if.questions import DecidingQuestion, WhatToAsk
from kg.show.text import body, further, heading, phrases
from kg.show.text.screen import Block, joined
from kg.show.text.screens.page import fits, page

# ---------------------------------------------------------------- what to ask


@body.register
def _asking(asking: WhatToAsk) -> str:
    return page(_asking_blocks(asking), further.MORE, phrases.TERMS_OF_USE)


@heading.register
def _asking_heading(asking: WhatToAsk) -> str:
    return f"{asking.statement}; now {asking.now}"


def _asking_blocks(asking: WhatToAsk) -> Iterator[Block]:
    yield Block("Now", (str(asking.now),), 0, "study")
    yield Block(phrases.NO_RESULT, tuple(study.label for study in asking.awaited), 1)
    shown = tuple(_question(question, asking) for question in asking.questions[: further.MOST_ASKED])
    yield Block(further.ASK_FIRST, shown, 1, left_out=len(asking.questions) - len(shown))
    yield Block("Settled" if asking.settled else "Ask", () if shown else (asking.statement,), 0)
    yield Block(further.AFFECTS_ONLY, joined(each.label.lower() for each in asking.elsewhere), 3)
    yield Block(phrases.CHECK_BEFORE_ORDERING, joined(check.label for check in asking.checks), 2)


def _question(question: DecidingQuestion, asking: WhatToAsk) -> str:
    """A question with what its answers would lead to; an answer that changes nothing is not repeated."""
    (kinds,) = joined(map(str, question.kinds)) or ("",)
    asked = f"{question.ask}{f' ({kinds})' if kinds else ''}"
    if not question.alone:
        return f"{asked}: {further.with_others(question)}"
    changing = [answer for answer in question.answers if answer.leads_to != asking.now]
    return f"{asked}: {'; '.join(map(str, changing))}" if changing else asked


# ---------------------------------------------------------------- what would follow


@body.register
def _pathway(pathway: Pathway) -> str:
    foot = further.MORE, phrases.TERMS_OF_USE
    detailed = (tuple(_pathway_blocks(pathway, most)) for most in range(_MOST_ACTIONS, 0, -1))
    found = next((blocks for blocks in detailed if fits(blocks, *foot)), None)
    return page(found or _pathway_blocks(pathway, 1), *foot)


@heading.register
def _pathway_heading(pathway: Pathway) -> str:
    studies = "; ".join(step.study.label for step in pathway.steps)
    urgency = f", {pathway.urgency}" if pathway.urgency else ""
    return f"{pathway.outcome.label}{urgency}{f': {studies}' if studies else ''}"


_MOST_ACTIONS = 3
"""So many actions of a result are named if there is room; how many more there are is said."""


def _pathway_blocks(pathway: Pathway, most: int) -> Iterator[Block]:
    """What cannot wait, the next studies, and for each of their results at most so many actions."""
    yield Block("Call now", pathway.escalations, 0, "call")
    yield Block(phrases.BELONGS_TO, pathway.handed_to, 1)
    yield Block("Urgency", (pathway.urgency,) if pathway.urgency else (), 0, "urgent")
    studies = tuple(f"{step.study.label}: {step.category}" for step in pathway.steps)
    yield Block("Next" if studies else pathway.outcome.label, studies or (further.NO_STUDY_NEXT,), 0, "study")
    yield Block("Then", _actions(pathway.actions, most), 4)
    after: dict[tuple[str, ...], list[str]] = {}
    for step in pathway.steps:
        after.setdefault(tuple(_result(branch, most) for branch in step.branches), []).append(step.study.label)
    for place, (results, names) in enumerate(after.items(), start=5):
        if len(after) == 1:
            yield Block("If", results, place)
        elif results:
            yield Block("After", (" or ".join(names), *(f"if {result}" for result in results)), place)


def _result(branch: Branch, most: int) -> str:
    """A result, what to do, and the study that comes next then."""
    said = [*_actions(branch.actions, most)]
    then = branch.then.steps if branch.then else ()
    said += [f"then {' or '.join(step.study.label for step in then)}"] if then else []
    return f"{branch.result}{': ' if said else ''}{'; '.join(said)}"


def _actions(actions: tuple[FollowUp, ...], most: int) -> tuple[str, ...]:
    more = (f"+{len(actions) - most} more",) if len(actions) > most else ()
    return (*map(_action, actions[:most]), *more)


def _action(action: FollowUp) -> str:
    who = f" ({', '.join(action.contacts)})" if action.contacts else ""
    urgency = f", {action.urgency}" if action.urgency != phrases.NOT_STATED else ""
    return f"{action.label}{who}, {action.strength}{urgency}"

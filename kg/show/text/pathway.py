"""Writes a pathway as an indented tree."""

from __future__ import annotations

from kg.patient.what_if.pathway import FollowUp, Pathway
from kg.show.text import body, phrases
from kg.show.text.wrap import wrapped


@body.register
def _pathway(pathway: Pathway) -> str:
    return "\n".join(_lines(pathway, 0))


def _lines(pathway: Pathway, indent: int) -> list[str]:
    urgency = f", {pathway.urgency}" if pathway.urgency else ""
    lines = [wrapped(f"{pathway.outcome.label}{urgency}", indent, indent + 2)]
    lines += [wrapped(phrases.call_now(call), indent, indent + 2) for call in pathway.escalations]
    lines += [wrapped(phrases.belongs_to(neighbour), indent, indent + 2) for neighbour in pathway.handed_to]
    lines += [_action_line(action, indent) for action in pathway.actions]
    for step in pathway.steps:
        lines.append(wrapped(f"> {step.study.label} ({step.category})", indent, indent + 4))
        for branch in step.branches:
            lines.append(wrapped(f"if {branch.result}", indent + 2, indent + 4))
            lines += [_action_line(action, indent + 4) for action in branch.actions]
            lines += _lines(branch.then, indent + 4) if branch.then else []
    return lines


def _action_line(action: FollowUp, indent: int) -> str:
    who = f" ({', '.join(action.contacts)})" if action.contacts else ""
    urgency = f", {action.urgency}" if action.urgency != phrases.NOT_STATED else ""
    return wrapped(f"- {action.label}{who}: {action.strength}{urgency}", indent, indent + 2)

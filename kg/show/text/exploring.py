"""Writes what to ask about a case, what would follow from each result, and the decision surface of a topic, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kg.patient.what_if.pathway import FollowUp, Pathway
from kg.patient.what_if.questions import DecidingQuestion, WhatToAsk
from kg.patient.what_if.surface import Gap, Overlap, Surface
from kg.show.text import body, further, phrases, whole
from kg.show.text.wrap import wrapped


@whole.register
def _asking(asking: WhatToAsk) -> str:
    lines = [wrapped(f"NOW: {asking.now}", 0, 2)]
    lines += [wrapped(f"{phrases.NO_RESULT.upper()}: {study.label}", 0, 2) for study in asking.awaited]
    lines += [wrapped(asking.statement, 0, 2), *map(_question, asking.questions[: further.MOST_ASKED])]
    lines += [wrapped(more, 2, 4)] if (more := further.more_questions(asking)) else []
    if asking.checks:
        lines.append(phrases.CHECK_BEFORE_ORDERING.upper())
        lines += [wrapped(f"- {check.label}", 2, 4) for check in asking.checks]
    if asking.elsewhere:
        lines.append(further.AFFECTS_ONLY.upper())
        lines += [wrapped(f"- {further.beside(each)}", 2, 4) for each in asking.elsewhere]
    return "\n".join(lines)


def _question(question: DecidingQuestion) -> str:
    if not question.alone:
        return wrapped(f"- {question.ask}: {further.with_others(question)}", 2, 4)
    answers = (wrapped(str(answer), 6, 8) for answer in question.answers)
    kinds = [wrapped(further.kinds(question), 4, 6)] if question.kinds else []
    return "\n".join([wrapped(f"- {question.ask}", 2, 4), *kinds, *answers])


@body.register
def _surface(surface: Surface) -> str:
    outcomes = Counter[str]()
    for leaf in surface.leaves:
        outcomes[leaf.outcome.label] += leaf.weight
    lines = [
        surface.topic.label,
        f"  {surface.combinations:,} combinations of {len(surface.findings)} deciding findings",
        f"  {surface.covered / surface.combinations:.2%} answered, by following {surface.assessed:,} branch points,",
        f"  with {len(surface.leaves):,} kinds of answer:",
        *(f"  {weight:14,}  {label}" for label, weight in outcomes.most_common()),
        f"ALL KNOWN, {phrases.GAPS.upper()}: {sum(gap.weight for gap in surface.gaps):,} of {surface.known:,}",
        *map(_gap, surface.gaps),
        *_several(phrases.CONCURRENT, surface.concurrent, surface.known),
        *_several(phrases.OVERLAPS, surface.overlaps, surface.known),
        f"UNSAFE: {len(surface.unsafe)}",
        *(wrapped(f"- {item.why}: {item.case}, but {item.patient}", 2, 4) for item in surface.unsafe),
    ]
    return "\n".join(lines)


def _gap(gap: Gap) -> str:
    what = wrapped(f"- {'; '.join(gap.example) or 'nothing'} ({gap.weight:,})", 2, 4)
    return f"{what}\n{wrapped('closest scenarios lack: ' + '; '.join(gap.nearest), 6, 8)}" if gap.nearest else what


def _several(heading: str, overlaps: tuple[Overlap, ...], known: int) -> Iterator[str]:
    total = sum(overlap.weight for overlap in overlaps)
    yield wrapped(f"ALL KNOWN, {heading.upper()}: {total:,} of {known:,}", 0, 2)
    for item in overlaps:
        yield wrapped(f"- {'; '.join(map(str, item.leading))} ({item.weight:,})", 2, 4)


@whole.register
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

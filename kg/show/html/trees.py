"""Shows a pathway as a picture or a list, and a differential as a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from kg.knowledge.content.terms import Term
from kg.patient.reasons.differential import Differential
from kg.patient.what_if.pathway import DEPTH, Branch, FollowUp, Pathway, Step
from kg.show.html import body
from kg.show.html.markup import Markup, item_list, joined, origin_places, section, tag
from kg.show.text import further, phrases


@body.register
def pathway_view(pathway: Pathway) -> Markup:
    """A pathway as a picture, and as a list with the same words for where there is no room for a picture."""
    return joined(
        [tag("div", Markup(pathway.svg()), class_="wide"), tag("div", _patient(ahead(pathway, DEPTH)), class_="narrow")]
    )


def _patient(pathway: Pathway) -> Markup:
    said = [*map(phrases.call_now, pathway.escalations), *map(phrases.belongs_to, pathway.handed_to)]
    leading = "; ".join(scenario.label for scenario in pathway.scenarios)
    return joined(
        [
            tag("h3", f"{further.PATIENT} ", _urgency(pathway.urgency)),
            tag("p", "; ".join(pathway.facts)),
            *(tag("p", tag("b", sentence)) for sentence in said),
            tag("p", f"{pathway.outcome.label}: {leading}" if leading else pathway.outcome.label, class_="soft"),
            item_list(map(_actions, alike(pathway.actions))),
            *_studies(pathway),
        ]
    )


def _urgency(urgency: str, words: str = "") -> Markup:
    """A badge, filled where there is an urgency."""
    return tag("span", words or urgency or further.NO_URGENCY_STATED, class_="badge urgent" if urgency else "badge")


def _studies(before: Pathway) -> Iterator[Markup]:
    shown: list[Step] = []
    for steps in alike_studies(before.steps):
        names = tag("b", " or ".join(step.study.label for step in steps))
        above = said_above(steps[0], shown)
        head = [tag("div", further.next_study(steps[0].category), class_="soft"), names, tag("div", above)]
        yield tag("div", *head, class_="study")
        if not above:
            yield item_list(_result(branch, before) for branch in steps[0].branches)
        shown.append(steps[0])


def _result(branch: Branch, before: Pathway) -> Markup:
    after = branch.then
    urgency = after.urgency if after else before.urgency
    return joined(
        [
            _urgency(urgency, further.urgency_of_patient(urgency)),
            tag("div", tag("b", branch.diagnosis)) if branch.diagnosis else "",
            tag("div", branch.result),
            *(tag("div", tag("b", call)) for call in (new_calls(after, before) if after else ())),
            item_list(map(_actions, alike(branch.actions))),
            *(_studies(after) if after and goes_on(after) else ()),
            tag("div", further.then(after), class_="soft") if after and not goes_on(after) else "",
        ]
    )


def _actions(actions: list[FollowUp]) -> Markup:
    """Actions that are as urgent and as strongly recommended, below words that say so."""
    first = actions[0]
    urgent = [_urgency(first.urgency)] if first.urgency != phrases.NOT_STATED else []
    said = [tag("div", further.follow_up(action)) for action in actions]
    return joined([tag("div", tag("b", first.strength), " ", *urgent), *said])


def alike(actions: tuple[FollowUp, ...]) -> Iterator[list[FollowUp]]:
    """Actions one after another that are as urgent and as strongly recommended."""
    for _, group in groupby(actions, key=lambda action: (action.urgency, action.strength)):
        yield list(group)


def ahead(pathway: Pathway, depth: int) -> Pathway:
    """A pathway only some studies deep, without what neither a picture nor a list shows; the last studies are named."""
    steps = tuple(
        replace(step, branches=tuple(_ahead(branch, depth - 1) for branch in step.branches) if depth else ())
        for step in pathway.steps
    )
    return replace(pathway, steps=steps)


def _ahead(branch: Branch, depth: int) -> Branch:
    then = replace(ahead(branch.then, depth), scenarios=(), actions=()) if branch.then else None
    return replace(branch, findings=(), then=then)


def said_above(step: Step, above: list[Step]) -> str:
    """That a study has the results of one above it, which need not be shown twice, and how it goes on; or nothing."""
    ends = list(dict.fromkeys(further.then(branch.then) for branch in step.branches if branch.then))
    for other in above:
        if len(ends) == 1 and list(map(_without_end, step.branches)) == list(map(_without_end, other.branches)):
            return f"{further.as_after(other.study.label)} {ends[0]}"
    return ""


def _without_end(branch: Branch) -> Branch:
    then = replace(branch.then, steps=(), outcome=Term("", "")) if branch.then else None
    return branch if branch.then and goes_on(branch.then) else replace(branch, then=then)


def goes_on(after: Pathway) -> bool:
    """Whether a pathway shows the results of a further study."""
    return any(step.branches for step in after.steps)


def alike_studies(steps: tuple[Step, ...]) -> Iterator[list[Step]]:
    """Studies with the same category and the same consequences together."""
    rest = list(steps)
    while rest:
        first = rest[0]
        alike = [step for step in rest if (step.category, step.branches) == (first.category, first.branches)]
        yield alike
        rest = [step for step in rest if step not in alike]


def new_calls(after: Pathway, before: Pathway) -> Iterator[str]:
    """Whom to call and where the patient belongs by a result, unless it was so before."""
    yield from (phrases.call_now(call) for call in after.escalations if call not in before.escalations)
    yield from (phrases.belongs_to(topic) for topic in after.handed_to if topic not in before.handed_to)


@body.register
def differential_list(differential: Differential) -> Markup:
    """A part for each diagnosis; the known findings that it explains come first."""
    if not differential.diagnoses:
        return tag("p", phrases.NO_DIFFERENTIAL)
    note = tag("p", "Diagnoses to consider in this scenario. The order does not reflect how likely each is.")
    parts = [
        section(
            diagnosis.label,
            item_list(
                f"{words}: {', '.join(term.label.lower() for term in terms)}"
                for words, terms in (
                    (phrases.EXPLAINS_HERE, diagnosis.known),
                    (phrases.EXPLAINS, diagnosis.explains),
                    (phrases.CAN_LEAD_TO, diagnosis.complications),
                )
                if terms
            ),
            origin_places(diagnosis.origins),
        )
        for diagnosis in differential.diagnoses
    ]
    return tag("div", tag("h3", "Differential"), note, *parts)

"""Holds the phrases about what was chosen, an audit, what to ask and authoring that text and HTML share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # For types only, so that showing one kind of result does not load the others.
    from kg.auditing.summary import AuditSummary
    from kg.author.check import CheckReport
    from kg.patient.assess.answer import Answer, Condition
    from kg.patient.assess.rated import CheckedCriterion, ChosenScenario
    from kg.patient.assess.unknown import OpenQuestion
    from kg.patient.evidence.recheck import Recheck
    from kg.patient.reasons.difference import BeforeAfter, Difference
    from kg.patient.reasons.order import OrderCheck
    from kg.patient.reasons.why import ConditionReasons
    from kg.patient.what_if.pathway import FollowUp, Pathway
    from kg.patient.what_if.questions import DecidingQuestion, WhatToAsk

# ---------------------------------------------------------------- what a person chose

CHOSEN = "Chosen"
AS_CHOSEN = "as chosen"
ONLY_CHOSEN = "It has no criteria here: whether it fits, only a person can say."


def failed_choices(answer: Answer) -> Iterator[str]:
    """What a chosen scenario says that does not hold of the patient: it is said before all else of the answer."""
    for chosen in answer.chosen:
        if chosen.failed:
            against = "; ".join(f"it says {each.label}; stated: {_facts(each)}" for each in chosen.failed)
            yield f"CHOSEN, BUT IT DOES NOT FIT: {chosen.label}: {against}."


def _facts(criterion: CheckedCriterion) -> str:
    return ", ".join(fact.text for fact in criterion.facts)


def matched(answer: Answer) -> list[Condition]:
    """The scenarios that lead by the facts."""
    only_chosen = {chosen.id for chosen in answer.chosen if chosen.basis == "chosen"}
    return [held for held in answer.scenarios if held.id not in only_chosen]


def basis(answer: Answer) -> str:
    """On what the answer rests, where a person chose a scenario."""
    names = "; ".join(chosen.label for chosen in answer.chosen)
    if answer.basis.id == "chosen":
        return f"As chosen: {names}. No scenario matches the recorded facts."
    others = "; ".join(chosen.label for chosen in answer.chosen if chosen.basis == "chosen")
    if answer.basis.id == "both" and not others:
        return "The facts lead to what was chosen."
    return f"By the facts; the chosen scenario stands beside: {others}." if others else ""


def next_as_chosen(answer: Answer, chosen: ChosenScenario) -> str:
    """Which studies come next by what was chosen, where the facts lead elsewhere; empty where they do not."""
    if answer.basis.id == "chosen" or chosen.basis == "both":
        return ""
    best = "; ".join(f"{study.label} ({study.category.label})" for study in chosen.best)
    return f"Next {AS_CHOSEN}: {best or 'no study'}"


def order_as_chosen(check: OrderCheck) -> str:
    """What is said of an order by what was chosen, where the facts lead elsewhere; empty where they do not."""
    if not check.chosen_verdict or check.answer.basis.id == "chosen":
        return ""
    chosen = "; ".join(each.label for each in check.answer.chosen)
    return f"{AS_CHOSEN.upper()}: {check.chosen_verdict}, in {chosen}"


def checked(criterion: CheckedCriterion) -> str:
    """A criterion of a chosen scenario with its state."""
    by = f", by {_facts(criterion)}" if criterion.facts else ""
    return f"{'unknown' if criterion.state == 'open' else criterion.state}: {criterion.label}{by}"


# ---------------------------------------------------------------- the rating matrix

NOT_RATED = "not rated in this source"
SOURCES_OF_RATINGS = "Source of each rating"
RADIATION = "Radiation of each study:"


# ---------------------------------------------------------------- a pathway as a picture or a list

PATIENT = "Patient"
NO_URGENCY_STATED = "no urgency stated"
STRENGTHS = "How strongly the source puts it:"


def next_study(category: str) -> str:
    """What stands above the name of a study that comes next."""
    return f"Next study · {category}"


def as_after(study: str) -> str:
    """That results and actions are those of a study above."""
    return f"Results and actions as after {study}."


def urgency_of_patient(urgency: str) -> str:
    """How urgent the patient is once a result is known, whatever the result."""
    return f"{PATIENT}: {urgency or NO_URGENCY_STATED}"


def then(after: Pathway) -> str:
    """How a pathway goes on that is not followed further."""
    studies = " or ".join(step.study.label for step in after.steps)
    return f"Then: {studies} (ask again with this result)" if studies else f"Then: {after.outcome.label}"


def follow_up(action: FollowUp) -> str:
    """An action, with whom to consult unless its words say so."""
    unsaid = [contact.lower() for contact in action.contacts if contact.lower() not in action.label.lower()]
    return f"{action.label} ({', '.join(unsaid)})" if unsaid else action.label


# ---------------------------------------------------------------- the first screen

CANNOT_BE_DONE = "Cannot be done"
NONE_APPROPRIATE = "no study that can be done is Usually Appropriate"
KNOWN_CHECK = "Known, check first"


def more(answer: Answer) -> str:
    """How to see what the first screen leaves out."""
    disputed = len(answer.conflicts)
    said = f"{disputed} disputed point{'s' * (disputed != 1)} decided: --disputes. " if disputed else ""
    return f"{said}More: --studies, --unknown, --sources, --full."


MORE = "More: --full."
MORE_ROWS = "More: --full, or --format csv."
ALSO_NAMED = "Same name"
MET, FAILED, OPEN = "Met", "Failed", "Unknown"
RATED, FOR_IT, AGAINST_IT = "Rated", "For it", "Against it"
SOURCE = "Source"
NO_STUDY_NEXT = "no study comes next"
ASK_FIRST = "Ask, most decisive first"
NEW, NO_LONGER = "new", "no longer"


def status(reasons: ConditionReasons) -> str:
    """Whether a condition applies."""
    return "topic not entered" if reasons.status == "not entered" else reasons.status


# ---------------------------------------------------------------- an audit

APPROPRIATE_BY = "Appropriate by"
OUTCOMES = "Outcomes"
RATINGS_OF_ORDERS = "Ratings of the orders"
REASONS_AGAINST = "Most common reasons against"
CODES_NOT_UNDERSTOOD = "Codes that were not understood, by rows"
MOST_WARNINGS = "Most common warnings"


def judged_orders(counts: AuditSummary) -> str:
    """How many orders were judged, and what share of them was appropriate."""
    share = "no order could be judged" if counts.share is None else f"{counts.share:.1%} appropriate"
    return f"{counts.judged:,} order{'s' * (counts.judged != 1)} judged: {share}"


def rows_read(counts: AuditSummary) -> str:
    """How many rows were read."""
    if not counts.rows:
        return "no rows"
    rejected = "all" if counts.rejected == counts.rows else f"{counts.rejected:,}"
    return f"{counts.rows:,} row{'s' * (counts.rows != 1)}, {rejected} rejected"


AFFECTS_ONLY = "Affects only where the case belongs or whom to call"
MOST_ASKED = 5
"""How many questions are shown; the rest is in the data."""

_KINDS_NAMED = 8


def kinds(question: DecidingQuestion) -> str:
    """The kinds of what a broad question asks for."""
    named = [kind.label.lower() for kind in question.kinds]
    rest = f", or {len(named) - _KINDS_NAMED} more kinds" if len(named) > _KINDS_NAMED else ""
    return f"any of: {', '.join(named[:_KINDS_NAMED])}{rest}; or none of these"


def with_others(asked: DecidingQuestion) -> str:
    """The facts with which a question matters that does not matter by itself."""
    return f"matters only together with: {'; '.join(map(str, asked.together))}"


def beside(asked: OpenQuestion) -> str:
    """An unknown fact that never changes the study."""
    return f"{asked.label}: {'; '.join(asked.matters_for)}"


def more_questions(asking: WhatToAsk) -> str:
    """How many questions are not shown."""
    rest = len(asking.questions) - MOST_ASKED
    return f"{rest} more can change it; answer these first, then ask again" if rest > 0 else ""


NO_STATEMENT_CHANGED = "No statement changed."
CASES_CHANGED = "Cases whose answer changes"
RATINGS = "Ratings"


def problems(report: CheckReport) -> str:
    """How much a check found."""
    return f"{_counted(len(report.errors), 'error')}, {_counted(len(report.warnings), 'warning')}"


def _counted(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def caused_by(*, alone: bool) -> str:
    """The heading of the edits that changed an answer."""
    return "Because of" if alone else "Because of these together"


def rechecked(found: Recheck) -> str:
    """The result of a recheck."""
    if found.same:
        return f"SAME: {found.engine} derives the same conclusions from the same content."
    if not found.derived:
        return f"NOT DERIVED: {found.engine} could not derive anything to compare."
    concluded = any(difference.kind == "conclusion" for difference in found.differences)
    return f"DIFFERENT: {found.engine} derives something different.{'' if concluded else ' The conclusions match.'}"


# ---------------------------------------------------------------- two patients compared

WHAT_ELSE_CHANGED = "What else changed"
ACTED_ON = ("study", "urgency", "calls")
"""The parts of a difference that ``acted_on`` says."""


def acted_on(difference: Difference) -> Iterator[tuple[str, str, bool]]:
    """What changed of study, urgency and calls.

    Yields:
        A heading; what was and is, or that it is unchanged; and whether it is a new call, which cannot wait.
    """
    yield "Study", _turned(difference.study, *difference.outcome.before, *difference.outcome.after), False
    yield "Urgency", _turned(difference.urgency, "not stated", "not stated"), False
    yield "Calls", _turned(difference.calls, "no call", "no call"), bool(difference.calls.gained)


def _turned(part: BeforeAfter, none_before: str, none_after: str) -> str:
    """What a part was and is; the last two arguments say what it is called where an answer says nothing of it."""
    before, after = "; ".join(part.before) or none_before, "; ".join(part.after) or none_after
    return f"unchanged: {after}" if before == after else f"{before} -> {after}"

"""Holds the phrases that text and HTML share: headings, fixed words and sentences, so that none is written twice.

Headings are written as in a sentence. Text shows them in capitals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from kg.show.text import further

if TYPE_CHECKING:
    # For types only, so that showing one kind of result does not load the others.
    from kg.auditing.summary import AuditSummary
    from kg.knowledge.ask.ratings import RatedStudy
    from kg.knowledge.content.terms import Origin, Term
    from kg.patient.assess.answer import (
        Action,
        Answer,
        Condition,
        Contraindication,
        Escalation,
        HandOff,
        Move,
        OtherReading,
    )
    from kg.patient.assess.rated import Study
    from kg.patient.assess.unknown import NearCondition, OpenQuestion, UnusedFact
    from kg.patient.reasons.order import OrderCheck
    from kg.patient.reasons.why import ConditionReasons, CriterionReasons, StudyReasons

# ---------------------------------------------------------------- an answer

TERMS_OF_USE = (
    "A clinician makes the decision. Not for clinical use without a licence for the guideline; not for emergencies."
)
"""What stands beneath every answer."""

NO_URGENCY = "the sources give no urgency for these facts"
"""What is said of the urgency of a study if no rule applies. It does not say that there is time."""

NOT_LISTED = "Studies that are not listed count as not performed."
CALL_IF_PRESENT = "Call at once if any of these is present"
OTHER_CALLS = "Other calls, of which nothing is recorded"
BELONGS_TO = "Belongs to"
MOVED_TO = "Moved to"
THE_RESULT = "Result"
WARNINGS = "Warnings"
IN_THIS_TOPIC = "in this topic (the case belongs to another)"
ALSO_APPLY = "Also applies (lower precedence)"
COULD_APPLY = "Could still apply, depending on unknown facts"
NOT_USED = "Stated, but nothing here depends on it"
WHY_THIS_STUDY = "What decided between equally rated studies"
ALTERNATIVES = "Alternatives, and what each can answer"
NEAREST = "Closest matches"
UNKNOWN = "Unknown facts that matter"
FOR_THE_REST = "for urgency, escalation or another topic"
CHANGES_STUDIES = "What could change the studies"
CHANGES_URGENCY = "What could make it more urgent"
PRESUMED = "Presumed absent, because not stated"
CHECK_BEFORE_ORDERING = "Check before ordering"
READ_DIFFERENTLY = "The sources interpret a number differently"
SOURCES_DISAGREE = "Where the sources disagree"
NEXT_STEPS = "Next steps"
WHAT_IS_DECIDED = "decision"


def robust(study: Study, answer: Answer) -> str:
    """In which of the scenarios that could still apply a study is right, while another scenario could lead."""
    if not answer.could_lead:
        return ""
    where = " of its topic" if len(answer.topics) > 1 else ""
    if study.robust:
        return f"rated so in every scenario{where} that could still apply"
    if not study.not_if or not study.appropriate_in:
        return ""
    of = study.appropriate_in + len(study.not_if)
    lower = "; ".join(map(str, study.not_if))
    where = f"{study.appropriate_in} of {of} scenarios{where}"
    return f"Usually Appropriate in {where} that could still apply, lower in: {lower}"


def headline(answer: Answer) -> str:
    """How urgent it is, and what the outcome means, in a few words."""
    urgency = f"{answer.urgency.level.label.upper()}. " if answer.urgency else ""
    chosen = f", {further.AS_CHOSEN}".upper() if answer.basis.id == "chosen" else ""
    return f"{urgency}{answer.outcome.label.upper()}{chosen}: {meaning(answer)}"


def meaning(answer: Answer) -> str:
    """What the outcome means, in a few words."""
    if answer.best:
        done = " and ".join(map(str, answer.barred))
        less = "" if answer.outcome.id == "recommended" else further.NONE_APPROPRIATE
        reasons = ", and ".join(filter(None, (f"{done} {further.CANNOT_BE_DONE.lower()}" if done else "", less)))
        return f"{_best(answer)}{'; ' if reasons else ''}{reasons}"
    if answer.handed_to:
        return "the case belongs to another topic or pathway"
    awaited = f"; {NO_RESULT.lower()}: {', '.join(map(str, answer.awaited))}" if answer.awaited else ""
    after = "the remaining steps are actions" if answer.actions else "the sources name no further step for these facts"
    if answer.could_lead:
        after += "; another scenario could still lead and require more"
    return {
        "no-imaging": "every study rated here is Usually Not Appropriate",
        "needs-information": f"the answer depends on facts that are still unknown{awaited}",
        "no-criteria-apply": "no scenario of this guideline fits the recorded facts",
        "pathway-complete": f"the studies of this scenario are done; {after}",
    }[answer.outcome.id]


def _best(answer: Answer) -> str:
    """Whether there is one best study, any one of several will do, or each scenario needs its own."""
    if len(answer.best) == 1:
        return "the next study"
    if not answer.interchangeable:
        return "one study for each scenario"
    if len({study.cautioned for study in answer.best}) > 1:
        return "equally rated studies, those that need no check first"
    return "any one of these equally rated studies"


def next_studies(answer: Answer) -> list[Study]:
    """The studies that come next; if any one of them will do, those that need no check come first."""
    return sorted(answer.best, key=lambda study: study.cautioned and answer.interchangeable)


def at_once(answer: Answer, cite: Callable[[Iterable[Origin]], str] = lambda origins: "") -> Iterator[str]:
    """What cannot wait: whom to call, and what a result requires as an emergency; ``cite`` adds the sources."""
    for escalation in answer.escalations:
        if escalation.applies:
            yield f"CALL NOW, do not wait for this answer. {whom(escalation)}.{cite(escalation.origins)}"
    for action in answer.actions:
        if action.urgency.id == "emergent":
            what = f"{action.recommendation.label}{who(action)}: {how(action)}.{cite(action.recommendation.origins)}"
            yield f"AT ONCE: {what}"


def whom(escalation: Escalation) -> str:
    """Whom to call and why; who is named in the reason is not named twice."""
    contacts = [term.label for term in escalation.contacts]
    named = all(contact.lower() in escalation.label.lower() for contact in contacts)
    return escalation.label if named else f"{escalation.label} ({', '.join(contacts)})"


def call_now(contact: str) -> str:
    """Whom to call at once, in a pathway."""
    return f"CALL NOW: {contact}"


def open_call(escalation: Escalation) -> str:
    """What would be a reason to call but is not recorded."""
    return f"{', '.join(term.label for term in escalation.missing)} (not recorded)"


def known_checks(answer: Answer, study: str) -> tuple[str, ...]:
    """What is known to be against a study and must be checked before it is ordered."""
    others = answer.interchangeable and any(one.id != study and not one.cautioned for one in answer.best)
    until = " Until then, it is not preferred." if others else ""
    return tuple(
        f"{further.KNOWN_CHECK.upper()}: {check.label}{until}"
        for check in answer.contraindications
        if check.applies and study in check.studies
    )


def to_check(check: Contraindication) -> str:
    """A check before an order."""
    return f"{'KNOWN: ' if check.applies else ''}{check.label}"


def not_answered(result: Answer | AuditSummary) -> Iterator[str]:
    """What is not answered because a topic is unfinished."""
    return map(missing_answer, result.unfinished)


def missing_answer(sentence: str) -> str:
    """What says that a topic is unfinished, as it begins a result."""
    return f"NOT ANSWERED: {sentence}."


def caveats(answer: Answer) -> Iterator[str]:
    """What a reader must know before the rest: what was not used, what was assumed, and what could still change."""
    if answer.barred and not answer.best:
        yield f"{further.CANNOT_BE_DONE}: {', '.join(map(str, answer.barred))}."
    if notable := "; ".join(unused_fact(unused) for unused in answer.unused if unused.notable):
        yield f"{NOT_USED}: {notable}."
    if answer.taken_as_seen:
        yield f"Taken as seen, because the study was not named: {'; '.join(map(str, answer.taken_as_seen))}."
    for term in answer.perhaps_before:
        yield f"{term.label}: done before the present signs began, it does not count; done after, state its date."
    if answer.history:
        yield f"History, done before what is there now: {', '.join(map(str, answer.history))}."
    for term in answer.undecided:
        yield f"The sources disagree on whether this number means: {term.label}."
    if answer.assumed_absent:
        yield f"Assumed absent, not stated: {', '.join(term.label.lower() for term in answer.assumed_absent)}."
    if answer.presumed_absent:
        yield NOT_LISTED
    if chosen := further.basis(answer):
        yield chosen
    if sure := settled(answer):
        yield sure


def unused_fact(unused: UnusedFact) -> str:
    """A stated fact on which nothing depends."""
    return f"{unused.fact.text} ({unused.study.label})" if unused.study else unused.fact.text


def settled(answer: Answer) -> str:
    """Whether what is still unknown can change the studies or the urgency; empty where the outcome says it."""
    marks = answer.settled
    if answer.outcome.id in ("no-imaging", "pathway-complete"):
        return "Settled: no unknown fact calls for a study here." if marks.studies else ""
    if not answer.best:
        return ""
    if marks.studies:
        urgent = "Settled: nothing that is unknown can change the study or its urgency."
        return urgent if marks.urgency else "The study is settled; unknown facts could make it more urgent."
    robust = all(study.robust for study in answer.best)
    change = "put another study first" if robust else "change the study"
    urgent = "" if marks.urgency else ", or make it more urgent"
    return f"Not settled: unknown facts may {change}{urgent}."


def weak_points(study: Study) -> str:
    """What a study cannot show."""
    weak = ", ".join(term.label.lower() for term in study.cannot_show)
    return f"shows poorly or not at all: {weak}" if weak else ""


def barred_for(study: Study, answer: Answer) -> str:
    """What a study cannot show that stands in for one that cannot be done."""
    return weak_points(study) if answer.barred else ""


def marks(study: Study) -> Iterator[str]:
    """What a reader has to know about a rated study."""
    if study.contraindicated:
        yield "CONTRAINDICATED"
    if study.cautioned:
        yield "check first"
    if study.performed:
        yield "performed"
    if study.disagreement:
        yield study.disagreement


def because(held: Condition) -> str:
    """The facts that met the criteria of a condition, except inherited criteria."""
    own = (criterion for criterion in held.criteria if not criterion.inherited)
    facts = dict.fromkeys(fact.text for criterion in own for fact in criterion.facts)
    return f"because {'; '.join(facts)}" if facts else ""


def what_follows(answer: Answer) -> str:
    """The heading of the actions."""
    unsettled = answer.outcome.id == "needs-information" and not answer.results
    return "Next steps if no other scenario leads" if unsettled else NEXT_STEPS


def who(action: Action) -> str:
    """Whom to consult about an action."""
    return f" ({', '.join(term.label for term in action.contacts)})" if action.contacts else ""


def how(action: Action) -> str:
    """How strongly an action is recommended, and how fast."""
    return f"{action.strength.label}; urgency {action.urgency.label}"


def other_reading(reading: OtherReading) -> str:
    """What follows from one reading of a number."""
    best = f": {', '.join(term.label for term in reading.best)}" if reading.best else ""
    scenarios = f" ({'; '.join(term.label for term in reading.scenarios)})" if reading.scenarios else ""
    return f"if it means {reading.finding.label.lower()}: {reading.outcome.label}{best}{scenarios}"


def belongs_to(topic: str) -> str:
    """That a case belongs to another topic."""
    return f"belongs to {topic}"


def moved(move: Move) -> str:
    """The topic that answers, and those that the case leaves for it."""
    left = " and ".join(map(str, move.left))
    return f"{move.topic}{f', from {left}' if left else ', besides where the case stands'}"


def elsewhere(over: HandOff) -> str:
    """Another topic to which a case belongs, and why."""
    return f"{over.neighbour.label}: {over.reason.label}"


def near_name(near: NearCondition) -> str:
    """The name of what comes near."""
    return f"{near.neighbour}: {near.label}" if near.neighbour else near.label


def open_question(asked: OpenQuestion) -> str:
    """What is unknown and matters."""
    return f"{asked.label}: for {'; '.join(asked.matters_for)}"


def topics(answer: Answer) -> Iterator[str]:
    """The topics of an answer with their editions."""
    return (f"{topic['title']} ({topic['edition']})" for topic in answer.topics)


# ---------------------------------------------------------------- reasons

DECIDES = "What decides between them"
BETTER = "Better"
NO_DIFFERENTIAL = "The sources give no differential for this case."
NOTHING_CHANGED = "Nothing changed."


def condition(reasons: ConditionReasons) -> str:
    """A condition with its status."""
    return f"{further.status(reasons).upper()}: {reasons.named}"


def led_by(term: Term) -> str:
    """That another scenario leads."""
    return f"lower precedence than: {term.label} [{term.id}]"


def criterion(reasons: CriterionReasons) -> str:
    """The facts that decided a criterion, or what is missing."""
    if reasons.facts:
        return f"by {'; '.join(fact.text for fact in reasons.facts)}"
    return f"unknown: {' or '.join(term.label for term in reasons.missing)}"


def state(reasons: StudyReasons) -> str:
    """Whether a study comes next."""
    return "comes next" if reasons.next else "already performed" if reasons.performed else "does not come next"


def rated_in(reasons: StudyReasons) -> Iterator[str]:
    """How the scenarios rate a study."""
    return (
        f"{rated.category} in: {rated.scenario.label} ({rated.status}) [{rated.scenario.id}]"
        for rated in reasons.ratings
    )


def order(check: OrderCheck) -> str:
    """What is said of an order."""
    chosen = f", {further.AS_CHOSEN}".upper() if check.answer.basis.id == "chosen" else ""
    return f"ORDER {check.verdict.upper()}{chosen}: {check.order.label}"


EXPLAINS_HERE = "explains these known findings"
EXPLAINS = "can explain"
CAN_LEAD_TO = "can lead to"


def part_of_answer(name: str) -> str:
    """A part of an answer by the name of its attribute."""
    return _PARTS.get(name, name.capitalize())


_PARTS = {
    "could_lead": "Could lead",
    "study": "Next study",
    "calls": "Call now",
    "actions": NEXT_STEPS,
    "questions": UNKNOWN,
    "moved": MOVED_TO,
    "handed_to": BELONGS_TO,
}
"""What a part is called if the name of its attribute does not say it."""


NO_RESULT = "No result recorded for"

# ---------------------------------------------------------------- the surface of a topic

GAPS = "No scenario applies"
CONCURRENT = "Several scenarios lead together, as decided"
OVERLAPS = "Several scenarios lead, none with precedence"

# ---------------------------------------------------------------- urgency of what follows

NOT_STATED = "not stated"
"""The label of an urgency that no source states."""

# ---------------------------------------------------------------- tables

NO_ROWS = "no rows"
BY_ANALOGY = "~ radiation level by analogy"
_IS_BY_ANALOGY = "by analogy"


def by_analogy(study: Study | RatedStudy, mark: str = "~") -> str:
    """The mark of a radiation level that was taken by analogy; empty for any other."""
    return mark if study.radiation_standing == _IS_BY_ANALOGY else ""

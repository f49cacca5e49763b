"""An answer as text of at most 80 columns. Every statement carries the number of its place in the list at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from kg.answer import Action, Answer, Check, Escalation, Held, Near, Origin, Question, Study
from kg.text import wrapped

TERMS_OF_USE = (
    "For a clinician who decides; not for use in care without the guideline's licence, and not for emergencies."
)
"""What stands beneath every answer."""

ROBUST = "rated so in every scenario that might lead"
"""What is said of a robust study while something unknown can still make another scenario lead."""

NO_URGENCY = "the sources state none for what is known"
"""What is said of the urgency of a study when no rule holds: not that there is time."""


def text(answer: Answer) -> str:
    """Write an answer for a person.

    Args:
        answer: The answer.

    Returns:
        Lines of at most 80 columns.
    """
    places = _Places()
    parts = [
        *(wrapped(sentence, 0, 2) for sentence in at_once(answer, places.cite)),
        _headline(answer),
        *_hand_offs(answer, places),
        *_urgency(answer, places),
        *_open_calls(answer, places),
        *_scenarios(answer, places),
        *_preferences(answer, places),
        *_studies(answer, places),
        *_fallbacks(answer, places),
        *_results(answer, places),
        *_warnings(answer, places),
        *_conflicts(answer, places),
        *_nearest(answer),
        *_unknown(answer),
        *_checks(answer.check_before_ordering),
        *places.listing(),
        _terms_of_use(answer),
    ]
    return "\n\n".join(parts)


class _Places:
    """Numbers places in the order in which they are first cited."""

    def __init__(self) -> None:
        self._numbers: dict[Origin, int] = {}

    def cite(self, origins: Iterable[Origin]) -> str:
        numbers = sorted({self._numbers.setdefault(origin, len(self._numbers) + 1) for origin in origins})
        return "".join(f" [{number}]" for number in numbers)

    def listing(self) -> Iterator[str]:
        if not self._numbers:
            return
        lines = ["WHERE IT COMES FROM"]
        for source in dict.fromkeys(origin.source for origin in self._numbers):
            lines.append(wrapped(source, 2, 4))
            for origin, number in self._numbers.items():
                if origin.source == source:
                    section = f" ({origin.section})" if origin.section else ""
                    lines.append(wrapped(f"[{number}] {origin.statement}{section}", 4, 8))
        yield "\n".join(lines)


def _headline(answer: Answer) -> str:
    lines = [f"{answer.outcome.label.upper()}: {headline(answer)}"]
    shown = [wrapped(line, 0, 2) for line in lines]
    for study in answer.best:
        sure = f"; {ROBUST}" if study.robust and answer.possible else ""
        shown.append(wrapped(f"{study.label}: {study.category.label}, {study.radiation}{sure}", 2, 4))
        shown += [wrapped(f"KNOWN, CHECK FIRST: {label}", 4, 6) for label in known_checks(answer, study.id)]
    if answer.assumptions:
        assumed = ", ".join(term.label.lower() for term in answer.assumptions)
        shown.append(wrapped(f"Assumed, not stated: no {assumed}.", 2, 4))
    for term in answer.undecided:
        shown.append(wrapped(f"Sources disagree whether this number means: {term.label}.", 2, 4))
    return "\n".join(shown)


def _best(answer: Answer) -> str:
    """Whether the best are one, may stand for each other, or answer to different topics, where one does not do."""
    if len(answer.best) == 1:
        return "the next study"
    return "one of these studies, rated equally" if answer.alternatives else "a study for each of the scenarios"


def headline(answer: Answer) -> str:
    """What the outcome means, in a few words.

    Args:
        answer: The answer.

    Returns:
        A phrase.
    """
    if answer.best:
        best = _best(answer)
        settled = answer.outcome.id == "recommended"
        return best if settled else f"no study that can be done is Usually Appropriate; {best}"
    if answer.handed_to:
        return "another topic or pathway is the right place"
    awaited = f"; no result is recorded of: {', '.join(map(str, answer.awaited))}" if answer.awaited else ""
    after = "what remains are actions" if answer.actions else "the sources name no further step for what is known"
    if answer.possible:
        after += "; another scenario may still lead and ask for more"
    return {
        "no-imaging": "every study rated here is Usually Not Appropriate",
        "needs-information": f"what is still unknown decides{awaited}",
        "no-criteria-apply": "no scenario of this guideline fits what is recorded",
        "pathway-complete": f"the studies of this scenario are done; {after}",
    }[answer.outcome.id]


def known_checks(answer: Answer, study: str) -> tuple[str, ...]:
    """What is known to speak against a study and has to be checked before it is ordered.

    Args:
        answer: The answer.
        study: The identifier of the study.

    Returns:
        The questions.
    """
    return tuple(check.label for check in answer.check_before_ordering if check.applies and study in check.studies)


def at_once(answer: Answer, cite: Callable[[Iterable[Origin]], str] = lambda origins: "") -> Iterator[str]:
    """What cannot wait: whom to call, and what a result asks for as an emergency.

    Args:
        answer: The answer.
        cite: What is written after a statement for its places.

    Yields:
        A sentence for each.
    """
    for escalation in answer.escalations:
        if escalation.applies:
            contacts = " or ".join(term.label for term in escalation.contacts)
            what = f"{contacts}. {escalation.label}.{cite(escalation.origins)}"
            yield f"CALL NOW, do not wait for this answer: {what}"
    for action in answer.actions:
        if action.urgency.id == "emergent":
            yield f"AT ONCE: {_action(action, cite)}"


def _open_calls(answer: Answer, places: _Places) -> Iterator[str]:
    waiting = [escalation for escalation in answer.escalations if not escalation.applies]
    if waiting:
        yield "\n".join(["IF IT TURNS OUT SO, CALL AT ONCE", *(_open_call(call, places) for call in waiting)])


def _open_call(escalation: Escalation, places: _Places) -> str:
    missing = ", ".join(term.label for term in escalation.missing)
    return wrapped(f"- {missing} (not recorded): {escalation.label}.{places.cite(escalation.origins)}", 2, 4)


def _hand_offs(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.handed_to:
        lines = ["BELONGS TO"]
        for over in answer.handed_to:
            lines += [wrapped(over.neighbour.label, 2, 4), _reasons(over.reason, places, 4)]
        yield "\n".join(lines)


def _urgency(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.urgency:
        lines = [f"URGENCY: {answer.urgency.level.label}"]
        yield "\n".join([*lines, *(_reasons(rule, places) for rule in answer.urgency.rules)])
    elif answer.best and not any(at_once(answer)):
        yield f"URGENCY: {NO_URGENCY}"


def _reasons(held: Held, places: _Places, indent: int = 2) -> str:
    own = [criterion for criterion in held.criteria if not criterion.inherited]
    facts = dict.fromkeys(fact.text for criterion in own for fact in criterion.facts)
    because = [wrapped("because " + "; ".join(facts), indent + 2, indent + 4)] if facts else []
    return "\n".join([wrapped(f"{held.label}.{places.cite(held.origins)}", indent, indent + 2), *because])


def _scenarios(answer: Answer, places: _Places) -> Iterator[str]:
    for held in answer.scenarios:
        elsewhere = " HERE, THOUGH THE CASE BELONGS ELSEWHERE" if answer.handed_to else ""
        lines = [wrapped(f"SCENARIO{elsewhere}: {held.label}{places.cite(held.origins)}", 0, 2)]
        for criterion in held.criteria:
            facts = "; ".join(fact.text for fact in criterion.facts)
            lines.append(wrapped(f"met: {criterion.label}{places.cite(criterion.origins)}", 2, 4))
            lines.append(wrapped(f"by {facts}", 4, 6))
        yield "\n".join(lines)
    if answer.also_apply:
        lines = ["APPLIES TOO, BEHIND THE SCENARIO ABOVE" if answer.scenarios else "APPLIES, BUT DOES NOT LEAD"]
        yield "\n".join([*lines, *(wrapped(f"- {term.label}", 2, 4) for term in answer.also_apply)])
    if answer.possible:
        lines = ["WOULD LEAD IF SOMETHING UNKNOWN TURNS OUT SO"]
        yield "\n".join([*lines, *(wrapped(f"- {term.label}", 2, 4) for term in answer.possible)])


def _preferences(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.preferences and answer.best:
        yield "\n".join(["WHY THIS STUDY AMONG EQUALS", *(_reasons(held, places) for held in answer.preferences)])


def _studies(answer: Answer, places: _Places) -> Iterator[str]:
    if not answer.scenarios:
        return
    names = {held.id: held.label for held in answer.scenarios}
    for scenario, group in groupby(
        sorted(answer.studies, key=lambda study: study.scenario), lambda study: study.scenario
    ):
        elsewhere = ", WHERE THE CASE DOES NOT BELONG" if answer.handed_to else ""
        lines = [wrapped(f"STUDIES RATED IN{elsewhere}: {names[scenario]}", 0, 2)]
        for category, studies in groupby(group, lambda study: study.category.label):
            lines.append(f"  {category}")
            lines += [_study_line(study, places) for study in studies]
        lines.append("  (> next; ~ radiation level by analogy; ? radiation level unresolved)")
        yield "\n".join(lines)


def _study_line(study: Study, places: _Places) -> str:
    marks = [
        word
        for word, holds in (
            ("CONTRAINDICATED", study.contraindicated),
            ("check first", study.cautioned),
            ("performed", study.performed),
            (study.disagreement, bool(study.disagreement)),
        )
        if holds
    ]
    analogy = "~" if study.radiation_standing == "by analogy" else ""
    note = f" ({'; '.join(marks)})" if marks else ""
    line = f"{'>' if study.best else ' '} {study.label}, {analogy}{study.radiation}{note}{places.cite(study.origins)}"
    return wrapped(line, 4, 8) if study.best else wrapped(line.strip(), 6, 8)


def _warnings(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.warnings:
        yield "\n".join(["WARNINGS", *(_reasons(held, places) for held in answer.warnings)])


def _fallbacks(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.fallbacks:
        lines = ["INSTEAD, EACH FOR ITS OWN QUESTION"]
        for fallback in answer.fallbacks:
            lines.append(
                wrapped(f"{fallback.study.label}: {fallback.question}{places.cite(fallback.reason.origins)}", 2, 4)
            )
        yield "\n".join(lines)


def _results(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.results:
        lines = ["THE RESULT"]
        for result in answer.results:
            lines.append(
                wrapped(f"{result.pattern.label}: {result.diagnosis.label}.{places.cite(result.pattern.origins)}", 2, 4)
            )
        yield "\n".join(lines)
    if answer.actions:
        yield "\n".join(
            [what_follows(answer).upper(), *(wrapped(_action(action, places.cite), 2, 4) for action in answer.actions)]
        )


def what_follows(answer: Answer) -> str:
    """The heading of the actions.

    Args:
        answer: The answer.

    Returns:
        A heading that says so when the actions are those of a scenario which another may still lead.
    """
    unsettled = answer.outcome.id == "needs-information" and not answer.results
    return "What would follow if no other scenario leads" if unsettled else "What follows"


def _action(action: Action, cite: Callable[[Iterable[Origin]], str]) -> str:
    who = f" ({', '.join(term.label for term in action.contacts)})" if action.contacts else ""
    how = f"{action.strength.label}; urgency {action.urgency.label}"
    return f"{action.recommendation.label}{who}: {how}.{cite(action.recommendation.origins)}"


def _conflicts(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.readings:
        lines = ["THE SOURCES READ A NUMBER DIFFERENTLY"]
        for reading in answer.readings:
            best = f": {', '.join(term.label for term in reading.best)}" if reading.best else ""
            scenario = f" ({'; '.join(term.label for term in reading.scenarios)})" if reading.scenarios else ""
            lines.append(
                wrapped(f"if it means {reading.finding.label.lower()}: {reading.outcome.label}{best}{scenario}", 2, 4)
            )
        yield "\n".join(lines)
    if answer.conflicts:
        lines = ["WHERE THE SOURCES DISAGREE"]
        for conflict in answer.conflicts:
            lines.append(wrapped(f"{conflict.id}: {conflict.label}{places.cite(conflict.sides)}", 2, 4))
            lines.append(wrapped(f"decided: {conflict.decision}", 4, 6))
        yield "\n".join(lines)


def _nearest(answer: Answer) -> Iterator[str]:
    if answer.nearest and not answer.handed_to:
        yield "\n".join(["WHAT COMES NEAREST", *map(_near, answer.foremost)])


def _near(near: Near) -> str:
    lines = [wrapped(f"{near.neighbour}: {near.label}" if near.neighbour else near.label, 2, 4)]
    lines += [wrapped(f"failed: {label}", 4, 6) for label in near.failed]
    lines += [wrapped(f"not known: {label}", 4, 6) for label in near.open]
    return "\n".join(lines)


def _unknown(answer: Answer) -> Iterator[str]:
    deciding = [question for question in answer.questions if question.decides_scenario]
    other = [question.label.lower() for question in answer.questions if not question.decides_scenario]
    if answer.questions:
        lines = ["STILL UNKNOWN, AND IT MATTERS", *(_question(question) for question in deciding)]
        if other:
            lines.append(wrapped(f"- for urgency, escalation or another topic: {'; '.join(other)}", 2, 4))
        yield "\n".join(lines)


def _question(question: Question) -> str:
    return wrapped(f"- {question.label}: for {'; '.join(question.matters_for)}", 2, 4)


def _checks(checks: tuple[Check, ...]) -> Iterator[str]:
    if checks:
        lines = ["CHECK BEFORE ORDERING"]
        lines += [wrapped(f"- {'KNOWN: ' if check.applies else ''}{check.label}", 2, 4) for check in checks]
        yield "\n".join(lines)


def _terms_of_use(answer: Answer) -> str:
    topics = "; ".join(f"{topic['title']} ({topic['edition']})" for topic in answer.topics)
    return wrapped(f"{topics + '. ' if topics else ''}{TERMS_OF_USE}", 0)

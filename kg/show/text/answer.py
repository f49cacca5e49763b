"""Writes all of an answer as text; each statement carries the number of its source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from kg.errors import ParameterError, listed, printable, quoted
from kg.knowledge.content.terms import Origin
from kg.patient.assess.answer import Action, Answer, Condition, Contraindication, Escalation
from kg.patient.assess.rated import Study
from kg.patient.assess.unknown import NearCondition
from kg.show.text import further, heading, phrases, whole
from kg.show.text.wrap import wrapped

DETAILS = ("studies", "unknown", "disputes", "sources")
"""The parts of the whole text that can be had alone."""


@whole.register
def explained(answer: Answer, *parts: str) -> str:
    """The whole answer as text, or some parts of it below its headline.

    Args:
        answer: The answer.
        parts: Names of ``DETAILS``; all there is if none is given.

    Raises:
        ParameterError: There is no such part.
    """
    for part in parts:
        if part not in DETAILS:
            message = f"{quoted(part)} is not a part of an answer; there are {listed(DETAILS)}"
            raise ParameterError(message)
    places = _Places()
    named: tuple[tuple[str, Iterable[str]], ...] = (
        ("", [wrapped(sentence, 0, 2) for sentence in phrases.at_once(answer, places.cite)]),
        ("", [wrapped(sentence, 0, 2) for sentence in phrases.not_answered(answer)]),
        ("", [wrapped(sentence, 0, 2) for sentence in further.failed_choices(answer)]),
        ("headline", [_headline(answer)]),
        ("", [*_moves(answer, places), *_hand_offs(answer, places), *_urgency(answer, places)]),
        ("", [*_open_calls(answer, places), *_chosen(answer, places), *_scenarios(answer, places)]),
        ("", _preferences(answer, places)),
        ("studies", [*_studies(answer, places), *_alternatives(answer, places)]),
        ("", [*_results(answer, places), *_warnings(answer, places)]),
        ("disputes", _conflicts(answer, places)),
        ("", [*_nearest(answer), *_unused(answer)]),
        ("unknown", [*_unknown(answer), *_checks(answer.contraindications)]),
    )
    written = [(name, [*part]) for name, part in named]
    written += [("sources", [*places.listing()]), ("", [_terms_of_use(answer)])]  # once all has been cited
    shown = [text for name, part in written if not parts or name in ("headline", *parts) for text in part]
    return printable("\n\n".join(shown))


@heading.register
def _outcome(answer: Answer) -> str:
    best = "; ".join(study.label for study in answer.best)
    return f"{answer.outcome.label}{': ' if best else ''}{best}"


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
        lines = ["SOURCES"]
        for source in dict.fromkeys(origin.source for origin in self._numbers):
            lines.append(wrapped(source, 2, 4))
            for origin, number in self._numbers.items():
                if origin.source == source:
                    section = f" ({origin.section})" if origin.section else ""
                    lines.append(wrapped(f"[{number}] {origin.statement}{section}", 4, 8))
        yield "\n".join(lines)


def _headline(answer: Answer) -> str:
    shown = [wrapped(phrases.headline(answer), 0, 2)]
    for study in phrases.next_studies(answer):
        sure = f"; {said}" if (said := phrases.robust(study, answer)) else ""
        shown.append(wrapped(f"{study.label}: {study.category.label}, {study.radiation}{sure}", 2, 4))
        shown += [wrapped(line, 4, 6) for line in phrases.known_checks(answer, study.id)]
        shown += [wrapped(line, 4, 6) for line in filter(None, [phrases.barred_for(study, answer)])]
    return "\n".join([*shown, *(wrapped(sentence, 2, 4) for sentence in phrases.caveats(answer))])


def _open_calls(answer: Answer, places: _Places) -> Iterator[str]:
    waiting = [escalation for escalation in answer.escalations if escalation.concerns and not escalation.applies]
    if waiting:
        yield "\n".join([phrases.CALL_IF_PRESENT.upper(), *(_open_call(call, places) for call in waiting)])


def _open_call(escalation: Escalation, places: _Places) -> str:
    missing = phrases.open_call(escalation)
    return wrapped(f"- {missing}: {escalation.label}.{places.cite(escalation.origins)}", 2, 4)


def _moves(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.moved:
        lines = [phrases.MOVED_TO.upper()]
        for move in answer.moved:
            lines += [wrapped(phrases.moved(move), 2, 4), _reasons(move.reason, places, 4)]
        yield "\n".join(lines)


def _hand_offs(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.handed_to:
        lines = [phrases.BELONGS_TO.upper()]
        for over in answer.handed_to:
            lines += [wrapped(over.neighbour.label, 2, 4), _reasons(over.reason, places, 4)]
        yield "\n".join(lines)


def _urgency(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.urgency:
        lines = [f"URGENCY: {answer.urgency.level.label}"]
        yield "\n".join([*lines, *(_reasons(rule, places) for rule in answer.urgency.rules)])
    elif answer.best and not any(phrases.at_once(answer)):
        yield f"URGENCY: {phrases.NO_URGENCY}"


def _reasons(held: Condition, places: _Places, indent: int = 2) -> str:
    lines = [wrapped(f"{held.label}.{places.cite(held.origins)}", indent, indent + 2)]
    if because := phrases.because(held):
        lines.append(wrapped(because, indent + 2, indent + 4))
    return "\n".join(lines)


def _scenarios(answer: Answer, places: _Places) -> Iterator[str]:
    for held in further.matched(answer):
        lines = [wrapped(f"{_here('SCENARIO', answer)}: {held.label}{places.cite(held.origins)}", 0, 2)]
        for criterion in held.criteria:
            facts = "; ".join(fact.text for fact in criterion.facts)
            lines.append(wrapped(f"met: {criterion.label}{places.cite(criterion.origins)}", 2, 4))
            lines.append(wrapped(f"by {facts}", 4, 6))
        yield "\n".join(lines)
    if answer.also_apply:
        lines = [phrases.ALSO_APPLY.upper() if answer.scenarios else "APPLIES, BUT DOES NOT LEAD"]
        yield "\n".join([*lines, *(wrapped(f"- {term.label}", 2, 4) for term in answer.also_apply)])
    if answer.could_lead:
        lines = [phrases.COULD_APPLY.upper()]
        yield "\n".join([*lines, *(wrapped(f"- {term.label}", 2, 4) for term in answer.could_lead)])


def _chosen(answer: Answer, places: _Places) -> Iterator[str]:
    for chosen in answer.chosen:
        lines = [wrapped(f"{further.CHOSEN.upper()}: {chosen.label}{places.cite(chosen.origins)}", 0, 2)]
        lines += [wrapped(f"{further.checked(each)}{places.cite(each.origins)}", 2, 4) for each in chosen.criteria]
        lines += [wrapped(further.ONLY_CHOSEN, 2, 4)] if not chosen.criteria else []
        lines += [wrapped(said, 2, 4) for said in filter(None, [further.next_as_chosen(answer, chosen)])]
        yield "\n".join(lines)


def _preferences(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.preferences and answer.best:
        yield "\n".join([phrases.WHY_THIS_STUDY.upper(), *(_reasons(held, places) for held in answer.preferences)])


def _studies(answer: Answer, places: _Places) -> Iterator[str]:
    names = {held.id: held.label for held in answer.scenarios}
    beside = {chosen.id: chosen.label for chosen in answer.chosen if chosen.id not in names}
    rated = [
        *(answer.studies if names else ()),
        *(s for each in answer.chosen if each.id in beside for s in each.studies),
    ]
    for scenario, group in groupby(
        sorted(rated, key=lambda study: (study.scenario in beside, study.scenario)), lambda study: study.scenario
    ):
        title = f"RATED STUDIES, {further.AS_CHOSEN.upper()}" if scenario in beside else _here("RATED STUDIES", answer)
        lines = [wrapped(f"{title}: {({**names, **beside})[scenario]}", 0, 2)]
        for category, studies in _by_category(group).items():
            lines.append(f"  {category}")
            lines += [_study_line(study, places) for study in studies]
        lines.append(f"  (> next; {phrases.BY_ANALOGY}; ? radiation level unresolved)")
        yield "\n".join(lines)


def _by_category(studies: Iterable[Study]) -> dict[str, list[Study]]:
    """The studies of each category, best category first; what comes next stands first in the data, whatever its own."""
    found: dict[str, list[Study]] = {}
    for study in studies:
        label = study.category.label
        found[label] = [*found.pop(label, ()), study]
    return found


def _here(title: str, answer: Answer) -> str:
    return f"{title} {phrases.IN_THIS_TOPIC.upper()}" if answer.handed_to else title


def _study_line(study: Study, places: _Places) -> str:
    marks = "; ".join(phrases.marks(study))
    radiation = f"{phrases.by_analogy(study)}{study.radiation}"
    note = f" ({marks})" if marks else ""
    line = f"{'>' if study.best else ' '} {study.label}, {radiation}{note}{places.cite(study.origins)}"
    return wrapped(line, 4, 8) if study.best else wrapped(line.strip(), 6, 8)


def _warnings(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.warnings:
        yield "\n".join([phrases.WARNINGS.upper(), *(_reasons(held, places) for held in answer.warnings)])


def _alternatives(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.alternatives:
        lines = [phrases.ALTERNATIVES.upper()]
        for alternative in answer.alternatives:
            lines.append(
                wrapped(
                    f"{alternative.study.label}: {alternative.question}{places.cite(alternative.reason.origins)}", 2, 4
                )
            )
        yield "\n".join(lines)


def _results(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.results:
        lines = [phrases.THE_RESULT.upper()]
        for result in answer.results:
            lines.append(
                wrapped(f"{result.pattern.label}: {result.diagnosis.label}.{places.cite(result.pattern.origins)}", 2, 4)
            )
        yield "\n".join(lines)
    if answer.actions:
        yield "\n".join([phrases.what_follows(answer).upper(), *(_action(action, places) for action in answer.actions)])


def _action(action: Action, places: _Places) -> str:
    what, cited = f"{action.recommendation.label}{phrases.who(action)}", places.cite(action.recommendation.origins)
    return wrapped(f"{what}: {phrases.how(action)}.{cited}", 2, 4)


def _conflicts(answer: Answer, places: _Places) -> Iterator[str]:
    if answer.readings:
        lines = [phrases.READ_DIFFERENTLY.upper()]
        yield "\n".join([*lines, *(wrapped(phrases.other_reading(reading), 2, 4) for reading in answer.readings)])
    if answer.conflicts:
        lines = [phrases.SOURCES_DISAGREE.upper()]
        for conflict in answer.conflicts:
            lines.append(wrapped(f"{conflict.id}: {conflict.label}{places.cite(conflict.sides)}", 2, 4))
            lines.append(wrapped(f"{phrases.WHAT_IS_DECIDED}: {conflict.decision}", 4, 6))
        yield "\n".join(lines)


def _nearest(answer: Answer) -> Iterator[str]:
    if answer.nearest and not answer.handed_to:
        yield "\n".join([phrases.NEAREST.upper(), *map(_near, answer.foremost)])


def _near(near: NearCondition) -> str:
    lines = [wrapped(phrases.near_name(near), 2, 4)]
    lines += [wrapped(f"failed: {label}", 4, 6) for label in near.failed]
    lines += [wrapped(f"unknown: {label}", 4, 6) for label in near.open]
    return "\n".join(lines)


def _unused(answer: Answer) -> Iterator[str]:
    if rest := [phrases.unused_fact(unused) for unused in answer.unused if not unused.notable]:
        yield "\n".join([phrases.NOT_USED.upper(), *(wrapped(f"- {fact}", 2, 4) for fact in rest)])


def _unknown(answer: Answer) -> Iterator[str]:
    deciding = [question for question in answer.questions if question.decides_scenario]
    other = [question.label.lower() for question in answer.questions if not question.decides_scenario]
    if answer.questions:
        lines = [phrases.UNKNOWN.upper(), *(wrapped(f"- {phrases.open_question(each)}", 2, 4) for each in deciding)]
        if other:
            lines.append(wrapped(f"- {phrases.FOR_THE_REST}: {'; '.join(other)}", 2, 4))
        yield "\n".join(lines)


def _checks(checks: tuple[Contraindication, ...]) -> Iterator[str]:
    if checks:
        lines = [phrases.CHECK_BEFORE_ORDERING.upper()]
        lines += [wrapped(f"- {phrases.to_check(check)}", 2, 4) for check in checks]
        yield "\n".join(lines)


def editions(answer: Answer) -> str:
    """The topics of an answer with their editions, as a sentence; empty where there are none."""
    topics = "; ".join(phrases.topics(answer))
    return f"{topics}. " if topics else ""


def _terms_of_use(answer: Answer) -> str:
    return wrapped(f"{editions(answer)}{phrases.TERMS_OF_USE}")

"""Shows an answer as a card: its first screen, and everything else folded below."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from kg.patient.assess.answer import Action, Answer, Condition
from kg.patient.assess.rated import ChosenScenario, Study
from kg.patient.assess.unknown import NearCondition
from kg.show.html import body
from kg.show.html.markup import Markup, item_list, joined, origin_places, section, tag
from kg.show.text import further, phrases, screen
from kg.show.text.screen import Block


@body.register
def card(answer: Answer) -> Markup:
    """An answer as a card: its first screen in the words of the text, and all that the text says folded below."""
    rest = tag("details", tag("summary", _REST), _whole(answer))
    return joined([*map(_block, first_blocks(answer)), rest, tag("p", terms_of_use(answer), class_="soft")])


def first_blocks(answer: Answer) -> tuple[Block, ...]:
    """What stands on a card before anything is unfolded."""
    room = WORDS - len(terms_of_use(answer).split()) - len(_REST.split())
    return screen.fitted(screen.first_screen(answer), _words, room)


WORDS = 150
"""So many words stand on a card before anything is unfolded."""

_REST = "Reasons, all studies, sources"


def _words(block: Block) -> int:
    return len(block.label.split()) + sum(len(item.split()) for item in block.shown)


def _block(block: Block) -> Markup:
    """What is said of one thing: its label, and its sentences a line each."""
    lines = [tag("div", _name_first(line) if block.kind == "study" else line) for line in block.shown]
    label = tag("div", block.label, class_="label")
    return tag("div", label, tag("div", *lines), class_=f"block {block.kind}".strip())


def _name_first(line: str) -> Markup:
    """The name of a study in bold, then how it is rated."""
    name, colon, rest = line.partition(": ")
    return joined([tag("b", name), colon, rest])


def _whole(answer: Answer) -> Markup:
    """Everything, a part each."""
    return joined(
        [
            tag("h3", phrases.headline(answer)),
            *(_next(study, answer) for study in phrases.next_studies(answer)),
            *(tag("p", sentence) for sentence in phrases.caveats(answer)),
            _urgency(answer),
            section(phrases.MOVED_TO, *(_held(move.reason, phrases.moved(move)) for move in answer.moved)),
            section(phrases.BELONGS_TO, *(_held(over.reason, over.neighbour.label) for over in answer.handed_to)),
            section(phrases.CALL_IF_PRESENT, _open_calls(answer, concerns=True)),
            section(phrases.THE_RESULT, *(_held(result.pattern, result.diagnosis.label) for result in answer.results)),
            section(phrases.what_follows(answer), item_list(_action(action) for action in answer.actions)),
            section(phrases.WARNINGS, *map(_held, answer.warnings)),
            *map(partial(_chosen, answer), answer.chosen),
            section(_here("Leading scenario", answer), *map(scenario, further.matched(answer))),
            section(phrases.WHY_THIS_STUDY, *map(_held, answer.preferences if answer.best else ())),
            section(phrases.NEAREST, *map(_near, answer.nearest), opened=not answer.handed_to),
            section(phrases.NOT_USED, item_list(phrases.unused_fact(u) for u in answer.unused if not u.notable)),
            _unknown(answer),
            _further(answer),
            section(
                phrases.CHECK_BEFORE_ORDERING,
                item_list(map(phrases.to_check, answer.contraindications)),
                opened=False,
            ),
            section(_here("All rated studies", answer), item_list(map(_rated, answer.studies)), opened=False),
            section(phrases.ALTERNATIVES, item_list(_alternatives(answer)), opened=False),
            section("Other scenarios", item_list(_scenarios(answer)), opened=False),
            _conflicts(answer),
        ]
    )


def _here(title: str, answer: Answer) -> str:
    return f"{title} {phrases.IN_THIS_TOPIC}" if answer.handed_to else title


def scenario(held: Condition) -> Markup:
    """A condition that applies, with each criterion and the facts that met it."""
    criteria = [
        joined([tag("span", f"{criterion.label}: ", class_="met"), "; ".join(fact.text for fact in criterion.facts)])
        for criterion in held.criteria
    ]
    return tag("div", held.label, origin_places(held.origins), item_list(criteria))


def _chosen(answer: Answer, chosen: ChosenScenario) -> Markup:
    """A scenario that a person chose, its criteria with their states, and its studies where facts lead elsewhere."""
    beside = chosen.id not in {held.id for held in answer.scenarios}
    said = map(further.checked, chosen.criteria) if chosen.criteria else (further.ONLY_CHOSEN,)
    return section(
        further.CHOSEN,
        tag("div", chosen.label, origin_places(chosen.origins), item_list(said)),
        *(tag("p", words) for words in filter(None, [further.next_as_chosen(answer, chosen)])),
        item_list(map(_rated, chosen.studies) if beside else ()),
    )


def _next(study: Study, answer: Answer) -> Markup:
    said = [phrases.robust(study, answer), phrases.barred_for(study, answer)]
    notes = [f"{words[0].upper()}{words[1:]}." for words in said if words]
    notes += phrases.known_checks(answer, study.id)
    return tag("div", tag("b", study.label), *_standing(study), *(tag("p", note) for note in notes), class_="study")


def _standing(study: Study) -> Iterable[Markup]:
    """The category and radiation of a study, and what else a reader has to know about it."""
    analogy = phrases.by_analogy(study, " (by analogy)")
    notes = "".join(f" · {mark}" for mark in phrases.marks(study))
    yield tag(
        "div", f"{study.category.label} · radiation {study.radiation}{analogy}{notes}", origin_places(study.origins)
    )


def _rated(study: Study) -> Markup:
    weak = phrases.weak_points(study)
    shows = [tag("div", f"{weak[0].upper()}{weak[1:]}.", class_="soft")] if weak else []
    return joined([tag("b", study.label) if study.best else study.label, *_standing(study), *shows])


def _urgency(answer: Answer) -> Markup:
    if not answer.urgency:
        silent = not answer.best or any(phrases.at_once(answer))
        return Markup() if silent else tag("p", f"Urgency: {phrases.NO_URGENCY}")
    level = tag("p", "Urgency ", tag("span", answer.urgency.level.label, class_="badge urgent"))
    return joined([level, section("Why this urgency", *map(_held, answer.urgency.rules), opened=False)])


def _held(held: Condition, label: str = "") -> Markup:
    """A condition in a line, with the facts that met its own criteria."""
    return tag("div", f"{label}: {held.label}" if label else held.label, origin_places(held.origins), _because(held))


def _because(held: Condition) -> Markup:
    because = phrases.because(held)
    return tag("div", because, class_="soft") if because else Markup()


def _action(action: Action) -> Markup:
    held = action.recommendation
    how = f"{phrases.who(action)}: {phrases.how(action)}"
    return joined([tag("b", held.label), how, origin_places(held.origins), _because(held)])


def _near(near: NearCondition) -> Markup:
    criteria = [
        tag("span", label, class_=state)
        for state, found in (("failed", near.failed), ("open", near.open))
        for label in found
    ]
    return tag("div", phrases.near_name(near), item_list(criteria))


def _unknown(answer: Answer) -> Markup:
    deciding = [q for q in answer.questions if q.decides_scenario]
    other = [q for q in answer.questions if not q.decides_scenario]
    return joined(
        [
            section(phrases.UNKNOWN, item_list(map(phrases.open_question, deciding))),
            section(
                f"{phrases.UNKNOWN} {phrases.FOR_THE_REST}", item_list(map(phrases.open_question, other)), opened=False
            ),
        ]
    )


def _further(answer: Answer) -> Markup:
    """What is detail: what the marks of a settled answer depend on, what was presumed, and calls that are not near."""
    parts = (
        (phrases.CHANGES_STUDIES, item_list(map(str, answer.settled.studies_depend_on))),
        (phrases.CHANGES_URGENCY, item_list(map(str, answer.settled.urgency_depends_on))),
        (phrases.PRESUMED, item_list(map(str, answer.presumed_absent))),
        (phrases.OTHER_CALLS, _open_calls(answer, concerns=False)),
    )
    return joined(section(title, part, opened=False) for title, part in parts)


def _open_calls(answer: Answer, *, concerns: bool) -> Markup:
    waiting = (call for call in answer.escalations if call.concerns == concerns and not call.applies)
    return item_list(f"{phrases.open_call(call)}: {phrases.whom(call)}." for call in waiting)


def _alternatives(answer: Answer) -> Iterable[Markup]:
    for alternative in answer.alternatives:
        yield joined([f"{alternative.study.label}: {alternative.question} ", _held(alternative.reason)])


def _scenarios(answer: Answer) -> Iterable[str]:
    yield from (f"{phrases.ALSO_APPLY}: {term.label}" for term in answer.also_apply)
    yield from (f"{phrases.COULD_APPLY}: {term.label}" for term in answer.could_lead)


def _conflicts(answer: Answer) -> Markup:
    conflicts = [
        tag(
            "div",
            f"{conflict.id}: {conflict.label}",
            item_list(map(str, conflict.sides)),
            f"{phrases.WHAT_IS_DECIDED.capitalize()}: {conflict.decision}",
        )
        for conflict in answer.conflicts
    ]
    return joined(
        [
            section(phrases.READ_DIFFERENTLY, item_list(map(phrases.other_reading, answer.readings))),
            section(phrases.SOURCES_DISAGREE, item_list(conflicts), opened=False),
        ]
    )


def terms_of_use(answer: Answer) -> str:
    """The topics of an answer, and what it is not for."""
    return "".join(f"{topic}. " for topic in phrases.topics(answer)) + phrases.TERMS_OF_USE

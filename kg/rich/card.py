"""The recommendation as a card: what to do on top, what supports it folded below."""

from __future__ import annotations

from collections.abc import Iterable

from kg.answer import Action, Answer, Held, Near, Study
from kg.report import NO_URGENCY, ROBUST, TERMS_OF_USE, at_once, headline, known_checks, what_follows
from kg.rich import body
from kg.rich.markup import Markup, joined, labels, listing, place, places, section, tag


@body.register
def card(answer: Answer) -> Markup:
    """An answer.

    Args:
        answer: The answer.

    Returns:
        The card. It says everything that the text says.
    """
    return joined(
        [
            *(tag("p", sentence, class_="call") for sentence in at_once(answer)),
            tag("h3", f"{answer.outcome.label.upper()}: {headline(answer)}"),
            *(_next(study, answer) for study in answer.best),
            *_caveats(answer),
            _urgency(answer),
            section("Belongs to", *(_held(over.reason, over.neighbour.label) for over in answer.handed_to)),
            section(
                "If it turns out so, call at once",
                listing(
                    f"{labels(escalation.missing)} (not recorded): {labels(escalation.contacts)}. {escalation.label}."
                    for escalation in answer.escalations
                    if not escalation.applies
                ),
            ),
            section("The result", *(_held(result.pattern, result.diagnosis.label) for result in answer.results)),
            section(what_follows(answer), listing(_action(action) for action in answer.actions)),
            section("Warnings", *map(_held, answer.warnings)),
            section("Why: the scenario", *map(scenario, answer.scenarios)),
            section("Why this study among equals", *map(_held, answer.preferences if answer.best else ())),
            section("What comes nearest", *map(_near, answer.nearest), opened=not answer.handed_to),
            _unknown(answer),
            section("Check before ordering", listing(_check(answer)), opened=False),
            section("All rated studies", listing(_rated(study) for study in answer.studies), opened=False),
            section("Instead, each for its own question", listing(_fallbacks(answer)), opened=False),
            section("Other scenarios", listing(_scenarios(answer)), opened=False),
            _conflicts(answer),
            tag("p", _terms_of_use(answer), class_="soft"),
        ]
    )


def scenario(held: Held) -> Markup:
    """A condition that holds, with each criterion and the facts that met it.

    Args:
        held: The condition.

    Returns:
        Its name, and its criteria as a list.
    """
    criteria = [
        joined([tag("span", f"{criterion.label}: ", class_="met"), "; ".join(fact.text for fact in criterion.facts)])
        for criterion in held.criteria
    ]
    return tag("div", held.label, places(held.origins), listing(criteria))


def _next(study: Study, answer: Answer) -> Markup:
    notes = [f"{ROBUST.capitalize()}."] if study.robust and answer.possible else []
    notes += [f"KNOWN, CHECK FIRST: {label}" for label in known_checks(answer, study.id)]
    return tag("div", tag("b", study.label), *_standing(study), *(tag("p", note) for note in notes), class_="study")


def _standing(study: Study) -> Iterable[Markup]:
    """Category, radiation and what else has to be known of a study."""
    analogy = " (by analogy)" if study.radiation_standing == "by analogy" else ""
    marks = {
        "CONTRAINDICATED": study.contraindicated,
        "check first": study.cautioned,
        "performed": study.performed,
        study.disagreement: bool(study.disagreement),
    }
    notes = "".join(f" · {mark}" for mark, holds in marks.items() if holds)
    yield tag("div", f"{study.category.label} · radiation {study.radiation}{analogy}{notes}", places(study.origins))


def _rated(study: Study) -> Markup:
    return joined([tag("b", study.label) if study.best else study.label, *_standing(study)])


def _caveats(answer: Answer) -> Iterable[Markup]:
    if answer.assumptions:
        yield tag("p", f"Assumed, not stated: no {labels(answer.assumptions).lower()}.")
    for term in answer.undecided:
        yield tag("p", f"Sources disagree whether this number means: {term.label}.")


def _urgency(answer: Answer) -> Markup:
    if not answer.urgency:
        return tag("p", f"Urgency: {NO_URGENCY}") if answer.best and not any(at_once(answer)) else Markup()
    level = tag("p", "Urgency ", tag("span", answer.urgency.level.label, class_="badge urgent"))
    return joined([level, section("Why so fast", *map(_held, answer.urgency.rules), opened=False)])


def _held(held: Held, label: str = "") -> Markup:
    """A condition in a line, with the facts that met its own criteria."""
    return tag("div", f"{label}: {held.label}" if label else held.label, places(held.origins), _because(held))


def _because(held: Held) -> Markup:
    facts = dict.fromkeys(fact.text for c in held.criteria if not c.inherited for fact in c.facts)
    return tag("div", f"because {'; '.join(facts)}", class_="soft") if facts else Markup()


def _action(action: Action) -> Markup:
    who = f" ({', '.join(term.label for term in action.contacts)})" if action.contacts else ""
    how = f": {action.strength.label}; urgency {action.urgency.label}"
    held = action.recommendation
    return joined([tag("b", held.label), who, how, places(held.origins), _because(held)])


def _near(near: Near) -> Markup:
    criteria = [
        tag("span", label, class_=state)
        for state, found in (("failed", near.failed), ("open", near.open))
        for label in found
    ]
    return tag("div", f"{near.neighbour}: {near.label}" if near.neighbour else near.label, listing(criteria))


def _unknown(answer: Answer) -> Markup:
    deciding = [q for q in answer.questions if q.decides_scenario]
    other = [q for q in answer.questions if not q.decides_scenario]
    return joined(
        [
            section(
                "Still unknown, and it decides", listing(f"{q.label}: for {'; '.join(q.matters_for)}" for q in deciding)
            ),
            section(
                "Unknown, for urgency, escalation or another topic",
                listing(f"{q.label}: for {'; '.join(q.matters_for)}" for q in other),
                opened=False,
            ),
        ]
    )


def _check(answer: Answer) -> Iterable[str]:
    return (f"{'KNOWN: ' if check.applies else ''}{check.label}" for check in answer.check_before_ordering)


def _fallbacks(answer: Answer) -> Iterable[Markup]:
    for fallback in answer.fallbacks:
        yield joined([f"{fallback.study.label}: {fallback.question} ", _held(fallback.reason)])


def _scenarios(answer: Answer) -> Iterable[str]:
    yield from (f"applies too, behind the leading one: {term.label}" for term in answer.also_apply)
    yield from (f"would lead if something unknown turns out so: {term.label}" for term in answer.possible)


def _conflicts(answer: Answer) -> Markup:
    readings = [
        f"if it means {reading.finding.label.lower()}: {reading.outcome.label}"
        f"{': ' if reading.best else ''}{labels(reading.best)}"
        f"{' (' + labels(reading.scenarios) + ')' if reading.scenarios else ''}"
        for reading in answer.readings
    ]
    conflicts = [
        tag(
            "div",
            f"{conflict.id}: {conflict.label}",
            listing(map(place, conflict.sides)),
            f"Decided: {conflict.decision}",
        )
        for conflict in answer.conflicts
    ]
    return joined(
        [
            section("The sources read a number differently", listing(readings)),
            section("Where the sources disagree", listing(conflicts), opened=False),
        ]
    )


def _terms_of_use(answer: Answer) -> str:
    return "".join(f"{topic['title']} ({topic['edition']}). " for topic in answer.topics) + TERMS_OF_USE

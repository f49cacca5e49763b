"""Shows reasons as trees that can be unfolded: conditions, studies, two studies compared, an order, what changed."""

from __future__ import annotations

from kg.patient.reasons.difference import Difference
from kg.patient.reasons.order import OrderCheck
from kg.patient.reasons.why import ConditionReasons, Contrast, CriterionReasons, Reasons, StudyReasons
from kg.show.html import body
from kg.show.html.card import card
from kg.show.html.markup import Markup, item_list, joined, origin_places, section, tag
from kg.show.text import further, phrases


@body.register
def condition_tree(reasons: ConditionReasons) -> Markup:
    """Why a condition applies or does not, criterion by criterion down to the stated facts."""
    led = item_list(map(phrases.led_by, reasons.led_by))
    origins = origin_places(reasons.origins)
    return section(
        phrases.condition(reasons),
        led,
        *map(_criterion, reasons.criteria),
        tag("div", "The whole rule", origins, class_="whole") if origins else "",
    )


@body.register
def condition_trees(several: Reasons) -> Markup:
    """The trees of several conditions."""
    return joined(map(condition_tree, several))


@body.register
def study_tree(reasons: StudyReasons) -> Markup:
    """Everything that counts for or against a study."""
    rated = [
        joined([line, origin_places(rating.origins)])
        for line, rating in zip(phrases.rated_in(reasons), reasons.ratings, strict=True)
    ]
    return tag(
        "div",
        tag("h3", f"{reasons.study.label}: {phrases.state(reasons)}"),
        section("Rated", item_list(rated)),
        section("For it", *map(condition_tree, reasons.favour)),
        section("Against it", *map(condition_tree, reasons.against)),
        section("What it shows", item_list(reasons.shows), opened=False),
    )


@body.register
def contrast_trees(contrast: Contrast) -> Markup:
    """Two studies side by side: what decides between them, and a tree for each."""
    preference = [condition_tree(contrast.preference)] if contrast.preference else []
    return joined([_separation(contrast), *preference, study_tree(contrast.first), study_tree(contrast.second)])


@body.register
def order_card(check: OrderCheck) -> Markup:
    """The verdict on an order, what is better, the reasons, and the whole answer folded."""
    better = [tag("div", tag("b", contrast.first.study.label), _separation(contrast)) for contrast in check.better]
    return joined(
        [
            *(tag("p", sentence, class_="call") for sentence in phrases.not_answered(check.answer)),
            *(tag("p", sentence, class_="call") for sentence in phrases.at_once(check.answer)),
            *(tag("p", sentence, class_="call") for sentence in further.failed_choices(check.answer)),
            tag("h3", phrases.order(check)),
            *(tag("p", said) for said in filter(None, [further.order_as_chosen(check)])),
            *(tag("p", line) for line in phrases.known_checks(check.answer, check.order.id)),
            section(phrases.BELONGS_TO, item_list(map(phrases.elsewhere, check.answer.handed_to))),
            section(
                phrases.WARNINGS,
                item_list(joined([held.label, origin_places(held.origins)]) for held in check.warnings),
            ),
            section(phrases.BETTER, *better),
            study_tree(check.reasons),
            section("The whole answer", card(check.answer), opened=False),
        ]
    )


@body.register
def difference_card(difference: Difference) -> Markup:
    """Study, urgency and calls, changed or not; then every other part that changed, folded."""
    first = [
        tag(
            "div", tag("div", title, class_="label"), tag("div", words), class_=f"block {'call' if now else ''}".strip()
        )
        for title, words, now in further.acted_on(difference)
    ]
    changed = [
        section(
            phrases.part_of_answer(name),
            *(tag("div", label, class_="lost") for label in change.lost),
            *(tag("div", label, class_="gained") for label in change.gained),
        )
        for name in difference.__dataclass_fields__
        if name not in further.ACTED_ON and (change := getattr(difference, name))
    ]
    return joined([*first, section(further.WHAT_ELSE_CHANGED, *changed, opened=False)])


def _separation(contrast: Contrast) -> Markup:
    return tag("p", f"{phrases.DECIDES}: {contrast.decided_by}", class_="study")


def _criterion(criterion: CriterionReasons) -> Markup:
    why = phrases.criterion(criterion)
    title = tag("span", f"{criterion.state}: {criterion.label}", class_=criterion.state)
    return tag("details", tag("summary", title), tag("div", why, origin_places(criterion.origins)), open="")

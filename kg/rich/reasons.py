"""Reasons as trees that can be unfolded: verdicts, studies, two studies side by side, an order."""

from __future__ import annotations

from kg.order import OrderCheck
from kg.report import at_once, known_checks
from kg.rich import body
from kg.rich.card import card
from kg.rich.markup import Markup, joined, labels, listing, places, section, tag
from kg.why import Contrast, Criterion, StudyReasons, Verdict, Verdicts


@body.register
def verdict_tree(verdict: Verdict) -> Markup:
    """A verdict, criterion by criterion down to the stated facts.

    Args:
        verdict: The verdict.

    Returns:
        A tree.
    """
    led = listing(f"led by: {term.label}" for term in verdict.led_by)
    title = f"{verdict.status.upper()}: {verdict.label}"
    origins = places(verdict.origins)
    return section(
        title,
        led,
        *map(_criterion, verdict.criteria),
        tag("div", "The whole rule", origins, class_="whole") if origins else "",
    )


@body.register
def verdict_trees(verdicts: Verdicts) -> Markup:
    """Several verdicts.

    Args:
        verdicts: The verdicts.

    Returns:
        Trees.
    """
    return joined(map(verdict_tree, verdicts))


@body.register
def study_tree(reasons: StudyReasons) -> Markup:
    """Everything that bears on a study.

    Args:
        reasons: The reasons.

    Returns:
        A tree.
    """
    state = "comes next" if reasons.next else "was performed" if reasons.performed else "does not come next"
    rated = [
        joined([f"{rating.category} in: {rating.scenario.label} ({rating.status})", places(rating.origins)])
        for rating in reasons.ratings
    ]
    return tag(
        "div",
        tag("h3", f"{reasons.study.label}: {state}"),
        section("Rated", listing(rated)),
        section("For it", *map(verdict_tree, reasons.favour)),
        section("Against it", *map(verdict_tree, reasons.against)),
        section("What it shows", listing(reasons.shows), opened=False),
    )


@body.register
def contrast_trees(contrast: Contrast) -> Markup:
    """Two studies side by side.

    Args:
        contrast: The contrast.

    Returns:
        What separates them, and a tree for each.
    """
    preference = [verdict_tree(contrast.preference)] if contrast.preference else []
    return joined([_separation(contrast), *preference, study_tree(contrast.first), study_tree(contrast.second)])


@body.register
def order_card(check: OrderCheck) -> Markup:
    """An intended order.

    Args:
        check: What is said of it.

    Returns:
        The verdict, what is better, the reasons, and the whole answer folded.
    """
    better = [tag("div", tag("b", contrast.first.study.label), _separation(contrast)) for contrast in check.better]
    return joined(
        [
            *(tag("p", sentence, class_="call") for sentence in at_once(check.answer)),
            tag("h3", f"ORDER {check.verdict.upper()}: {check.order.label}"),
            section("Known, check first", listing(known_checks(check.answer, check.order.id))),
            section("Belongs to", listing(f"{o.neighbour.label}: {o.reason.label}" for o in check.answer.handed_to)),
            section("Warnings", listing(joined([held.label, places(held.origins)]) for held in check.warnings)),
            section("Better", *better),
            study_tree(check.reasons),
            section("The whole answer", card(check.answer), opened=False),
        ]
    )


def _separation(contrast: Contrast) -> Markup:
    return tag("p", f"What separates them: {contrast.decided_by}", class_="study")


def _criterion(criterion: Criterion) -> Markup:
    facts = "; ".join(fact.text for fact in criterion.facts)
    why = f"by {facts}" if facts else f"not known: {labels(criterion.missing)}"
    title = tag("span", f"{criterion.state}: {criterion.label}", class_=criterion.state)
    return tag("details", tag("summary", title), tag("div", why, places(criterion.origins)), open="")

"""Shows what to ask about a case, and the decision surface of a topic as a map."""

from __future__ import annotations

from collections import Counter

from kg.patient.what_if.questions import DecidingQuestion, WhatToAsk
from kg.patient.what_if.surface import Overlap, Surface
from kg.show.html import body
from kg.show.html.markup import Markup, item_list, joined, labels, section, tag
from kg.show.text import further, phrases


@body.register
def what_to_ask_view(asking: WhatToAsk) -> Markup:
    """A part for each question with what each answer leads to.

    What to check, and what affects only where the case belongs or whom to call, comes in parts of its own.
    """
    return tag(
        "div",
        tag("h3", "What to ask"),
        tag("p", tag("b", f"Now: {asking.now}"), class_="study"),
        *(tag("p", f"{phrases.NO_RESULT}: {study.label}") for study in asking.awaited),
        tag("p", asking.statement.capitalize() if asking.questions else asking.statement),
        *map(_question, asking.questions[: further.MOST_ASKED]),
        *([tag("p", more, class_="soft")] if (more := further.more_questions(asking)) else ()),
        section(phrases.CHECK_BEFORE_ORDERING, item_list(check.label for check in asking.checks)),
        section(
            further.AFFECTS_ONLY,
            item_list(map(further.beside, asking.elsewhere)),
            opened=False,
        ),
    )


@body.register
def surface_map(surface: Surface) -> Markup:
    """A decision surface: a bar for each answer, as long as its share of all combinations.

    Each bar has the letter of its outcome, so that it is readable without colour. Below are the gaps, the overlaps and
    the unsafe answers, each with its number of combinations.
    """
    outcomes = Counter[str]()
    areas = Counter[tuple[str, str]]()
    for leaf in surface.leaves:
        outcomes[leaf.outcome.label] += leaf.weight
        areas[leaf.outcome.label, labels(leaf.best)] += leaf.weight
    letters = {label: chr(ord("A") + place) for place, (label, _) in enumerate(outcomes.most_common())}
    widest = max(areas.values(), default=1)
    ordered = sorted(areas.items(), key=lambda item: (letters[item[0][0]], -item[1]))
    known = f"of {surface.known:,} in which everything is known"
    return tag(
        "div",
        tag("h3", f"{surface.topic.label}: every combination of facts, by answer"),
        tag(
            "p",
            f"{surface.combinations:,} combinations of {len(surface.findings)} deciding findings, each present, absent "
            f"or unknown. The length of a bar is its share of the combinations, not how common such patients are.",
        ),
        *(_area(letters[of], of, best, weight, widest, surface.combinations) for (of, best), weight in ordered),
        _faults(f"{phrases.GAPS}, {known}", [(gap.weight, "; ".join(gap.example)) for gap in surface.gaps]),
        _faults(f"{phrases.CONCURRENT}, {known}", _leading(surface.concurrent)),
        _faults(f"{phrases.OVERLAPS}, {known}", _leading(surface.overlaps)),
        _faults("Unsafe answers", [(1, f"{unsafe.why}: {labels(unsafe.studies)}") for unsafe in surface.unsafe]),
    )


def _question(question: DecidingQuestion) -> Markup:
    if not question.alone:
        return section(str(question.ask), item_list([further.with_others(question)]))
    return section(str(question.ask), item_list(map(str, question.answers)))


def _area(letter: str, outcome: str, best: str, weight: int, widest: int, of: int) -> Markup:
    share = f"{weight / of:.2%}" if weight / of >= 0.0001 else "below 0.01%"
    words = joined([tag("span", letter, class_="badge"), f" {outcome}{f': {best}' if best else ''}"])
    shade = min(ord(letter) - ord("A"), 3)  # by position only: the colours of the badges say how good a study is
    bar = tag("div", class_=f"bar shade-{shade}", style=f"width: {100 * weight / widest:.2f}%")
    return tag("div", words, tag("span", f" {share} ({weight:,})", class_="soft"), bar, class_="area")


def _leading(overlaps: tuple[Overlap, ...]) -> list[tuple[int, str]]:
    return [(overlap.weight, labels(overlap.leading)) for overlap in overlaps]


def _faults(title: str, found: list[tuple[int, str]]) -> Markup:
    total = sum(weight for weight, _ in found)
    entries = item_list(f"{weight:,}: {words or 'nothing stated'}" for weight, words in found)
    return section(f"{title}: {total:,}", entries, opened=False) or tag("p", tag("b", f"{title}: 0"))

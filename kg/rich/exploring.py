"""What to ask about a case, and the decision surface of a topic as a map."""

from __future__ import annotations

from collections import Counter

from kg.questions import Asking, DecidingQuestion, with_others
from kg.rich import body
from kg.rich.markup import Markup, joined, labels, listing, section, tag
from kg.surface import Overlap, Surface


@body.register
def questions(asking: Asking) -> Markup:
    """What to ask.

    Args:
        asking: The questions of a case.

    Returns:
        A part for each question with what each answer leads to; what to check and what hands the case on stay apart.
    """
    return tag(
        "div",
        tag("h3", "What to ask"),
        tag("p", tag("b", f"Now: {asking.now}"), class_="study"),
        *(tag("p", f"No result is recorded of: {study.label}") for study in asking.awaited),
        tag("p", asking.statement.capitalize() if asking.questions else asking.statement),
        *map(_question, asking.questions),
        section("Check before ordering", listing(check.label for check in asking.checks)),
        section(
            "Hands the case on or calls for help when stated",
            listing(f"{question.label}: {'; '.join(question.matters_for)}" for question in asking.elsewhere),
            opened=False,
        ),
    )


@body.register
def surface_map(surface: Surface) -> Markup:
    """A decision surface: a bar for each answer, as long as its share of all combinations.

    Args:
        surface: The surface.

    Returns:
        The map. The letter of a bar is that of its outcome, so that it is readable without colour; beneath stand the
        gaps, the overlaps and the unsafe answers, each with how many combinations it holds.
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
        tag("h3", f"{surface.topic.label}: every combination of facts, by what is answered"),
        tag(
            "p",
            f"{surface.combinations:,} combinations of {len(surface.findings)} deciding findings, each present, absent "
            f"or unknown. A bar is as long as its share; it says nothing of how frequent such patients are.",
        ),
        *(_area(letters[of], of, best, weight, widest, surface.combinations) for (of, best), weight in ordered),
        _faults(f"No scenario applies, {known}", [(gap.weight, "; ".join(gap.example)) for gap in surface.gaps]),
        _faults(f"Several scenarios lead together as decided, {known}", _leading(surface.concurrent)),
        _faults(f"Several scenarios lead without precedence, {known}", _leading(surface.overlaps)),
        _faults("Unsafe answers", [(1, f"{unsafe.why}: {labels(unsafe.studies)}") for unsafe in surface.unsafe]),
    )


def _question(question: DecidingQuestion) -> Markup:
    if not question.alone:
        return section(str(question.ask), listing([with_others(question)]))
    return section(str(question.ask), listing(map(str, question.answers)))


def _area(letter: str, outcome: str, best: str, weight: int, widest: int, of: int) -> Markup:
    share = f"{weight / of:.2%}" if weight / of >= 0.0001 else "below 0.01%"
    words = joined([tag("span", letter, class_="badge"), f" {outcome}{f': {best}' if best else ''}"])
    shade = min(ord(letter) - ord("A"), 3)  # by place only: the colours of the badges say how good a study is
    bar = tag("div", class_=f"bar shade-{shade}", style=f"width: {100 * weight / widest:.2f}%")
    return tag("div", words, tag("span", f" {share} ({weight:,})", class_="soft"), bar, class_="area")


def _leading(overlaps: tuple[Overlap, ...]) -> list[tuple[int, str]]:
    return [(overlap.weight, labels(overlap.leading)) for overlap in overlaps]


def _faults(title: str, found: list[tuple[int, str]]) -> Markup:
    total = sum(weight for weight, _ in found)
    entries = listing(f"{weight:,}: {words or 'nothing stated'}" for weight, words in found)
    return section(f"{title}: {total:,}", entries, opened=False) or tag("p", tag("b", f"{title}: 0"))

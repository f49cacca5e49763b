"""What authors look at: the report of a check, what changed between two editions, and an evidence capsule."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from kg.capsule import Capsule
from kg.check import Problem, Report
from kg.editions import CaseChange, Edit, EditionDifference
from kg.names import slug
from kg.rich import body
from kg.rich.markup import Markup, joined, listing, places, section, tag
from kg.rich.tables import difference_table


@body.register
def report(found: Report) -> Markup:
    """What a check found.

    Args:
        found: The report.

    Returns:
        Each problem once with its cure and its places, and what was checked.
    """
    alike: dict[tuple[str, str, str], list[Problem]] = defaultdict(list)
    for problem in found.problems:
        alike[problem.severity, problem.message, problem.cure].append(problem)
    problems = [
        section(f"{severity}: {message} {cure}", listing(problem.place for problem in problems))
        for (severity, message, cure), problems in alike.items()
    ]
    title = f"{len(found.errors)} errors, {len(found.warnings)} warnings"
    return tag("div", tag("h3", title), *problems, tag("p", f"Checked: {', '.join(found.checked)}.", class_="soft"))


@body.register
def editions(difference: EditionDifference) -> Markup:
    """What changed between two editions.

    Args:
        difference: The difference.

    Returns:
        The statements that changed by kind, and each case whose answer changes with the statements that caused it.
    """
    kinds: dict[str, list[Edit]] = defaultdict(list)
    for edit in difference.edits:
        kinds[edit.kind].append(edit)
    titles = [f"{title}: edition {old or 'none'} → {new or 'none'}" for title, old, new in difference.topics]
    edits = [section(f"{kind}: {len(held)}", listing(map(_edit, held)), opened=False) for kind, held in kinds.items()]
    cases = f"Cases whose answer changes: {len(difference.cases)} of {difference.compared}"
    return tag(
        "div",
        tag("h3", "What changed between two editions"),
        listing(titles),
        *(edits or [tag("p", "No statement changed.")]),
        *([tag("p", tag("b", cases), class_="study")] if difference.compared else []),
        *map(case_change, difference.cases),
    )


@body.register
def case_change(change: CaseChange) -> Markup:
    """A case whose answer changes.

    Args:
        change: The change.

    Returns:
        What the answer lost and gained, and because of which statements.
    """
    ratings = [tag("li", word, class_="lost") for word in change.ratings.lost]
    ratings += [tag("li", word, class_="gained") for word in change.ratings.gained]
    because = "Because of" if change.alone else "Because of these together"
    return section(
        change.case,
        change.problem,
        difference_table(change.difference) if change.difference else "",
        section("Ratings", tag("ul", *ratings)) if ratings else "",
        section(because, listing(map(_edit, change.causes))),
        opened=False,
    )


@body.register
def capsule(made: Capsule) -> Markup:
    """An evidence capsule.

    Args:
        made: The capsule.

    Returns:
        What it answers, and how much of which guideline it rests on; the file holds the whole.
    """
    case, parts = made.document["case"], made.document["guideline"]["parts"]
    verdicts = [f"{name}: {', '.join(_names(case[name]))}" for name in ("outcome", "best", "urgency") if name in case]
    stated, sources = made.document["statements"], made.document["sources"]
    return tag(
        "div",
        tag("h3", "Evidence capsule"),
        listing(verdicts),
        section("Guideline", listing(f"{_text(part['title'])}, {part['version']}" for part in parts)),
        section(f"Statements: {len(stated)}", listing(_text(each["label"]) for each in stated), opened=False),
        section(f"Sources: {len(sources)}", listing(_text(each["title"]) for each in sources), opened=False),
        tag("p", made.id, class_="soft"),
    )


def _edit(edit: Edit) -> Markup:
    words = [joined([f"{part.label}: ", *_change(part.change.lost, part.change.gained)]) for part in edit.properties]
    return joined([f"{edit.kind}, {edit.status}: {edit.label}", places(edit.origins), listing(words)])


def _change(lost: tuple[str, ...], gained: tuple[str, ...]) -> list[Markup]:
    return [tag("div", word, class_="lost") for word in lost] + [tag("div", word, class_="gained") for word in gained]


def _names(iris: str | list[str]) -> list[str]:
    return [slug(iri) for iri in ([iris] if isinstance(iris, str) else iris)]


def _text(value: Any) -> str:
    """Text of JSON-LD, with or without its language."""
    return str(value["@value"] if isinstance(value, dict) else value)

"""Shows the report of a check, what is proved, what changed between two editions, and an evidence capsule."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from kg.author.check import CheckReport, Problem, page_of
from kg.author.edition_difference import CaseChange, Edit, EditionDifference
from kg.author.prove.proofs import Coverage, Proofs
from kg.knowledge.sparql.iris import slug
from kg.patient.evidence.capsule import Capsule
from kg.show.html import body
from kg.show.html.markup import Markup, item_list, joined, origin_places, section, tag
from kg.show.html.reasons import difference_card
from kg.show.text import further


@body.register
def report(found: CheckReport) -> Markup:
    """What a check found: each problem once, with its cure, its page and its places, and what was checked or not."""
    alike: dict[tuple[str, str, str, str], list[Problem]] = defaultdict(list)
    for problem in found.problems:
        alike[problem.severity, problem.message, problem.cure, page_of(problem.found_by)].append(problem)
    problems = [
        section(
            f"{severity}: {message} {cure}",
            tag("p", f"See {page}", class_="soft") if page else "",
            item_list(problem.place for problem in problems),
        )
        for (severity, message, cure, page), problems in alike.items()
    ]
    checked = [f"Checked: {', '.join(found.checked)}.", *([found.left_out] if found.left_out else [])]
    return tag(
        "div", tag("h3", further.problems(found)), *problems, *(tag("p", line, class_="soft") for line in checked)
    )


@body.register
def editions(difference: EditionDifference) -> Markup:
    """What changed between two editions, by kind, and each case whose answer changes, with the causes."""
    kinds: dict[str, list[Edit]] = defaultdict(list)
    for edit in difference.edits:
        kinds[edit.kind].append(edit)
    titles = [f"{title}: edition {old or 'none'} → {new or 'none'}" for title, old, new in difference.topics]
    edits = [section(f"{kind}: {len(held)}", item_list(map(_edit, held)), opened=False) for kind, held in kinds.items()]
    cases = f"{further.CASES_CHANGED}: {len(difference.cases)} of {difference.compared}"
    return tag(
        "div",
        tag("h3", "Changes between the two editions"),
        item_list(titles),
        *(edits or [tag("p", further.NO_STATEMENT_CHANGED)]),
        *([tag("p", tag("b", cases), class_="study")] if difference.compared else []),
        *map(case_change, difference.cases),
        *([tag("p", difference.everybody)] if difference.everybody else []),
        *map(case_change, filter(None, [difference.patient])),
    )


@body.register
def case_change(change: CaseChange) -> Markup:
    """What the answer for a case lost and gained, and because of which edits."""
    ratings = [tag("li", word, class_="lost") for word in change.ratings.lost]
    ratings += [tag("li", word, class_="gained") for word in change.ratings.gained]
    return section(
        change.case,
        change.problem,
        difference_card(change.difference) if change.difference else "",
        section(further.RATINGS, tag("ul", *ratings)) if ratings else "",
        section(further.caused_by(alone=change.alone), item_list(map(_edit, change.causes))),
        opened=False,
    )


@body.register
def capsule_view(made: Capsule) -> Markup:
    """What a capsule answers, and what it rests on; the file itself has everything."""
    case, parts = made.document["case"], made.document["guideline"]["parts"]
    concluded = [f"{name}: {', '.join(_names(case[name]))}" for name in ("outcome", "best", "urgency") if name in case]
    stated, sources = made.document["statements"], made.document["sources"]
    return tag(
        "div",
        tag("h3", "Evidence capsule"),
        item_list(concluded),
        section("Guideline", item_list(f"{_as_text(part['title'])}, {part['version']}" for part in parts)),
        section(f"Statements: {len(stated)}", item_list(_as_text(each["label"]) for each in stated), opened=False),
        section(f"Sources: {len(sources)}", item_list(_as_text(each["title"]) for each in sources), opened=False),
        tag("p", made.id, class_="soft"),
    )


@body.register
def proofs_view(found: Proofs | Coverage) -> Markup:
    """What is proved of every patient, or which patients that covers: the text, as counterexamples are JSON."""
    return tag("pre", str(found))


def _edit(edit: Edit) -> Markup:
    words = [joined([f"{part.label}: ", *_change(part.change.lost, part.change.gained)]) for part in edit.properties]
    return joined([f"{edit.kind}, {edit.status}: {edit.label}", origin_places(edit.origins), item_list(words)])


def _change(lost: tuple[str, ...], gained: tuple[str, ...]) -> list[Markup]:
    return [tag("div", word, class_="lost") for word in lost] + [tag("div", word, class_="gained") for word in gained]


def _names(iris: str | list[str]) -> list[str]:
    return [slug(iri) for iri in ([iris] if isinstance(iris, str) else iris)]


def _as_text(value: Any) -> str:
    """Text of JSON-LD, with or without its language."""
    return str(value["@value"] if isinstance(value, dict) else value)

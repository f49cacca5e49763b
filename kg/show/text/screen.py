"""Says what stands on the first screen of an answer, in which order, and what gives way where there is no room.

Text and card show the same blocks in the same words; each measures in its own unit, lines or words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kg.patient.assess.answer import Answer, Urgency
from kg.patient.assess.rated import Study
from kg.patient.what_if.pathway import FollowUp, Pathway
from kg.show.text import further, phrases

AS_MANY = 3
"""So many things of a kind are named; how many more there are is said."""

_ACTIONS = 2
"""So many of the actions that remain are named: each is a sentence."""


@dataclass(frozen=True)
class Block:
    """What is said of one thing.

    Attributes:
        label: What it is about, in one or two words.
        items: Sentences, the most important first.
        gives_way: Blocks with a higher number are shortened first, then left out; those with 0 stay.
        kind: ``call`` for what cannot wait, ``urgent`` for how fast, ``study`` for what comes next, otherwise empty.
        left_out: How many items were left out.
    """

    label: str
    items: tuple[str, ...]
    gives_way: int
    kind: str = ""
    left_out: int = 0

    @property
    def shown(self) -> tuple[str, ...]:
        """The items, the last with the number of those left out."""
        if not self.left_out:
            return self.items
        return (*self.items[:-1], f"{self.items[-1]} (+{self.left_out} more)")


def first_screen(answer: Answer, follows: Sequence[str] = ()) -> tuple[Block, ...]:
    """The blocks of an answer in their order.

    Args:
        answer: The answer.
        follows: What follows from each result of the next study, a sentence each.
    """
    blocks = (
        *cannot_wait(answer),
        urgent(answer),
        _remaining(answer),
        Block(*_next(answer), 0, "study"),
        Block("Urgency", tuple(_no_urgency(answer)), 0),
        Block(further.CANNOT_BE_DONE, tuple(_barred(answer)), 0),
        Block("Moved to", tuple(map(phrases.moved, answer.moved)), 5),
        Block("Belongs to", _few(dict.fromkeys(over.neighbour.label for over in answer.handed_to)), 0),
        Block("In this topic" if answer.handed_to else "Because", tuple(_because(answer)), 3),
        Block(further.KNOWN_CHECK, tuple(_known(answer)), 1),
        Block("Stated, not used", joined(map(phrases.unused_fact, answer.unused)), 2),
        Block("Note", tuple(_notes(answer)), 2),
        Block("Ask", tuple(_asks(answer)), 4),
        Block("Settled" if _is_settled(answer) else "Not settled", tuple(_may_change(answer)), 4),
        Block("Call at once if", tuple(_open_calls(answer)), 1),
        Block("Equally rated", tuple(_equals(answer)), 5),
        Block("If it cannot be done", tuple(_instead(answer)), 5),
        Block("Result", _few(f"{result.diagnosis.label}" for result in answer.results), 7),
        Block(_what_follows(answer), () if _is_done(answer) else tuple(_then(answer)) or tuple(follows), 6),
        Block("Warning", _few(held.label for held in answer.warnings), 7),
        Block("Nearest", _few(map(phrases.near_name, () if answer.handed_to else answer.foremost)), 7),
        Block("Check", joined(check.label for check in answer.contraindications if not check.applies), 9),
        Block("Assumed", tuple(_assumed(answer)), 8),
    )
    return tuple(block for block in blocks if block.items)


def cannot_wait(answer: Answer) -> tuple[Block, ...]:
    """What stands before all else, whatever is asked about a patient."""
    return (
        Block("Not answered", answer.unfinished, 0, "call"),
        Block("Chosen, but it does not fit", tuple(_failed(answer)), 0, "call"),
        Block("Call now", tuple(_calls(answer)), 0, "call"),
        Block("At once", tuple(_at_once(answer)), 0, "call"),
    )


def urgent(answer: Answer) -> Block:
    """How urgent it is, by which facts."""
    return Block(answer.urgency.level.label if answer.urgency else "", _urgent_by(answer.urgency), 0, "urgent")


def what_would_follow(pathway: Pathway) -> tuple[str, ...]:
    """The first action for each result of the next study, the most urgent first."""
    branches = [branch for step in pathway.steps[:1] for branch in step.branches if branch.actions]
    return tuple(f"{branch.diagnosis}: {_first(branch.actions[0])}" for branch in branches)


def _first(action: FollowUp) -> str:
    contacts = f" ({', '.join(action.contacts)})" if action.contacts else ""
    return f"{action.label}{contacts}"


def fitted(blocks: Iterable[Block], size: Callable[[Block], int], room: int) -> tuple[Block, ...]:
    """Shorten blocks, and then leave some out, until they fit; what must not give way stays, if it fits or not.

    Args:
        blocks: The blocks in their order.
        size: How much room a block takes.
        room: How much there is.

    >>> blocks = Block("Call now", ("x",), 0), Block("Then", ("a", "b", "c"), 5)
    >>> [block.shown for block in fitted(blocks, lambda block: len(block.items), 3)]
    [('x',), ('a', 'b (+1 more)')]
    """
    found = list(blocks)
    while sum(map(size, found)) > room:
        least = max(found, key=lambda block: block.gives_way)
        if not least.gives_way:
            break
        if len(least.items) > 1:
            found[found.index(least)] = replace(least, items=least.items[:-1], left_out=least.left_out + 1)
        else:
            found.remove(least)
    return tuple(found)


def _few(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


def joined(items: Iterable[str]) -> tuple[str, ...]:
    """A few things in one sentence, with the number of the others."""
    every = tuple(dict.fromkeys(items))
    more = f"; +{len(every) - AS_MANY} more" if len(every) > AS_MANY else ""
    return (f"{'; '.join(every[:AS_MANY])}{more}",) if every else ()


def _failed(answer: Answer) -> Iterator[str]:
    for sentence in further.failed_choices(answer):
        yield sentence.partition(": ")[2]


def _calls(answer: Answer) -> Iterator[str]:
    return (f"{phrases.whom(call)}." for call in answer.escalations if call.applies)


def _at_once(answer: Answer) -> Iterator[str]:
    for action in answer.actions:
        if action.urgency.id == "emergent":
            yield f"{action.recommendation.label}{phrases.who(action)}."


def _urgent_by(urgency: Urgency | None) -> tuple[str, ...]:
    """The facts that make it so urgent."""
    rules = urgency.rules if urgency else ()
    return joined(fact.text for rule in rules for criterion in rule.criteria for fact in criterion.facts)


def _no_urgency(answer: Answer) -> Iterator[str]:
    if answer.best and not answer.urgency and not any(phrases.at_once(answer)):
        yield phrases.NO_URGENCY


def _next(answer: Answer) -> tuple[str, tuple[str, ...]]:
    if not answer.best:
        return answer.outcome.label, (phrases.meaning(answer),)
    label = "Next" if answer.outcome.id == "recommended" else answer.outcome.label
    label += f", {further.AS_CHOSEN}" if answer.basis.id == "chosen" else ""
    studies = tuple(_study(study, answer) for study in phrases.next_studies(answer))
    if len(studies) == 1:
        return label, studies
    if answer.interchangeable and len({study.cautioned for study in answer.best}) == 1:
        return f"{label}, any one of", studies
    return label, (f"{phrases.meaning(answer)}:", *studies)


def _is_done(answer: Answer) -> bool:
    return answer.outcome.id == "pathway-complete"


def _remaining(answer: Answer) -> Block:
    """Where no study is left, the actions that remain are what comes next, such as to repeat one."""
    actions = tuple(_then(answer)) if _is_done(answer) else ()
    return Block("Next", actions[:_ACTIONS], 0, "study", max(0, len(actions) - _ACTIONS))


def _barred(answer: Answer) -> Iterator[str]:
    if answer.barred:
        rest = f"; {further.NONE_APPROPRIATE}" if answer.outcome.id == "consider" else ""
        yield f"{' and '.join(map(str, answer.barred))}{rest}"


def _study(study: Study, answer: Answer) -> str:
    only = len(answer.best) == 1
    sure = f"; {said}" if only and (said := phrases.robust(study, answer)) else ""
    weak = f"; {said}" if (said := phrases.barred_for(study, answer)) else ""
    return f"{study.label}: {study.category.label}, {study.radiation}{sure}{weak}"


def _because(answer: Answer) -> Iterator[str]:
    for held in answer.scenarios:
        facts = dict.fromkeys(fact.text for criterion in held.criteria for fact in criterion.facts)
        yield f"{held.label}: {'; '.join(facts)}" if facts else held.label


def _known(answer: Answer) -> Iterator[str]:
    names = {study.id: study.label for study in answer.best}
    for check in answer.contraindications:
        if check.applies:
            of = [names[study] for study in check.studies if study in names]
            yield f"{check.label} ({'; '.join(of)})" if len(names) > len(of) > 0 else check.label


def _notes(answer: Answer) -> Iterator[str]:
    assumed = [*_assumed(answer), phrases.settled(answer)]
    return (said for said in phrases.caveats(answer) if said not in assumed and not said.startswith(phrases.NOT_USED))


def _assumed(answer: Answer) -> Iterator[str]:
    if answer.assumed_absent:
        (said,) = joined(term.label.lower() for term in answer.assumed_absent)
        yield f"absent, not stated: {said}"
    if answer.presumed_absent:
        yield phrases.NOT_LISTED


def _asks(answer: Answer) -> tuple[str, ...]:
    if answer.best:
        return ()
    return tuple(question.label for question in answer.questions if question.decides_scenario)[: further.MOST_ASKED]


def _is_settled(answer: Answer) -> bool:
    return answer.settled.studies and answer.settled.urgency


def _may_change(answer: Answer) -> Iterator[str]:
    """Whether it can change, and the three things that would change it."""
    if not (said := phrases.settled(answer)):
        return
    questions = [question.label.lower() for question in answer.questions[:AS_MANY] if not _is_settled(answer)]
    said = (said.partition(": ")[2] or said).rstrip(".")
    yield f"{said}: {'; '.join(questions)}" if questions else said


def _open_calls(answer: Answer) -> Iterator[str]:
    """What would be a reason to call, and whom; what calls the same people is said once."""
    missing: dict[str, list[str]] = {}
    for call in answer.escalations:
        if call.concerns and not call.applies:
            contacts = " and ".join(sorted(contact.label.lower() for contact in call.contacts))
            missing.setdefault(contacts, []).extend(term.label.lower() for term in call.missing)
    for contacts, findings in missing.items():
        (said,) = joined(findings)
        yield f"{said}: {contacts}"


def _equals(answer: Answer) -> Iterator[str]:
    """Studies rated as high as the next ones that do not come next, and why."""
    leading = {held.id for held in answer.scenarios}
    rated = {study.category.id for study in answer.best}
    for study in answer.studies:
        standing = study.best or study.performed or study.scenario not in leading
        if answer.best and not standing and study.category.id in rated:
            why = further.CANNOT_BE_DONE.lower() if study.contraindicated else phrases.weak_points(study)
            yield f"{study.label}{f': {why}' if why else ''}"


def _instead(answer: Answer) -> Iterator[str]:
    return (f"{alternative.study.label}: {alternative.question}" for alternative in answer.alternatives)


def _what_follows(answer: Answer) -> str:
    unsettled = answer.outcome.id == "needs-information" and not answer.results
    return "Then, if no other scenario leads" if unsettled and answer.actions else "Then"


def _then(answer: Answer) -> Iterator[str]:
    for action in answer.actions:
        if action.urgency.id != "emergent":
            yield f"{action.recommendation.label}{phrases.who(action)}"

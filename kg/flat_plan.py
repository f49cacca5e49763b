"""The topics of a plan in one piece, as compiled code takes them.

It says nothing that the plan does not say: the same numbers, those of one topic after those of another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from kg.links import Bits, Flags, Links, Numbers, Ranks
from kg.plan import Groups, Plan, Screens, TopicPlan


class Lists(NamedTuple):
    """Numbers in lists: one for each topic, or one for each thing.

    Attributes:
        first: Where each list starts; one more at the end.
        members: The numbers, list after list.
    """

    first: Numbers
    members: Numbers


class Grouped(NamedTuple):
    """Groups of numbers, those of one topic after those of another.

    Attributes:
        first: The first group of each topic; one more at the end.
        starts: Where each group starts; one more at the end.
        members: The numbers, group after group. They count within the topic.
    """

    first: Numbers
    starts: Numbers
    members: Numbers


class FlatScreens(NamedTuple):
    """``kg.plan.Screens`` of each topic, by the same names.

    Attributes:
        left: See there.
        ways: See there.
        required: See there.
        of_scenario: See there.
    """

    left: Grouped
    ways: Grouped
    required: Grouped
    of_scenario: Grouped


class FlatTopics(NamedTuple):
    """What ``kg.plan.TopicPlan`` says of each topic, and what leads to the topics.

    Attributes:
        worth: The topics that each finding makes worth looking at.
        is_a: The broader findings of each finding, itself included.
        general: Which findings are more general than an entry.
        facts: The facts that bear on each topic: finding times ``WAYS``, plus the way.
        bearing: Of each of these facts the rows that it makes true.
        rows: How many rows each topic has; the one after them is always true.
        alternatives: Of each criterion its rows.
        required: Of each condition its criteria.
        numbers: The number that each of these conditions has in the plan.
        entries: The entries of each topic, three rows each: present, absent, met vaguely.
        scenarios: The conditions of each topic that are its scenarios.
        leaders: Of each scenario the conditions that lead it, each followed by the rule on which it does.
        screens: What keeps scenarios from leading.
        noted: The conditions of each topic with a consequence.
        yielding: Whether each condition of the plan is a hand-off that gives way where a case enters its topic.
        behind: The hand-offs that stand back when a condition applies.
    """

    worth: Lists
    is_a: Lists
    general: Flags
    facts: Lists
    bearing: Grouped
    rows: Numbers
    alternatives: Grouped
    required: Grouped
    numbers: Numbers
    entries: Lists
    scenarios: Lists
    leaders: Grouped
    screens: FlatScreens
    noted: Lists
    yielding: Flags
    behind: Lists


class FlatStudies(NamedTuple):
    """What follows from conditions, with sets of studies: a bit a study.

    Attributes:
        at_least: For each condition, by threes, the studies whose lowest rank there is at least 2, 3, 4, and then those
            whose highest rank is at least 1, 2, 4. A study that its topic does not rate is in the first three.
        rules_out: The studies that each condition rules out.
        prefers: The studies that it prefers, if it is a preference.
        over: The studies that stand back behind these.
        before: The studies that come after these.
        neighbour: Whether it hands the case on.
        warning: Whether it is a warning.
        urgency: The rank of its urgency, or 0.
        includes: The studies that each study includes.
        lowest: ``kg.plan.Plan``, likewise the next one.
        highest: See there.
    """

    at_least: Bits
    rules_out: Lists
    prefers: Lists
    over: Lists
    before: Lists
    neighbour: Flags
    warning: Flags
    urgency: Numbers
    includes: Lists
    lowest: Ranks
    highest: Ranks


def flat_topics(plan: Plan) -> FlatTopics:
    """Lay the topics of a plan one after another.

    Args:
        plan: The plan.

    Returns:
        The same in one piece.

    >>> import kg
    >>> from kg.compile_plan import compile_plan
    >>> flat = flat_topics(compile_plan(kg.load().content))
    >>> len(flat.rows) == len(flat.facts.first) - 1
    True
    """
    topics = plan.topics
    yielding = np.zeros(len(plan.conditions), dtype=bool)
    yielding[plan.yielding] = True
    return FlatTopics(
        worth=linked(plan.worth),
        is_a=linked(plan.links["isA"]),
        general=plan.entry_generals,
        facts=_lists([topic.facts for topic in topics]),
        bearing=_grouped([Groups(topic.bearing.targets, topic.bearing.starts[:-1]) for topic in topics]),
        rows=np.array([topic.rows for topic in topics]),
        alternatives=_grouped([Groups(topic.alternatives, topic.criteria) for topic in topics]),
        required=_grouped([Groups(topic.required, topic.conditions) for topic in topics]),
        numbers=_joined([topic.numbers for topic in topics]),
        entries=_lists([topic.entries.reshape(-1) for topic in topics]),
        scenarios=_lists([topic.scenarios for topic in topics]),
        leaders=_grouped([_leaders(topic) for topic in topics]),
        screens=_screens([topic.screens for topic in topics]),
        noted=_lists([topic.noted for topic in topics]),
        yielding=yielding,
        behind=linked(plan.behind),
    )


def flat_studies(plan: Plan) -> FlatStudies:
    """Lay out what follows from the conditions of a plan.

    Args:
        plan: The plan.

    Returns:
        The same as lists and sets.
    """
    count, to = len(plan.conditions), plan.consequences
    warning, urgency = np.zeros(count, dtype=bool), np.zeros(count, dtype=np.int64)
    warning[sorted(plan.kinds.get("Warning", ()))] = True
    which, rank = to["urgency"].follow(np.arange(count))
    np.maximum.at(urgency, which, rank)
    ranks = [plan.lowest >= rank for rank in (2, 3, 4)] + [plan.highest >= rank for rank in (1, 2, 4)]
    return FlatStudies(
        at_least=np.stack([_packed(flags) for flags in ranks], axis=1),
        rules_out=linked(to["rulesOut"]),
        prefers=linked(to["prefers"]),
        over=linked(to["over"]),
        before=linked(to["before"]),
        neighbour=np.diff(to["neighbour"].starts) > 0,
        warning=warning,
        urgency=urgency,
        includes=linked(plan.links["includes"]),
        lowest=plan.lowest,
        highest=plan.highest,
    )


def linked(links: Links) -> Lists:
    """Links as lists.

    Args:
        links: The links.

    Returns:
        What each thing leads to.
    """
    return Lists(links.starts, links.targets)


def _screens(parts: list[Screens]) -> FlatScreens:
    return FlatScreens(
        left=_grouped([part.left for part in parts]),
        ways=_grouped([part.ways for part in parts]),
        required=_grouped([part.required for part in parts]),
        of_scenario=_grouped([part.of_scenario for part in parts]),
    )


def _leaders(topic: TopicPlan) -> Groups:
    return Groups(np.stack([topic.leaders, topic.rules], axis=1).reshape(-1), 2 * topic.led)


def _lists(parts: list[Numbers]) -> Lists:
    return Lists(_beginnings(parts), _joined(parts))


def _grouped(parts: list[Groups]) -> Grouped:
    before = _beginnings([part.members for part in parts])
    starts = [part.starts + offset for part, offset in zip(parts, before, strict=False)]
    return Grouped(_beginnings(starts), np.append(_joined(starts), before[-1]), _joined([p.members for p in parts]))


def _beginnings(parts: Iterable[Numbers]) -> Numbers:
    """Where each part begins when they are joined, and where the last one ends."""
    return np.cumsum([0, *map(len, parts)])


def _joined(parts: list[Numbers]) -> Numbers:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def _packed(flags: Flags) -> Bits:
    """Lines of flags as lines of bits."""
    wide = np.zeros((len(flags), -(-flags.shape[1] // 64) * 64), dtype=bool)
    wide[:, : flags.shape[1]] = flags
    return np.packbits(wide, axis=1, bitorder="little").view(np.uint64)

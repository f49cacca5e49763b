"""A plan: what the derive queries look up, as arrays, which ``kg.compile_plan`` fills from the graph.

It holds no knowledge of its own: everything in it is a number for something that a query found. ``kg.bulk`` evaluates
it for many cases at once and must say what the derive queries say of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kg.links import Flags, Links, Numbers, Ranks

if TYPE_CHECKING:
    from kg.flat_plan import FlatStudies, FlatTopics

PRESENT, ABSENT, VAGUE = range(3)
"""In which way a fact bears on a finding; the last one for a general finding that nothing more specific explains."""

WAYS = 3

NO_SAY = 255
"""Stands for the rank of a study that the topic of a scenario does not rate: above all ranks, so it lowers none."""


@dataclass(frozen=True)
class Band:
    """Numbers of a measure that make a finding present or absent."""

    finding: int
    measure: int
    present: bool
    lowest: float
    lowest_in: bool
    highest: float
    highest_in: bool

    def holds(self, numbers: NDArray[np.float64]) -> Flags:
        """Which numbers lie in the band."""
        above = numbers >= self.lowest if self.lowest_in else numbers > self.lowest
        below = numbers <= self.highest if self.highest_in else numbers < self.highest
        return above & below


@dataclass(frozen=True)
class Groups:
    """Numbers in groups, one group after another, none of them empty.

    Attributes:
        members: The numbers.
        starts: Where each group starts.
    """

    members: Numbers
    starts: Numbers

    @staticmethod
    def of(groups: list[list[int]], nothing: int) -> Groups:
        """Lists as groups; an empty one holds the number that stands for nothing."""
        filled = [group or [nothing] for group in groups]
        return Groups(flat(filled), beginnings(filled))


@dataclass(frozen=True)
class Screens:
    """What keeps the scenarios of a topic from leading (62-considered), each level in numbers of the one before.

    Attributes:
        left: Of each substitute the rows that refute its alternatives which do not meet the required criterion; the
            last row is always true.
        ways: Of each required criterion, as it bears on one scenario, the criterion itself, and then its substitutes,
            counted on from the criteria.
        required: Of each screen what it requires; the last is always fulfilled.
        of_scenario: Of each scenario its screens; the last is never fulfilled.
    """

    left: Groups
    ways: Groups
    required: Groups
    of_scenario: Groups


@dataclass(frozen=True)
class TopicPlan:
    """One topic with the shared conditions, in small numbers of its own.

    A row stands for a finding that is present (even) or absent (odd), so that the opposite of a row is ``row ^ 1``.
    Rows 0 and 1 are never true. After the findings there is a row for each entry that is met vaguely.

    Attributes:
        rows: How many rows there are.
        facts: The facts that bear on a row: finding times ``WAYS``, plus the way.
        bearing: For each of these the rows that it makes true.
        alternatives: The rows that are alternatives, criterion after criterion.
        criteria: Where each criterion starts in ``alternatives``.
        required: The criteria of each condition, condition after condition; the last criterion is always met.
        conditions: Where each condition starts in ``required``.
        numbers: The number that each condition has in the plan.
        entries: For each entry its rows: present, absent, met vaguely.
        scenarios: Which of the conditions are scenarios of this topic.
        leaders: The conditions that lead a scenario, scenario after scenario; the last condition never applies.
        rules: The condition on which each of these leads.
        led: Where each scenario starts in ``leaders``.
        screens: What keeps scenarios from leading.
        noted: Which of the conditions have a consequence that somebody reads.
    """

    rows: int
    facts: Numbers
    bearing: Links
    alternatives: Numbers
    criteria: Numbers
    required: Numbers
    conditions: Numbers
    numbers: Numbers
    entries: Numbers
    scenarios: Numbers
    leaders: Numbers
    rules: Numbers
    led: Numbers
    screens: Screens
    noted: Numbers


@dataclass(frozen=True)
class Plan:
    """A guideline as arrays.

    Attributes:
        findings: Slugs by number; likewise procedures, measures, conditions (with their topic where two are alike).
        links: Relations between terms by local name; targets of ``measure`` and ``undecidedBecause`` included.
        bands: The bands of all measures.
        limits: The lowest and highest number of each measure that a case may give.
        worth: Which topics each finding makes worth looking at.
        topics: The topics; the last one holds the shared conditions alone.
        consequences: What follows from each condition, by relation; urgency leads to ranks.
        kinds: The conditions of each class.
        yielding: The hand-offs that only say that a case is not of their topic: they give way where it enters one.
        behind: The hand-offs that stand back when a condition applies.
        lowest: The lowest rank of each procedure in each scenario, by condition and procedure; 0 if the scenario is
            silent on what its topic rates elsewhere, ``NO_SAY`` if its topic does not rate it.
        highest: The highest; 0 if not rated.
        categories: The category at each rank; likewise urgencies.
    """

    findings: tuple[str, ...]
    procedures: tuple[str, ...]
    measures: tuple[str, ...]
    conditions: tuple[str, ...]
    links: Mapping[str, Links]
    bands: tuple[Band, ...]
    limits: NDArray[np.float64]
    worth: Links
    topics: tuple[TopicPlan, ...]
    topic_names: tuple[str, ...]
    consequences: Mapping[str, Links]
    kinds: Mapping[str, frozenset[int]]
    yielding: Numbers
    behind: Links
    lowest: Ranks
    highest: Ranks
    categories: Mapping[int, str]
    urgencies: Mapping[int, str]

    @cached_property
    def entry_generals(self) -> Flags:
        """Which findings are more general than an entry, and so may let a case in vaguely."""
        general = np.zeros(len(self.findings), dtype=bool)
        for topic in self.topics:
            general[topic.facts[topic.facts % WAYS == VAGUE] // WAYS] = True
        return general

    @cached_property
    def flat_topics(self) -> FlatTopics:
        """The topics in one piece, for ``kg.compiled``."""
        from kg.flat_plan import flat_topics

        return flat_topics(self)

    @cached_property
    def flat_studies(self) -> FlatStudies:
        """What follows from conditions in one piece, for ``kg.compiled``."""
        from kg.flat_plan import flat_studies

        return flat_studies(self)

    @cached_property
    def narrower(self) -> Links:
        """The kinds of each finding, itself included."""
        return reversed_links(self.links["isA"], len(self.findings))

    @cached_property
    def could_show(self) -> frozenset[tuple[int, int]]:
        """Procedure and finding on a study that it bears on."""
        which, targets = self.links["couldShow"].follow(np.arange(len(self.procedures)))
        return frozenset(zip(which.tolist(), targets.tolist(), strict=True))


def reversed_links(links: Links, count: int) -> Links:
    """The same links the other way round.

    Args:
        links: The links.
        count: How many things they may lead to.

    Returns:
        Links from there.
    """
    which, targets = links.follow(np.arange(len(links.starts) - 1))
    return Links.of(zip(targets.tolist(), which.tolist(), strict=True), count)


def numbered(names: Iterable[str]) -> dict[str, int]:
    """Numbers for names in their order.

    Args:
        names: Different names.

    Returns:
        Their numbers, from 0.

    >>> numbered("ab")
    {'a': 0, 'b': 1}
    """
    return {name: number for number, name in enumerate(names)}


def array(values: Iterable[int]) -> Numbers:
    """An array of numbers, which may be empty."""
    return np.array(list(values), dtype=np.int64)


def flat(groups: list[list[int]]) -> Numbers:
    """The numbers of all groups, one group after another."""
    return array(value for group in groups for value in group)


def beginnings(groups: list[list[int]] | list[list[tuple[int, int]]]) -> Numbers:
    """Where each group begins in the flat array."""
    lengths = array(map(len, groups))
    return np.cumsum(lengths) - lengths

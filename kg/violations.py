"""The rules of the SHACL shapes of a case that only the guideline can decide, for many cases at once.

The shapes file stays the definition: the tests require the same violations from pyshacl on a sample, and the messages
are read from it. Whether a word is known is seen when the words are numbered.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kg.cohort import Cohort, Pairs
from kg.links import Links, Numbers, among
from kg.plan import Plan
from kg.verdicts import Facts


class Violations(NamedTuple):
    """Where one constraint is violated.

    Attributes:
        constraint: The last part of its IRI, such as ``"present-and-absent"``.
        case: The cases, in order.
        value: The finding or measure, as the shape reports it.
        other: What it contradicts; for a number its place in the cohort.
    """

    constraint: str
    case: Numbers
    value: Numbers
    other: Numbers


def violations(plan: Plan, cohort: Cohort, facts: Facts) -> tuple[Violations, ...]:
    """Find what cannot be true together, and numbers out of range.

    Args:
        plan: The plan.
        cohort: The cases.
        facts: What they amount to.

    Returns:
        One entry for each constraint.
    """
    is_a, size, count = plan.links["isA"], len(plan.findings), cohort.count
    case, value, other = _clashes(is_a, facts.present, facts.absent, size, count)
    first, one, two = _clashes(plan.links["excludes"], facts.present, facts.present, size, count)
    once = one <= two
    study, seen, unseen = _clashes(is_a, cohort.seen, cohort.unseen, size, len(cohort.performed.case))
    limits = plan.limits[cohort.measured.thing]
    outside = np.flatnonzero(~((cohort.values >= limits[:, 0]) & (cohort.values <= limits[:, 1])))
    keys = cohort.measured.case * max(1, len(plan.measures)) + cohort.measured.thing
    order = np.argsort(keys, kind="stable")
    again = order[1:][(np.diff(keys[order]) == 0) & (np.diff(cohort.values[order]) != 0)]
    return (
        Violations("out-of-range", cohort.measured.case[outside], cohort.measured.thing[outside], outside),
        Violations("measured-twice", cohort.measured.case[again], cohort.measured.thing[again], again),
        Violations("within-a-study", cohort.performed.case[study], seen, unseen),
        Violations("present-and-absent", case, value, other),
        Violations("exclude-each-other", first[once], one[once], two[once]),
    )


def _clashes(links: Links, left: Pairs, right: Pairs, size: int, count: int) -> tuple[Numbers, Numbers, Numbers]:
    """Pairs of the left whose links reach a pair of the right in the same case: case, left thing, right thing.

    Sixty-four bits a case rule out most cases first, because looking every pair up costs more than all else together.
    """
    bit = np.left_shift(np.uint64(1), (np.arange(size) % 64).astype(np.uint64))
    reach = np.zeros(size, dtype=np.uint64)
    which, target = links.follow(np.arange(size))
    np.bitwise_or.at(reach, which, bit[target])
    held = np.zeros(count, dtype=np.uint64)
    np.bitwise_or.at(held, right.case, bit[right.thing])
    perhaps = (reach[left.thing] & held[left.case]) != 0
    case, thing = left.case[perhaps], left.thing[perhaps]
    which, target = links.follow(thing)
    perhaps = (bit[target] & held[case[which]]) != 0
    which, target = which[perhaps], target[perhaps]
    keys = case[which] * size + target
    likely = np.zeros(count, dtype=bool)
    likely[case] = True
    here = likely[right.case]
    found = among(keys, right.case[here] * size + right.thing[here])
    rows = np.unique(np.stack([case[which][found], thing[which][found], target[found]], axis=1), axis=0)
    return rows[:, 0], rows[:, 1], rows[:, 2]

"""Judge cases in machine code, where numba is installed: ``pip install 'nextstudy[compiled]'``.

Each function says what the one of the same name in ``kg.bulk`` says; the tests compare the two. Importing this module
needs numba.
"""

from __future__ import annotations

import numpy as np

from kg.cohort import Cohort, Pairs
from kg.compiled_studies import settled
from kg.compiled_topics import matched
from kg.lifting import recorded, reported
from kg.machine_code import count_cases, put_in_place, sort_things
from kg.plan import Plan
from kg.verdicts import Facts, Held, Verdicts

BLOCK = 1 << 15
"""Cases at a time: so few that what is said of them stays near the processor,"""

A_TOPIC = 48
"""but at least so many for each topic, because a topic is visited once a block."""


def together(parts: list[Pairs]) -> Pairs:
    """All pairs in the order of cases and things.

    Args:
        parts: Pairs, each in the order of cases.

    Returns:
        The pairs.
    """
    last = max((int(part.case[-1]) for part in parts if len(part.case)), default=-1)
    ends = np.zeros(last + 2, dtype=np.int64)
    for part in parts:
        count_cases(part.case, ends)
    ends = np.cumsum(ends)
    things, cases = np.empty(ends[-1], dtype=np.int64), np.empty(ends[-1], dtype=np.int64)
    ends = ends[:-1].copy()
    for part in parts:
        put_in_place(part.case, part.thing, ends, things)
    sort_things(ends, things, cases)
    return Pairs(cases, things)


def match(plan: Plan, cohort: Cohort, facts: Facts) -> Held:
    """Judge each case against the topics that are worth looking at (30-close to 63-lead).

    Args:
        plan: The plan.
        cohort: The cases.
        facts: What they amount to.

    Returns:
        The scenarios considered and leading, and the conditions with a consequence that apply.
    """
    block = max(BLOCK, A_TOPIC * len(plan.topics))
    found = matched(
        plan.flat_topics, cohort.count, cohort.present, reported(cohort), facts.present, facts.absent, block
    )
    return Held(*(Pairs(*pairs[:, :end]) for pairs, end in found))


def settle(plan: Plan, cohort: Cohort, facts: Facts, held: Held) -> Verdicts:
    """Choose the studies (69-performed to 80-outcome).

    Args:
        plan: The plan.
        cohort: The cases.
        facts: What they amount to.
        held: What ``match`` says of them.

    Returns:
        The verdicts.
    """
    numbers, *found = settled(plan.flat_studies, held, cohort.performed, recorded(cohort), cohort.order)
    best, robust, warnings = (Pairs(*pairs[:, :end]) for pairs, end in found)
    outcome, urgency, rank, contraindicated = numbers
    return Verdicts(
        outcome=outcome.astype(np.int8),
        considered=held.considered,
        leading=held.leading,
        best=best,
        robust=robust,
        urgency=urgency,
        warnings=warnings,
        rank=rank,
        contraindicated=contraindicated.astype(bool),
        facts=facts,
    )

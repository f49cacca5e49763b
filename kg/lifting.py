"""What the stated facts of many cases amount to, before closure (10-stated to 20-assume)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from kg.cohort import Cohort, Pairs
from kg.links import Flags, Links, Numbers, among, distinct
from kg.plan import Band, Plan, array
from kg.verdicts import Facts

Together = Callable[[list[Pairs]], Pairs]

_BITS = 32
"""Of a packed number, those that hold the thing; the others hold the case."""


def together(parts: list[Pairs]) -> Pairs:
    """All pairs in the order of cases and things: packed in one number each, as plain numbers sort many times faster.

    Args:
        parts: Pairs.

    Returns:
        The pairs.

    >>> together([Pairs(np.array([1, 2]), np.array([7, 7])), Pairs(np.array([1]), np.array([3]))]).thing.tolist()
    [3, 7, 7]
    """
    keys = np.concatenate([(part.case << _BITS) | part.thing for part in parts])
    keys.sort()
    return Pairs(keys >> _BITS, keys & ((1 << _BITS) - 1))


def lift(plan: Plan, cohort: Cohort, together: Together = together) -> Facts:
    """Which findings the stated facts amount to (10-stated to 13-intended).

    Args:
        plan: The plan.
        cohort: The cases.
        together: What puts pairs in order: ``together``, or that of ``kg.compiled``.

    Returns:
        Present and absent findings of each case.
    """
    links, procedure = plan.links, cohort.performed.thing
    present, absent = [cohort.present], [cohort.absent]
    for band, held in measured(plan, cohort):
        (present if band.present else absent).append(Pairs(held, np.full(len(held), band.finding)))
    which, done = links["performedAs"].follow(procedure)
    present.append(Pairs(cohort.performed.case[which], done))
    present.append(Pairs(cohort.performed.case[cohort.seen.case], cohort.seen.thing))
    for observed, relation, found in ((cohort.seen, "shownAs", present), (cohort.unseen, "unseenAs", absent)):
        which, bound = links[relation].follow(observed.thing)
        study = observed.case[which]
        shown = _could_show(plan, procedure[study], bound)
        found.append(Pairs(cohort.performed.case[study[shown]], bound[shown]))
    intending = np.flatnonzero(cohort.order >= 0)
    which, intended = links["intendedAs"].follow(cohort.order[intending])
    present.append(Pairs(intending[which], intended))
    return Facts(together(present), together(absent))


def measured(plan: Plan, cohort: Cohort) -> Iterable[tuple[Band, Numbers]]:
    """Which cases have a number in each band.

    Args:
        plan: The plan.
        cohort: The cases.

    Yields:
        Each band that some case may reach, and the cases whose number lies in it.
    """
    for measure in set(cohort.measured.thing.tolist()):
        here = cohort.measured.thing == measure
        cases, values = cohort.measured.case[here], cohort.values[here]
        for band in plan.bands:
            if band.measure == measure:
                yield band, cases[band.holds(values)]


def reported(cohort: Cohort) -> Pairs:
    """What studies showed, by case.

    Args:
        cohort: The cases.

    Returns:
        Findings by case.
    """
    return Pairs(cohort.performed.case[cohort.seen.case], cohort.seen.thing)


def recorded(cohort: Cohort) -> Flags:
    """Of which studies the case says what they showed or did not show.

    Args:
        cohort: The cases.

    Returns:
        A flag for each study.
    """
    flags = np.zeros(len(cohort.performed.case), dtype=bool)
    flags[cohort.seen.case] = True
    flags[cohort.unseen.case] = True
    return flags


def _could_show(plan: Plan, procedures: Numbers, findings: Numbers) -> Flags:
    """Whether each procedure bears on the finding on a study beside it."""
    size = len(plan.findings)
    known = array(procedure * size + finding for procedure, finding in plan.could_show)
    return among(procedures * size + findings, known)


def undecided(plan: Plan, cohort: Cohort, facts: Facts) -> Pairs:
    """The findings for which a number was given that the sources read differently (14-undecided).

    Args:
        plan: The plan.
        cohort: The cases.
        facts: What they amount to.

    Returns:
        Findings by case.
    """
    size = len(plan.findings)
    disputed = np.flatnonzero(np.diff(plan.links["undecidedBecause"].starts))
    which, measure = plan.links["measure"].follow(disputed)
    finding = disputed[which]
    by_measure = Links.of(zip(measure.tolist(), finding.tolist(), strict=True), len(plan.measures))
    place, open_finding = by_measure.follow(cohort.measured.thing)
    keys = cohort.measured.case[place] * size + open_finding
    decided = [case * size + band.finding for band, case in measured(plan, cohort)]
    keys = keys[~among(keys, np.concatenate(decided))] if decided else keys
    inside = among(facts.present.case, keys // size), among(facts.absent.case, keys // size)
    present = Pairs(facts.present.case[inside[0]], facts.present.thing[inside[0]])
    absent = Pairs(facts.absent.case[inside[1]], facts.absent.thing[inside[1]])
    for links, known in (
        (plan.links["isA"], present),
        (plan.links["excludes"], present),
        (plan.narrower, absent),
    ):
        keys = keys[~among(keys, _spread(links, known, size))]
    return Pairs(keys // size, keys % size)


def _spread(links: Links, pairs: Pairs, size: int) -> Numbers:
    """Keys (case times size plus thing) of everything that the things of cases lead to."""
    which, reached = links.follow(pairs.thing)
    return pairs.case[which] * size + reached


def assume(plan: Plan, cohort: Cohort, facts: Facts) -> Facts:
    """Add what closing the world makes absent (14-undecided, 20-assume).

    Args:
        plan: The plan.
        cohort: The cases.
        facts: What they amount to without assumptions.

    Returns:
        The facts with what is assumed absent.
    """
    if not len(cohort.assumed.case):
        return facts
    size, above = len(plan.findings), plan.links["isA"]
    assuming = np.zeros(cohort.count, dtype=bool)
    assuming[cohort.assumed.case] = True
    here = assuming[facts.present.case]
    kept = Pairs(facts.present.case[here], facts.present.thing[here])
    keys = _spread(plan.narrower, cohort.assumed, size)
    keys = keys[~among(keys, _spread(above, kept, size))]
    keys = distinct(keys[~among(keys, _spread(above, undecided(plan, cohort, facts), size))])
    return Facts(facts.present, together([facts.absent, Pairs(keys // size, keys % size)]))

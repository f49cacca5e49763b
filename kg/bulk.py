"""Evaluate a plan for many cases at once.

Each function stands for the derive queries that its docstring names and must say what they say: the tests compare them
case by case. What is not known stays unknown: a row of bits says "true", its opposite says "false", neither is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec

import numpy as np

from kg.cohort import Cohort, Pairs
from kg.lifting import assume, lift, recorded, reported, together
from kg.links import Bits, Flags, Links, Numbers, among, distinct
from kg.plan import ABSENT, NO_SAY, PRESENT, VAGUE, WAYS, Groups, Plan, Screens, TopicPlan, array
from kg.verdicts import Facts, Held, Verdicts

WORTH_COMPILING = 50_000
"""So many cases make up for the second that compiled code takes to start."""

_AT_ONCE = 1 << 19
"""How many places the table of situations and procedures has at once: few enough to stay in the processor's cache."""


def judge(plan: Plan, cohort: Cohort, *, machine_code: bool | None = None) -> Verdicts:
    """Judge every case.

    Args:
        plan: What ``kg.compile_plan.compile_plan`` returns.
        cohort: The cases, none of which contradicts itself.
        machine_code: Whether to use ``kg.compiled``, which needs numba; without a word, where it is installed and there
            are so many cases that its start does not matter.

    Returns:
        The verdicts, equal to those of the derive queries.
    """
    if machine_code is None:
        machine_code = cohort.count >= WORTH_COMPILING and _numba_is_installed()
    if machine_code:
        from kg import compiled

        facts = assume(plan, cohort, lift(plan, cohort, compiled.together))
        return compiled.settle(plan, cohort, facts, compiled.match(plan, cohort, facts))
    facts = assume(plan, cohort, lift(plan, cohort))
    return settle(plan, cohort, facts, match(plan, cohort, facts))


@cache
def _numba_is_installed() -> bool:
    return find_spec("numba") is not None


# ---------------------------------------------------------------------- topics


def match(plan: Plan, cohort: Cohort, facts: Facts) -> Held:
    """Judge each case against the topics that are worth looking at (30-close to 63-lead).

    Args:
        plan: The plan.
        cohort: The cases.
        facts: What they amount to.

    Returns:
        The scenarios considered and leading, and the conditions with a consequence that apply.
    """
    pairs = _visits(plan, cohort)
    coded = _coded(plan, cohort, facts)
    starts = np.searchsorted(coded.case, np.arange(cohort.count + 1))
    visit, fact = Links(starts, coded.thing).follow(pairs.thing)
    bounds = np.searchsorted(pairs.case, np.arange(len(plan.topics) + 1))
    of_visit = np.searchsorted(visit, bounds)
    places = np.full(len(plan.findings) * WAYS, -1, dtype=np.int64)
    found: tuple[list[Pairs], list[Pairs], list[Pairs]] = ([], [], [])
    entered = np.zeros(cohort.count, dtype=bool)
    for number, topic in enumerate(plan.topics):
        first, last = bounds[number], bounds[number + 1]
        if first < last:
            here = slice(of_visit[number], of_visit[number + 1])
            cases = pairs.thing[first:last]
            places[topic.facts] = np.arange(len(topic.facts))
            true = _true_rows(topic, places[fact[here]], visit[here] - first, len(cases))
            places[topic.facts] = -1
            enters = _entered(topic, true)
            entered[cases] |= _flags(enters, len(cases))[0]
            for part, (row, column) in zip(found, _hold(topic, true, enters, len(cases)), strict=True):
                part.append(Pairs(cases[column], topic.numbers[row]))
    considered, leading, noted = map(_unique, found)
    size = max(1, len(plan.conditions))
    which, hand_off = plan.behind.follow(noted.thing)
    waiting = among(noted.case * size + noted.thing, noted.case[which] * size + hand_off)
    kept = ~(entered[noted.case] & among(noted.thing, plan.yielding)) & ~waiting
    return Held(considered, leading, Pairs(noted.case[kept], noted.thing[kept]))


def _visits(plan: Plan, cohort: Cohort) -> Pairs:
    """Topics worth looking at: topic and case in order, the last topic (shared conditions) for cases without one."""
    keys = []
    for stated in (cohort.present, reported(cohort)):
        which, topic = plan.worth.follow(stated.thing)
        keys.append(topic * cohort.count + stated.case[which])
    visits = distinct(np.concatenate(keys))
    without = np.ones(cohort.count, dtype=bool)
    without[visits % max(1, cohort.count)] = False
    others = np.flatnonzero(without)
    topics = np.concatenate([visits // max(1, cohort.count), np.full(len(others), len(plan.topics) - 1)])
    return Pairs(topics, np.concatenate([visits % max(1, cohort.count), others]))


def _coded(plan: Plan, cohort: Cohort, facts: Facts) -> Pairs:
    """All facts with the way in which they bear on a finding."""
    present, absent = facts
    vague = _most_specific(plan, cohort, present)
    return together(
        [
            Pairs(present.case, present.thing * WAYS + PRESENT),
            Pairs(absent.case, absent.thing * WAYS + ABSENT),
            Pairs(vague.case, vague.thing * WAYS + VAGUE),
        ]
    )


def _most_specific(plan: Plan, cohort: Cohort, present: Pairs) -> Pairs:
    """Findings more general than an entry of which the case states no other kind (60-enter)."""
    size = len(plan.findings)
    general = plan.entry_generals[present.thing]
    case, thing = present.case[general], present.thing[general]
    asked = np.zeros(cohort.count, dtype=bool)
    asked[case] = True
    here = asked[present.case]
    which, above = plan.links["isA"].follow(present.thing[here])
    other = above != present.thing[here][which]
    explained = present.case[here][which][other] * size + above[other]
    left = ~among(case * size + thing, explained)
    return Pairs(case[left], thing[left])


def _true_rows(topic: TopicPlan, place: Numbers, column: Numbers, count: int) -> Bits:
    """The rows of a topic, one bit a case (30-close)."""
    bears = place >= 0
    which, rows = topic.bearing.follow(place[bears])
    flags = np.zeros((topic.rows, -(-count // 64) * 64), dtype=np.uint8)
    flags[rows, column[bears][which]] = 1
    return np.packbits(flags, axis=1, bitorder="little").view(np.uint64)


def _entered(topic: TopicPlan, true: Bits) -> Bits:
    """Which cases enter the topic (60-enter)."""
    present, absent, vague = (true[rows] for rows in topic.entries.T)
    return np.bitwise_or.reduce(present | (vague & ~absent), axis=0, keepdims=True)


def _hold(topic: TopicPlan, true: Bits, entered: Bits, count: int) -> tuple[tuple[Numbers, Numbers], ...]:
    """Which conditions hold (40-judge, 50-match, 60-enter, 62-considered, 63-lead).

    Returns:
        Rows (conditions of the topic) and columns (cases) of what is considered, leads, and applies and is noted.
    """
    all_true, none = np.full_like(true[:1], np.iinfo(np.uint64).max), np.zeros_like(true[:1])
    met, failed = none, none
    if len(topic.criteria):
        met = np.bitwise_or.reduceat(true[topic.alternatives], topic.criteria, axis=0)
        failed = np.bitwise_and.reduceat(true[topic.alternatives ^ 1], topic.criteria, axis=0)
        met, failed = np.concatenate([met, all_true]), np.concatenate([failed, none])
    else:
        met = all_true
    if not len(topic.conditions):
        nothing = (array(()), array(()))
        return nothing, nothing, nothing
    applies = np.bitwise_and.reduceat(met[topic.required], topic.conditions, axis=0)
    ruled_out = np.bitwise_or.reduceat(failed[topic.required], topic.conditions, axis=0)
    considered = leading = none[:0]
    if len(topic.scenarios):
        or_nobody = np.concatenate([applies, none])
        outranked = np.bitwise_or.reduceat(or_nobody[topic.leaders] & or_nobody[topic.rules], topic.led, axis=0)
        open_to_lead = entered & ~ruled_out[topic.scenarios] & ~outranked
        considered = open_to_lead & ~_screened(topic.screens, true, met, all_true)
        leading = open_to_lead & applies[topic.scenarios]
    found = []
    for numbers, bits in (
        (topic.scenarios, considered),
        (topic.scenarios, leading),
        (topic.noted, applies[topic.noted]),
    ):
        rows, columns = _set(_flags(bits, count))
        found.append((numbers[rows], columns))
    return tuple(found)


def _screened(screens: Screens, true: Bits, met: Bits, all_true: Bits) -> Bits:
    """Which scenarios can never lead, because a screen of theirs has all that it requires (62-considered)."""
    replaced = _all_of(screens.left, np.concatenate([true, all_true]))
    fulfilled = _any_of(screens.ways, np.concatenate([met, replaced]))
    screening = _all_of(screens.required, np.concatenate([fulfilled, all_true]))
    return _any_of(screens.of_scenario, np.concatenate([screening, ~all_true]))


def _all_of(groups: Groups, bits: Bits) -> Bits:
    """Which cases have all members of each group."""
    return np.bitwise_and.reduceat(bits[groups.members], groups.starts, axis=0) if len(groups.starts) else bits[:0]


def _any_of(groups: Groups, bits: Bits) -> Bits:
    """Which cases have a member of each group."""
    return np.bitwise_or.reduceat(bits[groups.members], groups.starts, axis=0) if len(groups.starts) else bits[:0]


def _flags(bits: Bits, count: int) -> Flags:
    """Bits laid out, a column a case."""
    return np.unpackbits(bits.view(np.uint8), axis=1, count=count, bitorder="little").view(np.bool_)


def _set(flags: Flags) -> tuple[Numbers, Numbers]:
    """Rows and columns of what is set, found flat, which is many times faster than in two dimensions."""
    rows, columns = np.divmod(np.flatnonzero(flags), max(1, flags.shape[1]))
    return rows, columns


def _unique(parts: list[Pairs]) -> Pairs:
    """Each pair once, in the order of cases: shared conditions are judged again in each topic."""
    if not parts:
        return Pairs(array(()), array(()))
    case, thing = together(parts)
    first = np.ones(len(case), dtype=bool)
    first[1:] = (case[1:] != case[:-1]) | (thing[1:] != thing[:-1])
    return Pairs(case[first], thing[first])


# ---------------------------------------------------------------------- studies


def settle(plan: Plan, cohort: Cohort, facts: Facts, held: Held) -> Verdicts:
    """Choose the studies (69-performed to 80-outcome): once for each situation, as many cases are in the same one.

    Args:
        plan: The plan.
        cohort: The cases.
        facts: What they amount to.
        held: What ``match`` says of them.

    Returns:
        The verdicts.
    """
    done = Pairs(cohort.performed.case, 2 * cohort.performed.thing + recorded(cohort))
    situation, first = _situations(cohort.count, (held.considered, held.leading, held.noted, done))
    situation, first = _neighbours(situation, first, held.considered)
    chosen = Held(*(_of_these(pairs, first) for pairs in held))
    done = _of_these(done, first)
    outcome = np.zeros(len(first), dtype=np.int8)
    best: list[Pairs] = []
    robust: list[Pairs] = []
    rows = max(1, _AT_ONCE // max(1, len(plan.procedures)))
    for start in range(0, len(first), rows):
        here = slice(start, min(start + rows, len(first)))
        studies = _Studies(plan, chosen, done, here)
        outcome[here] = studies.outcome
        for found, flags in ((best, studies.best), (robust, studies.robust)):
            row, column = _set(flags)
            found.append(Pairs(row + start, studies.procedures[column]))
    which, level = plan.consequences["urgency"].follow(held.noted.thing)
    urgency = np.zeros(cohort.count, dtype=np.int64)
    np.maximum.at(urgency, held.noted.case[which], level)
    warns = among(held.noted.thing, array(plan.kinds.get("Warning", ())))
    return Verdicts(
        outcome=outcome[situation],
        considered=held.considered,
        leading=held.leading,
        best=_of_all(best, situation),
        robust=_of_all(robust, situation),
        urgency=urgency,
        warnings=Pairs(held.noted.case[warns], held.noted.thing[warns]),
        rank=_rank(plan, cohort, held.leading),
        contraindicated=_ruled_out(plan, cohort, held.noted),
        facts=facts,
    )


def _situations(count: int, parts: tuple[Pairs, ...]) -> tuple[Numbers, Numbers]:
    """Number the different situations: cases of which exactly the same is said.

    A hash only proposes which cases are alike. They are compared word by word, and a case that is not like the first
    one of its hash is a situation by itself: then something is worked out twice, never wrongly.

    Returns:
        The situation of each case, and a case of each situation.
    """
    words = together([Pairs(p.case, len(parts) * p.thing + kind) for kind, p in enumerate(parts)])
    starts = np.searchsorted(words.case, np.arange(count + 1))
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(_mixed(words.thing))])
    hashes = sums[starts[1:]] - sums[starts[:-1]]
    order = np.argsort(hashes)
    begins = np.ones(count, dtype=bool)
    begins[1:] = hashes[order[1:]] != hashes[order[:-1]]
    like = np.empty(count, dtype=np.int64)
    like[order] = order[begins][np.cumsum(begins) - 1]
    offset = starts[like] - starts[:-1]
    alone = np.diff(starts) != np.diff(starts)[like]
    other = np.arange(len(words.thing)) + offset[words.case]
    alone[words.case[words.thing != words.thing[np.minimum(other, len(words.thing) - 1)]]] = True
    like[alone] = np.flatnonzero(alone)
    first = like == np.arange(count)
    return (np.cumsum(first) - 1)[like], np.flatnonzero(first)


def _neighbours(situation: Numbers, first: Numbers, considered: Pairs) -> tuple[Numbers, Numbers]:
    """Number situations anew, those of one scenario together: then what is laid side by side rates the same studies."""
    scenario = np.full(int(situation.size), -1, dtype=np.int64)
    scenario[considered.case[::-1]] = considered.thing[::-1]
    order = np.argsort(scenario[first], kind="stable")
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    return number[situation], first[order]


def _mixed(words: Numbers) -> Bits:
    """Numbers whose sums seldom meet (the steps of SplitMix64)."""
    mixed = (words.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _of_these(pairs: Pairs, cases: Numbers) -> Pairs:
    """The pairs of some cases, which are numbered anew in the order given."""
    starts = np.searchsorted(pairs.case, cases)
    counts = np.searchsorted(pairs.case, cases, side="right") - starts
    which = np.repeat(np.arange(len(cases)), counts)
    before = np.cumsum(counts) - counts
    return Pairs(which, pairs.thing[np.arange(len(which)) + np.repeat(starts - before, counts)])


def _of_all(parts: list[Pairs], situation: Numbers) -> Pairs:
    """What holds of situations, for every case."""
    case, thing = (np.concatenate(column) for column in zip(*parts, strict=True)) if parts else (array(()), array(()))
    last = int(situation.max()) + 1 if len(situation) else 0
    return Pairs(*Links(np.searchsorted(case, np.arange(last + 1)), thing).follow(situation))


def _rank(plan: Plan, cohort: Cohort, leading: Pairs) -> Numbers:
    """The lowest rank of the intended study in the leading scenarios that rate it; 0 where none does."""
    ranks = np.zeros(cohort.count, dtype=np.int64)
    for case, scenario in _rounds(leading):
        place = scenario, cohort.order[case]
        rank = np.where((place[1] >= 0) & (plan.highest[place] > 0), plan.lowest[place], 0)
        known = ranks[case]
        ranks[case] = np.where((rank > 0) & ((known == 0) | (rank < known)), rank, known)
    return ranks


def _ruled_out(plan: Plan, cohort: Cohort, noted: Pairs) -> Flags:
    """Whether a condition that applies rules the intended study out."""
    which, study = plan.consequences["rulesOut"].follow(noted.thing)
    flags = np.zeros(cohort.count, dtype=bool)
    flags[noted.case[which][study == cohort.order[noted.case[which]]]] = True
    return flags


class _Studies:
    """The studies of some situations: a row a situation, a column a procedure that one of their scenarios rates."""

    def __init__(self, plan: Plan, held: Held, done: Pairs, here: slice) -> None:
        self.plan = plan
        self.first, self.count = here.start, here.stop - here.start
        considered, leading = self.within(held.considered), self.within(held.leading)
        self.noted = self.within(held.noted)
        scenarios = distinct(np.concatenate([considered.thing, leading.thing]))
        highest = plan.highest[scenarios]
        self.procedures = np.flatnonzero(highest.any(axis=0))
        self.lowest, self.highest = plan.lowest[np.ix_(scenarios, self.procedures)], highest[:, self.procedures]
        self.column = np.full(len(plan.procedures), -1, dtype=np.int64)
        self.column[self.procedures] = np.arange(len(self.procedures))
        self.considered = Pairs(considered.case, np.searchsorted(scenarios, considered.thing))
        self.leading = Pairs(leading.case, np.searchsorted(scenarios, leading.thing))
        self.in_scope = self.any_of(self.considered)
        self.handed = self.any_of(self.consequence("neighbour"))
        self.ruled_out = self.marked(self.consequence("rulesOut"))
        case, study = self.within(done)
        performed, recorded = np.divmod(study, 2)
        which, included = plan.links["includes"].follow(performed)
        self.done = self.marked(Pairs(np.append(case, case[which]), np.append(performed, included)))
        self.awaited = self.marked(Pairs(case[recorded == 0], performed[recorded == 0]))
        self.rate()
        self.choose()
        self.decide()

    def within(self, pairs: Pairs) -> Pairs:
        """The pairs of these situations, counted from the first of them."""
        first, last = np.searchsorted(pairs.case, (self.first, self.first + self.count))
        return Pairs(pairs.case[first:last] - self.first, pairs.thing[first:last])

    def any_of(self, pairs: Pairs) -> Flags:
        """Which situations have a pair."""
        flags = np.zeros(self.count, dtype=bool)
        flags[pairs.case] = True
        return flags

    def marked(self, pairs: Pairs) -> Flags:
        """A table in which the procedure of each pair is marked, if one of the scenarios rates it."""
        flags = self.nothing()
        column = self.column[pairs.thing]
        flags[pairs.case[column >= 0], column[column >= 0]] = True
        return flags

    def nothing(self) -> Flags:
        """A table in which nothing is marked."""
        return np.zeros((self.count, len(self.procedures)), dtype=bool)

    def consequence(self, relation: str) -> Pairs:
        """What follows from the conditions that apply."""
        which, value = self.plan.consequences[relation].follow(self.noted.thing)
        return Pairs(self.noted.case[which], value)

    def rate(self) -> None:
        """The lowest and the highest rank over the considered scenarios (71-settled)."""
        shape = self.count, len(self.procedures)
        lowest, highest = np.full(shape, NO_SAY, dtype=np.uint8), np.zeros(shape, dtype=np.uint8)
        for case, scenario in _rounds(self.considered):
            lowest[case] = np.minimum(lowest[case], self.lowest[scenario])
            highest[case] = np.maximum(highest[case], self.highest[scenario])
        self.conceivable = (highest > 1).any(axis=1)
        self.hope = ((highest == 4) & ~self.ruled_out).any(axis=1)
        self.sure = np.where(self.ruled_out | (highest == 0), 0, lowest)
        self.robust = self.sure == 4

    def choose(self) -> None:
        """Candidates, those not done yet, and the best of these (72-candidate, 73-pending, 75-best)."""
        acceptable = self.sure >= 3
        some = acceptable.any(axis=1)
        least = np.where(self.hope, 4, np.where(some, 3, 2)).astype(np.uint8)
        self.candidate = (self.sure >= least[:, None]) & self.rated_where_it_leads() & ~self.handed[:, None]
        pending = self.candidate & ~self.done
        self.best = pending & ~self.behind("over", self.candidate) & ~self.behind("before", pending)

    def rated_where_it_leads(self) -> Flags:
        """What a leading scenario rates."""
        rated = self.nothing()
        for case, scenario in _rounds(self.leading):
            rated[case] |= self.highest[scenario] > 0
        self.led = rated.any(axis=1)
        return rated

    def unserved(self) -> Flags:
        """Whether a considered scenario rates a study that could be done, and none of the candidates (76-unserved)."""
        found = np.zeros(self.count, dtype=bool)
        for case, scenario in _rounds(self.considered):
            rank = self.highest[scenario]
            found[case] |= (rank > 1).any(axis=1) & ~(self.candidate[case] & (rank > 0)).any(axis=1)
        return found

    def behind(self, relation: str, among: Flags) -> Flags:
        """What stands back behind a preferred study, if that one is among some studies."""
        case, preference = self.noted
        which, preferred = self.plan.consequences["prefers"].follow(preference)
        holds = np.zeros(len(case), dtype=bool)
        column = self.column[preferred]
        rated = column >= 0
        holds[which[rated][among[case[which[rated]], column[rated]]]] = True
        which, later = self.plan.consequences[relation].follow(preference[holds])
        return self.marked(Pairs(case[holds][which], later))

    def decide(self) -> None:
        """The outcome (80-outcome)."""
        offered, sure = self.best.any(axis=1), self.robust.any(axis=1)
        waiting = (self.candidate & self.awaited).any(axis=1)
        cases = (
            self.handed | ~self.in_scope,
            offered & sure,
            offered,
            self.candidate.any(axis=1) & ~waiting & ~self.unserved(),
            self.led & ~self.conceivable,
        )
        self.outcome = np.select(cases, range(len(cases)), len(cases)).astype(np.int8)


def _rounds(pairs: Pairs) -> Iterable[Pairs]:
    """The first thing of every case, then the second of those that have one, and so on."""
    place = np.arange(len(pairs.case))
    again = np.zeros(len(place), dtype=bool)
    again[1:] = pairs.case[1:] == pairs.case[:-1]
    turn = place - np.maximum.accumulate(np.where(again, 0, place))
    for number in range(turn.max() + 1 if len(turn) else 0):
        here = turn == number
        yield Pairs(pairs.case[here], pairs.thing[here])

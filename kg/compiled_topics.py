"""The topics of a block of cases, in machine code: what ``kg.bulk.match`` says with arrays of all cases.

The steps and the words are the same. What this saves is moving: the cases come a block at a time, which stays near the
processor, and no list of all facts of all cases is laid out.
"""

from __future__ import annotations

import numpy as np

from kg.cohort import Pairs
from kg.flat_plan import FlatTopics, Grouped, Lists
from kg.links import Bits, Flags, Numbers
from kg.machine_code import ALL, NONE, ONE, machine_code, no_bits, no_pairs, room
from kg.plan import ABSENT, PRESENT, VAGUE, WAYS


@machine_code
def matched(
    flat: FlatTopics, count: int, stated: Pairs, seen: Pairs, present: Pairs, absent: Pairs, block: int
) -> tuple[tuple[Numbers, int], tuple[Numbers, int], tuple[Numbers, int]]:
    """Considered, leading and noted: cases in the first line and conditions in the second, and how many."""
    stated_first, seen_first = _firsts(stated.case, count), _firsts(seen.case, count)
    present_first, absent_first = _firsts(present.case, count), _firsts(absent.case, count)
    topics, words = len(flat.rows), block // 64 + 1
    true = no_bits(flat.rows.max() + 1, words)
    met = no_bits(_most(flat.alternatives.first) + _most(flat.screens.left.first) + 1, words)
    failed = no_bits(_most(flat.alternatives.first) + 1, words)
    applies = no_bits(_most(flat.required.first) + 1, words)
    ruled_out = no_bits(_most(flat.required.first) + 1, words)
    fulfilled = no_bits(_most(flat.screens.ways.first) + 1, words)
    screening = no_bits(_most(flat.screens.required.first) + 1, words)
    screened = no_bits(_most(flat.screens.of_scenario.first) + 1, words)
    enters, considered, leading = no_bits(1, words)[0], no_bits(1, words)[0], no_bits(1, words)[0]
    places, entered = np.full(len(flat.general) * WAYS, -1), np.zeros(block, np.bool_)
    all_considered, all_leading, all_noted = no_pairs(4 * count), no_pairs(count), no_pairs(count)
    considered_end = leading_end = noted_end = 0
    for first in range(0, count, block):
        last = min(first + block, count)
        visited, cases = _visits(flat.worth, topics, first, last, stated_first, stated.thing, seen_first, seen.thing)
        known, codes = _coded(
            flat.is_a, flat.general, first, last, present_first, present.thing, absent_first, absent.thing
        )
        here_considered, here_leading, here_noted = no_pairs(4 * block), no_pairs(block), no_pairs(block)
        considered_here = leading_here = noted_here = 0
        entered[:] = False
        for topic in range(topics):
            here = cases[visited[topic] : visited[topic + 1]]
            words = (len(here) + 63) // 64
            if not words:
                continue
            _true_rows(flat.facts, flat.bearing, flat.rows[topic], topic, here, first, known, codes, places, true)
            _enters(flat.entries, topic, here, first, true, enters, entered)
            # 40-judge, 50-match
            criteria = _any_of(flat.alternatives, topic, true, met, 0, words)
            _all_of(flat.alternatives, topic, true, 1, failed, 0, words)
            _fill(met, criteria, ALL, words)
            _fill(failed, criteria, NONE, words)
            nobody = _all_of(flat.required, topic, met, 0, applies, 0, words)
            _any_of(flat.required, topic, failed, ruled_out, 0, words)
            _fill(applies, nobody, NONE, words)
            # 62-considered
            _all_of(flat.screens.left, topic, true, 0, met, criteria + 1, words)
            _fill(fulfilled, _any_of(flat.screens.ways, topic, met, fulfilled, 0, words), ALL, words)
            _fill(screening, _all_of(flat.screens.required, topic, fulfilled, 0, screening, 0, words), NONE, words)
            _any_of(flat.screens.of_scenario, topic, screening, screened, 0, words)
            # 63-lead
            conditions, scenarios = flat.required.first[topic], flat.scenarios.first[topic]
            most = len(here) * (flat.scenarios.first[topic + 1] - scenarios)
            here_considered = room(here_considered, considered_here + most)
            here_leading = room(here_leading, leading_here + most)
            for scenario in range(scenarios, flat.scenarios.first[topic + 1]):
                condition = flat.scenarios.members[scenario]
                number = flat.numbers[conditions + condition]
                _open_to_lead(flat.leaders, scenario, condition, applies, ruled_out, enters, leading, words)
                for word in range(words):
                    considered[word] = leading[word] & ~screened[scenario - scenarios, word]
                    leading[word] &= applies[condition, word]
                considered_here = _list(considered, words, here, number, here_considered, considered_here)
                leading_here = _list(leading, words, here, number, here_leading, leading_here)
            noted = flat.noted.members[flat.noted.first[topic] : flat.noted.first[topic + 1]]
            here_noted = room(here_noted, noted_here + len(here) * len(noted))
            for condition in noted:
                number = flat.numbers[conditions + condition]
                noted_here = _list(applies[condition], words, here, number, here_noted, noted_here)
        all_considered, considered_end = _append(
            all_considered, considered_end, here_considered, considered_here, first, last
        )
        all_leading, leading_end = _append(all_leading, leading_end, here_leading, leading_here, first, last)
        before = noted_end
        all_noted, noted_end = _append(all_noted, noted_end, here_noted, noted_here, first, last)
        noted_end = _give_way(flat.behind, flat.yielding, all_noted, before, noted_end, entered, first)
    return (all_considered, considered_end), (all_leading, leading_end), (all_noted, noted_end)


# ---------------------------------------------------------------------- what a block of cases states


@machine_code
def _firsts(case: Numbers, count: int) -> Numbers:
    """Where the things of each case start, and where those of the last one end."""
    firsts = np.zeros(count + 1, np.int64)
    for number in case:
        firsts[number + 1] += 1
    for number in range(count):
        firsts[number + 1] += firsts[number]
    return firsts


@machine_code
def _visits(
    worth_of: Lists,
    topics: int,
    first: int,
    last: int,
    stated_first: Numbers,
    stated: Numbers,
    seen_first: Numbers,
    seen: Numbers,
) -> tuple[Numbers, Numbers]:
    """Topics worth looking at: where the cases of each topic start, and the cases, topic after topic.

    The last topic (shared conditions) is for cases without one.
    """
    worth_first, worth = worth_of
    visits, end = no_pairs(2 * (last - first)), 0
    looked_at, visited = np.full(topics, -1), np.zeros(topics + 1, np.int64)
    for case in range(first, last):
        before = end
        visits = room(visits, end + topics)
        for source in range(2):
            start, stop = stated_first[case], stated_first[case + 1]
            if source:
                start, stop = seen_first[case], seen_first[case + 1]
            for place in range(start, stop):
                finding = seen[place] if source else stated[place]
                for at in range(worth_first[finding], worth_first[finding + 1]):
                    if looked_at[worth[at]] != case:
                        looked_at[worth[at]] = case
                        visits[0, end], visits[1, end] = case, worth[at]
                        end += 1
        if end == before:
            visits[0, end], visits[1, end] = case, topics - 1
            end += 1
    for place in range(end):
        visited[visits[1, place] + 1] += 1
    for topic in range(topics):
        visited[topic + 1] += visited[topic]
    cases, filled = np.empty(end, np.int64), visited.copy()
    for place in range(end):
        cases[filled[visits[1, place]]] = visits[0, place]
        filled[visits[1, place]] += 1
    return visited, cases


@machine_code
def _coded(
    broader: Lists,
    general: Flags,
    first: int,
    last: int,
    present_first: Numbers,
    present: Numbers,
    absent_first: Numbers,
    absent: Numbers,
) -> tuple[Numbers, Numbers]:
    """Facts with the way in which they bear on a finding: where those of each case start from the first, and these.

    A finding more general than an entry bears vaguely if the case states no other kind of it (60-enter).
    """
    is_a_first, is_a = broader
    explained = np.full(len(general), -1)
    most = 2 * (present_first[last] - present_first[first]) + absent_first[last] - absent_first[first]
    known, codes, end = np.zeros(last - first + 1, np.int64), np.empty(most, np.int64), 0
    for case in range(first, last):
        vaguely = False
        for place in range(present_first[case], present_first[case + 1]):
            codes[end] = present[place] * WAYS + PRESENT
            vaguely |= general[present[place]]
            end += 1
        for place in range(absent_first[case], absent_first[case + 1]):
            codes[end] = absent[place] * WAYS + ABSENT
            end += 1
        if vaguely:
            for place in range(present_first[case], present_first[case + 1]):
                for at in range(is_a_first[present[place]], is_a_first[present[place] + 1]):
                    if is_a[at] != present[place]:
                        explained[is_a[at]] = case
            for place in range(present_first[case], present_first[case + 1]):
                if general[present[place]] and explained[present[place]] != case:
                    codes[end] = present[place] * WAYS + VAGUE
                    end += 1
        known[case - first + 1] = end
    return known, codes


# ---------------------------------------------------------------------- one topic of a block


@machine_code
def _most(first: Numbers) -> int:
    """The most that any topic has."""
    found = 0
    for topic in range(len(first) - 1):
        found = max(found, first[topic + 1] - first[topic])
    return found


@machine_code
def _true_rows(
    of_topics: Lists,
    bearing: Grouped,
    always: int,
    topic: int,
    cases: Numbers,
    first: int,
    known: Numbers,
    codes: Numbers,
    places: Numbers,
    true: Bits,
) -> None:
    """The rows of a topic, one bit a case; the one after them is always true (30-close)."""
    facts_first, facts = of_topics
    _, starts, rows = bearing
    words = (len(cases) + 63) // 64
    for row in range(always + 1):
        for word in range(words):
            true[row, word] = ALL if row == always else NONE
    for fact in range(facts_first[topic], facts_first[topic + 1]):
        places[facts[fact]] = fact
    for column in range(len(cases)):
        bit, case = ONE << np.uint64(column & 63), cases[column] - first
        for at in range(known[case], known[case + 1]):
            fact = places[codes[at]]
            if fact >= 0:
                for row in range(starts[fact], starts[fact + 1]):
                    true[rows[row], column >> 6] |= bit
    for fact in range(facts_first[topic], facts_first[topic + 1]):
        places[facts[fact]] = -1


@machine_code
def _enters(of_topics: Lists, topic: int, cases: Numbers, first: int, true: Bits, enters: Bits, entered: Flags) -> None:
    """Which cases enter the topic (60-enter)."""
    entries_first, entries = of_topics
    words = (len(cases) + 63) // 64
    for word in range(words):
        enters[word] = NONE
    for entry in range(entries_first[topic], entries_first[topic + 1], 3):
        present, absent, vague = entries[entry], entries[entry + 1], entries[entry + 2]
        for word in range(words):
            enters[word] |= true[present, word] | (true[vague, word] & ~true[absent, word])
    for column in range(len(cases)):
        entered[cases[column] - first] |= (enters[column >> 6] >> np.uint64(column & 63)) & ONE != 0


@machine_code
def _fill(bits: Bits, line: int, word: int, words: int) -> None:
    """Set a line to the same words."""
    for place in range(words):
        bits[line, place] = word


@machine_code
def _any_of(groups: Grouped, topic: int, bits: Bits, found: Bits, offset: int, words: int) -> int:
    """Which cases have a member of each group of a topic; returns how many groups there are."""
    first, starts, members = groups
    for group in range(first[topic], first[topic + 1]):
        line = offset + group - first[topic]
        for word in range(words):
            found[line, word] = NONE
        for at in range(starts[group], starts[group + 1]):
            for word in range(words):
                found[line, word] |= bits[members[at], word]
    return int(first[topic + 1] - first[topic])


@machine_code
def _all_of(groups: Grouped, topic: int, bits: Bits, opposite: int, found: Bits, offset: int, words: int) -> int:
    """Which cases have all members of each group, or with 1 as ``opposite`` the opposites of all."""
    first, starts, members = groups
    for group in range(first[topic], first[topic + 1]):
        line = offset + group - first[topic]
        for word in range(words):
            found[line, word] = ALL
        for at in range(starts[group], starts[group + 1]):
            for word in range(words):
                found[line, word] &= bits[members[at] ^ opposite, word]
    return int(first[topic + 1] - first[topic])


@machine_code
def _open_to_lead(
    led: Grouped,
    scenario: int,
    condition: int,
    applies: Bits,
    ruled_out: Bits,
    enters: Bits,
    found: Bits,
    words: int,
) -> None:
    """Which cases a scenario could lead: entered, not ruled out, not outranked."""
    _, starts, leaders = led
    for word in range(words):
        found[word] = enters[word] & ~ruled_out[condition, word]
    for at in range(starts[scenario], starts[scenario + 1], 2):
        for word in range(words):
            found[word] &= ~(applies[leaders[at], word] & applies[leaders[at + 1], word])


# ---------------------------------------------------------------------- pairs


@machine_code
def _list(bits: Bits, words: int, cases: Numbers, number: int, pairs: Numbers, end: int) -> int:
    """List the cases whose bit is set with a number behind the pairs; returns where they end."""
    for word in range(words):
        left, column = bits[word], 64 * word
        while left and column < len(cases):
            if left & ONE:
                pairs[0, end], pairs[1, end] = cases[column], number
                end += 1
            left >>= ONE
            column += 1
    return end


@machine_code
def _append(kept: Numbers, end: int, pairs: Numbers, count: int, first: int, last: int) -> tuple[Numbers, int]:
    """Append the pairs of a block in the order of cases and things, each once; returns where they end as well."""
    starts = np.zeros(last - first + 1, np.int64)
    things = np.empty(count, np.int64)
    for place in range(count):
        starts[pairs[0, place] - first] += 1
    total = 0
    for case in range(last - first):
        starts[case], total = total, total + starts[case]
    for place in range(count):
        case = pairs[0, place] - first
        things[starts[case]] = pairs[1, place]
        starts[case] += 1
    kept = room(kept, end + count)
    start = 0
    for case in range(last - first):
        begin = end
        for place in range(start, starts[case]):
            thing, at = things[place], end
            while at > begin and kept[1, at - 1] > thing:
                at -= 1
            if at > begin and kept[1, at - 1] == thing:
                continue
            for moved in range(end, at, -1):
                kept[1, moved] = kept[1, moved - 1]
            kept[0, end], kept[1, at] = case + first, thing
            end += 1
        start = starts[case]
    return kept, end


@machine_code
def _give_way(
    stands_back: Lists, yielding: Flags, pairs: Numbers, start: int, end: int, entered: Flags, first: int
) -> int:
    """Drop hand-offs that give way where a case enters a topic, and those that stand back; returns where they end."""
    behind_first, behind = stands_back
    waiting = np.full(len(yielding), -1)
    kept = start
    while start < end:
        case, stop = pairs[0, start], start
        while stop < end and pairs[0, stop] == case:
            for at in range(behind_first[pairs[1, stop]], behind_first[pairs[1, stop] + 1]):
                waiting[behind[at]] = case
            stop += 1
        for place in range(start, stop):
            number = pairs[1, place]
            if waiting[number] != case and not (entered[case - first] and yielding[number]):
                pairs[0, kept], pairs[1, kept] = case, number
                kept += 1
        start = stop
    return kept

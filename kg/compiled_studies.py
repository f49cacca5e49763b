"""The studies of cases, in machine code: what ``kg.bulk.settle`` says of each situation.

A set of studies is a few words of bits, so that a step for all studies of a case is a step for each word.
"""

from __future__ import annotations

import numpy as np

from kg.cohort import Pairs
from kg.flat_plan import FlatStudies, Lists
from kg.links import Bits, Flags, Numbers
from kg.machine_code import ALL, NONE, ONE, machine_code, no_bits, no_pairs, room
from kg.verdicts import Held

# The lowest bit of a word, times a number in which every six bits differ, says by its highest six bits which it is.
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_PLACE = np.zeros(64, dtype=np.int64)
_PLACE[[((1 << bit) * int(_DE_BRUIJN) & (1 << 64) - 1) >> 58 for bit in range(64)]] = np.arange(64)


@machine_code
def settled(
    studies: FlatStudies, held: Held, performed: Pairs, recorded: Flags, order: Numbers
) -> tuple[Numbers, tuple[Numbers, int], tuple[Numbers, int], tuple[Numbers, int]]:
    """Outcome, urgency, rank and contraindication by lines; what is best, robust, and warned of, and how many."""
    at_least, lowest, highest = studies.at_least, studies.lowest, studies.highest
    considered_case, considered = held.considered
    leading_case, leading = held.leading
    noted_case, noted = held.noted
    performed_case, study_of = performed
    count, procedures, size = len(order), highest.shape[1], at_least.shape[2]
    said = np.zeros((4, count), np.int64)
    outcome, urgency, rank, contraindicated = said[0], said[1], said[2], said[3]
    best, robust, warnings = no_pairs(count), no_pairs(count), no_pairs(count)
    best_end = robust_end = warnings_end = 0
    ranks = no_bits(6, size)
    led, ruled_out, done, awaited = no_bits(1, size)[0], no_bits(1, size)[0], no_bits(1, size)[0], no_bits(1, size)[0]
    candidate, pending, later = no_bits(1, size)[0], no_bits(1, size)[0], no_bits(1, size)[0]
    last_considered = last_leading = last_noted = last_performed = 0
    for case in range(count):
        first_considered, first_leading, first_noted = last_considered, last_leading, last_noted
        while last_considered < len(considered_case) and considered_case[last_considered] == case:
            last_considered += 1
        while last_leading < len(leading_case) and leading_case[last_leading] == case:
            last_leading += 1
        for word in range(size):
            led[word] = ruled_out[word] = done[word] = awaited[word] = later[word] = NONE

        # what follows from the conditions that apply, and what was done
        handed = False
        while last_noted < len(noted_case) and noted_case[last_noted] == case:
            condition = noted[last_noted]
            handed |= studies.neighbour[condition]
            urgency[case] = max(urgency[case], studies.urgency[condition])
            _add(studies.rules_out, condition, ruled_out)
            if studies.warning[condition]:
                warnings = room(warnings, warnings_end + 1)
                warnings[0, warnings_end], warnings[1, warnings_end] = case, condition
                warnings_end += 1
            last_noted += 1
        while last_performed < len(performed_case) and performed_case[last_performed] == case:
            _add(studies.includes, study_of[last_performed], done)
            _set(done, study_of[last_performed])
            if not recorded[last_performed]:
                _set(awaited, study_of[last_performed])
            last_performed += 1
        if order[case] >= 0:
            contraindicated[case] = _has(ruled_out, order[case])

        # 71-settled: the lowest and the highest rank over the considered scenarios
        for word in range(size):
            low_2 = low_3 = low_4 = ALL
            high_1 = high_2 = high_4 = NONE
            for place in range(first_considered, last_considered):
                scenario = considered[place]
                low_2 &= at_least[scenario, 0, word]
                low_3 &= at_least[scenario, 1, word]
                low_4 &= at_least[scenario, 2, word]
                high_1 |= at_least[scenario, 3, word]
                high_2 |= at_least[scenario, 4, word]
                high_4 |= at_least[scenario, 5, word]
            possible = high_1 & ~ruled_out[word]
            ranks[0, word], ranks[1, word], ranks[2, word] = low_2 & possible, low_3 & possible, low_4 & possible
            ranks[3, word], ranks[4, word], ranks[5, word] = high_1, high_2, high_4 & ~ruled_out[word]
        for place in range(first_leading, last_leading):
            for word in range(size):
                led[word] |= at_least[leading[place], 3, word]
            if order[case] >= 0 and highest[leading[place], order[case]] > 0:
                here = np.int64(lowest[leading[place], order[case]])
                if here > 0 and (rank[case] == 0 or here < rank[case]):
                    rank[case] = here

        # 72-candidate, 73-pending, 75-best
        hope, some = _any(ranks[5]), _any(ranks[1])
        least = 2 if hope else 1 if some else 0
        for word in range(size):
            candidate[word] = NONE if handed else ranks[least, word] & led[word]
            pending[word] = candidate[word] & ~done[word]
        for place in range(first_noted, last_noted):
            if _among(studies.prefers, noted[place], candidate):
                _add(studies.over, noted[place], later)
            if _among(studies.prefers, noted[place], pending):
                _add(studies.before, noted[place], later)
        for word in range(size):
            pending[word] &= ~later[word]
            awaited[word] &= candidate[word]
        best, best_end = _listed(pending, case, room(best, best_end + procedures), best_end)
        robust, robust_end = _listed(ranks[2], case, room(robust, robust_end + procedures), robust_end)

        # 76-unserved, 80-outcome
        unserved = False
        for place in range(first_considered, last_considered):
            could = served = NONE
            for word in range(size):
                could |= at_least[considered[place], 4, word]
                served |= at_least[considered[place], 3, word] & candidate[word]
            unserved |= could != NONE and served == NONE
        if handed or first_considered == last_considered:
            outcome[case] = 0
        elif _any(pending):
            outcome[case] = 1 if _any(ranks[2]) else 2
        elif _any(candidate) and not _any(awaited) and not unserved:
            outcome[case] = 3
        elif _any(led) and not _any(ranks[4]):
            outcome[case] = 4
        else:
            outcome[case] = 5
    return said, (best, best_end), (robust, robust_end), (warnings, warnings_end)


# ---------------------------------------------------------------------- sets of studies


@machine_code
def _set(studies: Bits, study: int) -> None:
    """Put a study into a set."""
    studies[study >> 6] |= ONE << np.uint64(study & 63)


@machine_code
def _has(studies: Bits, study: int) -> bool:
    """Whether a set has a study."""
    return bool((studies[study >> 6] >> np.uint64(study & 63)) & ONE != NONE)


@machine_code
def _any(studies: Bits) -> bool:
    """Whether a set has a study at all."""
    found = NONE
    for word in range(len(studies)):
        found |= studies[word]
    return bool(found != NONE)


@machine_code
def _add(lists: Lists, thing: int, studies: Bits) -> None:
    """Put the studies that a thing leads to into a set."""
    first, members = lists
    for place in range(first[thing], first[thing + 1]):
        _set(studies, members[place])


@machine_code
def _among(lists: Lists, thing: int, studies: Bits) -> bool:
    """Whether a set has a study that a thing leads to."""
    first, members = lists
    found = False
    for place in range(first[thing], first[thing + 1]):
        found |= _has(studies, members[place])
    return found


@machine_code
def _listed(studies: Bits, case: int, pairs: Numbers, end: int) -> tuple[Numbers, int]:
    """List the studies of a set behind the pairs; returns where they end as well."""
    for word in range(len(studies)):
        left = studies[word]
        while left:
            lowest = left & (~left + ONE)
            pairs[0, end], pairs[1, end] = case, 64 * word + _PLACE[(lowest * _DE_BRUIJN) >> np.uint64(58)]
            left ^= lowest
            end += 1
    return pairs, end

"""How the compiled parts of the audit are compiled, and the smallest of them. Importing this module needs numba.

numba keeps code until the file of the function changes, not those of the functions it calls: who edits this one starts
with ``make clean``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from kg.links import Bits, Numbers

NONE, ONE, ALL = np.uint64(0), np.uint64(1), ~np.uint64(0)
"""Words of 64 bits: none is set, the first one, all."""


def machine_code(function: Callable[..., Any]) -> Any:
    """Compile a function at its first call, and keep the code for the next process where there is a place to write it.

    Args:
        function: A function of arrays and numbers.

    Returns:
        The same, compiled; threads run it side by side.
    """
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:
        return njit(nogil=True)(function)


@machine_code
def no_pairs(room: int) -> Numbers:
    """Room for pairs: cases in the first line, things in the second."""
    return np.empty((2, room), np.int64)


@machine_code
def room(pairs: Numbers, needed: int) -> Numbers:
    """The same pairs with room for so many."""
    if needed <= pairs.shape[1]:
        return pairs
    larger = np.empty((2, 2 * needed), np.int64)
    for place in range(pairs.shape[1]):
        larger[0, place], larger[1, place] = pairs[0, place], pairs[1, place]
    return larger


@machine_code
def no_bits(lines: int, words: int) -> Bits:
    """Lines of bits, none of which is set."""
    return np.zeros((lines, words), np.uint64)


@machine_code
def count_cases(case: Numbers, counts: Numbers) -> None:
    """Add to the counts how many pairs each case has, one place further on."""
    for number in case:
        counts[number + 1] += 1


@machine_code
def put_in_place(case: Numbers, thing: Numbers, ends: Numbers, things: Numbers) -> None:
    """Put each thing behind those of its case, whose end moves on."""
    for place in range(len(case)):
        number = case[place]
        things[ends[number]] = thing[place]
        ends[number] += 1


@machine_code
def sort_things(ends: Numbers, things: Numbers, cases: Numbers) -> None:
    """Sort the things of each case, a handful, by insertion, and write their case beside them."""
    first = 0
    for case in range(len(ends)):
        for place in range(first, ends[case]):
            thing, at = things[place], place
            while at > first and things[at - 1] > thing:
                things[at] = things[at - 1]
                at -= 1
            things[at], cases[place] = thing, case
        first = ends[case]

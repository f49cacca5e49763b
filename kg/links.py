"""A relation between numbered things as two arrays, so that a million things follow it at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
"""Numbers of things: findings, procedures, conditions, cases."""

Flags = NDArray[np.bool_]
"""Whether each of many things is so."""

Bits = NDArray[np.uint64]
"""Sets: a line of words for each, a bit for each thing that can be in it."""

Ranks = NDArray[np.uint8]
"""Ranks of ratings."""


@dataclass(frozen=True)
class Links:
    """Which things each thing is linked to.

    Attributes:
        starts: Where the links of each thing start in ``targets``; one more at the end.
        targets: What they lead to.
    """

    starts: Numbers
    targets: Numbers

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]], count: int) -> Links:
        """Build from pairs.

        Args:
            pairs: From and to; repeated pairs count once.
            count: How many things there are to start from.

        Returns:
            The links, in order.
        """
        ordered = np.array(sorted(set(pairs)), dtype=np.int64).reshape(-1, 2)
        return cls(np.searchsorted(ordered[:, 0], np.arange(count + 1)), np.ascontiguousarray(ordered[:, 1]))

    def follow(self, things: Numbers) -> tuple[Numbers, Numbers]:
        """Follow every link of every given thing.

        Args:
            things: Where to start.

        Returns:
            For each link found: the place of its start in ``things``, and where it leads.

        >>> found = Links.of([(0, 7), (0, 8), (2, 9)], 3).follow(np.array([2, 1, 0]))
        >>> [part.tolist() for part in found]
        [[0, 2, 2], [9, 7, 8]]
        """
        first = self.starts[things]
        counts = self.starts[things + 1] - first
        which = np.repeat(np.arange(len(things)), counts)
        before = np.cumsum(counts) - counts
        return which, self.targets[np.arange(len(which)) + np.repeat(first - before, counts)]


def distinct(keys: Numbers) -> Numbers:
    """The different keys in order, by sorting: ``numpy.unique`` hashes whole numbers, which is many times slower.

    Args:
        keys: Any numbers.

    Returns:
        Each of them once, in ascending order.

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(keys)
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def among(keys: Numbers, others: Numbers) -> Flags:
    """Which keys are among other keys.

    Args:
        keys: Any numbers.
        others: Any numbers.

    Returns:
        A flag for each key.

    >>> among(np.array([3, 1, 2]), np.array([2, 3])).tolist()
    [True, False, True]
    """
    if not len(others) or not len(keys):
        return np.zeros(len(keys), dtype=bool)
    ordered = np.sort(others)
    place = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    return np.asarray(ordered[place] == keys)

"""What a plan says of many cases, as arrays: the steps hand these on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.cohort import Pairs
from kg.links import Flags, Numbers

OUTCOMES = (
    "no-criteria-apply",
    "recommended",
    "consider",
    "pathway-complete",
    "no-imaging",
    "needs-information",
)
"""The outcomes by the number that ``Verdicts.outcome`` gives."""


class Facts(NamedTuple):
    """What the cases amount to before closure: present and absent findings."""

    present: Pairs
    absent: Pairs


class Held(NamedTuple):
    """What holds of cases, as pairs of case and condition."""

    considered: Pairs
    leading: Pairs
    noted: Pairs


@dataclass(frozen=True)
class Verdicts:
    """What the plan says of a cohort.

    Attributes:
        outcome: Numbers in ``OUTCOMES``, one for each case.
        considered: Scenarios that lead or would lead in some completion, by case.
        leading: Scenarios that lead, by case.
        best: Procedures that come next, by case.
        robust: Procedures that are Usually Appropriate whatever the missing facts are, by case.
        urgency: The rank of the most urgent rule that holds; 0 where none holds.
        warnings: Warnings that hold, by case.
        rank: The rank of the intended procedure in the leading scenarios, the lowest if they differ; 0 where it is
            not rated there or nothing leads.
        contraindicated: Whether an absolute contraindication to the intended procedure holds.
        facts: What the cases amount to, for checks.
    """

    outcome: NDArray[np.int8]
    considered: Pairs
    leading: Pairs
    best: Pairs
    robust: Pairs
    urgency: Numbers
    warnings: Pairs
    rank: Numbers
    contraindicated: Flags
    facts: Facts

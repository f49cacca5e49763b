"""Many cases as arrays: the numbers of what each of them states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.case import Case
from kg.links import Numbers
from kg.plan import Plan, array, numbered


class Pairs(NamedTuple):
    """Things of cases: the case of each, in ascending order, and the thing."""

    case: Numbers
    thing: Numbers


@dataclass(frozen=True)
class Cohort:
    """Cases by columns, in the numbers of a plan.

    Attributes:
        count: How many cases there are.
        present: Findings stated to be present.
        absent: Findings stated to be absent.
        measured: Measures that were taken.
        values: Their numbers.
        performed: Procedures that were done; the place in these arrays is the number of the study.
        seen: Findings that a study showed, by study.
        unseen: Findings that a study did not show, by study.
        order: The intended procedure of each case, or -1.
        assumed: Findings of which every kind is assumed absent.
    """

    count: int
    present: Pairs
    absent: Pairs
    measured: Pairs
    values: NDArray[np.float64]
    performed: Pairs
    seen: Pairs
    unseen: Pairs
    order: Numbers
    assumed: Pairs


def cohort(plan: Plan, cases: Sequence[Case]) -> Cohort:
    """Write cases as arrays.

    Args:
        plan: The plan that numbers the words.
        cases: Cases of which every word is in the vocabulary.

    Returns:
        The cohort.
    """
    finding, procedure, measure = map(numbered, (plan.findings, plan.procedures, plan.measures))
    studies = [(number, study) for number, case in enumerate(cases) for study in case.performed]

    def stated(name: str) -> Pairs:
        return _pairs([(n, finding[word]) for n, case in enumerate(cases) for word in getattr(case, name)])

    return Cohort(
        count=len(cases),
        present=stated("present"),
        absent=stated("absent"),
        measured=_pairs([(n, measure[name]) for n, case in enumerate(cases) for name in case.measured]),
        values=np.array([float(value) for case in cases for value in case.measured.values()]),
        performed=_pairs([(n, procedure[study.procedure]) for n, study in studies]),
        seen=_pairs([(n, finding[word]) for n, (_, study) in enumerate(studies) for word in study.present]),
        unseen=_pairs([(n, finding[word]) for n, (_, study) in enumerate(studies) for word in study.absent]),
        order=array(-1 if case.order is None else procedure[case.order] for case in cases),
        assumed=stated("assume_absent"),
    )


def _pairs(pairs: list[tuple[int, int]]) -> Pairs:
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Pairs(columns[:, 0].copy(), columns[:, 1].copy())

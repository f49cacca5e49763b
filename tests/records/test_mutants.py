"""A sample of the changed bundles of ``python -m tests.long_run records``."""

from __future__ import annotations

from random import Random

import kg
from tests.records.mutants import made, wrong_in


def test_no_changed_bundle_makes_a_fact_or_a_traceback(guide: kg.Guide) -> None:
    rng = Random("sample")
    wrong = [wrong_in(guide, *made(rng)) for _ in range(150)]
    assert not list(filter(None, wrong))

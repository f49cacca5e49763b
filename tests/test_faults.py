"""Deliberate faults in the content, on a sample; ``python -m tests.long_run faults`` tries them all."""

from __future__ import annotations

from random import Random

import kg
from tests.faults import ALONE, Guards, faults


def test_faults_are_many_and_of_many_kinds(guide: kg.Guide) -> None:
    made = faults(guide.content)
    assert len(made) >= 200
    assert len({fault.family for fault in made}) >= 15


def test_shapes_queries_and_examples_alone_catch_what_endangers_a_patient(guide: kg.Guide) -> None:
    guards = Guards(guide.content)
    endangering = [fault for fault in faults(guide.content) if fault.safety]
    for fault in Random("safety").sample(endangering, 12):
        assert guards.first(fault) in ALONE, str(fault)

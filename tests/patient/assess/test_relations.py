"""The metamorphic relations on a sample; the long run tries many more cases."""

from __future__ import annotations

from random import Random

import pytest

import kg
from tests.judges.generate import cases
from tests.judges.relations import RELATIONS, World, violated
from tests.judges.truth import Knowledge

CHUNKS = range(4)


@pytest.mark.parametrize("chunk", CHUNKS)
def test_no_relation_is_violated(guide: kg.Guide, chunk: int) -> None:
    assert len(RELATIONS) >= 12
    rng = Random(f"relations {chunk}")
    world = World(guide)
    trials = 0
    for case in cases(rng, Knowledge(guide.core.content), 5):
        failed, tried = violated(world, rng, case)
        assert not failed, (failed, case.to_dict())
        trials += tried
    assert trials > 40

"""What is added to the content by mistake is found by the shipped checks; ``tests.long_run mutations`` tries all."""

from __future__ import annotations

import pytest

import kg
from tests.judges.faults.content_faults import Guards
from tests.judges.faults.mutations import MUTATIONS, Mutation, found_by

SAMPLE = MUTATIONS[::19]
"""About a dozen, of most kinds."""


def test_there_are_many_and_half_of_them_add() -> None:
    assert len(MUTATIONS) >= 120
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
    assert sum(mutation.adds for mutation in MUTATIONS) >= len(MUTATIONS) / 2
    assert sum(mutation.harmful for mutation in MUTATIONS) >= 100


def test_each_edits_what_is_there(guide: kg.Guide) -> None:
    for mutation in MUTATIONS:
        fault = mutation.fault(guide.core.content)
        assert fault.added or fault.removed, mutation.name


def test_an_edit_of_what_is_not_there_is_refused(guide: kg.Guide) -> None:
    for edit in (
        "- finding:fever rdfs:subClassOf finding:trauma",
        "+ finding:fever rdfs:subClassOf finding:suspicion-of-infection",
    ):
        with pytest.raises(ValueError, match="wrong"):
            Mutation("", "wrong", False, "", (edit,)).fault(guide.core.content)


def test_the_content_as_it_is_passes(guards: Guards) -> None:
    """That no other guard catches anything is tried in ``test_faults``."""
    assert guards.queries_that_find(guards.content) == []


@pytest.mark.parametrize("mutation", SAMPLE, ids=lambda mutation: mutation.name)
def test_is_found(mutation: Mutation, guards: Guards) -> None:
    assert found_by(guards, mutation)

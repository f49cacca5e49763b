"""What the tests of faults and of mutations share."""

from __future__ import annotations

import pytest

import kg
from tests.judges.faults.content_faults import Guards


@pytest.fixture(scope="session")
def guards(guide: kg.Guide) -> Guards:
    """The guards of the shipped content; to make them takes half a minute."""
    return Guards(guide.core.content)

"""What several tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

import kg

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def guide() -> kg.Guide:
    """The shipped guideline."""
    return kg.load()


@pytest.fixture(scope="session")
def opening_patient() -> kg.Case:
    """The patient who opens the source article."""
    return kg.Case.read(ROOT / "examples" / "abnormal-radiograph.json")

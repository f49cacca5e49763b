"""Fixtures and helpers that several tests share."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

import kg
from kg.knowledge.content.cache import LOCATION

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Keep builds apart from those of the person who runs the tests; workers share them."""
    os.environ.setdefault(LOCATION, str(Path(tempfile.gettempdir()) / f"nextstudy-tests-{os.getuid()}"))


@pytest.fixture(scope="session")
def guide() -> kg.Guide:
    """The shipped guideline."""
    return kg.load()


@pytest.fixture(scope="session")
def opening_patient() -> kg.Case:
    """The patient who opens the source article."""
    return kg.Case.read(ROOT / "examples" / "abnormal-radiograph.json")

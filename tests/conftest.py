"""Fixtures and helpers that several tests share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

import pytest

import kg
from kg.knowledge.codes.expansion import LOCATION as KINDS
from kg.knowledge.content.cache import LOCATION

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Keep builds apart from those of the person who runs the tests; workers share them."""
    os.environ.setdefault(LOCATION, str(Path(tempfile.gettempdir()) / f"nextstudy-tests-{os.getuid()}"))
    os.environ[KINDS] = ""  # what a terminology server of this machine's owner knows is no part of the tests


@pytest.fixture(scope="session")
def guide() -> kg.Guide:
    """The shipped guideline."""
    return kg.load()


def case_files() -> list[Path]:
    """The cases in ``examples``, by name; the records there are another format."""
    return [path for path in sorted((ROOT / "examples").rglob("*.json")) if path.parent.name != "records"]


LEVELS = ("thoracic-back-pain", "low-back-pain")
"""The topics of two levels of the spine: what tests nothing about others opens in a third of the time."""


def copied(place: Path, topics: Collection[str] = LEVELS) -> Path:
    """Copy the shipped content with some of its topics; each is valid without the others.

    Args:
        place: The folder to make.
        topics: The topics to take along.
    """

    def left_out(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if Path(folder).name == "topics" and name not in topics]

    return Path(shutil.copytree(ROOT / "ontology", place, ignore=left_out))


@pytest.fixture(scope="session")
def levels(tmp_path_factory: pytest.TempPathFactory) -> kg.Guide:
    """The shipped guideline with the topics of two levels only."""
    return kg.load(copied(tmp_path_factory.mktemp("levels") / "ontology"))


@pytest.fixture(scope="session")
def opening_patient() -> kg.Case:
    """The patient who opens the source article."""
    return kg.Case.read(ROOT / "examples" / "abnormal-radiograph.json")

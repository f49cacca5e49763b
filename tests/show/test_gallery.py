"""The pictures of the gallery match the current content, and nothing in them is cut off."""

from __future__ import annotations

import importlib.util
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.judges import browser

FOLDER = ROOT / "docs" / "reference" / "gallery"


@pytest.fixture(scope="module")
def pictures() -> dict[str, str]:
    """What ``tools/gallery.py`` draws."""
    spec = importlib.util.spec_from_file_location("gallery", ROOT / "tools" / "gallery.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    drawn: dict[str, str] = module.pictures()
    return drawn


def test_the_pictures_are_current(pictures: dict[str, str]) -> None:
    assert pictures.keys() == {path.name for path in FOLDER.iterdir()}
    for name, picture in pictures.items():
        ET.fromstring(picture)  # noqa: S314 - our own picture, which viewers read as XML
        assert (FOLDER / name).read_text(encoding="utf-8") == picture, "see make notebooks"


def test_the_page_shows_every_picture() -> None:
    page = (FOLDER.parent / "gallery.md").read_text(encoding="utf-8")
    shown = re.findall(r"\]\((gallery/[^)]+)\)", page)
    assert sorted(shown) == sorted(f"gallery/{path.name}" for path in FOLDER.iterdir())


@pytest.mark.skipif(not browser.CHROMIUM, reason=browser.NO_CHROMIUM)
def test_the_frames_fit(pictures: dict[str, str], tmp_path: Path) -> None:
    found = browser.measured("".join(pictures.values()), tmp_path, (1400, False), folded=True)
    assert found[1400, False]["faults"] == []

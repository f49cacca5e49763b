"""The page of questions shows what the catalogue and the content say now."""

from __future__ import annotations

import runpy

from tests.conftest import ROOT


def test_the_page_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "questions.py"))
    assert (ROOT / "docs" / "reference" / "questions.md").read_text(encoding="utf-8") == made["page"]()

"""Every verify query has a page that is current, and the report of a check names it."""

from __future__ import annotations

import runpy

import pytest

from kg.author.check import CheckReport, Problem, page_of
from kg.knowledge.sparql.queries import stage
from tests.conftest import ROOT

FOLDER = ROOT / "docs" / "reference" / "checks"


def test_the_pages_are_current() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "checks.py"))["pages"]()
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert written == made, "run: python tools/checks.py"


@pytest.mark.parametrize("name", [query.name for query in stage("verify")])
def test_a_report_names_the_page_of_its_check(name: str) -> None:
    page = page_of(f"{name}.rq")
    assert (ROOT / page).is_file()
    report = CheckReport((Problem("error", "a.ttl, line 3", "It is wrong.", "Mend it.", f"{name}.rq"),), ())
    assert f"\n  See {page}\n  - a.ttl, line 3\n" in str(report)


def test_what_is_not_a_verify_query_has_no_page() -> None:
    assert {page_of(name) for name in ("", "HermiT", "content.ttl", "cord-sign-is-emergent-whatever-the-pain.rq")} == {
        ""
    }

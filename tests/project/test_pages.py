"""A reader who follows a page gets what the page shows."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.judges.pages import commands, place, run

PAGES = ["start.md", "how-to/add-a-topic.md", "how-to/compare-editions.md"]


@pytest.mark.parametrize("name", PAGES)
def test_the_commands_of_a_page(name: str, tmp_path: Path) -> None:
    environment = place(tmp_path)
    steps = list(commands(ROOT / "docs" / name))
    assert len(steps) >= 10
    for command, shown in steps:
        output, complaint = run(command, tmp_path, environment)
        assert complaint == "", command
        same = doctest.OutputChecker().check_output(shown, output, doctest.ELLIPSIS)
        assert same, f"{command}\n--- the page shows\n{shown}\n--- but it is\n{output}"


def test_the_finished_file_begins_like_the_template() -> None:
    template = (ROOT / "kg" / "templates" / "topic.ttl").read_text(encoding="utf-8").splitlines()
    finished = (ROOT / "docs" / "how-to" / "example-ache" / "example-ache.ttl").read_text(encoding="utf-8").splitlines()
    parts = [line for line in template if line.startswith("# ====")]
    assert parts
    assert [line for line in finished if line.startswith("# ====")] == parts

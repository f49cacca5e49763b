"""The page on records shows what a reader gets."""

from __future__ import annotations

import contextlib
import doctest
import io
import re

import pytest

from kg.command.verbs import main
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "how-to" / "records.md").read_text(encoding="utf-8")


def test_the_first_command_gives_what_the_page_shows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    (shown,) = re.findall(
        r"\$ nextstudy recommend examples/records/opening.json --today 2026-12-01\n(.*?)```", PAGE, re.DOTALL
    )
    assert main(["recommend", "examples/records/opening.json", "--today", "2026-12-01"]) == 1
    output = capsys.readouterr().out
    assert doctest.OutputChecker().check_output(shown, output, doctest.ELLIPSIS), output
    assert max(map(len, output.splitlines())) <= 80


def test_the_program_of_the_page_prints_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program, {})  # noqa: S102 - the program of the page
    assert printed.getvalue().splitlines() == re.findall(r"^# (.*)$", program, re.MULTILINE)

"""Labels stand out on a terminal, and nowhere else."""

from __future__ import annotations

import io
import sys

import pytest

from kg.command.verbs import main
from tests.conftest import ROOT

PATIENT = str(ROOT / "examples" / "abnormal-radiograph.json")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(monkeypatch: pytest.MonkeyPatch, console: io.StringIO) -> str:
    monkeypatch.setattr(sys, "stdout", console)
    assert main(["recommend", PATIENT]) == 0
    return console.getvalue()


def test_labels_are_bold_and_what_cannot_wait_is_red_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    said = printed(monkeypatch, Terminal())
    assert said.startswith("\x1b[1;31mEMERGENT (STAT)\x1b[0m  Bilateral")
    assert "\x1b[1mNEXT\x1b[0m     MRI thoracic spine" in said
    assert said.count("\x1b[") == 2 * sum(line.startswith("\x1b[") for line in said.splitlines())


def test_not_where_it_is_piped_or_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    piped = printed(monkeypatch, io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert printed(monkeypatch, Terminal()) == piped
    assert "\x1b" not in piped

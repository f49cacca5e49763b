"""What a terminal gets and a pipe does not: colour, a pager for what is long, a line that says what takes so long."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kg.command import terminal
from tests.command.test_colour import Terminal
from tests.conftest import ROOT

PATIENT = str(ROOT / "examples" / "abnormal-radiograph.json")


def on_terminal(*words: str, **environment: str) -> tuple[int, str]:
    """The exit status of the command, and what it writes to a terminal."""
    ours, theirs = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "kg.command.verbs", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment},
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # what Linux says at the end
        pass
    os.close(ours)
    return done.wait(), shown.decode().replace("\r\n", "\n")


def test_a_real_terminal_gets_marks_and_no_numbers_of_them() -> None:
    status, shown = on_terminal("recommend", PATIENT, NO_COLOR="")
    assert status == 0
    assert shown.startswith("\x1b[1;31mEMERGENT (STAT)\x1b[0m  Bilateral")
    assert "\\u001b" not in shown


@pytest.fixture
def pager(tmp_path: Path) -> tuple[str, Path]:
    """The command line of a pager that writes what it is given to a file, and that file."""
    seen = tmp_path / "seen.txt"
    return f"tee '{seen}'", seen


def test_all_of_an_answer_goes_through_the_pager(pager: tuple[str, Path]) -> None:
    command, seen = pager
    status, shown = on_terminal("recommend", PATIENT, "--full", PAGER=command, NO_COLOR="1")
    assert status == 0
    assert "SOURCES" in shown
    assert seen.read_text(encoding="utf-8") == shown  # once, by the pager


@pytest.mark.parametrize("words", [["recommend", PATIENT], ["recommend", PATIENT, "--sources"]])
def test_a_screen_goes_through_none(pager: tuple[str, Path], words: list[str]) -> None:
    command, seen = pager
    assert on_terminal(*words, PAGER=command)[0] == 0
    assert not seen.exists()


@pytest.mark.parametrize("named", ["", "no-such-pager", "'unclosed", "sh -c 'exit 127'", "cat"])
def test_without_a_pager_that_works_all_is_printed(named: str) -> None:
    status, shown = on_terminal("check-order", PATIENT, "bone-scan-whole-body", "--full", PAGER=named, NO_COLOR="1")
    assert status == 0
    assert shown.count("ORDER NOT APPROPRIATE: Bone scan whole body") == 1
    assert "Traceback" not in shown


def test_who_leaves_the_pager_early_has_seen_enough() -> None:
    status, shown = on_terminal("ask", "findings", "--full", PAGER="head -n 1", NO_COLOR="1")
    assert (status, shown.count("\n")) == (0, 1)


def test_a_pipe_gets_no_pager(pager: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    command, seen = pager
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PAGER": command}
    words = [sys.executable, "-m", "kg.command.verbs", "recommend", PATIENT, "--full"]
    done = subprocess.run(words, env=environment, capture_output=True, check=True)
    assert b"SOURCES" in done.stdout and b"\x1b" not in done.stdout and not done.stderr
    assert not seen.exists()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_SOON", 0.02)
    monkeypatch.setattr(terminal, "_OFTEN", 0.01)


def waited(shown: Terminal, words: str) -> bool:
    """Whether a terminal shows some words within five seconds."""
    end = time.monotonic() + 5
    while words not in shown.getvalue() and time.monotonic() < end:
        time.sleep(0.01)
    return words in shown.getvalue()


def test_what_takes_long_is_said_and_wiped_away(monkeypatch: pytest.MonkeyPatch, soon: None) -> None:
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    with pytest.raises(ValueError, match="wrong"), terminal.working("Reading the content") as tell:
        assert waited(shown, "\rReading the content (0 s)\033[K")
        tell("Assessing example 7 of 317\x1b[2J")
        assert waited(shown, "\rAssessing example 7 of 317\\u001b[2J (0 s)\033[K")
        raise ValueError("wrong")
    assert shown.getvalue().endswith("\r\033[K")
    assert "\n" not in shown.getvalue()


def test_what_is_quick_or_piped_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    with terminal.working("Reading the content") as tell:
        tell("Done at once")
    assert shown.getvalue() == ""
    monkeypatch.undo()
    monkeypatch.setattr(terminal, "_SOON", 0.0)
    with terminal.working("Reading the content"):
        time.sleep(0.05)
    assert capfd.readouterr().err == ""

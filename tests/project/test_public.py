"""The public face: one list, complete in a shell, and nothing else in docs, notebooks and README."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import kg
from kg.command.options import groups
from tests.conftest import ROOT

PUBLIC = [name for name in kg.__all__ if not name.startswith("_")]
ASKED_OF_A_GUIDE = {
    *("ask", "assess", "build", "capsule", "check_order", "contrast", "derive", "differential", "find", "findings"),
    *("guesses", "pathway", "query", "ratings", "surface", "template", "to_turtle", "what_if", "what_to_ask"),
    *("where", "why"),
}
"""What a user asks of a guide."""

MACHINERY = {"core", "of_folder"}
"""What else a guide has: what everything is built on, in one place, and the constructor below ``kg.load``."""


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_shell_lists_every_name_after_import() -> None:
    listed = python("import kg; print(*(name for name in dir(kg) if not name.startswith('_')))").stdout.split()
    assert listed == PUBLIC


def test_the_list_is_what_type_checkers_see() -> None:
    """Names are imported when they are used, so the list stands three times; all must say the same."""
    tree = ast.parse(Path(kg.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    typed = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    homes = {name: f"kg.{home}" for home, names in kg._HOMES.items() for name in names}
    assert sorted(typed) == PUBLIC
    assert homes == typed


@pytest.mark.parametrize("name", PUBLIC)
def test_every_name_is_there_and_explained(name: str) -> None:
    found = getattr(kg, name)
    assert found.__doc__
    assert found.__name__ == name


def test_every_error_is_public() -> None:
    def below(error: type[Exception]) -> set[str]:
        return {error.__name__, *(name for sub in error.__subclasses__() for name in below(sub))}

    errors = {name for name in below(kg.KgError) if not name.startswith("_")}
    internal = {"InconsistentOntologyError"}  # a ContentError to whoever checks content
    assert errors - internal <= set(PUBLIC)


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert kg.__version__ == project["version"]


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        kg.nothing  # noqa: B018


def test_a_guide_shows_what_a_user_asks() -> None:
    assert {name for name in dir(kg.Guide) if not name.startswith("_")} | {"core"} == ASKED_OF_A_GUIDE | MACHINERY


@pytest.mark.parametrize(
    ("missing", "use", "extra"),
    [
        ("pyarrow", "kg.audit", "audit"),
        ("numpy", "kg.audit_file", "audit"),
        ("pyarrow", "kg.audit_frame", "spark"),
        ("pandas", "kg.load().ask('topics').to_dataframe()", "pandas"),
        ("pandas", "kg.load().ratings('thoracic-back-pain').to_dataframe()", "pandas"),
    ],
)
def test_a_missing_extra_is_named_with_its_cure(missing: str, use: str, extra: str) -> None:
    code = f"""
import sys
sys.modules['{missing}'] = None
import kg
try:
    {use}
except kg.MissingPackageError as error:
    print(error)
"""
    done = python(code)
    assert f"nextstudy[{extra}]" in done.stdout, done.stderr


def pages() -> dict[str, str]:
    found = {
        path.name: path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    }
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found[path.name] = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return found


@pytest.mark.parametrize("page", pages())
def test_a_page_uses_public_names_only(page: str) -> None:
    text = pages()[page]
    code = (
        "\n".join(re.findall(r"```(?:python|pycon|console)\n(.*?)```", text, re.DOTALL))
        if page.endswith(".md")
        else text
    )
    assert not re.findall(r"(?:from|import) kg\.[\w.]+|from kg import (?!\w+$)", code)
    used = set(re.findall(r"\bkg\.(\w+)", code))
    assert used <= {*PUBLIC, "__version__", "__all__"}


def test_the_page_of_the_python_names_is_complete() -> None:
    page = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"\b\w+\b", page))
    assert set(PUBLIC) - listed == set()
    assert ASKED_OF_A_GUIDE - listed == set()
    verbs = {verb for group in groups().values() for verb in group}
    assert set(re.findall(r"^\| `nextstudy ([\w-]+)`", page, re.MULTILINE)) == verbs

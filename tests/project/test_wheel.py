"""The wheel works alone: outside the checkout, with what it declares and nothing else.

No network: the dependencies are linked in from the environment that runs the tests, one by one, as far as the wheel's
metadata asks. An undeclared dependency, or a file missing from sdist or wheel, fails here as it would for a user.
"""

import importlib.metadata
import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT
from tests.judges.notebooks import notebooks

RUNNER = """
import json, sys
from pathlib import Path
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
shell.display_formatter.active_types = list(shell.display_formatter.format_types)
shown = []
shell.displayhook.write_format_data = lambda data, *_: shown.append(sorted(data))
for cell in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        shell.run_cell("".join(cell["source"]), store_history=True).raise_error()
import kg
print(f"\\nKG {Path(kg.__file__).parent}")
print(f"HTML {sum('text/html' in kinds for kinds in shown)}")
"""
"""Runs the code of a notebook as a kernel does, with every form of what a cell shows; the first error ends it."""


def run(*command: str | Path, cwd: Path) -> str:
    """The standard output of a program that must succeed, run with nothing of our environment but PATH."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def required(requirements: list[str], extra: str = "") -> Iterator[importlib.metadata.Distribution]:
    """The installed distributions that these requirements need here, with what those need in turn."""
    for requirement in map(Requirement, requirements):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            found = importlib.metadata.distribution(requirement.name)
            assert requirement.specifier.contains(found.version, prereleases=True)
            yield found
            for wanted in ("", *requirement.extras):
                yield from required(found.requires or [], wanted)


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file below a folder, by its relative path."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment that holds the wheel, built from the sdist, and its declared dependencies."""
    dist = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, ROOT, cwd=dist)
    (wheel,) = dist.glob("*.whl")

    root = tmp_path_factory.mktemp("environment")
    venv.create(root, with_pip=False)
    run(sys.executable, "-m", "pip", "--python", root, "install", "--no-deps", "--no-index", wheel, cwd=dist)

    packages = packages_of(root)
    (installed,) = importlib.metadata.distributions(name="nextstudy", path=[str(packages)])
    link(packages, required(installed.requires or []))
    return root


def packages_of(root: Path) -> Path:
    """Where an environment keeps its packages."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(root)}))


def link(packages: Path, distributions: Iterable[importlib.metadata.Distribution]) -> None:
    """Put distributions into an environment."""
    for distribution in distributions:
        for name in {file.parts[0] for file in distribution.files or []} - {"..", "__pycache__"}:
            if not (packages / name).exists():
                (packages / name).symlink_to(Path(str(distribution.locate_file(name))))


@pytest.fixture(scope="module")
def notebook_environment(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the extra that the page of the notebooks asks for."""
    page = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    (extra,) = re.findall(r"pip install '\.\[(\w+)\]'", page)
    root = tmp_path_factory.mktemp("notebooks")
    venv.create(root, with_pip=False)
    packages = packages_of(root)
    for path in packages_of(environment).iterdir():
        if not (packages / path.name).exists():
            (packages / path.name).symlink_to(path)
    (installed,) = importlib.metadata.distributions(name="nextstudy", path=[str(packages)])
    link(packages, required(installed.requires or [], extra))
    return root


def test_installed_command_answers_in_an_empty_folder(environment: Path, tmp_path: Path) -> None:
    bin_folder = Path(sysconfig.get_path("scripts", "venv", {"base": str(environment)}))
    package = Path(run(bin_folder / "python", "-c", "import kg; print(kg.__file__)", cwd=tmp_path).strip()).parent
    assert package.is_relative_to(environment)
    assert not package.is_relative_to(ROOT)

    answer = run(bin_folder / "nextstudy", "recommend", package / "examples/abnormal-radiograph.json", cwd=tmp_path)
    assert answer.strip()
    left = [path.name for path in tmp_path.iterdir() if path.name != ".cache"]  # home is this folder
    assert not left, "the command leaves files behind"


def test_wheel_carries_all_content(environment: Path) -> None:
    (package,) = environment.glob("**/site-packages/kg")
    for folder in ("ontology", "queries", "examples"):
        assert contents(package / folder) == contents(ROOT / folder)
    assert (package / "py.typed").exists()


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_the_notebooks_run_from_the_wheel_with_their_extra(
    path: Path, notebook_environment: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "home"
    alone.mkdir()
    for name, text in ((path.name, path.read_text(encoding="utf-8")), ("runner.py", RUNNER)):
        (alone / name).write_text(text, encoding="utf-8")
    said = run(notebook_environment / "bin" / "python", "runner.py", path.name, cwd=alone)
    package = Path(re.findall(r"^KG (.+)$", said, re.MULTILINE)[0])
    assert not package.resolve().is_relative_to(ROOT), "the package of the checkout"
    assert int(re.findall(r"^HTML (\d+)$", said, re.MULTILINE)[0]) >= 3, "cells show themselves as HTML"

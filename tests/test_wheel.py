"""The wheel works alone: outside the checkout, with what it declares and nothing else.

No network: the dependencies are linked in from the environment that runs the tests, one by one, as far as the wheel's
metadata asks. An undeclared dependency, or a file missing from sdist or wheel, fails here as it would for a user.
"""

import importlib.metadata
import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

CHECKOUT = Path(__file__).resolve().parent.parent


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
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, CHECKOUT, cwd=dist)
    (wheel,) = dist.glob("*.whl")

    root = tmp_path_factory.mktemp("environment")
    venv.create(root, with_pip=False)
    run(sys.executable, "-m", "pip", "--python", root, "install", "--no-deps", "--no-index", wheel, cwd=dist)

    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(root)}))
    (installed,) = importlib.metadata.distributions(name="nextstudy", path=[str(packages)])
    for distribution in required(installed.requires or []):
        for name in {file.parts[0] for file in distribution.files or []} - {"..", "__pycache__"}:
            if not (packages / name).exists():
                (packages / name).symlink_to(Path(str(distribution.locate_file(name))))
    return root


def test_installed_command_answers_in_an_empty_folder(environment: Path, tmp_path: Path) -> None:
    bin_folder = Path(sysconfig.get_path("scripts", "venv", {"base": str(environment)}))
    package = Path(run(bin_folder / "python", "-c", "import kg; print(kg.__file__)", cwd=tmp_path).strip()).parent
    assert package.is_relative_to(environment)
    assert not package.is_relative_to(CHECKOUT)

    answer = run(bin_folder / "nextstudy", "recommend", package / "examples/abnormal-radiograph.json", cwd=tmp_path)
    assert answer.strip()
    left = [path.name for path in tmp_path.iterdir() if path.name != ".cache"]  # home is this folder
    assert not left, "the command leaves files behind"


def test_wheel_carries_all_content(environment: Path) -> None:
    (package,) = environment.glob("**/site-packages/kg")
    for folder in ("ontology", "queries", "examples"):
        assert contents(package / folder) == contents(CHECKOUT / folder)
    assert (package / "py.typed").exists()

"""Whoever types the lines of the README, from the first one on and in one shell, gets what it promises."""

from __future__ import annotations

import doctest
import os
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.judges.pages import commands

README = (ROOT / "README.md").read_text(encoding="utf-8")
END = "--- end of a line ---"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which 'make demo' has installed: this package as one path, and what is installed here."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("Makefile", "constraints.txt", "pyproject.toml"):
        shutil.copyfile(ROOT / name, folder / name)
    shutil.copytree(ROOT / "examples", folder / "examples")
    (folder / "appropriate.rq").write_text(README.split("```sparql\n")[1].split("```")[0], encoding="utf-8")
    root = folder / ".venv"
    venv.create(root, with_pip=False, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(root)}))
    (packages / "checkout.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    program = root / "bin" / "nextstudy"
    code = f"#!{root / 'bin' / 'python'}\nimport sys\nfrom kg.command.verbs import process\nsys.exit(process())\n"
    program.write_text(code, encoding="utf-8")
    program.chmod(0o755)
    for age, name in ((9, "constraints.txt"), (9, "pyproject.toml"), (6, ".venv/created"), (3, ".venv/installed")):
        (folder / name).touch()
        past = (folder / name).stat().st_mtime - age  # in this order, or make would install anew, with the network
        os.utime(folder / name, (past, past))
    return folder


def typed(lines: list[str], folder: Path) -> list[tuple[int, str, str]]:
    """What one shell says to lines that are typed into it: the exit code, output and complaints of each."""
    outer = ("PYTHONPATH", "VIRTUAL_ENV", "PATH", "MAKEFLAGS", "MAKELEVEL")  # of this run: 'make test' calls it
    kept = {name: value for name, value in os.environ.items() if name not in outer}
    script = "".join(f"{line}\necho \"{END}$?\"; echo '{END}' >&2\n" for line in lines)
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=folder,
        env={**kept, "PATH": os.defpath},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    parts, complaints = done.stdout.split(END), done.stderr.split(f"{END}\n")
    outputs = [parts[0], *(part.split("\n", 1)[1] for part in parts[1:])]
    codes = [int(part.split("\n", 1)[0]) for part in parts[1:]]
    return list(zip(codes, outputs, complaints, strict=False))


def test_the_lines_of_the_readme_in_order(checkout: Path) -> None:
    lines = [line for line, _ in commands(ROOT / "README.md")]
    assert lines[0].startswith("make demo") and len(lines) >= 7
    found = typed(lines, checkout)
    assert len(found) == len(lines)
    for line, (code, output, complaint) in zip(lines, found, strict=True):
        assert (code, complaint) == (0, ""), line
        assert output or line.startswith(". ") or " -o " in line, line
    shown = README.split("```text\n")[1].split("```")[0]
    assert doctest.OutputChecker().check_output(shown, found[0][1], doctest.ELLIPSIS)


def test_a_shell_that_was_told_nothing_has_no_command(checkout: Path) -> None:
    """Without the line that activates, the next ones fail: the README needs it."""
    (code, _, complaint), (other, version, _) = typed(
        ["nextstudy --version", ".venv/bin/nextstudy --version"], checkout
    )
    assert code == 127 and "nextstudy" in complaint
    assert other == 0 and version.startswith("nextstudy ")
    assert "call `.venv/bin/nextstudy`" in README

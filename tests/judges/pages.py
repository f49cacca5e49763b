"""Runs the commands of a page as a reader would type them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT


def commands(page: Path) -> Iterator[tuple[str, str]]:
    """Each command of the page's console blocks, with the output that the page shows below it."""
    for block in re.findall(
        r"^```console\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    ):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def place(folder: Path) -> dict[str, str]:
    """Lay out a folder like the checkout; the environment in which the command is found."""
    for name in ("ontology", "docs", "examples"):
        # Copied, not linked: a page may write into them.
        shutil.copytree(ROOT / name, folder / name)
    program = folder / "bin" / "nextstudy"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kg.command.verbs "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}


def run(command: str, folder: Path, environment: dict[str, str]) -> tuple[str, str]:
    """What a command writes to standard output and to standard error."""
    shell = ("/bin/sh", "-c", command)
    done = subprocess.run(shell, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)
    return done.stdout, done.stderr

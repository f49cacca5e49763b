"""The notebooks: run in a clean kernel without a network, and their output compared with what is stored.

``python -m tests.judges.notebooks --write`` refreshes them; look at them before they are kept.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from tests.conftest import ROOT

FOLDER = ROOT / "notebooks"

_DIGEST = re.compile(r"\b(content|queries)\s+[0-9a-f]{12}\b")

_OFFLINE = """
import sys


def offline(event, arguments):
    if event == "socket.getaddrinfo" or (event == "socket.connect" and isinstance(arguments[1], tuple)):
        raise OSError(f"a notebook asks for the network: {arguments}")


sys.addaudithook(offline)
"""
"""Python runs it at the start of the kernel: every connection but those of the kernel itself, by files, fails."""


def notebooks() -> list[Path]:
    """The notebooks, in the order of their numbers."""
    return sorted(FOLDER.glob("[0-9][0-9]-*.ipynb"))


def executed(path: Path) -> Any:
    """Run a notebook from a clean kernel.

    Args:
        path: The notebook.

    Returns:
        It with new outputs, and without anything that differs from run to run.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    with _alone() as folder:
        NotebookClient(
            notebook,
            timeout=100,
            kernel_name="python3",
            coalesce_streams=True,  # a kernel that is busy sends what one print writes in several pieces
            resources={"metadata": {"path": ROOT}},
            # No port of this machine either, and no file that two kernels which start at once would share.
            config=Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}}),
        ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata.pop("language_info", None)
    return notebook


@contextmanager
def _alone() -> Iterator[str]:
    """An environment of its own: this checkout, no network, no settings of a user."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "sitecustomize.py").write_text(_OFFLINE, encoding="utf-8")
        added = {
            "PYTHONPATH": os.pathsep.join([folder, str(ROOT)]),
            "PYTHONWARNINGS": "ignore",
            "IPYTHONDIR": folder,
            "JUPYTER_RUNTIME_DIR": folder,
            "JUPYTER_CONFIG_DIR": folder,
        }
        before = {name: os.environ.get(name) for name in added}
        os.environ.update(added)
        try:
            yield folder
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


def texts(notebook: Any) -> list[list[str]]:
    """What the cells of a notebook show as text, cell by cell, without the digests that name the content of the day."""
    return [[_DIGEST.sub(r"\1 ...", _text(output)) for output in cell.get("outputs", ())] for cell in notebook.cells]


def _text(output: Any) -> str:
    return str(output.get("text") or output.get("data", {}).get("text/plain", ""))


def main(argv: Sequence[str] | None = None) -> int:
    """Execute all notebooks and store their outputs."""
    parser = argparse.ArgumentParser(prog="python -m tests.judges.notebooks", description=main.__doc__)
    parser.add_argument("--write", action="store_true", required=True, help="replace what is stored")
    parser.parse_args(argv)
    for path in notebooks():
        notebook = executed(path)
        nbformat.write(notebook, path)
        print(f"{path.name}: {len(notebook.cells)} cells")  # noqa: T201 - a command
    return 0


if __name__ == "__main__":
    sys.exit(main())

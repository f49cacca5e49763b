"""Finds the shipped ontology, queries, examples and our own code: in a checkout, an editable install or a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]


def shipped(name: str) -> Path:
    """Find a shipped folder.

    Args:
        name: ``"ontology"``, ``"queries"`` or ``"examples"``.

    Returns:
        The folder: inside the package for a wheel, beside it for a checkout or an editable install.

    Raises:
        FileNotFoundError: The installation is incomplete.

    >>> shipped("ontology").name
    'ontology'
    """
    for candidate in (_PACKAGE / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    message = f"the folder '{name}' is missing from the installation of nextstudy; install it again"
    raise FileNotFoundError(message)


def code_of(*rooms: str) -> tuple[Path, ...]:
    """The Python files of some rooms of this package, for the key of a cached result that their code made.

    Args:
        rooms: Folders of the package, such as ``"knowledge/content"``; ``"."`` is the whole package.

    Returns:
        The files in order, with those of the rooms inside.

    >>> "store.py" in [path.name for path in code_of("knowledge/sparql")]
    True
    """
    return tuple(path for room in rooms for path in sorted((_PACKAGE / room).rglob("*.py")))

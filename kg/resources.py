"""Where the shipped ontology, queries and examples lie: in the checkout, an editable install and a wheel alike."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Find a shipped folder.

    Args:
        name: ``"ontology"``, ``"queries"`` or ``"examples"``.

    Returns:
        The folder inside the package (wheel), or beside it (checkout, editable install).

    Raises:
        FileNotFoundError: The installation is incomplete.

    >>> folder("ontology").name
    'ontology'
    """
    for candidate in (_PACKAGE / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    message = f"the folder '{name}' is missing from the installation of nextstudy; install it again"
    raise FileNotFoundError(message)

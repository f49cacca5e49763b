"""nextstudy: which imaging study comes next, and what follows from its result, with the reasons.

>>> import kg
>>> guide = kg.load()
>>> case = kg.Case(measured={"age": 65}, present=["thoracic-back-pain", "unsteady-gait"])
>>> case = case.after("radiography-thoracic-spine", present=["pedicle-lucency"])
>>> answer = guide.assess(case)
>>> answer.outcome.id, [study.id for study in answer.best]
('recommended', ['mri-thoracic-spine-without-and-with-contrast'])
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.answer import Answer
    from kg.auditing import audit
    from kg.case import Case, Performed
    from kg.endpoint import remote
    from kg.errors import KgError
    from kg.guide import Guide, load

_HOMES = {
    "Answer": "answer",
    "Case": "case",
    "Guide": "guide",
    "KgError": "errors",
    "Performed": "case",
    "audit": "auditing",
    "load": "guide",
    "remote": "endpoint",
}

__all__ = ["Answer", "Case", "Guide", "KgError", "Performed", "audit", "load", "remote"]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: ``nextstudy --help`` needs none of them."""
    if name not in _HOMES:
        message = f"module 'kg' has no attribute '{name}'"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(f"kg.{_HOMES[name]}"), name)

"""nextstudy: which imaging study comes next, and what follows from its result, with the reasons.

>>> import kg
>>> guide = kg.load()
>>> case = kg.Case(measured={"age": 65}, present=["thoracic-back-pain", "unsteady-gait"])
>>> case = case.after("radiography-thoracic-spine", present=["pedicle-lucency"])
>>> answer = guide.assess(case)
>>> answer.outcome.id, [study.id for study in answer.best]
('recommended', ['mri-thoracic-spine-without-and-with-contrast'])
"""

from kg.answer import Answer
from kg.case import Case, Performed
from kg.errors import KgError
from kg.guide import Guide, load

__all__ = ["Answer", "Case", "Guide", "KgError", "Performed", "load"]

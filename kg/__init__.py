"""nextstudy tells you which imaging study comes next, how urgently, and cites the passage behind every statement.

>>> import kg
>>> guide = kg.load()
>>> case = kg.Case(measured={"age": 65}, present=["thoracic-back-pain", "unsteady-gait"])
>>> case = case.after("radiography-thoracic-spine", present=["pedicle-lucency"])
>>> answer = guide.assess(case)
>>> answer.outcome.id, [study.id for study in answer.best]
('recommended', ['mri-thoracic-spine-without-and-with-contrast'])
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import kg.show  # noqa: F401  (tells results how to show themselves)

if TYPE_CHECKING:
    from kg.auditing.run import Audit, audit, audit_file
    from kg.auditing.spark import audit_frame
    from kg.auditing.summary import AuditSummary
    from kg.author.check import CheckReport, check
    from kg.author.drafts.import_ratings import import_ratings
    from kg.author.drafts.new_topic import new_topic
    from kg.author.edition_difference import EditionDifference
    from kg.author.editions import compare_editions
    from kg.author.prove.proofs import Proofs, prove
    from kg.errors import (
        AuditError,
        AuthoringError,
        CaseError,
        ContentError,
        ContradictoryCaseError,
        EndpointError,
        KgError,
        MissingPackageError,
        OutputError,
        ParameterError,
        QueryError,
        UnknownQueryError,
        UnknownTermError,
    )
    from kg.guide import Guide, load
    from kg.knowledge.ask.endpoint import Endpoint, remote
    from kg.knowledge.ask.findings import Findings
    from kg.knowledge.ask.places import Place
    from kg.knowledge.ask.ratings import Ratings
    from kg.knowledge.ask.search import Found
    from kg.knowledge.content.terms import Origin, Term
    from kg.knowledge.sparql.resources import shipped
    from kg.knowledge.sparql.rows import Rows
    from kg.logic.compiler.patterns import NotCompiledError
    from kg.patient.assess.answer import (
        Action,
        Alternative,
        Answer,
        Condition,
        Conflict,
        Contraindication,
        Escalation,
        HandOff,
        MetCriterion,
        Move,
        OtherReading,
        Result,
        Urgency,
    )
    from kg.patient.assess.rated import CheckedCriterion, ChosenScenario, Study
    from kg.patient.assess.unknown import NearCondition, OpenQuestion, Settled, UnusedFact
    from kg.patient.case import Case
    from kg.patient.evidence.capsule import Capsule, CapsuleError
    from kg.patient.evidence.recheck import Recheck, recheck
    from kg.patient.facts import Fact
    from kg.patient.performed import Performed
    from kg.patient.reasons.difference import Difference
    from kg.patient.reasons.differential import Differential
    from kg.patient.reasons.frame import to_dataframe
    from kg.patient.reasons.order import OrderCheck
    from kg.patient.reasons.why import ConditionReasons, Contrast, Reasons, StudyReasons
    from kg.patient.what_if.pathway import Pathway
    from kg.patient.what_if.questions import WhatToAsk
    from kg.patient.what_if.surface import Surface
    from kg.records.answer import RecordAnswer, assess_record
    from kg.records.questionnaire import questionnaire
    from kg.records.reading import read_record
    from kg.records.record import Entry, Record, RecordFact

__all__ = [
    "Action",
    "Alternative",
    "Answer",
    "Audit",
    "AuditError",
    "AuditSummary",
    "AuthoringError",
    "Capsule",
    "CapsuleError",
    "Case",
    "CaseError",
    "CheckReport",
    "CheckedCriterion",
    "ChosenScenario",
    "Condition",
    "ConditionReasons",
    "Conflict",
    "ContentError",
    "ContradictoryCaseError",
    "Contraindication",
    "Contrast",
    "Difference",
    "Differential",
    "EditionDifference",
    "Endpoint",
    "EndpointError",
    "Entry",
    "Escalation",
    "Fact",
    "Findings",
    "Found",
    "Guide",
    "HandOff",
    "KgError",
    "MetCriterion",
    "MissingPackageError",
    "Move",
    "NearCondition",
    "NotCompiledError",
    "OpenQuestion",
    "OrderCheck",
    "Origin",
    "OtherReading",
    "OutputError",
    "ParameterError",
    "Pathway",
    "Performed",
    "Place",
    "Proofs",
    "QueryError",
    "Ratings",
    "Reasons",
    "Recheck",
    "Record",
    "RecordAnswer",
    "RecordFact",
    "Result",
    "Rows",
    "Settled",
    "Study",
    "StudyReasons",
    "Surface",
    "Term",
    "UnknownQueryError",
    "UnknownTermError",
    "UnusedFact",
    "Urgency",
    "WhatToAsk",
    "__version__",
    "assess_record",
    "audit",
    "audit_file",
    "audit_frame",
    "check",
    "compare_editions",
    "import_ratings",
    "load",
    "new_topic",
    "prove",
    "questionnaire",
    "read_record",
    "recheck",
    "remote",
    "shipped",
    "to_dataframe",
]

_HOMES = MappingProxyType(
    {
        "auditing.run": ("Audit", "audit", "audit_file"),
        "auditing.spark": ("audit_frame",),
        "auditing.summary": ("AuditSummary",),
        "author.check": ("CheckReport", "check"),
        "author.edition_difference": ("EditionDifference",),
        "author.editions": ("compare_editions",),
        "author.drafts.import_ratings": ("import_ratings",),
        "author.drafts.new_topic": ("new_topic",),
        "author.prove.proofs": ("Proofs", "prove"),
        "errors": (
            "AuditError",
            "AuthoringError",
            "CaseError",
            "ContentError",
            "ContradictoryCaseError",
            "EndpointError",
            "KgError",
            "MissingPackageError",
            "OutputError",
            "ParameterError",
            "QueryError",
            "UnknownQueryError",
            "UnknownTermError",
        ),
        "guide": ("Guide", "load"),
        "knowledge.ask.endpoint": ("Endpoint", "remote"),
        "knowledge.ask.findings": ("Findings",),
        "knowledge.ask.places": ("Place",),
        "knowledge.ask.ratings": ("Ratings",),
        "knowledge.ask.search": ("Found",),
        "knowledge.content.terms": ("Origin", "Term"),
        "knowledge.sparql.resources": ("shipped",),
        "knowledge.sparql.rows": ("Rows",),
        "logic.compiler.patterns": ("NotCompiledError",),
        "patient.assess.answer": (
            "Action",
            "Alternative",
            "Answer",
            "Condition",
            "Conflict",
            "Contraindication",
            "Escalation",
            "HandOff",
            "MetCriterion",
            "Move",
            "OtherReading",
            "Result",
            "Urgency",
        ),
        "patient.assess.rated": ("CheckedCriterion", "ChosenScenario", "Study"),
        "patient.assess.unknown": ("NearCondition", "OpenQuestion", "Settled", "UnusedFact"),
        "patient.case": ("Case",),
        "patient.performed": ("Performed",),
        "patient.evidence.capsule": ("Capsule", "CapsuleError"),
        "patient.evidence.recheck": ("Recheck", "recheck"),
        "patient.facts": ("Fact",),
        "patient.reasons.difference": ("Difference",),
        "patient.reasons.differential": ("Differential",),
        "patient.reasons.frame": ("to_dataframe",),
        "patient.reasons.order": ("OrderCheck",),
        "patient.reasons.why": ("ConditionReasons", "Contrast", "Reasons", "StudyReasons"),
        "patient.what_if.pathway": ("Pathway",),
        "patient.what_if.questions": ("WhatToAsk",),
        "patient.what_if.surface": ("Surface",),
        "records.answer": ("RecordAnswer", "assess_record"),
        "records.questionnaire": ("questionnaire",),
        "records.reading": ("read_record",),
        "records.record": ("Entry", "Record", "RecordFact"),
    }
)
"""The public names, by the module that defines them."""

_EXTRAS = MappingProxyType({"auditing.spark": "spark", "auditing.run": "audit", "auditing.summary": "audit"})
"""The extra to install for the names of a module."""


def __dir__() -> list[str]:
    """List the public names; each is imported when it is first used."""
    return sorted((*__all__, *(name for name in globals() if name.startswith("__"))))


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: ``nextstudy --help`` needs none of them."""
    if name == "__version__":
        from importlib.metadata import version

        return version("nextstudy")
    home = next((home for home, names in _HOMES.items() if name in names), None)
    if home is None:
        message = f"module 'kg' has no attribute '{name}'"
        raise AttributeError(message)
    from importlib import import_module

    try:
        return getattr(import_module(f"kg.{home}"), name)
    except ModuleNotFoundError as error:
        if home not in _EXTRAS:
            raise
        from kg.errors import MissingPackageError

        message = f"kg.{name} needs {error.name}; install it with: pip install 'nextstudy[{_EXTRAS[home]}]'"
        raise MissingPackageError(message) from error

"""The evidence capsule: an answer as one file that says what it rests on, and that another engine can check.

A capsule is JSON-LD with its own context, so it can be read without a network. It contains the case, the conclusions
about it, the conditions that hold, the ratings of the leading scenarios, the statements that all these come from with
their places, the content that was used, and two hashes. Both are SHA-256 over the canonical N-Quads of RDF Dataset
Canonicalization (RDFC-1.0): one of the content that the case was assessed against, and one of the case, which is called
``case:this`` there, with everything derived from it. The latter has no blank nodes, so it can also be computed as the
hash of its sorted N-Triples.

``kg.recheck`` assesses the case of a capsule again, with rdflib, and compares every field. A capsule is not signed: it
shows that the conclusions follow from facts and content, not who stated the facts. The note of a case is left out,
because no query reads it and free text may name the patient.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.errors import KgError
from kg.files import write_text
from kg.knowledge.sparql.iris import BASE
from kg.patient.assess.assessor import Assessor
from kg.patient.case import Case
from kg.patient.evidence.document import capsule_document
from kg.shown import Shown


class CapsuleError(KgError):
    """A file is not a capsule."""

    code = "invalid-capsule"


@dataclass(frozen=True, repr=False)
class Capsule(Shown):
    """An answer with everything that it rests on.

    Attributes:
        document: The JSON-LD document as plain data.
    """

    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The IRI of the capsule, made of its two hashes."""
        return BASE + str(self.document["id"])

    def to_dict(self) -> dict[str, Any]:
        """The document as plain data for JSON."""
        return dict(self.document)

    def to_json(self) -> str:
        """The document as JSON-LD text."""
        return json.dumps(self.document, indent=2, ensure_ascii=False)

    def write(self, path: Path | str) -> None:
        """Write the document to a file.

        Args:
            path: The file; an existing file is replaced.

        Raises:
            OutputError: The file cannot be written.
        """
        write_text(path, f"{self.to_json()}\n")


def capsule(guide: Assessor, case: Case) -> Capsule:
    """Make the capsule of a case.

    Raises:
        KgError: As for ``Guide.assess``.

    >>> import kg
    >>> made = capsule(kg.load(), kg.Case(present=["adult", "thoracic-back-pain", "radiculopathy"]))
    >>> made.document["case"]["outcome"], made.document["guideline"]["parts"][1]["version"]
    ('scale/recommended', '2024')
    """
    return Capsule(capsule_document(guide, guide.derive(case)))

"""Decides what holds for every patient: the properties of ``queries/prove``, known faults, what a proof covers."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kg.author.prove.properties import ANYBODY
from kg.author.prove.prover import CONVENTIONS, NOT_ABOUT, NOT_DECIDED, PROVED, REFUTED, Proof, Prover
from kg.documents import read_text
from kg.errors import ContentError, quoted
from kg.knowledge.content.content import Content
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import named, stage
from kg.patient.assess.slices import triples_of
from kg.patient.case import Case
from kg.progress import Tell, silent
from kg.shown import Shown

KNOWN_FAULTS = "known-faults.csv"
"""The file of a content folder that lists the properties known to fail, and where each will be fixed."""

_COLUMNS = ("property", "fault", "mended in")


@dataclass(frozen=True)
class KnownFault:
    """A property that is known to fail.

    Attributes:
        property: The name of its file.
        fault: What is wrong.
        mended_in: Where it will be fixed.
    """

    property: str
    fault: str
    mended_in: str


@dataclass(frozen=True, repr=False)
class Coverage(Shown):
    """What a proof is about.

    Attributes:
        content: The hash of everything that cases are assessed against, as in a capsule.
        queries: The hash of the derive queries.
        topics: The topics, all at once.
        conventions: What is taken for granted about every case.
    """

    content: str
    queries: str
    topics: tuple[str, ...]
    conventions: tuple[str, ...] = CONVENTIONS

    @property
    def short(self) -> str:
        """What is covered, in a phrase."""
        topics = ", ".join(self.topics) if len(self.topics) < 4 else f"{len(self.topics)} topics"
        return f"{topics}; content {self.content[:12]}, derive queries {self.queries[:12]}"


@dataclass(frozen=True, repr=False)
class Proofs(Shown):
    """What became of some properties.

    Attributes:
        proofs: One for each property, by name.
        known: The known faults.
        coverage: What the proofs are about.
    """

    proofs: tuple[Proof, ...]
    known: tuple[KnownFault, ...]
    coverage: Coverage

    @property
    def ok(self) -> bool:
        """Whether every property was proved, is known to fail, or is about other content."""
        return not any(self.wrong(proof) for proof in self.proofs)

    @property
    def decided(self) -> bool:
        """Whether every property about this content was proved or refuted."""
        return not any(proof.status == NOT_DECIDED for proof in self.proofs)

    @property
    def concerned(self) -> tuple[Proof, ...]:
        """The proofs that are about this content."""
        return tuple(proof for proof in self.proofs if proof.status != NOT_ABOUT)

    def wrong(self, proof: Proof) -> str:
        """What has to be fixed about a property, in a sentence; empty if all is well or the fault is known.

        A property without VALUES may be about patients whom small content does not have, so an unmet premise is no
        fault. A property with VALUES names what can happen to anybody.
        """
        fault = self.fault(proof)
        if fault and proof.status == PROVED:
            return f"It is listed as a known fault ({fault.mended_in}), but is now proved."
        if proof.unmet not in ((), (ANYBODY,)) and proof.status != NOT_DECIDED:
            return f"No patient can meet its premise, so it proves nothing about: {', '.join(proof.unmet)}."
        if proof.status == REFUTED and not fault:
            return "It does not hold."
        return ""

    def fault(self, proof: Proof) -> KnownFault | None:
        """The known fault of a property, if there is one."""
        return next((fault for fault in self.known if fault.property == proof.name), None)

    def to_dict(self) -> dict[str, Any]:
        """The proofs as plain data."""
        rows = [
            {**asdict(proof), "patient": plain(proof.patient), "completion": plain(proof.completion)}
            for proof in self.proofs
        ]
        return {
            "proofs": rows,
            "known": [asdict(fault) for fault in self.known],
            "coverage": asdict(self.coverage),
        }


def of_whom(proof: Proof) -> str:
    """The counterexample of a refuted property in a line: what the row names, and the facts of the patient."""
    about = ", ".join(f"{column} {value}" for column, value in proof.about)
    if proof.patient is None:
        return f"no patient for {about}"
    whom = f"{about}: {in_words(proof.patient)}" if about else in_words(proof.patient)
    return f"{whom}; and with more stated: {in_words(proof.completion)}" if proof.completion else whom


def in_words(case: Case) -> str:
    """A case in a line, in the words of the vocabulary.

    >>> in_words(Case(present=["fever"], absent=["night-pain"], measured={"age": 70}))
    'fever, no night-pain, age 70'
    """
    parts = [*case.present, *(f"no {word}" for word in case.absent)]
    parts += [f"{measure} {number}" for measure, number in case.measured.items()]
    for study in case.performed:
        results = [*study.present, *(f"no {word}" for word in study.absent)]
        parts.append(f"{study.procedure} performed ({', '.join(results) or 'result not recorded'})")
    parts += [f"{case.order} ordered"] if case.order else []
    parts += [f"{name} chosen" for name in case.scenario]
    parts += [f"{word} assumed absent" for word in case.assume_absent]
    return ", ".join(parts) or "nothing is stated"


def prove(content: Content, name: str | None = None, *, tell: Tell = silent) -> Proofs:
    """Decide what must hold for every patient.

    Args:
        content: What ``kg.knowledge.content.content.read`` returns.
        name: One property; the default is all of them.
        tell: Told how many of them are decided.

    Raises:
        UnknownQueryError: There is no such property; the nearest names are offered.
        NotCompiledError: A derive query says something that a circuit cannot; the message names file and clause.
        ContentError: The list of known faults cannot be used.
    """
    known = known_faults(content.folder)
    queries = stage("prove") if name is None else [named("prove", name)]
    tell("Compiling what is to be proved")
    with Prover(content, queries) as prover:
        found = []
        for proof in prover.prove():
            found.append(proof)
            tell(f"Proving: {len(found)} of {len(queries)}")
        return Proofs(tuple(found), known, coverage(content))


def coverage(content: Content) -> Coverage:
    """What a proof about some content covers."""
    from kg.patient.evidence.hashes import canonical_hash

    digest = hashlib.sha256()
    for query in stage("derive"):
        digest.update(f"\0{query.name}\0{query.text}".encode())
    part = content.part(content.answering)
    return Coverage(canonical_hash(triples_of(part)), digest.hexdigest(), tuple(map(slug, sorted(content.answering))))


def known_faults(folder: Path | None) -> tuple[KnownFault, ...]:
    """The known faults that a content folder lists; none for content that was not read from a folder.

    Raises:
        ContentError: The list cannot be read, or a row of it does not name a property.
    """
    path = folder / KNOWN_FAULTS if folder else None
    if path is None or not path.is_file():
        return ()
    text = read_text(path, ContentError, "CSV")
    try:
        return tuple(_faults_of_rows(path, csv.DictReader(io.StringIO(text, newline=""), strict=True)))
    except csv.Error as error:
        message = f"{path}: cannot be read ({error}); save it as a CSV table in UTF-8"
        raise ContentError(message) from error


def _faults_of_rows(path: Path, rows: csv.DictReader[str]) -> Iterator[KnownFault]:
    if rows.fieldnames is None or list(rows.fieldnames) != list(_COLUMNS):
        message = f"{path}, line 1: the columns are {', '.join(rows.fieldnames or ())}; write {', '.join(_COLUMNS)}"
        raise ContentError(message)
    properties, seen = {query.name for query in stage("prove")}, set[str]()
    for row in rows:
        values = [(row[column] or "").strip() for column in _COLUMNS]
        if None in row or not all(values):
            message = f"{path}, line {rows.line_num}: does not have three values; write {', '.join(_COLUMNS)}"
            raise ContentError(message)
        if values[0] not in properties or values[0] in seen:
            problem = "is listed twice" if values[0] in seen else "is not a property of queries/prove"
            message = f"{path}, line {rows.line_num}: {quoted(values[0])} {problem}; remove the line"
            raise ContentError(message)
        seen.add(values[0])
        yield KnownFault(*values)


def plain(case: Case | None) -> dict[str, Any] | None:
    """A case as plain data, without what is empty."""
    return None if case is None else {name: value for name, value in case.to_dict().items() if value}

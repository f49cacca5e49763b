"""What is proved of every patient: the properties of ``queries/prove``, the known faults, and what a proof covers."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kg.case import Case
from kg.content import Content
from kg.errors import ContentError, quoted
from kg.logic.prove import ANYBODY, CONVENTIONS, NOT_ABOUT, NOT_DECIDED, PROVED, REFUTED, Proof, Prover
from kg.names import slug
from kg.part import triples_of
from kg.queries import named, stage
from kg.showing import Shown
from kg.text import wrapped

KNOWN_FAULTS = "known-faults.csv"
"""The file of a content folder that lists the properties which fail and where each will be mended."""

_COLUMNS = ("property", "fault", "mended in")


@dataclass(frozen=True)
class KnownFault:
    """A property that is known to fail.

    Attributes:
        property: The name of its file.
        fault: What is wrong.
        mended_in: Where it will be mended.
    """

    property: str
    fault: str
    mended_in: str


@dataclass(frozen=True)
class Coverage(Shown):
    """What a proof is about.

    Attributes:
        content: The hash of everything that cases are assessed against, as capsules name it.
        queries: The hash of the derive queries.
        topics: The topics; all of them at once.
        conventions: What is taken for granted of a case.
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

    def __str__(self) -> str:
        """What is covered, as text of at most 80 columns."""
        lines = [
            f"COVERS every case that is accepted, against all of: {', '.join(self.topics)}",
            f"content {self.content}",
            f"derive queries {self.queries}",
            f"conventions: {'; '.join(self.conventions)}",
        ]
        return "\n".join(wrapped(line, 0, 2) for line in lines)


@dataclass(frozen=True)
class Proofs(Shown):
    """What became of some properties.

    Attributes:
        proofs: One for each, in the order of their names.
        known: The faults that are known.
        coverage: What the proofs are about.
    """

    proofs: tuple[Proof, ...]
    known: tuple[KnownFault, ...]
    coverage: Coverage

    @property
    def ok(self) -> bool:
        """Whether each was proved, is known to fail, or is about other content."""
        return not any(self.wrong(proof) for proof in self.proofs)

    @property
    def decided(self) -> bool:
        """Whether each that is about this content was proved or refuted."""
        return not any(proof.verdict == NOT_DECIDED for proof in self.proofs)

    @property
    def concerned(self) -> tuple[Proof, ...]:
        """The proofs that are about this content."""
        return tuple(proof for proof in self.proofs if proof.verdict != NOT_ABOUT)

    def wrong(self, proof: Proof) -> str:
        """What has to be mended of a property, in a sentence.

        A property without a list of words may be about patients whom small content does not have; one with a list names
        what can happen to anybody.

        Args:
            proof: What became of it.

        Returns:
            The sentence; nothing where all is well or the fault is known.
        """
        fault = self.fault(proof)
        if fault and proof.verdict == PROVED:
            return f"It is listed as a known fault ({fault.mended_in}), and is proved now."
        if proof.unmet not in ((), (ANYBODY,)) and proof.verdict != NOT_DECIDED:
            return f"Nobody can be as it says, so that it proves nothing of: {', '.join(proof.unmet)}."
        if proof.verdict == REFUTED and not fault:
            return "It does not hold."
        return ""

    def fault(self, proof: Proof) -> KnownFault | None:
        """The known fault of a property.

        Args:
            proof: What became of it.

        Returns:
            The fault, if there is one.
        """
        return next((fault for fault in self.known if fault.property == proof.name), None)

    def to_dict(self) -> dict[str, Any]:
        """The proofs as plain data.

        Returns:
            Nested dictionaries and lists.
        """
        rows = [
            {**asdict(proof), "patient": _plain(proof.patient), "completion": _plain(proof.completion)}
            for proof in self.proofs
        ]
        return {
            "proofs": rows,
            "known": [asdict(fault) for fault in self.known],
            "coverage": asdict(self.coverage),
        }

    def __str__(self) -> str:
        """The proofs as text of at most 80 columns, save for the names of files."""
        one = len(self.proofs) == 1
        shown = self.proofs if one else [proof for proof in self.concerned if not proof.holds or self.wrong(proof)]
        alike = Counter(proof.reason for proof in shown if proof.verdict == NOT_DECIDED)
        many = [reason for reason, count in alike.items() if count > 1]
        blocks = [f"NOT DECIDED: {alike[reason]} properties\n{wrapped(reason, 2, 4)}" for reason in many]
        blocks += [self._text(proof, in_full=one) for proof in shown if proof.reason not in many]
        proved = sum(proof.holds for proof in self.concerned)
        return "\n\n".join([*blocks, f"PROVED: {proved} of {len(self.concerned)}\n{self.coverage}"])

    def _text(self, proof: Proof, *, in_full: bool) -> str:
        said = named("prove", proof.name).header
        fault = self.fault(proof)
        lines = [f"{proof.verdict.upper()}: {proof.name}"]
        if in_full:
            lines += [wrapped(f"{key}: {said[key]}", 2, 4) for key in ("problem", "principle", "solution")]
        if proof.verdict == REFUTED:
            lines.append(wrapped(of_whom(proof), 2, 4))
        lines += [wrapped(text, 2, 4) for text in (proof.reason, self.wrong(proof)) if text]
        if fault and proof.verdict == REFUTED:
            lines.append(wrapped(f"known, to be mended in {fault.mended_in}: {fault.fault}", 2, 4))
        if proof.missing:
            lines.append(wrapped(f"the content lacks: {', '.join(proof.missing)}", 2, 4))
        if in_full:
            lines += [json.dumps(_plain(case), indent=2) for case in (proof.patient, proof.completion) if case]
        return "\n".join(lines)


def of_whom(proof: Proof) -> str:
    """The counterexample of a property in a line.

    Args:
        proof: What became of a property that was refuted.

    Returns:
        What the row names, and the facts of the patient.
    """
    about = ", ".join(f"{column} {value}" for column, value in proof.about)
    if proof.patient is None:
        return f"no patient for {about}"
    whom = f"{about}: {in_words(proof.patient)}" if about else in_words(proof.patient)
    return f"{whom}; and with more stated: {in_words(proof.completion)}" if proof.completion else whom


def in_words(case: Case) -> str:
    """A case in a line, by the words of the vocabulary.

    Args:
        case: The case.

    Returns:
        The line.

    >>> in_words(Case(present=["fever"], absent=["night-pain"], measured={"age": 70}))
    'fever, no night-pain, age 70'
    """
    parts = [*case.present, *(f"no {word}" for word in case.absent)]
    parts += [f"{measure} {number}" for measure, number in case.measured.items()]
    for study in case.performed:
        results = [*study.present, *(f"no {word}" for word in study.absent)]
        parts.append(f"{study.procedure} performed ({', '.join(results) or 'result not recorded'})")
    parts += [f"{case.order} ordered"] if case.order else []
    parts += [f"{word} assumed absent" for word in case.assume_absent]
    return ", ".join(parts) or "nothing is stated"


def prove(content: Content, name: str | None = None) -> Proofs:
    """Decide what must hold of every patient.

    Args:
        content: What ``kg.content.read`` returns.
        name: One property; without it all of them.

    Returns:
        What became of each.

    Raises:
        UnknownQueryError: There is no such property; the nearest names are offered.
        NotCompiledError: A derive query says what no circuit can; the message names the file and the clause.
        ContentError: The list of known faults cannot be used.
    """
    known = known_faults(content.folder)
    with Prover(content, stage("prove") if name is None else [named("prove", name)]) as prover:
        return Proofs(tuple(prover.prove()), known, coverage(content))


def coverage(content: Content) -> Coverage:
    """What a proof over some content is about.

    Args:
        content: The content.

    Returns:
        Hashes, topics and conventions.
    """
    from kg.capsule import canonical_hash

    digest = hashlib.sha256()
    for query in stage("derive"):
        digest.update(f"\0{query.name}\0{query.text}".encode())
    part = content.part(frozenset(content.topics))
    return Coverage(canonical_hash(triples_of(part)), digest.hexdigest(), tuple(map(slug, content.topics)))


def known_faults(folder: Path | None) -> tuple[KnownFault, ...]:
    """The faults that a content folder says are known.

    Args:
        folder: The folder; None for content that was read from none.

    Returns:
        The faults; none where the folder lists none.

    Raises:
        ContentError: The list cannot be read, or a row of it names no property.
    """
    path = folder / KNOWN_FAULTS if folder else None
    if path is None or not path.is_file():
        return ()
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_faults(path, csv.DictReader(file, strict=True)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"{path}: cannot be read ({error}); save it as a CSV table in UTF-8"
        raise ContentError(message) from error


def _faults(path: Path, rows: csv.DictReader[str]) -> Iterator[KnownFault]:
    if rows.fieldnames is None or list(rows.fieldnames) != list(_COLUMNS):
        message = f"{path}, line 1: the columns are {', '.join(rows.fieldnames or ())}; write {', '.join(_COLUMNS)}"
        raise ContentError(message)
    properties, seen = {query.name for query in stage("prove")}, set[str]()
    for row in rows:
        values = [(row[column] or "").strip() for column in _COLUMNS]
        if None in row or not all(values):
            message = f"{path}, line {rows.line_num}: has not three values; write {', '.join(_COLUMNS)}"
            raise ContentError(message)
        if values[0] not in properties or values[0] in seen:
            problem = "is listed twice" if values[0] in seen else "is no property of queries/prove"
            message = f"{path}, line {rows.line_num}: {quoted(values[0])} {problem}; take the line off the list"
            raise ContentError(message)
        seen.add(values[0])
        yield KnownFault(*values)


def _plain(case: Case | None) -> dict[str, Any] | None:
    return None if case is None else {name: value for name, value in case.to_dict().items() if value}

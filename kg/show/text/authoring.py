"""Writes for authors: the report of a check, what is proved, what changed between two editions."""

from __future__ import annotations

import json
from collections import Counter

from kg.author.check import CheckReport, page_of
from kg.author.edition_difference import CaseChange, Edit, EditionDifference
from kg.author.prove.proofs import Coverage, Proofs, of_whom, plain
from kg.author.prove.prover import NOT_DECIDED, REFUTED, Proof
from kg.knowledge.sparql.queries import named
from kg.show.text import body, further, heading
from kg.show.text.reasons import change_lines, difference_lines
from kg.show.text.wrap import wrapped


@body.register
def _report(report: CheckReport) -> str:
    """Each problem once, with all its places."""
    places: dict[tuple[str, str, str, str], list[str]] = {}
    for problem in report.problems:
        page = page_of(problem.found_by)
        places.setdefault((problem.severity, problem.message, problem.cure, page), []).append(problem.place)
    blocks = []
    for (severity, message, cure, page), where in places.items():
        lines = [_filled(f"{severity}: {message} {cure}"), *([f"  See {page}"] if page else ())]
        blocks.append("\n".join([*lines, *(_filled(f"- {place}", 2) for place in where)]))
    checked = wrapped(f"{further.problems(report)}. Checked: {', '.join(report.checked)}.", break_long_words=True)
    blocks.append(f"{checked}\n{wrapped(report.left_out)}" if report.left_out else checked)
    return "\n\n".join(blocks)


@heading.register
def _counts(report: CheckReport) -> str:
    return further.problems(report)


def _filled(text: str, indent: int = 0) -> str:
    return wrapped(text, indent, indent + 2, break_long_words=True)


# ---------------------------------------------------------------- proofs


@body.register
def _coverage(coverage: Coverage) -> str:
    lines = [
        f"COVERS every accepted case, against all of: {', '.join(coverage.topics)}",
        f"content {coverage.content}",
        f"derive queries {coverage.queries}",
        f"conventions: {'; '.join(coverage.conventions)}",
    ]
    return "\n".join(wrapped(line, 0, 2) for line in lines)


@body.register
def _proofs(proofs: Proofs) -> str:
    """One property in full; of several, what went wrong. File names may be wider than 80 columns."""
    one = len(proofs.proofs) == 1
    shown = proofs.proofs if one else [proof for proof in proofs.concerned if not proof.holds or proofs.wrong(proof)]
    alike = Counter(proof.reason for proof in shown if proof.status == NOT_DECIDED)
    many = [reason for reason, count in alike.items() if count > 1]
    blocks = [f"NOT DECIDED: {alike[reason]} properties\n{wrapped(reason, 2, 4)}" for reason in many]
    blocks += [_proof(proofs, proof, in_full=one) for proof in shown if proof.reason not in many]
    return "\n\n".join([*blocks, f"{_proved(proofs)}\n{_coverage(proofs.coverage)}"])


@heading.register
def _proved(proofs: Proofs) -> str:
    return f"PROVED: {sum(proof.holds for proof in proofs.concerned)} of {len(proofs.concerned)}"


def _proof(proofs: Proofs, proof: Proof, *, in_full: bool) -> str:
    said = named("prove", proof.name).header
    fault = proofs.fault(proof)
    lines = [f"{proof.status.upper()}: {proof.name}"]
    if in_full:
        lines += [wrapped(f"{key}: {said[key]}", 2, 4) for key in ("problem", "principle", "solution")]
    if proof.status == REFUTED:
        lines.append(wrapped(of_whom(proof), 2, 4))
    lines += [wrapped(text, 2, 4) for text in (proof.reason, proofs.wrong(proof)) if text]
    if fault and proof.status == REFUTED:
        lines.append(wrapped(f"known fault, to be fixed in {fault.mended_in}: {fault.fault}", 2, 4))
    if proof.missing:
        lines.append(wrapped(f"the content lacks: {', '.join(proof.missing)}", 2, 4))
    if in_full:
        lines += [json.dumps(plain(case), indent=2) for case in (proof.patient, proof.completion) if case]
    return "\n".join(lines)


# ---------------------------------------------------------------- editions


@body.register
def _editions(difference: EditionDifference) -> str:
    blocks = [
        wrapped(f"{title}: edition {old or 'none'} -> {new or 'none'}", 0, 2) for title, old, new in difference.topics
    ]
    blocks += ["\n".join(_edit(edit)) for edit in difference.edits] or [further.NO_STATEMENT_CHANGED]
    if difference.compared:
        blocks.append(f"{further.CASES_CHANGED.upper()}: {len(difference.cases)} of {difference.compared}")
        blocks += map(_case_change, difference.cases)
    blocks += [wrapped(difference.everybody, 0, 2)] if difference.everybody else []
    blocks += [_case_change(difference.patient)] if difference.patient else []
    return "\n\n".join(blocks)


@body.register
def _case_change(change: CaseChange) -> str:
    lines = [f"CASE {change.case}"]
    if change.problem:
        return "\n".join([*lines, wrapped(change.problem, 2)])
    if change.difference:
        lines.append(difference_lines(change.difference))
    if change.ratings:
        lines += [further.RATINGS.upper(), *change_lines(change.ratings)]
    lines.append(further.caused_by(alone=change.alone).upper())
    for cause in change.causes:
        lines += _edit(cause, 2)
        lines += [wrapped(f"[{at.source}] {at.statement}", 4) for at in cause.origins]
    return "\n".join(lines)


def _edit(edit: Edit, indent: int = 0) -> list[str]:
    """A line for the thing, and one for each property."""
    lines = [wrapped(f"{edit.kind}, {edit.status}: {edit.label}", indent, indent + 2)]
    for part in edit.properties:
        lost, gained = ", ".join(part.change.lost), ", ".join(part.change.gained)
        words = f"{lost} -> {gained}" if lost and gained else f"- {lost}" if lost else f"+ {gained}"
        lines.append(wrapped(f"{part.label}: {words}", indent + 2, indent + 4))
    return lines

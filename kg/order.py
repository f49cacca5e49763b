"""Check an intended order: its rating here, what speaks against it, and what would be better."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from kg.answer import Answer, Held, Term
from kg.report import at_once, known_checks
from kg.showing import Shown
from kg.text import wrapped
from kg.why import Contrast, StudyReasons


@dataclass(frozen=True)
class OrderCheck(Shown):
    """What is said of an intended order.

    Attributes:
        order: The study that is intended.
        verdict: ``best``, ``rated equally, another preferred``, ``lower rated``, ``not appropriate``,
            ``contraindicated``, ``already performed``, ``not rated in this source``, ``belongs to another topic`` or
            ``cannot be judged yet``: the label of what the queries derive as ``ns:orderVerdict``.
        reasons: What bears on the study.
        warnings: Pitfalls that hold for this order.
        better: Each study that comes next instead, with what separates it from the order.
        answer: The whole answer for the case.
    """

    order: Term
    verdict: str
    reasons: StudyReasons
    warnings: tuple[Held, ...]
    better: tuple[Contrast, ...]
    answer: Answer

    def to_dict(self) -> dict[str, Any]:
        """The check as plain data.

        Returns:
            Nested dictionaries and lists; the answer in the form of ``kg/schemas/answer.schema.json``.
        """
        data: dict[str, Any] = {"order": asdict(self.order), "verdict": self.verdict}
        data["reasons"] = asdict(self.reasons)
        data["warnings"] = [asdict(warning) for warning in self.warnings]
        data["better"] = [asdict(contrast) for contrast in self.better]
        data["answer"] = self.answer.to_dict()
        return data

    def __str__(self) -> str:
        """The check as text of at most 80 columns."""
        lines = [wrapped(sentence, 0, 2) for sentence in at_once(self.answer)]
        lines.append(wrapped(f"ORDER {self.verdict.upper()}: {self.order.label}", 0, 2))
        lines += [wrapped(f"KNOWN, CHECK FIRST: {label}", 0, 2) for label in known_checks(self.answer, self.order.id)]
        lines += [wrapped(f"BELONGS TO {o.neighbour.label}: {o.reason.label}", 0, 2) for o in self.answer.handed_to]
        if self.answer.urgency:
            lines.append(wrapped(f"URGENCY: {self.answer.urgency.level.label}", 0, 2))
        lines.append(str(self.reasons))
        for warning in self.warnings:
            lines.append(wrapped(f"WARNING: {warning.label}", 0, 2))
        for contrast in self.better:
            lines.append(wrapped(f"BETTER: {contrast.first.study.label}", 0, 2))
            lines.append(wrapped(f"because of {contrast.decided_by}", 2, 4))
            if contrast.preference:
                facts = dict.fromkeys(fact.text for c in contrast.preference.criteria for fact in c.facts)
                lines.append(wrapped(f"which rests on {'; '.join(facts)}", 2, 4))
        return "\n".join(lines)

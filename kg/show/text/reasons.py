"""Writes reasons as text: why and why not, two studies side by side, an order, a differential, what changed."""

from __future__ import annotations

from kg.knowledge.content.terms import Term
from kg.patient.reasons.difference import Change, Difference
from kg.patient.reasons.differential import Differential
from kg.patient.reasons.order import OrderCheck
from kg.patient.reasons.why import ConditionReasons, Contrast, CriterionReasons, Reasons, StudyReasons
from kg.show.text import body, further, heading, phrases, whole
from kg.show.text.wrap import wrapped


@whole.register
def condition_lines(reasons: ConditionReasons) -> str:
    """Why a condition applies or does not, criterion by criterion down to the stated facts."""
    lines = [wrapped(phrases.condition(reasons), 0, 2)]
    lines += [wrapped(phrases.led_by(term), 2, 4) for term in reasons.led_by]
    lines += [_criterion(criterion) for criterion in reasons.criteria]
    for origin in reasons.origins:
        section = f", {origin.section}" if origin.section else ""
        lines.append(wrapped(f"source: {origin.statement} ({origin.source}{section})", 2, 4))
    return "\n".join(lines)


@whole.register
def _conditions(several: Reasons) -> str:
    return "\n\n".join(map(condition_lines, several))


def _criterion(criterion: CriterionReasons) -> str:
    return wrapped(f"{criterion.state}: {criterion.label}, {phrases.criterion(criterion)}", 2, 4)


@whole.register
def _study(reasons: StudyReasons) -> str:
    lines = [wrapped(f"{reasons.study.label.upper()}: {phrases.state(reasons)}", 0, 2)]
    lines += [wrapped(line, 2, 4) for line in phrases.rated_in(reasons)]
    lines += [wrapped(f"for it: {held.named}", 2, 4) for held in reasons.favour]
    lines += [wrapped(f"against it: {held.named}", 2, 4) for held in reasons.against]
    lines += [wrapped(words, 2, 4) for words in reasons.shows]
    return "\n".join(lines)


@whole.register
def _contrast(contrast: Contrast) -> str:
    separation = [wrapped(f"{phrases.DECIDES.upper()}: {contrast.decided_by}", 0, 2)]
    if contrast.preference:
        separation.append(condition_lines(contrast.preference))
    return "\n\n".join([_study(contrast.first), _study(contrast.second), "\n".join(separation)])


@heading.register
def _both(contrast: Contrast) -> str:
    return f"{contrast.first.study.label} against {contrast.second.study.label}"


@whole.register
def _order(check: OrderCheck) -> str:
    lines = [wrapped(sentence, 0, 2) for sentence in phrases.not_answered(check.answer)]
    lines += [wrapped(sentence, 0, 2) for sentence in phrases.at_once(check.answer)]
    lines += [wrapped(sentence, 0, 2) for sentence in further.failed_choices(check.answer)]
    lines.append(wrapped(phrases.order(check), 0, 2))
    lines += [wrapped(said, 0, 2) for said in filter(None, [further.order_as_chosen(check)])]
    lines += [wrapped(line, 0, 2) for line in phrases.known_checks(check.answer, check.order.id)]
    lines += [wrapped(f"BELONGS TO {phrases.elsewhere(over)}", 0, 2) for over in check.answer.handed_to]
    if check.answer.urgency:
        lines.append(wrapped(f"URGENCY: {check.answer.urgency.level.label}", 0, 2))
    lines.append(_study(check.reasons))
    for warning in check.warnings:
        lines.append(wrapped(f"WARNING: {warning.label}", 0, 2))
    for contrast in check.better:
        lines.append(wrapped(f"{phrases.BETTER.upper()}: {contrast.first.study.label}", 0, 2))
        lines.append(wrapped(f"reason: {contrast.decided_by}", 2, 4))
        if contrast.preference:
            facts = dict.fromkeys(fact.text for c in contrast.preference.criteria for fact in c.facts)
            lines.append(wrapped(f"based on: {'; '.join(facts)}", 2, 4))
    return "\n".join(lines)


@heading.register
def _order_verdict(check: OrderCheck) -> str:
    return phrases.order(check)


@body.register
def _differential(differential: Differential) -> str:
    lines = []
    for diagnosis in differential.diagnoses:
        lines.append(wrapped(diagnosis.label, 0, 2))
        for words, terms in (
            (phrases.EXPLAINS_HERE, diagnosis.known),
            (phrases.EXPLAINS, diagnosis.explains),
            (phrases.CAN_LEAD_TO, diagnosis.complications),
        ):
            lines += [wrapped(f"{words}: {_joined(terms)}", 2, 4)] if terms else []
    return "\n".join(lines) or phrases.NO_DIFFERENTIAL


@heading.register
def _diagnoses(differential: Differential) -> str:
    return "; ".join(diagnosis.label for diagnosis in differential.diagnoses) or phrases.NO_DIFFERENTIAL


def _joined(terms: tuple[Term, ...]) -> str:
    return ", ".join(term.label.lower() for term in terms)


@whole.register
def difference_lines(difference: Difference) -> str:
    """What changed between two answers, or a sentence if nothing changed."""
    lines = []
    for name in difference.__dataclass_fields__:
        change: Change = getattr(difference, name)
        if change:
            lines += [phrases.part_of_answer(name).upper(), *change_lines(change)]
    return "\n".join(lines) or phrases.NOTHING_CHANGED


@heading.register
def _changed_parts(difference: Difference) -> str:
    changed = [name for name in difference.__dataclass_fields__ if getattr(difference, name)]
    return ", ".join(phrases.part_of_answer(name).lower() for name in changed) or phrases.NOTHING_CHANGED


def change_lines(change: Change) -> list[str]:
    """What was lost and gained, one line each."""
    lost = [wrapped(f"- {label}", 2, 4) for label in change.lost]
    return lost + [wrapped(f"+ {label}", 2, 4) for label in change.gained]

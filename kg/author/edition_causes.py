"""Finds the edits that cause the answer for a case to change, by undoing them one at a time.

One edited thing is put back as it was in the old edition, and the case is assessed again. If the answer changes, the
edit is a cause. If no single edit changes it, the edits that the two derivations touch are named together.
"""

from __future__ import annotations

from kg.author.edited_things import EditedThings, string_of
from kg.author.edition_difference import CaseChange, Edit
from kg.errors import KgError
from kg.patient.assess.answer import Answer
from kg.patient.assess.assessor import Assessor
from kg.patient.case import Case
from kg.patient.reasons.difference import Change, change, difference


def explained_change(things: EditedThings, name: str, case: Case) -> CaseChange | None:
    """How the answer for a case changes between two editions, and why; None if it stays the same."""
    before, after = _assessed(things.old, case), _assessed(things.new, case)
    if isinstance(before, str) or isinstance(after, str):
        problem = "; ".join(
            f"the {edition} edition cannot assess it: {answer}"
            for edition, answer in (("old", before), ("new", after))
            if isinstance(answer, str)
        )
        return CaseChange(name, None, Change((), ()), problem, (), alone=False)
    parts = _changed(before, after)
    if not parts:
        return None
    touched = _touched(things, case)
    causes = [edit for edit in touched if parts & _moved(things, edit, case, after)]
    return CaseChange(
        name,
        difference(before, after),
        _ratings_changed(before, after),
        "",
        tuple(causes or touched),
        alone=bool(causes),
    )


def _touched(things: EditedThings, case: Case) -> tuple[Edit, ...]:
    """The edits of things that the derivation of the case touches in either edition, and of what is nested in these."""
    triples = (*things.old.derive(case), *things.new.derive(case))
    return things.touching(string_of(term) for triple in triples for term in (triple.subject, triple.object))


def _moved(things: EditedThings, edit: Edit, case: Case, after: Answer) -> frozenset[str]:
    """The parts of the new answer that change when this edit alone is undone."""
    answer = _assessed(things.without(edit.id), case)
    return frozenset() if isinstance(answer, str) else _changed(after, answer)


def _assessed(guide: Assessor, case: Case) -> Answer | str:
    try:
        return guide.assess(case)
    except KgError as error:
        return str(error)


def _ratings_changed(before: Answer, after: Answer) -> Change:
    return change([str(study) for study in before.studies], [str(study) for study in after.studies])


def _changed(before: Answer, after: Answer) -> frozenset[str]:
    """The names of the parts of the answer that changed."""
    found = difference(before, after)
    names = [name for name in found.__dataclass_fields__ if getattr(found, name)]
    return frozenset([*names, "ratings"] if _ratings_changed(before, after) else names)

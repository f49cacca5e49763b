"""Results of every class, which several tests of this folder look at."""

from __future__ import annotations

import pyarrow
import pytest

import kg
from kg.author.check import CheckReport, Problem
from kg.author.edition_difference import CaseChange, Edit, EditionDifference, Property
from kg.knowledge.content.terms import Origin, Term
from kg.patient.evidence.capsule import capsule
from kg.patient.evidence.recheck import Discrepancy as Lost
from kg.patient.evidence.recheck import Recheck
from kg.patient.reasons.difference import Change, Difference, difference
from kg.patient.what_if.surface import Gap, Leaf, Overlap, Surface, Unsafe
from kg.shown import Shown
from tests.judges import golden

MRI = "mri-thoracic-spine-without-and-with-contrast"
CT = "ct-thoracic-spine-without-contrast"
TOPIC = "thoracic-back-pain"


@pytest.fixture(scope="session")
def results(guide: kg.Guide, opening_patient: kg.Case) -> dict[str, Shown]:
    """One result of each class, and pathways that are large or urgent."""
    after = opening_patient.after(MRI, present=["marrow-replacing-lesion"])
    cases = golden.cases()
    answer = guide.assess(opening_patient)
    reasons = guide.why(opening_patient, "fracture-risk")
    return {
        "answer": answer,
        "call": guide.assess(cases["rapid-deficit"]),
        "undecided": guide.assess(cases["past-six-weeks-failed"]),
        "elsewhere": guide.assess(cases["cervical"]),
        "verdicts": reasons,
        "verdict": reasons[0],  # type: ignore[index]
        "study": guide.why(opening_patient, MRI),
        "contrast": guide.contrast(opening_patient, MRI, CT),
        "order": guide.check_order(opening_patient, CT),
        "difference": difference(answer, guide.assess(after)),
        "nothing changed": difference(answer, answer),
        "pathway": guide.pathway(opening_patient),
        "many studies": guide.pathway(cases["fall-and-tingling"]),
        "many steps": guide.pathway(cases["surgery-no-suspicion"]),
        "everything urgent": guide.pathway(cases["findings-without-mri"]),
        "two columns more": guide.pathway(cases["old-fracture-neurology-unknown"]),
        "differential": guide.differential(opening_patient),
        "ratings": guide.ratings(TOPIC),
        "findings": guide.findings(),
        "what to ask": guide.what_to_ask(kg.Case(present=["adult", "thoracic-back-pain", "fever"])),
        "nothing to ask": guide.what_to_ask(opening_patient),
        "surface": small_surface(),
        **work_of_authors(guide, difference(answer, guide.assess(after))),
        "capsule": capsule(guide, opening_patient),
    }


def work_of_authors(guide: kg.Guide, changed: Difference) -> dict[str, Shown]:
    """What is looked at when content is written, compared, rechecked or used on many orders."""
    problems = (
        Problem("error", "a.ttl, line 3: finding:fever", "It has no label.", "Write one."),
        Problem("error", "a.ttl, line 9: finding:chills", "It has no label.", "Write one."),
    )
    at = Origin("The MRI is rated.", "page 4", "The guideline")
    edit = Edit("x", "rating", "MRI", "changed", (Property("category", Change(("worse",), ("better",))),), (at,))
    case = CaseChange("one.json", changed, Change(("MRI: worse",), ("MRI: better",)), "", (edit,), alone=True)
    orders = [
        {"id": "1", "present": ["thoracic-back-pain", "radiculopathy", "adult"], "ordered": MRI, "unit": "ward"},
        {"id": "2", "present": ["thoracic-back-pain", "radiculopathy", "adult"], "ordered": CT, "unit": "practice"},
        {"id": "3", "present": ["thoracic-bakc-pain"], "ordered": CT, "unit": "practice"},
    ]
    return {
        "report": CheckReport(problems, ("2 shapes",)),
        "nothing to mend": CheckReport((), ("2 shapes",)),
        "editions": EditionDifference((("A topic", "2015", "2021"),), (edit,), (case,), 7),
        "same editions": EditionDifference((("A topic", "2021", "2021"),), (), (), 0),
        "rechecked": Recheck("capsule/1", "rdflib 7", ()),
        "not the same": Recheck("capsule/1", "rdflib 7", (Lost("conclusion", "case > best", "the best is another"),)),
        "audit": kg.audit(pyarrow.Table.from_pylist(orders), guide),
    }


def small_surface() -> Surface:
    """A surface by hand: three answers, a gap, an overlap and an unsafe answer."""
    yes, no, mri = Term("y", "recommended"), Term("n", "no criteria apply"), Term("m", "MRI")
    leaves = (Leaf(75, {}, no, (), (), ()), Leaf(24, {}, yes, (), (), (mri,)), Leaf(1, {}, yes, (), (), (mri,)))
    gap = Gap(9, ("Adult",), {"s": ("fever",)})
    overlap = Overlap(4, {}, (Term("a", "one scenario"), Term("b", "another scenario")))
    decided = Overlap(2, {}, (Term("c", "a third scenario"), Term("d", "a fourth scenario")))
    unsafe = Unsafe("contraindicated study is best", {}, {}, (mri,))
    return Surface(Term("t", "A topic"), (yes,), 100, 20, 3, leaves, (gap,), (overlap,), (unsafe,), (decided,))

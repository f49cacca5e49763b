"""A comparison begins with what changed of study, urgency and calls, or says that it is unchanged."""

from __future__ import annotations

import re

import pytest

import kg
from kg.show.text import further

MRI = "MRI thoracic spine without and with IV contrast"
RATED = "(Usually Appropriate)"
CALL = "Call the on-call neurosurgery or spine surgery service at once, often before the MRI is complete"
STAT = "unchanged: emergent (STAT)"

CHANGES = {
    "implant": (["mri-unsafe-implant"], f"{MRI} {RATED} -> CT thoracic spine without IV contrast {RATED}"),
    "call": (["rapidly-progressing-deficit"], f"unchanged: {MRI} {RATED}"),
    "nothing": ([], f"unchanged: {MRI} {RATED}"),
}
"""What is added to the opening patient, and what is said of the study."""


@pytest.mark.parametrize("name", CHANGES)
def test_study_urgency_and_calls_come_first(guide: kg.Guide, opening_patient: kg.Case, name: str) -> None:
    added, study = CHANGES[name]
    found = guide.what_if(opening_patient, opening_patient.with_facts(present=added))
    call = f"no call -> {CALL}" if name == "call" else "unchanged: no call"
    said = [("Study", study, False), ("Urgency", STAT, False), ("Calls", call, name == "call")]
    assert list(further.acted_on(found)) == said
    html = found.html()
    unfolded = html[html.index("</style>") : html.find("<details>")].replace("-&gt;", "->")
    assert re.findall(r'class="label">(.*?)</div><div>(.*?)</div>', unfolded) == [
        (title, words) for title, words, _ in said
    ]
    assert ('class="block call"' in unfolded) == (name == "call"), "a new call stands out"
    assert ("What else changed" in html) == (name != "nothing")


def test_without_a_study_the_outcome_is_said(guide: kg.Guide) -> None:
    case = kg.Case(present=["adult", "thoracic-back-pain"])
    found = guide.what_if(case, case.with_facts(present=["unsteady-gait"]))
    study, urgency, _ = (words for _, words, _ in further.acted_on(found))
    assert study == f"needs information -> MRI thoracic spine without IV contrast {RATED}"
    assert urgency == "not stated -> emergent (STAT)"

"""Writes an evidence capsule as text, which is the JSON-LD file itself, and the result of rechecking one."""

from __future__ import annotations

from kg.knowledge.sparql.iris import slug
from kg.patient.evidence.capsule import Capsule
from kg.patient.evidence.recheck import Recheck
from kg.show.text import body, further, heading
from kg.show.text.wrap import wrapped


@body.register
def _capsule(capsule: Capsule) -> str:
    return capsule.to_json()


@heading.register
def _heading(capsule: Capsule) -> str:
    case = capsule.document["case"]
    return f"{slug(case['outcome'])}, {capsule.document['id']}"


@body.register
def _recheck(found: Recheck) -> str:
    lines = [wrapped(further.rechecked(found), 0, 2, break_long_words=True)]
    lines += [wrapped(f"{each.kind}: {each.message}", 2, 4, break_long_words=True) for each in found.differences]
    return "\n".join(lines)

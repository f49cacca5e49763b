"""Shows the result of rechecking an evidence capsule."""

from __future__ import annotations

from kg.patient.evidence.recheck import Recheck
from kg.show.html import body
from kg.show.html.markup import Markup, item_list, tag
from kg.show.text import further


@body.register
def recheck_view(found: Recheck) -> Markup:
    """Whether the other engine derives the same, and each difference."""
    differences = item_list(f"{each.kind}: {each.message}" for each in found.differences)
    return tag("div", tag("h3", further.rechecked(found)), differences, tag("p", found.capsule, class_="soft"))

"""What came of rechecking an evidence capsule."""

from __future__ import annotations

from kg.recheck import Recheck
from kg.rich import body
from kg.rich.markup import Markup, listing, tag


@body.register
def recheck(found: Recheck) -> Markup:
    """What came of rechecking a capsule.

    Args:
        found: The result.

    Returns:
        Whether it is the same, and each thing that differs.
    """
    differences = listing(f"{each.kind}: {each.message}" for each in found.differences)
    title = tag("h3", "SAME" if found.same else "DIFFERENT")
    engine = f"The verdicts were derived again by {found.engine}."
    return tag("div", title, tag("p", engine), differences, tag("p", found.capsule, class_="soft"))

"""What an audit looks up, kept beside the build that it was compiled from.

Compiling the plan of a whole guideline takes seconds, longer than judging a million orders with it. It depends on the
content, the queries of the plan and the code that reads their rows: the hash of all three is the key, so what is kept
is never stale. A file that is damaged, or that holds anything but a plan, is not read but written anew.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from kg.compile_plan import compile_plan
from kg.names import slug
from kg.plan import Plan
from kg.queries import selection, stage

if TYPE_CHECKING:
    from kg.guide import Guide

_CODE = ("compile_plan.py", "kept_plan.py", "links.py", "plan.py")
_CLASSES = frozenset(
    {
        ("kg.links", "Links"),
        ("kg.plan", "Band"),
        ("kg.plan", "Groups"),
        ("kg.plan", "Plan"),
        ("kg.plan", "Screens"),
        ("kg.plan", "TopicPlan"),
        ("kg.kept_plan", "KeptPlan"),
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.numeric", "_frombuffer"),
    }
)


@dataclass(frozen=True)
class KeptPlan:
    """What an audit looks up.

    Attributes:
        plan: The plan.
        labels: The label of each finding.
        units: The unit of each measure.
    """

    plan: Plan
    labels: Mapping[str, str]
    units: Mapping[str, str]


def kept_plan(guide: Guide) -> KeptPlan:
    """Compile what an audit looks up, unless it is kept.

    Args:
        guide: The guideline.

    Returns:
        The plan with the labels and units that messages need.

    Raises:
        ContentError: As for ``kg.compile_plan.compile_plan``.

    >>> import kg
    >>> kept_plan(kg.load()).labels["fever"]
    'Fever'
    """
    place = guide.beside(f"audit-{_key()}.pickle")
    if place and (kept := _kept(place)):
        return kept
    plan = compile_plan(guide.content)
    labels = {word: guide.lexicon.label(guide.lexicon.term("Finding", word).value) for word in plan.findings}
    made = KeptPlan(plan, labels, {slug(measure): unit for measure, unit in guide.knowledge.units.items()})
    if place:
        with suppress(OSError):
            _keep(made, place)
    return made


def _key() -> str:
    code = Path(__file__).parent
    digest = hashlib.sha256()
    for query in (*stage("plan"), selection("enter"), selection("measures")):
        digest.update(query.text.encode())
    for name in _CODE:
        digest.update((code / name).read_bytes())
    return digest.hexdigest()[:20]


def _kept(place: Path) -> KeptPlan | None:
    """What a file holds, if it is whole."""
    with suppress(OSError, pickle.UnpicklingError):
        data = place.read_bytes()
        if data[:32] == hashlib.sha256(data[32:]).digest():
            return cast(KeptPlan, _Reader(io.BytesIO(data[32:])).load())
    return None


def _keep(made: KeptPlan, place: Path) -> None:
    """Write beside the place and rename, so that it is there whole or not at all."""
    data = pickle.dumps(made, protocol=5)
    number, draft = tempfile.mkstemp(dir=place.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(hashlib.sha256(data).digest() + data)
        Path(draft).replace(place)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


class _Reader(pickle.Unpickler):
    """Makes nothing but plans, whatever a file asks for."""

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name, if a plan has such."""
        if (module, name) not in _CLASSES:
            message = f"{module}.{name} is no part of a plan"
            raise pickle.UnpicklingError(message)
        return super().find_class(module, name)

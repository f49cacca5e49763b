"""Golden answers: the whole answer to every worked example and every published case, as reviewed by hand.

``python -m tests.golden --write`` writes them anew; look at the difference before it is kept.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import kg
from kg.examples import examples
from tests.conftest import ROOT

FOLDER = ROOT / "tests" / "golden"


@cache
def cases() -> dict[str, kg.Case]:
    """The worked examples of the topics and the cases in ``examples``, by the name of their file."""
    worked = {example.id.rsplit("/", 1)[-1]: example.case for example in examples(kg.load())}
    published = {path.stem: kg.Case.read(path) for path in sorted((ROOT / "examples").rglob("*.json"))}
    return {f"example-{name}": case for name, case in worked.items()} | {f"case-{name}": case for name, case in published.items()}


def answer(guide: kg.Guide, case: kg.Case) -> Any:
    """The answer as plain data, as it comes back from a file."""
    return json.loads(json.dumps(guide.assess(case).to_dict()))


def stored(name: str) -> Any:
    """A golden answer; None when there is none yet."""
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

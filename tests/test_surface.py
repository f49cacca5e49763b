"""The decision surface: against counting every patient one by one, and with planted faults that it has to find."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from random import Random

import kg
from kg.branching import Found, Trials
from kg.resources import folder
from kg.surface import Surface, Surveyor
from tests.generate import guideline
from tests.truth import Knowledge

TOPIC = "small"
SMALL = """\
@prefix ns: <https://w3id.org/nextstudy/ontology#> .
"""


def slice_of(path: Path) -> kg.Guide:
    return kg.load(path)

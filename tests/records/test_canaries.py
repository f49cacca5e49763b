"""Nothing of a patient is left anywhere but in the answer: not in a log, a cache, a temporary file, or an error."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.errors import KgError
from kg.records.reading import read_record
from tests.conftest import ROOT
from tests.records.bundles import GOLDEN, OPENING, TODAY, Resource, bundle

CANARY = "KANARIENVOGEL-51"


def marked(value: Any, key: str = "") -> Any:
    """The same with a canary in every text that only a person reads, and an identifier, name and note beside."""
    if isinstance(value, list):
        return [marked(each, key) for each in value]
    if isinstance(value, dict):
        made = {name: marked(part, name) for name, part in value.items()}
        if "resourceType" in value and value["resourceType"] != "Bundle":
            beside = {"identifier": [{"value": CANARY}], "note": [{"text": CANARY}], "text": {"div": CANARY}}
            return {**made, **beside, "name": [{"family": CANARY}]}
        return made
    return CANARY if key in ("display", "text", "conclusion") and isinstance(value, str) else value


def test_a_process_leaves_nothing_of_a_patient(tmp_path: Path) -> None:
    homes = {name: str(tmp_path / name) for name in ("TMPDIR", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME")}
    for place in homes.values():
        Path(place).mkdir()
    file = tmp_path / "record.json"
    file.write_text(json.dumps(marked(bundle(*OPENING))), encoding="utf-8")
    before = cache_files()
    command = [sys.executable, "-m", "kg.command.verbs", "recommend", str(file), "--today", "2026-12-01"]
    environment = {**os.environ, **homes, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path != file]
    written += [path for path in cache_files() if path not in before]
    assert not [path for path in written if CANARY.encode() in path.read_bytes()]
    assert not [path for path in written if b"opening" in path.read_bytes() or b"1961-03-02" in path.read_bytes()]


def cache_files() -> set[Path]:
    return {path for path in Path(os.environ["NEXTSTUDY_CACHE"]).rglob("*") if path.is_file()}


def spoiled() -> list[object]:
    """Bundles that cannot be used, each with canaries in every field."""
    patient = {"resourceType": "Patient", "id": CANARY}
    other: Resource = {"resourceType": "Patient", "id": f"{CANARY}-2"}
    return [
        CANARY,
        {"resourceType": CANARY},
        {"resourceType": "Bundle", "entry": CANARY},
        bundle(patient, other),
        {"resourceType": "Bundle", "entry": [CANARY, {"resource": CANARY}]},
    ]


def test_no_error_and_no_cause_of_one_repeats_a_patient(guide: kg.Guide, caplog: pytest.LogCaptureFixture) -> None:
    refused = 0
    with caplog.at_level(logging.DEBUG):
        for data in spoiled():
            try:
                read_record(data, guide, today=TODAY)
            except KgError as error:
                refused += 1
                assert CANARY not in "".join(traceback.format_exception(error))
        for resources, _ in GOLDEN.values():
            read_record(marked(bundle(*resources)), guide, today=TODAY)
    assert refused == 4
    assert CANARY not in caplog.text


def test_a_reason_repeats_no_free_text(guide: kg.Guide) -> None:
    for resources, _ in GOLDEN.values():
        record = read_record(marked(bundle(*resources)), guide, today=TODAY)
        said = [reason for entry in record.unread for reason in entry.unread]
        said += [entry.aside for entry in record.not_relevant]
        assert CANARY not in " ".join(said)

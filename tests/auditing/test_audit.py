"""Audits of tables: the answers of ``assess`` in every format, despite interruptions, with bad rows set aside."""

from __future__ import annotations

import errno
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kg
from kg.auditing import parts as finished
from kg.auditing.batches import RESULT, ROWS, Auditor
from kg.auditing.orders import LONGEST_LINE, batches
from kg.auditing.parts import _prepare, fingerprint
from kg.auditing.run import audit_file
from kg.auditing.summary import AuditSummary
from kg.author.examples import examples
from kg.command.verbs import main
from kg.errors import AuditError, KgError
from kg.knowledge.sparql.resources import shipped
from kg.patient.case import Case
from tests.conftest import ROOT, copied
from tests.judges.generate import cases, random_case
from tests.judges.truth import Knowledge

MRI = "mri-thoracic-spine-without-and-with-contrast"
GOOD: dict[str, Any] = {"id": "good", "present": ["adult", "thoracic-back-pain"], "ordered": MRI}


def row(number: int, case: Case) -> dict[str, Any]:
    """A case as a row of a table."""
    plain = case.to_dict()
    return {
        "id": str(number),
        "present": plain.get("present", []),
        "absent": plain.get("absent", []),
        "measured": [(name, float(value)) for name, value in case.measured.items()],
        "performed": plain.get("performed", []),
        "ordered": case.order,
        "unit": "ward",
    }


def assessed(guide: kg.Guide, described: Iterable[Case]) -> list[tuple[Case, dict[str, Any]]]:
    """Cases without assumptions, which a table states for all its rows at once, and as rows."""
    plain = [
        Case.from_dict({k: v for k, v in undated(c).to_dict().items() if k not in ("assume_absent", "note", "presume")})
        for c in described
    ]
    kept = []
    for case in plain:
        try:
            guide.assess(case)
        except KgError:
            continue  # contradicts itself without its assumptions
        kept.append(case)
    return [(case, row(number, case)) for number, case in enumerate(kept)]


@pytest.fixture(scope="module")
def rows(levels: kg.Guide) -> list[tuple[Case, dict[str, Any]]]:
    """Rows of two topics: each set of topics that a row may enter has a circuit of its own."""
    drawn = cases(random.Random("audit"), Knowledge(levels.core.content), 60)
    return assessed(levels, [*(example.case for example in examples(levels)[::2]), *drawn])


def undated(case: Case) -> Case:
    """The case without days, which a table does not have."""
    return replace(case, performed=tuple(replace(study, date="") for study in case.performed), since={})


def unqualified(names: list[str]) -> set[str]:
    """The slugs of conditions; the audit names the topic too where two topics use the same one."""
    return {name.split("/")[-1] for name in names}


def test_every_row_says_what_assess_says(guide: kg.Guide, levels: kg.Guide, rows: list[Any]) -> None:
    assert len(rows) > 100
    assert_audited_as_assessed(levels, rows)
    drawn = cases(random.Random("audit"), Knowledge(guide.core.content), 15)
    assert_audited_as_assessed(guide, assessed(guide, [*(each.case for each in examples(guide)[::16]), *drawn]))


def assert_audited_as_assessed(guide: kg.Guide, rows: list[tuple[Case, dict[str, Any]]]) -> None:
    """An audit of the rows says what ``assess`` says of each case."""
    found = kg.audit(pa.Table.from_pylist([r for _, r in rows], schema=ROWS), guide)
    assert found.rejects.num_rows == 0
    for (case, _), said in zip(rows, found.table.to_pylist(), strict=True):
        answer = guide.assess(case)
        assert said["outcome"] == answer.outcome.id, case.to_dict()
        assert set(said["best"]) == {study.id for study in answer.best}
        assert unqualified(said["scenario"]) == {held.id for held in answer.scenarios}
        assert unqualified(said["warnings"]) == {held.id for held in answer.warnings}
        assert said["urgency"] == (answer.urgency.level.id if answer.urgency else None)
        rated = {study.category.id for study in answer.studies if study.id == case.order}
        if case.order and answer.scenarios and not answer.handed_to:
            assert said["rating"] in (rated or {"not-rated"}), case.to_dict()
            assert said["rating"] == "not-rated" or len(rated) > 1 or {said["rating"]} == rated
        else:
            assert said["rating"] == ("not-judged" if case.order else None)


def test_a_closed_world_holds_for_every_row(guide: kg.Guide) -> None:
    case = Case(present=["adult", "thoracic-back-pain"], order=MRI)
    found = kg.audit(pa.Table.from_pylist([row(1, case)], schema=ROWS), guide, ["red-flag"]).table.to_pylist()[0]
    answer = guide.assess(case.assuming_absent("red-flag"))
    assert (found["outcome"], set(found["scenario"])) == (answer.outcome.id, {s.id for s in answer.scenarios})
    with pytest.raises(KgError, match="red-flag"):
        kg.audit(pa.Table.from_pylist([], schema=ROWS), guide, ["red-flagg"])


def as_csv(entry: dict[str, Any]) -> str:
    studies = (
        f"{s['procedure']}:{','.join([*s.get('present', []), *('!' + w for w in s.get('absent', []))])}"
        for s in entry["performed"]
    )
    parts = [";".join(entry["present"]), ";".join(entry["absent"])]
    parts += [";".join(f"{n}={v}" for n, v in entry["measured"]), '"' + ";".join(studies) + '"']
    return ",".join([entry["id"], *parts, entry["ordered"] or "", entry["unit"]])


def test_all_formats_give_the_same_result(
    tmp_path: Path, levels: kg.Guide, rows: list[tuple[Case, dict[str, Any]]]
) -> None:
    plain = [r for _, r in rows]
    pq.write_table(pa.Table.from_pylist(plain, schema=ROWS).drop_columns(["error"]), tmp_path / "o.parquet")
    lines = ["id,present,absent,measured,performed,ordered,unit", *map(as_csv, plain)]
    (tmp_path / "o.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ndjson = "\n".join(json.dumps({**r, "measured": dict(r["measured"])}) for r in plain)
    (tmp_path / "o.ndjson").write_text(ndjson, encoding="utf-8")
    expected = kg.audit(pa.Table.from_pylist(plain, schema=ROWS), levels)
    for name, workers in (("o.parquet", 2), ("o.csv", 1), ("o.ndjson", 1)):
        out = tmp_path / f"{name}.result.parquet"
        summary = audit_file(tmp_path / name, out, batch=64, workers=workers, content=levels.core.folder)
        assert pq.read_table(out).equals(expected.table), name
        assert summary.to_dict() == expected.summary.to_dict()
        assert not list(tmp_path.glob("*.parts")) and not list(tmp_path.glob("*.unfinished"))


def test_the_summary_counts_only_orders_that_could_be_judged() -> None:
    def said(
        ordered: str | None, rating: str | None, *, ruled_out: bool = False, error: str | None = None
    ) -> dict[str, Any]:
        judged = {"outcome": "recommended", "scenario": ["s"], "rating": rating, "contraindicated": ruled_out}
        return {"ordered": ordered, "unit": "ward", "warnings": ["w"], "error": error, **judged}

    summary = AuditSummary(frozenset({"usually-appropriate"}))
    rows = [said("a", "usually-appropriate"), said("a", "usually-appropriate", ruled_out=True)]
    rows += [said("b", "usually-not-appropriate"), said("b", "not-rated"), said("b", "not-judged")]
    rows += [said(None, None), said("a", None, error="bad")]
    half = summary.plus(pa.RecordBatch.from_pylist(rows[:3], schema=RESULT))
    half_again = half.plus(pa.RecordBatch.from_pylist(rows[3:], schema=RESULT))
    summary = summary.plus(pa.RecordBatch.from_pylist(rows, schema=RESULT))
    assert half_again == summary != half
    assert (summary.rows, summary.rejected, summary.judged) == (7, 1, 3)
    assert summary.share == 1 / 3
    assert summary.shares("study") == [("a", 2, 0.5), ("b", 1, 0.0)]
    assert summary.reasons == {"a: contraindicated in s": 1, "b: usually-not-appropriate in s": 1}
    assert summary.warnings == {"w": 6}
    assert summary.svg().count("<rect") == 5
    assert "Appropriate by study: " in summary.svg()
    assert "Appropriate by unit: " in summary.svg("unit")
    with pytest.raises(kg.ParameterError, match="one of 'study', 'scenario', 'unit', not by 'ward'"):
        summary.svg("ward")
    assert max(map(len, str(summary).splitlines())) <= 80


# ---------------------------------------------------------------------- bad rows


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        ({"present": ["adultt"]}, "did you mean 'adult'"),
        ({"present": ["fever"], "absent": ["fever"]}, "says that 'fever' is both present and absent"),
        ({"measured": [("age", 650.0)]}, "measured 'age' is 650, outside 0 to"),
        ({"measured": [("age", float("nan"))]}, "not a number"),
        ({"measured": [("age", 20.0), ("age", 70.0)]}, "measured 'age' is both"),
        ({"present": [None]}, "contains an empty entry"),
        ({"ordered": "mri-brane"}, "ordered: 'mri-brane' is not a procedure"),
        ({"performed": [{"procedure": "x-ray"}]}, "performed: 'x-ray' is not a procedure"),
        ({"performed": [{"procedure": "radiography-thoracic-spine", "present": ["?"]}]}, "performed, present: '?'"),
        (
            {
                "performed": [
                    {"procedure": "radiography-thoracic-spine", "present": ["kyphosis"], "absent": ["kyphosis"]}
                ]
            },
            "says that 'kyphosis' is both present and absent",
        ),
    ],
)
def test_a_bad_row_is_set_aside_with_number_and_cause(guide: kg.Guide, bad: dict[str, Any], cause: str) -> None:
    found = kg.audit(pa.Table.from_pylist([GOOD, {**GOOD, "id": "bad", **bad}, GOOD], schema=ROWS), guide)
    (rejected,) = found.rejects.to_pylist()
    assert (rejected["row"], rejected["id"]) == (2, "bad")
    assert cause in rejected["cause"]
    assert found.table.num_rows == 2 and found.table.column("outcome").null_count == 0
    assert (found.summary.rows, found.summary.rejected) == (3, 1)


BAD_LINES = {
    "one value too few": "b,adult",
    "a number that is none": f"b,adult,,age=old,,{MRI},",
    "an open quote": f'b,"adult,,,,{MRI},',
    "a very long line": "b," + "x" * (3 * LONGEST_LINE),
}


@pytest.mark.parametrize("line", BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_of_csv_stops_nothing(tmp_path: Path, line: str) -> None:
    good = f"good,adult;thoracic-back-pain,,,,{MRI},"
    text = "\n".join(["id,present,absent,measured,performed,ordered,unit", good, line, good])
    assert_second_rejected(tmp_path, "o.csv", text)


MIXED = {
    "text for a list": {**GOOD, "present": "adult"},
    "a number for a word": {**GOOD, "present": [7]},
    "text for a number": {**GOOD, "measured": {"age": "old"}},
    "an unknown key": {**GOOD, "presnt": []},
    "no order": {"id": "b", "present": []},
    "a word twice": {**GOOD, "present": ["adult", "adult"]},
    "an assumption, which is one of all rows": {**GOOD, "assume_absent": ["red-flag"]},
    "a key of a case, not of a row": {**GOOD, "order": MRI},
    "false for an order": {**GOOD, "ordered": False},
    "an empty list for an order": {**GOOD, "ordered": []},
    "an empty text for an order": {**GOOD, "ordered": ""},
    "true for an id": {**GOOD, "id": True},
    "a list for a unit": {**GOOD, "unit": ["ward"]},
    "a number that nothing measures": {**GOOD, "measured": {"age": 10**400}},
    "half a character": {**GOOD, "id": "\ud800"},
    "half a character within a word": {**GOOD, "present": ["adult\udc00"]},
    "very many words": {**GOOD, "present": [f"{n}" for n in range(140_000)]},
    "very many keys": {**GOOD, "measured": {f"{n}": n for n in range(70_000)}},
}
ODD = {
    "not an object": "[1]",
    "not whole": "{",
    "not UTF-8": '"\xff"',
    "a key twice": '{"id": "b", "present": [], "ordered": null, "present": ["adult"]}',
    "deep": "[" * 100_000,
    "a number that Python does not read": json.dumps(GOOD)[:-1] + ', "measured": {"age": ' + "9" * 5000 + "}}",
}


LINES = {**{name: json.dumps(row) for name, row in MIXED.items()}, **ODD}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_bad_line_of_ndjson_stops_nothing(tmp_path: Path, line: str) -> None:
    assert_second_rejected(tmp_path, "o.ndjson", "\n".join([json.dumps(GOOD), line, json.dumps(GOOD)]))


def assert_second_rejected(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    summary = audit_file(tmp_path / name, tmp_path / "r.csv", workers=1)
    assert (summary.rows, summary.rejected) == (3, 1)
    header, rejected = (tmp_path / "r.csv.rejects.csv").read_text(encoding="utf-8").splitlines()
    assert header == "row,id,cause" and rejected.startswith("2,")
    assert len(rejected) < 600
    assert len((tmp_path / "r.csv").read_text(encoding="utf-8").splitlines()) == 3


def test_lines_that_say_nothing_are_no_rows(tmp_path: Path) -> None:
    row = f"good,adult;thoracic-back-pain,{MRI}"
    for ending, text in (
        ("csv", f"id,present,ordered\n{row}\n\n{row}\n \n"),
        ("ndjson", f"{json.dumps(GOOD)}\n\n{json.dumps(GOOD)}\r\n\r\n"),
    ):
        for name, encoding in (("plain", "utf-8"), ("marked", "utf-8-sig")):
            orders = tmp_path / f"{name}.{ending}"
            orders.write_bytes(text.encode(encoding))
            summary = audit_file(orders, tmp_path / "r.csv", workers=1)
            assert (summary.rows, summary.rejected) == (2, 0), orders


# ---------------------------------------------------------------------- tables that cannot be used


def test_a_table_that_cannot_be_used_is_one_clear_error(tmp_path: Path) -> None:
    def refused(name: str, match: str) -> None:
        with pytest.raises(AuditError, match=match) as error:
            audit_file(tmp_path / name, tmp_path / "r.parquet", workers=1)
        assert "\n" not in str(error.value)
        assert not (tmp_path / "r.parquet.parts").exists(), "nothing was finished"

    (tmp_path / "empty.csv").touch()
    refused("empty.csv", "is empty")
    refused("none.csv", "cannot be read")
    (tmp_path / "orders.xlsx").write_text("x", encoding="utf-8")
    refused("orders.xlsx", "must end in")
    (tmp_path / "columns.csv").write_text("id,ordered\n1,x\n", encoding="utf-8")
    refused("columns.csv", "no column 'present'")
    (tmp_path / "twice.csv").write_text("id,present,ordered,present\n1,adult,,fever\n", encoding="utf-8")
    refused("twice.csv", "the column 'present' twice")
    twice = pa.Table.from_arrays([pa.array(["1"]), pa.array([["adult"]]), pa.nulls(1), pa.nulls(1)], names=[*"ipoo"])
    pq.write_table(twice.rename_columns(["id", "present", "ordered", "ordered"]), tmp_path / "twice.parquet")
    refused("twice.parquet", "the column 'ordered' twice")
    for name, value in (("true", True), ("text", "65")):
        map_of = pa.array([[("age", value)]], type=pa.map_(pa.string(), pa.scalar(value).type))
        pq.write_table(
            pa.table({"id": ["1"], "present": [["adult"]], "ordered": ["x"], "measured": map_of}),
            tmp_path / f"map-{name}.parquet",
        )
        refused(f"map-{name}.parquet", rf"map-{name}\.parquet: the column 'measured' contains map<")
    pq.write_table(pa.table({"id": pa.array([], pa.string())}), tmp_path / "nothing.parquet")
    refused("nothing.parquet", r"nothing\.parquet: .*no column 'present'")
    (tmp_path / "blank.csv").write_text("\n\n", encoding="utf-8")
    refused("blank.csv", "no column 'id', 'present', 'ordered'")
    words = pa.table({"id": ["1"], "present": [["adult"]], "ordered": ["x"], "measured": [{"age": "65"}]})
    pq.write_table(words, tmp_path / "words.parquet")
    refused("words.parquet", "column 'measured' contains struct<age: ")
    for number, name in enumerate(("utf-16", "utf-16-le", "utf-32")):
        (tmp_path / f"wide{number}.csv").write_text("id,present,ordered\n1,fever,x\n", encoding=name)
        refused(f"wide{number}.csv", "not UTF-8 text; save the table as CSV in UTF-8")
    (tmp_path / "escape.csv").write_text("id\x1b[31m,ordered\n", encoding="utf-8")
    refused("escape.csv", r"first line names 'id\\x1b\[31m', 'ordered'")
    pq.write_table(pa.table({"id": ["1"], "ordered": ["x"]}), tmp_path / "columns.parquet")
    refused("columns.parquet", "no column 'present'")
    pq.write_table(pa.table({"id": ["1"], "present": [[7]], "ordered": ["x"]}), tmp_path / "types.parquet")
    refused("types.parquet", "column 'present' contains list")
    pq.write_table(pa.Table.from_pylist([GOOD] * 1000, schema=ROWS), tmp_path / "whole.parquet")
    whole = (tmp_path / "whole.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    refused("cut.parquet", "not a complete")
    with pytest.raises(AuditError, match="its name must end in"):
        audit_file(tmp_path / "whole.parquet", tmp_path / "r.xlsx")
    for workers in (0, -1):
        with pytest.raises(AuditError, match="give at least 1"):
            audit_file(tmp_path / "whole.parquet", tmp_path / "r.csv", workers=workers)


def test_text_that_is_not_utf_8_is_one_clear_error(tmp_path: Path) -> None:
    bad = pa.array([b"adult\xff"]).cast(pa.binary()).view(pa.string())
    words = pa.ListArray.from_arrays(pa.array([0, 1], type=pa.int32()), bad)
    pq.write_table(pa.table({"id": ["1"], "present": words, "ordered": [MRI]}), tmp_path / "o.parquet")
    for workers in (1, 2):
        with pytest.raises(AuditError, match=r"o\.parquet: contains text that is not UTF-8"):
            audit_file(tmp_path / "o.parquet", tmp_path / "r.parquet", workers=workers)


def test_a_command_with_a_bad_table_exits_with_2(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    command = [
        sys.executable,
        "-m",
        "kg.command.verbs",
        "audit",
        str(tmp_path / "empty.csv"),
        "-o",
        str(tmp_path / "r.csv"),
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.startswith("nextstudy: ") and len(run.stderr.splitlines()) == 1


def test_a_finding_that_is_assumed_absent_does_not_take_the_orders(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(f"id,present,ordered\n1,adult,{MRI}\n", encoding="utf-8")
    orders, result = str(tmp_path / "orders.csv"), str(tmp_path / "r.csv")
    assumed = ["--assume-absent", "red-flag", "--assume-absent", "history-of-cancer"]
    assert main(["audit", *assumed, orders, "-o", result, "--workers", "1"]) == 0
    assert (tmp_path / "r.csv").is_file()
    assert main(["audit", orders, "-o", result, "--workers", "0"]) == 2


@pytest.mark.parametrize("written", [{}, {"row_group_size": 70}, {"use_dictionary": False}], ids=str)
def test_parquet_is_read_the_same_however_its_words_are_held(tmp_path: Path, written: dict[str, Any]) -> None:
    plain = [
        {**GOOD, "id": str(n), "present": [f"word-{n}", "adult"], "performed": [{"procedure": MRI}], "unit": n}
        for n in range(300)
    ]
    pq.write_table(pa.Table.from_pylist(plain), tmp_path / "o.parquet", dictionary_pagesize_limit=500, **written)
    found = list(batches(tmp_path / "o.parquet", 90))
    assert [batch.num_rows for batch in found] == [90, 90, 90, 30]
    said = [entry for batch in found for entry in batch.to_pylist()]
    assert [entry["present"] for entry in said] == [entry["present"] for entry in plain]
    assert {(entry["ordered"], entry["performed"][0]["procedure"]) for entry in said} == {(MRI, MRI)}
    assert [entry["unit"] for entry in said] == [entry["id"] for entry in said] == [str(n) for n in range(300)]


# ---------------------------------------------------------------------- interruptions

RUN = """
import sys
from pathlib import Path
from kg.auditing.run import audit_file
audit_file(Path(sys.argv[1]), Path(sys.argv[2]), batch=100, workers=2, content=Path(sys.argv[3]))
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Case, dict[str, Any]]]) -> Path:
    """Orders enough for many parts, some of them bad."""
    plain = [{**rows[n % len(rows)][1], "id": str(n)} for n in range(6000)]
    for entry in plain[::97]:
        entry["present"] = ["fevr"]
    path = tmp_path_factory.mktemp("many") / "orders.parquet"
    pq.write_table(pa.Table.from_pylist(plain, schema=ROWS), path)
    return path


def test_killed_three_times_the_result_is_that_of_an_undisturbed_run(
    tmp_path: Path, many: Path, levels: kg.Guide
) -> None:
    audit_file(many, tmp_path / "expected.parquet", workers=1, content=levels.core.folder)
    out, rng = tmp_path / "out.parquet", random.Random("kill")
    parts = tmp_path / "out.parquet.parts"
    command = [sys.executable, "-c", RUN, str(many), str(out), str(levels.core.folder)]
    for kill in (1, 2, 3):
        process = subprocess.Popen(command, cwd=ROOT)
        while process.poll() is None and len(list(parts.glob("[0-9]*.arrow"))) < 12 * kill:
            time.sleep(0.002)
        time.sleep(rng.random() / 50)
        process.kill()
        process.wait()
        assert not out.exists(), "nothing is there before all is"
    finished = {path: path.stat().st_mtime_ns for path in parts.glob("[0-9]*.arrow")}
    assert 36 <= len(finished) < 60
    subprocess.run(command, cwd=ROOT, check=True)
    assert pq.read_table(out).equals(pq.read_table(tmp_path / "expected.parquet"))
    rejects = (tmp_path / f"{name}.parquet.rejects.csv" for name in ("out", "expected"))
    assert len({path.read_text(encoding="utf-8") for path in rejects}) == 1


def test_parts_of_other_orders_are_not_used(tmp_path: Path) -> None:
    orders, out = tmp_path / "o.csv", tmp_path / "r.csv"
    parts = tmp_path / "r.csv.parts"
    parts.mkdir()
    (parts / "manifest.json").write_text('{"audit": "another"}', encoding="utf-8")
    (parts / "000000.arrow").write_bytes(b"no part")
    orders.write_text(f"id,present,ordered\n1,adult;thoracic-back-pain,{MRI}\n", encoding="utf-8")
    assert audit_file(orders, out, workers=1).rows == 1


def test_parts_judged_by_another_version_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = tmp_path / "o.csv"
    orders.write_text(f"id,present,ordered\n1,adult,{MRI}\n", encoding="utf-8")
    copy = Path(shutil.copytree(shipped("queries"), tmp_path / "queries"))
    content = shipped("ontology")

    def judged_by() -> str:
        return fingerprint(orders, content, ["red-flag"], 100)

    code = Path(shutil.copytree(Path(kg.__file__).parent, tmp_path / "kg"))
    monkeypatch.setattr(finished, "code_of", lambda *_: sorted(code.rglob("*.py")))
    monkeypatch.setattr(finished, "shipped", lambda name: copy if name == "queries" else shipped(name))
    first = judged_by()
    assert judged_by() == first
    for changed in (next((copy / "derive").glob("*.rq")), code / "auditing" / "conclusions.py"):
        before = changed.read_text(encoding="utf-8")
        changed.write_text(f"{before}# changed\n", encoding="utf-8")
        assert judged_by() != first, changed
        changed.write_text(before, encoding="utf-8")
    assert judged_by() == first


def orders_in(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(f"id,present,ordered\n1,adult;thoracic-back-pain,{MRI}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "places",
    [
        {"result": "orders.csv"},
        {"rejects": "orders.csv"},
        {"rejects": "result.csv"},
        {"rejects": "link.csv"},
        {"picture": "orders.csv"},
        {"picture": "result.csv"},
        {"picture": "result.csv.rejects.csv"},
        {"picture": "other/../orders.csv"},
        {"rejects": "result.csv.parts"},
    ],
    ids=str,
)
def test_no_file_is_written_over_another_one(tmp_path: Path, places: dict[str, str]) -> None:
    orders = orders_in(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "link.csv").symlink_to(orders)
    before = orders.read_bytes()
    given = {"result": tmp_path / "result.csv", **{name: tmp_path / place for name, place in places.items()}}
    with pytest.raises(AuditError, match="is the same file; give each a name of its own"):
        audit_file(orders, workers=1, **given)  # type: ignore[arg-type]
    assert orders.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.csv", "orders.csv", "other"]


@pytest.mark.parametrize("name", ["result", "rejects", "picture"])
@pytest.mark.parametrize(
    ("place", "cure"), [("none/file.csv", "in a folder that exists"), ("folder.csv", "not a folder")]
)
def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, name: str, place: str, cure: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    given = {"result": tmp_path / "result.csv", name: tmp_path / place}
    told: list[int] = []
    with pytest.raises(AuditError, match=f"{Path(place).name}: cannot be written .*; name a file,? {cure}"):
        audit_file(orders_in(tmp_path), workers=1, progress=lambda done, _: told.append(done), **given)  # type: ignore[arg-type]
    assert not told and not list(tmp_path.glob("*.parts"))


@pytest.mark.parametrize("manifest", [None, '{"other": "thing"}', "[]", "{", "[" * 100_000], ids=lambda t: str(t)[:9])
def test_a_folder_that_no_audit_wrote_is_refused_and_left(tmp_path: Path, manifest: str | None) -> None:
    parts = tmp_path / "r.csv.parts"
    parts.mkdir()
    (parts / "thesis.txt").write_text("years of work", encoding="utf-8")
    (parts / "000000.arrow").write_text("work of another program", encoding="utf-8")
    if manifest is not None:
        (parts / "manifest.json").write_text(manifest, encoding="utf-8")
    before = {path.name: path.read_bytes() for path in parts.iterdir()}
    with pytest.raises(AuditError, match=r"r\.csv\.parts: contains '.*', which no audit wrote; move") as error:
        audit_file(orders_in(tmp_path), tmp_path / "r.csv", workers=1)
    assert "\n" not in str(error.value)
    assert {path.name: path.read_bytes() for path in parts.iterdir()} == before


def test_a_file_among_the_parts_outlives_them(tmp_path: Path) -> None:
    parts = tmp_path / "r.csv.parts"
    parts.mkdir()
    (parts / "manifest.json").write_text('{"audit": "another"}', encoding="utf-8")
    (parts / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(AuditError, match=r"contains 'thesis\.txt'"):
        audit_file(orders_in(tmp_path), tmp_path / "r.csv", workers=1)
    assert (parts / "thesis.txt").exists()


def test_a_file_that_no_audit_wrote_is_not_taken_for_a_part(tmp_path: Path) -> None:
    parts = tmp_path / "r.csv.parts"
    parts.mkdir()
    left = {"manifest.json": '{"audit": "another"}', "000000.arrow": "a part", "1984-sales.arrow": "sales"}
    for name, text in left.items():
        (parts / name).write_text(text, encoding="utf-8")
    with pytest.raises(AuditError, match=r"contains '1984-sales\.arrow'"):
        audit_file(orders_in(tmp_path), tmp_path / "r.csv", workers=1)
    assert {path.name: path.read_text(encoding="utf-8") for path in parts.iterdir()} == left


def test_a_part_of_which_a_bit_was_turned_is_refused(tmp_path: Path) -> None:
    part = tmp_path / "000000.arrow"
    finished.store_part(part, pa.table({"outcome": ["recommended"] * 100}))
    assert finished.load_part(part).num_rows == 100
    good = part.read_bytes()
    for place in random.Random("bits").sample(range(len(good)), 60):
        part.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises(AuditError, match="was removed or damaged"):
            finished.load_part(part)


def test_a_killed_beginning_is_begun_again(tmp_path: Path) -> None:
    parts = tmp_path / "r.csv.parts"
    parts.mkdir()
    (parts / "manifest.json.unfinished").write_text("{", encoding="utf-8")
    assert audit_file(orders_in(tmp_path), tmp_path / "r.csv", workers=1).rows == 1
    assert not parts.exists()


def test_a_damaged_part_is_one_clear_error(tmp_path: Path) -> None:
    orders, out = orders_in(tmp_path), tmp_path / "r.csv"
    _prepare(tmp_path / "r.csv.parts", fingerprint(orders, shipped("ontology"), (), 100))
    (tmp_path / "r.csv.parts" / "000000.arrow").write_bytes(b"no part")
    with pytest.raises(AuditError, match=r"000000\.arrow: was removed or damaged"):
        audit_file(orders, out, batch=100, workers=1)
    assert not out.exists()


def test_two_audits_at_once_use_each_its_own_guideline(
    tmp_path: Path, many: Path, levels: kg.Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = copied(tmp_path / "ontology", ())
    both = threading.Barrier(2, timeout=60)

    def together(*given: Any) -> ProcessPoolExecutor:
        both.wait()
        return ProcessPoolExecutor(*given)

    monkeypatch.setattr("kg.auditing.run.ProcessPoolExecutor", together)
    with ThreadPoolExecutor(2) as threads:
        one, other = (
            threads.submit(audit_file, many, tmp_path / f"{number}.parquet", content=content)
            for number, content in enumerate((levels.core.folder, copy))
        )
    assert "recommended" in one.result().outcomes
    assert set(other.result().outcomes) == {"no-criteria-apply"}


def test_a_worker_that_was_ended_is_one_clear_error(
    tmp_path: Path, many: Path, levels: kg.Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Auditor, "batch", lambda self, rows: os._exit(9))
    with pytest.raises(AuditError, match=r"a worker was killed.* use fewer --workers.*finished parts are kept"):
        audit_file(many, tmp_path / "r.parquet", workers=2, content=levels.core.folder)


@pytest.mark.parametrize(("number", "cure"), [(errno.ENOSPC, "make room"), (errno.EACCES, "check the folder")])
def test_the_file_that_cannot_be_written_is_named(
    tmp_path: Path, number: int, cure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("kg.auditing.parts.feather.write_feather", refused)
    with pytest.raises(AuditError, match=rf"000000\.arrow: cannot be written .*; {cure}.*finished parts are kept"):
        audit_file(orders_in(tmp_path), tmp_path / "r.csv", workers=1)
    monkeypatch.undo()
    monkeypatch.setattr("kg.auditing.run._parted", lambda *_: (None, Unwritable(refused)))
    monkeypatch.setattr("kg.auditing.run._TableWriter.write", lambda *_: None)
    with pytest.raises(AuditError, match=rf"r\.csv\.rejects\.csv: cannot be written .*; {cure}"):
        audit_file(orders_in(tmp_path), tmp_path / "r.csv", workers=1)


class Unwritable:
    """Rows that fail while they are written."""

    def __init__(self, write: Callable[[], None]) -> None:
        self._write = write

    @property
    def columns(self) -> None:
        self._write()


def test_after_ctrl_c_one_line_and_the_finished_parts_are_kept(tmp_path: Path, many: Path, levels: kg.Guide) -> None:
    out = tmp_path / "out.parquet"
    code = (
        "import signal, sys, kg.auditing.run as a, kg.command.verbs as c\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # which a shell sets to ignored in the background
        "a.audit_file.__kwdefaults__['batch'] = 100\n"
        "sys.exit(c.process())"
    )
    arguments = ["audit", str(many), "-o", str(out), "--content", str(levels.core.folder)]
    command = [sys.executable, "-c", code, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while process.poll() is None and not list(tmp_path.glob("*.parts/0*.arrow")):
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it, to the workers too
    assert process.communicate()[1] == "nextstudy: interrupted; run the same command again to continue\n"
    assert process.returncode == 130
    assert list(tmp_path.glob("*.parts/0*.arrow")) and not out.exists()


def test_a_full_disk_is_one_clear_error_and_finished_parts_are_kept(
    tmp_path: Path, many: Path, levels: kg.Guide
) -> None:
    out = tmp_path / "out.parquet"
    limit = 40_000  # more than a part, less than the result

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    code = (
        "import signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from kg.command.verbs import main; sys.exit(main(['audit', *sys.argv[1:]]))"
    )
    arguments = [str(many), "-o", str(out), "--workers", "1", "--content", str(levels.core.folder)]
    command = [sys.executable, "-c", code, *arguments]
    run = subprocess.run(command, cwd=ROOT, preexec_fn=full, capture_output=True, text=True, check=False)
    assert run.returncode == 2, run.stderr
    assert "cannot be written" in run.stderr and "finished parts are kept" in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert not out.exists() and not list(tmp_path.glob("**/*.unfinished"))
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    assert out.exists()


# ---------------------------------------------------------------------- the shapes of a case


def test_a_row_is_refused_as_assess_refuses_it(levels: kg.Guide) -> None:
    guide = levels
    knowledge, rng = Knowledge(guide.core.content), random.Random("refused")
    described = [undated(replace(random_case(rng, knowledge), assume_absent=())) for _ in range(150)]
    described += [case.with_facts(measured={"age": 200}) for case in described[:10]]
    described += [
        Case(present=["fever"]).after("radiography-thoracic-spine", present=["kyphosis"], absent=["spinal-deformity"])
    ]
    found = kg.audit(pa.Table.from_pylist([row(n, case) for n, case in enumerate(described)], schema=ROWS), guide)
    expected = {}
    for number, case in enumerate(described):
        try:
            guide.assess(case)
        except KgError as error:
            expected[str(number)] = str(error)
    causes = {each["id"]: each["cause"] for each in found.rejects.to_pylist()}
    assert causes == expected
    said = " ".join(causes.values())
    expected_words = ("is present, but", "and excludes it", "outside 0 to", "(Radiography thoracic spine)")
    assert all(words in said for words in expected_words)

"""Tables as other programs write them: line ends, separators, names of columns, cells that look like formulas."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kg
from kg.auditing.orders import LONGEST_LINE, batches
from kg.auditing.rows import Export
from kg.auditing.run import audit_file
from kg.command.verbs import main
from kg.errors import AuditError
from kg.spreadsheet import guarded, unguarded

MRI = "mri-lumbar-spine-without-contrast"
LINES = ["id,present,measured,ordered", f"1,lumbar-back-pain;fever,age=60,{MRI}", f"2,fever,,{MRI}", "3,,,"]


def read(path: Path, export: Export | None = None) -> list[dict[str, object]]:
    return [row for batch in batches(path, 100, export) for row in batch.to_pylist()]


def table(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n", "\n\r"], ids=repr)
@pytest.mark.parametrize("last", [True, False])
def test_every_line_end_separates_rows(tmp_path: Path, end: str, last: bool) -> None:
    expected = read(table(tmp_path / "plain.csv", "\n".join(LINES)))
    assert [row["id"] for row in expected] == ["1", "2", "3"] and not any(row["error"] for row in expected)
    assert read(table(tmp_path / "o.csv", end.join(LINES) + end * last)) == expected
    mixed = f"{LINES[0]}\r{LINES[1]}\r\n{LINES[2]}\n\n{LINES[3]}{end}"
    assert read(table(tmp_path / "mixed.csv", mixed)) == expected
    rows = ['{"id": 1, "present": ["fever"], "ordered": null}', '{"id": 2, "present": [], "ordered": null}']
    assert [row["id"] for row in read(table(tmp_path / "o.ndjson", end.join(rows) + end * last))] == ["1", "2"]


def test_a_line_end_across_two_pieces_of_the_file(tmp_path: Path) -> None:
    start, row = f"{LINES[0]},unit\r\n", f"1,fever,,{MRI},"
    filler = f"0,fever,,,{'x' * 100_000}\r\n" * 10
    for last in range(LONGEST_LINE - 3, LONGEST_LINE + 6):  # the place of the sign before the line end
        pad = "x" * (last - len(start + filler + row))
        found = read(table(tmp_path / "o.csv", f"{start}{filler}{row}{pad}\r\n{row}\r\n"))
        assert [each["id"] for each in found] == ["0"] * 10 + ["1", "1"]
        assert not any(each["error"] for each in found)


def test_wrong_quotation_marks_cost_one_row_each(tmp_path: Path) -> None:
    found = read(table(tmp_path / "o.csv", 'id,present,ordered\n1,fever,"x\n2,fever,\n3,"fe"ver,\n'))
    opened, right, closed = (str(row["error"] or "") for row in found)
    assert opened.startswith("a quotation mark opens a cell that the line does not close; close it")
    assert not right
    assert closed.startswith("the line is not CSV (") and closed.endswith("; correct its quotation marks")


def test_a_line_that_is_too_long_is_one_row_whatever_ends_it(tmp_path: Path) -> None:
    for end in ("\n", "\r", "\r\n"):
        text = end.join(["id,present,ordered", "1,fever,", "2," + "x" * (5 * LONGEST_LINE) + ",", "3,fever,", ""])
        found = read(table(tmp_path / "o.csv", text))
        assert [row["id"] for row in found] == ["1", None, "3"]
        assert [bool(row["error"]) for row in found] == [False, True, False]


# ---------------------------------------------------------------------- nothing judged is no success


def test_a_table_of_which_nothing_was_judged_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def audited(text: str) -> tuple[int, str, str]:
        orders = table(tmp_path / "orders.csv", text)
        status = main(["audit", str(orders), "-o", str(tmp_path / "r.csv"), "--workers", "1"])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    head = "id,present,ordered\n"
    status, out, err = audited(f"{head}1,feverr,\n2,painn,\n")
    assert (status, err.count("\n")) == (1, 1)
    assert "orders.csv: every row was rejected; " in err and "r.csv.rejects.csv says why" in err
    assert out.startswith("2 rows, all rejected")
    status, out, err = audited(head)
    assert (status, err.count("\n")) == (1, 1)
    assert "orders.csv: has no rows to judge" in err and out.startswith("no rows")
    assert audited(f"{head}1,feverr,\n2,fever,\n")[::2] == (0, "")


# ---------------------------------------------------------------------- names and separators


@pytest.mark.parametrize(("separator", "sign", "between"), [(";", ";", "|"), ("tab", "\t", ";"), ("|", "|", ";")])
def test_another_separator(tmp_path: Path, separator: str, sign: str, between: str) -> None:
    expected = read(table(tmp_path / "plain.csv", "\n".join(LINES)))
    text = "\n".join(line.replace(";", between).replace(",", sign) for line in LINES)
    assert read(table(tmp_path / "o.csv", text), Export.of((), separator)) == expected
    if sign == "\t":
        assert read(table(tmp_path / "o.tsv", text)) == expected
    with pytest.raises(AuditError, match=rf"give --separator '{separator}'".replace("|", r"\|")):
        read(tmp_path / "o.csv")


def test_a_quoted_list_may_have_the_separator(tmp_path: Path) -> None:
    text = f'id;present;measured;ordered\n1;"lumbar-back-pain;fever";age=60;{MRI}\n'
    (row,) = read(table(tmp_path / "o.csv", text), Export.of((), ";"))
    assert row["present"] == ["lumbar-back-pain", "fever"]


def test_the_names_of_an_export_are_mapped_to_ours(tmp_path: Path) -> None:
    expected = read(table(tmp_path / "plain.csv", "\n".join(LINES)))
    called = {"Patient No.": "id", "Order=": "ordered"}
    text = "\n".join(["Patient No.,present,measured,Order=", *LINES[1:]])
    orders = table(tmp_path / "o.csv", text)
    assert read(orders, Export.of(called)) == expected
    words = [word for pair in called.items() for word in ("--column", "=".join(pair))]
    assert main(["audit", str(orders), "-o", str(tmp_path / "r.csv"), "--workers", "1", *words]) == 0
    line = '{"Patient No.": "1", "present": ["fever"], "Order=": null}'
    (row,) = read(table(tmp_path / "o.ndjson", line), Export.of(called))
    assert (row["id"], row["error"]) == ("1", None)
    plain = kg.audit([{"id": "1", "present": ["fever"], "ordered": MRI}]).table
    renamed = plain.select(["id"]).append_column("present", [[["fever"]]]).append_column("Order=", [[MRI]])
    pq.write_table(renamed.rename_columns(["Patient No.", "present", "Order="]), tmp_path / "o.parquet")
    (row,) = read(tmp_path / "o.parquet", Export.of(called))
    assert (row["id"], row["ordered"]) == ("1", MRI)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--column", "a=patient"], "there is no column 'patient'; the columns are 'id', 'present'"),
        (["--column", "id=patient"], "the table's name comes first: 'patient=id'?"),
        (["--column", "patient"], "write NAME=OURS, such as --column patient=id"),
        (["--column", "patient=id", "--column", "other=id"], "the column 'id' is named twice; the columns are"),
        (["--column", "a=id", "--column", "a=unit"], "the column 'a' is named twice"),
        (["--column", "nobody=unit"], "has no column 'nobody'; its first line names 'id', 'present', 'ordered'"),
        (["--column", "ordered=present"], "has no column 'ordered'; its first line names"),
        (["--separator", "x"], "'x' cannot separate cells; use one of ',', ';', 'tab', '|'"),
        (["--separator", ";"], "its first line is one cell; give --separator ','"),
    ],
)
def test_a_mapping_that_cannot_be_is_one_sentence(
    tmp_path: Path, words: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    orders = table(tmp_path / "o.csv", "id,present,ordered\n1,fever,\n")
    assert main(["audit", str(orders), "-o", str(tmp_path / "r.csv"), *words]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert expected in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.csv"]


def test_two_columns_for_one_are_refused(tmp_path: Path) -> None:
    orders = table(tmp_path / "o.csv", "id,patient,present,ordered\n1,2,fever,\n")
    with pytest.raises(AuditError, match="has 'id', 'patient', which would both be the column 'id'"):
        read(orders, Export.of({"patient": "id"}))
    (row,) = read(
        table(tmp_path / "o.ndjson", '{"id": 1, "patient": 2, "present": [], "ordered": null}'),
        Export.of({"patient": "id"}),
    )
    assert "two keys for 'id'" in str(row["error"])


def test_a_separator_of_what_is_not_csv(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="leave --separator out"):
        read(table(tmp_path / "o.ndjson", "{}"), Export.of((), ";"))


def test_parts_of_a_table_read_otherwise_are_not_used(tmp_path: Path) -> None:
    from kg.auditing.parts import fingerprint

    orders = table(tmp_path / "o.csv", "id,present,ordered\n")
    prints = {fingerprint(orders, None, (), 1, export) for export in (None, Export.of({"a": "id"}), Export.of((), ";"))}
    assert len(prints) == 3


# ---------------------------------------------------------------------- formulas


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''=1", " =1", "\uff1d1", "-"])
def test_a_formula_is_guarded(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"
    assert unguarded(guarded(cell)) == cell


@given(st.text("'=+-@\t\r\nab1 ;", max_size=6))
def test_a_guard_is_undone(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell
    assert guarded(guarded(cell)) in (cell, f"''{cell}")
    assert guarded(cell)[:1] not in {*"=+-@\t\r\n"}


@pytest.mark.parametrize("cell", ["A-1", "'A", "", "1=1", "a@b"])
def test_what_is_no_formula_stays(cell: str) -> None:
    assert guarded(cell) == unguarded(cell) == cell


def test_what_an_audit_writes_has_no_formula_and_is_read_as_it_was(tmp_path: Path) -> None:
    ids = ["=1+1", "+ED", "-5", "@SUM(A1)", "'=x", "plain", "\t=2"]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [
            ["id", "present", "ordered", "unit"],
            *([name, "feverr" if n % 2 else "fever", MRI, name] for n, name in enumerate(ids)),
        ]
    )
    orders = table(tmp_path / "o.csv", text.getvalue().replace("'=x", "''=x"))
    audit_file(orders, tmp_path / "r.csv", workers=1)
    audit_file(orders, tmp_path / "r.parquet", workers=1)
    good, bad = ids[::2], ids[1::2]
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [row["unit"] for row in rows] == [guarded(name) for name in good]
    with (tmp_path / "r.csv.rejects.csv").open(encoding="utf-8", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [guarded(name) for name in bad]
    assert pq.read_table(tmp_path / "r.parquet").column("id").to_pylist() == good, "no spreadsheet runs Parquet"
    again = "\n".join(["id,present,ordered", *(f"{row['id']},fever," for row in rows)])
    assert [row["id"] for row in read(table(tmp_path / "again.csv", again))] == good


def test_rows_of_a_question_have_no_formula_in_csv(guide: kg.Guide) -> None:
    rows = guide.query('SELECT ("=1+1" AS ?a) ("@x"@en AS ?b) (-5 AS ?c) ("plain" AS ?d) WHERE {}')
    assert rows.to_csv().splitlines() == ["a,b,c,d", "'=1+1,'@x,-5,plain"]
    assert rows.to_dataframe().iloc[0].to_list() == ["=1+1", "@x", -5, "plain"]
    assert '"=1+1"' in rows.to_json() and "'=" not in rows.to_tsv()

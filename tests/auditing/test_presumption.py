"""What the content presumes holds where a table can list studies, and not where it has no column for them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kg
from kg.auditing.batches import ROWS
from kg.auditing.orders import LONGEST_LINE, file_lists_studies
from kg.auditing.rows import Export
from kg.auditing.run import audit_file
from tests.judges.generate import cases
from tests.judges.truth import Knowledge

Answers = list[dict[str, Any]]


@pytest.fixture(scope="module")
def guide(levels: kg.Guide) -> kg.Guide:
    """Two topics: each set of topics that a row may enter has a circuit of its own."""
    return levels


@pytest.fixture(scope="module")
def described(guide: kg.Guide) -> list[kg.Case]:
    """Cases without studies: whether these are taken as not performed is what is tested."""
    drawn = cases(Random("presumption"), Knowledge(guide.core.content), 45)
    plain = [kg.Case(present=c.present, absent=c.absent, measured=c.measured, order=c.order) for c in drawn]
    adult = {"age": 50}
    plain += [
        kg.Case(present=["thoracic-back-pain"], absent=["red-flag"], measured=adult),
        kg.Case(present=["thoracic-back-pain", "leg-weakness"], measured=adult),
        kg.Case(present=["thoracic-back-pain", "vertebral-compression-fracture"], measured=adult),
    ]
    return [case for case in plain if all(consistent(guide, replace(case, presume=p)) for p in (True, False))]


def consistent(guide: kg.Guide, case: kg.Case) -> bool:
    try:
        guide.assess(case)
    except kg.KgError:
        return False
    return True


def rows(described: list[kg.Case], *, listing: bool) -> Answers:
    """The cases as rows, with a column for studies or without."""
    return [
        {
            "id": str(number),
            "present": list(case.present),
            "absent": list(case.absent),
            "measured": [(name, float(value)) for name, value in case.measured.items()],
            "ordered": case.order,
            **({"performed": []} if listing else {}),
        }
        for number, case in enumerate(described)
    ]


def table(plain: Answers, *, listing: bool) -> pa.Table:
    left_out = ["error", "unit", *(() if listing else ("performed",))]
    return pa.Table.from_pylist(plain, schema=ROWS).drop_columns(left_out)


def objects(plain: Answers) -> Answers:
    return [{**each, "measured": dict(each["measured"])} for each in plain]


def written(way: str, plain: Answers, place: Path, *, listing: bool) -> Path:
    path = place / f"orders.{way}"
    if way == "parquet":
        pq.write_table(table(plain, listing=listing), path)
    elif way == "ndjson":
        path.write_text("\n".join(map(json.dumps, objects(plain))), encoding="utf-8")
    else:
        names = ["id", "present", "absent", "measured", "ordered", *(["performed"] if listing else [])]
        lines = [",".join(names)]
        for each in plain:
            measured = ";".join(f"{name}={value}" for name, value in each["measured"])
            cells = [each["id"], ";".join(each["present"]), ";".join(each["absent"]), measured, each["ordered"] or ""]
            lines.append(",".join([*cells, *([""] if listing else [])]))
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def audited(way: str, plain: Answers, place: Path, guide: kg.Guide, *, listing: bool) -> Answers:
    orders: Any
    if way == "list":
        orders = objects(plain)
    elif way == "table":
        orders = table(plain, listing=listing)
    elif way == "frame":
        pytest.importorskip("pandas")
        orders = table(plain, listing=listing).to_pandas(maps_as_pydicts="strict")
    else:
        out = place / "result.parquet"
        audit_file(written(way, plain, place, listing=listing), out, workers=1, content=guide.core.folder)
        return list(pq.read_table(out).to_pylist())
    return list(kg.audit(orders, guide).table.to_pylist())


@pytest.mark.parametrize("listing", [True, False], ids=["with studies", "without studies"])
@pytest.mark.parametrize("way", ["list", "table", "frame", "parquet", "csv", "ndjson"])
def test_a_row_is_assessed_with_presumptions_where_its_table_can_list_studies(
    way: str, listing: bool, described: list[kg.Case], guide: kg.Guide, tmp_path: Path
) -> None:
    found = audited(way, rows(described, listing=listing), tmp_path, guide, listing=listing)
    assert len(found) == len(described)
    for case, said in zip(described, found, strict=True):
        answer = guide.assess(replace(case, presume=listing))
        assert said["outcome"] == answer.outcome.id, case.to_dict()
        assert said["best"] == sorted(study.id for study in answer.best), case.to_dict()
        assert len(said["scenario"]) == len(answer.scenarios)
        assert said["urgency"] == (answer.urgency.level.id if answer.urgency else None)


def test_the_presumption_matters(described: list[kg.Case], guide: kg.Guide) -> None:
    def settled(case: kg.Case) -> tuple[str, list[str], list[str]]:
        answer = guide.assess(case)
        return answer.outcome.id, [study.id for study in answer.best], [term.id for term in answer.could_lead]

    assert any(settled(case) != settled(replace(case, presume=False)) for case in described)


def test_a_column_by_another_name_lists_studies_too(tmp_path: Path) -> None:
    line = json.dumps({"id": "1", "present": ["adult"], "ordered": None, "imaging": []})
    path = tmp_path / "o.ndjson"
    path.write_text(f"{line}\n", encoding="utf-8")
    assert not file_lists_studies(path, Export())
    assert file_lists_studies(path, Export.of({"imaging": "performed"}))


def test_the_name_is_found_wherever_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    for before in (0, LONGEST_LINE - 14, LONGEST_LINE - 5, LONGEST_LINE, 3 * LONGEST_LINE):
        path.write_text(" " * before + '{"id": "1", "performed": []}\n', encoding="utf-8")
        assert file_lists_studies(path, Export())

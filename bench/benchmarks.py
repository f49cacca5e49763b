"""Measures everything side by side and writes ``docs/reference/benchmarks.md``: ``make bench BASE=FOLDER``.

Answers are checked to be equal before anything is timed. Comparisons with an older commit run in separate processes
(``bench/jobs.py``), this checkout and the older one in turn, so that a busy machine slows both. If something cannot be
measured on this machine, the page says so.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.metadata
import importlib.util
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import kg
from bench import engines
from bench.generator import Known, Size, cohort, table, write, write_table
from bench.jobs import best
from kg.knowledge.sparql.second_engine import SecondEngine
from kg.logic.circuit.gates import Circuit, restricted
from kg.logic.circuit.vector import BitWords, Executor
from kg.patient.case import Case
from kg.patient.facts import facts
from kg.patient.performed import Performed

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "benchmarks.md"
EXAMPLE = ROOT / "examples" / "abnormal-radiograph.json"
BASE = "ff55664"
UNMEASURED = "not measured: give --base"
Work = Callable[[], object]


@dataclass(frozen=True)
class Timed:
    """The seconds of several rounds."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.seconds)

    def each(self, count: int) -> str:
        """Median and range for one of ``count`` things, in the unit that fits."""
        low, mid, high = (value / count for value in (min(self.seconds), self.median, max(self.seconds)))
        unit, factor = next((u, f) for u, f in (("s", 1.0), ("ms", 1e3), ("µs", 1e6), ("ns", 1e9)) if mid * f >= 1)
        return f"{mid * factor:.3g} {unit} ({low * factor:.3g} to {high * factor:.3g})"

    def rate(self, count: int) -> str:
        """How many things per second, with the range."""
        low, mid, high = (count / value for value in (max(self.seconds), self.median, min(self.seconds)))
        return f"{mid:,.0f} ({low:,.0f} to {high:,.0f})"


def timed(work: Work, rounds: int) -> Timed:
    """Time some work, each round separately."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return Timed(tuple(seconds))


@dataclass
class Page:
    """The page that is written."""

    lines: list[str] = field(default_factory=list)
    bars: list[tuple[str, str, str, str]] = field(default_factory=list)

    def section(self, title: str, text: str) -> None:
        """Begin a section."""
        print(f"{datetime.now(UTC):%H:%M:%S} {title}", flush=True)
        self.lines += ["", f"## {title}", "", text, ""]

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Add a table."""
        self.lines += ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]

    def bar(self, figure: str, bar: str, found: str, holds: object) -> None:
        """Note whether a bar is reached; ``holds`` is None if it was not measured."""
        self.bars.append((figure, bar, found, "not measured" if holds is None else "yes" if holds else "**no**"))


@dataclass(frozen=True)
class Checkout:
    """This checkout, or one of an older commit, with the interpreter that runs it.

    Attributes:
        place: Its folder.
        python: The interpreter of its environment.
        kept: Where it keeps builds and bytecode.
    """

    place: Path
    python: str
    kept: Path

    def run(self, job: str, *arguments: str, cache: Path | None = None) -> dict[str, float]:
        """Run a job of ``bench/jobs.py``.

        Args:
            job: Its name.
            arguments: Its arguments; empty ones are left out.
            cache: Another place for kept builds.

        Returns:
            Seconds by name; ``"memory"`` is the peak of all its processes together, in MB.
        """
        environment = self.environment(cache)
        command = [self.python, str(ROOT / "bench" / "jobs.py"), job, *(a for a in arguments if a)]
        process = subprocess.Popen(command, cwd=self.place, env=environment, stdout=subprocess.PIPE, text=True)
        highest = 0.0
        while process.poll() is None:
            highest = max(highest, _memory(process.pid))
            time.sleep(0.05)
        if process.returncode or process.stdout is None:
            sys.exit(f"benchmarks: the job {job} failed in {self.place}")
        return {**json.loads(process.stdout.read()), "memory": highest}

    def environment(self, cache: Path | None = None) -> dict[str, str]:
        """The environment of its processes, with places for kept builds and for bytecode, which a checkout may lack."""
        shared = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        kept = {"NEXTSTUDY_CACHE": str(cache or self.kept / "builds"), "PYTHONPYCACHEPREFIX": str(self.kept / "code")}
        return shared | kept | {"PYTHONPATH": str(self.place)}


@dataclass(frozen=True)
class Sides:
    """The two checkouts that are compared.

    Attributes:
        ours: This checkout.
        base: The older checkout, if there is one.
    """

    ours: Checkout
    base: Checkout | None

    def run(self, job: str, *arguments: str, rounds: int = 1) -> tuple[dict[str, float], dict[str, float]]:
        """Run a job on both sides in turn; keep the smallest figures, because other work only ever adds time."""
        ours, base = [], []
        for _ in range(rounds):
            ours.append(self.ours.run(job, *arguments))
            if self.base:
                base.append(self.base.run(job, *arguments))
        return _least(ours), _least(base)


def _least(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: min(found[name] for found in rounds) for name in rounds[0]} if rounds else {}


@dataclass(frozen=True)
class Guideline:
    """A content folder, and what cases for it are drawn from."""

    name: str
    place: Path | None

    @classmethod
    def made(cls, folder: Path, topics: int) -> Guideline:
        """A synthetic one, written unless it exists."""
        place = folder / f"guideline-{topics}"
        if not place.exists():
            write(place, 0, Size.of(topics))
        return cls(f"{topics:,} synthetic topics", place)

    @property
    def argument(self) -> str:
        """The argument that names it for a job."""
        return str(self.place or "")

    @cached_property
    def guide(self) -> kg.Guide:
        """Its guide."""
        return kg.load(self.place)

    @cached_property
    def known(self) -> Known:
        """What cases are drawn from."""
        return Known.of(self.guide.core.content)

    def orders(self, folder: Path, count: int) -> Path:
        """A table of orders, written unless it exists."""
        place = folder / f"orders-{self.place.name if self.place else 'shipped'}-{count}.parquet"
        return place if place.exists() else write_table(place, self.known, 1, count)

    def cases(self, seed: int, count: int) -> list[Case]:
        """Cases in the words of its vocabulary."""
        return [
            Case(
                present=row["present"],
                absent=row["absent"],
                measured=dict(row["measured"]),
                performed=[Performed(study["procedure"]) for study in row["performed"]],
                order=row["ordered"],
            )
            for row in table(self.known.vocabulary, cohort(self.known, seed, count)).to_pylist()
        ]


def require(equal: bool, what: str) -> None:
    """Stop if answers differ: what is fast but wrong is not timed."""
    if not equal:
        sys.exit(f"benchmarks: {what} give different answers; nothing was written")


def times(figure: float, base: float | None) -> str:
    """How many times as fast, or that it was not measured."""
    return f"{base / figure:.3g} times" if base else UNMEASURED


# ---------------------------------------------------------------------- one case


def one_case(page: Page, full: Guideline, quick: bool) -> None:
    """One case at full size: with reasons, and with the same derive queries on the second engine."""
    guide = full.guide
    some = [case for case in full.cases(11, 6000) if guide.core.entered(guide.core.facts(case))]
    parts = sorted({guide.core.entered(guide.core.facts(case)) for case in some}, key=sorted)[: 10 if quick else 40]
    sound = [
        case for case in some if guide.core.entered(guide.core.facts(case)) in set(parts) and _assessed(guide, case)
    ]
    sound = sound[: 100 if quick else 800]
    with_reasons = Timed(tuple(timed(lambda case=case: guide.assess(case), 1).median for case in sound))  # type: ignore[misc]
    derived = Timed(tuple(timed(lambda case=case: _derived(guide, case), 1).median for case in sound))  # type: ignore[misc]
    at = guide.core.entered(guide.core.facts(sound[0]))
    second = SecondEngine(guide.core.triples(at))
    rdf, shares = [], []
    for case in [case for case in sound if guide.core.entered(guide.core.facts(case)) == at][: 2 if quick else 12]:
        # Side by side, case by case: the speed of a machine changes within seconds.
        own = timed(lambda case=case: guide.assess(case), 9).median  # type: ignore[misc]
        stated = facts(case, guide.core.slice(at).lexicon)
        start = time.perf_counter()
        found = second.derive(stated)
        rdf.append(time.perf_counter() - start)
        shares.append(rdf[-1] / own)
        require(found == frozenset(guide.derive(case)), "rdflib and Oxigraph")
    page.section(
        "One case, full size",
        f"{len(sound)} cases of {len(parts)} topics; each part of the guideline was opened before. rdflib runs the "
        "same derive queries on a graph that is filled already.",
    )
    page.table(
        ("what", "median (range)", "times `assess`"),
        [
            ("`assess`, with reasons", with_reasons.each(1), "1"),
            ("the derive queries alone", derived.each(1), f"{derived.median / with_reasons.median:.2g}"),
            ("the same derive queries on rdflib", Timed(tuple(rdf)).each(1), f"{statistics.median(shares):.3g}"),
        ],
    )
    percentiles = statistics.quantiles(with_reasons.seconds, n=100)
    p50, p99 = percentiles[49] * 1e3, percentiles[98] * 1e3
    page.bar("`assess` with reasons, full size: p50", "8 ms", f"{p50:.1f} ms", p50 <= 8)
    page.bar("the same: p99", "20 ms", f"{p99:.1f} ms", p99 <= 20)


def _assessed(guide: kg.Guide, case: Case) -> bool:
    try:
        guide.assess(case)
    except kg.KgError:
        return False  # one in a hundred contradicts itself
    return True


def _derived(guide: kg.Guide, case: Case) -> None:
    """Run the derive queries on a case; nothing is read from the result."""
    part = guide.core.slice(guide.core.entered(guide.core.facts(case)))
    with part.rules.evaluation(facts(case, part.lexicon)):
        pass


def processes(page: Page, sides: Sides, full: Guideline, large: Guideline | None, quick: bool) -> None:
    """Whole processes: the first opening of a content folder, and a first answer."""
    case = next(case for case in full.cases(13, 50) if _assessed(full.guide, case))
    rounds = 3 if quick else 11
    rows = []
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(case.to_dict(), file)
        file.flush()
        for name, arguments in (
            ("the shipped topics", [str(EXAMPLE)]),
            (full.name, [file.name, "--content", str(full.place)]),
        ):
            command = ("-m", "kg.command.verbs", "recommend", *arguments)
            works = [_process(side, *command) for side in (sides.ours, sides.base) if side]
            seconds = [[timed(work, 1).median for work in works] for _ in range(rounds)]
            ours, *base = (Timed(tuple(each)) for each in zip(*seconds, strict=True))
            ratio = ours.median / base[0].median if base else None
            said = f"{ratio:.2f} times" if ratio else UNMEASURED
            rows.append((f"`nextstudy recommend`, {name}", ours.each(1), base[0].each(1) if base else "", said))
            page.bar(f"`recommend` as a cold process, {name}", "1.1 times as long", said, ratio and ratio <= 1.1)
    if large:
        opening = _opened(sides.ours, large)
        old = _opened(sides.base, large) if sides.base else None
        said = times(opening, old)
        page.bar("first opening of 14,000 scenarios", "2 times as fast", said, old and old / opening >= 2)
        rows.append(("first opening of 2,700 topics", f"{opening:.1f} s", f"{old:.1f} s" if old else "", said))
    page.section(
        "Whole processes",
        "`recommend` with a kept build and bytecode, as on every start of an installed package but the first. The "
        "first opening reads a content folder, derives and keeps the build.",
    )
    page.table(("what", "here", f"at {BASE}", "ratio"), rows)


def _process(side: Checkout, *arguments: str) -> Work:
    def run() -> None:
        command = [side.python, *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=side.place, env=side.environment())

    run()  # the first start writes the bytecode and the kept build
    return run


def _opened(side: Checkout, large: Guideline) -> float:
    with tempfile.TemporaryDirectory() as empty:
        return side.run("opening", large.argument, cache=Path(empty))["wall"]


# ---------------------------------------------------------------------- many cases


def arrays(page: Page, sides: Sides, folder: Path, guideline: Guideline, count: int) -> dict[str, float]:
    """Conclusions from arrays."""
    ours, base = sides.run("arrays", str(guideline.orders(folder, count)), guideline.argument, rounds=2)
    page.section(
        f"{count:,} cases from arrays: {guideline.name}",
        "Both sides judge the same table, which each has turned into arrays beforehand. With two processes, each has "
        "half of the cases. Packing turns what cases state into bits; reading turns bits into verdicts; columns turn "
        "words into arrays and verdicts into words. Refusing also finds the cases that contradict themselves.",
    )
    named = {
        "circuits, two processes": ours["two"],
        "circuits, one process": ours["one"],
        "of this packing": ours["packing"],
        "of this the gates": ours["gates"],
        "of this reading": max(0.0, ours["one"] - ours["packing"] - ours["gates"]),
        "refusing, one process": ours["refusing"],
        "columns, one process": ours["columns"],
        **{f"{BASE}, {name}": base[name] for name in ("numpy two", "numpy one", "numba two", "numba one") if base},
    }
    page.table(
        ("what", "seconds", "cases a second"),
        [(name, f"{seconds:.3f}", f"{count / seconds:,.0f}" if seconds else "") for name, seconds in named.items()],
    )
    for engine, goal, least in (("numpy", 8, 8), ("numba", 3, 1)):
        old = base.get(f"{engine} two")
        figure = f"audit from arrays, two processes, {guideline.name}: against {engine} of {BASE}"
        bar = f"goal {goal} times" + (f", at least {least}" if least < goal else "")
        page.bar(figure, bar, times(ours["two"], old), old and old / ours["two"] >= least)
    return {"one": base.get("numba one", 0.0), "two": ours["two"]}


def gates(page: Page, numba: float, count: int, folder: Path) -> None:
    """Only the gates of the shipped topics, with inputs as bits and one thread; and the same in C."""
    guide = kg.load()
    circuit = guide.core.circuits.of(frozenset(guide.core.content.topics))
    names = ("leading", "best", "outcome", "contraindicated")
    circuit = restricted(circuit, {name: circuit.outputs[name] for name in names})
    executor, compiled = Executor(circuit), in_c(circuit, folder)
    plain, machine = [], []
    for words in (1_000, 4_100, 16_400):  # not powers of two: rows that begin at the same place in the cache are slow
        inputs = np.random.default_rng(1).integers(0, 1 << 63, size=(len(circuit.inputs), words), dtype=np.uint64)
        expected = executor.run(inputs)
        plain.append(64 * words / best(lambda: executor.run(inputs), 7))  # noqa: B023
        if compiled:
            require(np.array_equal(compiled(inputs), expected), "numpy and C")
            machine.append(64 * words / best(lambda: compiled(inputs), 7))  # noqa: B023
    rows = [("numpy", f"{max(plain):,.0f}")]
    if machine:
        rows.append(("C, -O3 -march=native", f"{max(machine):,.0f}"))
    ratio = max(plain) / max(machine) if machine else None
    literals = sum(map(len, circuit.gates))
    page.section(
        "The gates alone",
        f"{len(circuit.inputs)} inputs as bits, {len(circuit.gates)} gates with {literals:,} literals, one thread.",
    )
    page.table(("what", "cases a second, in blocks of the best size"), rows)
    share = max(plain) / (count / numba) if numba else None
    figure = f"the gates alone, one thread, against numba of {BASE}"
    page.bar(figure, "10 times", f"{share:.3g} times" if share else UNMEASURED, share and share >= 10)
    said = f"{ratio:.2f}" if ratio else "no C compiler"
    page.bar("the same against C, one thread", "0.25 of its rate", said, ratio and ratio >= 0.25)


def in_c(circuit: Circuit, folder: Path) -> Callable[[BitWords], BitWords] | None:
    """The gates of a circuit as one loop in C.

    Args:
        circuit: The circuit.
        folder: The folder in which it is written and compiled.

    Returns:
        A function from rows of inputs to rows of outputs; None if there is no C compiler.
    """
    if not (compiler := shutil.which("cc")):
        return None
    first = circuit.first_gate

    def of(literal: int) -> str:
        return f"{'~' * (literal & 1)}v{literal >> 1}"

    wanted = [literal for found in circuit.outputs.values() for literal in found.values()]
    lines = ["#include <stdint.h>", "#include <stddef.h>"]
    lines += ["void run(const uint64_t *in, uint64_t *out, size_t n) { for (size_t i = 0; i < n; i++) {"]
    lines += ["uint64_t v0 = ~(uint64_t)0;"]
    lines += [f"uint64_t v{line} = in[{line - 1} * n + i];" for line in range(1, first)]
    lines += [f"uint64_t v{n} = {' & '.join(map(of, gate))};" for n, gate in enumerate(circuit.gates, first)]
    lines += [f"out[{row} * n + i] = {of(literal)};" for row, literal in enumerate(wanted)]
    (folder / "gates.c").write_text("\n".join([*lines, "}}"]), encoding="ascii")
    command = [compiler, "-O3", "-march=native", "-shared", "-fPIC", "-o", "gates.so", "gates.c"]
    subprocess.run(command, cwd=folder, check=True)
    library = ctypes.CDLL(str(folder / "gates.so"))

    def run(inputs: BitWords) -> BitWords:
        found = np.empty((len(wanted), inputs.shape[1]), dtype=np.uint64)
        places = (ctypes.c_void_p(array.ctypes.data) for array in (inputs, found))
        library.run(*places, ctypes.c_size_t(inputs.shape[1]))
        return found

    return run


def others(page: Page, full: Guideline, rate: float, quick: bool) -> None:
    """The core of every answer by other engines."""
    few, many = (10, 2_000) if quick else (100, 100_000)
    known = engines.amounts(full.guide, cohort(full.known, 1, many))
    store = engines.built(full.guide)
    rows = [("circuits: whole verdicts, two processes", f"{rate:,.0f}", "1")]
    if importlib.util.find_spec("duckdb"):
        joins = engines.Joins(store, known)
        require(joins.answers() == known.applying, "circuits and DuckDB")
        seconds = timed(joins, 3)
        rows.append((f"DuckDB, joins over {many:,} cases, two threads", *_beside(rate, many, seconds)))
    some = engines.amounts(full.guide, cohort(full.known, 2, few))
    engines.add_cases(store, some)
    require(engines.asked(store) == some.applying, "circuits and Oxigraph")
    seconds = timed(lambda: engines.asked(store), 2)
    rows.append((f"Oxigraph, one set query over {few} cases", *_beside(rate, few, seconds)))
    page.section(
        "Other engines, full size",
        "The circuits give whole verdicts; the others answer the core, which scenarios have all their criteria met, "
        "and start from what each case amounts to, so the ratios favour them.",
    )
    page.table(("what", "cases a second (range)", "of the first row"), rows)


def _beside(rate: float, count: int, seconds: Timed) -> tuple[str, str]:
    return seconds.rate(count), f"{count / seconds.median / rate:.2g}"


# ---------------------------------------------------------------------- a table of orders


def orders(page: Page, sides: Sides, folder: Path, full: Guideline, count: int, quick: bool) -> None:
    """An audit from Parquet to Parquet, killed and resumed, and on Spark."""
    one = full.orders(folder, count)
    ten = folder / "orders-ten.parquet"
    made = pq.read_table(one)
    with pq.ParquetWriter(ten, made.schema) as writer:
        for _ in range(10):
            writer.write_table(made, row_group_size=1 << 17)
    del made
    result = folder / "result.parquet"
    first = sides.ours.run("audit", str(one), str(result), full.argument)["wall"]  # compiles and keeps the circuits
    small, _ = sides.run("audit", str(one), str(result), full.argument)
    ours, base = sides.run("audit", str(ten), str(folder / "ten.parquet"), full.argument)
    sides.ours.run("audit", str(one), str(result), full.argument)
    equal, kills = _killed(sides.ours, full, one, folder / "killed.parquet", result, small["wall"])
    page.section(
        "A table of orders, from Parquet to Parquet",
        f"`audit` with two workers as a whole process, start-up and summary included. The larger table is the same "
        f"{count:,} orders ten times. Memory is the sum over the process and its workers at its highest.",
    )
    rows = [
        (f"{count:,} orders, the first time: circuits are compiled", f"{first:.1f}", f"{count / first:,.0f}", ""),
        *(
            (f"{each:,} orders{where}", f"{of['wall']:.1f}", f"{each / of['wall']:,.0f}", f"{of['memory']:,.0f} MB")
            for each, of, where in ((count, small, ""), (10 * count, ours, ""), (10 * count, base, f" at {BASE}"))
            if of
        ),
    ]
    old = base.get("wall")
    figure = f"audit of {10 * count:,} orders from Parquet, two workers, against numba of {BASE}"
    page.bar(figure, "goal 1.5 times, at least 1", times(ours["wall"], old), old and old >= ours["wall"])
    said = f"{ours['memory']:,.0f} MB" + (f" and {base['memory']:,.0f} MB" if base else "")
    page.bar("its memory", "not more", said, base and ours["memory"] <= base["memory"])
    page.bar(f"killed {kills} times, resumed", "equal result", "equal" if equal else "different", equal)
    rows.append(_spark(page, full, (one, ten), folder, 10 * count / ours["wall"]))
    page.table(("what", "seconds", "orders a second", "memory"), rows)


def _memory(pid: int) -> float:
    """The memory of a process and its children in MB, shared pages counted once; 0 if there is no /proc."""
    total = 0.0
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        for each in (pid, *map(int, children)):
            text = Path(f"/proc/{each}/smaps_rollup").read_text(encoding="ascii")
            total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    except OSError:
        return 0.0
    return total / 1e3


def _killed(
    ours: Checkout, full: Guideline, source: Path, result: Path, expected: Path, seconds: float
) -> tuple[bool, int]:
    """Kill an audit three times at random moments, resume it, and compare the result."""
    rng = random.Random("kill")
    job = [str(ROOT / "bench" / "jobs.py"), "audit", str(source), str(result), full.argument]
    command, kills = [ours.python, *job], 0
    for _ in range(3):
        process = subprocess.Popen(command, cwd=ours.place, env=ours.environment())
        time.sleep(seconds * rng.uniform(0.2, 0.4))
        kills += process.poll() is None
        process.kill()
        process.wait()
    subprocess.run(command, check=True, cwd=ours.place, env=ours.environment(), capture_output=True)
    return pq.read_table(result).equals(pq.read_table(expected)), kills


def _spark(
    page: Page, full: Guideline, sources: tuple[Path, Path], folder: Path, local: float
) -> tuple[str, str, str, str]:
    """The same tables on a local Spark, without its start-up: the smaller is compared, the larger is timed."""
    figure = "Spark local against the local audit"
    if not importlib.util.find_spec("pyspark") or not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        page.bar(figure, "0.3 of its rate, equal rows", "pyspark or Java is not installed", None)
        return ("Spark, two local workers", "pyspark or Java is not installed", "", "")
    from pyspark.sql import SparkSession

    from kg.auditing.spark import audit_frame

    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.files.maxPartitionBytes", "2500k")  # or a small file is one task on one core
    builder = builder.config("spark.sql.execution.arrow.maxBytesPerBatch", 2**31 - 1)  # as docs/how-to/audit.md advises
    session = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.memory", "3g").getOrCreate()
    try:
        places = [str(folder / "spark.parquet"), str(folder / "spark-ten.parquet")]
        frames = [audit_frame(session.read.parquet(str(source)), full.guide) for source in sources]
        frames[0].write.mode("overwrite").parquet(places[0])
        seconds = timed(lambda: frames[1].write.mode("overwrite").parquet(places[1]), 1)
    finally:
        session.stop()
    ours = pq.read_table(folder / "result.parquet").sort_by("id")
    theirs = pq.read_table(places[0])
    theirs = theirs.filter(pa.compute.is_null(theirs.column("error"))).select(ours.column_names).sort_by("id")
    require(theirs.to_pydict() == ours.to_pydict(), "Spark and the local audit")
    count = pq.read_metadata(sources[1]).num_rows
    share = count / seconds.median / local
    page.bar(figure, "0.3 of its rate, equal rows", f"{share:.2f}, equal rows", share >= 0.3)
    return (f"{count:,} orders on Spark, two local workers", seconds.each(1), seconds.rate(count), "")


# ---------------------------------------------------------------------- questions


VAGUE = {
    "back pain alone": ("back-pain",),
    "with an age": ("back-pain", "50"),
    "thoracic and low back pain": ("thoracic-back-pain", "lumbar-back-pain"),
}
"""Patients about whom little is known."""

EARLIER = {"back pain alone": 63, "with an age": 55, "thoracic and low back pain": 47}
"""The seconds that the older commit took for them on another day."""

TOPIC, EARLIER_SURFACE = "thoracic-back-pain", 44


def questions(page: Page, sides: Sides) -> None:
    """What to ask of vague cases, and the decision surface of a topic."""
    rows = []
    for number, (name, words) in enumerate(VAGUE.items()):
        ours = sides.ours.run("ask", *words)["processor"]
        old = sides.base.run("ask", *words)["processor"] if sides.base and number == 0 else None
        rows.append((f"what to ask: {name}", f"{ours:.2f} s", f"{old:.1f} s" if old else f"{EARLIER[name]} s, earlier"))
        page.bar(f"what to ask, processor time: {name}", "1 s", f"{ours:.2f} s", ours <= 1)
    ours = sides.ours.run("surface", TOPIC)["processor"]
    old = sides.base.run("surface", TOPIC)["processor"] if sides.base else None
    told = f"{old:.1f} s" if old else f"{EARLIER_SURFACE} s, earlier"
    rows.append((f"the decision surface of `{TOPIC}`", f"{ours:.2f} s", told))
    page.bar("decision surface of a topic", "5 s", f"{ours:.2f} s", ours <= 5)
    page.section("Questions", "Processor time, in a process that has already opened what it needs.")
    page.table(("what", "here", f"at {BASE}"), rows)


# ---------------------------------------------------------------------- all


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description="Measure side by side and write docs/reference/benchmarks.md.")
    parser.add_argument("--quick", action="store_true", help="small counts, to see that everything runs")
    parser.add_argument("--cases", type=int, default=1_000_000, help="how many; default: 1,000,000")
    parser.add_argument("--output", type=Path, default=PAGE)
    parser.add_argument("--folder", type=Path, help="keep guidelines and tables here; default: a temporary folder")
    parser.add_argument("--base", type=Path, help=f"a checkout of {BASE}, with its environment in .venv")
    parser.add_argument("--only", help="parts, by commas: arrays, questions, one, orders, processes")
    arguments = parser.parse_args()
    begun, quick = time.perf_counter(), arguments.quick
    count = 20_000 if quick else arguments.cases
    chosen = set((arguments.only or "arrays,questions,one,orders,processes").split(","))
    with _folder(arguments.folder) as folder:
        os.environ["NEXTSTUDY_CACHE"] = str(folder / "ours" / "builds")
        base = arguments.base and arguments.base.resolve()
        sides = Sides(
            Checkout(ROOT, sys.executable, folder / "ours"),
            Checkout(base, str(base / ".venv" / "bin" / "python"), folder / "base") if base else None,
        )
        page, shipped, full = (
            Page(),
            Guideline("the shipped topics", None),
            Guideline.made(folder, 27 if quick else 270),
        )

        def arrays_of_both() -> None:
            numba = arrays(page, sides, folder, shipped, count)["one"]
            gates(page, numba, count, folder)
            seconds = arrays(page, sides, folder, full, count)["two"]
            others(page, full, count / seconds, quick)

        def all_processes() -> None:
            processes(page, sides, full, None if quick else Guideline.made(folder, 2700), quick)

        parts: dict[str, Callable[[], None]] = {
            "arrays": arrays_of_both,
            "questions": lambda: questions(page, sides),
            "one": lambda: one_case(page, full, quick),
            "orders": lambda: orders(page, sides, folder, full, count, quick),
            "processes": all_processes,
        }
        for name, measure in parts.items():
            if name in chosen:
                measure()
                _write(page, arguments.output, full, time.perf_counter() - begun)  # so that an interrupted run keeps it


@contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    if named:
        named.mkdir(parents=True, exist_ok=True)
        yield named
        return
    with tempfile.TemporaryDirectory() as temporary:
        yield Path(temporary)


def _write(page: Page, place: Path, full: Guideline, seconds: float) -> None:
    packages = ("pyoxigraph", "rdflib", "numpy", "pyarrow", "duckdb", "pyspark")
    versions = [f"Python {platform.python_version()}"]
    for package in packages:
        found = importlib.util.find_spec(package)
        versions.append(f"{package} {importlib.metadata.version(package)}" if found else f"{package} not installed")
    busy = os.getloadavg()[0]
    crowded = busy > (os.cpu_count() or 1) + 1
    scenarios = sum(len(topic.scenarios) for topic in full.known.topics)
    head = [
        "# Benchmarks",
        "",
        "Written by `make bench`; every figure comes from one run.",
        f"Trust the ratios to commit {BASE}, which judged tables with separate engines in numpy and numba.",
        f"The guidelines are synthetic (`bench/generator.py`): at full size {len(full.known.topics)} topics, "
        f"{scenarios:,} scenarios and {len(full.known.vocabulary.findings):,} findings,",
        "about as many as the published guideline has. They show what engines cost and say nothing about patients.",
        "",
        f"Date: {datetime.now(UTC):%d %B %Y}. Machine: {os.cpu_count()} cores, {_processor()}, {platform.system()}; "
        f"load at the end {busy:.1f}. The run took {seconds / 60:.0f} minutes.",
        *(["Other work shared the cores, so absolute times are too long; ratios suffer less."] if crowded else []),
        f"Versions: {', '.join(versions)}.",
        "",
        "## The bars",
        "",
    ]
    body = Page()
    body.table(("figure", "bar", "found", "holds"), page.bars)
    place.write_text("\n".join((*head, *body.lines, *page.lines)) + "\n", encoding="utf-8")
    print("\n".join(body.lines))


def _processor() -> str:
    place = Path("/proc/cpuinfo")
    lines = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


if __name__ == "__main__":
    main()

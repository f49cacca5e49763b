"""Measure everything side by side and write ``docs/benchmarks.md``: ``make bench``.

Answers are checked to be equal before anything is timed. Each figure is the median of several rounds with its range;
what cannot be measured on this machine is said in its place.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from kg.bulk import WORTH_COMPILING, judge
from kg.cohort import Cohort, Pairs
from kg.cohort import cohort as as_cohort
from kg.plan import Plan
from kg.verdicts import OUTCOMES

import kg
from bench import engines
from bench.generator import Size, cohort, table, write
from kg.auditing import BATCH
from kg.case import Case, Performed
from kg.facts import facts
from kg.second_engine import SecondEngine
from kg.table import Auditor

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
EXAMPLE = ROOT / "examples" / "abnormal-radiograph.json"
Work = Callable[[], object]


@dataclass(frozen=True)
class Timed:
    """Seconds of some rounds."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)

    def each(self, count: int) -> str:
        """Median and range of one of several things, in the unit that fits."""
        low, mid, high = (value / count for value in (min(self.seconds), self.median, max(self.seconds)))
        unit, factor = next((u, f) for u, f in (("s", 1.0), ("ms", 1e3), ("µs", 1e6), ("ns", 1e9)) if mid * f >= 1)
        return f"{mid * factor:.3g} {unit} ({low * factor:.3g} to {high * factor:.3g})"

    def divided(self, count: int) -> tuple[float, ...]:
        """Seconds of one of several things."""
        return tuple(seconds / count for seconds in self.seconds)

    def rate(self, count: int) -> str:
        """Things a second, with the range."""
        low, mid, high = (count / value for value in (max(self.seconds), self.median, min(self.seconds)))
        return f"{mid:,.0f} ({low:,.0f} to {high:,.0f})"


def timed(work: Work, rounds: int) -> Timed:
    """Time some work, each round by itself."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return Timed(tuple(seconds))


@dataclass
class Page:
    """What is written."""

    lines: list[str] = field(default_factory=list)
    bars: list[tuple[str, str, str, str]] = field(default_factory=list)

    def section(self, title: str, text: str) -> None:
        """Begin a section."""
        print(f"{datetime.now(UTC):%H:%M:%S} {title}", flush=True)
        self.lines += ["", f"## {title}", "", text, ""]

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Add a table."""
        self.lines += ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]

    def bar(self, figure: str, bar: str, found: str, holds: bool | None) -> None:
        """Say whether a bar holds."""
        self.bars.append((figure, bar, found, {True: "yes", False: "**no**", None: "not measured"}[holds]))


@dataclass(frozen=True)
class Guideline:
    """A synthetic guideline, opened."""

    place: Path
    guide: kg.Guide
    auditor: Auditor

    @classmethod
    def made(cls, folder: Path, topics: int) -> Guideline:
        """Write it, unless it is there, and open it."""
        place = folder / f"guideline-{topics}"
        if not place.exists():
            write(place, 0, Size.of(topics))
        guide = kg.load(place)
        return cls(place, guide, Auditor(guide))

    @property
    def plan(self) -> Plan:
        """Its plan."""
        return self.auditor.plan

    def verdicts(self, cases: Cohort) -> tuple[Timed, Timed]:
        """Verdicts from names to names, with machine code and with numpy alone."""
        rows = table(self.plan, cases).combine_chunks().to_batches()[0]
        self.auditor.batch(rows)
        machine = timed(lambda: self.auditor.batch(rows), 5)
        with patch.object(kg.bulk, "WORTH_COMPILING", cases.count + 1):
            return machine, timed(lambda: self.auditor.batch(rows), 5)

    @property
    def scenarios(self) -> int:
        """How many scenarios it has."""
        return len(self.plan.kinds["Scenario"])


def described(plan: Plan, cases: Cohort) -> list[Case]:
    """Cases with names."""
    return [
        Case(
            present=row["present"],
            absent=row["absent"],
            measured=dict(row["measured"]),
            performed=[Performed(study["procedure"]) for study in row["performed"]],
            order=row["ordered"],
        )
        for row in table(plan, cases).to_pylist()
    ]


def require(equal: bool, what: str) -> None:
    """Stop where answers differ: what is fast and wrong is not timed."""
    if not equal:
        sys.exit(f"benchmarks: {what} give different answers; nothing was written")


# ---------------------------------------------------------------------- one case


def one_case(page: Page, full: Guideline, quick: bool) -> dict[str, float]:
    """One case at full size: with reasons, as a verdict, and on the second engine."""
    guide, plan = full.guide, full.plan
    topics = 10 if quick else 40
    some = [case for case in described(plan, cohort(plan, 11, 6000)) if guide.topics_of(case)]
    parts = sorted({guide.topics_of(case) for case in some}, key=sorted)[:topics]
    cases = [case for case in some if guide.topics_of(case) in set(parts)][: 100 if quick else 800]
    sound = [case for case in cases if _assessed(guide, case)]  # opens the parts as well
    said = judge(plan, as_cohort(plan, sound))
    for number, case in enumerate(sound[:200]):
        answer = guide.assess(case)
        best = {plan.procedures[thing] for thing in said.best.thing[said.best.case == number].tolist()}
        same = answer.outcome.id == OUTCOMES[said.outcome[number]] and {s.id for s in answer.best} == best
        require(same, "the queries and the plan")
    with_reasons = Timed(tuple(timed(lambda case=case: guide.assess(case), 1).median for case in sound))  # type: ignore[misc]
    derived = Timed(tuple(timed(lambda case=case: _derived(guide, case), 1).median for case in sound))  # type: ignore[misc]
    at = min(parts, key=sorted)
    second = SecondEngine(guide.slice(at))
    few = [case for case in sound if guide.topics_of(case) == at][: 2 if quick else 12]
    rdf, shares = [], []
    for case in few:
        # Beside each other, case by case: the speed of a machine changes within seconds.
        own = timed(lambda case=case: guide.assess(case), 9).median  # type: ignore[misc]
        stated = facts(case, guide.part(at).lexicon)
        start = time.perf_counter()
        found = second.derive(stated, guide.beyond(stated, at))
        rdf.append(time.perf_counter() - start)
        shares.append(rdf[-1] / own)
        require(found == frozenset(guide.derive(case)), "rdflib and Oxigraph")
    drawn = cohort(plan, 12, 20_000 if quick else BATCH)
    bulk, arrays = full.verdicts(drawn)
    names = bulk.median / drawn.count
    page.section(
        "One case, full size",
        f"{len(sound)} cases of {len(parts)} topics; each part of the guideline was opened before. The verdict by the "
        f"plan is a case of one batch of an audit, {drawn.count:,} rows, from names to names, in one process, with "
        "`nextstudy[compiled]` and with numpy alone. rdflib runs the same derive queries on a graph that is filled "
        "already.",
    )
    times = statistics.median(shares)
    low = statistics.quantiles(with_reasons.seconds, n=100)
    p50, p99 = low[49] * 1e3, low[98] * 1e3
    page.table(
        ("what", "median (range)", "times `assess`"),
        [
            ("`assess`, with reasons", with_reasons.each(1), "1"),
            ("the derive queries alone", derived.each(1), f"{derived.median / with_reasons.median:.2g}"),
            ("the same derive queries on rdflib", Timed(tuple(rdf)).each(1), f"{times:.3g}"),
            ("a verdict by the plan", bulk.each(drawn.count), f"{names / with_reasons.median:.2g}"),
            ("the same, numpy alone", arrays.each(drawn.count), _ratio(arrays.divided(drawn.count), with_reasons)),
        ],
    )
    page.bar("`assess` with reasons, full size: p50", "8 ms", f"{p50:.1f} ms", p50 <= 8)
    page.bar("the same: p99", "20 ms", f"{p99:.1f} ms", p99 <= 20)
    page.bar("`assess` against the derive queries on rdflib", "20 times", f"{times:.0f} times", times >= 20)
    return {"assess": with_reasons.median, "plan": names}


def _ratio(seconds: Sequence[float], base: Timed) -> str:
    return f"{statistics.median(seconds) / base.median:.3g}"


def _assessed(guide: kg.Guide, case: Case) -> bool:
    try:
        guide.assess(case)
    except kg.KgError:
        return False  # one in a hundred contradicts itself
    return True


def _derived(guide: kg.Guide, case: Case) -> None:
    """Lay a case where one is assessed, and derive; nothing is read of it."""
    part = guide.part(guide.topics_of(case))
    with part.rules.evaluation(facts(case, part.lexicon)):
        pass


def cold(page: Page, folder: Path, full: Guideline, quick: bool) -> None:
    """Whole processes."""
    case = next(case for case in described(full.plan, cohort(full.plan, 13, 50)) if _assessed(full.guide, case))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(case.to_dict(), file)
        file.flush()
        command = ["-m", "kg.command", "recommend", file.name, "--content", str(full.place)]
        rounds, code = 3 if quick else 11, folder / "bytecode"
        rows = {
            "bare Python": timed(_process(code, "-c", "pass"), rounds),
            "`nextstudy recommend`, the shipped topics": timed(_process(code, *command[:3], str(EXAMPLE)), rounds),
            "`nextstudy recommend`, full size": timed(_process(code, *command), rounds),
        }
    page.section(
        "A whole process, from start to answer",
        "With a kept build and bytecode, as on every start of an installed package but the first.",
    )
    page.table(("what", "median (range)"), [(name, seconds.each(1)) for name, seconds in rows.items()])
    _, shipped, large = rows.values()
    page.bar("cold process to first answer, full size", "0.35 s", f"{large.median:.2f} s", large.median <= 0.35)
    page.bar("the same, the shipped topics", "0.3 s", f"{shipped.median:.2f} s", shipped.median <= 0.3)


def _process(bytecode: Path, *arguments: str) -> Work:
    """A process of what is installed: with its bytecode, which pip writes and a checkout may lack."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    kept["PYTHONPYCACHEPREFIX"] = str(bytecode)

    def run() -> None:
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True, cwd=ROOT, env=kept)

    run()  # the first start writes the bytecode and the kept build
    return run


# ---------------------------------------------------------------------- many cases


def many_cases(page: Page, folder: Path, full: Guideline, names: float, cases: Cohort, quick: bool) -> None:
    """The core of every verdict by each engine, and whole verdicts by the plan."""
    plan, content, count = full.plan, full.guide.content, cases.count
    known, atoms = engines.matching(content, plan), engines.atoms(plan, cases)
    expected = engines.by_plan(plan, cases)
    size = len(known.conditions)
    require(known.conditions == tuple(sorted(known.conditions)) and size == len(plan.conditions), "numbers")
    tenth = count // 10
    joins = engines.Joins(known, _first(atoms, tenth))
    require(np.array_equal(engines.keyed(*engines.loop(known, atoms, count), size), expected), "the plan and the loop")
    joined = engines.keyed(*joins(), size)
    require(np.array_equal(joined, expected[expected < tenth * size]), "the plan and DuckDB")
    rounds = 3
    halves = _parts(cases, 2)
    judge(plan, cases, machine_code=True)
    numpy, machine = (_by_halves(plan, halves, rounds, machine_code=way) for way in (False, True))
    alone, lone = (
        timed(lambda way=way: judge(plan, cases, machine_code=way), rounds)  # type: ignore[misc]
        for way in (False, True)
    )
    duck = timed(joins, rounds)
    loop = timed(lambda: engines.loop(known, atoms, count), rounds)
    rows = [
        ("plan: whole verdicts, numpy, two processes", numpy.rate(count), "1"),
        ("plan: whole verdicts, numpy, one thread", alone.rate(count), _faster(numpy, count, alone, count)),
        ("plan: whole verdicts, compiled, two processes", machine.rate(count), _faster(numpy, count, machine, count)),
        (
            "plan: whole verdicts, compiled, one thread",
            lone.rate(count),
            _faster(numpy, count, lone, count),
        ),
        ("a plain compiled loop (numba, one thread), core only", loop.rate(count), _faster(numpy, count, loop, count)),
        (f"DuckDB, joins over {tenth:,} cases, two threads", duck.rate(tenth), _faster(numpy, count, duck, tenth)),
    ]
    built = [triple for triples in (*content.graphs.values(), content.derived) for triple in triples]
    few = 10 if quick else 100
    oxigraph = engines.Store()
    oxigraph.extend(built)
    oxigraph.extend(engines.triples(known, _first(atoms, few)))
    found: list[Any] = []

    def ask() -> None:
        solutions: Any = oxigraph.query(engines.PREFIX + engines.SET_QUERY)
        found[:] = [(row["case"].value, row["scenario"].value) for row in solutions]

    seconds = timed(ask, 1 if quick else 2)
    require(np.array_equal(engines.of_rows(known, found), expected[expected < few * size]), "the plan and Oxigraph")
    rows.append((f"Oxigraph, one set query over {few} cases", seconds.rate(few), _faster(numpy, count, seconds, few)))
    page.bar(
        "audit from arrays against Oxigraph's set query", "100 times", *_times(numpy, count, seconds, few, at_least=100)
    )
    rows += _virtuoso(page, folder, known, atoms, built, expected, (numpy, count, names), quick)
    rows += _cql(page, folder, full, cases, known, atoms, expected, (numpy, count, names), quick)
    page.section(
        "Many cases, full size",
        f"{count:,} cases as arrays. The plan gives whole verdicts; the others answer its core, which scenarios have "
        "all their criteria met, and start from what each case amounts to, so the ratios favour them.",
    )
    page.table(("what", "cases a second (range)", "of the first row"), rows)
    rate = count / numpy.median
    page.bar("audit from arrays, numpy alone, two cores", "400,000 a second", f"{rate:,.0f}", rate >= 400_000)
    faster = count / machine.median
    page.bar("the same with `nextstudy[compiled]`", "1,000,000 a second", f"{faster:,.0f}", faster >= 1_000_000)
    page.bar("audit from arrays against DuckDB", "2 times", *_times(numpy, count, duck, tenth, at_least=2))
    page.bar("the same with `nextstudy[compiled]`", "5 times", *_times(machine, count, duck, tenth, at_least=5))


_forked: list[tuple[Plan, list[Cohort], bool]] = []


def _half(number: int) -> np.ndarray[Any, np.dtype[np.int8]]:
    plan, halves, machine_code = _forked[0]
    return judge(plan, halves[number], machine_code=machine_code).outcome


def _by_halves(plan: Plan, halves: list[Cohort], rounds: int, *, machine_code: bool) -> Timed:
    """Whole verdicts in two processes, as an audit has them: threads wait for each other between small arrays."""
    _forked[:] = [(plan, halves, machine_code)]
    with ProcessPoolExecutor(2, get_context("fork")) as pool:
        said = list(pool.map(_half, range(2)))
        expected = [judge(plan, half, machine_code=False).outcome for half in halves]
        require(all(map(np.array_equal, said, expected)), "one process and two")
        return timed(lambda: list(pool.map(_half, range(2))), rounds)


def _virtuoso(
    page: Page,
    folder: Path,
    known: engines.Matching,
    atoms: Pairs,
    built: list[Any],
    expected: np.ndarray[Any, np.dtype[np.int64]],
    ours: tuple[Timed, int, float],
    quick: bool,
) -> list[tuple[str, str, str]]:
    """A set query, and one case after another, through SPARQLWrapper."""
    numpy, count, names = ours
    if not shutil.which("virtuoso-t"):
        page.bar("against Virtuoso", "100 times", "Virtuoso is not installed", None)
        return [("Virtuoso", "not installed on this machine", "")]
    size, many, few = len(known.conditions), 300 if quick else 3000, 20 if quick else 150
    place = folder / "virtuoso"
    place.mkdir(exist_ok=True)
    with engines.virtuoso(place, [*built, *engines.triples(known, _first(atoms, many))]) as ask:
        answer: list[Any] = []
        setwise = timed(lambda: answer.__setitem__(slice(None), ask(engines.PREFIX + engines.SET_QUERY)), 2)
        require(np.array_equal(engines.of_rows(known, answer), expected[expected < many * size]), "plan and Virtuoso")
        queries = [engines.one_query(known, atoms.thing[atoms.case == case].tolist()) for case in range(few)]
        single = [(f"case/{case}", row[0]) for case, query in enumerate(queries) for row in ask(query)]
        require(np.array_equal(engines.of_rows(known, single), expected[expected < few * size]), "plan and Virtuoso")
        singles = Timed(tuple(timed(lambda query=query: ask(query), 1).median for query in queries))  # type: ignore[misc]
    found, holds = _times(numpy, count, setwise, many, at_least=100)
    page.bar("audit from arrays against Virtuoso's set query", "100 times", found, holds)
    times = singles.median / names
    page.bar(
        "verdict by the plan, names in and out, against Virtuoso through SPARQLWrapper",
        "100 times",
        f"{times:,.0f} times ({singles.each(1)} against {names * 1e6:.1f} µs)",
        times >= 100,
    )
    return [
        (f"Virtuoso, one set query over {many:,} cases", setwise.rate(many), _faster(numpy, count, setwise, many)),
        ("Virtuoso, one query a case, SPARQLWrapper", f"{1 / singles.median:,.0f}", _faster(numpy, count, singles, 1)),
    ]


def _cql(
    page: Page,
    folder: Path,
    full: Guideline,
    cases: Cohort,
    known: engines.Matching,
    atoms: Pairs,
    expected: np.ndarray[Any, np.dtype[np.int64]],
    ours: tuple[Timed, int, float],
    quick: bool,
) -> list[tuple[str, str, str]]:
    """What a user of FHIR tools would pick."""
    figure, bar = "verdict by the plan, names in and out, against cql-execution", "20 times"
    if not (shutil.which("node") and shutil.which("npm")):
        page.bar(figure, bar, "node is not installed", None)
        return [("cql-execution", "node is not installed on this machine", "")]
    numpy, count, names = ours
    few, size = 50 if quick else 400, len(known.conditions)
    named = described(full.plan, _parts(cases, count // few)[0])
    entered = {number: full.guide.topics_of(case) for number, case in enumerate(named)}
    topics = {number: next(iter(found)) for number, found in entered.items() if len(found) == 1}
    place = folder / "cql"
    place.mkdir(exist_ok=True)
    found, seconds = engines.cql(place, known, atoms, topics)
    require(np.array_equal(found, expected[np.isin(expected // size, list(topics))]), "the plan and cql-execution")
    each = Timed(seconds)
    times = each.median / names
    said = f"{times:,.0f} times ({each.each(1)} against {names * 1e6:.1f} µs)"
    page.bar(figure, bar, said, times >= 20)
    return [("cql-execution, one library a topic", f"{1 / each.median:,.0f}", _faster(numpy, count, each, 1))]


def _faster(ours: Timed, count: int, theirs: Timed, of: int) -> str:
    return f"{(of / theirs.median) / (count / ours.median):.2g}"


def _times(ours: Timed, count: int, theirs: Timed, of: int, at_least: float) -> tuple[str, bool]:
    times = (count / ours.median) / (of / theirs.median)
    return f"{times:,.3g} times", times >= at_least


def _first(pairs: Pairs, count: int) -> Pairs:
    last = int(np.searchsorted(pairs.case, count))
    return Pairs(pairs.case[:last], pairs.thing[:last])


def _parts(cases: Cohort, count: int) -> list[Cohort]:
    """Cases without findings of studies in so many parts."""
    bounds = [cases.count * number // count for number in range(count + 1)]

    def within(pairs: Pairs, low: int, high: int) -> tuple[slice, Pairs]:
        here = slice(*np.searchsorted(pairs.case, (low, high)).tolist())
        return here, Pairs(pairs.case[here] - low, pairs.thing[here])

    parts = []
    for low, high in pairwise(bounds):
        values, measured = within(cases.measured, low, high)
        none = Pairs(cases.seen.case[:0], cases.seen.thing[:0])
        parts.append(
            Cohort(
                count=high - low,
                present=within(cases.present, low, high)[1],
                absent=within(cases.absent, low, high)[1],
                measured=measured,
                values=cases.values[values],
                performed=within(cases.performed, low, high)[1],
                seen=none,
                unseen=none,
                order=cases.order[low:high],
                assumed=within(cases.assumed, low, high)[1],
            )
        )
    return parts


# ---------------------------------------------------------------------- a table of orders


def orders(page: Page, folder: Path, full: Guideline, cases: Cohort, quick: bool) -> None:
    """From Parquet to Parquet, killed and resumed, and on Spark."""
    made = table(full.plan, cases)
    one, ten = folder / "orders.parquet", folder / "orders-ten.parquet"
    pq.write_table(made, one, row_group_size=1 << 17)
    with pq.ParquetWriter(ten, made.schema) as writer:
        for _ in range(10):
            writer.write_table(made, row_group_size=1 << 17)
    count = cases.count
    seconds = timed(lambda: _audited(full, one, folder / "result.parquet"), 2)
    start = time.perf_counter()
    memory = _audited(full, ten, folder / "ten.parquet")
    tenfold = Timed((time.perf_counter() - start,))
    equal, kills = _killed(full, one, folder / "killed.parquet", folder / "result.parquet", seconds.median)
    page.section(
        "A table of orders, from Parquet to Parquet",
        f"`audit` with two workers as a whole process, start-up and summary included. The larger table is the same "
        f"{count:,} orders ten times. Memory is the sum over the process and its workers at its highest.",
    )
    rows = [
        (f"{count:,} orders", seconds.each(1), seconds.rate(count), ""),
        (f"{10 * count:,} orders", tenfold.each(1), tenfold.rate(10 * count), f"{memory:,.0f} MB"),
    ]
    rate = 10 * count / tenfold.median
    page.bar("audit from Parquet with names", "200,000 a second", f"{rate:,.0f}", rate >= 200_000)
    page.bar(f"memory of {10 * count:,} orders", "2 GB", f"{memory / 1e3:.2f} GB", memory <= 2000)
    page.bar(f"killed {kills} times, resumed", "equal result", "equal" if equal else "different", equal)
    rows.append(_spark(page, full, (one, ten), folder, rate))
    page.table(("what", "seconds (range)", "orders a second (range)", "memory"), rows)


AUDIT = """
import sys
from pathlib import Path
from kg.auditing import audit_file
audit_file(Path(sys.argv[1]), Path(sys.argv[2]), content=Path(sys.argv[3]))
"""


def _audited(full: Guideline, source: Path, result: Path) -> float:
    """Run an audit; the highest memory of its processes together, in MB."""
    process = subprocess.Popen([sys.executable, "-c", AUDIT, str(source), str(result), str(full.place)], cwd=ROOT)
    highest = 0.0
    while process.poll() is None:
        highest = max(highest, _memory(process.pid))
        time.sleep(0.05)
    if process.returncode:
        sys.exit("benchmarks: an audit failed")
    return highest


def _memory(pid: int) -> float:
    """What a process and its children hold, pages that they share counted once, in MB; 0 where there is no /proc."""
    total = 0.0
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        for each in (pid, *map(int, children)):
            text = Path(f"/proc/{each}/smaps_rollup").read_text(encoding="ascii")
            total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    except OSError:
        return 0.0
    return total / 1e3


def _killed(full: Guideline, source: Path, result: Path, expected: Path, seconds: float) -> tuple[bool, int]:
    """Kill an audit at random three times, resume it, and compare."""
    rng = random.Random("kill")
    command = [sys.executable, "-c", AUDIT, str(source), str(result), str(full.place)]
    kills = 0
    for _ in range(3):
        process = subprocess.Popen(command, cwd=ROOT)
        time.sleep(seconds * rng.uniform(0.2, 0.4))
        kills += process.poll() is None
        process.kill()
        process.wait()
    subprocess.run(command, check=True, cwd=ROOT)
    return pq.read_table(result).equals(pq.read_table(expected)), kills


def _spark(
    page: Page, full: Guideline, sources: tuple[Path, Path], folder: Path, local: float
) -> tuple[str, str, str, str]:
    """The same tables on a local Spark, without its start-up: the smaller one compared, the larger one timed."""
    figure = "Spark local against the local audit"
    if not importlib.util.find_spec("pyspark") or not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        page.bar(figure, "0.3 of its rate, equal rows", "pyspark or Java is not installed", None)
        return ("Spark, two local workers", "pyspark or Java is not installed", "", "")
    from pyspark.sql import SparkSession

    from kg.spark import audit_frame

    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.files.maxPartitionBytes", "2500k")  # or a small file is one task on one core
    builder = builder.config("spark.sql.execution.arrow.maxBytesPerBatch", 2**31 - 1)  # as docs/audit.md advises
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


# ---------------------------------------------------------------------- curves


def curves(page: Page, folder: Path, sizes: Sequence[int], full: Guideline, cases: Cohort, quick: bool) -> None:
    """Cost against the size of the guideline, and against the number of cases."""
    rows, costs = [], {}
    for topics in sizes:
        start = time.perf_counter()
        known = full if topics == 270 else Guideline.made(folder, topics)
        opened = time.perf_counter() - start
        plan = known.plan
        some = described(plan, cohort(plan, 21, 400))
        parts = {known.guide.topics_of(case) for case in some[:20]}
        warm = [case for case in some if known.guide.topics_of(case) in parts][:100]
        warm = [case for case in warm if _assessed(known.guide, case)]
        assess = Timed(tuple(timed(lambda case=case, g=known.guide: g.assess(case), 1).median for case in warm))  # type: ignore[misc]
        count = 20_000 if quick else 100_000
        drawn = cohort(plan, 22, count)
        bulk, arrays = known.verdicts(drawn)
        costs[topics] = assess.median, bulk.median / count
        made = "" if topics == 270 else f"{opened:.1f} s"
        rows.append((f"{known.scenarios:,}", assess.each(1), bulk.each(count), arrays.each(count), made))
    page.section(
        "Cost against the size of the guideline",
        "`assess` with reasons in a part that is open, and a verdict by the plan, from names to names in a batch of "
        "100,000, with `nextstudy[compiled]` and with numpy alone. Opening is that of the first time, with everything "
        "built and the plan compiled. Each topic is visited once a batch: with a hundred times as many topics each has "
        "a hundredth of the cases.",
    )
    head = ("scenarios", "`assess`, median (range)", "a verdict by the plan", "the same, numpy alone", "opening")
    page.table(head, rows)
    if 27 in costs and 2700 in costs:
        one, other = (costs[2700][side] / costs[27][side] for side in (0, 1))
        growth = "from 140 to 14,000 scenarios"
        page.bar(f"cost of one case {growth} (`assess`)", "less than 3 times", f"{one:.1f} times", one < 3)
        page.bar("the same, a verdict by the plan in names", "less than 3 times", f"{other:.1f} times", other < 3)
    steps = [10**power for power in range(3, 8) if 10**power <= cases.count]
    rows = []
    for count in steps:
        part = _parts(cases, cases.count // count)[0]
        arrays, machine = (
            timed(lambda part=part, way=way: judge(full.plan, part, machine_code=way), 3).rate(count)  # type: ignore[misc]
            for way in (False, True)
        )
        rows.append((f"{count:,}", machine, arrays))
    page.section(
        "Rate against the number of cases",
        f"Whole verdicts by the plan at full size, one thread. From {WORTH_COMPILING:,} cases in a batch an audit uses "
        "machine code where numba is installed; fewer are not worth the second that numba takes to start.",
    )
    page.table(("cases at once", "compiled, cases a second (range)", "numpy alone"), rows)


# ---------------------------------------------------------------------- all


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description="Measure side by side and write docs/benchmarks.md.")
    parser.add_argument("--quick", action="store_true", help="small counts, to see that everything runs")
    parser.add_argument("--cases", type=int, default=1_000_000, help="how many; default: 1,000,000")
    parser.add_argument("--output", type=Path, default=PAGE)
    parser.add_argument("--folder", type=Path, help="keep guidelines and tables here; default: a temporary folder")
    arguments = parser.parse_args()
    begun = time.perf_counter()
    with _folder(arguments.folder) as folder:
        os.environ.setdefault("NEXTSTUDY_CACHE", str(folder / "cache"))
        page, quick = Page(), arguments.quick
        full = Guideline.made(folder, 270)
        cases = cohort(full.plan, 1, 100_000 if quick else arguments.cases)
        costs = one_case(page, full, quick)
        cold(page, folder, full, quick)
        many_cases(page, folder, full, costs["plan"], cases, quick)
        orders(page, folder, full, cases, quick)
        curves(page, folder, (2, 27, 270) if quick else (2, 27, 270, 2700), full, cases, quick)
    _write(page, arguments.output, full, time.perf_counter() - begun)


@contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    if named:
        named.mkdir(parents=True, exist_ok=True)
        yield named
        return
    with tempfile.TemporaryDirectory() as temporary:
        yield Path(temporary)


def _write(page: Page, place: Path, full: Guideline, seconds: float) -> None:
    packages = ("pyoxigraph", "rdflib", "numpy", "pyarrow", "duckdb", "numba", "SPARQLWrapper", "pyspark")
    versions = [f"Python {platform.python_version()}"]
    for package in packages:
        found = importlib.util.find_spec(package)
        versions.append(f"{package} {importlib.metadata.version(package)}" if found else f"{package} not installed")
    if shutil.which("virtuoso-t"):
        told = subprocess.run(["virtuoso-t", "-?"], capture_output=True, text=True, check=False)  # noqa: S607
        found_version = re.search(r"Version ([0-9.]+)", told.stderr)
        versions.append(f"Virtuoso {found_version[1]}" if found_version else "Virtuoso")
    busy = os.getloadavg()[0]
    crowded = busy > (os.cpu_count() or 1) + 1
    head = [
        "# Benchmarks",
        "",
        "Written by `make bench`; every figure comes from one run, and the ratios are what to trust.",
        f"The guidelines are synthetic (`bench/generator.py`): at full size {len(full.plan.topic_names)} topics, "
        f"{full.scenarios:,} scenarios, {len(full.plan.findings):,} findings and",
        f"{int((full.plan.highest > 0).sum()):,} ratings, about the published guideline. They say what engines cost, "
        "nothing about patients.",
        "",
        f"Date: {datetime.now(UTC):%d %B %Y}. Machine: {os.cpu_count()} cores, {_processor()}, {platform.system()}; "
        f"load at the end {busy:.1f}. The run took {seconds / 60:.0f} minutes.",
        *(["Other work shared the cores, so absolute figures are too slow; ratios suffer less."] if crowded else []),
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

"""What is proved of every patient: the engine, each property, and what the solver is told of patients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

import kg
from kg.case import Performed
from kg.check import ERROR, WARNING, Problem
from kg.command import main
from kg.errors import ContentError, MissingPackageError
from kg.evaluation import Bench
from kg.facts import facts, said
from kg.logic import solve
from kg.logic.execute import run_cases
from kg.logic.formula import Clause, completed, patients
from kg.logic.inputs import Compared, Measured, Said
from kg.logic.inputs import Performed as Fact
from kg.logic.patient import patient
from kg.logic.prove import ANYBODY, NOT_ABOUT, NOT_DECIDED, PROVED, REFUTED, Proof, Prover
from kg.logic.solve import NotDecidedError, Solver, engines
from kg.names import BASE
from kg.proofs import KNOWN_FAULTS, known_faults, prove
from kg.queries import Query, named, stage
from tests import query_faults, safety_faults
from tests.generate import cases
from tests.truth import Knowledge

PREFIXES = "".join(
    f"PREFIX {name}: <{BASE}{path}>\n"
    for name, path in {
        "ns": "ontology#",
        "finding": "finding/",
        "procedure": "procedure/",
        "measure": "measure/",
        "scale": "scale/",
    }.items()
)
PROPERTIES = stage("prove")


def query(body: str, *heads: str) -> Query:
    return Query("property", "\n".join([*(f"#+ {head}" for head in heads), PREFIXES, body]))


def proof(guide: kg.Guide, body: str, *heads: str) -> Proof:
    with Prover(guide.content, [query(body, *heads)]) as prover:
        return prover.of("property")


def whom(found: Proof) -> kg.Case:
    assert found.verdict == REFUTED, found
    assert found.patient is not None
    return found.patient


# ---------------------------------------------------------------------- what can become of a property


def test_refuted_by_the_patient_with_the_fewest_facts(guide: kg.Guide) -> None:
    found = proof(guide, "SELECT ?kind { ?case ns:knownPresent ?kind FILTER(?kind = finding:trauma) }")
    assert len(whom(found).present) == 1
    assert found.about == (("kind", "trauma"),)
    assert not whom(found).absent and not whom(found).performed and not whom(found).measured


def test_proved_says_whether_anybody_is_like_that(guide: kg.Guide) -> None:
    body = (
        "SELECT ?a { VALUES ?a { finding:fever %s } ?case ns:knownPresent ?a , finding:adult "
        "FILTER EXISTS { ?case ns:knownAbsent ?a } }"
    )
    found = proof(guide, body % "finding:chills")
    assert (found.verdict, found.unmet, found.holds) == (PROVED, (), True)
    found = proof(guide, body % "finding:child")
    assert (found.verdict, found.unmet, found.holds) == (PROVED, ("child",), False)


def test_not_about_content_that_lacks_its_words(guide: kg.Guide) -> None:
    body = (
        "SELECT ?a { VALUES ?a { finding:ankle-pain %s } ?case ns:knownPresent ?a "
        "FILTER EXISTS { ?case ns:knownAbsent ?a } }"
    )
    assert proof(guide, body % "").verdict == NOT_ABOUT
    found = proof(guide, body % "finding:fever")
    assert (found.verdict, found.missing) == (PROVED, ("ankle-pain",))
    elsewhere = "SELECT ?a { ?case ns:knownPresent ?a FILTER EXISTS { ?case ns:knownAbsent finding:ankle-pain } }"
    assert proof(guide, elsewhere).verdict == NOT_ABOUT


def test_not_decided_within_its_bound(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object) -> None:
        raise NotDecidedError

    monkeypatch.setattr(Solver, "find", endless)
    found = proof(guide, "SELECT ?a { ?case ns:best ?a FILTER EXISTS { ?case ns:contraindicated ?a } }")
    assert (found.verdict, found.holds) == (NOT_DECIDED, False)
    assert "bound" in found.reason


def test_without_a_solver_nothing_is_decided(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> None:
        raise MissingPackageError(f"needs a solver; install it with: pip install '{solve.EXTRA}'")

    monkeypatch.setattr(solve, "_solver", missing)
    found = proof(guide, "SELECT ?a { ?case ns:best ?a FILTER EXISTS { ?case ns:contraindicated ?a } }")
    assert found.verdict == NOT_DECIDED
    assert "nextstudy[prove]" in found.reason


def test_the_command_says_once_that_there_is_no_solver(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_: str) -> None:
        raise MissingPackageError("needs a solver")

    monkeypatch.setattr(solve, "_solver", missing)
    assert main(["prove"]) == 1, "not decided is not proved"
    said = capsys.readouterr().out
    assert said.count("needs a solver") == 1
    assert said.count("NOT DECIDED") == 1


def test_a_property_that_no_circuit_can_say(guide: kg.Guide) -> None:
    found = proof(guide, "SELECT ?a { ?case ns:best ?a OPTIONAL { ?case ns:leading ?s } }")
    assert found.verdict == NOT_DECIDED
    assert "OPTIONAL" in found.reason
    found = proof(guide, "SELECT ?b { VALUES ?a { finding:fever } ?case ns:knownPresent ?a ; ns:best ?b }")
    assert "VALUES of ?a" in found.reason


def test_a_case_is_expected(guide: kg.Guide) -> None:
    body = "SELECT ?a { ?case a ns:Case . VALUES ?a { %s } FILTER EXISTS { ?case ns:knownPresent ?a , finding:adult } }"
    assert proof(guide, body % "finding:fever finding:elderly", "expects: a case").verdict == PROVED
    found = proof(guide, body % "finding:fever finding:child", "expects: a case")
    assert (found.verdict, found.about, found.patient) == (REFUTED, (("a", "child"),), None)


def test_a_pair(guide: kg.Guide) -> None:
    body = "SELECT ?a { ?case ns:knownPresent ?a FILTER EXISTS { ?completion ns:completes ?case ; ns:%s ?a } }"
    assert proof(guide, body % "knownAbsent", "pair: completion").verdict == PROVED
    unknown = "SELECT ?a { ?case ns:considered ?a FILTER EXISTS { ?completion ns:completes ?case ; ns:ruledOut ?a } }"
    found = proof(guide, unknown, "pair: completion")
    assert found.completion is not None
    (scenario,) = (value for _, value in found.about)
    before, after = guide.assess(whom(found)), guide.assess(found.completion)
    assert scenario in {*(term.id for term in before.scenarios), *(term.id for term in before.possible)}
    assert scenario not in {*(term.id for term in after.scenarios), *(term.id for term in after.possible)}
    assert set(whom(found).present) <= set(found.completion.present)


def test_a_pair_keeps_the_two_apart(guide: kg.Guide) -> None:
    mixed = "SELECT ?a { ?case ns:best ?a FILTER EXISTS { ?completion ns:completes ?case . ?case ns:behind ?a } }"
    assert "mixes a case and its completion" in proof(guide, mixed, "pair: completion").reason


def test_an_error_of_the_proof_is_never_a_verdict(guide: kg.Guide) -> None:
    """What the circuit says must be derived again on Oxigraph; here the two have other queries."""
    (wrong,) = (fault for fault in query_faults.FAULTS if fault.query == "73-pending")
    with Prover(guide.content, [named("prove", "best-was-not-performed")], rules=wrong.rules) as prover:
        prover._shipped_rules = True
        found = prover.of("best-was-not-performed")
    assert found.verdict == NOT_DECIDED
    assert "error is in the proof" in found.reason


# ---------------------------------------------------------------------- patients who are put together


def test_a_measured_number_lies_between_the_limits(guide: kg.Guide) -> None:
    given = (
        "?case a ns:Case ; ns:measured ?fact . ?fact ns:measure ?measure "
        "FILTER(NOT EXISTS { ?case ns:present|ns:absent ?any } && %s)"
    )
    old = proof(guide, f"SELECT ?measure {{ {given % 'EXISTS { ?case ns:knownPresent finding:elderly }'} }}")
    assert whom(old) == kg.Case(measured={"age": 65})
    between = proof(guide, f"SELECT ?measure {{ {given % 'EXISTS { ?case ns:undecided finding:acute-pain }'} }}")
    assert list(whom(between).measured) == ["pain-duration-weeks"]
    assert 4 <= whom(between).measured["pain-duration-weeks"] <= 6


def test_a_number_that_is_not_whole() -> None:
    limits = [Compared("m", "<=", Decimal(4)), Compared("m", "<", Decimal(5))]
    made = patient(limits, frozenset({Measured("m"), limits[1]}), ())
    assert made.measured == {"m": Decimal("4.5")}


FILM = "?case ns:performed ?{0} . ?{0} ns:procedure procedure:radiography-thoracic-spine"


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (
            f"EXISTS {{ {FILM.format('one')} ; ns:present finding:kyphosis }} && "
            "EXISTS { ?case ns:awaited procedure:radiography-thoracic-spine }",
            {(("kyphosis",), ()), ((), ())},
        ),
        (
            f"EXISTS {{ {FILM.format('one')} ; ns:present finding:kyphosis ; ns:absent finding:lytic-lesion }}",
            {(("kyphosis",), ("lytic-lesion",))},
        ),
    ],
)
def test_performed_studies_are_put_together(
    guide: kg.Guide, test: str, expected: set[tuple[tuple[str, ...], tuple[str, ...]]]
) -> None:
    nothing_stated = "NOT EXISTS { ?case ns:present|ns:absent ?any }"
    case = whom(proof(guide, f"SELECT ?case {{ ?case a ns:Case FILTER({nothing_stated} && {test}) }}"))
    assert {(study.present, study.absent) for study in case.performed} == expected
    assert {study.procedure for study in case.performed} == {"radiography-thoracic-spine"}


def test_a_study_with_a_result_that_no_input_names() -> None:
    done, silent = Fact("film"), Fact("film", silent=frozenset({"present", "absent"}))
    seen = Fact("film", seen="known")
    (study,) = patient([done, silent, seen], frozenset({done}), ["known", "other"]).performed
    assert study == ("film", frozenset(), frozenset({"known"}))
    assert not Said({}, {}, (study,)).makes(silent)


# ---------------------------------------------------------------------- what the solver is told of patients


def broken(clauses: Iterator[Clause], rows: Sequence[int], everyone: int) -> list[Clause]:
    """The clauses that some case breaks."""

    def holds(number: int) -> int:
        return rows[number - 1] if number > 0 else rows[-number - 1] ^ everyone

    def someone_breaks(clause: Clause) -> bool:
        good = 0
        for number in clause:
            good |= holds(number)
        return good != everyone

    return [clause for clause in clauses if someone_breaks(clause)]


def broken_constraints(guide: kg.Guide, accepted: Sequence[kg.Case]) -> tuple[int, list[Clause]]:
    """How many constraints there are, and those that some accepted case, or it with a completion, breaks."""
    circuit = guide.circuits.of(frozenset(guide.content.topics))
    run = run_cases(circuit, [said(case, guide.lexicon) for case in accepted])
    constraints = list(patients(circuit))
    found = broken(iter(constraints), run.rows, run.everyone)
    # Each case beside it with one fact less, as a case and its completion.
    pairs = [(fewer, case) for case in accepted if (fewer := less(case)) is not None]
    both = [run_cases(circuit, [said(each, guide.lexicon) for each in side]) for side in zip(*pairs, strict=True)]
    beside = list(completed(circuit, 0, circuit.lines))
    found += broken(iter(beside), [*both[0].rows, *both[1].rows], both[0].everyone)
    return len(constraints) + len(beside), found


def less(case: kg.Case) -> kg.Case | None:
    """The case with one fact less; none where anything is assumed, which is no fact."""
    if case.assume_absent or not (case.present or case.performed or case.measured):
        return None
    return kg.Case(
        present=case.present[1:],
        absent=case.absent[1:],
        measured=dict(list(case.measured.items())[1:]),
        performed=case.performed[1:],
        order=case.order,
    )


def accepted_cases(guide: kg.Guide, seed: str, count: int) -> list[kg.Case]:
    return list(cases(Random(seed), Knowledge(guide.content), count))


def test_accepted_cases_satisfy_every_constraint(guide: kg.Guide) -> None:
    described = accepted_cases(guide, "constraints", 400)
    described.append(
        kg.Case(
            performed=[
                Performed("radiography-thoracic-spine", present=("kyphosis",), absent=("lytic-lesion",)),
                Performed("radiography-thoracic-spine"),
            ]
        )
    )
    number, found = broken_constraints(guide, described)
    assert number > 1000
    assert found == []


def test_a_constraint_that_excludes_a_patient_is_noticed(guide: kg.Guide) -> None:
    circuit = guide.circuits.of(frozenset(guide.content.topics))
    run = run_cases(circuit, [said(kg.Case(present=["fever"]), guide.lexicon)])
    fever = next(n for n, fact in enumerate(circuit.inputs, 1) if "present" in str(fact) and "/fever" in str(fact))
    assert broken(iter([[-(fever + 1)]]), run.rows, run.everyone) == [[-(fever + 1)]]


# ---------------------------------------------------------------------- the shipped properties


@pytest.fixture(scope="module")
def shipped(guide: kg.Guide) -> dict[str, Proof]:
    return {found.name: found for found in prove(guide.content).proofs}


def test_there_are_properties_enough(shipped: dict[str, Proof]) -> None:
    assert len(shipped) == len(PROPERTIES) >= 24


def test_each_is_decided_as_the_list_of_known_faults_says(shipped: dict[str, Proof], guide: kg.Guide) -> None:
    known = {fault.property for fault in known_faults(guide.folder)}
    assert {name for name, found in shipped.items() if found.verdict == REFUTED} == known
    assert {found.verdict for name, found in shipped.items() if name not in known} == {PROVED}


def test_somebody_is_as_each_premise_says(shipped: dict[str, Proof]) -> None:
    assert {name: found.unmet for name, found in shipped.items() if found.unmet} == {}
    assert {name: found.missing for name, found in shipped.items() if found.missing} == {}


def test_each_is_decided_within_a_second(shipped: dict[str, Proof]) -> None:
    assert max(found.seconds for found in shipped.values()) < 5  # a second on a machine that does nothing else


def test_another_solver_agrees(shipped: dict[str, Proof], guide: kg.Guide) -> None:
    _, other = engines()
    with Prover(guide.content, engine=other) as prover:
        verdicts = {found.name: (found.verdict, found.unmet) for found in prover.prove()}
    assert verdicts == {name: (found.verdict, found.unmet) for name, found in shipped.items()}


@pytest.mark.parametrize("each", PROPERTIES, ids=lambda each: each.name)
def test_says_what_is_wrong_and_how_to_mend_it(each: Query) -> None:
    for key in ("problem", "principle", "solution"):
        assert each.header[key].endswith(".")
    assert each.header.keys() - {"pair", "expects"} == {"problem", "principle", "solution"}


def test_each_property_has_a_fault_that_it_notices(guide: kg.Guide) -> None:
    """Those in ``safety_faults`` beyond the sample below are put in by ``python -m tests.long_run proofs``."""
    noticed = {fault.found_by for fault in safety_faults.FAULTS} | IMPOSSIBLE.keys()
    noticed |= {name for fault in query_faults.FAULTS for name in fault.found_by}
    noticed |= {fault.property for fault in known_faults(guide.folder)}
    assert noticed == {each.name for each in PROPERTIES}


IMPOSSIBLE = {
    "every-rule-applies-to-somebody": safety_faults.SafetyFault("hand-off/child", "needs", "adult", ""),
}
"""Of a property that expects a case there is no patient to show."""


@pytest.mark.parametrize(("name", "fault"), IMPOSSIBLE.items())
def test_a_rule_that_nobody_meets_is_noticed(name: str, fault: safety_faults.SafetyFault, guide: kg.Guide) -> None:
    with Prover(safety_faults.faulty(guide.content, fault), [named("prove", name)]) as prover:
        found = prover.of(name)
    assert (found.verdict, found.about) == (REFUTED, (("rule", "child"),))


@pytest.mark.parametrize("fault", query_faults.FAULTS, ids=str)
def test_a_wrong_derive_query_is_noticed(fault: query_faults.QueryFault, guide: kg.Guide) -> None:
    with Prover(guide.content, [named("prove", name) for name in fault.found_by], rules=fault.rules) as prover:
        assert {found.name: found.verdict for found in prover.prove()} == dict.fromkeys(fault.found_by, REFUTED)


def missed(guide: kg.Guide, fault: safety_faults.SafetyFault) -> str:
    """What is wrong where a property does not notice a fault and show a patient; nothing otherwise."""
    content = safety_faults.faulty(guide.content, fault)
    with Prover(content, [named("prove", fault.found_by)]) as prover:
        found = prover.of(fault.found_by)
    if found.verdict != REFUTED or found.patient is None:
        return f"{fault}: {found.verdict}{found.reason}"
    rows = rows_on_oxigraph(kg.Guide(content), found)
    return "" if rows else f"{fault}: Oxigraph does not find {found.patient.to_dict()}"


def rows_on_oxigraph(guide: kg.Guide, found: Proof) -> list[dict[str, str]]:
    assert found.patient is not None
    with Bench(guide.slice(guide.content.topics)).evaluation(facts(found.patient, guide.lexicon)) as evaluation:
        return evaluation.ask(named("prove", found.name))


@pytest.mark.parametrize("fault", safety_faults.FAULTS[::8], ids=str)
def test_a_fault_in_a_safety_rule_is_noticed(
    fault: safety_faults.SafetyFault, guide: kg.Guide, shipped: dict[str, Proof]
) -> None:
    assert shipped[fault.found_by].holds
    assert missed(guide, fault) == ""


def test_there_are_faults_enough() -> None:
    assert len(safety_faults.FAULTS) >= 40
    assert {fault.change for fault in safety_faults.FAULTS} == {"removed", "needs", "without", "no kind of"}


# ---------------------------------------------------------------------- the list of known faults, and what is printed


def listed(folder: Path, *rows: str) -> Path:
    (folder / KNOWN_FAULTS).write_text("\n".join(["property,fault,mended in", *rows, ""]), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["no-such-property,x,issue 1"], r"line 2: 'no-such-property' is no property"),
        (["best-can-be-done,x,issue 1"] * 2, r"line 3: 'best-can-be-done' is listed twice"),
        (["best-can-be-done,x"], r"line 2: has not three values"),
        (["best-can-be-done,x,y,z"], r"line 2: has not three values"),
    ],
)
def test_a_list_that_cannot_be_used(rows: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=message):
        known_faults(listed(tmp_path, *rows))


def test_another_head_line(tmp_path: Path) -> None:
    (tmp_path / KNOWN_FAULTS).write_text("name,why\n", encoding="utf-8")
    with pytest.raises(ContentError, match="line 1: the columns are name, why; write property, fault, mended in"):
        known_faults(tmp_path)


def test_a_folder_without_a_list_knows_of_no_fault(tmp_path: Path) -> None:
    assert known_faults(tmp_path) == known_faults(None) == ()


def problems(
    guide: kg.Guide, monkeypatch: pytest.MonkeyPatch, *proofs: Proof, known: Sequence[str] = ()
) -> list[Problem]:
    """What a check makes of some proofs."""
    from kg import check as checking
    from kg import proofs as module

    faults = tuple(module.KnownFault(name, "It is so.", "issue 99") for name in known)
    made = module.Proofs(proofs, faults, module.coverage(guide.content))
    monkeypatch.setattr(module, "prove", lambda _: made)
    return checking._against_every_patient(guide.content)[1]


def test_what_a_check_says(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "best-was-not-performed"
    wrong = Proof(name, REFUTED, kg.Case(present=["fever"]), about=(("study", "x"),))
    (found,) = problems(guide, monkeypatch, wrong)
    assert (found.severity, found.place) == (ERROR, f"queries/prove/{name}.rq: study x: fever")
    assert found.message == "A study is offered that was performed already, itself or within another one."
    (found,) = problems(guide, monkeypatch, wrong, known=[name])
    assert (found.severity, found.message) == (WARNING, "Known fault, to be mended in issue 99: It is so.")
    (found,) = problems(guide, monkeypatch, Proof(name, PROVED), known=[name])
    assert (found.severity, found.cure) == (ERROR, "Take it off the list in known-faults.csv.")
    (found,) = problems(guide, monkeypatch, Proof(name, PROVED, unmet=("child",)))
    assert (found.severity, "proves nothing of: child" in found.message) == (ERROR, True)
    (found,) = problems(guide, monkeypatch, Proof(name, PROVED, unmet=(ANYBODY,)))
    assert (found.severity, found.message.startswith("Nobody can be as a property says")) == (WARNING, True)
    (found,) = problems(guide, monkeypatch, Proof(name, PROVED, missing=("gout",)))
    assert (found.severity, "lacks, and is about the rest: gout" in found.message) == (WARNING, True)
    undecided = [Proof(each, NOT_DECIDED, reason="needs a solver; install it") for each in (name, "best-can-be-done")]
    (found,) = problems(guide, monkeypatch, *undecided)
    assert (found.severity, found.message, found.cure) == (WARNING, "Not decided: needs a solver.", "Install it.")
    assert problems(guide, monkeypatch, Proof(name, NOT_ABOUT), Proof(name, PROVED)) == []


def test_a_derive_query_that_cannot_be_compiled(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    from kg import check as checking
    from kg.logic import compile as compiling
    from kg.logic.patterns import rule

    def refuse() -> None:
        rule(
            "queries/derive/99-own.rq", "CONSTRUCT { ?a <urn:p> ?b } WHERE { ?a <urn:q> ?b OPTIONAL { ?a <urn:r> ?c } }"
        )

    monkeypatch.setattr(compiling, "derive_rules", refuse)
    said, (found,) = checking._against_every_patient(guide.content)
    assert said == "no proofs"
    assert found.severity == WARNING
    assert found.place == "queries/derive/99-own.rq: OPTIONAL cannot be compiled into a circuit"


def test_a_check_says_how_much_was_proved_and_of_what(guide: kg.Guide) -> None:
    from kg import check as checking

    said, found = checking._against_every_patient(guide.content)
    assert (
        f"of {len(PROPERTIES)} properties proved of every patient (low-back-pain, thoracic-back-pain; content" in said
    )
    assert all(problem.message.startswith("Known fault") for problem in found)


def test_the_command_shows_the_patient(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "cord-sign-is-emergent-whatever-the-pain"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("REFUTED: cord-sign-is-emergent-whatever-the-pain\n  problem: ")
    assert "known, to be mended in issue 22" in said
    assert '"present": [' in said
    assert "PROVED: 0 of 1\nCOVERS every case that is accepted" in said
    assert main(["prove", "best-was-not-performd"]) == 2
    assert "'best-was-not-performed'" in capsys.readouterr().err

"""Proofs about every patient: the engine, each property, and what the solver knows about patients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

import pytest
from pyoxigraph import NamedNode, Quad

import kg
from kg.author.check import ERROR, WARNING, Problem
from kg.author.prove.counterexample import patient
from kg.author.prove.proofs import KNOWN_FAULTS, known_faults, prove
from kg.author.prove.properties import ANYBODY
from kg.author.prove.prover import NOT_ABOUT, NOT_DECIDED, PROVED, REFUTED, Proof, Prover
from kg.command.verbs import main
from kg.errors import ContentError, MissingPackageError
from kg.knowledge.sparql.iris import BASE, ns, slug
from kg.knowledge.sparql.queries import Query, named, stage
from kg.logic.circuit import solve
from kg.logic.circuit.execute import run_cases
from kg.logic.circuit.formula import Clause, closed, completed, patients
from kg.logic.circuit.inputs import Compared, Measured, Said
from kg.logic.circuit.inputs import PerformedInput as Fact
from kg.logic.circuit.solve import NotDecidedError, Solver, engines
from kg.logic.compiler.ground import Grounder
from kg.patient.assess.evaluation import Bench
from kg.patient.facts import facts, said
from kg.patient.performed import NOW, Performed
from kg.progress import silent
from tests.conftest import copied
from tests.judges.faults import query_faults, safety_faults
from tests.judges.faults.content_faults import Fault, Workshop, damaged
from tests.judges.generate import cases, contradictory
from tests.judges.truth import Knowledge

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


@pytest.fixture(scope="module")
def whole() -> kg.Guide:
    """The shipped guideline with all topics."""
    return kg.load()


@pytest.fixture(scope="module")
def guide(levels: kg.Guide) -> kg.Guide:
    """Two topics: what is tried here is the engine, and rules that stand in them or in what all share."""
    return levels


def query(body: str, *heads: str) -> Query:
    return Query("property", "\n".join([*(f"#+ {head}" for head in heads), PREFIXES, body]))


@cache
def compiled(guide: kg.Guide) -> Grounder:
    """The derive queries, which most of the proofs below have in common."""
    return Prover(guide.core.content, []).compiled


def proof(guide: kg.Guide, body: str, *heads: str) -> Proof:
    with Prover(guide.core.content, [query(body, *heads)], compiled=compiled(guide)) as prover:
        return prover.of("property")


def whom(found: Proof) -> kg.Case:
    assert found.status == REFUTED, found
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
    assert (found.status, found.unmet, found.holds) == (PROVED, (), True)
    found = proof(guide, body % "finding:child")
    assert (found.status, found.unmet, found.holds) == (PROVED, ("child",), False)


def test_not_about_content_that_lacks_its_words(guide: kg.Guide) -> None:
    body = (
        "SELECT ?a { VALUES ?a { finding:ankle-pain %s } ?case ns:knownPresent ?a "
        "FILTER EXISTS { ?case ns:knownAbsent ?a } }"
    )
    assert proof(guide, body % "").status == NOT_ABOUT
    found = proof(guide, body % "finding:fever")
    assert (found.status, found.missing) == (PROVED, ("ankle-pain",))
    elsewhere = "SELECT ?a { ?case ns:knownPresent ?a FILTER EXISTS { ?case ns:knownAbsent finding:ankle-pain } }"
    assert proof(guide, elsewhere).status == NOT_ABOUT


def test_not_decided_within_its_bound(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object) -> None:
        raise NotDecidedError

    monkeypatch.setattr(Solver, "find", endless)
    found = proof(guide, "SELECT ?a { ?case ns:best ?a FILTER EXISTS { ?case ns:contraindicated ?a } }")
    assert (found.status, found.holds) == (NOT_DECIDED, False)
    assert "bound" in found.reason


def test_without_a_solver_nothing_is_decided(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> None:
        raise MissingPackageError(f"needs a solver; install it with: pip install '{solve.EXTRA}'")

    monkeypatch.setattr(solve, "_solver", missing)
    found = proof(guide, "SELECT ?a { ?case ns:best ?a FILTER EXISTS { ?case ns:contraindicated ?a } }")
    assert found.status == NOT_DECIDED
    assert "nextstudy[prove]" in found.reason


def test_the_command_says_once_that_there_is_no_solver(
    guide: kg.Guide, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_: str) -> None:
        raise MissingPackageError("needs a solver")

    monkeypatch.setattr(solve, "_solver", missing)
    assert main(["prove", "--content", str(guide.core.folder)]) == 1, "not decided is not proved"
    said = capsys.readouterr().out
    assert said.count("needs a solver") == 1
    assert said.count("NOT DECIDED") == 1


def test_a_property_that_no_circuit_can_say(guide: kg.Guide) -> None:
    found = proof(guide, "SELECT ?a { ?case ns:best ?a OPTIONAL { ?case ns:leading ?s } }")
    assert found.status == NOT_DECIDED
    assert "OPTIONAL" in found.reason
    found = proof(guide, "SELECT ?b { VALUES ?a { finding:fever } ?case ns:knownPresent ?a ; ns:best ?b }")
    assert "VALUES for ?a" in found.reason


def test_a_case_is_expected(guide: kg.Guide) -> None:
    body = "SELECT ?a { ?case a ns:Case . VALUES ?a { %s } FILTER EXISTS { ?case ns:knownPresent ?a , finding:adult } }"
    assert proof(guide, body % "finding:fever finding:elderly", "expects: a case").status == PROVED
    found = proof(guide, body % "finding:fever finding:child", "expects: a case")
    assert (found.status, found.about, found.patient) == (REFUTED, (("a", "child"),), None)


def test_a_pair(guide: kg.Guide) -> None:
    body = "SELECT ?a { ?case ns:knownPresent ?a FILTER EXISTS { ?completion ns:completes ?case ; ns:%s ?a } }"
    assert proof(guide, body % "knownAbsent", "pair: completion").status == PROVED
    unknown = "SELECT ?a { ?case ns:considered ?a FILTER EXISTS { ?completion ns:completes ?case ; ns:ruledOut ?a } }"
    found = proof(guide, unknown, "pair: completion")
    assert found.completion is not None
    (scenario,) = (value for _, value in found.about)
    before, after = guide.assess(whom(found)), guide.assess(found.completion)
    assert scenario in {*(term.id for term in before.scenarios), *(term.id for term in before.could_lead)}
    assert scenario not in {*(term.id for term in after.scenarios), *(term.id for term in after.could_lead)}
    assert set(whom(found).present) <= set(found.completion.present)


def closure(knowledge: Knowledge, case: kg.Case) -> kg.Case:
    """The case with everything stated absent that is not known to be present."""
    known = knowledge.closed(knowledge.atoms(case))
    absent = {slug(finding) for finding in knowledge.findings if (finding, True) not in known}
    return replace(case, absent=tuple(sorted(absent.union(case.absent))))


def test_a_pair_with_a_closure(guide: kg.Guide) -> None:
    """Nobody is both present and then absent; some scenario that could lead cannot once nothing more is found."""
    body = "SELECT ?a { ?case ns:%s ?a FILTER EXISTS { ?completion ns:completes ?case ; ns:%s ?a } }"
    assert proof(guide, body % ("knownPresent", "knownAbsent"), "pair: closure").status == PROVED
    found = proof(guide, body % ("considered", "ruledOut"), "pair: closure")
    case = whom(found)
    assert found.completion is None, "it follows from the patient"
    (scenario,) = (value for _, value in found.about)
    before, after = guide.assess(case), guide.assess(closure(Knowledge(guide.core.content), case))
    assert scenario in {*(term.id for term in before.scenarios), *(term.id for term in before.could_lead)}
    assert scenario not in {*(term.id for term in after.scenarios), *(term.id for term in after.could_lead)}


def test_a_closure_adds_nothing_but_absence(guide: kg.Guide) -> None:
    """A completion may bring fever to somebody who may not have it; a closure denies it."""
    body = (
        "SELECT ?a { VALUES ?a { finding:fever } ?case ns:%s ?a "
        "FILTER EXISTS { ?completion ns:completes ?case ; ns:%s finding:chills } }"
    )
    assert proof(guide, body % ("knownPresent", "knownPresent"), "pair: completion").status == REFUTED
    both = whom(proof(guide, body % ("knownPresent", "knownPresent"), "pair: closure"))
    assert {"chills", "fever"} <= set(both.present), "the patient must have both beforehand"


def test_a_pair_keeps_the_two_apart(guide: kg.Guide) -> None:
    mixed = "SELECT ?a { ?case ns:best ?a FILTER EXISTS { ?completion ns:completes ?case . ?case ns:behind ?a } }"
    assert "mixes a case and its completion" in proof(guide, mixed, "pair: completion").reason


def test_an_error_of_the_proof_is_never_a_verdict(guide: kg.Guide) -> None:
    """What the circuit says must be derived again on Oxigraph; here the two have other queries."""
    (wrong,) = (fault for fault in query_faults.FAULTS if "best-was-not-performed" in fault.found_by)
    with Prover(guide.core.content, [named("prove", "best-was-not-performed")], rules=wrong.rules) as prover:
        prover._shipped_rules = True
        found = prover.of("best-was-not-performed")
    assert found.status == NOT_DECIDED
    assert "error is in the proof" in found.reason


# ---------------------------------------------------------------------- patients who are put together


def test_a_measured_number_lies_between_the_limits(guide: kg.Guide) -> None:
    given = (
        "?case a ns:Case ; ns:measured ?fact . ?fact ns:measure ?measure "
        "FILTER(NOT EXISTS { ?case ns:present|ns:absent ?any } && %s)"
    )
    old = proof(guide, f"SELECT ?measure {{ {given % 'EXISTS { ?case ns:knownPresent finding:elderly }'} }}")
    assert whom(old) == kg.Case(measured={"age": 65}, presume=False)
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
            f"EXISTS {{ {FILM.format('two')} FILTER NOT EXISTS {{ ?two ns:present|ns:absent ?any }} }}",
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
    circuit = guide.core.circuits.of(frozenset(guide.core.content.topics))
    run = run_cases(circuit, [said(case, guide.core.lexicon) for case in accepted])
    constraints = list(patients(circuit))
    found = broken(iter(constraints), run.rows, run.everyone)
    # Each case beside it with one fact less, as a case and its completion.
    pairs = [(fewer, case) for case in accepted if (fewer := less(case)) is not None]
    pairs = [pair for pair in pairs if not run_cases(circuit, [said(pair[0], guide.core.lexicon)]).some("takenAsSeen")]
    both = [run_cases(circuit, [said(each, guide.core.lexicon) for each in side]) for side in zip(*pairs, strict=True)]
    beside = list(completed(circuit, 0, circuit.lines))
    found += broken(iter(beside), [*both[0].rows, *both[1].rows], both[0].everyone)
    return len(constraints) + len(beside), found


def less(case: kg.Case) -> kg.Case | None:
    """The case with some facts less; none where anything is assumed or presumed, or where a study has a day."""
    dated = any(study.date not in ("", NOW) for study in case.performed)
    if case.assume_absent or case.presume or dated or not (case.present or case.performed or case.measured):
        return None
    return kg.Case(
        present=case.present[1:],
        absent=case.absent[1:],
        measured=dict(list(case.measured.items())[1:]),
        performed=case.performed[1:],
        order=case.order,
        presume=False,
    )


def accepted_cases(guide: kg.Guide, seed: str, count: int) -> list[kg.Case]:
    return list(cases(Random(seed), Knowledge(guide.core.content), count))


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


def test_accepted_cases_and_their_closures_satisfy_every_constraint(guide: kg.Guide) -> None:
    circuit, knowledge = guide.core.circuits.of(frozenset(guide.core.content.topics)), Knowledge(guide.core.content)
    plain = [replace(case, presume=False) for case in accepted_cases(guide, "closures", 150) if not case.assume_absent]
    pairs = [
        (case, whole)
        for case in plain
        if not run_cases(circuit, [said(case, guide.core.lexicon)]).some("takenAsSeen")
        if not contradictory(knowledge, whole := closure(knowledge, case))
    ]
    assert len(pairs) > 20
    both = [run_cases(circuit, [said(each, guide.core.lexicon) for each in side]) for side in zip(*pairs, strict=True)]
    beside = list(closed(circuit, 0, circuit.lines))
    assert len(beside) > 500
    assert broken(iter(beside), [*both[0].rows, *both[1].rows], both[0].everyone) == []


def test_a_constraint_that_excludes_a_patient_is_noticed(guide: kg.Guide) -> None:
    circuit = guide.core.circuits.of(frozenset(guide.core.content.topics))
    run = run_cases(circuit, [said(kg.Case(present=["fever"]), guide.core.lexicon)])
    fever = next(n for n, fact in enumerate(circuit.inputs, 1) if "present" in str(fact) and "/fever" in str(fact))
    assert broken(iter([[-(fever + 1)]]), run.rows, run.everyone) == [[-(fever + 1)]]


# ---------------------------------------------------------------------- the shipped properties


@pytest.fixture(scope="module")
def shipped(whole: kg.Guide) -> dict[str, Proof]:
    return {found.name: found for found in prove(whole.core.content).proofs}


def test_there_are_properties_enough(shipped: dict[str, Proof]) -> None:
    assert len(shipped) == len(PROPERTIES) >= 24


def test_each_is_decided_as_the_list_of_known_faults_says(shipped: dict[str, Proof], whole: kg.Guide) -> None:
    known = {fault.property for fault in known_faults(whole.core.folder)}
    assert {name for name, found in shipped.items() if found.status == REFUTED} == known
    assert {found.status for name, found in shipped.items() if name not in known} == {PROVED}


def test_somebody_is_as_each_premise_says(shipped: dict[str, Proof]) -> None:
    assert {name for name, found in shipped.items() if found.unmet} == TRANSFERS
    assert {name: found.missing for name, found in shipped.items() if found.missing} == {}


def test_each_is_decided_within_a_second(shipped: dict[str, Proof]) -> None:
    assert max(found.seconds for found in shipped.values()) < 5  # a second on a machine that does nothing else


def test_another_solver_agrees(guide: kg.Guide) -> None:
    verdicts = []
    for engine in engines():
        with Prover(guide.core.content, engine=engine, compiled=compiled(guide)) as prover:
            verdicts.append({found.name: (found.status, found.unmet) for found in prover.prove()})
    assert verdicts[0] == verdicts[1] and len(verdicts[0]) == len(PROPERTIES)


@pytest.mark.parametrize("each", PROPERTIES, ids=lambda each: each.name)
def test_says_what_is_wrong_and_how_to_mend_it(each: Query) -> None:
    for key in ("problem", "principle", "solution"):
        assert each.header[key].endswith(".")
    assert each.header.keys() - {"pair", "expects"} == {"problem", "principle", "solution"}


def test_each_property_has_a_fault_that_it_notices(guide: kg.Guide) -> None:
    """Those in ``safety_faults`` beyond the sample below are put in by ``python -m tests.long_run proofs``."""
    noticed = {fault.found_by for fault in safety_faults.FAULTS} | IMPOSSIBLE.keys()
    noticed |= {name for fault in (*query_faults.FAULTS, *query_faults.OF_TRANSFERS) for name in fault.found_by}
    noticed |= {fault.property for fault in known_faults(guide.core.folder)}
    assert noticed | ELSEWHERE == {each.name for each in PROPERTIES}


TRANSFERS = {"moved-case-is-not-handed-on"}
"""Nobody is as it says: each hand-off that moves a case to a topic here leads to one that answers."""
ELSEWHERE = {
    "leading-scenarios-of-topics-agree",
    "caution-decides-among-equal-lumbar-studies",
    "without-criteria-leads-only-if-chosen",
    *TRANSFERS,
}
"""Only other content can break them: a lumbar preference for contrast, which the topic does not have, transfers,
ratings only (``tests/patient/assess/test_chosen.py``), or ratings that clash, as in the test below."""


def test_topics_that_call_for_different_studies_of_one_region_are_noticed(whole: kg.Guide) -> None:
    """With suspected infection one topic would call for a film of the thoracic spine, and the other for its MRI."""
    shop, name = Workshop(whole.core.content), "leading-scenarios-of-topics-agree"
    scenario = NamedNode(f"{BASE}topic/thoracic-back-pain/cancer-infection-immunosuppression")
    removed, added = list[Quad](), list[Quad]()
    for rating in shop.objects(scenario, "rating"):
        (old,) = shop.objects(rating, "category")
        film = shop.slug_of(rating, "procedure") == "radiography-thoracic-spine"
        removed.append(Quad(rating, ns("category"), old))
        category = "usually-appropriate" if film else "usually-not-appropriate"
        added.append(Quad(rating, ns("category"), NamedNode(f"{BASE}scale/{category}")))
    clashing = damaged(whole.core.content, Fault("clash", name, frozenset(removed), tuple(added)))
    with Prover(clashing, [named("prove", name)]) as prover:
        found = prover.of(name)
    assert found.status == REFUTED
    assert {value for _, value in found.about} == {"pain-with-risk-thoracic", "cancer-infection-immunosuppression"}


IMPOSSIBLE = {
    "every-rule-applies-to-somebody": safety_faults.SafetyFault("hand-off/child", "needs", "adult", ""),
}
"""Of a property that expects a case there is no patient to show."""


@pytest.mark.parametrize(("name", "fault"), IMPOSSIBLE.items())
def test_a_rule_that_nobody_meets_is_noticed(name: str, fault: safety_faults.SafetyFault, guide: kg.Guide) -> None:
    with Prover(safety_faults.faulty(guide.core.content, fault), [named("prove", name)]) as prover:
        found = prover.of(name)
    assert (found.status, found.about) == (REFUTED, (("rule", "child"),))


SAFETY_FAULTS = (*{fault.change: fault for fault in safety_faults.FAULTS}.values(), *safety_faults.FAULTS[::20])
"""One of each kind, and a few more; all of them are put in by ``python -m tests.long_run proofs``."""


@pytest.mark.parametrize("fault", query_faults.FAULTS[::6], ids=str)
def test_a_wrong_derive_query_is_noticed(fault: query_faults.QueryFault, guide: kg.Guide) -> None:
    assert unnoticed(fault, guide) == ""


@pytest.mark.parametrize("fault", query_faults.OF_TRANSFERS, ids=str)
def test_a_wrong_query_about_transfers_is_noticed(fault: query_faults.QueryFault, whole: kg.Guide) -> None:
    assert unnoticed(fault, whole) == ""


def unnoticed(fault: query_faults.QueryFault, guide: kg.Guide) -> str:
    """The properties that hold although a derive query is wrong; nothing where all of its own notice it."""
    with Prover(guide.core.content, [named("prove", name) for name in fault.found_by], rules=fault.rules) as prover:
        holding = [found.name for found in prover.prove() if found.status != REFUTED]
    return f"{fault}: {', '.join(holding)}" if holding else ""


def missed(guide: kg.Guide, fault: safety_faults.SafetyFault) -> str:
    """What is wrong where a property does not notice a fault and show a patient; nothing otherwise."""
    content = safety_faults.faulty(guide.core.content, fault)
    with Prover(content, [named("prove", fault.found_by)]) as prover:
        found = prover.of(fault.found_by)
    if found.status != REFUTED or found.patient is None:
        return f"{fault}: {found.status}{found.reason}"
    rows = rows_on_oxigraph(kg.Guide(content), found)
    return "" if rows else f"{fault}: Oxigraph does not find {found.patient.to_dict()}"


def rows_on_oxigraph(guide: kg.Guide, found: Proof) -> list[dict[str, str]]:
    assert found.patient is not None
    with Bench(guide.core.triples(guide.core.content.topics)).evaluation(
        facts(found.patient, guide.core.lexicon)
    ) as evaluation:
        return evaluation.ask(named("prove", found.name))


@pytest.mark.parametrize("fault", SAFETY_FAULTS, ids=str)
def test_a_fault_in_a_safety_rule_is_noticed(
    fault: safety_faults.SafetyFault, guide: kg.Guide, shipped: dict[str, Proof]
) -> None:
    assert shipped[fault.found_by].holds
    assert missed(guide, fault) == ""


def test_there_are_faults_enough() -> None:
    assert len(safety_faults.FAULTS) >= 40
    assert {fault.change for fault in safety_faults.FAULTS} == {"removed", "needs", "without", "or", "no kind of"}


# ---------------------------------------------------------------------- the list of known faults, and what is printed


def listed(folder: Path, *rows: str) -> Path:
    (folder / KNOWN_FAULTS).write_text("\n".join(["property,fault,mended in", *rows, ""]), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["no-such-property,x,issue 1"], r"line 2: 'no-such-property' is not a property"),
        (["best-can-be-done,x,issue 1"] * 2, r"line 3: 'best-can-be-done' is listed twice"),
        (["best-can-be-done,x"], r"line 2: does not have three values"),
        (["best-can-be-done,x,y,z"], r"line 2: does not have three values"),
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
    from kg.author import check as checking
    from kg.author.prove import proofs as module

    faults = tuple(module.KnownFault(name, "It is so.", "issue 99") for name in known)
    made = module.Proofs(proofs, faults, module.coverage(guide.core.content))
    monkeypatch.setattr(module, "prove", lambda *_, **__: made)
    return checking._against_every_patient(guide.core.content, silent)[1]


def test_what_a_check_says(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "best-was-not-performed"
    wrong = Proof(name, REFUTED, kg.Case(present=["fever"]), about=(("study", "x"),))
    (found,) = problems(guide, monkeypatch, wrong)
    assert (found.severity, found.place) == (ERROR, f"queries/prove/{name}.rq: study x: fever")
    assert found.message.startswith("A study is offered although it was already performed, by itself or as part of")
    (found,) = problems(guide, monkeypatch, wrong, known=[name])
    assert (found.severity, found.message) == (WARNING, "Known fault, to be fixed in issue 99: It is so.")
    (found,) = problems(guide, monkeypatch, Proof(name, PROVED), known=[name])
    assert (found.severity, found.cure) == (ERROR, "Remove it from known-faults.csv.")
    (found,) = problems(guide, monkeypatch, Proof(name, PROVED, unmet=("child",)))
    assert (found.severity, "proves nothing about: child" in found.message) == (ERROR, True)
    (found,) = problems(guide, monkeypatch, Proof(name, PROVED, unmet=(ANYBODY,)))
    assert (found.severity, found.message.startswith("No patient can meet the premise")) == (WARNING, True)
    (found,) = problems(guide, monkeypatch, Proof(name, PROVED, missing=("gout",)))
    assert (found.severity, "lacks and covers only the rest: gout" in found.message) == (WARNING, True)
    undecided = [Proof(each, NOT_DECIDED, reason="needs a solver; install it") for each in (name, "best-can-be-done")]
    (found,) = problems(guide, monkeypatch, *undecided)
    assert (found.severity, found.message, found.cure) == (WARNING, "Not decided: needs a solver.", "Install it.")
    assert problems(guide, monkeypatch, Proof(name, NOT_ABOUT), Proof(name, PROVED)) == []


def test_a_derive_query_that_cannot_be_compiled(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    from kg.author import check as checking
    from kg.logic.compiler import compile as compiling
    from kg.logic.compiler.parse import rule

    def refuse() -> None:
        rule(
            "queries/derive/99-own.rq", "CONSTRUCT { ?a <urn:p> ?b } WHERE { ?a <urn:q> ?b OPTIONAL { ?a <urn:r> ?c } }"
        )

    monkeypatch.setattr(compiling, "derive_rules", refuse)
    said, (found,) = checking._against_every_patient(guide.core.content, silent)
    assert said == "no proofs"
    assert found.severity == WARNING
    assert found.place == "queries/derive/99-own.rq: OPTIONAL cannot be compiled into a circuit"


def test_a_check_says_how_much_was_proved_and_of_what(guide: kg.Guide) -> None:
    from kg.author import check as checking

    said, found = checking._against_every_patient(guide.core.content, silent)
    assert " properties proved for every patient (low-back-pain, thoracic-back-pain; content" in said
    # No topic moves a case to another one, and there is no known fault.
    assert {each.found_by for each in found} == {"left-topic-leaves-another.rq", "moved-case-is-not-handed-on.rq"}


def test_the_list_of_the_shipped_content_is_empty_and_has_its_head_line(whole: kg.Guide) -> None:
    assert whole.core.folder is not None
    text = (whole.core.folder / KNOWN_FAULTS).read_text(encoding="utf-8")
    assert text == "property,fault,mended in\n"
    assert known_faults(whole.core.folder) == ()


@pytest.fixture
def folder_with_a_fault(tmp_path: Path) -> Path:
    """The shipped content, but signs of the cord are emergent with thoracic pain only, and this is known."""
    folder = copied(tmp_path / "content")
    rules = folder / "spine" / "rules.ttl"
    narrow = 'ns:criterion [ ns:slug "x" ; rdfs:label "x"@en ; ns:ifPresent finding:thoracic-back-pain ] ,'
    whole = rules.read_text(encoding="utf-8")
    begin = whole.index("urgency/myelopathy> a ns:UrgencyRule")
    rule = whole[begin:].replace("ns:criterion", narrow, 1)
    rules.write_text(whole[:begin] + rule, encoding="utf-8")
    return listed(folder, "cord-sign-is-emergent-whatever-the-pain,Only thoracic pain counts.,issue 99")


def test_the_command_shows_the_patient(folder_with_a_fault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = ["--content", str(folder_with_a_fault)]
    assert main(["prove", "cord-sign-is-emergent-whatever-the-pain", *content]) == 0
    said = capsys.readouterr().out
    assert said.startswith("REFUTED: cord-sign-is-emergent-whatever-the-pain\n  problem: ")
    assert "known fault, to be fixed in issue 99" in said
    assert '"present": [' in said
    assert "PROVED: 0 of 1\nCOVERS every accepted case, against all of" in said


def test_the_command_says_what_is_proved(guide: kg.Guide, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "cord-sign-is-emergent-whatever-the-pain", "--content", str(guide.core.folder)]) == 0
    assert "PROVED: 1 of 1" in capsys.readouterr().out
    assert main(["prove", "best-was-not-performd"]) == 2
    assert "'best-was-not-performed'" in capsys.readouterr().err

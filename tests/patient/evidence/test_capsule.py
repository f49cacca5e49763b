"""Evidence capsules: the other engine can check any answer, and nothing in a capsule can be changed unnoticed."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
import rdflib
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse, serialize

import kg
from kg.author.examples import examples
from kg.command.verbs import main
from kg.errors import KgError
from kg.knowledge.content.content import Content
from kg.knowledge.sparql import second_engine
from kg.knowledge.sparql.iris import BASE, VOCABULARY, ns
from kg.knowledge.sparql.second_engine import SecondEngine
from kg.patient.evidence.capsule import CapsuleError, capsule
from kg.patient.evidence.hashes import canonical_hash
from kg.patient.evidence.recheck import Recheck, case_in, from_json, read_capsule, recheck
from kg.patient.facts import THIS_CASE, facts
from tests.conftest import ROOT, case_files
from tests.judges.generate import cases
from tests.judges.truth import Knowledge

EXAMPLES = {example.id.rsplit("/", 1)[-1]: example.case for example in examples(kg.load())}
FILES = {path.stem: kg.Case.read(path) for path in case_files()}


def generated(guide: kg.Guide, seed: object, count: int) -> Iterator[kg.Case]:
    """Random cases of the shipped guideline."""
    return cases(Random(f"capsules {seed}"), Knowledge(guide.core.content), count)


def capsules(count: int, seed: object = 0, known: Iterable[kg.Case] = ()) -> list[Recheck]:
    """Make and recheck capsules of random cases, and of known ones; what came of each."""
    guide = kg.load()
    described = (*known, *generated(guide, seed, count))
    return [recheck(from_json(capsule(guide, case).to_json()), guide) for case in described]


# ---------------------------------------------------------------------- round trips


@pytest.mark.parametrize("name", [*list(EXAMPLES)[::8], *FILES])
def test_a_known_case_is_the_same_for_the_other_engine(name: str, guide: kg.Guide, tmp_path: Path) -> None:
    case = EXAMPLES.get(name) or FILES[name]
    path = tmp_path / "capsule.json"
    path.write_text(str(capsule(guide, case)), encoding="utf-8")
    document = read_capsule(path)
    found = recheck(document, guide)
    assert found.same, str(found)
    assert case_in(document) == replace_note(case)


def replace_note(case: kg.Case) -> kg.Case:
    """The case as a capsule keeps it: words in order, and without its note."""
    studies = [replace(s, present=tuple(sorted(s.present)), absent=tuple(sorted(s.absent))) for s in case.performed]
    return kg.Case(
        present=sorted(case.present),
        absent=sorted(case.absent),
        measured={name: Decimal(str(case.measured[name])) for name in sorted(case.measured)},
        performed=studies,
        order=case.order,
        since={word: case.since[word] for word in sorted(case.since)},
        assume_absent=sorted(case.assume_absent),
        presume=case.presume,
    )


@pytest.mark.parametrize("change", [{"presume": False}, {"since": {"unsteady-gait": "2026-03-01"}}])
def test_what_is_presumed_and_when_studies_were_done_is_kept(guide: kg.Guide, change: dict[str, Any]) -> None:
    stated = kg.Case(measured={"age": 60}, present=["thoracic-back-pain", "unsteady-gait"], **change)
    for date in ("", "now", "2026-01-10", "2026-04-10"):
        case = stated.after("radiography-thoracic-spine", absent=["kyphosis"], date="2026-01-01")
        case = case.after("mri-thoracic-spine-without-contrast", absent=["cord-compression"], date=date)
        document = capsule(guide, case).to_dict()
        assert recheck(document, guide).same
        again = guide.assess(case_in(document))
        assert (again.outcome, again.best, again.presumed_absent) == (
            (answer := guide.assess(case)).outcome,
            answer.best,
            answer.presumed_absent,
        )


DATED = kg.Case(
    present=["leg-weakness", "thoracic-back-pain"],
    since={"leg-weakness": "2026-11-20"},
    performed=[
        kg.Performed("radiography-thoracic-spine", present=("kyphosis",), date="2026-11-25"),
        kg.Performed("mri-thoracic-spine-without-contrast", absent=("cord-compression",), date="2026-11-01"),
        kg.Performed("ct-thoracic-spine-without-contrast", date="now"),
        kg.Performed("radiography-thoracic-spine", absent=("kyphosis",), date="2026-11-22"),
        kg.Performed("mri-lumbar-spine-without-contrast"),
    ],
)
"""A study from before the sign began, one that was repeated, one of now, and one of an unknown day."""


def test_what_is_history_is_in_the_capsule_and_the_same_for_the_other_engine(guide: kg.Guide) -> None:
    document = from_json(capsule(guide, DATED).to_json())
    said = document["case"]
    history = [(part["procedure"].split("/")[-1], part["date"]) for part in said["history"]]
    assert history == [
        ("mri-thoracic-spine-without-contrast", "2026-11-01"),
        ("radiography-thoracic-spine", "2026-11-22"),
    ]
    assert [part.get("date") for part in said["performed"]] == ["2026-11-25", "now", None]
    assert [(part["present"], part["date"]) for part in said["since"]] == [(["finding/leg-weakness"], "2026-11-20")]
    assert case_in(document) == replace_note(DATED)
    assert recheck(document, guide).same


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said["history"].pop(),
        lambda said: said.pop("since"),
        lambda said: said["since"][0].update(date="2026-11-23"),
        lambda said: said["history"][0].update(date="2026-11-21"),
        lambda said: said["performed"][1].pop("date"),
        lambda said: said.pop("presumes"),
        lambda said: said["performedSince"].pop(),
    ],
)
def test_a_day_or_presumption_that_was_changed_is_found(guide: kg.Guide, change: Callable[[Any], object]) -> None:
    document = from_json(capsule(guide, DATED).to_json())
    change(document["case"])
    assert not recheck(document, guide).same


def test_what_is_presumed_and_taken_as_seen_is_in_the_capsule(guide: kg.Guide) -> None:
    case = kg.Case(present=["thoracic-back-pain", "pedicle-lucency"], measured={"age": 60})
    said = capsule(guide, case).document["case"]
    assert said["presumes"] == ["decision/studies-are-listed"]
    assert "finding/bone-destruction-on-thoracic-radiograph" in said["takenAsSeen"]
    assert "finding/lumbar-radiograph-performed" in said["presumedAbsent"]
    silent = replace(case, presume=False)
    document = capsule(guide, silent).to_dict()
    assert "presumes" not in document["case"] and "presumedAbsent" not in document["case"]
    assert case_in(document) == replace_note(silent)
    assert recheck(document, guide).same


def test_an_order_carries_its_verdict(guide: kg.Guide) -> None:
    case = kg.Case(
        present=["thoracic-back-pain"], absent=["red-flag"], measured={"age": 30}, order="radiography-lumbar-spine"
    )
    document = capsule(guide, case).to_dict()
    assert document["case"]["orderVerdict"].startswith("scale/order-")
    document["case"] = {**document["case"], "orderVerdict": "scale/order-best"}
    assert [found.place for found in recheck(document, guide).differences] == ["case > orderVerdict"]


def test_generated_cases_are_the_same_for_the_other_engine() -> None:
    assert [str(found) for found in capsules(8) if not found.same] == []


def test_more_than_nine_studies_keep_their_order(guide: kg.Guide) -> None:
    case = kg.Case(present=["thoracic-back-pain"])
    for number in range(11):
        case = case.after("radiography-thoracic-spine", absent=["kyphosis"] if number % 2 else ["scoliosis"])
    document = capsule(guide, case).to_dict()
    assert case_in(document).performed == case.performed
    assert recheck(document, guide).same


# ---------------------------------------------------------------------- JSON-LD


@pytest.mark.parametrize("name", ["gz6", "no-mri-possible", "gz1"])
def test_both_parsers_read_the_same_triples(name: str, guide: kg.Guide) -> None:
    text = capsule(guide, EXAMPLES[name]).to_json()
    first = {Triple(q.subject, q.predicate, q.object) for q in parse(text, format=RdfFormat.JSON_LD)}
    again = rdflib.Graph().parse(data=text, format="json-ld").serialize(format="nt")
    second = {Triple(q.subject, q.predicate, q.object) for q in parse(again, format=RdfFormat.N_TRIPLES)}
    assert first == second


def test_the_triples_are_those_of_the_case(guide: kg.Guide) -> None:
    """What the document says of the case as RDF is what was derived, under the name of the capsule."""
    case = EXAMPLES["gz6"]
    made = capsule(guide, case)
    node = NamedNode(f"{made.id}/case")
    said = {(q.predicate, str(q.object)) for q in parse(made.to_json(), format=RdfFormat.JSON_LD) if q.subject == node}
    derived = {
        (q.predicate, str(q.object).replace(THIS_CASE.value, node.value))
        for q in guide.derive(case)
        if q.subject == THIS_CASE
    }
    assert said <= derived
    assert (ns("urgency"), f"<{BASE}scale/emergent>") in said
    for name in (
        "urgency",
        "present",
        "measured",
        "performed",
        "outcome",
        "leading",
        "best",
        "robust",
        "applies",
        "ruledOut",
    ):
        assert {pair for pair in said if pair[0] == ns(name)} == {pair for pair in derived if pair[0] == ns(name)}, name
    value = [q.object for q in parse(made.to_json(), format=RdfFormat.JSON_LD) if q.predicate == ns("value")]
    assert {str(term) for term in value} == {
        f'"{number}"^^<http://www.w3.org/2001/XMLSchema#decimal>' for number in (65, 13)
    }


def test_the_context_is_in_the_file(guide: kg.Guide) -> None:
    context = capsule(guide, EXAMPLES["gz6"]).document["@context"]
    assert isinstance(context, dict)
    assert "@import" not in json.dumps(context)


def test_every_key_is_known_to_the_context(guide: kg.Guide) -> None:
    for case in [*EXAMPLES.values()][::8]:
        document = capsule(guide, case).to_dict()
        assert {key for key in keys_of(document) if not key.startswith("@")} <= set(document["@context"])


def keys_of(value: Any) -> Iterator[str]:
    for key, inner in pairs_of(value):
        if isinstance(key, str) and key != "@context":
            yield key
        if key != "@context":
            yield from keys_of(inner)


def pairs_of(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())


# ---------------------------------------------------------------------- hashes


def test_the_hash_is_that_of_the_recommendation() -> None:
    """The example "unique hashes" of RDF Dataset Canonicalization 1.0."""
    given = """
        <http://example.com/#p> <http://example.com/#q> _:e0 .
        <http://example.com/#p> <http://example.com/#r> _:e1 .
        _:e0 <http://example.com/#s> <http://example.com/#u> .
        _:e1 <http://example.com/#t> <http://example.com/#u> ."""
    canonical = """\
<http://example.com/#p> <http://example.com/#q> _:c14n0 .
<http://example.com/#p> <http://example.com/#r> _:c14n1 .
_:c14n0 <http://example.com/#s> <http://example.com/#u> .
_:c14n1 <http://example.com/#t> <http://example.com/#u> .
"""
    expected = hashlib.sha256(canonical.encode()).hexdigest()
    assert canonical_hash(parse(given, format=RdfFormat.N_QUADS)) == expected


def test_the_hash_of_the_content_does_not_depend_on_how_it_was_read(guide: kg.Guide) -> None:
    other = kg.load()
    assert canonical_hash(guide.core.triples(())) == canonical_hash(reversed(other.core.triples(())))


def test_the_hash_of_a_case_is_that_of_its_sorted_triples(guide: kg.Guide) -> None:
    case = EXAMPLES["gz6"]
    triples = (Triple(q.subject, q.predicate, q.object) for q in guide.derive(case))
    lines = sorted(serialize([triple], format=RdfFormat.N_TRIPLES) or b"" for triple in triples)
    assert capsule(guide, case).document["sha256"] == hashlib.sha256(b"".join(lines)).hexdigest()


# ---------------------------------------------------------------------- tampering

Step = str | int


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the second engine remember what it derived: most of these changes leave the facts alone."""
    known: dict[frozenset[Quad], frozenset[Quad]] = {}
    derive = SecondEngine.derive

    def remembered(self: SecondEngine, fact_quads: tuple[Quad, ...], besides: tuple[Quad, ...] = ()) -> frozenset[Quad]:
        key = frozenset((*fact_quads, *besides))
        if key not in known:
            known[key] = derive(self, fact_quads, besides)
        return known[key]

    monkeypatch.setattr(SecondEngine, "derive", remembered)


def places(value: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Every place of a document."""
    for key, inner in pairs_of(value):
        yield (*path, key)
        yield from places(inner, (*path, key))


def at(document: Any, path: tuple[Step, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


def noticed(document: dict[str, Any], guide: kg.Guide) -> bool:
    """Whether a change is found, be it that the case can no longer be read."""
    try:
        return not recheck(document, guide).same
    except CapsuleError:
        return True


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("change", ["another value", "nothing there", "a null", "something more"])
def test_a_change_anywhere_is_noticed(change: str, guide: kg.Guide) -> None:
    document = capsule(guide, EXAMPLES["radiculopathy-alone"]).to_dict()
    document = json.loads(json.dumps(document))
    changed = 0
    for path in [*places(document)][:: 1 if change == "another value" else 3]:
        tampered = copy.deepcopy(document)
        around, here = at(tampered, path[:-1]), at(document, path)
        if change == "nothing there":
            del around[path[-1]]
        elif change == "a null":
            around[path[-1]] = None
        elif isinstance(here, str) and change == "another value":
            around[path[-1]] = here[:-1] + ("x" if here[-1:] != "x" else "y")
        elif isinstance(here, dict) and change == "something more":
            here = at(tampered, path)
            here["comment"] = "CT first"
        elif isinstance(here, list) and change == "something more":
            at(tampered, path).append("CT first")
        else:
            continue
        changed += 1
        assert noticed(tampered, guide), (change, path)
    assert changed > 20


@pytest.mark.usefixtures("quick")
def test_the_order_of_lists_is_of_no_account(guide: kg.Guide) -> None:
    document = json.loads(capsule(guide, EXAMPLES["gz6"]).to_json())
    lists = [here for path in places(document) if isinstance(here := at(document, path), list)]
    for here in lists:
        here.reverse()
    assert len(lists) > 50
    assert recheck(document, guide).same


def test_facts_that_were_changed_together_with_both_hashes_are_noticed(guide: kg.Guide) -> None:
    """Whoever also makes new hashes still cannot make the verdicts follow."""
    honest, other = (capsule(guide, EXAMPLES[name]).to_dict() for name in ("gz6", "normal-film"))
    forged = json.loads(json.dumps(honest).replace(honest["id"], other["id"]))
    forged["sha256"], forged["guideline"] = other["sha256"], other["guideline"]
    kinds = ("present", "absent", "measured", "performed")
    forged["case"] = {k: v for k, v in forged["case"].items() if k not in kinds}
    forged["case"].update({kind: other["case"][kind] for kind in kinds if kind in other["case"]})
    found = recheck(forged, guide)
    assert {difference.place for difference in found.differences if difference.kind == "conclusion"} > {
        "case > outcome"
    }
    assert not {"id", "sha256"} & {difference.place for difference in found.differences}


def test_a_wrong_verdict_of_either_engine_is_noticed(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    document = capsule(guide, EXAMPLES["gz6"]).to_dict()
    derive = SecondEngine.derive

    def wrong(self: SecondEngine, fact_quads: tuple[Quad, ...], besides: tuple[Quad, ...] = ()) -> frozenset[Quad]:
        return frozenset(quad for quad in derive(self, fact_quads, besides) if quad.predicate != ns("best"))

    monkeypatch.setattr(SecondEngine, "derive", wrong)
    found = recheck(document, guide)
    assert [d.message for d in found.differences if d.kind == "conclusion"] == [
        "case: the capsule has 'best', which was not found again"
    ]


# ---------------------------------------------------------------------- another content


def with_graph(guide: kg.Guide, name: str, change: Callable[[Quad], Quad | None]) -> kg.Guide:
    """The guideline with one graph changed."""
    graph = tuple(new for quad in guide.core.content.graphs[name] if (new := change(quad)))
    return kg.Guide(
        Content({**guide.core.content.graphs, name: graph}, guide.core.content.derived, guide.core.content.prefixes)
    )


def differing(found: Recheck) -> Mapping[str, list[str]]:
    return {
        kind: [d.message for d in found.differences if d.kind == kind]
        for kind in ("content", "conclusion", "statement")
    }


@pytest.mark.parametrize("part", [VOCABULARY, f"{BASE}topic/thoracic-back-pain"])
def test_the_part_of_the_content_that_differs_is_named(part: str, guide: kg.Guide) -> None:
    """Here one remark of one decision, which no verdict rests on."""
    note = NamedNode("http://www.w3.org/2004/02/skos/core#note")
    last = max(str(q.subject) for q in guide.core.content.graphs[part] if q.predicate == note)
    other = with_graph(guide, part, lambda q: None if q.predicate == note and str(q.subject) == last else q)
    found = recheck(capsule(guide, EXAMPLES["gz6"]).document, other)
    name = part.removeprefix(BASE)
    assert f"{name}: its content differs from the content that the capsule was made from" in differing(found)["content"]
    assert sum("its content differs" in message for message in differing(found)["content"]) == 1
    assert differing(found)["conclusion"] == []
    assert "The conclusions match." in str(found)


def test_a_verdict_that_no_longer_follows_is_named(guide: kg.Guide) -> None:
    topic = f"{BASE}topic/thoracic-back-pain"
    leading = f"{topic}/abnormal-radiograph/rating/mri-thoracic-spine-without-and-with-contrast"
    other = with_graph(guide, topic, lambda q: down(q) if str(q.subject) == f"<{leading}>" else q)
    found = recheck(capsule(guide, EXAMPLES["gz6"]).document, other)
    robust = "procedure/mri-thoracic-spine-without-and-with-contrast"
    assert f"case > robust: the capsule has '{robust}', which was not found again" in differing(found)["conclusion"]
    assert max(len(line) for line in str(found).splitlines()) <= 80


def down(quad: Quad) -> Quad:
    if quad.predicate != ns("category"):
        return quad
    return Quad(quad.subject, quad.predicate, NamedNode(f"{BASE}scale/usually-not-appropriate"))


def test_a_statement_that_is_gone_is_named(guide: kg.Guide) -> None:
    topic = f"{BASE}topic/thoracic-back-pain"
    gone = NamedNode(f"{topic}/statement/s013")
    other = with_graph(guide, topic, lambda q: None if gone in (q.subject, q.object) else q)
    found = recheck(capsule(guide, EXAMPLES["gz6"]).document, other)
    name = "topic/thoracic-back-pain/statement/s013"
    assert f"statements: the capsule has '{name}', which was not found again" in differing(found)["statement"]


def test_a_guideline_without_the_words_of_the_case_cannot_take_it(guide: kg.Guide) -> None:
    gone = NamedNode(f"{BASE}finding/pedicle-lucency")
    other = with_graph(guide, VOCABULARY, lambda q: None if gone in (q.subject, q.object) else q)
    found = recheck(capsule(guide, EXAMPLES["gz6"]).document, other)
    assert [difference.kind for difference in found.differences] == ["case"]
    assert str(found).startswith("NOT DERIVED: rdflib")
    assert "The conclusions match" not in str(found)


def test_the_result_as_data_and_as_text(guide: kg.Guide) -> None:
    document = capsule(guide, EXAMPLES["gz6"]).to_dict()
    same = recheck(document, guide)
    assert same.to_dict() == {
        "same": True,
        "capsule": document["id"],
        "engine": second_engine.name(),
        "differences": [],
    }
    assert str(same).startswith("SAME: rdflib")
    different = recheck({**document, "version": "0"}, guide)
    assert different.to_dict()["differences"] == [
        {"kind": "form", "place": "version", "message": "version: the capsule has '0', but '1' was found"}
    ]


# ---------------------------------------------------------------------- files that are no capsules

WRONG = {
    "nothing": "",
    "no JSON": "{",
    "a list": "[]",
    "no case": '{"id": "capsule/x"}',
    "a case that is a word": '{"case": "x"}',
    "a key twice": '{"case": {}, "case": {}}',
    "too deep": "[" * 100_000,
    "findings that are numbers": '{"case": {"present": [1]}}',
    "a finding twice": '{"case": {"present": ["finding/fever", "finding/fever"]}}',
    "present and absent": '{"case": {"present": ["finding/fever"], "absent": ["finding/fever"]}}',
    "no number": '{"case": {"measured": [{"measure": "measure/age", "value": "old"}]}}',
    "a number as JSON": '{"case": {"measured": [{"measure": "measure/age", "value": 65}]}}',
    "an endless number": '{"case": {"measured": [{"measure": "measure/age", "value": "1' + "0" * 5000 + '"}]}}',
    "a study without name": '{"case": {"performed": [{}]}}',
    "studies that are words": '{"case": {"performed": ["x"]}}',
    "an order that is a list": '{"case": {"order": ["x"]}}',
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_is_no_capsule_gives_one_clear_error(name: str, guide: kg.Guide, tmp_path: Path) -> None:
    path = tmp_path / "capsule.json"
    path.write_text(WRONG[name], encoding="utf-8")
    with pytest.raises(KgError) as found:
        recheck(read_capsule(path), guide)
    assert found.value.code == "invalid-capsule"
    assert "\n" not in str(found.value)
    assert len(str(found.value)) < 300
    assert "object" not in str(found.value), "nothing of Python's own"


def test_a_file_that_cannot_be_read_gives_one_clear_error(tmp_path: Path) -> None:
    for path, content in ((tmp_path / "none.json", None), (tmp_path / "latin.json", b"\xff")):
        if content:
            path.write_bytes(content)
        with pytest.raises(CapsuleError, match=path.name):
            read_capsule(path)


def test_a_case_that_contradicts_itself_has_no_capsule(guide: kg.Guide) -> None:
    with pytest.raises(KgError):
        capsule(guide, kg.Case(present=["paraplegia"], absent=["leg-weakness"]))


# ---------------------------------------------------------------------- the second engine


def test_the_second_engine_leaves_nothing_behind(guide: kg.Guide) -> None:
    topics = guide.core.entered(facts(EXAMPLES["gz6"], guide.core.lexicon))
    engine = SecondEngine(guide.core.triples(topics))
    for case in (EXAMPLES["gz6"], EXAMPLES["gz3"], EXAMPLES["gz6"]):
        stated = facts(case, guide.core.lexicon)
        assert guide.core.entered(stated) == topics
        assert engine.derive(stated) == frozenset(guide.derive(case))


# ---------------------------------------------------------------------- the command


@pytest.fixture
def capsule_file(tmp_path: Path) -> Path:
    """The capsule of the first example, as the command writes it."""
    path = tmp_path / "capsule.json"
    assert main(["capsule", str(ROOT / "examples" / "abnormal-radiograph.json"), "-o", str(path)]) == 0
    return path


def test_answer_function_and_command_give_the_same_capsule(
    guide: kg.Guide, capsule_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = FILES["abnormal-radiograph"]
    assert main(["capsule", str(ROOT / "examples" / "abnormal-radiograph.json")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == read_capsule(capsule_file) == capsule(guide, case).to_dict() == guide.capsule(case).to_dict()


def test_rechecking_exits_0_when_the_same_and_1_when_different(
    guide: kg.Guide, capsule_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recheck", str(capsule_file)]) == 0
    assert capsys.readouterr().out.startswith("SAME: rdflib")
    text = capsule_file.read_text(encoding="utf-8")
    capsule_file.write_text(text.replace("scale/recommended", "scale/no-imaging"), encoding="utf-8")
    assert main(["recheck", str(capsule_file), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out) == recheck(read_capsule(capsule_file), guide).to_dict()


@pytest.mark.parametrize(
    ("old", "new", "kind", "place"),
    [
        ('"value": "65"', '"value": "66"', "form", "sha256"),
        ('"value": "65"', '"value": "12"', "conclusion", "case > outcome"),
        ("scale/usually-appropriate", "scale/usually-not-appropriate", "statement", "case > applies"),
        ("thoracic-back-pain/statement/s", "thoracic-back-pain/statement/t", "statement", "statements"),
        ('"sha256": "', '"sha256": "0', "form", "sha256"),
    ],
    ids=["a fact", "a fact that matters", "a rating", "a passage", "a hash"],
)
def test_what_was_changed_in_a_tampered_capsule_is_said(
    old: str, new: str, kind: str, place: str, guide: kg.Guide
) -> None:
    text = capsule(guide, FILES["abnormal-radiograph"]).to_json()
    assert old in text
    found = recheck(from_json(text.replace(old, new)), guide)
    assert any(d.kind == kind and d.place.startswith(place) for d in found.differences), str(found)


def test_an_unusable_file_exits_2(capsule_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example = str(ROOT / "examples" / "abnormal-radiograph.json")
    for arguments in (["recheck", example], ["recheck", "none.json"], ["capsule", example, "-o", str(ROOT)]):
        assert main(arguments) == 2
        assert capsys.readouterr().err.count("\n") == 1

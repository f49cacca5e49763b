"""The catalogue: metadata that grlc can read, typed parameters, and values that stay values."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, QueryResultsFormat, QuerySolutions, parse_query_results
from rdflib.plugins.sparql import prepareQuery

import kg
from kg.command.verbs import main as command
from kg.errors import ParameterError, QueryError, UnknownQueryError, UnknownTermError
from kg.knowledge.ask.catalogue import Question, bound, questions
from kg.knowledge.sparql.rows import Rows
from tests.conftest import ROOT

ALL = questions()
WITH_PARAMETERS = [question for question in ALL if question.parameters]
HOSTILE = (
    '"', "'", '"""', "\\", '\\"', "\n", "\r\n\t", "}", "} UNION { ?s ?p ?o", '" } UNION { ?s ?p ?o } #', "> } # ",
    "\\u0022 } UNION {", "\\\\u0022", "\\u00220022", "\\U00000022", "?x", "# comment", "\u202eevil\u202c",
    "\u00010022", "\u0000", "\u2028", "e" * 20_000,
)  # fmt: skip
TYPES = {"string", "number", "Term"}


def examples(question: Question) -> dict[str, Any]:
    return {parameter.name: parameter.example for parameter in question.parameters}


def test_there_are_enough_questions() -> None:
    assert len(ALL) >= 60
    assert len(WITH_PARAMETERS) >= 30


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.name)
def test_its_header_is_yaml_and_true(question: Question, guide: kg.Guide) -> None:
    lines = [line.removeprefix("#+ ") for line in question.query.text.splitlines() if line.startswith("#+ ")]
    said = yaml.safe_load("\n".join(lines))
    assert said.keys() <= {"summary", "description", "tags", "params", "columns"}
    assert said["summary"] == question.summary
    assert question.summary.endswith("?")
    assert tuple(said["tags"]) == question.tags
    assert said.get("params", {}) == {parameter.name: parameter.type for parameter in question.parameters}
    kinds = {term.rsplit("#", 1)[-1] for term in guide.core.lexicon.labels if "ontology#" in term}
    assert {parameter.type for parameter in question.parameters} <= TYPES | kinds
    variables = [str(name) for name in prepareQuery(question.query.text).algebra["PV"]]
    assert tuple(variables) == question.columns


@pytest.mark.parametrize("question", WITH_PARAMETERS, ids=lambda question: question.name)
def test_a_hostile_value_leaves_the_algebra_as_it_is(question: Question) -> None:
    names = [parameter.name for parameter in question.parameters]
    plain = algebra(bound(question.query, {name: Literal("plain") for name in names}).text, "plain")
    # The whole list once, in one query each: parsing is what costs.
    for value in HOSTILE if question.name == "terms-with-text" else ("".join(HOSTILE), HOSTILE[11]):
        text = bound(question.query, {name: Literal(value) for name in names}).text
        assert algebra(text, value) == plain


def algebra(text: str, value: str) -> str:
    """The algebra with a mark in place of the value, which has to be in it as it was given."""
    found = prepareQuery(text).algebra
    values: list[object] = []
    shown = repr(walk(found, value, values))
    assert values
    return shown


def walk(node: object, value: str, values: list[object]) -> object:
    from rdflib import Literal as Term
    from rdflib import Variable

    if isinstance(node, Term) and str(node) == value:
        values.append(node)
        return "VALUE"
    if isinstance(node, dict):
        name = getattr(node, "name", "")
        return name, sorted((str(key), repr(walk(part, value, values))) for key, part in node.items() if key != "_vars")
    if isinstance(node, list | tuple):
        return [walk(part, value, values) for part in node]
    return repr(node) if not isinstance(node, Variable) else f"?{node}"


@settings(max_examples=50, deadline=None)
@given(text=st.text())
def test_a_text_comes_back_as_it_was_given(text: str) -> None:
    from pyoxigraph import Store

    from kg.knowledge.sparql.queries import Query

    query = Query("echo", 'SELECT ?text WHERE {\n  VALUES ?text { "" }\n}')
    solutions = Store().query(bound(query, {"text": Literal(text)}).text)
    assert isinstance(solutions, QuerySolutions)
    assert [row["text"] for row in solutions] == [Literal(text)]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_word_is_no_term(value: str, guide: kg.Guide) -> None:
    with pytest.raises(UnknownTermError):
        guide.ask("ratings-of-topic", topic=value)
    with pytest.raises(UnknownTermError):
        guide.ask("origins-of", thing=value)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "sixty",
        "1e",
        "NaN",
        "Infinity",
        '1" }',
        None,
        [1],
        True,
        10**15,
        -1e300,
        10**400,
        "9" * 5000,
        "1e999999999",
        10**5000,
        "sNaN",
    ],
    ids=lambda number: str(number)[:12] if isinstance(number, str) else type(number).__name__,
)
def test_what_is_no_number_is_refused(number: object, guide: kg.Guide) -> None:
    with pytest.raises(ParameterError, match="is a number") as refused:
        guide.ask("what-a-number-means", measure="age", number=number)  # type: ignore[arg-type]
    assert len(str(refused.value)) < 200


def test_a_number_decides(guide: kg.Guide) -> None:
    """An adult is 18 or older."""
    child, adult = (guide.ask("what-a-number-means", measure="age", number=number) for number in (17.5, 18))
    assert {(row["finding"].rsplit("/", 1)[-1], row["state"]) for row in child} >= {
        ("adult", "absent"),
        ("child", "present"),
    }
    assert {(row["finding"].rsplit("/", 1)[-1], row["state"]) for row in adult} >= {
        ("adult", "present"),
        ("child", "absent"),
    }


@pytest.mark.parametrize("number", [1 / 365.25, 0.1 + 1e-17, "17.9999999999999999999", "1e-999999999", 999999999999999])
def test_a_number_is_never_both_present_and_absent(number: Any, guide: kg.Guide) -> None:
    findings = [row["finding"] for row in guide.ask("what-a-number-means", measure="age", number=number)]
    assert len(findings) == len(set(findings)) > 0


def test_parameters_are_exactly_those_of_the_question(guide: kg.Guide) -> None:
    with pytest.raises(ParameterError, match="needs 'topic'; none was given"):
        guide.ask("ratings-of-topic")
    with pytest.raises(ParameterError, match="given: 'colour', 'topic'"):
        guide.ask("ratings-of-topic", topic="thoracic-back-pain", colour="red")
    with pytest.raises(ParameterError, match="is about a case"):
        guide.ask("why")
    with pytest.raises(ParameterError, match="is not about a case"):
        guide.ask("topics", case=kg.Case())
    with pytest.raises(UnknownQueryError, match="ratings-of-topic"):
        guide.ask("rating-of-topic")


@pytest.mark.parametrize(
    "question", [q for q in WITH_PARAMETERS if not q.about_a_case], ids=lambda question: question.name
)
def test_a_file_as_it_stands_asks_about_the_example(question: Question, guide: kg.Guide) -> None:
    as_it_stands = Rows.of(guide.core.lookup.solutions(question.query, codes=True), {}, "")
    assert as_it_stands == guide.ask(question.name, **examples(question))


def test_rows_in_every_form(guide: kg.Guide) -> None:
    rows = guide.ask("radiation-of-study", study="mri-thoracic-spine-without-contrast")
    iri = "https://w3id.org/nextstudy/procedure/mri-thoracic-spine-without-contrast"
    assert rows.columns == ("procedure", "label", "level", "symbol", "dose", "standing")
    assert (
        [row["procedure"] for row in rows]
        == [iri]
        == [row["procedure"] for row in csv.DictReader(io.StringIO(rows.to_csv()))]
    )
    assert rows.to_csv().startswith("procedure,label,level,symbol,dose,standing\r\n")
    assert rows.to_tsv().startswith("?procedure\t?label\t?level\t?symbol\t?dose\t?standing\n<" + iri + ">\t")
    assert json.loads(rows.to_json())["results"]["bindings"][0]["procedure"] == {"type": "uri", "value": iri}
    assert rows.label(NamedNode(iri)) == "MRI thoracic spine without IV contrast"
    assert rows.to_dict()["labels"][iri] == "MRI thoracic spine without IV contrast"
    assert rows.to_dataframe().shape == (1, 6)
    assert f'<td title="{iri}">mri-thoracic-spine-without-contrast</td>' in rows.html(), "its label stands beside it"
    assert "<td>MRI thoracic spine without IV contrast</td>" in rows.html()
    assert rows._repr_mimebundle_()["text/plain"] == str(rows)
    assert "mri-thoracic-spine-without-contrast" in str(rows)


def test_a_query_of_ones_own(guide: kg.Guide) -> None:
    scenario = "https://w3id.org/nextstudy/topic/thoracic-back-pain/fracture-risk"
    prefix = "PREFIX ns: <https://w3id.org/nextstudy/ontology#>"
    rows = guide.query(f"{prefix} SELECT ?study {{ <{scenario}> ns:rates ?study }} ORDER BY ?study")
    asked = guide.ask("ratings-of-topic", topic="thoracic-back-pain")
    studies = {row["procedure"] for row in asked if row["scenario"] == scenario}
    assert studies
    assert [row["study"] for row in rows] == sorted(studies)
    study = next(iter(rows.labels))
    assert f'<td title="{study}">{rows.labels[study]}</td>' in rows.html(), "by its label, as nothing else says it"
    assert "no rows" in guide.query("SELECT ?s { ?s ?s ?s }").html()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read at line 1, column 1;"),
        ("SELECT ?s\n{ ?s other:rates ?o }", "cannot be read at line 2, .* PREFIX line"),
        ("DELETE WHERE { ?s ?p ?o }", "names DELETE at line 1, .* write a SELECT query"),
        ("ASK { ?s ?p ?o }", "write a SELECT query"),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "write a SELECT query"),
        ("SELECT (<x:f>(1) AS ?y) {}", "cannot be answered here .*x:f"),
    ],
)
def test_a_wrong_query_is_refused_in_one_sentence(guide: kg.Guide, text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message) as refusal:
        guide.query(text)
    assert "\n" not in str(refusal.value)


TERMS = st.one_of(
    st.none(),
    st.just(NamedNode("http://example.org/a")),
    st.builds(Literal, st.text()),
    st.builds(lambda text: Literal(text, language="en"), st.text()),
    st.builds(Literal, st.integers()),
)


@settings(max_examples=50, deadline=None)
@given(terms=st.lists(st.tuples(TERMS, TERMS)))
def test_rows_are_read_back_as_they_were_written(terms: list[tuple[object, object]]) -> None:
    rows = Rows(("a", "b"), tuple(terms))  # type: ignore[arg-type]
    for document, kind in ((rows.to_json(), QueryResultsFormat.JSON), (rows.to_tsv(), QueryResultsFormat.TSV)):
        solutions = parse_query_results(document, format=kind)
        assert isinstance(solutions, QuerySolutions)
        assert Rows.of(solutions, {}, "") == rows


def test_text_keeps_to_80_columns(guide: kg.Guide) -> None:
    for name in ("ratings", "topics", "decisions", "terms-without-code"):
        lines = str(guide.ask(name)).splitlines()
        assert max(map(len, lines)) <= 80 or all(" " not in line[20:] for line in lines if len(line) > 80)


def test_the_command_asks(capsys: pytest.CaptureFixture[str], guide: kg.Guide) -> None:
    words = ["ask", "ratings-of-topic", "--topic", "thoracic-back-pain", "--format", "json"]
    assert command(words) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(
        guide.ask("ratings-of-topic", topic="thoracic-back-pain").to_json()
    )
    assert (
        command(["ask", "why", "--case", str(ROOT / "examples" / "abnormal-radiograph.json"), "--format", "csv"]) == 0
    )
    assert capsys.readouterr().out.startswith("case,condition,")
    assert command(["ask"]) == 0
    listed = capsys.readouterr().out
    assert all(question.name in listed for question in ALL)
    assert command(["ask", "radiation-of-study", "--study", "x"]) == 2
    assert command(["ask", "nothing-like-it"]) == 2
    assert "there is no question" in capsys.readouterr().err


def test_where_names_the_line_of_a_term(guide: kg.Guide) -> None:
    place, _ = guide.where("fever")  # then where its kinds are named
    assert place.file.read_text(encoding="utf-8").splitlines()[place.line - 1].startswith("finding:fever ")
    (place,) = guide.where("abnormal-radiograph/rating/mri-thoracic-spine-without-and-with-contrast")
    line = place.file.read_text(encoding="utf-8").splitlines()[place.line - 1]
    assert "ns:procedure procedure:mri-thoracic-spine-without-and-with-contrast " in line
    with pytest.raises(UnknownTermError, match="did you mean 'fever'"):
        guide.where("fevr")


def test_an_assessed_case_is_rdf_of_its_own(guide: kg.Guide, opening_patient: kg.Case) -> None:
    from rdflib import Graph

    graph = Graph().parse(data=guide.to_turtle(opening_patient), format="turtle")
    best = graph.query(
        "PREFIX ns: <https://w3id.org/nextstudy/ontology#> SELECT ?l { ?c a ns:Case ; ns:best/rdfs:label ?l }"
    )
    assert [str(row[0]) for row in best] == ["MRI thoracic spine without and with IV contrast"]  # type: ignore[index]
    handed_out = {tuple(map(str, triple)) for triple in graph}
    derived = {tuple(map(_plain, quad.triple)) for quad in guide.derive(opening_patient)}
    about_the_case = {triple for triple in derived if "/case/this" in triple[0]}
    assert about_the_case
    assert about_the_case <= handed_out


def _plain(term: object) -> str:
    return str(getattr(term, "value", term))

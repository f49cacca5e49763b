"""A derive query is named by what it derives: a number, then the derived property in kebab case."""

from __future__ import annotations

import re

import pytest

from kg.knowledge.sparql.queries import Query, stage

ATOMS = {"presentAtom", "absentAtom"}
STAGES = {"build": stage("build"), "derive": stage("derive")}
ALL = [query for queries in STAGES.values() for query in queries]


def derived(query: Query) -> set[str]:
    """The properties that a query can write, also those that a variable of its template stands for."""
    template, pattern = query.text.split("CONSTRUCT {")[1].split("WHERE {", 1)
    template = template.split("}")[0].replace(" ; ", " . ?case ")
    found = set(re.findall(r"\bns:(\w+)", template))
    if re.search(r"\?\w+ a \?\w+", template):
        found.add("type")
    chosen = set(re.findall(r"\?\w+ (\?\w+) \?\w+", template))
    for names, rows in re.findall(r"VALUES \(?([?\w ]+?)\)? \{(.*?)\}", pattern, flags=re.DOTALL):
        columns, values = names.split(), re.findall(r"[\w:]+", rows)
        for place in (place for place, name in enumerate(columns) if name in chosen):
            found.update(value.removeprefix("ns:") for value in values[place :: len(columns)] if value != "UNDEF")
    return found


def kebab(name: str) -> str:
    """A property as a file name has it.

    >>> kebab("alreadyPerformed")
    'already-performed'
    """
    return re.sub(r"(?=[A-Z])", "-", name).lower()


def says_what_it_derives(name: str, properties: set[str]) -> bool:
    """Whether a name is in the one form; after the property may follow what it is derived from."""
    found = re.fullmatch(r"\d\d-([a-z]+(?:-[a-z]+)*)", name)
    if not found:
        return False
    said = found[1]
    if said.startswith("atoms-"):
        return bool(properties & ATOMS)
    words = [kebab(each) for each in properties - ATOMS]
    return any(f"{word}-".startswith(f"{said}-") or said.startswith(f"{word}-") for word in words)


@pytest.mark.parametrize("query", ALL, ids=lambda query: query.name)
def test_a_file_is_named_by_what_it_derives(query: Query) -> None:
    assert derived(query), "it derives something"
    assert says_what_it_derives(query.name, derived(query)), (query.name, sorted(derived(query)))


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("30-close", {"knownPresent", "knownAbsent"}),
        ("64-stand-back", {"outranked"}),
        ("60-outrank", {"outranked"}),
        ("73-pend", {"pending"}),
        ("10-stated", {"presentAtom"}),
        ("10-atoms", {"presentAtom"}),
        ("73-atoms-pending", {"pending"}),
        ("pending", {"pending"}),
        ("73-Pending", {"pending"}),
        ("074-pending", {"pending"}),
    ],
)
def test_another_form_is_noticed(name: str, properties: set[str]) -> None:
    assert not says_what_it_derives(name, properties)


@pytest.mark.parametrize("name", STAGES)
def test_the_order_is_that_of_the_numbers_alone(name: str) -> None:
    numbers = [int(query.name[:2]) for query in STAGES[name]]
    assert numbers == sorted(set(numbers)), "each number once, so that no name decides what runs first"


def test_several_that_derive_the_same_say_from_what() -> None:
    for queries in STAGES.values():
        words = [query.name[3:] for query in queries]
        assert len(set(words)) == len(words)

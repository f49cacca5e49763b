"""Long runs of what the tests try only on a sample: ``python -m tests.long_run WHAT [N]``, or ``all``.

Each prints one line: what was compared, how often, how many differences, and in how many seconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import kg
from kg.author.examples import examples
from kg.author.prove.proofs import prove
from kg.author.publish.reasoner import atoms, judge
from kg.knowledge.sparql.iris import slug
from kg.patient.assess.evaluation import Bench
from kg.patient.facts import THIS_CASE, facts
from tests.author.test_prove import accepted_cases, broken_constraints, missed, unnoticed
from tests.judges import screens
from tests.judges.circuits import differences, judged, mutants
from tests.judges.faults import query_faults, safety_faults
from tests.judges.faults.content_faults import ALONE, UNHARMED, Guards, faults
from tests.judges.faults.mutations import MUTATIONS, found_by
from tests.judges.generate import RARE, cases, choosing, guideline
from tests.judges.hostile import tried
from tests.judges.invariance import added
from tests.judges.invariance import tried as tried_beside
from tests.judges.loading import difference, entangled, unsaid, whole
from tests.judges.relations import World, violated
from tests.judges.truth import Knowledge
from tests.logic.test_agreement import OTHER_CASE, Oxigraph, Rdflib, stated, verdicts
from tests.long_answers import Found, run_audit, run_considered, run_judge, run_robust, run_urgency, run_used
from tests.long_pages import run_pages
from tests.patient.evidence.test_capsule import EXAMPLES, capsules
from tests.patient.what_if import test_questions, test_surface
from tests.patient.what_if.test_surface import small_guidelines
from tests.records.mutants import run_records


def guidelines(seed: str) -> Iterator[kg.Guide]:
    """Generated guidelines without end."""
    rng = Random(seed)
    with TemporaryDirectory() as place:
        for number in count():
            yield kg.Guide(guideline(rng, Path(place) / str(number)))


def run_truth(wanted: int) -> Found:
    """The queries against plain Python and, condition by condition, against the table of all possible patients."""
    rng, number, verdict_count, differences = Random("truth"), 0, 0, list[str]()
    for guide in guidelines("truth"):
        knowledge, bench = Knowledge(guide.core.content), Bench(guide.core.triples(guide.core.content.topics))
        table = [(world, knowledge.holding(world)) for world in knowledge.worlds()]
        drawn = (choosing(rng, knowledge, c) if n % 4 == 0 else c for n, c in enumerate(cases(rng, knowledge, 8)))
        for case, decoy in zip(drawn, cases(rng, knowledge, 8), strict=True):
            with bench.evaluation([*stated(guide, case), *stated(guide, decoy, OTHER_CASE)]) as evaluation:
                said = verdicts(evaluation)
            known = knowledge.atoms(case)
            holding = [held for world, held in table if all((f in world) == present for f, present in known)]
            never = set(knowledge.conditions) - frozenset().union(*holding)
            agrees = said.applies == frozenset.intersection(*holding) and said.ruled_out == never
            if not (agrees and said == knowledge.judge(case)):
                differences.append(str(case.to_dict()))
            number += 1
            verdict_count += len(knowledge.conditions)
        if number >= wanted:
            break
    besides = f"{verdict_count:,} verdicts on conditions, a second patient in each graph"
    return Found("cases of generated guidelines with the truth table", number, differences, besides)


def run_rdflib(wanted: int) -> Found:
    """The texts of all queries on both engines, a tenth on the shipped guideline, where each takes seconds."""
    rng, number, differences = Random("rdflib"), 0, list[str]()
    for guide, each in _shipped_then_generated("rdflib", wanted // 10, 10):
        known, knowledge = guide.core.triples(guide.core.content.topics), Knowledge(guide.core.content)
        first, second = Oxigraph(known), Rdflib(known)
        for case, decoy in zip(cases(rng, knowledge, each), cases(rng, knowledge, each), strict=True):
            both = [*stated(guide, case), *stated(guide, decoy, OTHER_CASE)]
            if first.rows(both) != second.rows(both):
                differences.append(str(case.to_dict()))
        number += each
        if number >= wanted:
            break
    return Found("pairs of cases on Oxigraph and rdflib", number, differences)


def run_circuit(wanted: int) -> Found:
    """Every conclusion by the circuit and by the queries: the shipped topics, and a tenth as many on 100 guidelines."""
    rng, number, different = Random("circuit"), 0, list[str]()
    guide = kg.load()
    different += differences(guide, list(cases(rng, Knowledge(guide.core.content), wanted)))
    number += wanted
    for generated in islice(guidelines("circuit"), 100):
        described = list(cases(rng, Knowledge(generated.core.content), max(1, wanted // 1000)))
        different += differences(generated, described)
        number += len(described)
    return Found("cases, every conclusion by the circuit and by the queries", number, different)


def run_mutants(wanted: int) -> Found:
    """Derive queries with one thing changed: what the circuit concludes changes as what the queries derive."""
    guide, rng, found, different = kg.load(), Random("mutants"), Counter[str](), list[str]()
    described = [example.case for example in rng.sample(list(examples(guide)), 12)]
    described += [*RARE[::3], *cases(rng, Knowledge(guide.core.content), 10)]
    made = list(mutants())
    for mutant in made if wanted >= len(made) else rng.sample(made, wanted):
        try:
            found += judged(guide, described, [mutant])
        except AssertionError as error:
            different.append(str(error))
    besides = ", ".join(f"{count} {what}" for what, count in found.most_common())
    return Found("changed derive queries", found.total() + len(different), different, besides)


def run_hermit(wanted: int) -> Found:
    """What is derived against what HermiT entails, half on the shipped guideline, half on generated ones."""
    rng, number, differences = Random("hermit"), 0, list[str]()
    for guide, each in _shipped_then_generated("hermit", wanted // 2, 20):
        knowledge, bench = Knowledge(guide.core.content), Bench(guide.core.triples(guide.core.content.topics))
        for start in range(0, each, 50):
            described = list(cases(rng, knowledge, min(50, each - start)))
            said, known = [], []
            for case in described:
                with bench.evaluation(stated(guide, case)) as evaluation:
                    known.append(atoms(evaluation.triples))
                    said.append(verdicts(evaluation))
            for case, entailed, found in zip(described, judge(guide.core.content, known), said, strict=True):
                expected = {name: {iri for iri, v in entailed.items() if v == name} for name in ("applies", "ruledOut")}
                if expected != {"applies": found.applies, "ruledOut": found.ruled_out}:
                    differences.append(str(case.to_dict()))
        number += each
        if number >= wanted:
            break
    return Found("cases with HermiT", number, differences)


def _shipped_then_generated(seed: str, shipped: int, each: int) -> Iterator[tuple[kg.Guide, int]]:
    """Guidelines, each with how many cases to try on it."""
    yield kg.load(), shipped
    for guide in guidelines(seed):
        yield guide, each


def run_relations(wanted: int) -> Found:
    """Metamorphic relations on generated cases."""
    guide = kg.load()
    world, rng, trials_made, differences = World(guide), Random("long run"), 0, list[str]()
    for case in cases(rng, Knowledge(guide.core.content), sys.maxsize):
        names, tried = violated(world, rng, case)
        trials_made += tried
        differences += [f"{name}: {case.to_dict()}" for name in names]
        if trials_made >= wanted:
            break
    return Found("metamorphic relations", trials_made, differences)


def run_loading(wanted: int) -> Found:
    """Every part of the answer as loaded against that of the whole content; a quarter on generated guidelines."""
    rng, number, differences = Random("loading"), 0, list[str]()
    for guide, each in _shipped_then_generated("loading", wanted * 3 // 4, 20):
        if len(guide.core.content.topics) > 1:
            tried = kg.Guide(entangled(guide.core.content, rng)) if number else guide
            everything, knowledge = whole(tried), Knowledge(tried.core.content)
            for case in cases(rng, knowledge, min(each, wanted - number)):
                number += 1
                found = [difference(tried, everything, case), *unsaid(tried, case)]
                differences += [f"{said}: {case.to_dict()}" for said in found if said]
        if number >= wanted:
            break
    return Found("answers as loaded with those of the whole content", number, differences)


def run_capsules(wanted: int) -> Found:
    """Capsules of all examples and of generated cases, rechecked by the second engine."""
    found = capsules(wanted, "long run", EXAMPLES.values())
    return Found("capsules rechecked by rdflib", len(found), [str(result) for result in found if not result.same])


def run_faults(wanted: int) -> Found:
    """Deliberate faults, all of them or a sample; a difference is one that could do harm and is not caught alone."""
    guide = kg.load()
    made = faults(guide.core.content)
    chosen = Random("long run").sample(made, wanted) if wanted < len(made) else made
    guards = Guards(guide.core.content)
    chosen = [fault for fault in chosen if guards.matters(fault)]
    if guard := guards.first(UNHARMED):
        return Found("faults put into the content", 0, [f"the content as it is does not pass: {guard}"])
    caught = {fault: guards.first(fault) for fault in chosen}
    alone, any_guard = sum(g in ALONE for g in caught.values()), sum(map(bool, caught.values()))
    safety = [fault for fault in chosen if fault.safety]
    besides = [
        f"{alone} ({alone / len(chosen):.1%}) caught by shapes, queries and examples alone, {any_guard}"
        f" ({any_guard / len(chosen):.1%}) with everything; {len(safety)} could do harm",
        *(f"survives: {fault}" for fault, guard in caught.items() if not guard),
    ]
    missed = [f"harmful and not caught alone: {fault}" for fault in safety if caught[fault] not in ALONE]
    return Found("faults put into the content", len(chosen), missed, "\n  ".join(besides))


def run_mutations(wanted: int) -> Found:
    """Edits of another kind than the faults, mostly additions; a difference is one that no shipped check finds."""
    guards = Guards(kg.load().core.content)
    few = wanted < len(MUTATIONS)
    chosen = Random("long run").sample(MUTATIONS, wanted) if few else MUTATIONS
    caught = {mutation: found_by(guards, mutation) for mutation in chosen}
    counts = Counter(guard or "nothing" for guard in caught.values())
    harmful = [mutation for mutation in chosen if mutation.harmful]
    besides = [
        f"{sum(mutation.adds for mutation in chosen)} additions, {len(harmful)} harmful; found:"
        f" {sum(map(bool, caught.values()))} of all, {sum(bool(caught[m]) for m in harmful)} of the harmful",
        ", ".join(f"{count} by {guard}" for guard, count in counts.most_common()),
    ]
    missed = [f"missed{', harmful' if m.harmful else ''}: {m.name}" for m, guard in caught.items() if not guard]
    return Found("edits put into the content", len(chosen), missed, "\n  ".join(besides))


def run_surface(wanted: int) -> Found:
    """The decision surface of each topic; a difference is an overlap, or an unsafe or missing answer."""
    guide = kg.load()
    surfaces = [guide.surface(slug(topic)) for topic in sorted(guide.core.content.topics)[:wanted]]
    differences = [
        f"{surface.topic.label}: {item}" for surface in surfaces for item in (*surface.overlaps, *surface.unsafe)
    ]
    differences += [f"{s.topic.label}: {s.covered:,} answered" for s in surfaces if s.covered != s.combinations]
    besides = "\n  ".join(
        f"{s.topic.label}: {s.covered:,} of {s.combinations:,} answered, {sum(gap.weight for gap in s.gaps):,} of"
        f" {s.known:,} fully known are gaps"
        for s in surfaces
    )
    return Found("topics, every combination of their deciding facts", len(surfaces), differences, besides)


def run_surfaces(wanted: int) -> Found:
    """The surface of small generated guidelines against every case, one by one, in plain Python."""
    seen, differences = Counter[str](), list[str]()
    with TemporaryDirectory() as place:
        for content, knowledge, deciding in small_guidelines("long run", Path(place), wanted):
            try:
                seen += test_surface.compare(content, knowledge, deciding)
            except AssertionError as error:
                differences.append(str(error))
    besides = ", ".join(f"{count} with {what}" for what, count in sorted(seen.items()))
    return Found("surfaces of generated guidelines, case by case", wanted, differences, besides)


def run_questions(wanted: int) -> Found:
    """What is asked on generated guidelines against ``assess`` of every fact, every two, and small sets of facts."""
    seen, differences, rng = Counter[str](), list[str](), Random("questions")
    with TemporaryDirectory() as place:
        for number in range(wanted):
            try:
                seen += test_questions.compared(rng, Path(place) / str(number), guidelines=1, each=3)
            except AssertionError as error:
                differences.append(str(error))
    besides = ", ".join(f"{what}: {count}" for what, count in sorted(seen.items()))
    return Found(
        "generated guidelines, three cases each, with every case in which more is said", wanted, differences, besides
    )


def run_proofs(wanted: int) -> Found:
    """Every fault in a safety rule or a derive query; a difference is one that its property does not notice."""
    guide = kg.load()
    held = {proof.name for proof in prove(guide.core.content).proofs if proof.holds}
    tried = safety_faults.FAULTS[:wanted]
    differences = [f"{fault}: its property does not hold as it is" for fault in tried if fault.found_by not in held]
    differences += filter(None, (missed(guide, fault) for fault in tried))
    wrong = (*query_faults.FAULTS, *query_faults.OF_TRANSFERS)[:wanted]
    differences += filter(None, (unnoticed(fault, guide) for fault in wrong))
    return Found(
        "faults in safety rules and derive queries, each noticed by its property", len(tried) + len(wrong), differences
    )


def run_patients(wanted: int) -> Found:
    """Accepted cases against what the solver is told of every patient."""
    number, differences = 0, list[str]()
    guide = kg.load()
    for chunk in range(-(-wanted // 500)):
        known = accepted_cases(guide, f"patients {chunk}", min(500, wanted - 500 * chunk))
        constraints, broken = broken_constraints(guide, known)
        differences += map(str, broken)
        number += len(known)
    return Found(
        "accepted cases with what the solver is told", number, differences, f"{constraints:,} constraints each"
    )


def run_invariance(wanted: int) -> Found:
    """Each topic left out in turn; a difference is an answer to a patient who states nothing that leads to it."""
    seen, changes = Counter[str](), list[str]()
    every = added(kg.load().core.content)
    for one in every:
        counts, found = tried_beside(one, "long run", -(-wanted // len(every)))
        seen += counts
        changes += found
    besides = f"{len(every)} topics, each with and without; {seen['sharing']:,} cases state a finding that it looks at"
    return Found("cases with and without a topic that they do not concern", seen["cases"], changes, besides)


def run_transfers(wanted: int) -> Found:
    """Cases and where hand-offs move them; a difference is a loop: a topic left and entered, or none entered."""
    guide = kg.load()
    knowledge, bench = Knowledge(guide.core.content), Bench(guide.core.triples(guide.core.content.topics))
    moved, loops = 0, list[str]()
    for case in cases(Random("transfers"), knowledge, wanted):
        with bench.evaluation(facts(case, guide.core.lexicon)) as evaluation:
            found = evaluation.conclusions(THIS_CASE, ("movedTo", "left", "entered"))
        left, entered = set(found["left"]), set(found["entered"])
        moved += bool(found["movedTo"])
        if left & entered or (found["movedTo"] and not entered):
            loops.append(str(case.to_dict()))
    return Found("cases whose transfers end in a topic that stands", wanted, loops, f"{moved:,} of them are moved")


def run_hostile(wanted: int) -> Found:
    """Queries from outside that would call out, change data or take for ever; a difference is one that did."""
    wrong, ends = tried(kg.load(), "hostile", wanted, 1.0)
    besides = "\n  ".join(f"{end}: {number}" for end, number in sorted(ends.items()))
    return Found("hostile queries of one's own, with a server that nobody may call", wanted, wrong, besides)


def run_screens(wanted: int) -> Found:
    """The first screens of every verb about one patient, for every worked example."""
    guide = kg.load()
    answers = [guide.assess(example.case) for example in examples(guide)[:wanted]]
    wrong = []
    for answer, other in zip(answers, [*answers[1:], answers[0]], strict=True):
        for said in (*screens.quick(guide, answer, other), *screens.costly(guide, answer)):
            wrong += [f"{answer.case.to_dict()}: {fault}" for fault in screens.faults(said)]
    return Found("examples whose first screens are at most 25 lines of 80 columns", len(answers), wrong)


RUNS: dict[str, tuple[Callable[[int], Found], int]] = {
    "truth": (run_truth, 10_000),
    "judge": (run_judge, 6000),
    "audit": (run_audit, 5000),
    "circuit": (run_circuit, 20_000),
    "mutants": (run_mutants, sys.maxsize),
    "rdflib": (run_rdflib, 500),
    "hermit": (run_hermit, 1000),
    "robust": (run_robust, 20_000),
    "urgency": (run_urgency, 20_000),
    "considered": (run_considered, 200),
    "used": (run_used, 5000),
    "relations": (run_relations, 10_000),
    "capsules": (run_capsules, 200),
    "patients": (run_patients, 20_000),
    "proofs": (run_proofs, sys.maxsize),
    "invariance": (run_invariance, 10_000),
    "transfers": (run_transfers, 20_000),
    "loading": (run_loading, 20_000),
    "faults": (run_faults, sys.maxsize),
    "mutations": (run_mutations, sys.maxsize),
    "surface": (run_surface, sys.maxsize),
    "surfaces": (run_surfaces, 100),
    "questions": (run_questions, 500),
    "hostile": (run_hostile, 2000),
    "pages": (run_pages, sys.maxsize),
    "screens": (run_screens, sys.maxsize),
    "records": (run_records, 10_000),
}


def main() -> int:
    """Run what was asked for.

    Returns:
        0 when there were no differences, 1 when there were some.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.long_run", description=__doc__)
    parser.add_argument("what", choices=(*RUNS, "all"))
    parser.add_argument("number", type=int, nargs="?", help="how many; default: as many as the project promises")
    arguments = parser.parse_args()
    different = False
    for name in RUNS if arguments.what == "all" else [arguments.what]:
        run, usual = RUNS[name]
        started = time.monotonic()
        found = run(arguments.number or usual)
        seconds = time.monotonic() - started
        print(f"{found.number:,} {found.compared}: {len(found.differences)} differences, {seconds:.0f} s", flush=True)
        for line in (*filter(None, [found.besides]), *found.differences):
            print(f"  {line}", flush=True)
        different = different or bool(found.differences)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())

"""Decides whether two editions answer every patient alike, and finds a patient if they do not.

Both circuits are laid side by side over the same facts. If both reach a conclusion by the same gates, nothing is left
to decide. A solver decides the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kg.author.prove.counterexample import case_of_said, search
from kg.knowledge.content.content import WORDS, Content
from kg.logic.circuit.execute import run_cases
from kg.logic.circuit.gates import FALSE, Builder, Circuit, Literal, Outputs, laid
from kg.logic.circuit.inputs import Compared, Input, Measured, MeasuredTwice, PerformedInput, Said, Stated
from kg.logic.circuit.solve import Solver
from kg.logic.compiler.compile import compiled
from kg.patient.assess.slices import triples_of
from kg.patient.case import Case

_ACTS, _OUTRANKED = "acts", "outranked"
"""What acts is compared only if nothing leads it: one more leader of a led scenario changes nothing to be seen."""


def answered_differently(old: Content, new: Content, relations: Sequence[str]) -> Case | None:
    """A patient whom two editions answer differently, and whose words both know.

    Args:
        old: The earlier content.
        new: The later content.
        relations: Local names of the conclusions that count.

    Returns:
        A case with the fewest facts; None if every patient is answered alike.

    Raises:
        NotCompiledError: A derive query says something that a circuit cannot.
        NotDecidedError: The solver did not finish.
        MissingPackageError: There is no solver.
    """
    both = circuits_beside(_circuit(old), _circuit(new), relations, _shared(old, new))
    if not both.outputs["differs"]:
        return None
    with Solver(both) as solver:
        wanted = solver.any_of([solver.number(literal) for literal in both.outputs["differs"].values()])
        findings = sorted(_words_of_content(old)["Finding"] & _words_of_content(new)["Finding"])
        found = search(solver, wanted, findings, lambda said: _differs(both, said) or None)
    return case_of_said(found[0][0]) if found else None


def circuits_beside(old: Circuit, new: Circuit, relations: Sequence[str], words: Collection[str]) -> Circuit:
    """Two circuits over the same facts.

    Args:
        old: The circuit of the earlier content.
        new: The circuit of the later content.
        relations: Local names of the conclusions that count.
        words: What a case may name, by IRI.

    Returns:
        A circuit with two outputs: ``impossible`` in either edition, and ``differs`` with a literal for each conclusion
        that one edition may reach without the other.
    """
    make, sides = Builder(), list[Outputs]()
    for circuit in (old, new):
        wanted = {name: circuit.outputs.get(name, {}) for name in ("impossible", _ACTS, _OUTRANKED, *relations)}
        unknown = {fact: FALSE for fact in circuit.inputs if not words_of(fact) <= set(words)}
        side = dict(laid(make, circuit, wanted, unknown))
        led = side.pop(_OUTRANKED)
        # `literal ^ 1` is the complement: what acts and is not led.
        side[_ACTS] = {thing: make.all([x, led.get(thing, FALSE) ^ 1]) for thing, x in side[_ACTS].items()}
        sides.append(side)
    impossible = {f"{n} {thing}": x for n, side in enumerate(sides) for thing, x in side["impossible"].items()}
    pairs = {
        f"{name} {thing}": _differ(make, *(side[name].get(thing, FALSE) for side in sides))
        for name in dict.fromkeys([_ACTS, *relations])
        for thing in {**sides[0][name], **sides[1][name]}
    }
    return make.circuit({"impossible": impossible, "differs": {key: x for key, x in pairs.items() if x != FALSE}})


def _differ(make: Builder, one: Literal, other: Literal) -> Literal:
    return make.any([make.all([one, other ^ 1]), make.all([one ^ 1, other])])


def words_of(fact: Input) -> set[str]:
    """The IRIs of the findings, procedures and measures that an input names."""
    match fact:
        case Stated(_, thing):
            return {thing}
        case PerformedInput(procedure, seen, unseen, _):
            return {word for word in (procedure, seen, unseen) if word is not None}
        case Measured(measure) | Compared(measure, _, _) | MeasuredTwice(measure):
            return {measure}


def _circuit(content: Content) -> Circuit:
    return compiled(sorted(triples_of(content.part(content.answering)), key=str))


def _words_of_content(content: Content) -> dict[str, set[str]]:
    return {kind: set(content.index.words[kind].values()) for kind in WORDS}


def _shared(old: Content, new: Content) -> set[str]:
    return {word for kind in WORDS for word in _words_of_content(old)[kind] & _words_of_content(new)[kind]}


def _differs(both: Circuit, said: Sequence[Said]) -> bool:
    """Whether a patient is possible and answered differently, according to the circuits."""
    done = run_cases(both, said)
    return not done.some("impossible") and bool(done.some("differs"))

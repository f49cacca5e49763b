"""Whether two editions answer every patient alike, or a patient whom they do not.

Both circuits are laid side by side over the same facts. Where both conclude the same by the same gates, nothing is left
to decide; a solver decides the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kg.case import Case
from kg.content import WORDS, Content
from kg.logic.circuit import FALSE, Builder, Circuit, Literal, Outputs, laid
from kg.logic.compile import compiled
from kg.logic.execute import run_cases
from kg.logic.inputs import Compared, Input, Measured, MeasuredTwice, Performed, Said, Stated
from kg.logic.patient import case_of_said, search
from kg.logic.solve import Solver
from kg.part import triples_of

_ACTS, _OUTRANKED = "acts", "outranked"
"""Compared is what acts while nothing leads it: a scenario may be led by one more and nobody see it."""


def answered_differently(old: Content, new: Content, relations: Sequence[str]) -> Case | None:
    """A patient whom two editions answer differently, of whom both know every word.

    Args:
        old: One content.
        new: Another.
        relations: Local names of the conclusions that count.

    Returns:
        A case with the fewest facts; None where every patient is answered alike.

    Raises:
        NotCompiledError: A derive query says what a circuit cannot.
        NotDecidedError: The solver did not come to an end.
        MissingPackageError: There is no solver.
    """
    both = beside(_circuit(old), _circuit(new), relations, _shared(old, new))
    if not both.outputs["differs"]:
        return None
    with Solver(both) as solver:
        wanted = solver.any_of([solver.number(literal) for literal in both.outputs["differs"].values()])
        findings = sorted(_words(old)["Finding"] & _words(new)["Finding"])
        found = search(solver, wanted, findings, lambda said: _differs(both, said) or None)
    return case_of_said(found[0][0]) if found else None


def beside(old: Circuit, new: Circuit, relations: Sequence[str], words: Collection[str]) -> Circuit:
    """Two circuits over the same facts.

    Args:
        old: One circuit.
        new: Another.
        relations: The conclusions that count.
        words: What a case may name.

    Returns:
        A circuit: ``impossible`` for either of them, and ``differs`` with a literal for each conclusion to
        which one may come without the other.
    """
    make, sides = Builder(), list[Outputs]()
    for circuit in (old, new):
        wanted = {name: circuit.outputs.get(name, {}) for name in ("impossible", _ACTS, _OUTRANKED, *relations)}
        unknown = {fact: FALSE for fact in circuit.inputs if not words_of(fact) <= set(words)}
        side = dict(laid(make, circuit, wanted, unknown))
        led = side.pop(_OUTRANKED)
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
    """The findings, procedures and measures that an input names.

    Args:
        fact: The input.

    Returns:
        Their IRIs.
    """
    match fact:
        case Stated(_, thing):
            return {thing}
        case Performed(procedure, seen, unseen, _):
            return {word for word in (procedure, seen, unseen) if word is not None}
        case Measured(measure) | Compared(measure, _, _) | MeasuredTwice(measure):
            return {measure}


def _circuit(content: Content) -> Circuit:
    return compiled(sorted(triples_of(content.part(frozenset(content.topics))), key=str))


def _words(content: Content) -> dict[str, set[str]]:
    return {kind: set(content.index.words[kind].values()) for kind in WORDS}


def _shared(old: Content, new: Content) -> set[str]:
    return {word for kind in WORDS for word in _words(old)[kind] & _words(new)[kind]}


def _differs(both: Circuit, said: Sequence[Said]) -> bool:
    """Whether a patient who was put together is possible and answered differently, by the circuits."""
    done = run_cases(both, said)
    return not done.some("impossible") and bool(done.some("differs"))

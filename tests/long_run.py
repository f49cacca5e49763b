"""Long runs of what the tests try on a sample: ``python -m tests.long_run WHAT [N]``."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from random import Random

import kg
from tests.faults import ALONE, Guards, faults
from tests.generate import cases
from tests.relations import World, violated
from tests.truth import Knowledge


def run_relations(count: int) -> int:
    """Metamorphic relations on N generated cases."""
    guide = kg.load()
    world, rng = World(guide), Random("long run")
    trials, failed = 0, Counter[str]()
    for case in cases(rng, Knowledge(guide.content), count):
        names, tried = violated(world, rng, case)
        trials += tried
        failed.update(names)
    print(f"{trials} trials on {count} cases, {sum(failed.values())} violations", *failed.items())
    return 1 if failed else 0


def run_faults(count: int) -> int:
    """All deliberate faults, or a sample of N."""
    guide = kg.load()
    made = faults(guide.content)
    chosen = Random("long run").sample(made, min(count, len(made))) if count else made
    guards = Guards(guide.content)
    caught = {fault: guards.first(fault) for fault in chosen}
    alone = [fault for fault, guard in caught.items() if guard in ALONE]
    safety = [fault for fault in chosen if fault.safety]
    missed = [fault for fault in safety if caught[fault] not in ALONE]
    print(f"{len(chosen)} faults: {len(alone)} caught by shapes, queries and examples alone,")
    print(
        f"{sum(bool(guard) for guard in caught.values())} with everything; safety {len(safety)}, missed {len(missed)}"
    )
    for fault, guard in caught.items():
        if not guard:
            print("  survives:", fault)
    return 1 if missed else 0


def run_capsules(count: int) -> int:
    """Capsules of N generated cases, rechecked by the second engine."""
    from tests.test_capsule import capsules

    found = capsules(count, "long run")
    different = [result for result in found if not result.same]
    print(f"{len(found)} capsules rechecked, {len(different)} different", *different, sep="\n  ")
    return 1 if different else 0


RUNS: dict[str, Callable[[int], int]] = {
    "relations": run_relations,
    "faults": run_faults,
    "capsules": run_capsules,
}


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.long_run", description=__doc__)
    parser.add_argument("what", choices=RUNS)
    parser.add_argument("count", type=int, nargs="?", default=0, help="how many; 0 where all is meant")
    arguments = parser.parse_args()
    return RUNS[arguments.what](arguments.count)


if __name__ == "__main__":
    sys.exit(main())

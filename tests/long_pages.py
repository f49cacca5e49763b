"""A long run of what results look like: every worked example in a browser. See ``long_run``."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import kg
from kg.author.examples import examples
from kg.show.html.markup import Markup, joined, tag
from tests.judges import browser
from tests.long_answers import Found
from tests.show.test_rendered import WIDTHS, said, together

_AT_ONCE = 20
"""How many examples stand in a page."""


def run_pages(wanted: int) -> Found:
    """Cards, unfolded, pathways and pictures of worked examples; a difference is a fault that a person sees."""
    if not browser.CHROMIUM:
        return Found("worked examples in a browser", 0, [browser.NO_CHROMIUM])
    guide, faults = kg.load(), list[str]()
    tried = examples(guide)[:wanted]
    views = tuple(product(WIDTHS, (False, True)))
    for start in range(0, len(tried), _AT_ONCE):
        cases = [example.case for example in tried[start : start + _AT_ONCE]]
        answers, pathways = [guide.assess(case) for case in cases], [guide.pathway(case) for case in cases]
        drawn = [shown.svg(width) for width in (700, 900) for shown in answers]
        drawn += [shown.svg(width) for width in (700, 900) for shown in pathways]
        with TemporaryDirectory() as place:
            faults += said(browser.measured(together([*answers, *pathways]), Path(place), *views))
        with TemporaryDirectory() as place:
            faults += said(browser.measured(joined(map(_standing, drawn)), Path(place), (1400, False)))
    return Found("worked examples in a browser, in six views", len(tried), faults)


def _standing(picture: str) -> Markup:
    """A picture by itself, as a web page shows it."""
    return tag("div", Markup(picture))

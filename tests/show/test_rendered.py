"""Results as a browser renders them, at the width of a phone, a notebook and a screen, light and dark."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from pathlib import Path

import pytest

import kg
from kg.show.html import body
from kg.show.html.markup import Markup, joined, page, tag
from kg.shown import Shown
from tests.judges import browser, golden

pytestmark = pytest.mark.skipif(not browser.CHROMIUM, reason=browser.NO_CHROMIUM)

WIDTHS = (390, 800, 1400)
VIEWS = tuple(product(WIDTHS, (False, True)))

FEW = ("call", "undecided", "elsewhere", "pathway", "many studies", "everything urgent", "ratings")
"""A call, no answer yet, another topic, pathways and the matrix. The long run looks at all worked examples."""


def together(shown: Iterable[Shown]) -> str:
    """Results in one page; the style stands in it once."""
    every = list(shown)
    for result in every:
        result.html()  # registers how its class is shown
    return page(joined(tag("div", body(result)) for result in every))


def said(found: dict[browser.View, dict[str, list[str]]]) -> list[str]:
    """What is wrong in any view."""
    return [
        f"{width}{' dark' if dark else ''}: {fault}"
        for (width, dark), view in found.items()
        for fault in view["faults"]
    ]


def test_nothing_is_cut_off_overlapped_small_or_faint(results: dict[str, Shown], tmp_path: Path) -> None:
    # The theme changes no place and the width no colour, so three of the six views show all; the others are looked at
    # with fewer results.
    found = browser.measured(together(results.values()), tmp_path, (390, False), (800, True), (1400, False))
    assert said(found) == []


def test_a_few_in_every_view(results: dict[str, Shown], tmp_path: Path) -> None:
    found = browser.measured(together(results[name] for name in FEW), tmp_path, *VIEWS, folded=True)
    assert said(found) == []
    for (_, dark), view in found.items():
        steps = [view["badges"][step] for step in sorted(view["badges"], reverse=not dark)]
        assert steps == sorted(steps), "the better a category, the more its badge stands out, in grey as well"
        assert len(set(steps)) == len(steps) == 4


def test_a_picture_of_an_answer_fits(guide: kg.Guide, tmp_path: Path) -> None:
    cases = list(golden.cases().values())[::40]
    pictures = [tag("div", Markup(guide.assess(case).svg(width))) for case in cases for width in (700, 900)]
    assert said(browser.measured(page(joined(pictures)), tmp_path, (800, False), (1400, True))) == []


def test_a_host_changes_nothing_of_a_card(guide: kg.Guide, opening_patient: kg.Case, tmp_path: Path) -> None:
    shown = (guide.assess(opening_patient), guide.pathway(opening_patient), guide.ratings("thoracic-back-pain"))
    frames = [_described(together(shown), host) for host in ("", browser.RUDE)]
    quiet, rude = browser.in_frames(frames, tmp_path, "described")
    assert len(quiet) > 500
    assert [(a, b) for a, b in zip(quiet, rude, strict=True) if a != b] == []


def _described(html: str, host: str) -> str:
    script = """
        const told = ["textAlign", "fontWeight", "fontSize", "lineHeight", "fontFamily", "color", "backgroundColor",
            "paddingLeft", "paddingTop", "marginTop", "display", "textTransform", "borderTopWidth"];
        document.body.dataset.described = JSON.stringify(
            [...document.querySelectorAll(".kg-result, .kg-result *:not(style)")].map((node) => {
                const style = getComputedStyle(node);
                return [node.tagName, node.className.toString(), ...told.map((name) => style[name])];
            }));"""
    return browser.frame(f"{html}", (800, False), host, script)


def test_the_measure_finds_what_is_wrong(tmp_path: Path) -> None:
    bad = (
        '<div class="kg-result" style="width:300px;background:#fff;color:#000">'
        '<p style="font-size:8px">little</p><p style="color:#ccc">pale</p>'
        '<p style="width:40px;overflow:hidden;white-space:nowrap">longer than its box</p>'
        '<p style="width:30px;overflow-wrap:anywhere">myelopathy</p>'
        '<p style="margin:0 0 -15px">below</p><p style="margin:0">above</p>'
        '<summary style="display:block;height:15px">low</summary>'
        '<svg class="kg-picture" width="200" height="90"><rect width="200" height="90" fill="#fff"/>'
        '<rect class="kg-box" width="60" height="30" fill="#fff"/>'
        '<rect class="kg-box" x="40" width="60" height="30" fill="#fff"/>'
        '<text x="70" y="20">over the edge</text><text y="25" fill="#ddd">pale</text></svg></div>'
        '<p style="width:2000px">wide</p>'
    )
    found = browser.measured(Markup(bad), tmp_path, (800, False))[800, False]["faults"]
    kinds = {fault.split(":")[0] for fault in found}
    assert kinds >= {
        *("tiny", "faint", "cut off", "broken word myelopathy", "boxes overlap", "text leaves its box"),
        *('text over "above"', "small target", "the page scrolls sideways"),
    }

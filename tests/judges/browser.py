"""Measures pages in Chromium, if it is installed: what a person sees is what the browser makes of them."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NO_CHROMIUM = "Chromium is not installed, so nothing can be measured as rendered"

_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


# What JupyterLab does to tables and headings in an output, and what a careless host may do besides.
_HOST = """<style>
body { margin: 0; }
.jp-RenderedHTMLCommon { color: #616161; font-size: 14px; line-height: 1.6; }
.jp-RenderedHTMLCommon table {
  border-spacing: 0; color: #616161; font-size: 12px; table-layout: fixed; margin: 0 auto 1em; }
.jp-RenderedHTMLCommon td, .jp-RenderedHTMLCommon th, .jp-RenderedHTMLCommon tr {
  text-align: right; vertical-align: middle; padding: 0.5em; line-height: normal; white-space: normal; border: none; }
.jp-RenderedHTMLCommon tbody tr:nth-child(odd) { background: #777; }
.jp-RenderedHTMLCommon h3 { font-size: 1.2em; color: #616161; margin: 2em 0; }
</style>"""

RUDE = """<style>
td, th { text-align: right; font-weight: bold; }
.host div { text-align: center; line-height: 3; font-weight: 700; color: #888; padding: 9px; }
.host summary { font-weight: 100; text-align: right; line-height: 1; min-height: 0; display: inline; font-size: 9px; }
.host p, .host li, .host ul, .host span, .host b { font: 700 20px/3 serif; color: #999; text-align: right; }
.host h3 { font-weight: 100; text-transform: uppercase; background: #999; }
</style>"""
"""A style sheet of a host that spoils whatever does not say how it wants to be shown."""

View = tuple[int, bool]
"""A width of the window in pixels, and whether the notebook has a dark theme."""


def measured(body: str, folder: Path, *views: View, folded: bool = False, host: str = _HOST) -> dict[View, Any]:
    """Lay a page out in frames, one for each view, and measure it.

    Args:
        body: The HTML of its body.
        folder: Where the page and the profile of the browser may be written.
        views: How it is looked at.
        folded: Whether folded parts stay folded.
        host: The style sheet of the notebook around it.

    Returns:
        For each view what is wrong with it, ``faults``, and how light the badge of each step is, ``badges``.
    """
    script = Path(__file__).with_name("measure.js").read_text(encoding="utf-8")
    frames = [frame(body, view, host, script, folded=folded) for view in views]
    return dict(zip(views, in_frames(frames, folder, "found"), strict=True))


def frame(body: str, view: View, host: str, script: str, *, folded: bool = True) -> str:
    """A page in a frame as wide as a view, in which a script runs."""
    width, dark = view
    theme = "false" if dark else "true"
    page = (
        f'<!doctype html><meta charset="utf-8">{host}<body data-jp-theme-light="{theme}" data-folded="{folded}">'
        f'<div class="jp-RenderedHTMLCommon host">{body}</div><script>{script}</script>'
    )
    return f'<iframe style="border: 0; width: {width}px; height: 1000px" srcdoc="{html.escape(page)}"></iframe>'


def in_frames(frames: list[str], folder: Path, name: str) -> list[Any]:
    """Load frames in one browser; what the script of each left in the data attribute ``name`` of its body, as JSON."""
    page = folder / "page.html"
    collect = (
        f"const found = [...document.querySelectorAll('iframe')].map(frame => {{ const left ="
        f" frame.contentDocument.body.dataset.{name}; frame.remove(); return JSON.parse(left || 'null'); }});"
        "document.body.dataset.all = JSON.stringify(found);"
    )
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><body>{"".join(frames)}'
        f'<script>addEventListener("load", () => {{ {collect} }})</script>',
        encoding="utf-8",
    )
    command = [str(CHROMIUM), *_QUIET, f"--user-data-dir={folder / 'profile'}", "--window-size=1500,1000"]
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=300, check=True
    )
    left = re.search(r'data-all="([^"]*)"', done.stdout)
    assert left, "the page was not measured"
    found: list[Any] = json.loads(html.unescape(left[1]))
    assert None not in found, "a frame was not measured"
    return found

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


# What JupyterLab does to tables and headings in an output.
_HOST = """<style>
.jp-RenderedHTMLCommon { color: #616161; font-size: 14px; line-height: 1.6; }
.jp-RenderedHTMLCommon table {
  border-spacing: 0; color: #616161; font-size: 12px; table-layout: fixed; margin: 0 auto 1em; }
.jp-RenderedHTMLCommon td, .jp-RenderedHTMLCommon th, .jp-RenderedHTMLCommon tr {
  text-align: right; vertical-align: middle; padding: 0.5em; line-height: normal; white-space: normal; border: none; }
.jp-RenderedHTMLCommon tbody tr:nth-child(odd) { background: #777; }
.jp-RenderedHTMLCommon h3 { font-size: 1.2em; color: #616161; margin: 2em 0; }
</style>"""


def measured(
    body: str, folder: Path, *, width: int, dark: bool, folded: bool = False
) -> tuple[list[str], dict[str, float]]:
    """Lay a page out and measure it.

    Args:
        body: The HTML of its body.
        folder: Where the page and the profile of the browser may be written.
        width: The width of the window.
        dark: Whether the notebook has a dark theme.
        folded: Whether folded parts stay folded.

    Returns:
        What is wrong with it, and how light the badge of each step is.
    """
    theme = "false" if dark else "true"
    script = Path(__file__).with_name("measure.js").read_text(encoding="utf-8")
    page = folder / "page.html"
    opening = f'<!doctype html><meta charset="utf-8"><body data-jp-theme-light="{theme}" data-folded="{folded}">'
    page.write_text(
        f'{opening}{_HOST}<div class="jp-RenderedHTMLCommon">{body}</div><script>{script}</script>', encoding="utf-8"
    )
    command = [str(CHROMIUM), *_QUIET, f"--user-data-dir={folder / 'profile'}", f"--window-size={width},1000"]
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=60, check=True
    )
    return _data(done.stdout, "faults"), _data(done.stdout, "badges")


def _data(dom: str, name: str) -> Any:
    found = re.search(rf'data-{name}="([^"]*)"', dom)
    assert found, "the page was not measured"
    return json.loads(html.unescape(found[1]))

"""Where a content folder describes what: the file and the line of every thing, for messages to authors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urljoin

from kg.knowledge.sparql.iris import RDF_TYPE
from kg.knowledge.turtle.files import lines_of
from kg.knowledge.turtle.layout import turtle_files
from kg.knowledge.turtle.spelling import is_iri, short, spellings

_SUBJECT = re.compile(r"(?:<([^>]*)>|([\w-]*):([\w./-]+))\s+\S")
"""How a description begins: authors start the line with what it describes."""

_FAMILY = re.compile(r"\sa\s[^;#]*\bns:ScenarioFamily\b")


@dataclass(frozen=True)
class Block:
    """The lines of a file that describe one thing.

    Attributes:
        path: The file.
        first: The number of the first line.
        lines: The lines.
    """

    path: Path
    first: int
    lines: Sequence[str]

    def find(self, pattern: str, start: int) -> int | None:
        """The number of the first line from a line on that has a pattern; remarks are no place."""
        for number, line in enumerate(self.lines[start - self.first :], start):
            if not line.lstrip().startswith("#") and re.search(pattern, line):
                return number
        return None

    def inside(self, steps: Sequence[str]) -> int | None:
        """The line on which a nested node begins.

        Args:
            steps: What its IRI has after that of the thing: the name of a property, and words of the node; perhaps
                the same again for a node within it.

        Returns:
            The number of the line; None if the node is not in this block.
        """
        at: int | None = self.first
        for number, step in enumerate(steps):
            words = r"[^A-Za-z0-9.]+".join(map(re.escape, step.split("-")))
            pattern = rf"(?<![\w-])(?i:{words})(?![\w-])" if number % 2 else rf":{re.escape(step)}(?![\w-])"
            at = self.find(pattern, at) if at is not None else None
        return at


class Atlas:
    """Where a content folder describes what."""

    def __init__(self, folder: Path, prefixes: Mapping[str, str]) -> None:
        """Take the folder; nothing is read before a place is wanted.

        Args:
            folder: A content folder.
            prefixes: Its prefix map.
        """
        self._folder = folder
        self._prefixes = prefixes

    @cached_property
    def _blocks(self) -> Mapping[str, Sequence[Block]]:
        """What describes each thing, by IRI: first what declares it, then what else is said of it."""
        declared: dict[str, list[Block]] = {}
        more: dict[str, list[Block]] = {}
        for path in turtle_files(self._folder):
            base, lines = "", lines_of(path)
            found: list[tuple[int, str, bool]] = []
            for number, line in enumerate(lines, 1):
                if line.startswith("@base"):
                    base = line.split("<", 1)[-1].split(">", 1)[0]
                elif start := _SUBJECT.match(line):
                    iri = urljoin(base, start[1]) if start[1] else self._prefixes.get(start[2], "") + start[3]
                    found.append((number, iri, line[start.end() - 1 :].startswith("a ")))
            ends = [number - 1 for number, _, _ in found[1:]] + [len(lines)]
            for (number, iri, declares), end in zip(found, ends, strict=False):
                block = Block(path, number, lines[number - 1 : end])
                (declared if declares else more).setdefault(iri, []).append(block)
        return {iri: [*declared.get(iri, ()), *more.get(iri, ())] for iri in (*declared, *more)}

    def line(self, iri: str, about: str = "", value: str = "") -> tuple[Path, int] | None:
        """The file and the line of a thing, or of what is said of it.

        Args:
            iri: The thing; a nested node is looked for within the thing around it.
            about: The property in question; empty for none.
            value: Its value; empty for none.

        Returns:
            The line that has the value after the property; without such a line, the one on which the description of
            the thing begins. None if nothing describes it.
        """
        begun = self._begun(iri)
        for block, at in begun if about and value else ():
            named = block.find(self._property(about), at)
            if named and (found := block.find(self._value(value), named)):
                return block.path, found
        return next(((block.path, at) for block, at in begun), None)

    def lines(self, iri: str) -> list[tuple[Path, int]]:
        """The files and the lines on which a thing is described: first where it is declared.

        Args:
            iri: The thing; a nested node is looked for within the thing around it.
        """
        _, steps = self._around(iri)
        # A nested node has the name of a property and its own words; anything else is described nowhere.
        return [(block.path, at) for block, at in self._begun(iri)] if len(steps) % 2 == 0 else []

    def _around(self, iri: str) -> tuple[str, list[str]]:
        """What is described and has the beginning of a name, and the steps from there to the end of the name."""
        around = iri
        while around not in self._blocks and "/" in around:
            if family := self._family(around):
                return family, []
            around = around.rpartition("/")[0]
        return around, iri[len(around) + 1 :].split("/") if iri != around else []

    def _family(self, iri: str) -> str:
        """The scenario family of a scenario that nobody wrote; empty for any other thing."""
        family = iri
        while "-" in family.rpartition("/")[2]:
            family = family.rpartition("-")[0]
            if any(_FAMILY.search(block.lines[0]) for block in self._blocks.get(family, ())):
                return family
        return ""

    def _begun(self, iri: str) -> list[tuple[Block, int]]:
        """The blocks that describe a thing or what is around it, and where in each of them it begins."""
        around, steps = self._around(iri)
        blocks = self._blocks.get(around, ())
        begun = [(block, at) for block in blocks if (at := block.inside(steps)) is not None]
        return begun or [(block, block.first) for block in blocks]

    def _property(self, iri: str) -> str:
        other = [r"(?<!\S)a(?!\S)"] if iri == RDF_TYPE.value else []
        return "|".join([*spellings(iri, self._prefixes), *other])

    def _value(self, value: str) -> str:
        if is_iri(value):
            return "|".join(spellings(value, self._prefixes))
        text = value.replace("\\", "\\\\").replace('"', '\\"')
        return rf"(?<![\w.-]){re.escape(text)}(?!\w)"

    def place(self, iri: str, about: str = "", value: str = "") -> str:
        """Name a node with file and line, as ``line`` finds them.

        Args:
            iri: The node.
            about: The property in question; empty for none.
            value: Its value; empty for none.

        Returns:
            Such as ``topics/knee-pain.ttl, line 3: finding:fever``.
        """
        name = " ".join(self.short(part) for part in (iri, about, value) if part)
        found = self.line(iri, about, value)
        return f"{found[0].relative_to(self._folder).as_posix()}, line {found[1]}: {name}" if found else name

    def short(self, text: str) -> str:
        """Name a thing without its place.

        Args:
            text: An IRI, or another text.

        Returns:
            The IRI with its prefix; another text in quotes.
        """
        return short(text, self._prefixes)

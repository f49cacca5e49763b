"""Asks a site's own FHIR terminology server once for the kinds of our codes of SNOMED CT, and keeps them on disk.

No descendants of SNOMED CT are shipped, because they are licensed. What is sent are codes of the mappings, each in the
implicit value set "is a"; a code of a patient is never sent, because only what was kept is looked at afterwards.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request

from kg.documents import decoded_text, parse, read_text
from kg.errors import ContentError, EndpointError, OutputError, ParameterError, quoted
from kg.files import blamed, write_text
from kg.knowledge.ask.connection import Deadline, opener
from kg.knowledge.ask.exchange import is_address
from kg.knowledge.codes.meaning import Codes

LOCATION = "NEXTSTUDY_KINDS"
"""The environment variable that names the file of kept kinds; if it is empty, none are kept or read."""

SNOMED_CT = "http://snomed.info/sct"

_A_PAGE = 1000
_MOST = 200_000
"""Kinds that one code may have; the largest branch that a term of ours names has some thousands."""

_LARGEST = 64 * 1024 * 1024
_KEPT = "the file of kept kinds"


@dataclass(frozen=True)
class Expansion:
    """The kinds of our codes, as a terminology server knows them.

    Attributes:
        server: The address of the server.
        kinds: The kinds of each code, the code itself among them.
        unknown: Codes that the server does not know.
    """

    server: str
    kinds: Mapping[str, tuple[str, ...]]
    unknown: tuple[str, ...]

    def __str__(self) -> str:
        """What was found, in one sentence."""
        count = len({kind for kinds in self.kinds.values() for kind in kinds})
        unknown = f"; {len(self.unknown)} are not known there" if self.unknown else ""
        return f"{len(self.kinds)} codes of SNOMED CT have {count:,} kinds at {self.server}{unknown}."

    def write(self, path: Path) -> None:
        """Keep the kinds for the cases that come.

        Raises:
            OutputError: The file cannot be written.
        """
        document = {"server": self.server, "system": SNOMED_CT, "kinds": self.kinds}
        with blamed(path, OutputError):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(document, indent=1) + "\n", OutputError)


def expanded(
    codes: Codes, server: str, *, seconds: float = 30.0, told: Callable[[int, int], None] = lambda done, of: None
) -> Expansion:
    """Ask a terminology server for the kinds of our codes.

    Args:
        codes: The codes of the mappings.
        server: The base address of a FHIR R4 server, such as ``"https://tx.hospital.example/fhir"``.
        seconds: How long one answer may take.
        told: Told how many codes are done, and of how many.

    Raises:
        ParameterError: The address is none.
        EndpointError: The server gave no answer that can be used; nothing is kept then.
    """
    if not is_address(server):
        message = f"{quoted(server)} is no address; give the base of a FHIR server, such as https://tx.example.org/fhir"
        raise ParameterError(message)
    asked = codes.wide_codes(SNOMED_CT)
    kinds: dict[str, tuple[str, ...]] = {}
    for number, code in enumerate(asked, 1):
        found = _kinds_of(server.rstrip("/"), code, seconds)
        if found:
            kinds[code] = found
        told(number, len(asked))
    return Expansion(server, kinds, tuple(code for code in asked if code not in kinds))


def kinds_file() -> Path | None:
    """Where kept kinds are, according to the XDG base directory specification; None if none are kept."""
    if (named := os.environ.get(LOCATION)) is not None:
        return Path(named) if named else None
    with suppress(RuntimeError):
        return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "nextstudy" / "kinds.json"
    return None


def kept_kinds() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """The codes of which a code is a kind, by system and code, as they were kept; empty if none were.

    Raises:
        ContentError: The file cannot be read, or is not one that ``nextstudy expand`` wrote.
    """
    path = kinds_file()
    if path is None or not path.is_file():
        return {}
    data = parse(read_text(path, ContentError, _KEPT), str(path), ContentError, _KEPT)
    wide: dict[tuple[str, str], list[str]] = defaultdict(list)
    try:
        for code, kinds in data["kinds"].items():
            for kind in kinds:
                wide[data["system"], str(kind)].append(code)
    except (KeyError, TypeError, AttributeError) as error:
        message = f"{path}: is not what `nextstudy expand` writes; delete it, or run `nextstudy expand` again"
        raise ContentError(message) from error
    return {kind: tuple(code for code in codes if code != kind[1]) for kind, codes in wide.items()}


def _kinds_of(server: str, code: str, seconds: float) -> tuple[str, ...]:
    """The kinds of one code, page by page; none if the server does not know it."""
    found: list[str] = []
    while True:
        url = f"{server}/ValueSet/$expand?url={quote(f'{SNOMED_CT}?fhir_vs=isa/{code}', safe='')}"
        page = _page(server, f"{url}&activeOnly=true&offset={len(found)}&count={_A_PAGE}", seconds)
        if page is None:
            return ()
        expansion = page.get("expansion")
        if page.get("resourceType") != "ValueSet" or not isinstance(expansion, dict):
            message = f"{server}: answers with no expansion; check that the address is the base of a FHIR R4 server"
            raise EndpointError(message)
        here = list(_contained(expansion.get("contains", [])))
        found += here
        total = expansion.get("total")
        if len(found) > _MOST:
            message = f"{server}: says that {code} has more than {_MOST:,} kinds; check that it knows 'is a'"
            raise EndpointError(message)
        if not here or not isinstance(total, int) or len(found) >= total:
            return tuple(dict.fromkeys(found))


def _contained(contains: Any) -> Iterator[str]:
    """The codes of an expansion, which may be nested."""
    for each in contains if isinstance(contains, list) else ():
        if isinstance(each, dict):
            if each.get("system") == SNOMED_CT and isinstance(each.get("code"), str) and not each.get("abstract"):
                yield each["code"]
            yield from _contained(each.get("contains", []))


def _page(server: str, url: str, seconds: float) -> dict[str, Any] | None:
    """One answer of the server; None if it does not know what was asked for."""
    request = Request(url, headers={"Accept": "application/fhir+json", "User-Agent": "nextstudy"})  # noqa: S310
    try:
        with opener(Deadline.after(seconds))(request) as response:
            if response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
                return None
            text = _text(server, response)
    except TimeoutError as error:
        message = f"{server}: did not answer within {seconds:.0f} seconds; try again, or allow more time"
        raise EndpointError(message) from error
    except (OSError, HTTPException, URLError) as error:
        reason = getattr(error, "reason", error)
        message = f"{server}: cannot be reached ({reason}); check its address and whether it runs"
        raise EndpointError(message) from error
    try:
        found = parse(text, server, EndpointError, "answer")
    except EndpointError as error:
        message = f"{server}: answers with no JSON; check that the address is the base of a FHIR R4 server"
        raise EndpointError(message) from error
    if not isinstance(found, dict):
        message = f"{server}: answers with no FHIR resource; check its address"
        raise EndpointError(message)
    return found


def _text(server: str, response: HTTPResponse) -> str:
    if response.status != HTTPStatus.OK:
        message = f"{server}: refuses the question (HTTP {response.status}); check that it speaks ValueSet/$expand"
        raise EndpointError(message)
    body = response.read(_LARGEST + 1)
    if len(body) > _LARGEST:
        message = f"{server}: sends more than {_LARGEST // 1024 // 1024} MB for one code; check its address"
        raise EndpointError(message)
    return decoded_text(body, server, EndpointError)

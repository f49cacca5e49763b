"""The finished batches of an audit, kept beside the result so that an interrupted audit can be continued.

A part is first written under another name and then renamed, so that a part that exists is whole. The manifest names the
audit; it is written first and removed last. Nothing is removed that an audit did not write.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather

from kg.errors import AuditError
from kg.files import blamed, whole
from kg.knowledge.sparql.resources import code_of, shipped

AGAIN = ", then run the same command again; finished parts are kept"
_MANIFEST = "manifest.json"
_LENGTH = hashlib.sha256().digest_size
"""A part begins with its hash, because a damaged part might still be readable and contain other verdicts."""

_PART_NAME = f"{'[0-9]' * 6}.arrow"
_OURS = (_PART_NAME, f"{_PART_NAME}.unfinished", f"{_MANIFEST}.unfinished", _MANIFEST)


def fingerprint(
    orders: Path, content: Path | None, assume_absent: Sequence[str], batch: int, export: object = None
) -> str:
    """A hash of what must be the same for finished parts to count: file, content, options, queries and this package.

    Args:
        orders: The table.
        content: The content folder; None for the shipped ontology.
        assume_absent: Findings assumed to be absent in every row.
        batch: Rows in a batch.
        export: How the table names and separates its columns; its text is taken.
    """
    state = orders.stat() if orders.exists() else None
    size, time = (state.st_size, state.st_mtime_ns) if state else (0, 0)
    digest = hashlib.sha256(f"{orders.resolve()} {size} {time} {batch} {sorted(assume_absent)} {export}".encode())
    shapes = shipped("ontology") / "shapes"
    for root, ending in ((content, "ttl"), (shapes, "ttl"), (shipped("queries"), "rq")):
        _add(digest, sorted(root.rglob(f"*.{ending}")) if root else (), root)
    _add(digest, code_of("."), None)
    return digest.hexdigest()


def _add(digest: hashlib._Hash, files: Iterable[Path], root: Path | None) -> None:
    for path in files:
        data = path.read_bytes()
        digest.update(f"\0{path.relative_to(root or path.parent)}\0{len(data)}\0".encode())
        digest.update(data)


@contextmanager
def keeping_parts(parts: Path, audit: str) -> Iterator[None]:
    """Keep finished parts while an audit runs inside, and after an interruption if there are any.

    Args:
        parts: The folder of the parts.
        audit: The fingerprint of the audit; parts of another audit are removed.

    Raises:
        AuditError: The folder has files that no audit wrote, or cannot be written.
    """
    _prepare(parts, audit)
    try:
        yield
    except BaseException:
        if not any(parts.glob(_PART_NAME)):
            discard(parts)
        raise
    discard(parts)


def _prepare(parts: Path, audit: str) -> None:
    begun = _audit_of(parts)
    if begun == audit:
        return
    ours = _OURS if begun is not None else (f"{_MANIFEST}.unfinished",)
    names = sorted(path.name for path in parts.iterdir()) if parts.is_dir() else []
    foreign = [name for name in names if not any(fnmatchcase(name, pattern) for pattern in ours)]
    if foreign:
        message = f"{parts}: contains '{foreign[0]}', which no audit wrote; move the folder or name another result"
        raise AuditError(message)
    if names:
        discard(parts)
    with blamed(parts, AuditError):
        parts.mkdir(exist_ok=True)
    with whole(parts / _MANIFEST, AuditError) as draft:
        draft.write_text(json.dumps({"audit": audit}), encoding="utf-8")


def _audit_of(parts: Path) -> str | None:
    """The fingerprint of the audit that created a folder; None where no audit did."""
    try:
        manifest = json.loads((parts / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    begun = manifest.get("audit") if isinstance(manifest, dict) else None
    return begun if isinstance(begun, str) else None


def discard(parts: Path) -> None:
    """Remove what an audit wrote into the folder of its parts, and the folder if nothing else is in it."""
    with blamed(parts, AuditError):
        for pattern in _OURS:  # the manifest last, because it says which audit the others belong to
            for path in parts.glob(pattern):
                path.unlink()
    with suppress(OSError):
        parts.rmdir()


def store_part(part: Path, verdicts: pa.Table) -> None:
    """Write the verdicts of a batch as a part.

    Raises:
        AuditError: It cannot be written.
    """
    with whole(part, AuditError, then=AGAIN) as draft, draft.open("wb") as file:
        sink = pa.BufferOutputStream()
        feather.write_feather(verdicts, sink)
        data = sink.getvalue()
        file.write(_sha256(data))
        file.write(data)


def load_part(part: Path) -> pa.Table:
    """Read the verdicts of a part.

    Raises:
        AuditError: It was removed or damaged.
    """
    with suppress(OSError):
        data = part.read_bytes()
        if data[:_LENGTH] == _sha256(memoryview(data)[_LENGTH:]):
            return feather.read_table(pa.py_buffer(data).slice(_LENGTH))
    message = f"{part}: was removed or damaged; remove what is left of it, then run the same command again"
    raise AuditError(message)


def _sha256(data: pa.Buffer | memoryview) -> bytes:
    return hashlib.sha256(data).digest()

"""The finished batches of an audit: kept beside the result for the run after an interruption, of this audit only.

A part is written under another name first and then renamed, so that a part that is there is whole. The manifest names
the audit, comes first and goes last. Nothing is removed that an audit did not write.
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
from kg.resources import folder

AGAIN = ", then run the same again: finished parts are kept"
_MANIFEST = "manifest.json"
_LENGTH = hashlib.sha256().digest_size
"""A part begins with its hash: a changed one might be read and say something else."""

_PART = f"{'[0-9]' * 6}.arrow"
_OURS = (_PART, f"{_PART}.unfinished", f"{_MANIFEST}.unfinished", _MANIFEST)


def fingerprint(orders: Path, content: Path | None, assume_absent: Sequence[str], batch: int) -> str:
    """What must be the same for finished parts to count: the file, the content, the options, and what judges.

    Args:
        orders: The table.
        content: The guideline's folder.
        assume_absent: What is assumed of every row.
        batch: Rows a batch.

    Returns:
        A hash of all these, of the queries and of this package.
    """
    state = orders.stat() if orders.exists() else None
    size, time = (state.st_size, state.st_mtime_ns) if state else (0, 0)
    digest = hashlib.sha256(f"{orders.resolve()} {size} {time} {batch} {sorted(assume_absent)}".encode())
    shapes = folder("ontology") / "shapes"
    for root, ending in ((content, "ttl"), (shapes, "ttl"), (folder("queries"), "rq"), (Path(__file__).parent, "py")):
        _add(digest, sorted(root.rglob(f"*.{ending}")) if root else (), root)
    return digest.hexdigest()


def _add(digest: hashlib._Hash, files: Iterable[Path], root: Path | None) -> None:
    for path in files:
        data = path.read_bytes()
        digest.update(f"\0{path.relative_to(root or '.')}\0{len(data)}\0".encode())
        digest.update(data)


@contextmanager
def kept(parts: Path, audit: str) -> Iterator[None]:
    """Keep finished parts while an audit runs, and after an interruption if there are any.

    Args:
        parts: The folder of the parts.
        audit: The fingerprint of the audit; parts of another one are of no use.

    Yields:
        Nothing; the audit runs inside.

    Raises:
        AuditError: The folder is somebody else's, or cannot be written.
    """
    _prepare(parts, audit)
    try:
        yield
    except BaseException:
        if not any(parts.glob(_PART)):
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
        message = f"{parts}: holds '{foreign[0]}', which no audit wrote; move the folder or name another result"
        raise AuditError(message)
    if names:
        discard(parts)
    with blamed(parts, AuditError):
        parts.mkdir(exist_ok=True)
    with whole(parts / _MANIFEST, AuditError) as draft:
        draft.write_text(json.dumps({"audit": audit}), encoding="utf-8")


def _audit_of(parts: Path) -> str | None:
    """The fingerprint of the audit that began a folder, if one did."""
    try:
        manifest = json.loads((parts / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    begun = manifest.get("audit") if isinstance(manifest, dict) else None
    return begun if isinstance(begun, str) else None


def discard(parts: Path) -> None:
    """Remove what an audit wrote into the folder of its parts, and the folder if nothing else is in it.

    Args:
        parts: The folder.
    """
    with blamed(parts, AuditError):
        for pattern in _OURS:  # the manifest last: without it nobody could tell whose the others are
            for path in parts.glob(pattern):
                path.unlink()
    with suppress(OSError):
        parts.rmdir()


def store(part: Path, verdicts: pa.Table) -> None:
    """Write a part.

    Args:
        part: Where.
        verdicts: Its rows.

    Raises:
        AuditError: It cannot be written.
    """
    with whole(part, AuditError, then=AGAIN) as draft, draft.open("wb") as file:
        sink = pa.BufferOutputStream()
        feather.write_feather(verdicts, sink)
        data = sink.getvalue()
        file.write(_hash(data))
        file.write(data)


def load(part: Path) -> pa.Table:
    """Read a part.

    Args:
        part: Where.

    Returns:
        Its rows.

    Raises:
        AuditError: It was removed or damaged.
    """
    with suppress(OSError):
        data = part.read_bytes()
        if data[:_LENGTH] == _hash(memoryview(data)[_LENGTH:]):
            return feather.read_table(pa.py_buffer(data).slice(_LENGTH))
    message = f"{part}: was removed or damaged; remove what is left of it, then run the same again"
    raise AuditError(message)


def _hash(data: pa.Buffer | memoryview) -> bytes:
    return hashlib.sha256(data).digest()

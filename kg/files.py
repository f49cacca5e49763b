"""Files that are written: whole, or not at all with one sentence that says why and what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kg.errors import KgError, OutputError

_CURES = {
    errno.ENOENT: "name a file in a folder that exists",
    errno.ENOTDIR: "name a file in a folder that exists",
    errno.EISDIR: "name a file, not a folder",
    errno.EEXIST: "name a new file",
    errno.ENOSPC: "make room",
    errno.EFBIG: "make room",
    errno.EDQUOT: "make room",
}


@contextmanager
def blamed(path: Path | str, error: type[KgError] = OutputError, *, then: str = "") -> Iterator[None]:
    """Say of which file it is that the system refuses to write it.

    Args:
        path: The file, as its user calls it.
        error: What to raise.
        then: What to do after the cure, such as ``", then run the same again"``.

    Yields:
        Nothing; what is written inside is written to this file.

    Raises:
        KgError: Writing failed; it is of the given class.

    >>> with blamed("result.csv"):
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
    ...
    kg.errors.OutputError: result.csv: cannot be written (No space left on device); make room
    """
    try:
        yield
    except OSError as problem:
        cure = _CURES.get(problem.errno or 0, "check the folder and its permissions")
        message = f"{path}: cannot be written ({problem.strerror or problem}); {cure}{then}"
        raise error(message) from problem


@contextmanager
def whole(path: Path, error: type[KgError] = OutputError, *, then: str = "") -> Iterator[Path]:
    """Write a file under another name and rename it, so that it is there whole or not at all.

    Args:
        path: The file.
        error: What to raise.
        then: As for ``blamed``.

    Yields:
        Where to write it.

    Raises:
        KgError: As for ``blamed``; what was begun is removed, as after any other error.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with blamed(path, error, then=then):
            yield unfinished
            unfinished.replace(path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def write_text(path: Path | str, text: str, error: type[KgError] = OutputError, *, new: bool = False) -> None:
    """Write a text as UTF-8 with the same line ends everywhere.

    Args:
        path: The file.
        text: What it shall hold.
        error: What to raise.
        new: Whether it must be a new file, so that nothing that somebody wrote is lost.

    Raises:
        KgError: As for ``blamed``.
    """
    path = Path(path)
    if new:
        with blamed(path, error), path.open("xb") as file, _removed_on_failure(path):
            file.write(text.encode())
            file.flush()
    elif path.exists() and not path.is_file():  # a device or a pipe, which nothing can take the place of
        with blamed(path, error):
            path.write_text(text, encoding="utf-8", newline="\n")
    else:
        with whole(path, error) as draft:
            draft.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def _removed_on_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def refuse_unwritable(path: Path, error: type[KgError] = OutputError) -> None:
    """Find out before long work that its result has no place.

    Args:
        path: The file that will be written.
        error: What to raise.

    Raises:
        KgError: There is no such folder, nothing can be written there, or the file is a folder itself.
    """
    number = errno.EISDIR if path.is_dir() else 0 if path.parent.is_dir() else errno.ENOENT
    with blamed(path, error):
        if number or not os.access(path if path.exists() else path.parent, os.W_OK):
            raise OSError(number or errno.EACCES, os.strerror(number or errno.EACCES))

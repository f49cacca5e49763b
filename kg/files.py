"""Writes files: each one whole, or not at all, with one sentence that says why and what to do."""

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
    """Turn a failed write inside the block into an error that names the file and the cure.

    Args:
        path: The file, as the user named it.
        error: The class of the error.
        then: What to do after the cure, such as ``", then run the same again"``.

    Raises:
        KgError: Writing failed; the error has the given class.

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
    """Write a file under another name, then rename it, so that nobody finds half a file.

    Yields:
        The path to write to.

    Raises:
        KgError: As for ``blamed``. The unfinished file is removed, as after any other error.
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
    """Write a text as UTF-8, with the same line ends on every system.

    With ``new``, a file that exists already is an error, so that nobody's work is overwritten.

    Raises:
        KgError: As for ``blamed``.
    """
    path = Path(path)
    if new:
        with blamed(path, error), path.open("xb") as file, _removed_on_failure(path):
            file.write(text.encode())
            file.flush()
    elif path.exists() and not path.is_file():  # a device or a pipe, which must not be replaced
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


def owned(status: os.stat_result) -> bool:
    """Whether a file or folder belongs to whoever runs this process.

    Args:
        status: What ``os.lstat`` says of it.

    Returns:
        True also where the system knows no owners.
    """
    return not hasattr(os, "getuid") or status.st_uid == os.getuid()


def safely_owned(status: os.stat_result) -> bool:
    """Whether a file or folder is ours and nobody else may write it, so that it holds what we wrote.

    Args:
        status: What ``os.lstat`` says of it.

    Returns:
        True also where the system knows no owners.
    """
    return owned(status) and (not hasattr(os, "getuid") or not status.st_mode & 0o022)


def refuse_unwritable(path: Path, error: type[KgError] = OutputError) -> None:
    """Check before long work that its result can be written.

    Raises:
        KgError: The folder does not exist, it is not writable, or the path is a folder itself.
    """
    number = errno.EISDIR if path.is_dir() else 0 if path.parent.is_dir() else errno.ENOENT
    with blamed(path, error):
        if number or not os.access(path if path.exists() else path.parent, os.W_OK):
            raise OSError(number or errno.EACCES, os.strerror(number or errno.EACCES))

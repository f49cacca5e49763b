"""Work that may not end: done in a process of its own, which is ended at a limit of time, of memory or of size.

Examples are queries and shapes that somebody else wrote. The process is a copy of this one (``fork``), so it begins
with everything that was loaded, within a few milliseconds. On a system without ``fork``, such as Windows, the work is
done in this process, without limits.
"""

from __future__ import annotations

import faulthandler
import gc
import math
import os
import selectors
import signal
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

if sys.platform != "win32":
    import resource

MEBIBYTE = 1 << 20
_PART = 1 << 16
_FAILED, _NO_MEMORY, _TOO_LARGE = 1, 3, 4

TIME, MEMORY, SIZE, DEPTH, CRASH = "time", "memory", "size", "depth", "crash"
"""What work may exceed; depth is that of the stack, and a crash any other end."""


@dataclass(frozen=True)
class Limits:
    """How much work may take.

    Attributes:
        seconds: Of time.
        memory: Bytes beyond those of this process.
        size: Bytes of the result.
        files: Whether it may open files; without, it can open nothing, connections included.
        processor: Seconds of the processor, where these are to count; it is asked for whole ones.
    """

    seconds: float
    memory: int
    size: int = 64 * MEBIBYTE
    files: bool = False
    processor: float | None = None


class ExceededError(Exception):
    """Work was ended at a limit.

    Attributes:
        what: one of the five.
    """

    def __init__(self, what: str) -> None:
        """Remember what was exceeded.

        Args:
            what: One of the five.
        """
        super().__init__(what)
        self.what = what


def bounded(work: Callable[[], bytes], limits: Limits) -> bytes:
    """Do some work within limits.

    Args:
        work: What is done; it may change nothing, as it works on a copy. It must raise nothing.
        limits: How much it may take.

    Returns:
        What it returned.

    Raises:
        ExceededError: It was ended.

    >>> bounded(lambda: b"done", Limits(5, 100 * MEBIBYTE))
    b'done'
    """
    if sys.platform == "win32":
        return work()
    reading, writing = os.pipe()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads: the copy uses none, and takes no lock
            child = os.fork()
        if child == 0:
            _as_child(work, limits, writing)
    finally:
        os.close(writing)
    ended = False
    try:
        result, exceeded = _received(reading, limits)
        if not exceeded:
            _, status = os.waitpid(child, 0)
            ended = True
            exceeded = _exceeded(os.waitstatus_to_exitcode(status))
    finally:
        os.close(reading)
        if not ended:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    if exceeded:
        raise ExceededError(exceeded)
    return result


def _received(reading: int, limits: Limits) -> tuple[bytes, str]:
    """What came until the end, and what was exceeded before that."""
    parts: list[bytes] = []
    size, deadline = 0, time.monotonic() + limits.seconds
    with selectors.DefaultSelector() as ready:
        ready.register(reading, selectors.EVENT_READ)
        while ready.select(max(0.0, deadline - time.monotonic())):
            if not (part := os.read(reading, _PART)):
                return b"".join(parts), ""
            parts.append(part)
            size += len(part)
            if size > limits.size:
                return b"", SIZE
            if time.monotonic() > deadline:
                break
    return b"", TIME


def _exceeded(status: int) -> str:
    """What a process exceeded, by its exit code; a negative one is the signal that ended it."""
    if status == 0:
        return ""
    found = {
        -signal.SIGXCPU: TIME,
        -signal.SIGSEGV: DEPTH,
        -signal.SIGBUS: DEPTH,
        -signal.SIGABRT: MEMORY,  # so ends an engine that gets none
        -signal.SIGKILL: MEMORY,  # and the system ends who takes too much
        _NO_MEMORY: MEMORY,
        _TOO_LARGE: SIZE,
    }
    return found.get(status, CRASH)


def _as_child(work: Callable[[], bytes], limits: Limits, writing: int) -> NoReturn:
    status = _FAILED
    try:
        with suppress(ValueError):
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this
        gc.disable()
        faulthandler.disable()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        os.closerange(3, writing)
        os.closerange(writing + 1, 1 << 16)
        _limit(limits)
        result = work()
        if len(result) > limits.size:
            status = _TOO_LARGE
        else:
            with os.fdopen(writing, "wb", closefd=False) as out:
                out.write(result)
            status = 0
    except MemoryError:
        status = _NO_MEMORY
    finally:
        os._exit(status)


def _limit(limits: Limits) -> None:
    def limit(number: int, value: int, beyond: int = 0) -> None:
        with suppress(ValueError, OSError):  # a system may know a limit and not let it be set
            allowed = resource.getrlimit(number)[1]
            value = value if allowed == resource.RLIM_INFINITY else min(value, allowed)
            hard = value + beyond if allowed == resource.RLIM_INFINITY else min(value + beyond, allowed)
            resource.setrlimit(number, (value, hard))

    if limits.files:
        import socket

        socket.socket = _NoSocket  # type: ignore[assignment,misc]
    limit(resource.RLIMIT_CORE, 0)
    # At the soft limit a process gets SIGXCPU, which says why it ends; at the hard limit SIGKILL, which says nothing.
    limit(resource.RLIMIT_CPU, math.ceil(limits.processor or limits.seconds + 1), beyond=1)
    if taken := _memory_taken():
        limit(resource.RLIMIT_AS, taken + limits.memory)
    if not limits.files:
        limit(resource.RLIMIT_NOFILE, 0)


class _NoSocket:
    """What stands for a connection where there is none."""

    def __init__(self, *_: object, **__: object) -> None:
        message = "nothing here calls out"
        raise OSError(message)


def _memory_taken() -> int:
    """Bytes of address space of this process; 0 where the system does not say."""
    if sys.platform != "linux":
        return 0
    with suppress(OSError, ValueError):
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return 0

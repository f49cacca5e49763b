"""A connection that ends in time: one deadline for the address, the handshake, every line of the head, and the body."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from io import BufferedReader, RawIOBase
from typing import Any
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

Opener = Callable[[Request], HTTPResponse]
"""Sends a request; the answer is there with its head, its body still to be read."""


@dataclass(frozen=True)
class Deadline:
    """The end of the time that an answer may take.

    Attributes:
        seconds: How long that was.
        end: By the monotonic clock.
    """

    seconds: float
    end: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Begin now.

        Args:
            seconds: How long the answer may take.

        Returns:
            The deadline.
        """
        return cls(seconds, time.monotonic() + seconds)

    def left(self) -> float:
        """How much time is left.

        Returns:
            Seconds, more than 0.

        Raises:
            TimeoutError: None is left.
        """
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def opener(deadline: Deadline) -> Opener:
    """What opens connections that end in time.

    Args:
        deadline: When all of the answer must have been read.

    Returns:
        The opener. It follows no redirect, and takes an answer of any status for an answer.
    """
    director = OpenerDirector()
    for handler in (ProxyHandler(), _Plain(deadline), _Secure(deadline)):
        director.add_handler(handler)
    return director.open


class _Plain(HTTPHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._connection = partial(_PlainConnection, deadline=deadline)

    def http_open(self, request: Request) -> HTTPResponse:
        return self.do_open(self._connection, request)


class _Secure(HTTPSHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._connection = partial(_SecureConnection, deadline=deadline)

    def https_open(self, request: Request) -> HTTPResponse:
        return self.do_open(self._connection, request)


class _Timely(HTTPConnection):
    """A connection with a deadline. What ``http.client`` knows is a limit for each part of an answer."""

    def __init__(self, host: str, *, deadline: Deadline, **rest: Any) -> None:
        super().__init__(host, **rest)
        self._deadline = deadline
        self._create_connection = self._connected  # several addresses of one host share the time
        self.response_class = partial(_TimelyResponse, deadline=deadline)  # type: ignore[assignment]

    def _connected(self, address: tuple[str, int], *_: object) -> socket.socket:
        problem: OSError = socket.gaierror(socket.EAI_NONAME, "the host has no address")
        for *_family, where in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
            try:
                found = socket.create_connection((str(where[0]), int(where[1])), self._deadline.left())
            except TimeoutError:
                raise
            except OSError as error:
                problem = error
            else:
                found.settimeout(self._deadline.left())
                return found
        raise problem

    def send(self, data: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(self._deadline.left())
        super().send(data)


class _PlainConnection(_Timely):
    pass


class _SecureConnection(_Timely, HTTPSConnection):
    pass


class _TimelyResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *rest: Any, deadline: Deadline, **options: Any) -> None:
        super().__init__(sock, *rest, **options)
        self.fp.close()
        self.fp = BufferedReader(_Reader(sock, deadline))


class _Reader(RawIOBase):
    """Reads from a connection as long as there is time."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        self._raw = sock.makefile("rb", buffering=0)  # keeps the connection open until it is closed itself

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()

"""A receiver on this machine that answers as it is told, and remembers what it got."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest


class Receiver:
    """`script(connection, request)` answers each connection; `requests` are what came, as bytes."""

    def __init__(self, script: Callable[[socket.socket], None]) -> None:
        self.requests: list[bytes] = []
        self.script = script
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}/hook?a=b"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _peer = self.server.accept()
            except OSError:
                return
            with connection:
                self.requests.append(_read(connection))
                with suppress(OSError):  # the other side may hang up
                    self.script(connection)


def _read(connection: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        found += connection.recv(65536)
    head, _blank, body = found.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def plain(status: int, body: bytes = b"thanks", *lines: bytes) -> Callable[[socket.socket], None]:
    head = b"\r\n".join([b"HTTP/1.1 %d X" % status, b"Content-Length: %d" % len(body), *lines, b"", b""])
    return lambda connection: connection.sendall(head + body)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Callable[..., Receiver]]:
    """`receiver(script)`; messages may go to this machine while it lives."""
    settings.WEBHOOK_PRIVATE = True
    made: list[Receiver] = []

    def make(script: Callable[[socket.socket], None]) -> Receiver:
        made.append(Receiver(script))
        return made[-1]

    yield make
    for one in made:
        one.server.close()

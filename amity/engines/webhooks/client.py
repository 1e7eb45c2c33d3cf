"""One POST to a stranger's server: bounded in time and size, no redirect followed, nothing trusted."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.utils.translation import gettext as _

from amity.engines.webhooks.guard import Refused, Target, find

SECONDS = 15.0
KEPT = 1024  # bytes of the answer
MAX_WAIT = 24 * 3600


@dataclass(frozen=True)
class Answer:
    """What came back. `status` is 0 when nothing did; `retry_after` in seconds, 0 when nothing was asked."""

    status: int = 0
    body: str = ""
    error: str = ""
    ms: int = 0
    retry_after: int = 0

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> Answer:
    """Never raises for what the other side does."""
    start = time.monotonic()
    try:
        answer = _send(find(url), body, headers, seconds)
    except Refused as error:
        answer = Answer(error=str(error))
    except (OSError, ValueError, http.client.HTTPException) as error:
        late = time.monotonic() - start >= seconds
        answer = Answer(error=_("No answer in time.") if late else _reason(error))
    return Answer(
        answer.status,
        answer.body,
        answer.error,
        int((time.monotonic() - start) * 1000),
        answer.retry_after,
    )


def _reason(error: Exception) -> str:
    """Our own words: foreign texts can hold anything."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("The certificate is not valid for this address.")
    if isinstance(error, ssl.SSLError):
        return _("No secure connection could be made.")
    if isinstance(error, TimeoutError):
        return _("No answer in time.")
    if isinstance(error, ConnectionRefusedError):
        return _("Nobody listens at this address.")
    if isinstance(error, OSError):
        return _("The connection broke off.")
    return _("The answer is not HTTP.")


def _send(target: Target, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
    with _connected(target, seconds) as (connection, over):
        connection.request("POST", target.path, body, {"Host": target.host_header, **headers})
        response = connection.getresponse()
        if over.is_set():  # what was cut off in its head is no answer
            raise TimeoutError
        told = response.read(KEPT)
        wait = response.getheader("Retry-After", "").strip()
        return Answer(
            status=response.status,
            body=told.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}"),
            retry_after=min(int(wait), MAX_WAIT)
            if wait.isascii() and wait.isdecimal() and len(wait) < 9
            else 0,
        )


@contextmanager
def _connected(
    target: Target, seconds: float
) -> Iterator[tuple[http.client.HTTPConnection, threading.Event]]:
    """A connection that ends itself when the time is over, however slowly bytes come; and whether it is."""
    raw = _open(target, seconds)
    end = raw.dup()  # the connection by another handle, so that it can be ended while somebody reads
    over = threading.Event()
    timer = threading.Timer(seconds, _end, [end, over])
    timer.daemon = True
    timer.start()
    connection = http.client.HTTPConnection(target.host, target.port, timeout=seconds)
    try:
        connection.sock = _secured(raw, target.host) if target.tls else raw
        yield connection, over
    finally:
        timer.cancel()
        connection.close()
        raw.close()
        end.close()


def _secured(raw: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(raw, server_hostname=host)


def _open(target: Target, seconds: float) -> socket.socket:
    """The first of the checked addresses that answers, all of them within the time."""
    last: OSError = ConnectionRefusedError()
    for address in target.addresses[:4]:
        try:
            return socket.create_connection((address, target.port), timeout=seconds / 4)
        except OSError as error:
            last = error
    raise last


def _end(handle: socket.socket, over: threading.Event) -> None:
    over.set()
    with suppress(OSError):  # it may be over already
        handle.shutdown(socket.SHUT_RDWR)

"""Handing one message to a mail server, and saying in plain words what went wrong."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from amity.engines.notify.models import Security
from amity.engines.notify.servers import Server, checked_addresses
from amity.foundation.core.errors import ProviderFailed

TIMEOUT = 20  # seconds of one answer
LONGEST = 90  # and of the whole conversation
MOST_SAID = 300


class NotMine(Exception):
    """Somebody else sends this message, or it was stopped meanwhile: nothing was handed over."""


@dataclass(frozen=True)
class Envelope:
    """A message as the wire takes it; both addresses are plain ASCII."""

    sender: str
    to: str
    data: bytes


def deliver(server: Server, envelope: Envelope, claim: Callable[[], bool] = lambda: True) -> None:
    """Hand the message over. `claim` is asked last, just before its text goes: False raises NotMine.

    Raises ProviderFailed, `permanent` when the server will never take it. With code `unknown` the text went, and
    nobody can tell whether it arrived.
    """
    try:
        session = _open(server)
        try:
            _hand_over(session, envelope, claim)
        finally:
            _end(session)
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise told(error, server) from error


def _open(server: Server) -> Session:
    """A session, encrypted and signed in as the settings say."""
    addresses = checked_addresses(server.host, server.port, trusted=server.trusted)
    context = ssl.create_default_context()
    session: Session
    if server.security == Security.TLS:
        session = _Tls(addresses, server, context)
    else:
        session = _Plain(addresses, server)
    try:
        session.ehlo_or_helo_if_needed()
        if server.security == Security.STARTTLS:
            session.starttls(context=context)
            session.ehlo()
        if server.username:
            session.login(server.username, server.password)
    except BaseException:
        _end(session)
        raise
    return session


def _end(session: Session) -> None:
    """What the server says to the farewell changes nothing any more."""
    session.deadline.cancel()
    with suppress(smtplib.SMTPException, OSError):
        session.quit()
    session.close()


def _watch(session: smtplib.SMTP) -> threading.Timer:
    """Ends a conversation that a server draws out word by word."""

    def hang_up() -> None:
        if session.sock is not None:
            with suppress(OSError):
                session.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(LONGEST, hang_up)
    timer.daemon = True
    timer.start()
    return timer


def _connected(addresses: list[str], port: int) -> socket.socket:
    """A connection to the first checked address that answers; the name is not looked up again."""
    failed: OSError | None = None
    for address in addresses:
        try:
            return socket.create_connection((address, port), TIMEOUT)
        except OSError as error:
            failed = error
    raise failed or OSError("no address")


class _Plain(smtplib.SMTP):
    def __init__(self, addresses: list[str], server: Server) -> None:
        self._addresses, self.deadline = addresses, _watch(self)
        super().__init__(server.host, server.port, timeout=TIMEOUT)

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        return _connected(self._addresses, port)


class _Tls(smtplib.SMTP_SSL):
    def __init__(self, addresses: list[str], server: Server, context: ssl.SSLContext) -> None:
        self._addresses, self.deadline = addresses, _watch(self)
        super().__init__(server.host, server.port, timeout=TIMEOUT, context=context)

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        raw = _connected(self._addresses, port)
        return self.context.wrap_socket(raw, server_hostname=host)


Session = _Plain | _Tls


def _hand_over(session: smtplib.SMTP, envelope: Envelope, claim: Callable[[], bool]) -> None:
    _accepted(session.mail(envelope.sender, ["body=8bitmime"] if session.has_extn("8bitmime") else []))
    _accepted(session.rcpt(envelope.to))
    if not claim():
        session.rset()
        raise NotMine
    try:
        code, said = session.data(envelope.data)
    except smtplib.SMTPDataError:  # refused before the text went
        raise
    except (smtplib.SMTPException, OSError) as error:
        text = _("The connection broke while the mail went out. It may have arrived; send it again if not.")
        raise ProviderFailed(text, permanent=True, code="unknown") from error
    if code != 250:
        raise smtplib.SMTPDataError(code, said)


def _accepted(answer: tuple[int, bytes]) -> None:
    code, said = answer
    if code not in (250, 251):
        raise smtplib.SMTPResponseException(code, said)


# --- in plain words -------------------------------------------------------------------------------------


def told(error: Exception, server: Server) -> ProviderFailed:
    """What happened, for the person who set the server up; the server's own words are quoted, cut and cleaned."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        text = _("The server refuses the user or the password: %(said)s")
        return ProviderFailed(text % {"said": _said(error)}, permanent=False, code="sign_in")
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        text = _("The server answered: %(said)s")
        lasting = 500 <= error.smtp_code < 600
        return ProviderFailed(text % {"said": _said(error)}, permanent=lasting, code="refused")
    return ProviderFailed(_plain_words(error, server), permanent=False, code="unreachable")


def _said(error: smtplib.SMTPResponseException) -> str:
    raw = error.smtp_error
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    clean = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return f"{error.smtp_code} {clean}"[:MOST_SAID]


def _plain_words(error: Exception, server: Server) -> str:
    place = {"place": f"{server.host}:{server.port}"}
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            _("The certificate of %(place)s is not valid for this name, or nobody known vouches for it.")
            % place
        )
    if isinstance(error, ssl.SSLError):
        return _("%(place)s does not speak TLS here. Try another port or STARTTLS.") % place
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return _("%(place)s offers no STARTTLS or no sign-in. Try another port or security.") % place
    if isinstance(error, ConnectionRefusedError):
        return _("Nobody listens at %(place)s. Check the port.") % place
    if isinstance(error, TimeoutError):
        return (
            _("%(place)s did not answer within 20 seconds. A wrong port or a firewall looks like this.")
            % place
        )
    if isinstance(error, UnicodeError):
        return _("The address holds letters that this server cannot take.")
    return _("%(place)s cannot be reached, or ended the connection. Check host, port and security.") % place

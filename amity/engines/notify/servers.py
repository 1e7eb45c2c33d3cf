"""Which server a firm's mail goes through: the installation's by AMITY_SMTP_URL, else the firm's own by Settings.

An administrator of a firm may name public servers on the ports of mail only: the host is looked up once, every
address it has is checked, and the connection goes to the checked one. AMITY_SMTP_URL, and AMITY_SMTP_PRIVATE=1
for Settings, may name any.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from amity.engines.notify.models import MailServer, Security
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.services import audit
from amity.foundation.core.clock import now
from amity.foundation.core.contact import normal_email
from amity.foundation.core.errors import Denied, Invalid, ProviderFailed
from amity.foundation.core.sealed import seal, unseal

PURPOSE = "smtp password"
PORTS = (25, 465, 587, 2525)
NAT64 = IPv6Network("64:ff9b::/96")  # behind it a translator reaches any IPv4 address


@dataclass(frozen=True)
class Server:
    """Where and as whom mail goes out. `fixed`: set by the environment, not to be changed in Settings."""

    host: str
    port: int
    security: str
    username: str
    password: str = field(repr=False)
    sender: str
    sender_name: str
    fixed: bool = False

    @property
    def trusted(self) -> bool:
        """Whether addresses of the inner network may be reached."""
        return self.fixed or bool(settings.SMTP_PRIVATE)


def server_of(workspace_id: int) -> Server | None:
    """None while nobody has set up mail. The workspace must be open."""
    if settings.EMAIL_HOST:
        return _fixed()
    row = MailServer.objects.filter(workspace_id=workspace_id).first()
    if row is None:
        return None
    return Server(row.host, row.port, row.security, row.username, _password(row), row.sender, row.sender_name)


def _fixed() -> Server:
    security = Security.TLS if settings.EMAIL_USE_SSL else Security.NONE
    return Server(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        security=Security.STARTTLS if settings.EMAIL_USE_TLS else security,
        username=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        sender=sender if "@" in (sender := settings.DEFAULT_FROM_EMAIL) else f"amity@{settings.EMAIL_HOST}",
        sender_name="",
        fixed=True,
    )


def _password(row: MailServer) -> str:
    """Empty when it was sealed with another key: the server then says that it wants one."""
    try:
        return unseal(row.password, PURPOSE)
    except ValueError:
        return ""


def can_mail(workspace_id: int) -> bool:
    return bool(settings.EMAIL_HOST) or MailServer.objects.filter(workspace_id=workspace_id).exists()


# --- changing it ----------------------------------------------------------------------------------------


def save_server(*, actor: Actor, values: dict[str, Any]) -> None:
    """Keep host, port, security, username, password, sender and sender_name. An empty password keeps the old one
    as long as host and user stay the same. Raises Invalid, or Denied when the environment decides.
    """
    actor.require_admin()
    if settings.EMAIL_HOST:
        raise Denied(_("The mail server is set by AMITY_SMTP_URL."))
    clean = _clean(values)
    old = MailServer.objects.first()
    same = old is not None and (old.host, old.username) == (clean["host"], clean["username"])
    password = str(values.get("password") or "")
    clean["password"] = seal(password, PURPOSE) if password or not same else old.password  # type: ignore[union-attr]
    with transaction.atomic():
        MailServer.objects.update_or_create(
            workspace_id=actor.workspace_id, defaults={**clean, "changed_at": now()}
        )
        audit(actor, "mail.server", f"{clean['host']}:{clean['port']}")


def remove_server(*, actor: Actor) -> None:
    """Send no mail any more; what waits is held."""
    actor.require_admin()
    with transaction.atomic():
        MailServer.objects.all().delete()
        audit(actor, "mail.server", "")


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    host = str(values.get("host", "")).strip().rstrip(".").lower()
    if not host or len(host) > 253 or not all(one.isalnum() or one in ".-:" for one in host):
        raise Invalid.one("host", "host", _("Enter the name of the mail server, like smtp.example.com."))
    port = str(values.get("port", "")).strip()
    if not port.isascii() or not port.isdecimal() or not 1 <= int(port[:9]) <= 65535:
        raise Invalid.one("port", "port", _("Enter a number, like 587."))
    if int(port) not in PORTS and not settings.SMTP_PRIVATE:
        raise Invalid.one("port", "port", _("Mail servers listen on 25, 465, 587 or 2525."))
    security = str(values.get("security", ""))
    if security not in Security.values:
        raise Invalid.one("security", "unknown", _("Choose one of the list."))
    _refuse_inner(host, int(port))
    texts = {name: _one_line(str(values.get(name, "")), name) for name in ("username", "sender_name")}
    return {"host": host, "port": int(port), "security": security, **texts, "sender": _sender(values)}


def _one_line(text: str, name: str) -> str:
    if not text.isprintable() or len(text) > (254 if name == "username" else 120):
        raise Invalid.one(name, "text", _("This must be one short line of text."))
    return text.strip()


def _sender(values: dict[str, Any]) -> str:
    try:
        return normal_email(str(values.get("sender", "")))
    except ValueError as error:
        raise Invalid.one("sender", "email", _("Enter a valid e-mail address.")) from error


def _refuse_inner(host: str, port: int) -> None:
    """A name that cannot be looked up just now may be right; sending will tell."""
    try:
        checked_addresses(host, port, trusted=bool(settings.SMTP_PRIVATE))
    except ProviderFailed as error:
        if error.code == "inner":
            raise Invalid.one("host", "inner", str(error)) from error


# --- where it leads -------------------------------------------------------------------------------------


def checked_addresses(host: str, port: int, *, trusted: bool) -> list[str]:
    """What the host's name stands for. Raises ProviderFailed (`inner`) when any of it lies in an inner network."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        told = _("There is no server called “%(host)s”, or the name service does not answer.")
        raise ProviderFailed(told % {"host": host}, permanent=False, code="unknown_host") from error
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not trusted and not all(is_public(address) for address in addresses):
        told = _(
            "“%(host)s” lies in an inner network. Whoever runs Amity can allow that: AMITY_SMTP_PRIVATE=1."
        )
        raise ProviderFailed(told % {"host": host}, permanent=True, code="inner")
    return addresses


def is_public(address: str) -> bool:
    """Whether anybody on the internet could reach it: not this machine, its network, or a name for either."""
    found = ip_address(address.partition("%")[0])
    real = _inside(found) if isinstance(found, IPv6Address) else found
    return real.is_global and not real.is_multicast


def _inside(address: IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address

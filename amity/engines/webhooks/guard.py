"""Where messages may go: never to the server's own network, whatever a name says today or tomorrow.

The name is looked up once, every address it has is checked, and the connection goes to a checked address.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

MAX_URL = 500
LOW_PORTS = (80, 443)  # below 1024; what listens on the others is no web server
_UNFIT = re.compile(r"[\x00-\x20\x7f\\]")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """An address nothing is sent to; the text says why."""


@dataclass(frozen=True)
class Target:
    """Where to connect (`addresses`, all checked) and what to ask for."""

    host: str
    port: int
    tls: bool
    path: str
    addresses: tuple[str, ...]

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def check_url(url: str) -> tuple[str, int, bool, str]:
    """Host, port, https or not, path with query. Raises Refused for anything but a plain web address.

    Numbers in any spelling (`127.1`, `0x7f000001`) are checked here; names when a message is sent.
    """
    if len(url) > MAX_URL or _UNFIT.search(url) or not url.isprintable():
        raise Refused(_("This is not a web address."))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused(_("This is not a web address.")) from error
    if parts.scheme not in ("http", "https") or not host:
        raise Refused(_("The address must begin with https:// or http://."))
    if "@" in parts.netloc:
        raise Refused(_("Leave name and password out of the address."))
    if "%" in host:
        raise Refused(_("This is not a web address."))
    tls = parts.scheme == "https"
    port = port or (443 if tls else 80)
    if port < 1024 and port not in LOW_PORTS:
        raise Refused(_("Use port 80, 443 or one above 1023."))
    host = _ascii(host)
    for address in _look_up(host, port, numbers_only=True):
        check_address(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return host, port, tls, quote(path, safe="/%?&=:;+,$@!~*'()[]-._#")


def _ascii(host: str) -> str:
    try:
        return host if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise Refused(_("This is not a web address.")) from error


def find(url: str) -> Target:
    """Looks the name up, once. Raises Refused when it has no address or any that is not public."""
    host, port, tls, path = check_url(url)
    addresses = _look_up(host, port)
    if not addresses:
        raise Refused(_("The name in the address is not known."))
    for address in addresses:
        check_address(address)
    return Target(host, port, tls, path, addresses)


def _look_up(host: str, port: int, *, numbers_only: bool = False) -> tuple[str, ...]:
    flags = socket.AI_NUMERICHOST if numbers_only else 0
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def check_address(text: str) -> None:
    """Raises Refused unless the whole world can reach the address, or the settings allow one's own network."""
    if settings.WEBHOOK_PRIVATE:
        return
    address = _innermost(ipaddress.ip_address(text.partition("%")[0]))
    if "%" in text or not address.is_global or address.is_multicast or address.is_reserved:
        raise Refused(_("This address lies in a private network."))


def _innermost(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address

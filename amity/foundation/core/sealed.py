"""Secrets kept in the database: sealed with the installation's key, so that the data alone do not tell them.

HMAC-SHA256 in counter mode over a fresh nonce, then authenticated; keys are derived per purpose. Needs nothing
beyond the standard library. Whoever has database and `secret.key` can read them, as the program does.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from django.conf import settings

NONCE, TAG = 16, 32


def seal(text: str, purpose: str) -> str:
    """The text so that only `unseal` with the same purpose reads it; empty stays empty."""
    if not text:
        return ""
    nonce, plain = secrets.token_bytes(NONCE), text.encode()
    hidden = _mixed(plain, nonce, purpose)
    return urlsafe_b64encode(nonce + hidden + _tag(nonce + hidden, purpose)).decode()


def unseal(sealed: str, purpose: str) -> str:
    """What was sealed. ValueError when it was changed, or sealed with another key or for another purpose."""
    if not sealed:
        return ""
    raw = urlsafe_b64decode(sealed.encode())
    body, tag = raw[:-TAG], raw[-TAG:]
    if len(body) < NONCE or not hmac.compare_digest(tag, _tag(body, purpose)):
        raise ValueError("not_ours")
    return _mixed(body[NONCE:], body[:NONCE], purpose).decode()


def _key(purpose: str, use: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), f"amity.sealed:{purpose}:{use}".encode(), sha256)


def _tag(body: bytes, purpose: str) -> bytes:
    return hmac.digest(_key(purpose, "tag"), body, sha256)


def _mixed(data: bytes, nonce: bytes, purpose: str) -> bytes:
    """The data with the key stream of the nonce laid over it: the same call hides and shows."""
    key, stream = _key(purpose, "stream"), b""
    while len(stream) < len(data):
        stream += hmac.digest(key, nonce + len(stream).to_bytes(8, "big"), sha256)
    return bytes(one ^ other for one, other in zip(data, stream, strict=False))

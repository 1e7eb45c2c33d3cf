"""Signatures by the Standard Webhooks specification (version 1: HMAC-SHA256)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from django.utils.crypto import salted_hmac

PREFIX = "whsec_"
PURPOSE = "amity.webhook"


def new_salt() -> str:
    return secrets.token_urlsafe(32)


def secret_of(salt: str) -> str:
    """The secret that belongs to a salt. Whoever has the database alone cannot make it."""
    key = salted_hmac(PURPOSE, salt, algorithm="sha256").digest()
    return PREFIX + base64.b64encode(key).decode()


def new_message_id() -> str:
    return "msg_" + secrets.token_urlsafe(20)


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    text = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def headers_of(secrets_in_use: Iterable[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """While a secret is being changed the message is signed with both."""
    signatures = (sign(secret, message_id, timestamp, body) for secret in secrets_in_use)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }

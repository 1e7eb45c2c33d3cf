"""A program that talks to the API with a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.test import Client

from amity.foundation.accounts.tokens import create_token
from amity.foundation.core import ratelimit
from amity.foundation.core.scope import scope


class Program:
    """Calls `/api/v1/…` as one person; answers have `.data`."""

    def __init__(self, secret: str) -> None:
        self.client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
        self.secret = secret

    def __call__(self, method: str, path: str, data: Any = None, /, **headers: str) -> Any:
        extra = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        if self.secret:
            extra["HTTP_AUTHORIZATION"] = f"Bearer {self.secret}"
        body = data if isinstance(data, bytes) else b"" if data is None else orjson.dumps(data)
        kind = "application/json" if body else "application/octet-stream"
        response = self.client.generic(method, f"/api/v1/{path}", body, content_type=kind, **extra)
        is_json = "json" in response.get("Content-Type", "")
        response.data = orjson.loads(response.content) if is_json and response.content else None
        return response


@pytest.fixture(autouse=True)
def _quick_and_unlimited(settings: Any) -> None:
    """Passwords play no part here; limits have tests of their own."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.API_REQUESTS_PER_MINUTE = 0
    ratelimit.configure()


@pytest.fixture
def program_of(closed_firm: Any) -> Callable[..., Program]:
    """`program_of(actor)`: a program with a token of that person."""

    def make(actor: Any, **options: Any) -> Program:
        with scope(actor.workspace_id):
            token, secret = create_token(actor=actor, user_id=actor.user_id, name="test", **options)
        program = Program(secret)
        program.token = token  # type: ignore[attr-defined]
        return program

    return make

"""allauth opens our sessions; what it would say and send on the way is left to our own pages."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class QuietAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """No toasts of its own, and no way to make an account without an invitation."""

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        return None

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

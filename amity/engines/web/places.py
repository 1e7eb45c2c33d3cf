"""Languages of the product to choose from, and choices of a form."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

Choices = Sequence[tuple[str, str]]


def languages() -> Choices:
    return list(settings.LANGUAGES)


def checked(value: str, choices: Choices, default: str) -> str:
    """The value when it is one of the choices."""
    return value if any(value == key for key, _name in choices) else default

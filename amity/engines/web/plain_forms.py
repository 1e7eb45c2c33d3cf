"""Small plain forms: what was typed, which errors stand where, and the 422 page that shows both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from amity.engines.web.pages import render_page
from amity.foundation.core.errors import AmityError, Invalid, LimitReached


class Errors(dict[str, list[str]]):
    """Texts by field; a field without errors has an empty list, also in templates."""

    def __missing__(self, key: str) -> list[str]:
        return []


def errors_of(error: AmityError | None) -> Errors:
    """What belongs to no field stands under `form`."""
    found = Errors()
    if isinstance(error, Invalid) and error.errors:
        for item in error.errors:
            found.setdefault(item.field, []).append(str(item.message))
    elif error is not None:
        found["form"] = [str(error)]
    return found


def form_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    values: Mapping[str, Any],
    error: AmityError | None = None,
) -> HttpResponse:
    """The page with its form: 200 at first, the error's status with everything typed kept when refused.

    The template reads `values` and `errors`.
    """
    full = {**context, "values": values, "errors": errors_of(error)}
    response = render_page(request, template, full, status=error.status if error else 200)
    if isinstance(error, LimitReached) and error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    return response


def posted(request: HttpRequest, *names: str) -> dict[str, str]:
    """The named values of the form, trimmed; passwords excepted."""
    data = request.POST
    return {name: data.get(name, "") if "password" in name else data.get(name, "").strip() for name in names}


def ticked(request: HttpRequest, name: str) -> bool:
    return request.POST.get(name) == "on"


def number(text: str | None) -> int | None:
    """A record id out of a form; None for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None

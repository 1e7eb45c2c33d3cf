"""From our errors to answers: `application/problem+json`, the one translator of the API."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from amity.foundation.core.errors import AmityError, LimitReached, Unavailable

CONTENT_TYPE = "application/problem+json"


class Unauthorised(AmityError):
    status, code, default_message = 401, "unauthorised", _("A valid API token is needed.")


class MethodRefused(AmityError):
    """`details["allow"]` lists the methods this address answers to."""

    status, code, default_message = (
        405,
        "method_not_allowed",
        _("This address does not answer to this method."),
    )


class WrongType(AmityError):
    status, code, default_message = (
        415,
        "content_type",
        _("Send JSON with the content type application/json."),
    )


def problem(error: AmityError) -> HttpResponse:
    """The answer for an expected failure, with its status, code and the error of each field."""
    response = _answer(error.status, error.code, str(error), errors_of(error))
    if isinstance(error, LimitReached | Unavailable) and error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    if isinstance(error, MethodRefused):
        response["Allow"] = ", ".join(error.details["allow"])
    if isinstance(error, Unauthorised):
        response["WWW-Authenticate"] = "Bearer"
    return response


def errors_of(error: AmityError) -> list[dict[str, Any]]:
    """`[{"field", "code", "message"}]` of values that were refused."""
    found = getattr(error, "errors", None) or error.details.get("errors", [])
    if not found and "field" in error.details:
        return [{"field": error.details["field"], "code": error.code, "message": str(error)}]
    return [{"field": item.field, "code": item.code, "message": str(item.message)} for item in found]


def plain_problem(status: int) -> HttpResponse:
    """An answer that says no more than its status: for what failed outside the API's own code."""
    code = HTTPStatus(status).name.lower()
    return _answer(status, code, HTTPStatus(status).phrase, [])


def _answer(status: int, code: str, detail: str, errors: list[dict[str, Any]]) -> HttpResponse:
    content = {
        "type": f"/api/v1/docs#error-{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "errors": errors,
        "request_id": secrets.token_hex(8),
    }
    response = HttpResponse(orjson.dumps(content), content_type=CONTENT_TYPE, status=status)
    response["Cache-Control"] = "no-store"
    return response

"""Reading JSON that a stranger sent: size, depth, twins and odd signs are checked before anybody sees it."""

from __future__ import annotations

import json
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _

from amity.engines.api.problems import WrongType
from amity.foundation.core.errors import Invalid, Malformed, TooLarge
from amity.foundation.records.services.files import MAX_BYTES

MAX_BODY = 5 * 1024 * 1024
MAX_DEPTH = 20
ENVELOPE = 64 * 1024  # what a multipart body may hold beside the file


def read_body(request: HttpRequest) -> bytes:
    """The whole body. Raises TooLarge over 5 MB, Malformed when the sender broke off."""
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise TooLarge(_("A request has at most 5 MB.")) from error
    except UnreadablePostError as error:
        raise Malformed(_("The request broke off.")) from error
    if len(body) > MAX_BODY:
        raise TooLarge(_("A request has at most 5 MB."))
    return body


def check_type(request: HttpRequest) -> None:
    """Only JSON may carry a body: forms and text/plain come from foreign pages without asking."""
    if (
        request.META.get("CONTENT_LENGTH") not in (None, "", "0")
        and request.content_type != "application/json"
    ):
        raise WrongType


def read_upload(request: HttpRequest) -> Any:
    """The one file under the name `file`. Raises WrongType, TooLarge, Malformed or Invalid."""
    if request.content_type != "multipart/form-data":
        raise WrongType(_("Send the file as multipart/form-data."))
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or len(length) > 18 or int(length) > MAX_BYTES + ENVELOPE:
        raise TooLarge
    try:
        found = request.FILES.getlist("file")
    except (MultiPartParserError, UnreadablePostError, SuspiciousOperation) as error:
        raise Malformed(_("The upload cannot be read.")) from error
    if len(found) != 1:
        raise Invalid.one("file", "required", _("Send one file under the name “file”."))
    return found[0]


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises Malformed for anything else."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise Malformed(_("Send a JSON object."))
    return value


def read_json(text: bytes | str) -> Any:
    """Strict JSON: valid UTF-8, no name twice, at most 20 levels, no NaN or infinity, no NUL in a text."""
    try:
        value = orjson.loads(text)
        json.loads(text, object_pairs_hook=_without_twins)
    except (ValueError, RecursionError) as error:
        raise Malformed(_("This is not valid JSON: %(reason)s") % {"reason": str(error)[:200]}) from error
    _check(value, 0)
    return value


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Malformed(_("This JSON is nested too deeply."))
    if isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, str):
        if "\0" in value:
            raise Malformed(_("A text holds a sign that cannot be kept."))
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise Malformed(_("A number is too large."))

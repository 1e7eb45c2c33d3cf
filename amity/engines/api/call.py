"""One request to the API, already identified: what every endpoint works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.body import read_body, read_object
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import ApiToken
from amity.foundation.accounts.roles import VERBS
from amity.foundation.core.errors import FieldError, Malformed, NotFound, Stale
from amity.foundation.records.context import Context, context_for
from amity.foundation.records.objects import enabled_specs, spec_for
from amity.foundation.records.spec import ObjectSpec

MAX_QUERY = 20_000


@dataclass
class Call:
    """`path` holds the values of the address; `token` is None for a signed-in browser.

    `batch_id` is what the changes of this call are written under; with `asking` they overwrite nothing
    (`services/claims.py`).
    """

    request: HttpRequest
    actor: Actor
    token: ApiToken | None
    path: dict[str, Any] = field(default_factory=dict)
    batch_id: int | None = None
    asking: bool = False

    @cached_property
    def spec(self) -> ObjectSpec:
        """The object named in the address, as the role may know it."""
        return self.find_spec(self.path["object_key"])

    def find_spec(self, key: str) -> ObjectSpec:
        """NotFound when there is no such object or the role has no right to it at all: the two look alike."""
        spec = spec_for(self.actor, key)
        if not any(self.actor.may(key, verb) for verb in VERBS):
            raise NotFound
        return spec

    def seen_specs(self) -> list[ObjectSpec]:
        """The objects this caller may see anything of."""
        specs = enabled_specs(self.actor)
        return [spec for spec in specs if self.actor.may(spec.key, "see")]

    @cached_property
    def context(self) -> Context:
        return context_for(self.actor)

    @property
    def record_id(self) -> int:
        return int(self.path["record_id"])

    def query(self, *allowed: str) -> dict[str, str]:
        """The query parameters, each once and each known. Raises Malformed otherwise."""
        found: dict[str, str] = {}
        for name, values in self.request.GET.lists():
            if name not in allowed:
                raise _bad_parameter(name, "unknown_parameter", _("There is no such parameter here."))
            if len(values) != 1 or len(values[0]) > MAX_QUERY or "\0" in values[0]:
                raise _bad_parameter(name, "parameter", _("This parameter cannot be read."))
            found[name] = values[0]
        return found

    def body(self, *allowed: str) -> dict[str, Any]:
        """The JSON object sent. With `allowed`, any other name is refused."""
        data = read_object(read_body(self.request))
        if allowed:
            told = _("There is no such field.")
            unknown = [
                FieldError(key[:60], "unknown_field", told) for key in sorted(data.keys() - {*allowed})
            ]
            if unknown:
                raise Malformed(code="unknown_field", details={"errors": unknown})
        return data

    def expected_version(self) -> int | None:
        """The version of `If-Match`, None when any will do. Weak or foreign tags are Stale."""
        header = self.request.headers.get("If-Match", "").strip()
        if not header or header == "*":
            return None
        number = header.strip('"')
        if (
            len(header) < 3
            or not (header[0] == header[-1] == '"')
            or not number.isdecimal()
            or len(number) > 18
        ):
            raise Stale
        return int(number)


def _bad_parameter(name: str, code: str, message: str) -> Malformed:
    errors = [FieldError(name[:60], code, message)]
    return Malformed(f"{name[:60]}: {message}", code=code, details={"errors": errors})


Endpoint = Callable[[Call], HttpResponse]


def answer(data: Any, status: int = 200, *, version: int | None = None) -> HttpResponse:
    """A JSON answer; `version` becomes its ETag."""
    response = HttpResponse(orjson.dumps(data, default=str), content_type="application/json", status=status)
    response["Cache-Control"] = "private, no-cache"
    if version is not None:
        response["ETag"] = f'"{version}"'
    return response


def nothing() -> HttpResponse:
    """204: done, and nothing to say."""
    return HttpResponse(status=204)

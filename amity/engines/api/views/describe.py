"""What the API says of itself: OpenAPI for programs and a page for people."""

from __future__ import annotations

from typing import Any

import orjson
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import get_template
from django.utils import translation

from amity.engines.api.call import Call, answer
from amity.engines.api.dispatch import Route
from amity.engines.api.openapi import document
from amity.engines.api.routes import ROUTES
from amity.foundation.records.fieldtypes import OPERATORS
from amity.foundation.records.spec import Field, ObjectSpec


def openapi(call: Call) -> HttpResponse:
    call.query()
    return answer(described(call))


def described(call: Call) -> dict[str, Any]:
    return document(call.actor.workspace, call.seen_specs(), (*DESCRIBING, *ROUTES))


def docs(call: Call) -> HttpResponse:
    """The same description to read, with examples for the command line."""
    call.query()
    user = call.actor.user
    context = {
        "language": translation.get_language() or "en",
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
        "theme": user.theme if user else "system",
        "workspace": call.actor.workspace.name,
        "base": f"{settings.CSRF_TRUSTED_ORIGINS[0]}/api/v1",
        "objects": [_section(spec, described(call)) for spec in call.seen_specs()],
        "limit": settings.API_REQUESTS_PER_MINUTE,
        "operators": OPERATORS,
    }
    return HttpResponse(get_template("api/docs.j2", using="jinja2").render(context))


def _section(spec: ObjectSpec, full: dict[str, Any]) -> dict[str, Any]:
    calls = [
        {"method": method.upper(), "path": path, "summary": operation["summary"]}
        for path, item in full["paths"].items()
        for method, operation in item.items()
        if method != "parameters" and spec.key in operation["tags"]
    ]
    return {
        "key": spec.key,
        "plural": spec.plural,
        "calls": calls,
        "fields": [_line(item) for item in spec.live_fields],
        "example": orjson.dumps(example(spec), option=orjson.OPT_INDENT_2).decode(),
    }


def _line(field: Field) -> dict[str, Any]:
    return {
        "key": field.key,
        "label": field.label,
        "type": field.type.label,
        "target": field.target,
        "choices": [option.key for option in field.live_options],
        "required": field.required,
        "read_only": field.read_only,
        "operators": field.type.operators,
    }


SAMPLES: dict[str, Any] = {
    "email": [{"value": "ana@example.com", "label": "work"}],
    "phone": [{"value": "+44 20 7946 0018"}],
    "date": "2026-11-21",
    "datetime": "2026-11-21T14:30:00Z",
    "money": {"amount": "12.50", "currency": "EUR"},
    "number": 12,
    "percent": 12.5,
    "boolean": True,
    "rating": 4,
    "url": "https://example.com",
    "country": "GB",
    "tags": ["vip"],
}


def example(spec: ObjectSpec) -> dict[str, Any]:
    """Values for a first record: the title and up to four fields that explain themselves."""
    found: dict[str, Any] = {spec.title_field: "Ana Lima"} if spec.field(spec.title_field) else {}
    for field in spec.writable:
        sample = SAMPLES.get(field.type.name)
        if field.type.name == "choice" and field.live_options:
            sample = field.live_options[0].key
        if field.required and sample is None:
            sample = "…"
        if sample is not None and (len(found) < 5 or field.required):
            found.setdefault(field.key, sample)
    return found


DESCRIBING = (
    Route("openapi.json", "openapi", {"GET": openapi}),
    Route("docs", "docs", {"GET": docs}, page=True),
)

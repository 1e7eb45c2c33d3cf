"""OpenAPI 3.1 of exactly the objects of one workspace, made from its specs and the router."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from amity.engines.api import schemas
from amity.engines.api.descriptions import DESCRIPTIONS, Description
from amity.engines.api.dispatch import Route
from amity.foundation.accounts.models import Workspace
from amity.foundation.records.spec import ObjectSpec

ROOT = "/api/v1"
KEYLESS = ("batch_undo", "webhooks", "webhook_secret")  # POSTs without an Idempotency-Key
_PART = re.compile(r"<(key|id):([a-z_]+)>")
Json = dict[str, Any]


def document(workspace: Workspace, specs: list[ObjectSpec], routes: Iterable[Route]) -> Json:
    """The whole description of these routes for these objects."""
    paths: dict[str, Json] = {}
    for route in routes:
        for spec in specs if "<key:object_key>" in route.path else [None]:
            paths[path_of(route, spec)] = _path_item(route, spec)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Amity: {workspace.name}",
            "version": "1",
            "description": _("Records of this workspace by REST."),
        },
        "servers": [{"url": ROOT}],
        "security": [{"token": []}, {"session": []}],
        "tags": [{"name": spec.key, "description": str(spec.plural)} for spec in specs],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "header", "name": "Cookie"},
            },
            "schemas": {
                **schemas.common(),
                **{k: v for spec in specs for k, v in schemas.of_object(spec).items()},
            },
        },
    }


def path_of(route: Route, spec: ObjectSpec | None) -> str:
    """`/people/{record_id}/notes`: the object's key stands in the address, other parts are parameters."""
    with_key = route.path.replace("<key:object_key>", spec.key) if spec else route.path
    return "/" + _PART.sub(r"{\2}", with_key)


def _path_item(route: Route, spec: ObjectSpec | None) -> Json:
    item: Json = {method.lower(): _operation(route, method, spec) for method in route.methods}
    parts = [name for _kind, name in _PART.findall(route.path) if name != "object_key"]
    if parts:
        item["parameters"] = [_path_parameter(name, spec) for name in parts]
    return item


def _path_parameter(name: str, spec: ObjectSpec | None) -> Json:
    schema: Json = {"type": "integer", "minimum": 0}
    if name == "relation":
        schema = {"type": "string"}
        keys = [item.key for item in spec.live_fields if item.target] if spec else []
        if keys:
            schema["enum"] = keys
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _operation(route: Route, method: str, spec: ObjectSpec | None) -> Json:
    told = DESCRIPTIONS[route.name, method]
    operation: Json = {
        "operationId": _operation_id(route, method, spec),
        "summary": str(told.summary),
        "tags": [spec.key] if spec else [],
        "parameters": [schemas.PARAMETERS[name] for name in told.parameters],
        "responses": _responses(told, method, spec),
    }
    if told.body:
        content = {told.body_type: {"schema": schemas.reference(told.body, spec)}}
        operation["requestBody"] = {"required": True, "content": content}
    if method == "POST" and route.name not in KEYLESS:
        operation["parameters"] = [*operation["parameters"], schemas.PARAMETERS["Idempotency-Key"]]
    return operation


def _operation_id(route: Route, method: str, spec: ObjectSpec | None) -> str:
    if spec:
        return f"{spec.key}.{route.name}.{method.lower()}"
    return route.name if len(route.methods) == 1 else f"{route.name}.{method.lower()}"


def _responses(told: Description, method: str, spec: ObjectSpec | None) -> Json:
    good: Json = {"description": "OK"}
    if told.answer:
        good["content"] = {told.answer_type: {"schema": schemas.reference(told.answer, spec)}}
    codes = ["400", "401", "403", "404", "405", "429", *told.errors]
    if method in ("POST", "PATCH", "DELETE"):
        codes += ["409", "413", "415", "422"]
    problem = {
        "description": _("Refused"),
        "content": {schemas.PROBLEM_TYPE: {"schema": schemas.reference("Problem", None)}},
    }
    fine = {str(status): good for status in (told.status, told.or_status) if status}
    found = {**fine, **dict.fromkeys(sorted(codes), problem)}
    for code, text in (("302", _("Merged into the record at Location")), ("304", _("Not changed"))):
        if code in found:
            found[code] = {"description": text}
    return found

"""JSON Schemas of everything that goes over the API."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from amity.engines.api.problems import CONTENT_TYPE as PROBLEM_TYPE
from amity.engines.quality.reasons import KINDS as FINDING_KINDS
from amity.engines.webhooks.services import VERBS as TOLD_VERBS
from amity.foundation.records.services.bulk import VERBS
from amity.foundation.records.services.bulk_change import OPS, editable_fields, takes_several
from amity.foundation.records.services.cells import CONFLICT, REFUSED, UNCHANGED, WRITTEN
from amity.foundation.records.services.cells import MOST as MOST_CELLS
from amity.foundation.records.services.consents import CHANNELS
from amity.foundation.records.services.handover_plan import SHARES, TARGETS
from amity.foundation.records.services.shares import WHY
from amity.foundation.records.sharing import LEVELS
from amity.foundation.records.spec import Field, ObjectSpec

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
MAYBE_TEXT: Json = {"type": ["string", "null"]}
NUMBER: Json = {"type": "integer"}
MAYBE_NUMBER: Json = {"type": ["integer", "null"]}
FLAG: Json = {"type": "boolean"}
ANY_OBJECT: Json = {"type": "object"}
INSTANT: Json = {"type": "string", "format": "date-time"}
MAYBE_INSTANT: Json = {"type": ["string", "null"], "format": "date-time"}


def closed(properties: Json, *, optional: tuple[str, ...] = ()) -> Json:
    """An object with these properties and no others; all required but the optional ones."""
    required = [key for key in properties if key not in optional]
    found: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**found, "required": required} if required else found


def many(item: Json) -> Json:
    return {"type": "array", "items": item}


def page_of(item: Json) -> Json:
    return closed({"data": many(item), "next_cursor": MAYBE_TEXT})


def reference(name: str, spec: ObjectSpec | None) -> Json:
    return {"$ref": f"#/components/schemas/{name.replace('*', spec.key) if spec else name}"}


def _parameter(name: str, schema: Json, text: Any, place: str = "query") -> Json:
    return {"name": name, "in": place, "schema": schema, "description": text}


PARAMETERS: dict[str, Json] = {
    "filter": _parameter("filter", TEXT, _("A filter tree as JSON")),
    "sort": _parameter("sort", TEXT, _("A field, with - before it for descending")),
    "cursor": _parameter("cursor", TEXT, _("The next_cursor of the page before")),
    "limit": _parameter(
        "limit", {**NUMBER, "minimum": 1, "maximum": 200}, _("Records a page, 50 by default")
    ),
    "fields": _parameter("fields", TEXT, _("Only these fields, separated by commas")),
    "expand": _parameter("expand", TEXT, _("Whole linked records instead of id and title, at most 5 links")),
    "q": _parameter("q", TEXT, _("Words to search for")),
    "count": _parameter(
        "count", {**TEXT, "enum": ["0", "1", "exact"]}, _("Count too: up to 1,000, or exactly")
    ),
    "trash": _parameter(
        "trash", {**TEXT, "enum": ["0", "1", "true", "false"]}, _("The trash instead of live records")
    ),
    "search_q": {**_parameter("q", TEXT, _("Words to search for")), "required": True},
    "search_limit": _parameter("limit", {**NUMBER, "minimum": 1, "maximum": 100}, _("Hits, 20 by default")),
    "unread": _parameter("unread", {**TEXT, "enum": ["0", "1", "true", "false"]}, _("Only unread ones")),
    "on_conflict": _parameter(
        "on_conflict",
        {**TEXT, "enum": ["replace", "ask"]},
        _("ask: filled fields keep their value, and what differs waits to be settled"),
    ),
    "conflict_field": _parameter("field", TEXT, _("Only conflicts about this field")),
    "conflict_source": _parameter("source", TEXT, _("Only conflicts with this source")),
    "channel": _parameter(
        "channel",
        {**TEXT, "enum": ["email", "phone", "letter"]},
        _("How they are written to, email by default"),
    ),
    "purpose": _parameter("purpose", TEXT, _("The key of a consent that is needed")),
    "kind": _parameter("kind", {**TEXT, "enum": list(FINDING_KINDS)}, _("Only findings of this kind")),
    "objects": _parameter("objects", TEXT, _("Only these objects, separated by commas")),
    "If-Match": _parameter("If-Match", TEXT, _("The ETag one knows; 412 when it has changed"), "header"),
    "If-None-Match": _parameter("If-None-Match", TEXT, _("The ETag one knows; 304 while it holds"), "header"),
    "Idempotency-Key": _parameter(
        "Idempotency-Key",
        {**TEXT, "maxLength": 200},
        _("Sent again within 24 hours, the work is not done twice"),
        "header",
    ),
}


# --- objects -----------------------------------------------------------------------------------------------


def of_object(spec: ObjectSpec) -> dict[str, Json]:
    base = {"id": NUMBER, "object": {"const": spec.key}, "title": TEXT, "url": TEXT, "version": NUMBER}
    fields = {item.key: _described(item, item.type.schema(item)) for item in spec.live_fields}
    written = {item.key: _described(item, write_schema(item)) for item in spec.writable}
    needed = tuple(item.key for item in spec.writable if not item.required or item.default is not None)
    key = spec.key
    return {
        key: closed({**base, **fields}, optional=tuple(fields)),
        f"{key}.create": closed(written, optional=needed),
        f"{key}.update": closed(written, optional=tuple(written)),
        f"{key}.list": closed(
            {"data": many(reference(key, None)), "next_cursor": MAYBE_TEXT, "count": COUNT},
            optional=("count",),
        ),
        f"{key}.batch": _batch_of(key),
        f"{key}.bulk": _bulk_of(spec),
        f"{key}.cells": _cells_of(spec),
        f"{key}.merge": closed(
            {
                "ids": {**many({**NUMBER, "minimum": 1}), "minItems": 1},
                "take": {"type": "object", "additionalProperties": {**NUMBER, "minimum": 1}},
                "values": reference(f"{key}.update", None),
            },
            optional=("take", "values"),
        ),
    }


def _described(field: Field, schema: Json) -> Json:
    found = {**schema, "title": str(field.label)}
    told = [str(field.help)] if field.help else []
    if field.formula and field.formula.text:
        told.append(str(_("Computed: %(formula)s") % {"formula": field.formula.text}))
    if told:
        found["description"] = " · ".join(told)
    if field.read_only:
        found["readOnly"] = True
    return found


def write_schema(field: Field) -> Json:
    """Links are written by id, though what reading gives is taken too."""
    if not field.target:
        return field.type.schema(field)
    return {"type": ["array", "null"], "items": NUMBER} if field.many else dict(MAYBE_NUMBER)


def _batch_of(key: str) -> Json:
    create, update = reference(f"{key}.create", None), reference(f"{key}.update", None)
    operations = [
        closed({"op": {"const": "create"}, "values": create}),
        closed(
            {"op": {"const": "update"}, "id": NUMBER, "values": update, "version": NUMBER},
            optional=("version",),
        ),
        closed({"op": {"const": "delete"}, "id": NUMBER, "version": NUMBER}, optional=("version",)),
        closed({"op": {"const": "upsert"}, "key": TEXT, "values": create}),
    ]
    listed = {"type": "array", "items": {"oneOf": operations}, "minItems": 1, "maxItems": 1000}
    return closed({"operations": listed, "atomic": FLAG}, optional=("atomic",))


def _bulk_of(spec: ObjectSpec) -> Json:
    """`ids` or a filter; `changes` for an edit only."""
    changes = [
        closed(
            {"field": {"const": item.key}, "op": {"enum": list(_ops(item))}, "value": write_schema(item)},
            optional=("op", "value"),
        )
        for item in editable_fields(spec)
    ]
    return closed(
        {
            "action": {"enum": list(VERBS)},
            "ids": {**many({**NUMBER, "minimum": 1}), "minItems": 1, "maxItems": 100_000},
            "filter": ANY_OBJECT,
            "q": {**TEXT, "maxLength": 200},
            "changes": {"type": "array", "items": {"oneOf": changes}, "minItems": 1},
        },
        optional=("ids", "filter", "q", "changes"),
    )


def _cells_of(spec: ObjectSpec) -> Json:
    keys = [item.key for item in spec.writable if item.type.references != "file"]
    cell = closed(
        {"id": {**NUMBER, "minimum": 1}, "field": {"enum": keys}, "text": TEXT, "version": NUMBER},
        optional=("version",),
    )
    return closed({"cells": {"type": "array", "items": cell, "minItems": 1, "maxItems": MOST_CELLS}})


def _ops(field: Field) -> tuple[str, ...]:
    return OPS if takes_several(field) else ("set", "clear")


# --- what all objects share --------------------------------------------------------------------------------

COUNT = closed({"value": NUMBER, "exact": FLAG})
LINK = closed({"id": NUMBER, "object": TEXT, "title": TEXT})
ERROR = closed({"field": TEXT, "code": TEXT, "message": TEXT})
PERSON = {**closed({"id": NUMBER, "name": TEXT}), "type": ["object", "null"]}
RECIPIENT = closed(
    {
        "to": {"anyOf": [LINK, {"type": "null"}]},
        "address": MAYBE_TEXT,
        "postal": ANY_OBJECT,
        "parts": ANY_OBJECT,
        "relation": MAYBE_TEXT,
        "about": many(LINK),
        "consent": MAYBE_TEXT,
        "problem": MAYBE_TEXT,
    }
)
CONSENT = closed(
    {
        "id": NUMBER,
        "field": TEXT,
        "verdict": TEXT,
        "giver": {"anyOf": [LINK, {"type": "null"}]},
        "own": FLAG,
        "channel": TEXT,
        "remark": TEXT,
        "wording": TEXT,
        "version": NUMBER,
        "source": TEXT,
        "by": MAYBE_NUMBER,
        "at": INSTANT,
    }
)
NOTE = closed(
    {
        "id": NUMBER,
        "body": TEXT,
        "author": MAYBE_NUMBER,
        "created_at": INSTANT,
        "edited_at": MAYBE_INSTANT,
        "pinned": FLAG,
        "mentions": many(NUMBER),
    }
)
CHANGE = closed(
    {
        "id": NUMBER,
        "record": NUMBER,
        "kind": TEXT,
        "at": INSTANT,
        "actor": PERSON,
        "source": TEXT,
        "batch": MAYBE_NUMBER,
        "undoes": MAYBE_NUMBER,
        "changes": {"type": "object", "additionalProperties": {"type": "array"}},
    }
)
_ORIGIN = {
    "kind": TEXT,
    "via": TEXT,
    "at": INSTANT,
    "source": TEXT,
    "actor": PERSON,
    "file": MAYBE_TEXT,
    "batch": MAYBE_NUMBER,
    "change": NUMBER,
    "merged": many(TEXT),
}
ORIGIN = {**closed(_ORIGIN), "type": ["object", "null"]}
SOURCE = closed(
    {"field": TEXT, **_ORIGIN, "parts": many(closed({"value": {}, **_ORIGIN}))}, optional=("parts",)
)
DISPUTED = closed(
    {
        "record": NUMBER,
        "title": TEXT,
        "field": TEXT,
        "present": closed({"value": {}, "origin": ORIGIN}),
        "answers": many(closed({"id": NUMBER, "value": {}, "source": TEXT, "at": INSTANT, "actor": PERSON})),
    }
)
RESULT = closed(
    {"status": NUMBER, "id": NUMBER, "version": NUMBER, "code": TEXT, "detail": TEXT, "errors": many(ERROR)},
    optional=("id", "version", "code", "detail", "errors"),
)
SHARE = closed(
    {
        "id": NUMBER,
        "user": PERSON,
        "team": PERSON,
        "level": {"enum": list(LEVELS)},
        "ends_at": MAYBE_INSTANT,
        "why": TEXT,
        "shared_by": PERSON,
        "created_at": INSTANT,
    }
)
_SHARE_WRITTEN = {
    "user": NUMBER,
    "team": NUMBER,
    "level": {"enum": list(LEVELS)},
    "ends_at": MAYBE_INSTANT,
    "why": {**TEXT, "maxLength": WHY},
}
FILE = closed(
    {
        "id": NUMBER,
        "name": TEXT,
        "size": NUMBER,
        "content_type": TEXT,
        "sha256": TEXT,
        "uploaded_by": MAYBE_NUMBER,
        "created_at": INSTANT,
    }
)
_WEBHOOK_WRITTEN = {
    "name": {**TEXT, "maxLength": 80},
    "url": {**TEXT, "maxLength": 500},
    "objects": many(TEXT),
    "verbs": many({**TEXT, "enum": list(TOLD_VERBS)}),
    "filter": {"type": ["object", "null"]},
}
_WEBHOOK = {
    **_WEBHOOK_WRITTEN,
    "id": NUMBER,
    "user": NUMBER,
    "active": FLAG,
    "off_reason": TEXT,
    "created_at": INSTANT,
}
TRY = closed({"at": INSTANT, "status": NUMBER, "ms": NUMBER, "error": TEXT})
DELIVERY = closed(
    {
        "id": NUMBER,
        "message_id": TEXT,
        "event": TEXT,
        "state": TEXT,
        "tries": many(TRY),
        "next_at": MAYBE_INSTANT,
        "created_at": INSTANT,
    }
)
PROBLEM = closed(
    {
        "type": TEXT,
        "title": TEXT,
        "status": NUMBER,
        "code": TEXT,
        "detail": TEXT,
        "errors": many(ERROR),
        "request_id": TEXT,
    }
)
NOTIFICATION = closed(
    {
        "id": NUMBER,
        "kind": TEXT,
        "text": TEXT,
        "at": INSTANT,
        "read": FLAG,
        "actor": PERSON,
        "object": MAYBE_TEXT,
        "record": MAYBE_NUMBER,
        "count": NUMBER,
        "url": MAYBE_TEXT,
    }
)
CELLS = closed(
    {
        "bulk": MAYBE_NUMBER,
        "written": NUMBER,
        "cells": many(
            closed(
                {
                    "id": NUMBER,
                    "field": TEXT,
                    "status": {"enum": [WRITTEN, UNCHANGED, REFUSED, CONFLICT]},
                    "version": MAYBE_NUMBER,
                    "code": TEXT,
                    "message": TEXT,
                    "changed_by": TEXT,
                },
                optional=("code", "message", "changed_by"),
            )
        ),
    }
)
BULK_RUN = closed(
    {
        "id": NUMBER,
        "object": TEXT,
        "action": {"enum": [*VERBS, "cells"]},
        "state": {"enum": ["running", "done", "cancelled", "failed", "undoing", "undone"]},
        "total": NUMBER,
        "position": NUMBER,
        "changed": NUMBER,
        "unchanged": NUMBER,
        "refused": NUMBER,
        "reasons": {"type": "object", "additionalProperties": NUMBER},
        "error": TEXT,
        "batch": MAYBE_NUMBER,
        "created_at": INSTANT,
        "finished_at": MAYBE_INSTANT,
        "undone": {"type": ["object", "null"]},
    }
)
QUALITY_PART = closed({"share": NUMBER, "count": NUMBER})
QUALITY = closed(
    {
        "object": TEXT,
        "records": NUMBER,
        "score": NUMBER,
        "parts": {"type": "object", "additionalProperties": QUALITY_PART},
        "fields": many(closed({"field": TEXT, "empty": NUMBER})),
        "stale_days": NUMBER,
        "people": many(closed({"user": NUMBER, "records": NUMBER, "to_check": NUMBER, "score": NUMBER})),
    }
)
REASON = closed({"kind": {"enum": list(FINDING_KINDS)}, "code": TEXT, "field": MAYBE_TEXT, "text": TEXT})
QUALITY_RULE = closed({"id": NUMBER, "name": TEXT, "filter": ANY_OBJECT, "created_at": INSTANT})


RULE = closed(
    {
        "object": TEXT,
        "filter": {"type": ["object", "null"]},
        "to": {"enum": list(TARGETS)},
        "users": many({**NUMBER, "minimum": 1}),
        "team": MAYBE_NUMBER,
        "share": {"enum": list(SHARES)},
    },
    optional=("filter", "users", "team", "share"),
)
HANDOVER = closed(
    {
        "id": MAYBE_NUMBER,
        "kind": {"enum": ["rules", "take"]},
        "state": {"enum": ["planned", "running", "done", "cancelled", "failed", "undoing", "undone"]},
        "from": PERSON,
        "total": NUMBER,
        "position": NUMBER,
        "changed": NUMBER,
        "refused": NUMBER,
        "given": many(closed({"object": TEXT, "to": PERSON, "count": NUMBER})),
        "stays": many(closed({"object": TEXT, "count": NUMBER})),
        "reasons": {"type": "object", "additionalProperties": NUMBER},
        "error": TEXT,
        "batch": MAYBE_NUMBER,
        "created_at": MAYBE_INSTANT,
        "finished_at": MAYBE_INSTANT,
        "undone": {"type": ["object", "null"]},
    }
)


def common() -> dict[str, Json]:
    """What is the same for every object."""
    return {"Problem": PROBLEM, **_of_records(), **_of_the_firm()}


def _of_records() -> dict[str, Json]:
    return {
        "Link": LINK,
        "Links": page_of(LINK),
        "NewLinks": {"oneOf": [closed({"id": NUMBER}), closed({"ids": many(NUMBER)})]},
        "Recipients": page_of(RECIPIENT),
        "Consent": CONSENT,
        "Consents": page_of(CONSENT),
        "NewConsent": closed(
            {
                "field": TEXT,
                "verdict": {**TEXT, "enum": ["given", "withdrawn"]},
                "channel": {**TEXT, "enum": list(CHANNELS)},
                "remark": TEXT,
                "giver": closed({"object": TEXT, "id": NUMBER}),
            },
            optional=("channel", "remark", "giver"),
        ),
        "Note": NOTE,
        "Notes": page_of(NOTE),
        "NewNote": closed({"body": TEXT}),
        "NoteChange": closed({"body": TEXT, "pinned": FLAG}, optional=("body", "pinned")),
        "Change": CHANGE,
        "History": page_of(CHANGE),
        "Sources": page_of(SOURCE),
        "Conflicts": page_of(DISPUTED),
        "Settle": {
            "oneOf": [closed({"take": NUMBER}), closed({"keep": {"const": True}}), closed({"value": {}})]
        },
        "TakeSource": closed({"source": TEXT, "field": TEXT}, optional=("field",)),
        "Taken": closed({"settled": NUMBER, "refused": many(TEXT), "more": FLAG, "batch": MAYBE_NUMBER}),
        "Undone": closed({"restored": many(TEXT), "kept": many(TEXT), "change": MAYBE_NUMBER}),
        "Results": closed(
            {"results": many(RESULT), "succeeded": NUMBER, "failed": NUMBER, "batch": MAYBE_NUMBER}
        ),
        "BatchUndone": closed(
            {"restored": NUMBER, "kept": many(closed({"id": NUMBER, "code": TEXT, "detail": TEXT}))}
        ),
        "BulkRun": BULK_RUN,
        "Share": SHARE,
        "Shares": page_of(SHARE),
        "NewShare": closed(_SHARE_WRITTEN, optional=("user", "team", "ends_at", "why")),
        "Handover": HANDOVER,
        "HandoverStart": closed(
            {"from": NUMBER, "rules": {**many(RULE), "minItems": 1}, "dry_run": FLAG}, optional=("dry_run",)
        ),
        "TakeOver": closed({"with": many(TEXT)}, optional=("with",)),
        "Cells": CELLS,
        "File": FILE,
        "Files": page_of(FILE),
        "Upload": closed({"file": {"type": "string", "contentMediaType": "application/octet-stream"}}),
    }


def _of_the_firm() -> dict[str, Json]:
    maybe_object = {"type": ["object", "null"]}
    return {
        "Notification": NOTIFICATION,
        "Notifications": closed({"data": many(NOTIFICATION), "next_cursor": MAYBE_TEXT, "unread": NUMBER}),
        "NotificationChange": closed({"read": FLAG}),
        "Marked": closed({"marked": NUMBER}),
        "Quality": QUALITY,
        "Findings": page_of(closed({"record": NUMBER, "reasons": many(REASON)})),
        "Settled": closed({"settled": NUMBER}),
        "Reopened": closed({"reopened": NUMBER}),
        "QualityRule": QUALITY_RULE,
        "QualityRules": page_of(QUALITY_RULE),
        "NewQualityRule": closed({"name": {**TEXT, "maxLength": 120}, "filter": ANY_OBJECT}),
        "Webhook": closed(_WEBHOOK),
        "WebhookWithSecret": closed({**_WEBHOOK, "secret": TEXT}),
        "Webhooks": page_of(closed(_WEBHOOK)),
        "NewWebhook": closed(_WEBHOOK_WRITTEN, optional=("objects", "verbs", "filter")),
        "WebhookChange": closed({**_WEBHOOK_WRITTEN, "active": FLAG}, optional=(*_WEBHOOK_WRITTEN, "active")),
        "Delivery": DELIVERY,
        "Deliveries": page_of(DELIVERY),
        "Hits": page_of(closed({"id": NUMBER, "object": TEXT, "title": TEXT, "url": TEXT})),
        "Views": page_of(closed({"id": NUMBER, "name": TEXT, "config": ANY_OBJECT, "shared": FLAG})),
        "Metadata": closed({"objects": many(ANY_OBJECT)}),
        "Me": closed(
            {
                "user": maybe_object,
                "language": TEXT,
                "zone": TEXT,
                "admin": FLAG,
                "read_only": FLAG,
                "workspace": ANY_OBJECT,
                "token": maybe_object,
            }
        ),
        "Anything": ANY_OBJECT,
        "Page": TEXT,
        "Content": {"type": "string"},
    }


__all__ = ["PARAMETERS", "PROBLEM_TYPE", "closed", "common", "of_object", "reference", "write_schema"]

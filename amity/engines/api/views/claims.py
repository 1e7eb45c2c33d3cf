"""Where values come from, and what sources say differently: to be listed and settled by programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.call import Call, answer
from amity.engines.api.parameters import MAX_LIMIT, refuse, whole_number
from amity.engines.api.serial import record_json
from amity.foundation.core.clock import to_iso
from amity.foundation.core.errors import Invalid
from amity.foundation.records.access import MAX_ID, all_records, get_record
from amity.foundation.records.provenance import Origin, sources_of
from amity.foundation.records.services.clean import known_ids
from amity.foundation.records.services.conflicts import Conflict, conflicts_of
from amity.foundation.records.services.records import as_list
from amity.foundation.records.services.settling import Choice, settle, take_all
from amity.foundation.records.spec import Field
from amity.foundation.records.values import read_record, user_names

Json = dict[str, Any]
ON_CONFLICT = "on_conflict"


def asks(given: dict[str, str]) -> bool:
    """Whether `on_conflict=ask` was sent: filled fields keep their value, and what differs is kept as a claim."""
    text = given.get(ON_CONFLICT, "replace")
    if text not in ("replace", "ask"):
        raise refuse(ON_CONFLICT, _("This must be replace or ask."))
    return text == "ask"


def sources(call: Call) -> HttpResponse:
    """Who or what gave each value that a record has, and when."""
    call.query()
    record = get_record(call.spec, call.actor, call.record_id)
    values = read_record(call.spec, record)
    found = sources_of(call.spec, call.actor.workspace_id, values, record.pk)
    parts = [origin for some in found.parts.values() for origin in some.values()]
    names = _names(call, [*found.fields.values(), *parts])
    lines = []
    for key, origin in found.fields.items():
        line = {"field": key, **_origin_json(origin, names)}
        if key in found.parts:
            kinds = call.spec.by_key[key].type
            shown = kinds.parts(values[key]) or {}
            line["parts"] = [
                {"value": kinds.to_api(call.spec.by_key[key], [shown[part]])[0], **_origin_json(one, names)}
                for part, one in found.parts[key].items()
            ]
        lines.append(line)
    return answer({"data": lines, "next_cursor": None})


def _names(call: Call, origins: Iterable[Origin | None]) -> dict[int, str]:
    return user_names(call.actor.workspace_id, [origin.actor_id for origin in origins if origin])


def _origin_json(origin: Origin, names: dict[int, str]) -> Json:
    return {
        "kind": origin.kind, "via": origin.door, "at": to_iso(origin.at), "source": origin.source,
        "actor": {"id": origin.actor_id, "name": names[origin.actor_id]} if origin.actor_id in names else None,
        "file": origin.label if origin.batch_kind == "import" else None,
        "batch": origin.batch_id, "change": origin.change_id, "merged": list(origin.titles),
    }  # fmt: skip


# --- conflicts ---------------------------------------------------------------------------------------------


def list_conflicts(call: Call) -> HttpResponse:
    """Open conflicts of all records one sees, by record; `limit` counts records."""
    given = call.query("cursor", "limit", "field", "source")
    call.actor.require(call.spec.key, "see")
    cursor = given.get("cursor", "0") or "0"
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 18:
        raise refuse("cursor", _("This page link is no longer valid."))
    limit = whole_number(given, "limit", 50, MAX_LIMIT)
    found, after = conflicts_of(
        call.spec, call.actor, source=given.get("source", ""), field_key=given.get("field", ""), after=int(cursor),
        limit=limit,
    )  # fmt: skip
    return answer({"data": _conflicts_json(call, found), "next_cursor": str(after) if after else None})


def record_conflicts(call: Call) -> HttpResponse:
    call.query()
    get_record(call.spec, call.actor, call.record_id)
    found, _after = conflicts_of(call.spec, call.actor, record_id=call.record_id)
    return answer({"data": _conflicts_json(call, found), "next_cursor": None})


def _conflicts_json(call: Call, found: list[Conflict]) -> list[Json]:
    names = _names(call, [one.origin for one in found])
    seen = _seen_ends(call, found)
    return [
        {
            "record": one.record.pk,
            "title": one.record.title,
            "field": one.field.key,
            "present": {
                "value": _value(one.field, one.present, seen),
                "origin": _origin_json(one.origin, names) if one.origin else None,
            },
            "answers": [
                {
                    "id": claim.pk,
                    "value": _value(one.field, claim.value, seen),
                    "source": claim.source,
                    "at": to_iso(claim.at),
                    "actor": {"id": claim.actor_id, "name": str(claim.actor)} if claim.actor else None,
                }
                for claim in one.claims
            ],
        }
        for one in found
    ]


def _seen_ends(call: Call, found: list[Conflict]) -> dict[str, set[int]]:
    """Ids of linked records that may be told, by field."""
    ids: dict[str, set[int]] = {}
    links = {one.field.key: one.field for one in found if one.field.target}
    for one in found:
        if one.field.key in links:
            values = [one.present, *(claim.value for claim in one.claims)]
            ids.setdefault(one.field.key, set()).update(end for value in values for end in as_list(value))
    return {key: known_ids(links[key], some, call.context) for key, some in ids.items()}


def _value(field: Field, value: Any, seen: dict[str, set[int]]) -> Any:
    if field.target:
        return value if value in seen.get(field.key, ()) else None
    return field.type.to_api(field, value)


def settle_one(call: Call) -> HttpResponse:
    """`{"take": <id of an answer>}`, `{"keep": true}` or `{"value": …}`. 409 when somebody settled it before."""
    call.query()
    data = call.body("take", "keep", "value")
    if len(data) != 1 or ("keep" in data and data["keep"] is not True):
        raise Invalid.one("take", "required", _("Send one of take, keep and value."))
    take = data.get("take", 0)
    if isinstance(take, bool) or not isinstance(take, int) or not 0 <= take <= MAX_ID:
        raise Invalid.one("take", "type", _("This must be the id of an answer."))
    field = call.spec.field(call.path["field_key"])
    value = field.type.from_api(field, data.get("value")) if field and "value" in data else None
    done = settle(
        actor=call.actor, spec=call.spec, record_id=call.record_id, field_key=call.path["field_key"],
        choice=Choice(take=take, keep="keep" in data, value=value),
    )  # fmt: skip
    record = all_records(call.spec, call.actor.workspace_id).get(pk=done.record.pk)
    return answer(record_json(call.spec, record, call.context), version=record.version)


def take_source(call: Call) -> HttpResponse:
    """`{"source": "api:Webshop", "field": "website"}`: believe it in every open conflict, up to 1,000, as one batch."""
    call.query()
    data = call.body("source", "field")
    source, field = data.get("source"), data.get("field", "")
    if not isinstance(source, str) or not isinstance(field, str) or not source:
        raise Invalid.one("source", "type", _("This must be text."))
    done = take_all(actor=call.actor, spec=call.spec, source=source, field_key=field)
    return answer(
        {"settled": done.count, "refused": done.refused, "more": done.more, "batch": done.batch_id or None}
    )

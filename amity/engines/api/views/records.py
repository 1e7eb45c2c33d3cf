"""Records of any object: list, create, read, change, delete, restore."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseNotModified

from amity.engines.api.call import Call, answer, nothing
from amity.engines.api.parameters import LIST, chosen, count_of, list_query, switch
from amity.engines.api.serial import expand_links, read_values, record_json
from amity.foundation.records import listing
from amity.foundation.records.access import all_records, get_record
from amity.foundation.records.services.records import (
    create_record,
    delete_record,
    restore_record,
    update_record,
)
from amity.foundation.records.values import row_of


def list_records(call: Call) -> HttpResponse:
    spec, context = call.spec, call.context
    call.actor.require(spec.key, "see")
    given = call.query(*LIST)
    shape, expanding = chosen(given, spec)
    query, counting = list_query(given, shape), count_of(given)
    page = listing.page(spec, query, context)
    expanded = expand_links(page.rows, expanding, context)
    data: dict[str, Any] = {
        "data": [shape.write(row, expanded) for row in page.rows],
        "next_cursor": page.next_cursor or None,
    }
    if counting:
        value, exact = listing.count(spec, query, context, exact=counting == "exact")
        data["count"] = {"value": value, "exact": exact}
    return answer(data)


def create(call: Call) -> HttpResponse:
    call.query()
    spec = call.spec
    call.actor.require(spec.key, "create")
    record_id = create_record(actor=call.actor, spec=spec, values=read_values(spec, call.body()))
    response = answer(written_record(call, record_id), 201, version=1)
    response["Location"] = f"/api/v1/{spec.key}/{record_id}"
    return response


def written_record(call: Call, record_id: int) -> dict[str, Any]:
    """A record its writer may read back even when the role sees no more of it from now on."""
    record = all_records(call.spec, call.actor.workspace_id).get(pk=record_id)
    return record_json(call.spec, record, call.context)


def read(call: Call) -> HttpResponse:
    spec, context = call.spec, call.context
    given = call.query("fields", "expand", "trash")
    shape, expanding = chosen(given, spec)
    record = get_record(spec, call.actor, call.record_id, trash=switch(given, "trash"))
    if _known(call, record.version):
        response: HttpResponse = HttpResponseNotModified()
        response["ETag"] = f'"{record.version}"'
        return response
    row = row_of(spec, record, context, shape.fields)
    return answer(shape.write(row, expand_links([row], expanding, context)), version=record.version)


def _known(call: Call, version: int) -> bool:
    """Whether the caller holds this version already; weak tags count when reading."""
    header = call.request.META.get("HTTP_IF_NONE_MATCH", "")
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")} if header else set()
    return f'"{version}"' in tags or "*" in tags


def update(call: Call) -> HttpResponse:
    call.query()
    spec = call.spec
    record = update_record(
        actor=call.actor,
        spec=spec,
        record_id=call.record_id,
        values=read_values(spec, call.body()),
        version=call.expected_version(),
    )
    return answer(record_json(spec, record, call.context), version=record.version)


def delete(call: Call) -> HttpResponse:
    call.query()
    delete_record(actor=call.actor, spec=call.spec, record_id=call.record_id, version=call.expected_version())
    return nothing()


def restore(call: Call) -> HttpResponse:
    call.query()
    record = restore_record(actor=call.actor, spec=call.spec, record_id=call.record_id)
    return answer(record_json(call.spec, record, call.context), version=record.version)

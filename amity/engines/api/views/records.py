"""Records of any object: list, create, read, change, delete, restore."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.translation import gettext as _

from amity.engines.api.call import Call, answer, nothing
from amity.engines.api.parameters import LIST, chosen, count_of, list_query, switch
from amity.engines.api.serial import expand_links, read_values, record_json
from amity.engines.api.views.claims import ON_CONFLICT, asks
from amity.foundation.core.errors import Invalid, NotFound
from amity.foundation.records import listing
from amity.foundation.records.access import MAX_ID, all_records, get_record
from amity.foundation.records.merged import survivor_of
from amity.foundation.records.services.claims import open_claims
from amity.foundation.records.services.merge import merge_records
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
    try:
        record = get_record(spec, call.actor, call.record_id, trash=switch(given, "trash"))
    except NotFound:
        return _moved(call)
    if _known(call, record.version):
        response: HttpResponse = HttpResponseNotModified()
        response["ETag"] = f'"{record.version}"'
        return response
    row = row_of(spec, record, context, shape.fields)
    return answer(shape.write(row, expand_links([row], expanding, context)), version=record.version)


def _moved(call: Call) -> HttpResponse:
    """302 to the record that a merged one became (a merge can be undone); NotFound for those who do not see it."""
    into = survivor_of(call.spec, call.actor.workspace_id, call.record_id)
    if into is None:
        raise NotFound
    get_record(call.spec, call.actor, into)
    response = answer({"object": call.spec.key, "id": call.record_id, "merged_into": into}, 302)
    query = call.request.META.get("QUERY_STRING", "")
    response["Location"] = f"/api/v1/{call.spec.key}/{into}" + (f"?{query}" if query else "")
    return response


def merge(call: Call) -> HttpResponse:
    """`ids` go into the record of the address. `take` names fields whose value comes from one of them."""
    call.query()
    data = call.body("ids", "take", "values")
    version = call.expected_version()
    merge_records(
        actor=call.actor,
        spec=call.spec,
        survivor_id=call.record_id,
        other_ids=_ids(data.get("ids")),
        take=_sources(data.get("take", {})),
        values=read_values(call.spec, data.get("values", {})),
        versions={call.record_id: version} if version is not None else {},
    )
    record = all_records(call.spec, call.actor.workspace_id).get(pk=call.record_id)
    return answer(record_json(call.spec, record, call.context), version=record.version)


def _ids(value: Any) -> list[int]:
    if not isinstance(value, list) or not all(_is_id(one) for one in value):
        raise Invalid.one("ids", "type", _("This must be a list of ids."))
    return value


def _sources(value: Any) -> dict[str, int]:
    if not isinstance(value, dict) or not all(_is_id(one) for one in value.values()):
        raise Invalid.one("take", "type", _("This must be an object of fields and ids."))
    return value


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_ID


def _known(call: Call, version: int) -> bool:
    """Whether the caller holds this version already; weak tags count when reading."""
    header = call.request.META.get("HTTP_IF_NONE_MATCH", "")
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")} if header else set()
    return f'"{version}"' in tags or "*" in tags


def update(call: Call) -> HttpResponse:
    """With `on_conflict=ask` the header `Conflicts` names the fields that wait for somebody."""
    ask = asks(call.query(ON_CONFLICT))
    spec = call.spec
    record = update_record(
        actor=call.actor,
        spec=spec,
        record_id=call.record_id,
        values=read_values(spec, call.body()),
        version=call.expected_version(),
        ask=ask,
    )
    response = answer(record_json(spec, record, call.context), version=record.version)
    if ask:
        fields = open_claims(spec, call.actor, record_id=record.pk).values_list("field", flat=True)
        response["Conflicts"] = ", ".join(sorted(set(fields)))
    return response


def delete(call: Call) -> HttpResponse:
    call.query()
    delete_record(actor=call.actor, spec=call.spec, record_id=call.record_id, version=call.expected_version())
    return nothing()


def restore(call: Call) -> HttpResponse:
    call.query()
    record = restore_record(actor=call.actor, spec=call.spec, record_id=call.record_id)
    return answer(record_json(call.spec, record, call.context), version=record.version)

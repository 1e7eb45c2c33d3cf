"""What hangs on a record: notes, links, its history and taking changes back."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.call import Call, answer, nothing
from amity.engines.api.parameters import MAX_LIMIT, refuse, switch, whole_number
from amity.engines.api.serial import link_json
from amity.foundation.core.clock import to_iso
from amity.foundation.core.errors import Invalid, NotFound
from amity.foundation.records.access import get_record
from amity.foundation.records.merged import told_by
from amity.foundation.records.models import Change, Note
from amity.foundation.records.seen import tells
from amity.foundation.records.services.clean import known_ids
from amity.foundation.records.services.notes import add_note, delete_note, edit_note, get_note, pin_note
from amity.foundation.records.services.records import as_list, lock_record, update_record
from amity.foundation.records.services.undo import undo_change
from amity.foundation.records.spec import Field
from amity.foundation.records.values import row_of

MERGING = ("merge", "unmerge")


def newest(call: Call, rows: Any, *extra: str) -> tuple[list[Any], str | None]:
    """One page of rows from the newest down; the cursor is the last id."""
    given = call.query("cursor", "limit", *extra)
    limit = whole_number(given, "limit", 50, MAX_LIMIT)
    cursor = given.get("cursor", "")
    if cursor:
        if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 18:
            raise refuse("cursor", _("This page link is no longer valid."))
        rows = rows.filter(pk__lt=int(cursor))
    found = list(rows.order_by("-pk")[: limit + 1])
    return found[:limit], str(found[limit - 1].pk) if len(found) > limit else None


def page_of(rows: list[dict[str, Any]], cursor: str | None) -> HttpResponse:
    return answer({"data": rows, "next_cursor": cursor})


# --- notes -------------------------------------------------------------------------------------------------


def note_json(note: Any) -> dict[str, Any]:
    return {
        "id": note.pk,
        "body": note.body,
        "author": note.author_id,
        "created_at": to_iso(note.created_at),
        "edited_at": to_iso(note.edited_at) if note.edited_at else None,
        "pinned": note.pinned,
        "mentions": [user_id for user_id, _name in note.mentions],
    }


def list_notes(call: Call) -> HttpResponse:
    get_record(call.spec, call.actor, call.record_id)
    rows = Note.unscoped.filter(
        workspace_id=call.actor.workspace_id,
        object_type_id=call.spec.type_id,
        record_id=call.record_id,
        deleted_at=None,
    )
    found, cursor = newest(call, rows)
    return page_of([note_json(note) for note in found], cursor)


def create_note(call: Call) -> HttpResponse:
    call.query()
    body = call.body("body").get("body")
    note = add_note(actor=call.actor, spec=call.spec, record_id=call.record_id, body=_text(body))
    response = answer(note_json(note), 201)
    response["Location"] = f"/api/v1/{call.spec.key}/{call.record_id}/notes/{note.pk}"
    return response


def _text(body: Any) -> str:
    if not isinstance(body, str):
        raise Invalid.one("body", "type", _("This must be text."))
    return body


def _note(call: Call) -> dict[str, Any]:
    return {
        "actor": call.actor,
        "spec": call.spec,
        "record_id": call.record_id,
        "note_id": call.path["note_id"],
    }


def read_note(call: Call) -> HttpResponse:
    call.query()
    return answer(note_json(get_note(**_note(call))))


def update_note(call: Call) -> HttpResponse:
    """Body and pin, together or alone."""
    call.query()
    data = call.body("body", "pinned")
    if "pinned" in data and not isinstance(data["pinned"], bool):
        raise Invalid.one("pinned", "type", _("This must be true or false."))
    with transaction.atomic():
        note = get_note(**_note(call))
        if "body" in data:
            note = edit_note(**_note(call), body=_text(data["body"]))
        if "pinned" in data:
            note = pin_note(**_note(call), pinned=data["pinned"])
    return answer(note_json(note))


def remove_note(call: Call) -> HttpResponse:
    call.query()
    delete_note(**_note(call))
    return nothing()


# --- links -------------------------------------------------------------------------------------------------


def _link_field(call: Call) -> Field:
    found = call.spec.field(call.path["relation"])
    if found is None or not found.target or found.archived or found.hidden:
        raise NotFound
    return found


def _ends(call: Call, field: Field, record: Any) -> list[dict[str, Any]]:
    row = row_of(call.spec, record, call.context, [field])
    return [link_json(end) for end in row.links.get(field.key, ()) if end.visible]


def list_links(call: Call) -> HttpResponse:
    """The records linked under one relation: those one may see."""
    call.query()
    field = _link_field(call)
    return page_of(_ends(call, field, get_record(call.spec, call.actor, call.record_id)), None)


def add_links(call: Call) -> HttpResponse:
    """Link more records; where only one can be linked it takes the other's place."""
    call.query()
    field, data = _link_field(call), call.body("id", "ids")
    if len(data) != 1:
        raise Invalid.one("id", "required", _("Send either id or ids."))
    wanted = as_list(data.get("id", data.get("ids")))
    with transaction.atomic():
        record = lock_record(call.spec, call.actor, call.record_id, "edit")
        have = [end["id"] for end in _ends(call, field, record)] if field.many else []
        record = _set_links(call, field, [*have, *wanted])
    return page_of(_ends(call, field, record), None)


def remove_link(call: Call) -> HttpResponse:
    call.query()
    field = _link_field(call)
    with transaction.atomic():
        record = lock_record(call.spec, call.actor, call.record_id, "edit")
        have = [end["id"] for end in _ends(call, field, record)]
        if call.path["target_id"] not in have:
            raise NotFound
        _set_links(call, field, [one for one in have if one != call.path["target_id"]])
    return nothing()


def _set_links(call: Call, field: Field, ids: list[Any]) -> Any:
    return update_record(
        actor=call.actor, spec=call.spec, record_id=call.record_id, values={field.key: ids or None}
    )


# --- history -----------------------------------------------------------------------------------------------


def history(call: Call) -> HttpResponse:
    """Who changed what, newest first, of records merged into this one too.

    Ids of linked records one may not see are left out.
    """
    given = call.query("cursor", "limit", "trash")
    get_record(call.spec, call.actor, call.record_id, trash=switch(given, "trash"))
    told = told_by(call.spec, call.actor.workspace_id, call.record_id)
    rows = Change.unscoped.filter(
        workspace_id=call.actor.workspace_id, object_type_id=call.spec.type_id, record_id__in=told
    )
    found, cursor = newest(call, rows.select_related("actor"), "trash")
    shown = {item.key: item for item in call.spec.live_fields}
    seen = {item.key: _seen_ends(call, item, found) for item in call.spec.live_fields if item.target}
    told = [change for change in found if change.kind in MERGING or tells(call.spec, change.changes)]
    return page_of([_change_json(change, shown, seen) for change in told], cursor)


def _seen_ends(call: Call, field: Field, changes: list[Any]) -> set[int]:
    ids = {one for change in changes for side in change.changes.get(field.key, ()) for one in as_list(side)}
    return known_ids(field, ids, call.context) if ids else set()


def _change_json(change: Any, shown: dict[str, Field], seen: dict[str, set[int]]) -> dict[str, Any]:
    return {
        "id": change.pk,
        "record": change.record_id,
        "kind": change.kind,
        "at": to_iso(change.at),
        "actor": {"id": change.actor_id, "name": str(change.actor)} if change.actor else None,
        "source": change.source,
        "batch": change.batch_id,
        "undoes": change.undoes,
        "changes": {
            key: [_side(shown[key], side, seen) for side in sides]
            for key, sides in change.changes.items()
            if key in shown
        },
    }


def _side(field: Field, value: Any, seen: dict[str, set[int]]) -> Any:
    if not field.target:
        return field.type.to_api(field, value)
    ids = [one for one in as_list(value) if one in seen[field.key]]
    return ids if field.many else (ids[0] if ids else None)


def undo(call: Call) -> HttpResponse:
    """Take one change back; fields changed since are kept and named."""
    call.query()
    done = undo_change(
        actor=call.actor, spec=call.spec, record_id=call.record_id, change_id=call.path["change_id"]
    )
    return answer({"restored": done.restored, "kept": done.kept, "change": done.change_id})

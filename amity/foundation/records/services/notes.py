"""Notes on records: whoever may see a record may write on it; the author and administrators change a note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Denied, Invalid, NotFound
from amity.foundation.core.outbox import emit
from amity.foundation.core.text import clean_text
from amity.foundation.records.access import get_record, only_shown
from amity.foundation.records.events import Mentioned, RecordsChanged
from amity.foundation.records.models import Note
from amity.foundation.records.services.mentions import Named, named_in
from amity.foundation.records.spec import ObjectSpec

MAX_NOTE = 20_000


def add_note(
    *, actor: Actor, spec: ObjectSpec, record_id: int, body: str, chosen: Sequence[int] = ()
) -> Note:
    """Write a note; see `write_note`."""
    return write_note(actor=actor, spec=spec, record_id=record_id, body=body, chosen=chosen)[0]


def write_note(
    *, actor: Actor, spec: ObjectSpec, record_id: int, body: str, chosen: Sequence[int] = ()
) -> tuple[Note, Named]:
    """Write a note; colleagues named in it hear of it if they may see the record (`chosen`: see `named_in`).

    Raises Invalid when empty or too long, Denied for those who only look: as somebody else, or because the record
    is shared with them to see it.
    """
    if actor.read_only:
        raise Denied
    record = get_record(spec, actor, record_id)
    _check_more_than_shown(actor, spec, record)
    text = note_text(body)
    named = named_in(actor=actor, spec=spec, record=record, body=text, chosen=chosen)
    with transaction.atomic():
        note = Note.unscoped.create(
            workspace_id=actor.workspace_id,
            object_type_id=spec.type_id,
            record_id=record.pk,
            body=text,
            mentions=named.mentions,
            author_id=actor.user_id,
        )
        emit(RecordsChanged.of(spec, actor, "noted", [record.pk], None))
        _tell(actor, spec, note, named.told)
    return note, named


def _check_more_than_shown(actor: Actor, spec: ObjectSpec, record: Any) -> None:
    if only_shown(spec, actor, record):
        raise Denied(_("This record is shared with you to see it, not to write on it."))


def _tell(actor: Actor, spec: ObjectSpec, note: Note, user_ids: Sequence[int]) -> None:
    others = [one for one in user_ids if one != actor.user_id]
    if others:
        emit(Mentioned(actor.workspace_id, spec.key, note.record_id, note.pk, others, actor.user_id))


def note_text(body: str) -> str:
    try:
        text = clean_text(body, multiline=True, limit=MAX_NOTE)
    except ValueError as error:
        limit = {"n": MAX_NOTE}
        raise Invalid.one("body", "too_long", _("A note has at most %(n)s characters.") % limit) from error
    if not text:
        raise Invalid.one("body", "required", _("Write something first."))
    return text


def get_note(*, actor: Actor, spec: ObjectSpec, record_id: int, note_id: int, trash: bool = False) -> Note:
    get_record(spec, actor, record_id)
    note = Note.unscoped.filter(
        pk=note_id,
        workspace_id=actor.workspace_id,
        object_type_id=spec.type_id,
        record_id=record_id,
        deleted_at__isnull=not trash,
    ).first()
    if note is None:
        raise NotFound
    return note


def _own_note(actor: Actor, spec: ObjectSpec, record_id: int, note_id: int, *, trash: bool = False) -> Note:
    note = get_note(actor=actor, spec=spec, record_id=record_id, note_id=note_id, trash=trash)
    if actor.read_only or not (actor.admin or note.author_id == actor.user_id):
        raise Denied(_("Only its author may change a note."))
    _check_more_than_shown(actor, spec, get_record(spec, actor, record_id))
    return note


def edit_note(*, actor: Actor, spec: ObjectSpec, record_id: int, note_id: int, body: str) -> Note:
    """Change the text; who is named in it now and was not before hears of it."""
    note = _own_note(actor, spec, record_id, note_id)
    before = {user_id for user_id, _name in note.mentions}
    record = get_record(spec, actor, record_id)
    note.body, note.edited_at = note_text(body), now()
    named = named_in(actor=actor, spec=spec, record=record, body=note.body, known=sorted(before))
    note.mentions = named.mentions
    with transaction.atomic():
        note.save(update_fields=["body", "edited_at", "mentions"])
        _tell(actor, spec, note, [one for one in named.told if one not in before])
    return note


def pin_note(*, actor: Actor, spec: ObjectSpec, record_id: int, note_id: int, pinned: bool) -> Note:
    note = _own_note(actor, spec, record_id, note_id)
    note.pinned = pinned
    with transaction.atomic():
        note.save(update_fields=["pinned"])
    return note


def delete_note(*, actor: Actor, spec: ObjectSpec, record_id: int, note_id: int) -> None:
    note = _own_note(actor, spec, record_id, note_id)
    note.deleted_at = now()
    with transaction.atomic():
        note.save(update_fields=["deleted_at"])


def restore_note(*, actor: Actor, spec: ObjectSpec, record_id: int, note_id: int) -> None:
    note = _own_note(actor, spec, record_id, note_id, trash=True)
    note.deleted_at = None
    with transaction.atomic():
        note.save(update_fields=["deleted_at"])


def notes_of(*, actor: Actor, spec: ObjectSpec, record_id: int, limit: int = 200) -> list[Any]:
    """Live notes, newest first, authors loaded; the record's visibility is checked by the caller."""
    rows = Note.unscoped.filter(
        workspace_id=actor.workspace_id, object_type_id=spec.type_id, record_id=record_id, deleted_at=None
    )
    return list(rows.select_related("author").order_by("-created_at")[:limit])

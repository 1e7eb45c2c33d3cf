"""What people agreed to: purposes are made by the administrator, words of consent are added and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.services import audit, bump_schema
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Conflict, Denied, Invalid, LimitReached, NotFound
from amity.foundation.core.outbox import emit
from amity.foundation.core.text import clean_text, slugify_key
from amity.foundation.records.access import among_records, get_record
from amity.foundation.records.context import context_for
from amity.foundation.records.events import RecordsChanged
from amity.foundation.records.fieldtypes.consent import GIVEN, VOID, WITHDRAWN
from amity.foundation.records.models import Change, Consent, Purpose
from amity.foundation.records.objects import spec_for, specs_for
from amity.foundation.records.seen import seen_by
from amity.foundation.records.services.schema import refresh
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import Row, load_consents

MAX_PURPOSES = 30
MAX_WORDING = 4000
CHANNELS: dict[str, Any] = {
    "paper": gettext_lazy("Signed on paper"),
    "email": gettext_lazy("By e-mail"),
    "phone": gettext_lazy("On the phone"),
    "person": gettext_lazy("Face to face"),
    "form": gettext_lazy("Through a form"),
    "other": gettext_lazy("Another way"),
}


# --- purposes ----------------------------------------------------------------------------------------------


def save_purpose(
    *, actor: Actor, purpose_id: int | None = None, label: str, wording: str, objects: Sequence[str]
) -> Purpose:
    """Make a purpose or change one; other words than before are a new version. Raises Invalid."""
    actor.require_admin()
    row = _purpose(actor, purpose_id) if purpose_id else Purpose(workspace_id=actor.workspace_id)
    label, wording = _tidy(label, "label", 80), _tidy(wording, "wording", MAX_WORDING)
    specs = specs_for(actor)
    if not objects or not set(objects) <= set(specs):
        raise Invalid.one("objects", "required", _("Choose whom it is asked of."))
    if row.pk is None:
        row.key = _free_key(actor, label, specs)
    elif row.wording != wording:
        row.version += 1
    row.label, row.wording, row.objects_shown = label, wording, list(objects)
    return _save(actor, row, "purpose.changed" if purpose_id else "purpose.created")


def archive_purpose(*, actor: Actor, purpose_id: int, archived: bool) -> Purpose:
    """Put a purpose away or bring it back; what people said about it is kept."""
    actor.require_admin()
    row = _purpose(actor, purpose_id)
    row.archived_at = now() if archived else None
    return _save(actor, row, "purpose.archived" if archived else "purpose.restored")


def _save(actor: Actor, row: Purpose, verb: str) -> Purpose:
    with transaction.atomic():
        row.save()
        bump_schema(actor.workspace_id)
        audit(actor, verb, row.label, version=row.version)
        transaction.on_commit(lambda: refresh(actor))
    return row


def _purpose(actor: Actor, purpose_id: int) -> Purpose:
    row: Purpose | None = Purpose.unscoped.filter(workspace_id=actor.workspace_id, pk=purpose_id).first()
    if row is None:
        raise NotFound
    return row


def _free_key(actor: Actor, label: str, specs: Mapping[str, ObjectSpec]) -> str:
    rows = Purpose.unscoped.filter(workspace_id=actor.workspace_id)
    taken = set(rows.values_list("key", flat=True))
    if len(taken) >= MAX_PURPOSES:
        raise LimitReached(_("A workspace has at most %(n)s purposes.") % {"n": MAX_PURPOSES})
    taken |= {key.removeprefix("consent_") for spec in specs.values() for key in spec.by_key}
    base = slugify_key(label)[:26] or "purpose"
    return next(key for key in (base, *(f"{base}_{n}" for n in range(2, 1000))) if key not in taken)


def _tidy(text: str, field: str, limit: int, *, optional: bool = False) -> str:
    try:
        clean = clean_text(text or "", multiline=field == "wording", limit=limit).strip()
    except ValueError as error:
        message = _("This is longer than %(n)s characters.") % {"n": limit}
        raise Invalid.one(field, "too_long", message) from error
    if not clean and not optional:
        raise Invalid.one(field, "required", _("This is needed."))
    return clean


# --- words of consent --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """How a word of consent reached us. `giver` is `(object key, id)` of who said it, None for the person herself."""

    channel: str = "other"
    remark: str = ""
    giver: tuple[str, int] | None = None
    batch_id: int | None = None


def set_consent(
    *, actor: Actor, spec: ObjectSpec, record_id: int, field: str, verdict: str, said: Said | None = None
) -> Consent:
    """Add what somebody said about one purpose; `field` is the consent's field.

    Raises NotFound, Denied without the right to change the record or where the role may only read this consent,
    Invalid, and Conflict when it is so already.
    """
    spec, said = seen_by(actor, spec), said or Said()
    item = consent_field(spec, field)
    if verdict not in (GIVEN, WITHDRAWN):
        raise Invalid.one("verdict", "unknown", _("Choose one of the list."))
    if said.channel not in CHANNELS:
        raise Invalid.one("channel", "unknown", _("Choose one of the list."))
    with transaction.atomic():
        get_record(spec, actor, record_id, "edit", lock=True)
        if item.role_only:
            raise Denied
        if state_of(actor, spec, item, [record_id])[record_id] == verdict:
            raise Conflict(_("This is how it stands already."), code="unchanged")
        write_consents(actor, spec, item, {record_id: verdict}, said)
        found: Consent = consents_of(actor, spec, record_id).order_by("-id")[0]
    return found


def consent_field(spec: ObjectSpec, key: str) -> Field:
    """The field of a purpose as the role may see it; NotFound for anything else."""
    item = next((one for one in spec.consents if one.key == key), None)
    if item is None:
        raise NotFound
    return item


def state_of(actor: Actor, spec: ObjectSpec, item: Field, ids: Sequence[int]) -> dict[int, str | None]:
    """How it stands with each of the records."""
    rows = [Row((pk, "", None, 0, None), {}) for pk in ids]
    load_consents(spec, [item], rows, context_for(actor))
    return {row.id: row.values[item.key] for row in rows}


def write_consents(
    actor: Actor, spec: ObjectSpec, item: Field, verdicts: Mapping[int, str], said: Said
) -> None:
    """Add one word for each of these records. Call inside a transaction, after checking who may."""
    if not verdicts:
        return
    purpose = _purpose(actor, item.settings["purpose"])
    before = state_of(actor, spec, item, list(verdicts))
    giver = _giver(actor, said.giver)
    here = {"workspace_id": actor.workspace_id, "object_type_id": spec.type_id}
    old = Consent.unscoped.filter(**here, purpose=purpose, record_id__in=list(verdicts), current=True)
    old.update(current=False)
    at, by = now(), {"actor_id": actor.user_id, "source": actor.source}
    lines = Change.unscoped.bulk_create(
        Change(
            **here, **by, record_id=record_id, kind="consent", at=at, batch_id=said.batch_id,
            changes={item.key: [before[record_id], None if verdict == VOID else verdict]},
        )
        for record_id, verdict in verdicts.items()
    )  # fmt: skip
    remark = _tidy(said.remark, "remark", 250, optional=True)
    Consent.unscoped.bulk_create(
        Consent(
            **here, **by, **giver, record_id=line.record_id, purpose=purpose, verdict=verdicts[line.record_id],
            channel=said.channel, remark=remark, wording=purpose.wording, version=purpose.version, at=at,
            change_id=line.pk,
        )
        for line in lines
    )  # fmt: skip
    records = among_records(spec, actor.workspace_id, verdicts)
    records.update(version=F("version") + 1, updated_at=at)
    emit(RecordsChanged.of(spec, actor, "updated", sorted(verdicts), said.batch_id, [item.key]))


def _giver(actor: Actor, giver: tuple[str, int] | None) -> dict[str, Any]:
    """Who said it, as columns; Invalid for somebody one may not see."""
    if giver is None:
        return {}
    try:
        spec = spec_for(actor, giver[0])
        record = get_record(spec, actor, giver[1])
    except NotFound as error:
        raise Invalid.one("giver", "unknown", _("Choose one from the list.")) from error
    return {"giver_type_id": spec.type_id, "giver_id": record.pk, "giver_name": record.title}


def undo_consent(*, actor: Actor, spec: ObjectSpec, change: Change, batch_id: int | None = None) -> None:
    """Take an entry back that was made by mistake: how it stood before is written again, nothing is removed.

    Raises Denied, and Conflict when something else was said since.
    """
    key, (before, _after) = next(iter(change.changes.items()))
    item = consent_field(spec, key)
    with transaction.atomic():
        get_record(spec, actor, change.record_id, "edit", lock=True)
        if item.role_only:
            raise Denied
        row = Consent.unscoped.filter(workspace_id=actor.workspace_id, change_id=change.pk).first()
        if row is None or not row.current:
            raise Conflict(_("Nothing to take back: it was changed again since."), code="changed_since")
        said = Said(channel=row.channel, remark=_("Entered by mistake"), batch_id=batch_id)
        write_consents(actor, spec, item, {row.record_id: before or VOID}, said)


def consents_of(actor: Actor, spec: ObjectSpec, record_id: int) -> Any:
    """Every word of consent about a record that the role may see, as a queryset. The record must be seen already."""
    purposes = [item.settings["purpose"] for item in spec.consents]
    rows = Consent.unscoped.filter(
        workspace_id=actor.workspace_id, object_type_id=spec.type_id, record_id=record_id,
        purpose_id__in=purposes,
    )  # fmt: skip
    return rows.select_related("actor", "purpose")


__all__ = [
    "CHANNELS", "Said", "archive_purpose", "consent_field", "consents_of", "save_purpose", "set_consent",
    "state_of", "undo_consent", "write_consents",
]  # fmt: skip

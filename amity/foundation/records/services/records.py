"""Create, change, trash and restore one record. The only doors for pages, API, automation and commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import AmityError, Conflict, Denied, Stale
from amity.foundation.records.access import all_records, get_record, judged, locked, owned, reaches
from amity.foundation.records.context import Context, context_for
from amity.foundation.records.merged import survivor_of
from amity.foundation.records.provenance import source_of
from amity.foundation.records.seen import seen_by
from amity.foundation.records.services.claims import hear, sort_out
from amity.foundation.records.services.clean import check_references, check_required, clean_values, known_ids
from amity.foundation.records.services.links import linked_ids
from amity.foundation.records.services.write import Draft, Edit, Writer
from amity.foundation.records.spec import Field, ObjectSpec, Values
from amity.foundation.records.values import read_record


def create_record(
    *, actor: Actor, spec: ObjectSpec, values: Mapping[str, Any], batch_id: int | None = None
) -> int:
    """Make a record and return its id. Empty fields take their defaults, the owner is the actor unless named.

    Raises Denied, Invalid (with every field's error) or Conflict for a taken unique value.
    """
    return create_records(actor=actor, spec=spec, drafts=[new_draft(actor, spec, values)], batch_id=batch_id)[
        0
    ]


def new_draft(actor: Actor, spec: ObjectSpec, values: Mapping[str, Any]) -> Draft:
    """A record checked and ready to be made. Raises Denied or Invalid."""
    actor.require(spec.key, "create")
    spec, context = seen_by(actor, spec), context_for(actor)
    return make_draft(spec, clean_values(spec, spec.prepare(dict(values), {}, context), context), context)


def create_records(
    *, actor: Actor, spec: ObjectSpec, drafts: Sequence[Draft], batch_id: int | None = None
) -> list[int]:
    """Make records of `new_draft` in one set, all or none; their ids in order. Conflict for a taken unique value."""
    with transaction.atomic():
        return Writer(spec, actor, batch_id=batch_id).create(drafts)


def make_draft(spec: ObjectSpec, cleaned: Values, context: Context) -> Draft:
    """Defaults, owner, required and references of a new record."""
    for field in spec.fields:
        if field.default is not None and not field.archived and field.key not in cleaned:
            cleaned[field.key] = field.default
    if "owner" not in cleaned:
        cleaned["owner"] = context.actor.user_id
    check_owner(spec, cleaned.get("owner"), context.actor)
    check_required(spec, cleaned)
    check_references(spec, cleaned, context)
    stored = {key: value for key, value in cleaned.items() if spec.by_key[key].stored}
    links = {key: as_list(value) for key, value in cleaned.items() if not spec.by_key[key].stored}
    return Draft(stored, {key: ids for key, ids in links.items() if ids})


def as_list(value: Any) -> list[int]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def check_owner(spec: ObjectSpec, owner_id: int | None, actor: Actor) -> None:
    """Nobody hands over or takes a record beyond the reach of their role: it would leave or enter their sight."""
    if owner_id == actor.user_id:
        return
    reach = actor.owners(spec.key, "edit") if actor.may(spec.key, "edit") else actor.owners(spec.key, "see")
    if reach is not None and owner_id not in reach:
        raise Denied(_("Your role does not let you give records to this person."))


def check_handing(spec: ObjectSpec, record: Any, owner_id: int | None, actor: Actor) -> None:
    """Nor does anybody hand over, or take, a record that they may change only because it is shared with them."""
    if not owned(spec, actor, record, "edit"):
        raise Denied(_("This record is shared with you: you cannot give it to somebody else."))
    check_owner(spec, owner_id, actor)


def update_record(
    *,
    actor: Actor,
    spec: ObjectSpec,
    record_id: int,
    values: Mapping[str, Any],
    version: int | None = None,
    expected: Mapping[str, Any] | None = None,
    batch_id: int | None = None,
    undoes: int | None = None,
    ask: bool = False,
) -> Any:
    """Change some fields and return the record.

    `ask`: fields that hold something else keep it, and what was sent is kept beside it as a claim (`claims.hear`).

    `version` is an ETag: Stale when the record has another one. `expected` holds canonical old values of an
    in-place edit: Conflict only when one of those fields was changed since. Raises NotFound, Denied, Invalid.
    """
    spec = seen_by(actor, spec)
    with transaction.atomic():
        record = lock_record(spec, actor, record_id, "edit")
        edit = _edit_of(spec, actor, record, values, version, expected, ask=ask)
        edit.undoes = undoes
        Writer(spec, actor, batch_id=batch_id).update([edit])
    return record


def _edit_of(
    spec: ObjectSpec,
    actor: Actor,
    record: Any,
    values: Mapping[str, Any],
    version: int | None,
    expected: Mapping[str, Any] | None = None,
    *,
    ask: bool = False,
) -> Edit:
    _check_version(record, version)
    context, before = context_for(actor), read_record(spec, record)
    _check_expected(spec, before, expected or {}, context)
    cleaned = clean_values(spec, spec.prepare(dict(values), before, context), context)
    edit = make_edit(spec, record, before, cleaned, context)
    return _asked(spec, actor, edit, before, cleaned) if ask else edit


def _asked(spec: ObjectSpec, actor: Actor, edit: Edit, before: Values, cleaned: Values) -> Edit:
    """The checked edit without what is in dispute, but with what its source's rank lets win."""
    sorted_out = sort_out(spec, before, cleaned)
    heard = hear(actor=actor, spec=spec, source=source_of(actor), said={edit.record.pk: sorted_out})
    winning = heard.winning.get(edit.record.pk, {})
    stored = {key: value for key, value in sorted_out.free.items() if spec.by_key[key].stored}
    return replace(edit, values={**stored, **winning})


def _check_version(record: Any, version: int | None) -> None:
    if version is not None and record.version != version:
        raise Stale(details={"version": record.version})


@dataclass(frozen=True)
class Wanted:
    """What one of several records is to become; nothing to be deleted. `version` as in `update_record`."""

    record_id: int
    values: Mapping[str, Any]
    version: int | None = None


def update_records(
    *,
    actor: Actor,
    spec: ObjectSpec,
    wanted: Sequence[Wanted],
    batch_id: int | None = None,
    ask: bool = False,
) -> list[Any]:
    """Change different records in one set, each judged by itself: the record, or the error that refused it.

    `ask` as in `update_record`.
    Raises Conflict, and writes nothing, when any of them takes a unique value that is in use.
    """
    spec = seen_by(actor, spec)
    with transaction.atomic():
        found = _judged(actor, spec, wanted, "edit")
        edits = []
        for place, one in enumerate(wanted):
            if not isinstance(found[place], AmityError):
                try:
                    edits.append(_edit_of(spec, actor, found[place], one.values, one.version, ask=ask))
                except AmityError as error:
                    found[place] = error
        Writer(spec, actor, batch_id=batch_id).update(edits)
    return found


def delete_records(
    *, actor: Actor, spec: ObjectSpec, wanted: Sequence[Wanted], batch_id: int | None = None
) -> list[Any]:
    """Move different records to the trash in one set, each judged by itself as in `update_records`."""
    with transaction.atomic():
        found = _judged(actor, spec, wanted, "delete")
        for place, one in enumerate(wanted):
            if not isinstance(found[place], AmityError):
                try:
                    _check_version(found[place], one.version)
                except AmityError as error:
                    found[place] = error
        going = [record for record in found if not isinstance(record, AmityError)]
        if going:
            Writer(spec, actor, batch_id=batch_id).trash(going)
    return found


def _judged(actor: Actor, spec: ObjectSpec, wanted: Sequence[Wanted], verb: str) -> list[Any]:
    records = {one.pk: one for one in locked(spec, actor.workspace_id, [one.record_id for one in wanted])}
    found: list[Any] = []
    for one in wanted:
        try:
            found.append(judged(spec, actor, records.get(one.record_id), verb))
        except AmityError as error:
            found.append(error)
    return found


def lock_record(spec: ObjectSpec, actor: Actor, record_id: int, verb: str, *, trash: bool = False) -> Any:
    """The record as it is now, held until the transaction ends."""
    return get_record(spec, actor, record_id, verb, trash=trash, lock=True)


def make_edit(spec: ObjectSpec, record: Any, before: Values, cleaned: Values, context: Context) -> Edit:
    """Check a change against the record as it is; what did not change is not checked again."""
    changed = {
        key: value
        for key, value in cleaned.items()
        if not spec.by_key[key].stored or before.get(key) != value
    }
    if "owner" in changed:
        check_handing(spec, record, changed["owner"], context.actor)
    check_unseen(spec, before, cleaned, context)
    check_required(spec, {**before, **changed}, only=set(changed))
    check_references(spec, changed, context)
    stored = {key: value for key, value in changed.items() if spec.by_key[key].stored}
    links = {
        key: keep_unseen(spec, key, record.pk, as_list(value), context)
        for key, value in changed.items()
        if not spec.by_key[key].stored
    }
    return Edit(record, stored, links, before=before)


def check_unseen(spec: ObjectSpec, before: Values, sent: Values, context: Context) -> None:
    """A link to a record the actor cannot see looks empty to them: it may not be overwritten blindly.

    Nor may it be sent as it is: that it was right would tell which record it is.
    """
    for key in sent:
        if _unseen(spec.by_key[key], before.get(key), context):
            raise Denied(_("You cannot change this link."))


def _unseen(field: Field, value: Any, context: Context) -> bool:
    if not field.target or not field.stored or not value:
        return False
    return context.actor.owners(field.target, "see") is not None and not known_ids(field, {value}, context)


def keep_unseen(spec: ObjectSpec, key: str, record_id: int, wanted: list[int], context: Context) -> list[int]:
    """Links to records the actor cannot see stay where they are: what is not shown cannot be removed."""
    field = spec.by_key[key]
    have = linked_ids(field, context.workspace_id, record_id)
    seen = known_ids(field, set(have), context) if have else set()
    return [*[one for one in have if one not in seen], *wanted]


def _check_expected(spec: ObjectSpec, before: Values, expected: Mapping[str, Any], context: Context) -> None:
    for key, old in expected.items():
        field = spec.field(key)
        if field is None or not field.stored:
            continue
        now = None if _unseen(field, before.get(key), context) else before.get(key)
        if now != old:
            raise Conflict(
                _("“%(field)s” was changed by somebody else meanwhile.") % {"field": field.label},
                details={"field": key, "now": now},
            )


def delete_record(
    *,
    actor: Actor,
    spec: ObjectSpec,
    record_id: int,
    version: int | None = None,
    batch_id: int | None = None,
) -> None:
    """Move a record to the trash, where it stays for 30 days. Raises NotFound, Denied or Stale."""
    with transaction.atomic():
        record = lock_record(spec, actor, record_id, "delete")
        _check_version(record, version)
        Writer(spec, actor, batch_id=batch_id).trash([record])


def restore_record(*, actor: Actor, spec: ObjectSpec, record_id: int) -> Any:
    """Bring a record back from the trash: whoever may delete it may restore it.

    Conflict `merged` for one that went into another: its things are there, so the merge is taken back instead.
    """
    with transaction.atomic():
        record = lock_record(spec, actor, record_id, "delete", trash=True)
        into = survivor_of(spec, actor.workspace_id, record_id)
        if (
            into is not None
            and all_records(spec, actor.workspace_id).filter(pk=into, deleted_at=None).exists()
        ):
            text = _("“%(title)s” was merged into another record; undo the merge in its story.")
            raise Conflict(text % {"title": record.title}, code="merged", details={"survivor": into})
        Writer(spec, actor).restore([record])
    return record


def may_edit(spec: ObjectSpec, actor: Actor, record: Any) -> bool:
    """For pages: whether to show the record as editable."""
    return actor.may(spec.key, "edit") and reaches(spec, actor, record, "edit")


__all__ = [
    "Wanted", "as_list", "check_handing", "check_owner", "check_unseen", "create_record", "create_records",
    "delete_record", "delete_records", "keep_unseen", "lock_record", "make_draft", "make_edit", "may_edit", "new_draft",
    "restore_record", "update_record", "update_records",
]  # fmt: skip

"""Bending the product to the firm: objects, fields, choices and relations made by the administrator."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.services import audit, bump_schema
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Invalid, LimitReached, NotFound
from amity.foundation.core.text import clean_text, fold, slugify_key
from amity.foundation.records.context import context_for
from amity.foundation.records.fieldtypes import TYPES, BadValue
from amity.foundation.records.models import (
    NUMBER_SLOTS,
    TEXT_SLOTS,
    UNIQUE_SLOTS,
    FieldRow,
    ObjectType,
    Relation,
)
from amity.foundation.records.objects import SYSTEM_FIELDS, forget, options_of, specs_for
from amity.foundation.records.services.compute import recompute
from amity.foundation.records.services.computed_fields import (
    checked_settings,
    refuse_if_used,
    refuse_unless_readable,
)
from amity.foundation.records.services.slots import fill_slot
from amity.foundation.records.spec import Field, ObjectSpec

RESERVED = frozenset([
    "new", "board", "peek", "api", "settings", "search", "sign-in", "sign_in", "sign-out", "sign_out",
    "welcome", "static", "p", "s", "people_list", "trash", "import", "imports", "export", "exports", "home",
    "inbox", "deals", "tasks", "marketing", "reports", "healthz", "jobs", "files", "notes", "tags", "links",
    "me", "admin", "metadata", "history", "restore", "batch", "views", "openapi", "docs", "help", "user",
    "users", "team", "teams", "title", "id", "name_", "custom", "and", "or", "not", "url", "object",
    "version", "undo", "notifications", "webhooks", "bulk", "share", "shares", "sharing", "handovers", "mail_to",
    "recipients", "consents",
])  # fmt: skip
COLOURS = ("blue", "green", "amber", "violet", "red", "teal", "pink", "grey")
CHANNELS = ("email", "phone", "letter")
MAX_FIELDS = 200
MAX_OBJECTS = 60
MAX_OPTIONS = 200
MAX_SOURCES = 50
SOURCE = re.compile(r"person$|(import|api):.+")


# --- objects ---------------------------------------------------------------------------------------------------


def create_object(*, actor: Actor, label: str, plural: str, icon: str = "box", key: str = "") -> ObjectType:
    """A new object of the firm's own. Its key is immutable: page address, API and import name."""
    actor.require_admin()
    label, plural = _label(label, "label", 60), _label(plural, "plural", 60)
    key = key or slugify_key(plural)
    existing = specs_for(actor)
    _check_key(key, taken=set(existing))
    if len(existing) >= MAX_OBJECTS:
        raise LimitReached(_("A workspace has at most %(n)s objects.") % {"n": MAX_OBJECTS})
    with transaction.atomic():
        row = ObjectType.unscoped.create(
            workspace_id=actor.workspace_id, key=key, label=label, plural=plural, icon=icon or "box",
            custom=True, position=len(existing),
        )  # fmt: skip
        _changed(actor, "object.created", key)
    return row


def update_object(*, actor: Actor, key: str, **changes: Any) -> ObjectType:
    """Rename, switch on or off, or rearrange an object. `changes`: label, plural, icon, enabled, position, settings."""
    actor.require_admin()
    row = _object_row(actor, key)
    for name in ("label", "plural"):
        if name in changes:
            setattr(row, name, _label(changes[name], name, 60, optional=not row.custom))
    for name in ("icon", "enabled", "position"):
        if name in changes:
            setattr(row, name, changes[name])
    if "settings" in changes:
        row.settings = {**row.settings, **_object_settings(actor, key, changes["settings"])}
    with transaction.atomic():
        row.save()
        _changed(actor, "object.changed", key, **{k: str(v) for k, v in changes.items()})
    return row


def archive_object(*, actor: Actor, key: str, archived: bool = True) -> ObjectType:
    """Put an object of the firm's own away, or bring it back; nothing is lost."""
    actor.require_admin()
    row = _object_row(actor, key)
    if not row.custom:
        raise Invalid.one("key", "builtin", _("A built-in object can be switched off, not archived."))
    row.archived_at = now() if archived else None
    with transaction.atomic():
        row.save(update_fields=["archived_at"])
        _changed(actor, "object.archived" if archived else "object.restored", key)
    return row


def _object_row(actor: Actor, key: str) -> ObjectType:
    specs_for(actor)
    row = ObjectType.unscoped.filter(workspace_id=actor.workspace_id, key=key).first()
    if row is None:
        raise NotFound
    return row


def _object_settings(actor: Actor, key: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    spec = specs_for(actor)[key]
    live = {field.key for field in spec.live_fields}
    clean: dict[str, Any] = {}
    for name in ("columns", "quick_add"):
        if name in settings:
            clean[name] = [item for item in settings[name] if item in live]
    for name in ("board_field", "date_field"):
        if name in settings:
            clean[name] = settings[name] if settings[name] in live else ""
    if "sources" in settings:
        clean["sources"] = {
            key: [name[:120] for name in order if SOURCE.match(name)][:MAX_SOURCES]
            for key, order in settings["sources"].items()
            if key in live or not key
        }
    return clean


# --- fields ----------------------------------------------------------------------------------------------------


def create_field(
    *, actor: Actor, object_key: str, type_name: str, label: str, key: str = "", **options: Any
) -> FieldRow:
    """A new field on any object.

    `options`: help, group, required, default, options (labels or `{label, colour}`), settings, fast, unique,
    position; `formula` makes it a computed field of this type. Raises Invalid at the option that is wrong,
    LimitReached when no slot is left.
    """
    actor.require_admin()
    kind = TYPES.get(type_name)
    if kind is None or not kind.creatable or type_name == "link":
        raise Invalid.one("type", "unknown", _("Choose a type from the list."))
    row = _object_row(actor, object_key)
    spec = specs_for(actor)[object_key]
    label = _label(label, "label", 80)
    key = key or _free_key(slugify_key(label), set(spec.by_key))
    _check_key(key, taken=set(spec.by_key))
    if len(spec.fields) >= MAX_FIELDS:
        raise LimitReached(_("An object has at most %(n)s fields.") % {"n": MAX_FIELDS})
    field = FieldRow(workspace_id=actor.workspace_id, object_type=row, key=key, type=type_name, label=label)
    field.options = make_options(options.get("options") or [], [])
    _check_options(kind.name, field.options)
    _apply(actor, field, options)
    if "formula" in options:
        field.settings = {**field.settings, **checked_settings(actor, spec, field, options)}
    with transaction.atomic():
        _take_slots(field, options)
        field.save()
        _changed(actor, "field.created", f"{object_key}.{key}", type=type_name)
        _bring_values(actor, field, "formula" in options)
    return field


def _bring_values(actor: Actor, field: FieldRow, formula: bool) -> None:
    """Start the job that gives records what a field now needs: values of a new formula, or copies in its slot."""
    if formula:
        recompute(actor.workspace_id, field.object_type_id)
    elif (field.slot or field.unique_slot) and not field.slot_ready:
        fill_slot(actor.workspace_id, field.pk)


def update_field(*, actor: Actor, object_key: str, key: str, **changes: Any) -> FieldRow:
    """Change a field's label, help, group, order, required, default, choices, fast or unique. Never its type.

    `when`: `{"field", "values", "requires"}` shows it (or requires it) only while the other field holds one of the
    values, "" standing for nothing; None for always. `formula` of a computed field: all records are worked out anew.
    """
    actor.require_admin()
    field = _field_row(actor, object_key, key)
    if "label" in changes:
        field.label = _label(changes["label"], "label", 80, optional=field.builtin)
    if "options" in changes:
        field.options = make_options(
            changes["options"], field.options or _code_options(actor, object_key, key)
        )
        _check_options(field.type, field.options)
    _apply(actor, field, changes)
    anew = False
    if "formula" in field.settings:
        said = {"formula": field.settings["formula"], **changes}
        found = checked_settings(actor, specs_for(actor)[object_key], field, said)
        anew = found["formula"] != field.settings["formula"]
        field.settings = {**field.settings, **found}
    with transaction.atomic():
        if not field.builtin:
            _take_slots(field, changes)
        field.save()
        _changed(
            actor, "field.changed", f"{object_key}.{key}", **{k: str(v)[:200] for k, v in changes.items()}
        )
        _bring_values(actor, field, anew)
    return field


def archive_field(*, actor: Actor, object_key: str, key: str, archived: bool = True) -> FieldRow:
    """Put a field away (or bring it back). Its values stay in the records; its slot is given back.

    Raises Invalid for a field that a formula uses.
    """
    actor.require_admin()
    field = _field_row(actor, object_key, key)
    if archived and field.builtin and key in ("name", "first_name", "last_name", *SYSTEM_FIELDS):
        raise Invalid.one("key", "needed", _("This field names the record and cannot be put away."))
    spec, computed = specs_for(actor)[object_key], "formula" in field.settings
    if archived:
        refuse_if_used(spec, key)
    elif computed:
        refuse_unless_readable(actor, spec, field)
    field.archived_at = now() if archived else None
    with transaction.atomic():
        if archived:
            field.slot, field.unique_slot, field.slot_ready = "", "", False
        field.save()
        _changed(actor, "field.archived" if archived else "field.restored", f"{object_key}.{key}")
        if computed and not archived:
            recompute(actor.workspace_id, field.object_type_id)
    return field


def order_fields(*, actor: Actor, object_key: str, keys: Sequence[str]) -> None:
    """Set the order of an object's fields; fields not named follow in their old order."""
    actor.require_admin()
    spec = specs_for(actor)[object_key]
    wanted = [key for key in keys if key in spec.by_key and not spec.by_key[key].relation_id]
    with transaction.atomic():
        for place, key in enumerate(dict.fromkeys(wanted)):
            field = _field_row(actor, object_key, key)
            field.position = place
            field.save()
        _changed(actor, "field.ordered", object_key)


def _field_row(actor: Actor, object_key: str, key: str) -> FieldRow:
    """The row of a field; a built-in one gets its first row here."""
    row = _object_row(actor, object_key)
    found = FieldRow.unscoped.filter(workspace_id=actor.workspace_id, object_type=row, key=key).first()
    if found is not None:
        return found
    spec_field = specs_for(actor)[object_key].field(key)
    if spec_field is None or spec_field.relation_id:
        raise NotFound
    return FieldRow(
        workspace_id=actor.workspace_id, object_type=row, key=key, type=spec_field.type.name, builtin=True
    )


def _apply(actor: Actor, field: FieldRow, changes: Mapping[str, Any]) -> None:
    for name, limit in (("help", 250), ("group", 60)):
        if name in changes:
            setattr(field, name, _tidy(changes[name], name, limit))
    for name in ("required", "position"):
        if name in changes:
            setattr(field, name, changes[name])
    if "settings" in changes:
        field.settings = {**field.settings, **dict(changes["settings"])}
    if "when" in changes:
        spec = specs_for(actor)[field.object_type.key]
        field.settings = {**field.settings, "when": _checked_condition(spec, field.key, changes["when"])}
    if "default" in changes:
        field.default = _default(actor, field, changes["default"])


CONTROLLING = ("choice", "multi_choice", "boolean")


def controlling_fields(spec: ObjectSpec, key: str) -> list[Field]:
    """Fields that another one's being shown or required may depend on: a few known values, and no circle."""
    return [
        item
        for item in spec.live_fields
        if item.type.name in CONTROLLING and item.key != key and not (item.when and item.when.field == key)
    ]


def _checked_condition(spec: ObjectSpec, key: str, when: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """`{"field", "values", "requires"}` with values the controlling field knows; None for always."""
    if not when:
        return None
    found = {item.key: item for item in controlling_fields(spec, key)}.get(str(when.get("field")))
    if found is None or not when.get("values"):
        raise Invalid.one("when", "required", _("Choose the values of one field."))
    known: set[Any] = {True, False} if found.type.name == "boolean" else {item.key for item in found.options}
    if not set(when["values"]) <= known | {""}:
        raise Invalid.one("when", "unknown", _("Choose one of the list."))
    return {"field": found.key, "values": list(when["values"]), "requires": bool(when.get("requires"))}


def _default(actor: Actor, row: FieldRow, value: Any) -> Any:
    """A default is a value like any other: parsed by the field's type."""
    field = Field(row.key, TYPES[row.type], row.label, custom=True, options=options_of(row.options))
    context = context_for(actor)
    try:
        return (
            field.type.parse(field, value, context)
            if isinstance(value, str)
            else field.type.clean(field, value, context)
        )
    except BadValue as error:
        raise Invalid.one("default", error.code, error.message) from error


def _take_slots(field: FieldRow, changes: Mapping[str, Any]) -> None:
    """Give a field the free slots that fast and unique ask for, or give them back."""
    kind = TYPES[field.type]
    if changes.get("fast") is True and not field.slot:
        if not kind.slot_kind:
            raise Invalid.one("fast", "type", _("Fields of this type cannot be made fast."))
        slots = TEXT_SLOTS if kind.slot_kind == "t" else NUMBER_SLOTS
        field.slot = _free_slot(field, "slot", slots, "fast")
        field.slot_ready = False
    if changes.get("fast") is False:
        field.slot = ""
    if changes.get("unique") is True and not field.unique_slot:
        if not kind.can_be_unique:
            raise Invalid.one("unique", "type", _("Only text fields can be unique."))
        field.unique_slot = _free_slot(field, "unique_slot", UNIQUE_SLOTS, "unique")
        field.slot_ready = False
    if changes.get("unique") is False:
        field.unique_slot = ""


def _free_slot(field: FieldRow, column: str, slots: Sequence[str], option: str) -> str:
    rows = FieldRow.unscoped.filter(object_type_id=field.object_type_id).exclude(pk=field.pk)
    used = set(rows.values_list(column, flat=True))
    for slot in slots:
        if slot not in used:
            return slot
    text = _("All %(n)s places for such fields of this object are taken; make another one ordinary first.")
    raise LimitReached(text % {"n": len(slots)}, code=f"no_{option}_slot")


def make_options(wanted: Sequence[Any], have: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Choices from labels or `{key?, label, colour?, archived?}`; keys of existing ones never change.

    An existing choice left out is archived, not lost.
    """
    by_key = {item["key"]: dict(item) for item in have}
    by_label = {fold(item["label"]): item["key"] for item in have}
    result: dict[str, dict[str, Any]] = {}
    for place, item in enumerate(wanted):
        item = {"label": item} if isinstance(item, str) else dict(item)
        label = _tidy(item.get("label"), "options", 80)
        if not label:
            continue
        key = item.get("key") if item.get("key") in by_key else by_label.get(fold(label))
        key = key or _free_key(slugify_key(label), {*by_key, *result})
        old = by_key.get(key, {})
        colour = item.get("colour") or old.get("colour") or COLOURS[place % len(COLOURS)]
        colour = colour if colour in COLOURS else "grey"
        result[key] = {"key": key, "label": label, "colour": colour, "archived": bool(item.get("archived"))}
    for key, old in by_key.items():
        result.setdefault(key, {**old, "archived": True})
    return list(result.values())


def _check_options(type_name: str, options: Sequence[Mapping[str, Any]]) -> None:
    if len(options) > MAX_OPTIONS:
        raise Invalid.one("options", "too_many", _("A field has at most %(n)s choices.") % {"n": MAX_OPTIONS})
    live = [fold(item["label"]) for item in options if not item["archived"]]
    if type_name in ("choice", "multi_choice") and not live:
        raise Invalid.one("options", "required", _("Name at least one choice."))
    if len(live) != len(set(live)):
        raise Invalid.one("options", "twice", _("Two choices have the same name."))


def _code_options(actor: Actor, object_key: str, key: str) -> list[dict[str, Any]]:
    field = specs_for(actor)[object_key].by_key[key]
    return [
        {"key": item.key, "label": str(item.label), "colour": item.colour, "archived": item.archived}
        for item in field.options
    ]


# --- relations -------------------------------------------------------------------------------------------------


def create_relation(
    *,
    actor: Actor,
    from_object: str,
    to_object: str,
    from_label: str,
    to_label: str,
    from_many: bool = True,
    to_many: bool = True,
    speaks: str = "",
    channels: Sequence[str] = (),
    speaks_first: bool = False,
) -> Relation:
    """Join two objects. `from_label` is what the first object calls the others (“Parents”), `to_label` the way back.

    `from_many` says whether one record of the first object may have several of the second. `speaks`, `channels`
    and `speaks_first`: see `Relation`.
    """
    actor.require_admin()
    first, second = _object_row(actor, from_object), _object_row(actor, to_object)
    from_label, to_label = _label(from_label, "from_label", 80), _label(to_label, "to_label", 80)
    specs = specs_for(actor)
    from_key = _free_key(slugify_key(from_label), set(specs[from_object].by_key) | RESERVED)
    taken = set(specs[to_object].by_key) | RESERVED | ({from_key} if from_object == to_object else set())
    to_key = _free_key(slugify_key(to_label), taken)
    with transaction.atomic():
        relation = Relation.unscoped.create(
            workspace_id=actor.workspace_id, from_type=first, to_type=second, from_key=from_key, to_key=to_key,
            from_label=from_label, to_label=to_label, from_many=from_many, to_many=to_many,
            speaks=_end(speaks), channels=_channels(channels), speaks_first=speaks_first,
        )  # fmt: skip
        _changed(actor, "relation.created", f"{from_object}.{from_key} – {to_object}.{to_key}")
    return relation


def update_relation(
    *,
    actor: Actor,
    relation_id: int,
    from_label: str,
    to_label: str,
    archived: bool,
    speaks: str | None = None,
    channels: Sequence[str] = (),
    speaks_first: bool = False,
) -> Relation:
    """Rename a relation's ends, put it away or bring it back, or say who is written to. Links are kept.

    With `speaks` None nothing changes in who is written to.
    """
    actor.require_admin()
    relation = Relation.unscoped.filter(workspace_id=actor.workspace_id, pk=relation_id).first()
    if relation is None:
        raise NotFound
    relation.from_label, relation.to_label = (
        _label(from_label, "from_label", 80),
        _label(to_label, "to_label", 80),
    )
    relation.archived_at = now() if archived else None
    if speaks is not None:
        relation.speaks, relation.channels = _end(speaks), _channels(channels)
        relation.speaks_first = speaks_first
    with transaction.atomic():
        relation.save()
        _changed(actor, "relation.changed", str(relation.pk))
    return relation


def _end(speaks: str) -> str:
    if speaks not in ("", "from", "to"):
        raise Invalid.one("speaks", "unknown", _("Choose one of the list."))
    return speaks


def _channels(wanted: Sequence[str]) -> list[str]:
    """Ways of writing that a relation speaks for; none named are all."""
    if set(wanted) - set(CHANNELS):
        raise Invalid.one("channels", "unknown", _("Choose one of the list."))
    return [name for name in CHANNELS if name in wanted] if len(set(wanted)) < len(CHANNELS) else []


# --- helpers ---------------------------------------------------------------------------------------------------


def _label(text: str, field: str, limit: int, *, optional: bool = False) -> str:
    label = _tidy(text, field, limit)
    if not label and not optional:
        raise Invalid.one(field, "required", _("Give it a name."))
    return label


def _tidy(text: Any, field: str, limit: int) -> str:
    try:
        return clean_text(str(text or ""), multiline=False, limit=limit)
    except ValueError as error:
        message = _("This is longer than %(n)s characters.") % {"n": limit}
        raise Invalid.one(field, "too_long", message) from error


def _check_key(key: str, taken: set[str]) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", key):
        raise Invalid.one(
            "key", "format", _("A key has small letters, digits and _ and begins with a letter.")
        )
    if key in taken or key in RESERVED:
        raise Invalid.one("key", "taken", _("This name is already in use."))


def _free_key(key: str, taken: set[str]) -> str:
    if key not in taken and key not in RESERVED:
        return key
    return next(f"{key[:36]}_{n}" for n in range(2, 1000) if f"{key[:36]}_{n}" not in taken)


def _changed(actor: Actor, verb: str, subject: str, **details: Any) -> None:
    bump_schema(actor.workspace_id)
    audit(actor, verb, subject, **details)
    transaction.on_commit(lambda: refresh(actor))


def refresh(actor: Actor) -> None:
    """Let this process see the new shape at once."""
    forget(actor.workspace_id)
    actor.workspace.refresh_from_db(fields=["schema_version"])

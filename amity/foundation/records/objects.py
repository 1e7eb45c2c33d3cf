"""From code and rows to the specs of one workspace, as the asker's role may know them: `spec_for(actor, key)`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Role, Workspace
from amity.foundation.core.errors import NotFound
from amity.foundation.core.locales import in_all_languages
from amity.foundation.records.fieldtypes import TYPES
from amity.foundation.records.fieldtypes.consent import STATES
from amity.foundation.records.formulas.formula import Formula, FormulaError, build, known_fields
from amity.foundation.records.formulas.meaning import Known
from amity.foundation.records.models import CustomRecord, FieldRow, ObjectType, Purpose, Relation
from amity.foundation.records.seen import EVERYTHING, Sight, hidden_keys, seen_by, sight_of
from amity.foundation.records.spec import Condition, Field, ObjectSpec, Option, Reverse

_registered: dict[str, ObjectSpec] = {}
# By workspace: its schema version, and its specs by the sight of roles.
_cache: dict[int, tuple[int, dict[Sight, dict[str, ObjectSpec]]]] = {}
_lock = Lock()

OWN_COLUMNS = 5
MOST_SIGHTS = 100
SYSTEM_FIELDS = ("owner", "tags", "created_at", "updated_at", "created_by")


def register(spec: ObjectSpec) -> ObjectSpec:
    """Bring a standard object into the product. Called once from an app's `objects.py`."""
    fields = tuple(_fitting(spec, field) for field in spec.fields)
    _registered[spec.key] = replace(spec, fields=(*fields, *system_fields(fields)))
    _cache.clear()
    return _registered[spec.key]


def _fitting(spec: ObjectSpec, field: Field) -> Field:
    """The field with the room of its column: PostgreSQL refuses longer text, SQLite does not."""
    room = getattr(spec.model._meta.get_field(field.column), "max_length", None) if field.column else None
    return (
        replace(field, settings={**field.settings, "limit": room})
        if room and "limit" not in field.settings
        else field
    )


def registered(key: str) -> ObjectSpec | None:
    """The object as the code declares it."""
    return _registered.get(key)


def system_fields(own: Iterable[Field] = ()) -> tuple[Field, ...]:
    """The fields every record has."""
    have = {item.key for item in own}
    group = _("Record")
    fields = (
        Field("owner", TYPES["user"], _("Owner"), column="owner_id", group=group, indexed=True),
        Field("tags", TYPES["tags"], _("Tags"), column="tags", search=True, group=group),
        Field(
            "created_at",
            TYPES["datetime"],
            _("Created"),
            column="created_at",
            read_only=True,
            group=group,
            indexed=True,
        ),
        Field(
            "updated_at", TYPES["datetime"], _("Changed"), column="updated_at", read_only=True, group=group
        ),
        Field(
            "created_by", TYPES["user"], _("Created by"), column="created_by_id", read_only=True, group=group
        ),
    )
    return tuple(item for item in fields if item.key not in have)


def specs_for(asker: Actor | Workspace) -> dict[str, ObjectSpec]:
    """Every object of the workspace, switched-off ones included, in menu order.

    An actor is given what the role may know of each; only code that acts for nobody asks with a workspace.
    Cached per process until `schema_version` rises, so no request reads field rows.
    """
    if isinstance(asker, Workspace):
        return _shapes(asker)[EVERYTHING]
    shapes = _shapes(asker.workspace)
    sight = sight_of(asker, shapes[EVERYTHING])
    if sight not in shapes:
        if len(shapes) > MOST_SIGHTS:
            _cache.pop(asker.workspace_id, None)
        shapes[sight] = {key: seen_by(asker, spec) for key, spec in shapes[EVERYTHING].items()}
    return shapes[sight]


def whole_specs(actor: Actor) -> dict[str, ObjectSpec]:
    """The same with every field, whatever the role sees: for services that carry records over as a whole.

    What they carry they neither tell nor let the actor choose.
    """
    return _shapes(actor.workspace)[EVERYTHING]


def _shapes(workspace: Workspace) -> dict[Sight, dict[str, ObjectSpec]]:
    cached = _cache.get(workspace.pk)
    if cached and cached[0] == workspace.schema_version:
        return cached[1]
    shapes = {EVERYTHING: _build(workspace)}
    with _lock:
        _cache[workspace.pk] = (workspace.schema_version, shapes)
    return shapes


def forget(workspace_id: int) -> None:
    """Drop the cached specs of a workspace in this process."""
    _cache.pop(workspace_id, None)


def spec_for(asker: Actor | Workspace, key: str) -> ObjectSpec:
    """The object as this workspace has shaped it; NotFound when unknown or switched off."""
    spec = specs_for(asker).get(key)
    if spec is None or not spec.enabled:
        raise NotFound
    return spec


def enabled_specs(asker: Actor | Workspace) -> list[ObjectSpec]:
    return [spec for spec in specs_for(asker).values() if spec.enabled]


def spec_by_type(asker: Actor | Workspace, type_id: int) -> ObjectSpec | None:
    return next((spec for spec in specs_for(asker).values() if spec.type_id == type_id), None)


def ensure_types(workspace_id: int) -> None:
    """Give every registered object its row in the workspace; existing rows are left alone."""
    have = set(ObjectType.unscoped.filter(workspace_id=workspace_id).values_list("key", flat=True))
    ObjectType.unscoped.bulk_create(
        [
            ObjectType(workspace_id=workspace_id, key=key, position=spec.position)
            for key, spec in _registered.items()
            if key not in have
        ],
        ignore_conflicts=True,
    )


def _build(workspace: Workspace) -> dict[str, ObjectSpec]:
    types = list(ObjectType.unscoped.filter(workspace_id=workspace.pk))
    if not set(_registered) <= {row.key for row in types}:
        ensure_types(workspace.pk)
        types = list(ObjectType.unscoped.filter(workspace_id=workspace.pk))
    fields: dict[int, list[FieldRow]] = {}
    for field_row in FieldRow.unscoped.filter(workspace_id=workspace.pk):
        fields.setdefault(field_row.object_type_id, []).append(field_row)
    keys = {row.pk: row.key for row in types}
    relations = list(Relation.unscoped.filter(workspace_id=workspace.pk))
    purposes = list(Purpose.unscoped.filter(workspace_id=workspace.pk))
    rights = rights_of_roles(workspace.pk)
    specs = {}
    for row in sorted(types, key=lambda item: (item.position, item.pk)):
        base = _base(row)
        if base is not None:
            extra = [*_link_fields(row.pk, relations, keys), *_consent_fields(row, purposes)]
            shaped = _shape(base, row, fields.get(row.pk, []), extra)
            specs[row.key] = _unsearched(shaped, hidden_from_some(shaped, rights))
    return _with_reverses({key: _follow_targets(spec, specs) for key, spec in specs.items()})


def rights_of_roles(workspace_id: int) -> list[dict[str, dict[str, str]]]:
    """What each role of a firm may do with single fields, by object."""
    return list(Role.unscoped.filter(workspace_id=workspace_id).values_list("field_rights", flat=True))


def hidden_from_some(spec: ObjectSpec, rights: Iterable[Mapping[str, Mapping[str, str]]]) -> set[str]:
    """Fields that some role may not see: the search index, which all share, does not hold them."""
    return set().union(*(hidden_keys(spec, said[spec.key]) for said in rights if spec.key in said))


def _unsearched(spec: ObjectSpec, keys: set[str]) -> ObjectSpec:
    if not keys:
        return spec
    fields = (replace(item, search=False) if item.key in keys else item for item in spec.fields)
    return spec.with_rows(fields=tuple(fields))


def _base(row: ObjectType) -> ObjectSpec | None:
    if not row.custom:
        return _registered.get(row.key)
    name = Field(
        "name", TYPES["text"], _("Name"), column="title", sort_column="title_key", required=True, search=True
    )
    return ObjectSpec(
        key=row.key,
        model=CustomRecord,
        label=row.label,
        plural=row.plural,
        fields=(name, *system_fields()),
        icon="box",
        default_columns=("name", "owner", "updated_at"),
        quick_add=("name",),
        identity=("email", "phone", "name"),
        custom=True,
    )


def _shape(base: ObjectSpec, row: ObjectType, rows: list[FieldRow], extra: list[Field]) -> ObjectSpec:
    """The code's spec with the workspace's labels, changes, own fields, links and consents laid over it."""
    changes = {item.key: item for item in rows if item.builtin}
    standing = (*base.fields, *_mail_to(base, extra, rows))
    builtin = [_changed(field, changes.get(field.key), place, row.pk) for place, field in enumerate(standing)]
    own = [
        _own(item, row.pk, len(builtin) + place)
        for place, item in enumerate(r for r in rows if not r.builtin)
    ]
    fields = tuple(
        sorted([*builtin, *own, *extra], key=lambda item: (item.key in SYSTEM_FIELDS, item.position))
    )
    live = {field.key for field in fields if not field.archived and not field.hidden}
    fields = tuple(
        replace(field, when=None) if field.when and field.when.field not in live else field
        for field in fields
    )
    fields = _with_formulas(fields)
    settings = row.settings
    return base.with_rows(
        fields=fields,
        label=row.label or base.label,
        plural=row.plural or base.plural,
        icon=row.icon or base.icon,
        enabled=row.enabled and row.archived_at is None,
        position=row.position,
        type_id=row.pk,
        default_columns=_chosen(settings.get("columns"), _first_columns(base, fields), live),
        quick_add=_chosen(settings.get("quick_add"), base.quick_add, live)[:4],
        board_field=settings.get("board_field", base.board_field),
        date_field=settings.get("date_field", base.date_field),
    )


def _with_formulas(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Computed fields with their formulas; one that cannot be read any more keeps the values it has."""
    if not any(item.computed for item in fields):
        return fields
    known = known_fields(fields)
    return tuple(
        replace(item, formula=_formula_of(item, known), read_only=True) if item.computed else item
        for item in fields
    )


def _formula_of(item: Field, known: Mapping[str, Known]) -> Formula | None:
    try:
        return build(
            item.settings["formula"], item.type.name, known, str(item.settings.get("currency") or "")
        )
    except FormulaError:
        return None


def _first_columns(base: ObjectSpec, fields: Sequence[Field]) -> tuple[str, ...]:
    """The columns a list has until somebody chooses: of an object of the firm's own, its first fields."""
    if not base.custom:
        return base.default_columns
    own = [field.key for field in fields if _fits_a_list(field)][:OWN_COLUMNS]
    title, *rest = base.default_columns
    return (title, *own, *(key for key in rest if len(own) < OWN_COLUMNS or key == "owner"))


def _fits_a_list(field: Field) -> bool:
    return field.custom and not field.archived and field.type.name not in ("long_text", "file", "address")


def _chosen(wanted: list[str] | None, default: tuple[str, ...], live: set[str]) -> tuple[str, ...]:
    return tuple(key for key in (wanted or default) if key in live)


def _changed(field: Field, row: FieldRow | None, place: int, type_id: int) -> Field:
    """A built-in field with the firm's label, place and switches; what identifies a record stays required."""
    settings = {**field.settings, "type_id": type_id}
    if row is None:
        return replace(field, position=place, settings=settings)
    return replace(
        field,
        label=row.label or field.label,
        help=row.help or field.help,
        group=row.group or field.group,
        required=row.required or field.required,
        hidden=field.hidden or row.archived_at is not None,
        options=_own_words(options_of(row.options), field.options) or field.options,
        default=row.default if row.default is not None else field.default,
        position=place if row.position is None else row.position,
        when=condition_of(row.settings),
        settings=settings,
    )


def condition_of(settings: Mapping[str, Any]) -> Condition | None:
    """`{"when": {"field": "stage", "values": ["lost"], "requires": true}}` of a field's row."""
    said = settings.get("when")
    return Condition(said["field"], frozenset(said["values"]), bool(said.get("requires"))) if said else None


def _own_words(kept: tuple[Option, ...], declared: tuple[Option, ...]) -> tuple[Option, ...]:
    """Kept choices; one that still has the product's own word says it in every reader's language."""
    words = {option.key: option.label for option in declared}
    return tuple(
        replace(option, label=words[option.key])
        if option.key in words and option.label in in_all_languages(words[option.key])
        else option
        for option in kept
    )


def _own(row: FieldRow, type_id: int, place: int) -> Field:
    kind = TYPES.get(row.type)
    return Field(
        key=row.key,
        type=kind or TYPES["text"],
        label=row.label,
        custom=True,
        required=row.required,
        unique_slot=row.unique_slot if row.slot_ready or not row.slot else "",
        slot=row.slot if row.slot_ready else "",
        default=row.default,
        options=options_of(row.options),
        help=row.help,
        group=row.group,
        position=place if row.position is None else row.position,
        many=bool(row.settings.get("many")),
        archived=row.archived_at is not None or kind is None,
        search=bool(row.settings.get("search", True)) and row.type not in ("long_text",),
        when=condition_of(row.settings),
        settings={**row.settings, "type_id": type_id, "pending_slot": "" if row.slot_ready else row.slot},
    )


def options_of(rows: list[dict[str, Any]]) -> tuple[Option, ...]:
    return tuple(
        Option(item["key"], item["label"], item.get("colour", "grey"), bool(item.get("archived")))
        for item in rows
    )


def _link_fields(type_id: int, relations: list[Relation], keys: dict[int, str]) -> list[Field]:
    """Both ends of the administrator's relations as fields; a relation to the same object gives two."""
    found = []
    for place, relation in enumerate(relations):
        for end, other in (("from", "to"), ("to", "from")):
            if getattr(relation, f"{end}_type_id") == type_id:
                target = keys.get(getattr(relation, f"{other}_type_id"), "")
                found.append(_link_field(relation, end, target, 500 + place, type_id))
    return found


def _link_field(relation: Relation, end: str, target: str, position: int, type_id: int) -> Field:
    other = "to" if end == "from" else "from"
    return Field(
        key=getattr(relation, f"{end}_key"),
        type=TYPES["link"],
        label=getattr(relation, f"{end}_label"),
        custom=True,
        target=target,
        relation_id=relation.pk,
        end=end,
        many=getattr(relation, f"{end}_many"),
        archived=relation.archived_at is not None or not target,
        position=position,
        settings={
            "type_id": type_id,
            "one_back": not getattr(relation, f"{other}_many"),
            "speaks": relation.speaks == other,
            "channels": tuple(relation.channels),
            "speaks_first": relation.speaks_first,
        },
    )


MAIL_TO = (
    Option("all", _("Everybody who speaks for them"), "blue"),
    Option("first", _("Only the one linked first"), "teal"),
    Option("self", _("Themselves"), "amber"),
)


def _mail_to(base: ObjectSpec, extra: Iterable[Field], rows: Iterable[FieldRow]) -> list[Field]:
    """The exception for one record of an object that others speak for; empty is as the relation says."""
    spoken_for = any(item.settings.get("speaks") and not item.archived for item in extra)
    taken = any(row.key == "mail_to" and not row.builtin for row in rows)
    if not spoken_for or taken:
        return []
    group = next((item.group for item in base.fields if item.type.name in ("email", "phone")), "")
    return [Field("mail_to", TYPES["choice"], _("Mails go to"), custom=True, options=MAIL_TO, group=group)]


def _consent_fields(row: ObjectType, purposes: Iterable[Purpose]) -> list[Field]:
    return [
        Field(
            f"consent_{purpose.key}",
            TYPES["consent"],
            format_lazy("{}: {}", _("Consent"), purpose.label),
            options=STATES,
            group=_("Consent"),
            position=900 + place,
            read_only=True,
            archived=purpose.archived_at is not None,
            settings={"type_id": row.pk, "purpose": purpose.pk, "label": purpose.label},
        )
        for place, purpose in enumerate(purposes)
        if row.key in purpose.objects_shown
    ]


def _follow_targets(spec: ObjectSpec, specs: dict[str, ObjectSpec]) -> ObjectSpec:
    """Links to a switched-off object disappear; a link called like its object is renamed with it."""
    fields = tuple(_followed(field, specs) if field.target else field for field in spec.fields)
    live = {field.key for field in fields if not field.archived and not field.hidden}
    return spec.with_rows(
        fields=fields,
        default_columns=_chosen(None, spec.default_columns, live),
        quick_add=_chosen(None, spec.quick_add, live),
    )


def _followed(field: Field, specs: dict[str, ObjectSpec]) -> Field:
    target, declared = specs.get(field.target), _registered.get(field.target)
    if target is None or not target.enabled:
        return replace(field, hidden=True)
    named_alike = declared is not None and str(field.label) == str(declared.label)
    return replace(field, label=target.label) if named_alike else field


def _with_reverses(specs: dict[str, ObjectSpec]) -> dict[str, ObjectSpec]:
    """Tell each object which foreign keys of others point at it."""
    reverses: dict[str, list[Reverse]] = {}
    for spec in specs.values():
        for field in spec.fields:
            if field.column and field.target:
                reverses.setdefault(field.target, []).append(Reverse(spec.key, field.key, spec.plural))
    return {
        key: spec.with_rows(reverses=tuple(reverses.get(key, ()))) if key in reverses else spec
        for key, spec in specs.items()
    }


__all__ = [
    "enabled_specs", "ensure_types", "forget", "hidden_from_some", "register", "registered", "rights_of_roles",
    "spec_by_type", "spec_for", "specs_for", "system_fields", "whole_specs",
]  # fmt: skip

"""From what came in to canonical values: every field checked, references looked up in sets, all errors at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from amity.foundation.accounts.models import Membership, Team
from amity.foundation.core.errors import FieldError, Invalid
from amity.foundation.records.access import visible_among
from amity.foundation.records.context import Context
from amity.foundation.records.fieldtypes import BadValue
from amity.foundation.records.models import StoredFile
from amity.foundation.records.objects import spec_by_type, specs_for
from amity.foundation.records.spec import Field, ObjectSpec, Values


def clean_values(spec: ObjectSpec, data: Mapping[str, Any], context: Context) -> Values:
    """Canonical values of what a program sent. Raises Invalid with every error; unknown and read-only keys too."""
    values: Values = {}
    errors: list[FieldError] = []
    for key, value in data.items():
        field = spec.field(key)
        if field is None or field.archived or field.hidden:
            errors.append(FieldError(key, "unknown_field", _("There is no such field.")))
        elif field.read_only:
            errors.append(FieldError(key, "read_only", why_read_only(field)))
        else:
            _try(field, values, errors, lambda f=field, v=value: f.type.clean(f, v, context))  # type: ignore[misc]
    if errors:
        raise Invalid(errors)
    return values


def why_read_only(field: Field) -> str:
    """Why a field cannot be written, for people."""
    if field.computed:
        return _("“%(field)s” is computed from other fields and cannot be written.") % {"field": field.label}
    return _("This field cannot be written.")


def form_values(spec: ObjectSpec, fields: Sequence[Field], data: Any, context: Context) -> Values:
    """Canonical values of a submitted form (a QueryDict). Raises Invalid with every error."""
    values: Values = {}
    errors: list[FieldError] = []
    for field in fields:
        _try(field, values, errors, lambda f=field: f.type.from_form(f, data, f.key, context))  # type: ignore[misc]
    if errors:
        raise Invalid(errors)
    return values


def _try(field: Field, values: Values, errors: list[FieldError], read: Callable[[], Any]) -> None:
    try:
        values[field.key] = read()
    except BadValue as error:
        errors.append(FieldError(field.key, error.code, str(error.message)))


def check_required(spec: ObjectSpec, values: Values, *, only: set[str] | None = None) -> None:
    """Raises Invalid for required fields that are empty.

    `only` limits the check to fields being changed, and to those that the change makes required.
    """
    errors = [
        FieldError(field.key, "required", _("“%(field)s” is needed.") % {"field": field.label})
        for field in spec.writable
        if values.get(field.key) is None
        and field.needed(values)
        and (only is None or field.key in only or (field.when is not None and field.when.field in only))
    ]
    if errors:
        raise Invalid(errors)


def check_references(spec: ObjectSpec, values: Values, context: Context) -> None:
    """Every user, team, file and linked record must exist in this workspace and be visible to the actor."""
    errors = [
        FieldError(key, "unknown", _("Choose one from the list."))
        for key, value in values.items()
        if value is not None
        and spec.by_key[key].type.references
        and not _known(spec.by_key[key], value, context)
    ]
    if errors:
        raise Invalid(errors)


def _known(field: Field, value: Any, context: Context) -> bool:
    ids = set(value) if isinstance(value, list) else {value}
    return not (ids - known_ids(field, ids, context))


def known_ids(field: Field, ids: set[int], context: Context) -> set[int]:
    """Those of the ids that exist here and may be chosen."""
    kind, here = field.type.references, {"workspace_id": context.workspace_id}
    if kind == "user" and ids == {context.actor.user_id}:
        return ids
    if kind == "user":
        rows: Any = Membership.unscoped.filter(**here, user_id__in=ids, is_active=True).values_list(
            "user_id", flat=True
        )
    elif kind == "team":
        rows = Team.unscoped.filter(**here, pk__in=ids).values_list("pk", flat=True)
    elif kind == "file":
        return _known_files(ids, context)
    else:
        target = specs_for(context.actor).get(field.target)
        if target is None or not target.enabled:
            return set()
        rows = visible_among(target, context.actor, ids).values_list("pk", flat=True)
    return set(rows)


def _known_files(ids: set[int], context: Context) -> set[int]:
    """Those of the files that hang on records the actor may see."""
    rows = StoredFile.unscoped.filter(workspace_id=context.workspace_id, pk__in=ids, deleted_at=None)
    by_type: dict[int, dict[int, int]] = {}
    for file_id, type_id, record_id in rows.values_list("pk", "object_type_id", "record_id"):
        by_type.setdefault(type_id, {})[file_id] = record_id
    found: set[int] = set()
    for type_id, holders in by_type.items():
        spec = spec_by_type(context.actor, type_id)
        if spec is None or not spec.enabled:
            continue
        seen = set(visible_among(spec, context.actor, set(holders.values())).values_list("pk", flat=True))
        found |= {file_id for file_id, record_id in holders.items() if record_id in seen}
    return found

"""Saving what a form posted: linked records may be chosen, named, or made on the way, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Denied, Invalid
from amity.foundation.core.text import sort_key
from amity.foundation.records.access import get_record, visible
from amity.foundation.records.context import context_for
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.clean import form_values
from amity.foundation.records.services.records import create_record, update_record
from amity.foundation.records.spec import Field, ObjectSpec, Values
from amity.foundation.records.values import row_of

NEW = "new:"


def create_from_form(*, actor: Actor, spec: ObjectSpec, fields: Sequence[Field], data: Any) -> int:
    """Make a record of a submitted form (a QueryDict). Raises as `create_record` does."""
    actor.require(spec.key, "create")
    with transaction.atomic():
        values = read_form(actor, spec, fields, data)
        filled = {key: value for key, value in values.items() if value is not None}
        return create_record(actor=actor, spec=spec, values=filled)


def update_from_form(
    *,
    actor: Actor,
    spec: ObjectSpec,
    record_id: int,
    fields: Sequence[Field],
    data: Any,
    expected: Mapping[str, Any] | None = None,
) -> Any:
    """Change what the form changed. A value equal to what the actor sees is not written."""
    with transaction.atomic():
        record = get_record(spec, actor, record_id, "edit")
        seen = row_of(spec, record, context_for(actor), fields).values
        values = read_form(actor, spec, fields, data)
        changed = {key: value for key, value in values.items() if seen.get(key) != value}
        if not changed:
            return record
        return update_record(actor=actor, spec=spec, record_id=record_id, values=changed, expected=expected)


def read_form(actor: Actor, spec: ObjectSpec, fields: Sequence[Field], data: Any) -> Values:
    """Canonical values of the form. Call inside a transaction: it may make linked records."""
    ready = data.copy()
    for field in fields:
        if field.target:
            ready.setlist(field.key, _link_ids(actor, field, data))
    return form_values(spec, fields, ready, context_for(actor))


def _link_ids(actor: Actor, field: Field, data: Any) -> list[str]:
    """Chosen ids; `new:Acme` makes Acme; text typed without choosing must name exactly one record."""
    chosen = [item for item in data.getlist(field.key) if item]
    typed = data.get(f"{field.key}-text", "").strip()
    if typed and (field.many or not chosen) and not any(item.startswith(NEW) for item in chosen):
        picked = _named(actor, field, typed, required=not chosen)
        chosen += [picked] if picked else []
    return [_made(actor, field, item.removeprefix(NEW)) if item.startswith(NEW) else item for item in chosen]


def _named(actor: Actor, field: Field, text: str, *, required: bool) -> str:
    target = spec_for(actor, field.target)
    found = list(visible(target, actor).filter(title_key=sort_key(text)).values_list("pk", flat=True)[:2])
    if len(found) != 1 and required:
        message = _("There is no “%(name)s” here. Choose one from the list.") % {"name": text[:80]}
        raise Invalid.one(field.key, "unknown", message)
    return str(found[0]) if len(found) == 1 else ""


def _made(actor: Actor, field: Field, name: str) -> str:
    target = spec_for(actor, field.target)
    try:
        return str(create_record(actor=actor, spec=target, values={target.title_field: name.strip()}))
    except Denied:
        raise
    except Invalid as error:
        raise Invalid.one(field.key, "new", str(error)) from error


__all__ = ["NEW", "create_from_form", "read_form", "update_from_form"]

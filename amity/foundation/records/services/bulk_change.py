"""What an edit of many records does to each field: set, clear, add to a list or take from it.

Everything that is the same for all records is checked once, before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import FieldError, Invalid
from amity.foundation.records.access import owned
from amity.foundation.records.context import Context, context_for
from amity.foundation.records.fieldtypes import BadValue
from amity.foundation.records.fieldtypes.choice import MultiChoice, Tags
from amity.foundation.records.fieldtypes.reference import other_end
from amity.foundation.records.models import Link
from amity.foundation.records.services.clean import check_references, known_ids
from amity.foundation.records.services.records import as_list, check_owner
from amity.foundation.records.services.write import Edit
from amity.foundation.records.spec import Field, ObjectSpec, Values
from amity.foundation.records.trees import check_lines
from amity.foundation.records.values import read_record

OPS = ("set", "clear", "add", "remove")
MOST_TAGS, MOST_LINKS = 50, 1000  # as the field types allow


@dataclass(frozen=True)
class FieldChange:
    """One step of an edit. `value` is canonical once checked; nothing for `clear`."""

    field: str
    op: str = "set"
    value: Any = None

    def to_json(self) -> dict[str, Any]:
        return {"field": self.field, "op": self.op, "value": self.value}


class Refused(Exception):
    """One record cannot take the change; `code` says why: denied, unseen, needed or too_many."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def editable_fields(spec: ObjectSpec) -> list[Field]:
    """What can be changed in many records at once. A title made of parts is changed by its parts."""
    made = spec.title_field if spec.title_parts else ""
    return [item for item in spec.writable if item.type.name != "file" and item.key != made]


def takes_several(item: Field) -> bool:
    """Whether single values can be added and removed."""
    return (bool(item.target) and item.many) or isinstance(item.type, Tags | MultiChoice)


def checked(actor: Actor, spec: ObjectSpec, changes: Iterable[FieldChange], count: int) -> list[FieldChange]:
    """The changes in canonical form. Raises Invalid with every error, or Denied for an owner out of reach."""
    context, found = context_for(actor), list(changes)
    if not found:
        raise Invalid.one("", "required", _("Choose at least one field to change."))
    errors: list[FieldError] = []
    sound: list[FieldChange] = []
    for change in found:
        try:
            sound.append(_one(spec, change, context, count))
        except Invalid as error:
            errors += error.errors
    twice = {item.field for item in found if sum(1 for other in found if other.field == item.field) > 1}
    errors += [
        FieldError(key, "twice", _("A field can be changed in one way only.")) for key in sorted(twice)
    ]
    if errors:
        raise Invalid(errors)
    check_references(spec, {change.field: change.value for change in sound}, context)
    for change in sound:
        if change.field == "owner":
            check_owner(spec, change.value, actor)
    return sound


def _one(spec: ObjectSpec, change: FieldChange, context: Context, count: int) -> FieldChange:
    item = spec.field(change.field)
    if item is None or item not in editable_fields(spec):
        raise Invalid.one(
            change.field, "unknown_field", _("There is no field here that can be changed like this.")
        )
    if change.op not in OPS or (change.op in ("add", "remove") and not takes_several(item)):
        raise Invalid.one(
            change.field, "op", _("“%(field)s” cannot be changed like this.") % {"field": item.label}
        )
    if change.op == "clear":
        value = None
    else:
        try:
            value = item.type.clean(item, change.value, context)
        except BadValue as error:
            raise Invalid.one(change.field, error.code, error.message) from error
    if value is None and change.op in ("add", "remove"):
        raise Invalid.one(change.field, "required", _("Say what to add or remove."))
    if value is None and item.required and item.when is None:
        raise Invalid.one(change.field, "required", _("“%(field)s” is needed.") % {"field": item.label})
    if value is not None and item.unique and count > 1:
        text = _("“%(field)s” is different in every record.") % {"field": item.label}
        raise Invalid.one(change.field, "unique", text)
    return FieldChange(change.field, "clear" if value is None else change.op, value)


def _may_be_needed(item: Field, touched: set[str]) -> bool:
    """Whether the change may leave a field empty that a record needs."""
    if item.key in touched:
        return item.required or item.when is not None
    return item.when is not None and item.when.field in touched


class SetEdit:
    """The edits of one set of loaded records: what differs from record to record is looked up in sets."""

    def __init__(self, spec: ObjectSpec, actor: Actor, changes: Sequence[FieldChange]) -> None:
        self.spec, self.context = spec, context_for(actor)
        self.stored = [change for change in changes if spec.by_key[change.field].stored]
        self.linked = [change for change in changes if not spec.by_key[change.field].stored]
        self._merged: dict[tuple[str, tuple[Any, ...]], Any] = {}
        touched = {change.field for change in changes}
        self.asked = [item for item in spec.writable if item.stored and _may_be_needed(item, touched)]

    def load(self, records: Sequence[Any]) -> None:
        """Look up what the records point at now. Call for each set before `edit`."""
        self._unseen = {change.field: self._hidden(change.field, records) for change in self.stored}
        self._links = {change.field: self._links_of(change.field, records) for change in self.linked}

    def edit(self, record: Any) -> Edit:
        """Raises Refused."""
        before = read_record(self.spec, record)
        values = {change.field: self.value(before, change) for change in self.stored}
        try:
            check_lines(self.spec, self.context.workspace_id, {record.pk: values})
        except Invalid as error:
            raise Refused("circle") from error
        if self.asked:
            after = {**before, **values}
            if any(after.get(item.key) is None and item.needed(after) for item in self.asked):
                raise Refused("needed")
        if "owner" in values and not owned(self.spec, self.context.actor, record, "edit"):
            raise Refused("denied")  # only shared with them: not theirs to give
        links = {change.field: self.ids(record, change) for change in self.linked}
        return Edit(record, values, links, before=before)

    def _current(self, record: Any, key: str) -> Any:
        item = self.spec.by_key[key]
        return item.type.from_column(getattr(record, item.column)) if item.column else record.custom.get(key)

    def _hidden(self, key: str, records: Sequence[Any]) -> set[int]:
        """Values of a foreign key that the actor cannot see: they may not be overwritten blindly."""
        target = self.spec.by_key[key].target
        if not target or self.context.actor.owners(target, "see") is None:
            return set()
        held = {self._current(record, key) for record in records} - {None}
        return held - known_ids(self.spec.by_key[key], held, self.context) if held else set()

    def value(self, before: Values, change: FieldChange) -> Any:
        """What a stored field becomes. Raises Refused."""
        now = before.get(change.field)
        if now is not None and not isinstance(now, list | dict) and now in self._unseen[change.field]:
            raise Refused("unseen")
        if change.op not in ("add", "remove"):
            return change.value
        memory = (change.field, tuple(now or ()))
        if memory not in self._merged:
            self._merged[memory] = self._joined(change, now or [])
        return self._limited(change, self._merged[memory])

    def _joined(self, change: FieldChange, now: list[Any]) -> Any:
        """The list with the change's values added or taken out; alike is what the value index takes for alike."""
        item = self.spec.by_key[change.field]
        normal = {word: item.type.index_values(item, [word])[0][1] for word in (*now, *change.value)}
        if change.op == "remove":
            gone = {normal[word] for word in change.value}
            return [word for word in now if normal[word] not in gone] or None
        have = {normal[word] for word in now}
        return [*now, *(word for word in change.value if normal[word] not in have)]

    def _limited(self, change: FieldChange, value: Any) -> Any:
        item = self.spec.by_key[change.field]
        if isinstance(item.type, Tags) and value and len(value) > MOST_TAGS:
            raise Refused("too_many")
        return value

    # --- links of the Link table -----------------------------------------------------------------

    def linked_now(self, record: Any) -> dict[str, list[int]]:
        """What a loaded record is linked to, unseen ones too, by the fields that change."""
        return {key: found.get(record.pk, []) for key, (found, _unseen) in self._links.items()}

    def _links_of(self, key: str, records: Sequence[Any]) -> tuple[dict[int, list[int]], set[int]]:
        """What each record is linked to now, and which of that the actor cannot see."""
        item = self.spec.by_key[key]
        here, there = f"{item.end}_id", f"{other_end(item)}_id"
        rows = Link.unscoped.filter(
            workspace_id=self.context.workspace_id, relation_id=item.relation_id or 0,
            **{f"{here}__in": [record.pk for record in records]},
        )  # fmt: skip
        found: dict[int, list[int]] = {}
        for _id, mine, other in sorted(rows.values_list("id", here, there)):
            found.setdefault(mine, []).append(other)
        every = {one for ids in found.values() for one in ids}
        return found, every - known_ids(item, every, self.context) if every else set()

    def ids(self, record: Any, change: FieldChange) -> list[int]:
        """What a record becomes linked to: links to records the actor cannot see stay. Raises Refused."""
        found, unseen = self._links[change.field]
        now, value = found.get(record.pk, []), as_list(change.value)
        if change.op == "add":
            wanted = [*now, *(one for one in value if one not in now)]
        elif change.op == "remove":
            wanted = [one for one in now if one not in value or one in unseen]
        else:
            wanted = [*(one for one in now if one in unseen), *value]
        if not self.spec.by_key[change.field].many and len(wanted) > 1:
            raise Refused("unseen")
        if len(wanted) > MOST_LINKS and len(wanted) > len(now):
            raise Refused("too_many")
        if not wanted and self.spec.by_key[change.field].required:
            raise Refused("needed")
        return wanted


__all__ = ["OPS", "FieldChange", "Refused", "SetEdit", "checked", "editable_fields", "takes_several"]

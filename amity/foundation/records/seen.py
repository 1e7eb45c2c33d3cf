"""Objects as a role may know them: fields it may not see are hidden, those it may only read are read-only.

What a hidden field would tell (a column, a filter, a sort order, a change in the history) asks its spec, and
so is closed in one place. The title, which is shown wherever a record is named, cannot be hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from amity.foundation.accounts.actor import Actor
from amity.foundation.records.spec import Field, ObjectSpec, Reverse

Rights = tuple[tuple[str, str], ...]
Sight = tuple[frozenset[str], tuple[tuple[str, Rights], ...]]

EVERYTHING: Sight = (frozenset(), ())


def sight_of(actor: Actor, keys: Iterable[str]) -> Sight:
    """What limits the actor's view of these objects, as a key to keep specs by."""
    if actor.admin:
        return EVERYTHING
    unseen = frozenset(key for key in keys if not actor.may(key, "see"))
    return unseen, tuple((key, _rights(actor, key)) for key in sorted(actor.field_rights))


def seen_by(actor: Actor, spec: ObjectSpec) -> ObjectSpec:
    """The object as the actor's role may know it. Services that are given a spec begin with this."""
    if actor.admin:
        return spec
    named = {item.target for item in spec.fields if item.target} | {item.object_key for item in spec.reverses}
    unseen = frozenset(key for key in named if not actor.may(key, "see"))
    lost = frozenset(item for item in spec.reverses if item.object_key in unseen or _hides(actor, item))
    rights = _rights(actor, spec.key)
    return _limited(spec, unseen, lost, rights) if unseen or lost or rights else spec


def _rights(actor: Actor, object_key: str) -> Rights:
    return tuple(sorted(actor.field_rights.get(object_key, {}).items()))


def _hides(actor: Actor, reverse: Reverse) -> bool:
    return actor.field_rights.get(reverse.object_key, {}).get(reverse.field_key) == "hidden"


@lru_cache(maxsize=256)
def _limited(
    spec: ObjectSpec, unseen: frozenset[str], lost: frozenset[Reverse], rights: Rights
) -> ObjectSpec:
    said = dict(rights)
    hidden = hidden_keys(spec, said)
    fields = tuple(_as_seen(item, said.get(item.key, ""), unseen, hidden) for item in spec.fields)
    shown = {item.key for item in fields if not item.hidden}
    return spec.with_rows(
        fields=fields,
        default_columns=tuple(key for key in spec.default_columns if key in shown),
        quick_add=tuple(key for key in spec.quick_add if key in shown),
        reverses=tuple(item for item in spec.reverses if item not in lost),
        board_field=spec.board_field if spec.board_field in shown else "",
        date_field=spec.date_field if spec.date_field in shown else "",
    )


def _as_seen(item: Field, right: str, unseen: frozenset[str], hidden: set[str]) -> Field:
    if item.target in unseen or item.key in hidden:
        return replace(item, hidden=True)
    if right == "read" and (not item.read_only or item.type.name == "consent"):
        return replace(item, read_only=True, role_only=True)
    if item.formula is not None and not hidden.isdisjoint(item.formula.inputs):
        return replace(item, formula=replace(item.formula, text=""))
    return item


def hidden_keys(spec: ObjectSpec, said: Mapping[str, str]) -> set[str]:
    """The fields that these rights hide.

    A computed field is hidden with any field that its formula uses, unless the rights say "read" of it.
    """
    hidden = {
        item.key for item in spec.fields if said.get(item.key) == "hidden" and may_be_hidden(spec, item)
    }
    for item in spec.computed:
        if item.formula and said.get(item.key) != "read" and not hidden.isdisjoint(item.formula.inputs):
            hidden.add(item.key)
    return hidden


def may_be_hidden(spec: ObjectSpec, item: Field) -> bool:
    """Neither what names the record nor whose it is: both are shown wherever there is a record."""
    return item.key not in {spec.title_field, *spec.title_parts, "owner"} and item.column != "title"


def tells(spec: ObjectSpec, changed: Iterable[str]) -> bool:
    """Whether a change of these fields is anybody's business who knows the object so: not if all are hidden."""
    fields = [spec.field(key) for key in changed]
    return not fields or any(item is None or not item.hidden for item in fields)

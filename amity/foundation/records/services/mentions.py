"""Colleagues named in a note with an @: who they are, and who of them may see the record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from amity.foundation.accounts.actor import Actor, actor_for
from amity.foundation.accounts.beside import with_shared
from amity.foundation.accounts.models import Membership, User
from amity.foundation.core.text import fold
from amity.foundation.records.access import get_record, reaches
from amity.foundation.records.spec import ObjectSpec

MAX_MENTIONS = 50
Mention = list[Any]  # [user id, name as it was written]: JSON in the note's column


@dataclass(frozen=True)
class Named:
    """Whom a text names: `told` may see the record, `untold` may not and hear nothing."""

    mentions: list[Mention] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)


def named_in(
    *,
    actor: Actor,
    spec: ObjectSpec,
    record: Any,
    body: str,
    chosen: Sequence[int] = (),
    known: Sequence[int] = (),
) -> Named:
    """Read the mentions of a text: `@` and the whole name of a colleague. No statement when there is no `@`.

    `chosen` are the ids a picker gave and tell people of one name apart; so do `known`, those named there already.
    A name that several share and nobody chose names none of them.
    """
    if "@" not in body:
        return Named()
    found = Named()
    for member, name in _found(body, {*chosen, *known})[:MAX_MENTIONS]:
        found.mentions.append([member.user_id, name])
        if reaches(spec, actor_for(member), record, "see"):
            found.told.append(member.user_id)
        else:
            found.untold.append(member.user.short_name)
    return found


def _found(body: str, chosen: set[int]) -> list[tuple[Membership, str]]:
    """Members with the name as it stands in the text, in its order; of nested names the longest counts."""
    by_name: dict[str, list[Membership]] = {}
    for member in _colleagues():
        by_name.setdefault(member.user.short_name.casefold(), []).append(member)
    names = sorted(by_name, key=len, reverse=True)
    pattern = rf"(?<!\w)@({'|'.join(map(re.escape, names))})(?!\w)"
    found: dict[int, tuple[Membership, str]] = {}
    for match in re.finditer(pattern, body, re.IGNORECASE):
        members = by_name.get(match[1].casefold(), [])
        some = members if len(members) == 1 else [one for one in members if one.user_id in chosen]
        for member in some:
            found.setdefault(member.user_id, (member, match[1]))
    return list(found.values())


def _colleagues() -> Any:
    rows = with_shared(Membership.objects.select_related("user", "role", "workspace"))
    return rows.filter(is_active=True, user__is_active=True).order_by("user__name", "pk")


def colleagues(*, actor: Actor, spec: ObjectSpec, record_id: int, text: str, limit: int = 8) -> list[User]:
    """For the picker: others whose name or address holds the text and who may see the record. Raises NotFound."""
    record = get_record(spec, actor, record_id)
    wanted, found = fold(text), []
    for member in _colleagues():
        if member.user_id == actor.user_id or wanted not in fold(
            f"{member.user.short_name} {member.user.email}"
        ):
            continue
        if reaches(spec, actor_for(member), record, "see"):
            found.append(member.user)
            if len(found) == limit:
                break
    return found

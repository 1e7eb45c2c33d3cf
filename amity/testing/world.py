"""Worlds to test in: firms with people, and records full of valid values of any field type."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from amity.foundation.accounts.actor import Actor, actor_for
from amity.foundation.accounts.models import Team, TeamMember, User, Workspace
from amity.foundation.accounts.roles import VERBS
from amity.foundation.accounts.services import add_member, create_workspace
from amity.foundation.core.scope import outside, scope
from amity.foundation.records.access import all_records
from amity.foundation.records.objects import forget, specs_for
from amity.foundation.records.services.records import create_record
from amity.foundation.records.services.schema import create_field, create_object
from amity.foundation.records.services.slots import fill_slot_job
from amity.foundation.records.spec import Field, ObjectSpec, Values

PASSWORD = "correct horse 7"  # noqa: S105  of people in tests only
NAMES = (
    "Ada Lovelace", "Çağla Şimşek", "王小明", "Zoë O'Neill", "Иван Петров", "தமிழ் செல்வி", "Siân ap Dafydd",
    "ada byron", "Łukasz Żak", "Ångström", "\"Quoted\" Ltd", "50% Off_Now", "ısı ILIK", "Straße", "الشركة",
)  # fmt: skip
ROLES = {"admin": "admin", "owner": "member", "colleague": "member", "stranger": "guest"}


@dataclass
class Firm:
    """One workspace: `admin`, `owner` and `colleague` (members without a team), `stranger` (a guest)."""

    workspace: Workspace
    admin: Actor
    owner: Actor
    colleague: Actor
    stranger: Actor
    ids: dict[str, int] = field(default_factory=dict)


def make_firm(name: str, place: int) -> Firm:
    """A firm with its four people; `place` 0 is the one that answers to every host name."""
    host = "second.test" if place else ""
    with outside():
        workspace = create_workspace(name=name, country="GB", currency="GBP", host=host)
        people = {
            key: add_person(workspace, f"{key}{place or ''}@example.com", role) for key, role in ROLES.items()
        }
        with scope(workspace.pk):
            specs_for(workspace)
    return Firm(workspace, people["admin"], people["owner"], people["colleague"], people["stranger"])


def add_person(workspace: Workspace, email: str, role_key: str = "member") -> Actor:
    """One more colleague."""
    name = email.split("@")[0].title()
    member = add_member(workspace=workspace, email=email, role_key=role_key, name=name)
    User.objects.filter(pk=member.user_id).update(password=_hashed(settings.PASSWORD_HASHERS[0]))
    member.user.refresh_from_db()
    return actor_for(member)


@lru_cache(maxsize=4)
def _hashed(hasher: str) -> str:
    """Hashing is slow on purpose; one hash serves everybody in a test run."""
    return make_password(PASSWORD)


def with_scope(actor: Actor, **scopes: str) -> Actor:
    """The same person with another role: scopes by verb, `all` where nothing is said."""
    return replace(actor, admin=False, permissions={"*": {**dict.fromkeys(VERBS, "all"), **scopes}})


def put_in_team(team: Team, *actors: Actor) -> None:
    for actor in actors:
        TeamMember.unscoped.create(workspace_id=team.workspace_id, team=team, user_id=actor.user_id or 0)


def add_team(workspace: Workspace, name: str, parent: Team | None = None) -> Team:
    team: Team = Team.unscoped.create(workspace=workspace, name=name, parent=parent)
    team.path = f"{parent.path if parent else '/'}{team.pk}/"
    team.save(update_fields=["path"])
    return team


# --- values ----------------------------------------------------------------------------------------------------


def sample(item: Field, n: int) -> Any:
    """The n-th valid value of a field, as a program would send it; None for types that point at something.

    Texts differ for every n and hold letters of many scripts; numbers and dates repeat, so that sorts have ties.
    """
    makers: dict[str, Any] = {
        "text": lambda: f"{NAMES[n % len(NAMES)]} {n}",
        "long_text": lambda: f"{NAMES[n % len(NAMES)]}\nline two of {n}",
        "url": lambda: f"https://example.com/{n}",
        "number": lambda: (n % 7) * 1.5 - 3,
        "percent": lambda: (n % 5) * 12.5,
        "rating": lambda: n % 5 + 1,
        "boolean": lambda: n % 2 == 0,
        "money": lambda: {"amount": (n % 6) * 1050 - 100, "currency": "GBP"},
        "date": lambda: f"20{20 + n % 4}-0{n % 9 + 1}-15",
        "datetime": lambda: f"2024-0{n % 9 + 1}-01T0{n % 10}:30:00Z",
        "choice": lambda: item.live_options[n % len(item.live_options)].key,
        "multi_choice": lambda: sorted(
            {item.live_options[(n + k) % len(item.live_options)].key for k in (0, n % 3)}
        ),
        "tags": lambda: [f"tag {n % 3}", NAMES[n % len(NAMES)]],
        "email": lambda: [{"value": f"person{n}@example.com", "label": "work"}, f"second{n}@example.org"],
        "phone": lambda: [{"value": f"+44 20 7946 0{n % 1000:03d}", "label": "mobile"}],
        "messenger": lambda: [{"value": f"handle_{n}", "label": "telegram"}],
        "address": lambda: [
            {"street": f"{n} High Street", "city": f"Town {n % 4}", "country": "GB", "label": "home"}
        ],
        "country": lambda: ("GB", "TR", "DE", "IN")[n % 4],
        "language": lambda: ("en", "tr", "cy", "ta")[n % 4],
    }
    maker = makers.get(item.type.name)
    return (
        maker() if maker and (item.type.name not in ("choice", "multi_choice") or item.live_options) else None
    )


def record_values(spec: ObjectSpec, n: int, *, gaps: int = 0) -> Values:
    """Valid values of every writable field of one record; with `gaps`, one optional field in `gaps` stays empty.

    The same `n` gives the same values.
    """
    chance = random.Random(n)  # noqa: S311  repeatable on purpose
    values: Values = {}
    for item in spec.writable:
        value = sample(item, n)
        empty = gaps and not item.required and item.key != spec.title_field and chance.randrange(gaps) == 0
        if value is not None and not empty:
            values[item.key] = value
    return values


def make_records(spec: ObjectSpec, actor: Actor, count: int, *, gaps: int = 3, start: int = 0) -> list[int]:
    """Create `count` records through the service."""
    return [
        create_record(actor=actor, spec=spec, values=record_values(spec, n, gaps=gaps))
        for n in range(start, start + count)
    ]


def load(spec: ObjectSpec, workspace: Workspace, record_id: int) -> Any:
    """The record's row, whoever owns it, trashed or not."""
    return all_records(spec, workspace.pk).get(pk=record_id)


# --- objects of the firm's own ---------------------------------------------------------------------------------

CHOICES = ["Low", "Middle", "High"]
EVERY_TYPE: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("text", {}), ("long_text", {}), ("url", {}), ("number", {}), ("percent", {}), ("rating", {}), ("boolean", {}),
    ("money", {}), ("date", {}), ("datetime", {}), ("choice", {"options": CHOICES}),
    ("multi_choice", {"options": CHOICES}), ("email", {}), ("phone", {}), ("messenger", {}), ("address", {}),
    ("country", {}), ("language", {}), ("user", {}), ("team", {}),
)  # fmt: skip
FAST_TYPES: tuple[tuple[str, Mapping[str, Any]], ...] = tuple(
    (name, {**options, "fast": True})
    for name, options in EVERY_TYPE
    if name
    in (
        "text",
        "choice",
        "email",
        "phone",
        "country",
        "number",
        "rating",
        "boolean",
        "money",
        "date",
        "datetime",
    )
)


def make_object(firm: Firm, plural: str, fields: Iterable[tuple[str, Mapping[str, Any]]] = EVERY_TYPE) -> str:
    """A custom object with a field of each type, `f_<type>`; returns its key."""
    row = create_object(actor=firm.admin, label=plural.rstrip("s").title(), plural=plural.title())
    refresh(firm)
    for type_name, options in fields:
        label = f"F {type_name}"
        made = create_field(
            actor=firm.admin,
            object_key=row.key,
            type_name=type_name,
            label=label,
            key=f"f_{type_name}",
            **options,
        )
        refresh(firm)
        if made.slot or made.unique_slot:
            fill_slot_job.func(made.pk)
            refresh(firm)
    return str(row.key)


def refresh(firm: Firm) -> None:
    """Let every person of the firm see a changed shape, as their next request would."""
    forget(firm.workspace.pk)
    firm.workspace.refresh_from_db()
    for actor in (firm.admin, firm.owner, firm.colleague, firm.stranger):
        actor.workspace.refresh_from_db()

"""The one who acts: every service asks the actor, never the request."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from amity.foundation.accounts.membership import membership_in
from amity.foundation.accounts.models import Membership, TeamMember, User, Workspace
from amity.foundation.accounts.roles import granted
from amity.foundation.core.errors import Denied


@dataclass(frozen=True)
class Actor:
    """A person (or the system) at work in one workspace, with the role's rights resolved.

    `source` says by which door the change comes in: page, api, import, automation, command, system.
    `origin` names the program behind it where it has a token: `api:Webshop`. `read_only` is set while an
    administrator looks at the product as somebody else. `shared`: records may be shared with them, else nobody
    looks for shares.
    """

    workspace: Workspace
    user: User | None
    permissions: dict[str, Any] = field(default_factory=dict)
    field_rights: dict[str, dict[str, str]] = field(default_factory=dict)
    admin: bool = False
    source: str = "page"
    origin: str = ""
    read_only: bool = False
    seen_by: User | None = None
    shared: bool = False

    @property
    def workspace_id(self) -> int:
        return self.workspace.pk

    @property
    def user_id(self) -> int | None:
        return self.user.pk if self.user else None

    @property
    def language(self) -> str:
        return (self.user.language if self.user else "") or self.workspace.language

    @property
    def zone(self) -> str:
        return (self.user.zone if self.user else "") or self.workspace.zone

    def with_source(self, source: str) -> Actor:
        return replace(self, source=source)

    def scope_of(self, object_key: str, verb: str) -> str:
        """One of none, own, team, below, all."""
        if self.read_only and verb != "see":
            return "none"
        return "all" if self.admin else granted(self.permissions, object_key, verb)

    def may(self, object_key: str, verb: str) -> bool:
        """Whether the verb is granted on any record of the object at all."""
        return self.scope_of(object_key, verb) != "none"

    def require(self, object_key: str, verb: str) -> None:
        if not self.may(object_key, verb):
            raise Denied

    def require_admin(self) -> None:
        if not self.admin or self.read_only:
            raise Denied

    def owners(self, object_key: str, verb: str) -> frozenset[int] | None:
        """Whose records the verb reaches: None for everybody's, else user ids."""
        scope = self.scope_of(object_key, verb)
        if scope == "all":
            return None
        if scope == "none" or self.user_id is None:
            return frozenset()
        if scope == "own":
            return frozenset([self.user_id])
        return self._team_owners if scope == "team" else self._below_owners

    @cached_property
    def _places(self) -> list[tuple[int, str]]:
        rows = TeamMember.objects.filter(user_id=self.user_id or 0).values_list("team_id", "team__path")
        return list(rows)

    @cached_property
    def _team_owners(self) -> frozenset[int]:
        return self._with_me(TeamMember.objects.filter(team_id__in=[t for t, _ in self._places]))

    @cached_property
    def _below_owners(self) -> frozenset[int]:
        found: set[int] = set()
        for _team, path in self._places:
            found |= set(
                TeamMember.objects.filter(team__path__startswith=path).values_list("user_id", flat=True)
            )
        return frozenset(found | {self.user_id or 0})

    def _with_me(self, rows: Any) -> frozenset[int]:
        return frozenset({*rows.values_list("user_id", flat=True), self.user_id or 0})


def actor_for(membership: Membership, source: str = "page") -> Actor:
    """The actor of a membership loaded with its user, role and workspace."""
    return Actor(
        workspace=membership.workspace,
        user=membership.user,
        permissions=membership.role.permissions,
        field_rights=membership.role.field_rights,
        admin=membership.role.admin,
        source=source,
        shared=bool(getattr(membership, "shared", False)),  # see `with_shared`
    )


def load_actor(workspace_id: int, user_id: int, source: str) -> Actor | None:
    """For jobs and commands: today's rights of a user, or None when they no longer work here."""
    membership = membership_in(workspace_id, user_id)
    return actor_for(membership, source) if membership else None


def system_actor(workspace: Workspace, source: str = "system") -> Actor:
    """The product itself: may do everything, signs nothing with a person's name."""
    return Actor(workspace=workspace, user=None, admin=True, source=source)

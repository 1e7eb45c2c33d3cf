"""How values are read and shown for one person: language, zone, country, currency."""

from __future__ import annotations

from dataclasses import dataclass

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.countries import day_first


@dataclass(frozen=True)
class Context:
    """What a field type needs to know to parse or show a value. `country` and `currency` are the workspace's."""

    actor: Actor
    language: str
    zone: str
    country: str
    currency: str
    day_first: bool

    @property
    def workspace_id(self) -> int:
        return self.actor.workspace_id


def context_for(actor: Actor) -> Context:
    language = actor.language
    country = actor.workspace.country
    return Context(
        actor=actor,
        language=language,
        zone=actor.zone,
        country=country,
        currency=actor.workspace.currency,
        day_first=day_first(f"{language}_{country}"),
    )

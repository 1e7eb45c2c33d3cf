"""Every test world has three people and a second firm full of look-alike data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from tempfile import mkdtemp

import pytest

os.environ.setdefault("AMITY_HOME", mkdtemp(prefix="amity-test-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


@dataclass
class Firm:
    """One workspace: `admin`, `owner` and `colleague` (members, one team each), `stranger` (a guest)."""

    workspace: object
    admin: object
    owner: object
    colleague: object
    stranger: object
    ids: dict[str, int] = field(default_factory=dict)


def make_firm(name: str, place: int) -> Firm:
    from amity.foundation.accounts.actor import actor_for
    from amity.foundation.accounts.services import add_member, create_workspace
    from amity.foundation.records.objects import specs_for

    workspace = create_workspace(name=name, country="GB", currency="GBP", host="" if place == 0 else "second.test")
    roles = {"admin": "admin", "owner": "member", "colleague": "member", "stranger": "guest"}
    people = {
        key: actor_for(
            add_member(
                workspace=workspace,
                email=f"{key}{place or ''}@example.com",
                role_key=role,
                password="correct horse 7",
                name=key.title(),
            )
        )
        for key, role in roles.items()
    }
    specs_for(workspace)
    return Firm(workspace=workspace, **people)


@pytest.fixture(autouse=True)
def _fresh_specs() -> Iterator[None]:
    """Specs are cached per process by workspace id, which the next test uses again."""
    from amity.foundation.records import objects

    objects._cache.clear()
    yield
    objects._cache.clear()


@pytest.fixture
def firm(db: None) -> Iterator[Firm]:
    """The first firm, with its workspace open."""
    from amity.foundation.core.scope import scope

    made = make_firm("Acme", 0)
    with scope(made.workspace.pk):
        yield made


@pytest.fixture
def closed_firm(db: None) -> Firm:
    """The first firm without an open scope: for tests that go through HTTP."""
    return make_firm("Acme", 0)


@pytest.fixture
def other_firm(db: None) -> Firm:
    """The second firm. Nothing of it may ever show in the first."""
    return make_firm("Lookalike", 1)


@pytest.fixture
def client_of(closed_firm: Firm):
    """`client_of(actor)`: a browser signed in as that person."""
    from django.test import Client

    def make(actor: object) -> Client:
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(actor.user, backend="amity.foundation.accounts.signin.DelayedBackend")
        return client

    return make

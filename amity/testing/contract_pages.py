"""The contract of an object's pages and API: who gets which answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.tokens import create_token
from amity.foundation.core.scope import scope
from amity.foundation.records.objects import spec_for
from amity.testing import faults
from amity.testing.contract_services import World
from amity.testing.world import Firm

RECORD_PAGES = ("", "peek/", "edit/")


class PageContract:
    """Pages and API of one object."""

    prepare: Callable[[Firm], None]
    values: Callable[..., Any]
    key: str

    @pytest.fixture
    def outside(self, closed_firm: Firm) -> tuple[World, int]:
        """The object with one record of the owner, and no workspace open."""
        with scope(closed_firm.workspace.pk):
            self.prepare(closed_firm)
            world = World(closed_firm, spec_for(closed_firm.workspace, self.key), self.values)
            record_id = world.named("Quizzical Zebrafish")
        return world, record_id

    def test_pages_answer_the_owner(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        world, record_id = outside
        client = client_of(world.firm.owner)
        paths = [f"/{self.key}/", *(f"/{self.key}/{record_id}/{page}" for page in RECORD_PAGES)]
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert "Zebrafish" in answer.content.decode(), path
        assert client.get(f"/{self.key}/new/").status_code == 200

    def test_pages_hide_the_record_from_colleague_and_stranger(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        world, record_id = outside
        for actor in (world.firm.colleague, world.firm.stranger):
            client = client_of(actor)
            assert "Zebrafish" not in client.get(f"/{self.key}/").content.decode()
            for page in RECORD_PAGES:
                hidden = client.get(f"/{self.key}/{record_id}/{page}")
                absent = client.get(f"/{self.key}/987654/{page}")
                assert (hidden.status_code, absent.status_code) == (404, 404)
            before = faults.snapshot()
            assert client.post(f"/{self.key}/{record_id}/delete/").status_code == 404
            assert faults.changed_tables(before) == []

    def test_the_api_answers_each_as_they_may(self, outside: tuple[World, int]) -> None:
        world, record_id = outside
        path = f"/api/v1/{self.key}/{record_id}"
        assert call_api(world.firm.owner, "get", path).status_code == 200
        for actor in (world.firm.colleague, world.firm.stranger):
            assert call_api(actor, "get", path).status_code == 404
            assert call_api(actor, "delete", path).status_code == 404
        assert call_api(world.firm.stranger, "post", f"/api/v1/{self.key}").status_code == 403
        assert call_api(world.firm.owner, "delete", path).status_code in (200, 204)


def call_api(actor: Actor, method: str, path: str) -> Any:
    """The answer to one call as that person."""
    assert actor.user_id
    with scope(actor.workspace_id):
        _token, secret = create_token(actor=actor, user_id=actor.user_id, name="test")
    client = Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {secret}"})
    body: dict[str, Any] = {"data": "{}", "content_type": "application/json"} if method == "post" else {}
    return getattr(client, method)(path, **body)

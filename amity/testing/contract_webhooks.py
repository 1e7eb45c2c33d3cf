"""The contract of what other programs are told of an object's records."""

from __future__ import annotations

import json
from typing import Any

from amity.engines.webhooks import reactions
from amity.engines.webhooks.models import Delivery, Webhook
from amity.engines.webhooks.services import create_webhook
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Membership, Role
from amity.foundation.core.outbox import dispatch
from amity.foundation.core.scope import outside, scope
from amity.foundation.records.seen import may_be_hidden
from amity.foundation.records.services.records import delete_record, restore_record
from amity.foundation.records.services.shares import share_record
from amity.testing.contract_services import World
from amity.testing.world import Firm

CANARY = "Kookaburra"


class WebhookContract:
    """Every change of a record is told once, without values, and only what the webhook's maker may see."""

    def test_changes_are_told_without_values(self, world: World) -> None:
        told_before()
        hook = webhook_of(world.firm.admin, object_keys=[world.spec.key])
        webhook_of(world.firm.admin, object_keys=["companies" if world.spec.key == "people" else "people"])
        record_id = world.named(CANARY)
        world.update(record_id, {world.spec.title_field: f"{CANARY} changed"})
        delete_record(actor=world.firm.owner, spec=world.spec, record_id=record_id)
        restore_record(actor=world.firm.owner, spec=world.spec, record_id=record_id)
        rows = told()
        kinds = [f"{world.spec.key}.{verb}" for verb in ("created", "updated", "deleted", "restored")]
        assert [row.kind for row in rows] == kinds
        assert {row.webhook_id for row in rows} == {hook.pk}
        assert not any(CANARY in row.body for row in rows)
        data = [json.loads(row.body)["data"] for row in rows]
        assert [(item["object"], item["ids"]) for item in data] == [(world.spec.key, [record_id])] * 4
        assert data[1]["fields"]
        assert set(data[1]["fields"]) <= {item.key for item in world.spec.live_fields}
        assert data[1]["user"] == world.firm.owner.user_id

    def test_records_that_the_maker_may_not_see_are_not_told(self, world: World) -> None:
        told_before()
        hook = webhook_of(world.firm.admin)
        limit_to_own(world.firm, hook)
        seen = world.named("Seen", actor=world.firm.admin)
        hidden = world.named("Hidden")
        world.update(hidden, {world.spec.title_field: "Hidden still"})
        delete_record(actor=world.firm.owner, spec=world.spec, record_id=hidden)
        assert [json.loads(row.body)["data"]["ids"] for row in told()] == [[seen]]

    def test_a_record_shared_with_the_maker_is_told(self, world: World) -> None:
        hook = webhook_of(world.firm.admin)
        limit_to_own(world.firm, hook)
        hidden = world.named("Shared")
        told_before()
        share_record(
            actor=world.firm.owner, spec=world.spec, record_id=hidden, level="see", user_id=hook.user_id
        )
        world.update(hidden, {world.spec.title_field: "Shared still"})
        assert [json.loads(row.body)["data"]["ids"] for row in told()] == [[hidden]]

    def test_a_field_that_the_maker_may_not_see_is_not_told(self, world: World) -> None:
        told_before()
        hook = webhook_of(world.firm.admin, verbs=["updated"])
        one, other = [pair for pair in world.samples(2) if may_be_hidden(world.spec, pair[0])][:2]
        limit_to_own(world.firm, hook, {world.spec.key: {one[0].key: "hidden"}})
        record_id = world.create(1, actor=world.firm.admin)
        world.update(record_id, {one[0].key: one[1]}, actor=world.firm.admin)
        both = {one[0].key: world.values(world.spec, 3)[one[0].key], other[0].key: other[1]}
        world.update(record_id, both, actor=world.firm.admin)
        assert [json.loads(row.body)["data"]["fields"] for row in told()] == [[other[0].key]]

    def test_a_filter_chooses_among_records(self, world: World) -> None:
        told_before()
        title = world.spec.title_field
        tree = {"field": title, "op": "contains", "value": CANARY}
        webhook_of(world.firm.admin, object_keys=[world.spec.key], filter=tree, verbs=["created"])
        wanted = world.named(f"{CANARY} one")
        world.named("Another")
        assert [json.loads(row.body)["data"]["ids"] for row in told()] == [[wanted]]

    def test_another_firm_is_told_nothing(self, world: World, other_firm: Firm) -> None:
        told_before()
        with outside(), scope(other_firm.workspace.pk):
            webhook_of(other_firm.admin)
        world.named(CANARY)
        assert told() == []
        with outside(), scope(other_firm.workspace.pk):
            assert not Delivery.objects.exists()


def webhook_of(actor: Actor, **options: Any) -> Webhook:
    options = {"name": "Test", "url": "https://example.com/hook", **options}
    return create_webhook(actor=actor, **options)[0]


def limit_to_own(firm: Firm, hook: Webhook, fields: dict[str, dict[str, str]] | None = None) -> None:
    """From now on the webhook's maker sees their own records alone, and of fields what `fields` says."""
    role = Role.unscoped.create(
        workspace=firm.workspace,
        key="narrow",
        label="Narrow",
        permissions={"*": {"see": "own"}},
        field_rights=fields or {},
    )
    Membership.unscoped.filter(workspace=firm.workspace, user_id=hook.user_id).update(role=role)


def told_before() -> None:
    """Hand on what making the world has left."""
    assert reactions.SET
    while dispatch("test", 100):
        pass


def told() -> list[Delivery]:
    """Hand on every event; what webhooks of the open firm are told, in order."""
    while dispatch("test", 100):
        pass
    return list(Delivery.objects.order_by("id"))

"""The contract of what people hear of an object: its records assigned, and colleagues named in its notes."""

from __future__ import annotations

from amity.engines.notify import centre
from amity.engines.notify.models import Notification
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Membership
from amity.foundation.accounts.roles import VERBS
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.records.models import Note
from amity.foundation.records.services.batches import new_batch
from amity.foundation.records.services.mentions import Named
from amity.foundation.records.services.notes import write_note
from amity.testing.contract_services import World
from amity.testing.world import add_team, put_in_team


class NotifyContract:
    """Notifications of one object."""

    def test_the_new_owner_hears_of_it_and_finds_the_record(self, world: World) -> None:
        firm, record_id = world.firm, world.create(1)
        world.update(record_id, {"owner": firm.colleague.user_id}, actor=firm.admin)
        run_pending()
        told = centre.recent(firm.colleague)
        assert [(one.title, one.url) for one in told] == [
            (world.title(record_id), f"/{world.spec.key}/{record_id}/")
        ]
        assert centre.recent(firm.owner) == centre.recent(firm.admin) == []

    def test_many_assigned_at_once_are_one_notification(self, world: World) -> None:
        batch = new_batch(world.firm.admin, "test")
        ids = [world.create(n) for n in range(4)]
        for record_id in ids:
            values = {"owner": world.firm.colleague.user_id}
            world.update(record_id, values, actor=world.firm.admin, batch_id=batch)
        run_pending()
        assert [one.count for one in centre.recent(world.firm.colleague)] == [4]

    def test_who_may_not_see_a_record_never_hears_its_name(self, world: World) -> None:
        """Neither as its owner with a role that sees nothing, nor named in a note on it."""
        firm, record_id = world.firm, world.create(1)
        nothing = {"*": dict.fromkeys(VERBS, "none")}
        role = Membership.objects.get(user_id=firm.stranger.user_id or 0).role
        role.permissions = nothing
        role.save()
        world.update(record_id, {"owner": firm.stranger.user_id}, actor=firm.admin)
        _note, named = _write(world, firm.admin, record_id, "@Stranger and @Colleague")
        run_pending()
        assert named.untold == ["Stranger", "Colleague"]
        assert not Notification.objects.exists()

    def test_a_colleague_named_in_a_note_hears_of_it(self, world: World) -> None:
        firm, record_id = world.firm, world.create(1)
        put_in_team(add_team(firm.workspace, "Sales"), firm.owner, firm.colleague)
        note, named = _write(world, firm.owner, record_id, "Ask @Colleague")
        run_pending()
        assert note.mentions == [[firm.colleague.user_id, "Colleague"]]
        assert named.untold == []
        assert [one.title for one in centre.recent(firm.colleague)] == [world.title(record_id)]


def _write(world: World, actor: Actor, record_id: int, body: str) -> tuple[Note, Named]:
    return write_note(actor=actor, spec=world.spec, record_id=record_id, body=body)

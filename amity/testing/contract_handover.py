"""The contract of handing over: every object whose records have an owner joins by its spec alone."""

from __future__ import annotations

import pytest

from amity.foundation.core.errors import Denied, NotFound
from amity.foundation.records.models import TakenOver
from amity.foundation.records.services.handover import start_handover, undo_handover
from amity.foundation.records.services.handover_plan import Rule, make_plan
from amity.foundation.records.services.take_over import take_over
from amity.testing import faults
from amity.testing.contract_services import World, check_indexes
from amity.testing.world import with_scope


class HandoverContract:
    """Records of one object go to another owner by a rule, or one by one, and come back."""

    def test_records_are_handed_over_and_come_back(self, world: World) -> None:
        firm, ids = world.firm, [world.create(n) for n in (1, 2, 3)]
        colleague = firm.colleague.user_id or 0
        rules = [Rule(world.spec.key, "users", users=(colleague,)), Rule("*", "stay")]
        before = faults.snapshot()
        plan = make_plan(actor=firm.admin, user_id=firm.owner.user_id or 0, rules=rules)
        assert faults.changed_tables(before) == []
        assert plan.given[world.spec.key, colleague] == 3
        run = start_handover(actor=firm.admin, user_id=firm.owner.user_id or 0, rules=rules)
        assert (run.state, run.changed, run.refused) == ("done", 3, 0)
        assert [world.read(pk)["owner"] for pk in ids] == [colleague] * 3
        assert TakenOver.objects.filter(run=run, to_user_id=colleague, record_id__in=ids).count() == 3
        assert all(world.changes(pk)[-1].batch_id == run.batch_id for pk in ids)
        check_indexes(firm, world.spec)
        undo_handover(actor=firm.admin, run=run)
        assert [world.read(pk)["owner"] for pk in ids] == [firm.owner.user_id] * 3
        check_indexes(firm, world.spec)

    def test_one_is_taken_over_only_within_the_role(self, world: World) -> None:
        firm, pk = world.firm, world.create(1)
        before = faults.snapshot()
        for scope, error in (
            ({"see": "all", "edit": "own"}, Denied),
            ({"see": "own", "edit": "own"}, NotFound),
        ):
            with pytest.raises(error):
                take_over(actor=with_scope(firm.colleague, **scope), spec=world.spec, record_id=pk)
        assert faults.changed_tables(before) == []
        run = take_over(actor=with_scope(firm.colleague), spec=world.spec, record_id=pk)
        assert (run.changed, world.read(pk)["owner"]) == (1, firm.colleague.user_id)

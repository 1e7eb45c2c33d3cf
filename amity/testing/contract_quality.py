"""The contract of the quality of any object: measured, looked through, told within reach, settled for good."""

from __future__ import annotations

import pytest

from amity.engines.quality import findings
from amity.engines.quality.checking import check_object, check_records
from amity.engines.quality.measures import by_person, keep_day, measure
from amity.engines.quality.models import Finding, QualityDay
from amity.engines.quality.rules import create_rule
from amity.foundation.core.errors import Denied, NotFound
from amity.foundation.records.services.records import delete_record
from amity.testing import faults
from amity.testing.contract_services import World
from amity.testing.world import with_scope


class QualityContract:
    """Data quality of one object."""

    def test_a_rule_is_found_settled_and_comes_back_when_its_value_changes(self, world: World) -> None:
        firm, record_id = world.firm, world.create(1)
        title = next(item.key for item in world.spec.live_fields if item.column == "title")
        create_rule(
            actor=firm.admin, spec=world.spec, name="Nothing may be here",
            filter={"field": title, "op": "filled"},
        )  # fmt: skip
        check_object(world.spec, firm.workspace)
        (found,) = findings.to_check(world.spec, firm.owner, kind="rule")
        assert (found.record_id, found.reasons[0].text) == (record_id, "Nothing may be here")
        assert findings.settle(actor=firm.owner, spec=world.spec, record_id=record_id) >= 1
        check_object(world.spec, firm.workspace)
        assert findings.to_check(world.spec, firm.owner) == []
        world.update(record_id, {world.spec.title_field: world.values(world.spec, 2)[world.spec.title_field]})
        check_records(world.spec, firm.workspace, [record_id])
        assert [one.record_id for one in findings.to_check(world.spec, firm.owner, kind="rule")] == [
            record_id
        ]

    def test_numbers_and_worklist_stay_within_reach(self, world: World) -> None:
        firm, record_id = world.firm, world.create(1)
        title = next(item.key for item in world.spec.live_fields if item.column == "title")
        create_rule(actor=firm.admin, spec=world.spec, name="No", filter={"field": title, "op": "filled"})
        check_object(world.spec, firm.workspace)
        assert measure(world.spec, firm.owner).counts["valid"] == 1
        for actor in (firm.stranger, with_scope(firm.colleague, see="own")):
            assert measure(world.spec, actor).records == 0
            assert findings.to_check(world.spec, actor) == []
            assert by_person(world.spec, actor) == []
            before = faults.snapshot()
            with pytest.raises(NotFound):
                findings.settle(actor=actor, spec=world.spec, record_id=record_id)
            assert faults.changed_tables(before) == []
        before = faults.snapshot()
        with pytest.raises(Denied):
            findings.settle(actor=with_scope(firm.owner, edit="none"), spec=world.spec, record_id=record_id)
        assert faults.changed_tables(before) == []

    def test_a_day_is_kept_once_and_what_is_deleted_is_no_longer_told(self, world: World) -> None:
        firm, record_id = world.firm, world.create(1)
        check_object(world.spec, firm.workspace)
        for _time in range(2):
            keep_day(world.spec, firm.workspace)
        whole = QualityDay.unscoped.get(object_type_id=world.spec.type_id, person_id=0)
        assert (whole.records, 0 <= whole.score <= 100) == (1, True)
        assert QualityDay.unscoped.filter(object_type_id=world.spec.type_id).count() == 2
        delete_record(actor=firm.owner, spec=world.spec, record_id=record_id)
        check_object(world.spec, firm.workspace)
        assert not Finding.unscoped.filter(object_type_id=world.spec.type_id).exists()
        assert measure(world.spec, firm.admin).records == 0

"""How many records each end of a relation holds."""

import pytest

from amity.foundation.core.errors import Invalid
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import schema
from amity.foundation.records.services.records import create_record, update_record


@pytest.mark.django_db
def test_an_end_of_one_refuses_a_second_link(firm):
    schema.create_object(actor=firm.admin, label="Desk", plural="Desks")
    schema.refresh(firm.admin)
    schema.create_relation(
        actor=firm.admin, from_object="desks", to_object="people", from_label="Holder", to_label="Desk",
        from_many=False, to_many=False,
    )  # fmt: skip
    schema.refresh(firm.admin)
    desks, people = spec_for(firm.admin.workspace, "desks"), spec_for(firm.admin.workspace, "people")
    ana = create_record(actor=firm.admin, spec=people, values={"name": "Ana"})
    first = create_record(actor=firm.admin, spec=desks, values={"name": "One", "holder": ana})
    second = create_record(actor=firm.admin, spec=desks, values={"name": "Two"})
    with pytest.raises(Invalid) as refused:
        update_record(actor=firm.admin, spec=desks, record_id=second, values={"holder": ana})
    assert refused.value.errors[0].field == "holder"
    update_record(actor=firm.admin, spec=desks, record_id=first, values={"holder": None})
    update_record(actor=firm.admin, spec=desks, record_id=second, values={"holder": ana})

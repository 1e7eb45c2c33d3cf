import pytest
from django.db import transaction

from amity.foundation.core.errors import Denied, NotFound
from amity.foundation.records.access import get_record, visible
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import create_record, update_record
from amity.foundation.records.services.write import Edit, Writer


@pytest.mark.django_db
def test_a_member_sees_own_records_and_no_others(firm):
    people = spec_for(firm.workspace, "people")
    mine = create_record(actor=firm.owner, spec=people, values={"name": "Mine"})
    theirs = create_record(actor=firm.colleague, spec=people, values={"name": "Theirs"})
    assert list(visible(people, firm.owner).values_list("pk", flat=True)) == [mine]
    with pytest.raises(NotFound):
        update_record(actor=firm.owner, spec=people, record_id=theirs, values={"job_title": "x"})
    with pytest.raises(Denied):
        create_record(actor=firm.stranger, spec=people, values={"name": "Nope"})


def test_whole_and_broken_numbers_change_together(firm):
    """Programs and files write both; PostgreSQL takes no array of both."""
    spec = spec_for(firm.workspace, "companies")
    ids = [
        create_record(actor=firm.admin, spec=spec, values={"name": f"Firm {n}", "employees": 1})
        for n in range(2)
    ]
    edits = [
        Edit(record, {"employees": value})
        for record, value in zip(visible(spec, firm.admin).order_by("pk"), (2, 2.5), strict=True)
    ]
    with transaction.atomic():
        Writer(spec, firm.admin).update(edits)
    found = [get_record(spec, firm.admin, pk).employees for pk in ids]
    assert found == [2, 2.5]

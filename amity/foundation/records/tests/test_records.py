import pytest

from amity.foundation.core.errors import Denied, NotFound
from amity.foundation.records.access import visible
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import create_record, update_record


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

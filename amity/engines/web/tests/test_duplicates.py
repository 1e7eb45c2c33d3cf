"""The page of an object's duplicates through HTTP."""

from __future__ import annotations

import pytest

from amity.engines.quality.models import DuplicatePair
from amity.engines.quality.services import scan
from amity.foundation.core.models import Job
from amity.foundation.core.scope import scope
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import create_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(closed_firm):
    with scope(closed_firm.workspace.pk):
        people = spec_for(closed_firm.workspace, "people")
        for name in ("Ana Quetzal", "A. Quetzal"):
            values = {"name": name, "emails": ["ana@example.com"], "job_title": "Buyer"}
            create_record(actor=closed_firm.owner, spec=people, values=values)
        scan(people, closed_firm.workspace.pk)
        return DuplicatePair.unscoped.get()


def test_a_pair_is_shown_with_its_reasons_to_those_who_see_both(closed_firm, client_of, pair):
    text = client_of(closed_firm.owner).get("/people/duplicates/").content.decode()
    for part in (
        "Ana Quetzal",
        "A. Quetzal",
        "same e-mail",
        "Buyer",
        f"ids={pair.first_id}&amp;ids={pair.second_id}",
    ):
        assert part in text
    for actor in (closed_firm.colleague, closed_firm.stranger):
        told = client_of(actor).get("/people/duplicates/")
        assert told.status_code == 200
        assert "Quetzal" not in told.content.decode()


def test_not_the_same_is_remembered_and_undone(closed_firm, client_of, pair):
    client = client_of(closed_firm.owner)
    address = f"/people/duplicates/{pair.pk}/"
    assert client.post(f"{address}different/").status_code == 302
    assert "A. Quetzal" not in client.get("/people/duplicates/").content.decode().partition("<main")[2]
    assert "A. Quetzal" in client.get("/people/duplicates/?show=different").content.decode()
    assert client.post(f"{address}reopen/").status_code == 302
    assert "A. Quetzal" in client.get("/people/duplicates/").content.decode()
    assert client_of(closed_firm.colleague).post(f"{address}different/").status_code == 404


def test_looking_now_starts_one_job_and_tells_how_far_it_is(closed_firm, client_of):
    client = client_of(closed_firm.admin)
    for _again in range(2):
        assert client.post("/companies/duplicates/look/").status_code == 302
    assert Job.objects.filter(name__endswith="scan_job").count() == 1
    assert (
        "hx-get"
        in client.get("/companies/duplicates/?state=1", headers={"HX-Request": "true"}).content.decode()
    )
    Job.objects.update(state="done")
    told = client.get("/companies/duplicates/?state=1", headers={"HX-Request": "true"})
    assert told.headers["HX-Refresh"] == "true"
    assert client_of(closed_firm.stranger).post("/companies/duplicates/look/").status_code == 403

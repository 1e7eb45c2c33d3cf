"""The generic record pages through HTTP: what they show, to whom, and at what cost."""

from __future__ import annotations

import re

import pytest

from amity.foundation.core.scope import scope
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import create_record

pytestmark = pytest.mark.django_db


def make(firm, actor, values, key="people"):
    with scope(firm.workspace.pk):
        return create_record(actor=actor, spec=spec_for(firm.workspace, key), values=values)


@pytest.fixture
def ana(closed_firm):
    return make(closed_firm, closed_firm.owner, {"name": "Ana Lima", "emails": "ana@example.com", "job_title": "Buyer"})


PAGES = ("/people/{id}/", "/people/{id}/peek/", "/people/{id}/edit/", "/people/{id}/edit/job_title/",
         "/people/{id}/next/", "/people/{id}/files/")  # fmt: skip


def test_the_owner_sees_record_and_list(closed_firm, client_of, ana):
    client = client_of(closed_firm.owner)
    assert "Ana Lima" in client.get("/people/").content.decode()
    assert "Buyer" in client.get(f"/people/{ana}/").content.decode()


@pytest.mark.parametrize("address", PAGES)
def test_absent_and_forbidden_look_the_same(closed_firm, other_firm, client_of, ana, address):
    theirs = make(other_firm, other_firm.owner, {"name": "Canary"})
    client = client_of(closed_firm.colleague)
    answers = [client.get(address.format(id=number)) for number in (ana, 999_999, theirs)]
    assert {answer.status_code for answer in answers} == {404}
    bodies = {re.sub(rb'(csrfmiddlewaretoken" value|X-CSRFToken":)"?[^"]*"', b"", answer.content) for answer in answers}
    bodies = {re.sub(rb'=?"[A-Za-z0-9]{64}"', b"", body) for body in bodies}
    assert len(bodies) == 1

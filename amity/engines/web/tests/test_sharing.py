"""The share dialog as forms, without JavaScript: who may be named, what stands where when it is refused, and its end."""

from __future__ import annotations

import re

import pytest

from amity.foundation.core.scope import scope
from amity.foundation.records.models import Share
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import create_record
from amity.testing.world import add_team

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def place(closed_firm):
    """The address of a person whom the administrator owns."""
    with scope(closed_firm.workspace.pk):
        people = spec_for(closed_firm.workspace, "people")
        record_id = create_record(actor=closed_firm.admin, spec=people, values={"name": "Ana Quagga"})
        add_team(closed_firm.workspace, "Sales")
    return f"/people/{record_id}/share/"


def shares(firm):
    with scope(firm.workspace.pk):
        return list(Share.objects.order_by("id").values_list("user_id", "team__name", "level", "why"))


@pytest.mark.parametrize("named", ["Owner", "owner@example.com", "OWNER"])
def test_a_colleague_may_be_named_in_words(closed_firm, client_of, place, named):
    client, me = client_of(closed_firm.admin), closed_firm.owner.user_id
    sent = {"receiver-text": named, "receiver": "", "level": "see", "why": " For\nyou "}
    assert client.post(place, sent).status_code == 302
    assert shares(closed_firm) == [(me, None, "see", "For you")]
    assert "Shared with Owner" in client.get(place.removesuffix("share/")).content.decode()


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(closed_firm, client_of, place):
    client, me = client_of(closed_firm.admin), closed_firm.owner.user_id
    good = {"receiver": f"u{me}", "level": "see", "until": "", "why": "Typed text"}
    wrong = [
        ({"receiver": ""}, "share-receiver"), ({"receiver": "x9"}, "share-receiver"),
        ({"receiver": "u" + "9" * 30}, "share-receiver"), ({"receiver": "", "receiver-text": "Nobody"}, "share-receiver"),
        ({"receiver": f"u{closed_firm.admin.user_id}"}, "share-receiver"), ({"level": "own"}, "share-level"),
        ({"until": "2020-01-01"}, "share-until"), ({"until": "soon"}, "share-until"),
        ({"until": "9999-12-31"}, "share-until"),
    ]  # fmt: skip
    for change, where in wrong:
        answer = client.post(place, good | change, headers=HTMX)
        text = answer.content.decode()
        assert answer.status_code == 422, change
        assert "Typed text" in text
        assert f"{where}-error" in text or "aria-invalid" in text, change
        assert "<html" not in text
    assert shares(closed_firm) == []


def test_the_picker_offers_colleagues_and_teams_but_neither_oneself_nor_the_owner(
    closed_firm, client_of, place
):
    text = client_of(closed_firm.admin).get(f"{place}pick/?q=").content.decode()
    assert set(re.findall(r'data-label="([^"]+)"', text)) == {"Owner", "Colleague", "Stranger", "Sales"}
    assert client_of(closed_firm.owner).get(f"{place}pick/?q=").status_code == 404


def test_a_share_is_ended_and_brought_back(closed_firm, client_of, place):
    client = client_of(closed_firm.admin)
    client.post(place, {"receiver-text": "Sales", "level": "change"})
    assert shares(closed_firm) == [(None, "Sales", "change", "")]
    [end] = re.findall(r'action="(/people/\d+/share/\d+/end/)"', client.get(place).content.decode())
    answer = client.post(end, follow=True)
    assert shares(closed_firm) == []
    [back] = set(
        re.findall(r'action="(/people/\d+/undo/\d+/)" class="bare" hx-post', answer.content.decode())
    )
    assert client.post(back).status_code == 302
    assert shares(closed_firm) == [(None, "Sales", "change", "")]
    assert client.post(end).status_code == 404


def test_who_may_only_see_the_record_sees_no_form(closed_firm, client_of, place):
    admin = client_of(closed_firm.admin)
    admin.post(place, {"receiver": f"u{closed_firm.owner.user_id}", "level": "change"})
    client = client_of(closed_firm.owner)
    text = client.get(place).content.decode()
    assert "Give back" in text
    assert "share-receiver" not in text
    assert client.post(place, {"receiver-text": "Stranger", "level": "see"}).status_code == 403
    assert len(shares(closed_firm)) == 1

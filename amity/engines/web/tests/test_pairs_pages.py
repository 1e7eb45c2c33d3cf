"""Who is written to, consents and groups of companies through HTTP."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from amity.foundation.accounts.models import Membership, Role
from amity.foundation.core.scope import scope
from amity.foundation.records.models import Change, Consent, Purpose, Relation
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import schema
from amity.foundation.records.services.consents import save_purpose
from amity.foundation.records.services.records import create_record
from amity.testing import faults
from amity.testing.world import refresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(closed_firm: Any) -> Any:
    """A mother with two children among the people, and one purpose."""
    firm, made = closed_firm, SimpleNamespace(firm=closed_firm)
    with scope(firm.workspace.pk):
        made.relation = schema.create_relation(
            actor=firm.admin, from_object="people", to_object="people", from_label="Parents",
            to_label="Children", speaks="to",
        )  # fmt: skip
        made.purpose = save_purpose(
            actor=firm.admin, label="News", wording="News by <b>e-mail</b>.", objects=["people"]
        )
        refresh(firm)
        spec = spec_for(firm.owner, "people")
        mail = [{"value": "fatma@example.com"}]
        phone = [{"value": "+90 532 111 22 33"}]
        values = {"name": "Fatma Yıldız", "emails": mail, "phones": phone}
        made.mother = create_record(actor=firm.owner, spec=spec, values=values)
        own = {"emails": [{"value": "ayse@example.com"}], "parents": [made.mother]}
        made.pupil = create_record(actor=firm.owner, spec=spec, values={"name": "Ayşe Yıldız", **own})
        values = {"name": "Can Yıldız", "parents": [made.mother]}
        made.brother = create_record(actor=firm.owner, spec=spec, values=values)
    return made


def test_a_record_s_buttons_reach_who_is_written_to(school, client_of):
    text = client_of(school.firm.owner).get(f"/people/{school.pupil}/").content.decode()
    assert "mailto:fatma@example.com" in text
    assert "mailto:ayse@example.com" not in text
    assert "tel:+905321112233" in text
    assert "Mails go to" in text
    own = client_of(school.firm.owner).get(f"/people/{school.mother}/").content.decode()
    assert "mailto:fatma@example.com" in own


def test_a_list_s_recipients_are_shown_and_taken_as_a_file(school, client_of):
    client = client_of(school.firm.admin)
    assert "/people/recipients/" in client.get("/people/").content.decode()
    text = client.get("/people/recipients/").content.decode()
    assert "1 recipient" in text
    assert all(name in text for name in ("Fatma Yıldız", "Ayşe Yıldız", "Can Yıldız"))
    asked = {"channel": "email", "do": "csv", "ids": [school.pupil]}
    file = client.post("/people/recipients/", asked)
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Recipient,E-mail,Title,First name")
    assert len(lines) == 2
    assert "fatma@example.com" in lines[1]
    assert "Can" not in lines[1]
    file = client.post("/people/recipients/", {**asked, "do": "xlsx", "all": "1"})
    assert b"".join(file.streaming_content).startswith(b"PK")
    empty = client.post("/people/recipients/", {"all": "1", "purpose": "consent_news", "only": "on"})
    assert "Nobody to write to" in empty.content.decode()
    odd = client.post("/people/recipients/", {"all": "1", "channel": "pigeon", "purpose": "x", "do": "show"})
    assert odd.status_code == 200


def test_consent_is_given_and_withdrawn_on_the_page_and_taken_back(school, client_of):
    client, page = client_of(school.firm.owner), f"/people/{school.pupil}/"
    shown = client.get(page).content.decode()
    assert "News by &lt;b&gt;e-mail&lt;/b&gt;." in shown
    assert f'value="people:{school.mother}"' in shown
    form = {"giver": f"people:{school.mother}", "channel": "paper", "remark": "Form of 3 March"}
    url = f"{page}consents/consent_news/"
    assert client.post(url, {**form, "verdict": "given"}).status_code == 302
    word = Consent.unscoped.get()
    assert (word.verdict, word.giver_name, word.record_id) == ("given", "Fatma Yıldız", school.pupil)
    assert client.post(url, {**form, "verdict": "given"}).status_code == 302  # says that it is so already
    assert Consent.unscoped.count() == 1
    client.post(url, {"verdict": "withdrawn", "channel": "phone"})
    change = Change.unscoped.filter(kind="consent").latest("pk")
    text = client.get(page).content.decode()
    assert "Form of 3 March" in text
    assert f"undo/{change.pk}/" in text
    assert client.post(f"{page}undo/{change.pk}/").status_code == 302
    assert [one.verdict for one in Consent.unscoped.order_by("pk")] == ["given", "withdrawn", "given"]


def test_a_bad_word_of_consent_keeps_what_was_typed(school, client_of):
    client, url = client_of(school.firm.owner), f"/people/{school.pupil}/consents/consent_news/"
    before = faults.snapshot()
    for bad in (
        {"verdict": "perhaps"},
        {"remark": "x" * 251},
        {"giver": "people:999999"},
        {"channel": "owl"},
    ):
        answer = client.post(url, {"verdict": "given", "channel": "paper", "remark": "Kept", **bad})
        assert answer.status_code == 422
        assert bad.get("remark", "Kept") in answer.content.decode()
    assert {table for table in faults.changed_tables(before) if "session" not in table} == set()
    assert client.get(f"/people/{school.pupil}/consents/name/").status_code == 404


def test_a_role_that_may_not_see_a_consent_finds_it_nowhere(school, client_of):
    with scope(school.firm.workspace.pk):
        member = Membership.objects.get(user=school.firm.owner.user)
        role = Role.objects.get(pk=member.role_id)
        role.field_rights = {"people": {"consent_news": "hidden"}}
        role.save()
        school.firm.workspace.schema_version += 1
        school.firm.workspace.save()
    client = client_of(replace(school.firm.owner))
    for path in ("", "peek/", "edit/"):
        assert "News" not in client.get(f"/people/{school.pupil}/{path}").content.decode()
    assert (
        client.post(f"/people/{school.pupil}/consents/consent_news/", {"verdict": "given"}).status_code == 404
    )


def test_purposes_are_made_changed_and_put_away(closed_firm, client_of):
    client = client_of(closed_firm.admin)
    form = {"label": "Photos", "wording": "Photos may be shown.", "objects": ["people"]}
    assert client.post("/settings/consents/", {**form, "objects": []}).status_code == 422
    assert client.post("/settings/consents/", form).status_code == 302
    row = Purpose.unscoped.get()
    assert client.post(f"/settings/consents/{row.pk}/", {**form, "wording": "Other"}).status_code == 302
    assert client.post(f"/settings/consents/{row.pk}/archive/", {"away": "1"}).status_code == 302
    row.refresh_from_db()
    assert (row.version, row.archived_at is None) == (2, False)
    assert client.get("/settings/consents/").status_code == 200
    assert client.get("/settings/consents/999999/").status_code == 404


def test_a_relation_says_who_is_written_to(school, client_of):
    client, url = client_of(school.firm.admin), f"/settings/objects/relations/{school.relation.pk}/"
    names = {"from_label": "Parents", "to_label": "Children"}
    assert client.post(url, {**names, "speaks": "sideways"}).status_code == 422
    assert client.post(url, {**names, "speaks": "to", "channels": ["owl"]}).status_code == 422
    asked = {**names, "speaks": "to", "channels": ["letter"], "speaks_first": "on"}
    assert client.post(url, asked).status_code == 302
    row = Relation.unscoped.get(pk=school.relation.pk)
    assert (row.speaks, row.channels, row.speaks_first) == ("to", ["letter"], True)
    text = client.get(f"/people/{school.pupil}/").content.decode()
    assert "mailto:ayse@example.com" in text


def test_a_company_s_page_shows_its_group_and_the_people_below(closed_firm, client_of):
    owner = closed_firm.owner
    with scope(closed_firm.workspace.pk):
        companies, people = spec_for(owner, "companies"), spec_for(owner, "people")
        top = create_record(actor=owner, spec=companies, values={"name": "Holding"})
        shop = create_record(actor=owner, spec=companies, values={"name": "North", "parent": top})
        create_record(actor=owner, spec=companies, values={"name": "Corner shop", "parent": shop})
        create_record(actor=owner, spec=people, values={"name": "Ana Below", "company": shop})
    client = client_of(owner)
    text = client.get(f"/companies/{top}/").content.decode()
    assert all(part in text for part in ("Belongs together", "North", "1 below", "Ana Below"))
    assert "Corner shop" not in text.split("Belongs together")[1].split("</section>")[0]
    text = client.get(f"/companies/{shop}/").content.decode()
    assert text.index("Holding") < text.index("Corner shop")
    answer = client.post(f"/companies/{top}/edit/parent/", {"parent": shop}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "below itself" in answer.content.decode()

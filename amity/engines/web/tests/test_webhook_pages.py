"""Settings → Webhooks, through the pages."""

from __future__ import annotations

import re

import pytest

from amity.engines.webhooks.messages import deliver
from amity.engines.webhooks.models import Delivery, State, Webhook
from amity.engines.webhooks.tests.conftest import plain, receiver
from amity.foundation.core.scope import scope
from amity.foundation.records.models import SavedView
from amity.foundation.records.objects import spec_for

pytestmark = pytest.mark.django_db
__all__ = ["receiver"]
PAGE = "/settings/webhooks/"
GOOD = {
    "name": "Books",
    "url": "https://example.com/hook",
    "objects": ["people"],
    "verbs": ["created", "deleted"],
}


@pytest.fixture
def admin(closed_firm, client_of):
    return client_of(closed_firm.admin)


def made(admin, **values):
    answer = admin.post(PAGE, {**GOOD, **values})
    assert answer.status_code == 200, answer.content
    return Webhook.unscoped.latest("pk"), answer.content.decode()


def test_the_secret_is_shown_once(admin):
    hook, text = made(admin)
    (secret,) = set(re.findall(r"whsec_[\w+/=]+", text))
    place = f"{PAGE}{hook.pk}/"
    assert secret not in admin.get(place).content.decode()
    answer = admin.post(f"{place}secret/")
    assert answer["Cache-Control"] == "no-store"
    (fresh,) = set(re.findall(r"whsec_[\w+/=]+", answer.content.decode()))
    assert fresh != secret
    assert "Books" in admin.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"name": ""}, "what the webhook is for"), ({"url": "http://10.0.0.1/"}, "private network"),
        ({"url": "ftp://x.example/"}, "https://"), ({"verbs": []}, "Choose what"), ({"objects": ["x"]}, "Choose objects"),
        ({"view": "999"}, "Choose one from the list"),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_at_its_field(admin, values, told):
    answer = admin.post(PAGE, {**GOOD, **values})
    text = answer.content.decode()
    assert (answer.status_code, told in text) == (422, True)
    assert 'value="Books"' in text or values.get("name") == ""
    assert not Webhook.unscoped.exists()


def test_changed_switched_removed_and_taken_back(admin):
    hook, _text = made(admin)
    place = f"{PAGE}{hook.pk}/"
    assert admin.post(place, {**GOOD, "name": "Ledger"}).status_code == 302
    assert admin.post(place, {**GOOD, "url": ""}).status_code == 422
    assert admin.post(f"{place}switch/").status_code == 302
    hook.refresh_from_db()
    assert (hook.name, hook.is_active) == ("Ledger", False)
    assert "Switched off." in admin.get(place).content.decode()
    assert admin.post(f"{place}test/").status_code == 409
    admin.post(f"{place}switch/", {"on": "1"})
    admin.post(f"{place}remove/")
    assert f"{place}restore/" in admin.get(PAGE).content.decode()
    assert admin.get(place).status_code == 404
    admin.post(f"{place}restore/")
    assert admin.get(place).status_code == 200


def test_a_view_s_filter_is_taken_over(admin, closed_firm):
    tree = {"field": "job_title", "op": "is", "value": "CEO"}
    with scope(closed_firm.workspace.pk):
        people = spec_for(closed_firm.workspace, "people")
    view = SavedView.unscoped.create(
        workspace=closed_firm.workspace, object_type_id=people.type_id, name="Chiefs", config={"filter": tree}
    )
    assert "Chiefs" in admin.get(PAGE).content.decode()
    assert admin.post(PAGE, {**GOOD, "objects": ["companies"], "view": view.pk}).status_code == 422
    hook, _text = made(admin, objects=[], view=view.pk)
    assert (hook.filter, hook.object_keys) == (tree, ["people"])
    admin.post(f"{PAGE}{hook.pk}/", {**GOOD, "view": "keep"})
    hook.refresh_from_db()
    assert hook.filter == tree
    admin.post(f"{PAGE}{hook.pk}/", {**GOOD, "view": ""})
    hook.refresh_from_db()
    assert hook.filter is None


def test_messages_are_listed_and_sent_again(admin, closed_firm, receiver):
    there = receiver(plain(500, b"<script>alert(1)</script>"))
    hook, _text = made(admin, url=there.url)
    place = f"{PAGE}{hook.pk}/"
    admin.post(f"{place}test/")
    row = Delivery.unscoped.get()
    assert admin.post(f"{place}deliveries/{row.pk}/replay/").status_code == 409
    with scope(closed_firm.workspace.pk):
        deliver.func(row.pk, 0)
    text = admin.get(place).content.decode()
    assert "answered 500" in text
    assert "<script>alert" not in text
    Delivery.unscoped.update(state=State.FAILED)
    assert admin.post(f"{place}deliveries/{row.pk}/replay/").status_code == 302
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.WAITING, 0)


def test_every_reason_has_its_words(admin):
    hook, _text = made(admin)
    for reason in ("failing", "gone", "member", "filter"):
        Webhook.unscoped.update(is_active=False, off_reason=reason)
        assert 'class="is-off"' in admin.get(PAGE).content.decode()
        assert admin.get(f"{PAGE}{hook.pk}/").status_code == 200


def test_a_page_of_messages_takes_few_statements(admin, django_assert_max_num_queries):
    """However many messages there are."""
    hook, _text = made(admin)
    for _turn in range(5):
        admin.post(f"{PAGE}{hook.pk}/test/")
    with django_assert_max_num_queries(20):
        admin.get(f"{PAGE}{hook.pk}/")

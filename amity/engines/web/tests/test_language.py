"""Which language a page speaks, and that our words win over those of packages."""

import re

import pytest
from django.utils.translation import gettext, override

from amity.apps.people.objects import PEOPLE
from amity.engines.web.views.common import add_text
from amity.foundation.core.locales import noun


def language_of(response):
    found = re.search(r'<html[^>]* lang="([^"]+)"', response.content.decode())
    return found and found[1]


@pytest.mark.parametrize(("header", "language"), [("tr-TR,tr;q=0.9", "tr"), ("en-GB", "en"), ("xx", "en")])
def test_before_sign_in_the_browser_decides(client, closed_firm, header, language):
    response = client.get("/sign-in/", HTTP_ACCEPT_LANGUAGE=header)
    assert response.status_code == 200
    assert language_of(response) == language


@pytest.mark.parametrize(
    ("own", "workspace", "language"), [("tr", "en", "tr"), ("", "tr", "tr"), ("en", "tr", "en")]
)
def test_then_the_person_else_the_workspace(client_of, closed_firm, own, workspace, language):
    actor = closed_firm.admin
    type(actor.user).objects.filter(pk=actor.user.pk).update(language=own)
    type(actor.workspace).objects.filter(pk=actor.workspace.pk).update(language=workspace)
    response = client_of(actor).get("/people/", HTTP_ACCEPT_LANGUAGE="en")
    assert language_of(response) == language


def test_our_words_win_over_those_of_packages():
    with override("tr"):
        assert gettext("Phone") == "Telefon"


def test_a_package_brings_what_we_do_not_say():
    with override("tr"):
        assert gettext("This password is too common.") == "Bu parola çok geneldir."


def test_labels_stand_in_a_sentence_as_the_language_wants():
    with override("tr"):
        assert noun("İş") == "İş"
        assert add_text(PEOPLE) == "Kişi ekle"
    with override("en"):
        assert add_text(PEOPLE) == "Add person"
        assert noun("VIP guest") == "VIP guest"
        assert noun("İş") == "İş"

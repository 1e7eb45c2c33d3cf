"""Built-in roles speak the reader's language until somebody renames them."""

import pytest
from django.utils.translation import override

from amity.foundation.accounts.models import Role
from amity.foundation.accounts.rights import save_role
from amity.foundation.accounts.services import create_workspace
from amity.foundation.core.scope import scope


@pytest.fixture
def member(db):
    with override("tr"):
        workspace = create_workspace(name="Deniz")
    with scope(workspace.pk):
        yield Role.objects.get(key="member")


def test_each_reader_sees_the_own_word(member):
    with override("tr"):
        assert member.name == "Üye"
    with override("en"):
        assert member.name == "Member"


def test_a_translated_name_sent_back_is_no_renaming(firm):
    role = Role.objects.get(key="member")
    same = {"role_id": role.pk, "permissions": role.permissions, "objects": ["people"]}
    with override("tr"):
        save_role(actor=firm.admin, label="Üye", **same)
        assert Role.objects.get(pk=role.pk).label == "Member"
        save_role(actor=firm.admin, label="Satıcı", **same)
    assert Role.objects.get(pk=role.pk).name == "Satıcı"

"""What administrators do in Settings, through the pages: each form once right and once wrong."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from amity.foundation.accounts.models import ApiToken, Invitation, Membership, Role, Team, User, Workspace
from amity.foundation.core.models import Job, JobState
from amity.foundation.records.models import FieldRow, ObjectType, Relation
from amity.foundation.records.objects import specs_for


@pytest.fixture
def admin(closed_firm, client_of):
    return client_of(closed_firm.admin)


def spec(firm, key):
    return specs_for(Workspace.objects.get(pk=firm.workspace.pk))[key]


def test_profile_is_saved_and_refused(closed_firm, client_of):
    client = client_of(closed_firm.owner)
    good = {"name": "Ōta", "language": "tr", "zone": "Asia/Tokyo", "theme": "dark", "density": "dense"}
    assert client.post("/settings/profile/", good).status_code == 302
    user = User.objects.get(pk=closed_firm.owner.user_id)
    assert (user.name, user.language, user.zone, user.theme, user.shortcuts) == (
        "Ōta",
        "tr",
        "Asia/Tokyo",
        "dark",
        False,
    )
    for bad in ({"name": ""}, {"zone": "Mars/Base"}, {"theme": "neon"}):
        assert client.post("/settings/profile/", {**good, **bad}).status_code == 422
    assert client.post("/settings/appearance/", {"theme": "light"}).status_code == 302
    assert (
        client.post(
            "/settings/appearance/", {"theme": "light"}, headers={"X-Requested-With": "fetch"}
        ).status_code
        == 204
    )
    assert User.objects.get(pk=user.pk).theme == "light"


def test_password_page_keeps_this_device(closed_firm, client_of):
    here, there = client_of(closed_firm.owner), client_of(closed_firm.owner)
    wrong = here.post("/settings/password/", {"old_password": "no", "new_password": "a new one entirely"})
    assert wrong.status_code == 422
    right = {"old_password": "correct horse 7", "new_password": "a new one entirely"}
    assert here.post("/settings/password/", right).status_code == 302
    assert here.get("/settings/profile/").status_code == 200
    assert there.get("/settings/profile/")["Location"].startswith("/sign-in/")


def test_a_token_is_shown_once(closed_firm, client_of):
    client = client_of(closed_firm.owner)
    assert client.post("/settings/tokens/", {"name": "", "days": "90"}).status_code == 422
    answer = client.post("/settings/tokens/", {"name": "Site", "days": "30", "read_only": "on"})
    secret = re.search(r"amity_[\w-]{40,}", answer.content.decode())[0]
    assert answer["Cache-Control"] == "no-store"
    assert secret not in client.get("/settings/tokens/").content.decode()
    row = ApiToken.unscoped.get()
    assert row.read_only
    client_of(closed_firm.colleague).post(f"/settings/tokens/{row.pk}/revoke/")
    assert ApiToken.unscoped.get().revoked_at is None
    client.post(f"/settings/tokens/{row.pk}/revoke/")
    assert ApiToken.unscoped.get().revoked_at is not None


def test_firm_is_saved_and_refused(closed_firm, admin):
    good = {
        "name": "Acme & Sons",
        "country": "TR",
        "currency": "TRY",
        "language": "tr",
        "zone": "Europe/Istanbul",
    }
    assert admin.post("/settings/firm/", good).status_code == 302
    assert Workspace.objects.get(pk=closed_firm.workspace.pk).currency == "TRY"
    for bad in (
        {"name": " "},
        {"country": "ZZ"},
        {"currency": "XXX"},
        {"zone": "Mars/Base"},
        {"language": "xx"},
    ):
        assert admin.post("/settings/firm/", {**good, **bad}).status_code == 422


def test_invite_shows_a_link_that_works_and_withdraw_kills_it(closed_firm, admin, client):
    assert admin.post("/settings/people/", {"email": "x", "role": "member"}).status_code == 422
    answer = admin.post("/settings/people/", {"email": "new@example.com", "role": "member"})
    path = re.search(r"/invite/[\w-]+/", answer.content.decode())[0]
    assert client.get(path).status_code == 200
    admin.post(f"/settings/people/invitations/{Invitation.unscoped.get().pk}/withdraw/")
    assert client.get(path).status_code == 410


def test_member_page_changes_role_and_teams(closed_firm, admin):
    admin.post("/settings/teams/", {"name": "North", "parent": ""})
    team, member = Team.unscoped.get(), Membership.unscoped.get(user_id=closed_firm.owner.user_id)
    url = f"/settings/people/{member.pk}/"
    assert admin.post(url, {"role": "manager", "teams": [team.pk]}).status_code == 302
    assert Membership.unscoped.get(pk=member.pk).role.key == "manager"
    assert [row.user_id for row in team.members.model.unscoped.filter(team=team)] == [member.user_id]
    mine = Membership.unscoped.get(user_id=closed_firm.admin.user_id)
    assert admin.post(f"/settings/people/{mine.pk}/", {"role": "guest"}).status_code == 422


def test_switching_off_can_be_undone_from_the_toast(closed_firm, admin):
    member = Membership.unscoped.get(user_id=closed_firm.owner.user_id)
    admin.post(f"/settings/people/{member.pk}/switch/", {"active": "0"})
    assert not Membership.unscoped.get(pk=member.pk).is_active
    undo = re.search(
        r'action="(/settings/people/\d+/switch/\?active=1)"', admin.get("/settings/people/").content.decode()
    )
    admin.post(undo[1])
    assert Membership.unscoped.get(pk=member.pk).is_active


def test_reset_link_of_an_administrator_works(closed_firm, admin, client):
    member = Membership.unscoped.get(user_id=closed_firm.owner.user_id)
    answer = admin.post(f"/settings/people/{member.pk}/reset-link/")
    path = re.search(r"/reset/[\w-]+/[\w-]+/", answer.content.decode())[0]
    assert client.get(path).status_code == 200


def test_teams_are_made_moved_and_refused(closed_firm, admin):
    admin.post("/settings/teams/", {"name": "North", "parent": ""})
    top = Team.unscoped.get()
    assert admin.post("/settings/teams/", {"name": "North", "parent": ""}).status_code == 422
    admin.post("/settings/teams/", {"name": "Coast", "parent": str(top.pk)})
    low = Team.unscoped.get(name="Coast")
    assert (
        admin.post(f"/settings/teams/{top.pk}/", {"name": "North", "parent": str(low.pk)}).status_code == 422
    )
    assert admin.post(f"/settings/teams/{top.pk}/delete/").status_code == 422
    assert admin.post(f"/settings/teams/{low.pk}/delete/").status_code == 302


def test_role_table_is_saved(closed_firm, admin):
    role = Role.unscoped.get(workspace=closed_firm.workspace, key="member")
    sent = {"label": "Crew", "*-see": "all", "people-own": "on", "people-see": "own", "companies-see": "all"}
    assert admin.post(f"/settings/roles/{role.pk}/", sent).status_code == 302
    saved = Role.unscoped.get(pk=role.pk).permissions
    assert (saved["*"]["see"], saved["people"]["see"], saved["*"]["edit"]) == ("all", "own", "none")
    assert "companies" not in saved
    assert admin.post(f"/settings/roles/{role.pk}/", {**sent, "*-see": "most"}).status_code == 422
    copied = admin.post(f"/settings/roles/{role.pk}/copy/")
    assert admin.get(copied["Location"]).status_code == 200


def test_rights_on_single_fields_are_saved_and_hold(closed_firm, admin, client_of):
    role = Role.unscoped.get(workspace=closed_firm.workspace, key="member")
    path = f"/settings/roles/{role.pk}/fields/people/"
    assert "Job title" in admin.get(path).content.decode()
    assert admin.post(path, {"right-job_title": "hidden", "right-emails": "read"}).status_code == 302
    saved = Role.unscoped.get(pk=role.pk).field_rights
    assert saved == {"people": {"job_title": "hidden", "emails": "read"}}
    assert admin.post(path, {"right-owner": "hidden"}).status_code == 422
    assert "2 limited" in admin.get(f"/settings/roles/{role.pk}/").content.decode()
    member = client_of(closed_firm.owner)
    assert "Job title" not in member.get("/people/new/").content.decode()
    assert "Job title" in admin.get("/people/new/").content.decode()
    boss = Role.unscoped.get(workspace=closed_firm.workspace, key="admin")
    assert admin.post(f"/settings/roles/{boss.pk}/fields/people/", {"right-stage": "read"}).status_code == 422


def test_objects_are_made_ordered_renamed_and_put_away(closed_firm, admin):
    assert admin.post("/settings/objects/", {"label": "", "plural": "", "icon": "box"}).status_code == 422
    admin.post("/settings/objects/", {"label": "Pupil", "plural": "Pupils", "icon": "school"})
    assert spec(closed_firm, "pupils").icon == "school"
    admin.post("/settings/objects/pupils/move/", {"to": "up"})
    order = list(specs_for(Workspace.objects.get(pk=closed_firm.workspace.pk)))
    assert order.index("pupils") == len(order) - 2
    look = {
        "label": "Student",
        "plural": "Students",
        "icon": "users",
        "columns": ["owner", "name"],
        "quick_add": ["name"],
    }
    assert admin.post("/settings/objects/pupils/look/", look).status_code == 302
    assert spec(closed_firm, "pupils").default_columns == ("name", "owner")
    assert admin.post("/settings/objects/pupils/look/", {**look, "label": ""}).status_code == 422
    admin.post("/settings/objects/pupils/archive/", {"away": "1"})
    assert not spec(closed_firm, "pupils").enabled
    admin.post("/settings/objects/pupils/archive/?away=0")
    assert spec(closed_firm, "pupils").enabled
    assert admin.post("/settings/objects/people/archive/", {"away": "1"}).status_code == 422
    admin.post("/settings/objects/companies/enable/", {"on": "0"})
    assert not ObjectType.unscoped.get(workspace=closed_firm.workspace, key="companies").enabled


CHOICES = {
    "type": "choice", "label": "Stage", "options-0-label": "Small", "options-0-colour": "red",
    "options-1-label": "Large",
    "options-7-label": "Gone", "options-7-remove": "1",
}  # fmt: skip


def test_a_choice_field_is_made_changed_and_put_away(closed_firm, admin):
    url = "/settings/objects/people/fields/"
    assert admin.post(url + "new/", {"type": "choice", "label": "Shirt size"}).status_code == 422
    assert admin.post(url + "new/", {**CHOICES, "label": "Shirt size"}).status_code == 302
    field = spec(closed_firm, "people").field("shirt_size")
    assert [(item.key, item.colour) for item in field.options] == [("small", "red"), ("large", "green")]
    changed = {
        "label": "Size",
        "default": "small",
        "required": "on",
        "options-0-key": "small",
        "options-0-label": "Fresh",
    }
    assert admin.post(url + "shirt_size/", changed).status_code == 302
    field = spec(closed_firm, "people").field("shirt_size")
    assert (str(field.label), field.default, field.required) == ("Size", "small", True)
    assert [(item.key, item.label, item.archived) for item in field.options] == [
        ("small", "Fresh", False),
        ("large", "Large", True),
    ]
    admin.post(url + "shirt_size/archive/", {"away": "1"})
    assert spec(closed_firm, "people").field("shirt_size").archived
    admin.post(url + "shirt_size/archive/?away=0")
    assert not spec(closed_firm, "people").field("shirt_size").archived


@pytest.mark.parametrize(
    ("kind", "default", "kept"),
    [
        ("number", "12.5", 12.5),
        ("boolean", "yes", True),
        ("text", "hello", "hello"),
        ("date", "2026-02-03", "2026-02-03"),
    ],
)
def test_defaults_are_values_of_the_field(closed_firm, admin, kind, default, kept):
    sent = {"type": kind, "label": "Extra", "default": default}
    assert admin.post("/settings/objects/people/fields/new/", sent).status_code == 302
    assert spec(closed_firm, "people").field("extra").default == kept
    assert admin.get("/settings/objects/people/fields/extra/").status_code == 200


def test_a_bad_default_is_told_at_the_field(closed_firm, admin):
    sent = {"type": "number", "label": "Extra", "default": "many"}
    answer = admin.post("/settings/objects/people/fields/new/", sent)
    assert answer.status_code == 422
    assert 'id="default-error"' in answer.content.decode()


def test_a_seventh_fast_field_is_refused_at_the_switch(closed_firm, admin):
    for place in range(7):
        sent = {"type": "text", "label": f"Fast {place}", "fast": "on"}
        answer = admin.post("/settings/objects/people/fields/new/", sent)
    assert answer.status_code == 422
    assert 'id="fast-error"' in answer.content.decode()
    assert FieldRow.unscoped.exclude(slot="").count() == 6


def test_fields_move_one_place(closed_firm, admin):
    before = [field.key for field in spec(closed_firm, "people").live_fields]
    admin.post(f"/settings/objects/people/fields/{before[2]}/move/", {"to": "up"})
    after = [field.key for field in spec(closed_firm, "people").live_fields]
    assert after[:3] == [before[0], before[2], before[1]]


def test_relations_are_made_and_renamed(closed_firm, admin):
    url = "/settings/objects/companies/relations/"
    sent = {"to_object": "people", "from_label": "Advisers", "to_label": "Advises", "from_many": "on"}
    assert admin.post(url, {**sent, "to_object": ""}).status_code == 422
    assert admin.post(url, {**sent, "from_label": ""}).status_code == 422
    assert admin.post(url, sent).status_code == 302
    row = Relation.unscoped.get()
    assert (row.from_many, row.to_many) == (True, False)
    admin.post(
        f"/settings/objects/relations/{row.pk}/",
        {"from_label": "Lawyers", "to_label": "Clients", "archived": "on"},
    )
    assert Relation.unscoped.get().archived_at is not None


@pytest.mark.parametrize(
    "path", ["objects/planets/", "objects/planets/look/", "objects/people/fields/planet/", "teams/999/"]
)
def test_unknown_things_are_not_found(closed_firm, admin, path):
    assert admin.get(f"/settings/{path}").status_code == 404
    assert admin.post(f"/settings/{path}", {"name": "X", "label": "X"}).status_code in (404, 405)


def make_job(workspace_id: int, state: str) -> Job:
    at = timezone.now()
    return Job.objects.create(
        workspace_id=workspace_id,
        name="a.b.send_things",
        state=state,
        run_at=at,
        created_at=at,
        error="It broke",
    )


def test_failed_work_is_shown_and_tried_again(closed_firm, other_firm, admin):
    mine, theirs = (make_job(firm.workspace.pk, JobState.FAILED) for firm in (closed_firm, other_firm))
    text = admin.get("/settings/jobs/?show=failed").content.decode()
    assert text.count("Send things") == 1
    assert "It broke" in text
    for job in (mine, theirs):
        admin.post(f"/settings/jobs/{job.pk}/retry/")
    assert [Job.objects.get(pk=job.pk).state for job in (mine, theirs)] == [JobState.READY, JobState.FAILED]
    admin.post(f"/settings/jobs/{mine.pk}/cancel/")
    assert Job.objects.get(pk=mine.pk).state == JobState.CANCELLED


def test_the_log_tells_what_was_done_and_by_whom(closed_firm, admin):
    admin.post("/settings/teams/", {"name": "North", "parent": ""})
    assert "saved the team" in admin.get("/settings/log/").content.decode()
    other = admin.get(f"/settings/log/?who={closed_firm.owner.user_id}").content.decode()
    assert "saved the team" not in other
    assert admin.get("/settings/log/?before=x&who=-1").status_code == 200


def test_fields_take_the_order_they_were_dragged_into(closed_firm, admin):
    url = "/settings/objects/companies/order/"
    before = [field.key for field in spec(closed_firm, "companies").live_fields]
    wanted = [before[2], before[0], "owner", "nonsense"]
    answer = admin.post(url, {"keys": ",".join(wanted)}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    html = answer.content.decode()
    assert html.index(f'data-sort-key="{before[2]}"') < html.index(f'data-sort-key="{before[0]}"')
    after = [field.key for field in spec(closed_firm, "companies").live_fields]
    assert after[:3] == [before[2], before[0], before[1]]
    assert set(after) == set(before)
    undo = re.search(r'action="([^"]+/order/[^"]+)"', html)
    assert undo
    assert admin.post(undo[1].replace("&amp;", "&")).status_code == 302
    assert [field.key for field in spec(closed_firm, "companies").live_fields] == before


def test_saving_the_words_of_an_object_chooses_no_columns(closed_firm, admin):
    admin.post("/settings/objects/", {"label": "Boat", "plural": "Boats", "icon": "ship"})
    boats = spec(closed_firm, "boats")
    same = {"columns": list(boats.default_columns), "quick_add": list(boats.quick_add)}
    sent = {"label": "Ship", "plural": "Boats", "icon": "ship", **same}
    assert admin.post("/settings/objects/boats/look/", sent).status_code == 302
    assert "columns" not in ObjectType.unscoped.get(key="boats").settings
    assert admin.post("/settings/objects/boats/look/", {**sent, "columns": ["name"]}).status_code == 302
    assert spec(closed_firm, "boats").default_columns == ("name",)

"""Teams, members, roles, tokens and sessions: the rules that keep a workspace in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from amity.foundation.accounts import invitations, members, rights, tokens
from amity.foundation.accounts.actor import load_actor
from amity.foundation.accounts.models import ApiToken, AuditEntry, Membership, Role, Team, User, UserSession
from amity.foundation.accounts.profile import change_password, save_profile
from amity.foundation.accounts.services import delete_team, save_firm, save_team, set_team_members
from amity.foundation.core.errors import AmityError, Denied, Invalid, NotFound
from amity.foundation.core.scope import scope

PASSWORD = "correct horse 7"


def membership(actor) -> Membership:
    return Membership.objects.get(user=actor.user)


def test_a_team_never_stands_below_itself(firm):
    top = save_team(actor=firm.admin, name="Top")
    below = save_team(actor=firm.admin, name="Below", parent_id=top.pk)
    for parent in (top.pk, below.pk):
        with pytest.raises(Invalid):
            save_team(actor=firm.admin, name="Top", team_id=top.pk, parent_id=parent)
    assert Team.objects.get(pk=top.pk).parent_id is None


def test_moving_a_team_moves_what_is_below(firm):
    a, b = (save_team(actor=firm.admin, name=name) for name in "AB")
    child = save_team(actor=firm.admin, name="C", parent_id=a.pk)
    save_team(actor=firm.admin, name="A", team_id=a.pk, parent_id=b.pk)
    assert Team.objects.get(pk=child.pk).path == f"/{b.pk}/{a.pk}/{child.pk}/"


def test_a_team_with_teams_below_stays(firm):
    top = save_team(actor=firm.admin, name="Top")
    below = save_team(actor=firm.admin, name="Below", parent_id=top.pk)
    with pytest.raises(Invalid):
        delete_team(actor=firm.admin, team_id=top.pk)
    delete_team(actor=firm.admin, team_id=below.pk)
    delete_team(actor=firm.admin, team_id=top.pk)
    assert not Team.objects.exists()


def test_teams_take_only_people_of_the_workspace(firm, other_firm):
    team = save_team(actor=firm.admin, name="Top")
    with pytest.raises(Invalid):
        set_team_members(actor=firm.admin, team=team, user_ids={other_firm.owner.user_id})
    with pytest.raises(NotFound):
        save_team(actor=firm.admin, name="X", team_id=10_000)


def test_the_last_administrator_stays(firm):
    mine = membership(firm.admin)
    with pytest.raises(Invalid):
        members.set_role(actor=firm.admin, member_id=mine.pk, role_key="member")
    with pytest.raises(Invalid):
        members.set_active(actor=firm.admin, member_id=mine.pk, active=False)
    members.set_role(actor=firm.admin, member_id=membership(firm.owner).pk, role_key="admin")
    members.set_role(actor=firm.admin, member_id=mine.pk, role_key="member")
    assert Membership.objects.get(pk=mine.pk).role.key == "member"


def test_a_switched_off_administrator_does_not_count(firm):
    owner = membership(firm.owner)
    members.set_role(actor=firm.admin, member_id=owner.pk, role_key="admin")
    members.set_active(actor=firm.admin, member_id=owner.pk, active=False)
    with pytest.raises(Invalid):
        members.set_active(actor=firm.admin, member_id=membership(firm.admin).pk, active=False)


@pytest.mark.parametrize("change", ["role", "off", "end"])
def test_sessions_and_tokens_end_at_once(closed_firm, client_of, change):
    client = client_of(closed_firm.owner)
    assert client.get("/settings/profile/").status_code == 200
    with scope(closed_firm.workspace.pk):
        owner = closed_firm.owner
        _row, secret = tokens.create_token(actor=owner, user_id=owner.user_id, name="API")
        member_id = membership(owner).pk
        if change == "role":
            members.set_role(actor=closed_firm.admin, member_id=member_id, role_key="guest")
        elif change == "off":
            members.set_active(actor=closed_firm.admin, member_id=member_id, active=False)
        else:
            members.end_member_access(actor=closed_firm.admin, member_id=member_id)
    assert client.get("/settings/profile/")["Location"].startswith("/sign-in/")
    assert tokens.find_token(secret) is None
    assert UserSession.objects.filter(user=owner.user).count() == 0


def test_switched_off_people_are_no_actors_and_cannot_come_back_by_themselves(firm):
    owner = membership(firm.owner)
    members.set_active(actor=firm.admin, member_id=owner.pk, active=False)
    assert load_actor(firm.workspace.pk, firm.owner.user_id, "job") is None
    with pytest.raises(Denied):
        members.set_active(actor=firm.owner, member_id=owner.pk, active=True)


def test_tokens_of_another_firm_live_on(closed_firm, other_firm):
    secrets = {}
    for firm in (closed_firm, other_firm):
        with scope(firm.workspace.pk):
            _row, secrets[firm.workspace.name] = tokens.create_token(
                actor=firm.owner, user_id=firm.owner.user_id, name="API"
            )
    with scope(closed_firm.workspace.pk):
        members.end_member_access(actor=closed_firm.admin, member_id=membership(closed_firm.owner).pk)
    assert tokens.find_token(secrets[closed_firm.workspace.name]) is None
    assert tokens.find_token(secrets[other_firm.workspace.name]) is not None


def test_a_new_password_ends_everything(closed_firm, client_of):
    client = client_of(closed_firm.owner)
    with scope(closed_firm.workspace.pk):
        owner = closed_firm.owner
        _row, secret = tokens.create_token(actor=owner, user_id=owner.user_id, name="API")
        with pytest.raises(Invalid):
            change_password(actor=owner, old="wrong", new="a new one entirely")
        with pytest.raises(Invalid):
            change_password(actor=owner, old=PASSWORD, new="password")
        assert tokens.find_token(secret) is not None
        change_password(actor=owner, old=PASSWORD, new="a new one entirely")
    assert tokens.find_token(secret) is None
    assert client.get("/settings/profile/")["Location"].startswith("/sign-in/")


def test_only_the_hash_of_a_token_is_kept(firm):
    row, secret = tokens.create_token(actor=firm.owner, user_id=firm.owner.user_id, name="API")
    stored = ApiToken.objects.filter(pk=row.pk).values()[0]
    assert secret not in str(stored)
    assert stored["digest"] == tokens.digest(secret)


def test_nobody_makes_tokens_for_others(firm):
    with pytest.raises(Denied):
        tokens.create_token(actor=firm.owner, user_id=firm.admin.user_id, name="API")


def test_a_session_ends_after_90_days_and_lives_on_with_use(closed_firm, client_of):
    client = client_of(closed_firm.owner)
    session = client.session
    long_ago = timezone.now() - timedelta(days=89)
    session["since"] = session["seen"] = long_ago.isoformat()
    session.save()
    assert client.get("/settings/profile/").status_code == 200
    assert client.session["seen"] > long_ago.isoformat()
    session = client.session
    session["since"] = (timezone.now() - timedelta(days=90, minutes=1)).isoformat()
    session.save()
    assert client.get("/settings/profile/")["Location"].startswith("/sign-in/")


def test_one_of_my_devices_can_be_signed_out(closed_firm, client_of):
    phone, desk = client_of(closed_firm.owner), client_of(closed_firm.owner)
    row = UserSession.objects.get(session_key=phone.session.session_key)
    stranger = client_of(closed_firm.stranger)
    stranger.post(f"/settings/sessions/{row.pk}/end/")
    assert phone.get("/settings/profile/").status_code == 200
    desk.post(f"/settings/sessions/{row.pk}/end/")
    assert phone.get("/settings/profile/")["Location"].startswith("/sign-in/")
    assert desk.get("/settings/profile/").status_code == 200


def test_an_older_invitation_dies_with_a_new_one(firm):
    _old, first = invitations.invite(actor=firm.admin, email="new@example.com", role_key="member")
    _new, second = invitations.invite(actor=firm.admin, email="NEW@example.com", role_key="guest")
    assert invitations.find(first) is None
    assert invitations.find(second).role.key == "guest"


@pytest.mark.parametrize(
    ("email", "role"), [("nonsense", "member"), ("new@example.com", "boss"), ("owner@example.com", "member")]
)
def test_invitations_are_checked(firm, email, role):
    with pytest.raises(Invalid):
        invitations.invite(actor=firm.admin, email=email, role_key=role)


def test_rights_of_a_role_are_cleaned(firm):
    role = Role.objects.get(key="member")
    rules = {"*": {"see": "all"}, "people": {"see": "own", "export": "all"}}
    saved = rights.save_role(
        actor=firm.admin, role_id=role.pk, label="Crew", permissions=rules, objects=["people"]
    )
    assert saved.permissions["people"] == {
        "see": "own", "create": "none", "edit": "none", "delete": "none", "export": "all",
    }  # fmt: skip
    for bad in ({"planets": {"see": "all"}}, {"*": {"see": "some"}}, {"*": {"fly": "all"}}):
        with pytest.raises(Invalid):
            rights.save_role(
                actor=firm.admin, role_id=role.pk, label="Crew", permissions=bad, objects=["people"]
            )


def test_the_administrators_rights_are_fixed(firm):
    role = Role.objects.get(key="admin")
    saved = rights.save_role(actor=firm.admin, role_id=role.pk, label="Boss", permissions={}, objects=[])
    assert saved.label == "Boss"
    assert saved.permissions["*"]["see"] == "all"


def test_a_copied_role_is_free_and_a_held_one_stays(firm):
    made = rights.copy_role(actor=firm.admin, role_id=Role.objects.get(key="admin").pk, label="Deputy")
    assert not made.admin
    members.set_role(actor=firm.admin, member_id=membership(firm.owner).pk, role_key=made.key)
    with pytest.raises(Invalid):
        rights.delete_role(actor=firm.admin, role_id=made.pk)
    members.set_role(actor=firm.admin, member_id=membership(firm.owner).pk, role_key="guest")
    rights.delete_role(actor=firm.admin, role_id=made.pk)
    with pytest.raises(Invalid):
        rights.delete_role(actor=firm.admin, role_id=Role.objects.get(key="guest").pk)


def calls(actor, member_id: int, role_id: int) -> list:
    return [
        lambda: members.set_role(actor=actor, member_id=member_id, role_key="guest"),
        lambda: members.set_active(actor=actor, member_id=member_id, active=False),
        lambda: members.end_member_access(actor=actor, member_id=member_id),
        lambda: members.may_look_as(actor=actor, member_id=member_id),
        lambda: invitations.invite(actor=actor, email="new@example.com", role_key="member"),
        lambda: rights.copy_role(actor=actor, role_id=role_id, label="X"),
        lambda: rights.save_role(actor=actor, role_id=role_id, label="X", permissions={}, objects=[]),
        lambda: save_team(actor=actor, name="X"),
        lambda: save_firm(actor=actor, name="X", country="GB", currency="GBP", language="en", zone="UTC"),
    ]


@pytest.mark.parametrize("who", ["owner", "stranger", "seen"])
@pytest.mark.parametrize("number", range(9))
def test_others_and_lookers_are_refused(firm, who, number):
    actor = (
        replace(firm.admin, read_only=True, seen_by=firm.admin.user) if who == "seen" else getattr(firm, who)
    )
    entries = AuditEntry.objects.count()
    with pytest.raises(Denied):
        calls(actor, membership(firm.colleague).pk, Role.objects.get(key="member").pk)[number]()
    assert AuditEntry.objects.count() == entries


def test_lookers_cannot_change_the_profile_they_see(firm):
    seen = replace(firm.owner, read_only=True, seen_by=firm.admin.user)
    for change in (
        lambda: save_profile(actor=seen, name="X"),
        lambda: change_password(actor=seen, old=PASSWORD, new="a new one entirely"),
    ):
        with pytest.raises(AmityError):
            change()
    assert User.objects.get(pk=firm.owner.user_id).name == "Owner"

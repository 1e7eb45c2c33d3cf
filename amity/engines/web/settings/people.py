"""Settings → People: members, invitations, and looking through somebody's eyes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from amity.engines.notify import letters
from amity.engines.notify.servers import can_mail
from amity.engines.web.pages import actor_of, done
from amity.engines.web.plain_forms import number, posted
from amity.engines.web.settings.common import admin_action, admin_page, form, own_action
from amity.engines.web.settings.shown import moment
from amity.foundation.accounts import invitations, resets
from amity.foundation.accounts.members import (
    end_member_access,
    get_member,
    may_look_as,
    members,
    note_look_ended,
    set_active,
    set_role,
)
from amity.foundation.accounts.models import Membership, Role, Team, TeamMember
from amity.foundation.accounts.services import set_team_members
from amity.foundation.accounts.sessions import sessions_of
from amity.foundation.core.errors import AmityError
from amity.foundation.records.services.handover_plan import counts_of


@admin_page
def people(request: HttpRequest) -> HttpResponse:
    values = posted(request, "email", "role")
    if request.method != "POST":
        return _people_page(request, {"email": "", "role": "member"})
    try:
        made, secret = letters.invite(actor=actor_of(request), email=values["email"], role_key=values["role"])
    except AmityError as error:
        return _people_page(request, values, error)
    link = request.build_absolute_uri(f"/invite/{secret}/")
    mailed = "1" if can_mail(made.workspace_id) else ""
    return _people_page(
        request, {"email": "", "role": "member"}, link=link, invited=made.email, mailed=mailed
    )


def _people_page(
    request: HttpRequest, values: dict[str, str], error: AmityError | None = None, **more: str
) -> HttpResponse:
    actor = actor_of(request)
    teams: dict[int, list[str]] = {}
    for user_id, name in TeamMember.objects.values_list("user_id", "team__name"):
        teams.setdefault(user_id, []).append(name)
    context: dict[str, Any] = {
        "rows": [{"member": row, "teams": teams.get(row.user_id, [])} for row in members()],
        "roles": role_choices(),
        "invitations": [
            {"id": row.pk, "email": row.email, "role": row.role.name, "at": moment(row.created_at, actor)}
            for row in invitations.open_invitations()
        ],
        "link": "", "invited": "", "mailed": "", **more,
    }  # fmt: skip
    response = form(request, "people", context, values, error)
    response["Cache-Control"] = "no-store"
    return response


def role_choices() -> list[tuple[str, str]]:
    return [(role.key, role.name) for role in Role.objects.all()]


@admin_action
def withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    invitations.withdraw(actor=actor_of(request), invitation_id=invitation_id)
    return done(request, "/settings/people/", _("Invitation withdrawn; its link no longer works."))


@admin_page
def member(request: HttpRequest, member_id: int) -> HttpResponse:
    actor, found = actor_of(request), get_member(member_id)
    if request.method != "POST":
        return _member_page(request, found)
    try:
        set_role(actor=actor, member_id=member_id, role_key=request.POST.get("role", found.role.key))
        _set_teams(request, found)
    except AmityError as error:
        return _member_page(request, found, error)
    return done(request, f"/settings/people/{member_id}/", _("Saved."))


def _set_teams(request: HttpRequest, found: Membership) -> None:
    wanted = {number(text) for text in request.POST.getlist("teams")}
    for team in Team.objects.all():
        have = set(TeamMember.objects.filter(team=team).values_list("user_id", flat=True))
        want = have | {found.user_id} if team.pk in wanted else have - {found.user_id}
        if want != have:
            set_team_members(actor=actor_of(request), team=team, user_ids=want)


def _member_page(
    request: HttpRequest, found: Membership, error: AmityError | None = None, link: str = ""
) -> HttpResponse:
    actor = actor_of(request)
    mine = TeamMember.objects.filter(user_id=found.user_id).values_list("team_id", flat=True)
    context = {
        "member": found,
        "roles": role_choices(),
        "teams": list(Team.objects.values_list("pk", "name")),
        "devices": len(sessions_of(found.user, workspace_id=found.workspace_id)),
        "joined": moment(found.created_at, actor),
        "seen": moment(found.user.last_login, actor),
        "me": found.user_id == actor.user_id,
        "link": link,
        "owned": sum(n for _spec, n in counts_of(actor, found.user_id)),
    }
    values = {"role": found.role.key, "teams": list(mine)}
    response = form(request, "member", context, values, error)
    response["Cache-Control"] = "no-store"
    return response


@admin_action
def switch(request: HttpRequest, member_id: int) -> HttpResponse:
    """Switch a person off or on; the toast's Undo does the opposite."""
    active = request.POST.get("active", request.GET.get("active", "")) == "1"
    try:
        found = set_active(actor=actor_of(request), member_id=member_id, active=active)
    except AmityError as error:
        return _member_page(request, get_member(member_id), error)
    text = _("%(name)s may sign in again.") if active else _("%(name)s is switched off and signed out.")
    undo = f"/settings/people/{member_id}/switch/?active={int(not active)}"
    return done(
        request, f"/settings/people/{member_id}/", text % {"name": found.user.short_name}, undo_url=undo
    )


@admin_action
def end_access(request: HttpRequest, member_id: int) -> HttpResponse:
    found = end_member_access(actor=actor_of(request), member_id=member_id)
    text = _("%(name)s is signed out everywhere.") % {"name": found.user.short_name}
    return done(request, f"/settings/people/{member_id}/", text)


@admin_action
def reset_link(request: HttpRequest, member_id: int) -> HttpResponse:
    path = resets.link_for_member(actor=actor_of(request), member_id=member_id)
    return _member_page(request, get_member(member_id), link=request.build_absolute_uri(path))


@admin_action
def view_as(request: HttpRequest, member_id: int) -> HttpResponse:
    found = may_look_as(actor=actor_of(request), member_id=member_id)
    request.session["view_as"] = found.user_id
    return HttpResponseRedirect("/")


@own_action
def view_as_stop(request: HttpRequest) -> HttpResponse:
    note_look_ended(actor_of(request))
    request.session.pop("view_as", None)
    return HttpResponseRedirect("/settings/people/")

"""Settings → Teams: the tree of teams and who is in them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from amity.engines.web.pages import actor_of, done
from amity.engines.web.plain_forms import number, posted
from amity.engines.web.settings.common import admin_action, admin_page, form
from amity.foundation.accounts.members import members
from amity.foundation.accounts.models import Team, TeamMember
from amity.foundation.accounts.services import delete_team, save_team, set_team_members
from amity.foundation.core.errors import AmityError, NotFound


@admin_page
def teams(request: HttpRequest) -> HttpResponse:
    values = posted(request, "name", "parent")
    if request.method != "POST":
        return _teams_page(request, {"name": "", "parent": ""})
    try:
        save_team(actor=actor_of(request), name=values["name"], parent_id=number(values["parent"]))
    except AmityError as error:
        return _teams_page(request, values, error)
    return done(request, "/settings/teams/", _("Team added."))


def tree() -> list[dict[str, Any]]:
    """Every team with its depth, parents before children, siblings by name."""
    people: dict[int, list[dict[str, Any]]] = {}
    for row in TeamMember.objects.select_related("user").order_by("user__name"):
        people.setdefault(row.team_id, []).append({"name": row.user.short_name, "id": row.user_id})
    below: dict[int | None, list[Team]] = {}
    for team in Team.objects.order_by("name"):
        below.setdefault(team.parent_id, []).append(team)
    found: list[dict[str, Any]] = []

    def walk(parent: int | None, depth: int) -> None:
        for team in below.get(parent, []):
            found.append({"team": team, "depth": min(depth, 6), "people": people.get(team.pk, [])})
            walk(team.pk, depth + 1)

    walk(None, 0)
    return found


def _teams_page(
    request: HttpRequest, values: dict[str, str], error: AmityError | None = None
) -> HttpResponse:
    rows = tree()
    return form(request, "teams", {"rows": rows, "parents": parents(rows)}, values, error)


def parents(rows: list[dict[str, Any]], without: str = "-") -> list[tuple[int, str]]:
    """Teams to stand below, indented; those whose path begins with `without` left out."""
    return [
        (row["team"].pk, "\u2003" * row["depth"] + row["team"].name)
        for row in rows
        if not row["team"].path.startswith(without)
    ]


@admin_page
def team(request: HttpRequest, team_id: int) -> HttpResponse:
    actor = actor_of(request)
    found = Team.objects.filter(pk=team_id).first()
    if found is None:
        raise NotFound
    if request.method != "POST":
        now_in = TeamMember.objects.filter(team=found).values_list("user_id", flat=True)
        return _team_page(
            request, found, {"name": found.name, "parent": found.parent_id, "members": list(now_in)}
        )
    ids = {user_id for text in request.POST.getlist("members") if (user_id := number(text))}
    values = {**posted(request, "name", "parent"), "members": list(ids)}
    try:
        changed = save_team(
            actor=actor, team_id=team_id, name=str(values["name"]), parent_id=number(str(values["parent"]))
        )
        set_team_members(actor=actor, team=changed, user_ids=ids)
    except AmityError as error:
        return _team_page(request, found, values, error)
    return done(request, "/settings/teams/", _("Team saved."))


def _team_page(
    request: HttpRequest, found: Team, values: dict[str, Any], error: AmityError | None = None
) -> HttpResponse:
    people = [(row.user_id, row.user.short_name) for row in members()]
    context = {"team": found, "parents": parents(tree(), found.path), "people": people}
    return form(request, "team", context, values, error)


@admin_action
def delete(request: HttpRequest, team_id: int) -> HttpResponse:
    found = Team.objects.filter(pk=team_id).first()
    if found is None:
        raise NotFound
    try:
        delete_team(actor=actor_of(request), team_id=team_id)
    except AmityError as error:
        return _team_page(
            request, found, {"name": found.name, "parent": found.parent_id, "members": []}, error
        )
    return done(request, "/settings/teams/", _("Team deleted."))

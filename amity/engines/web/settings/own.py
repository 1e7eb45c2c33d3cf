"""Settings → You: profile, look, password, signed-in devices and API tokens."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from amity.engines.web import places
from amity.engines.web.pages import actor_of, done, is_fragment, local_url
from amity.engines.web.plain_forms import posted, ticked
from amity.engines.web.settings.common import form, own_action, own_page, own_read, page
from amity.engines.web.settings.shown import device, moment
from amity.foundation.accounts.models import ApiToken
from amity.foundation.accounts.profile import change_password, myself, save_profile
from amity.foundation.accounts.sessions import end_session, sessions_of
from amity.foundation.accounts.signin import claim_try, forgive, try_keys
from amity.foundation.accounts.tokens import create_token, revoke_token
from amity.foundation.core import countries
from amity.foundation.core.clock import now
from amity.foundation.core.errors import AmityError, Invalid

LIVES = {"": None, "30": 30, "90": 90, "365": 365}


@own_read
def start(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    return HttpResponseRedirect(
        "/settings/firm/" if actor.admin and not actor.read_only else "/settings/profile/"
    )


@own_page
def profile(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    user = actor.user
    context = {"languages": places.languages(), "zones": countries.timezone_choices()}
    if request.method != "POST":
        names = ("name", "language", "zone", "theme", "density", "shortcuts")
        return form(request, "profile", context, {name: getattr(user, name) for name in names})
    values = {
        **posted(request, "name", "language", "zone", "theme", "density"),
        "shortcuts": ticked(request, "shortcuts"),
    }
    values["language"] = places.checked(str(values["language"]), places.languages(), "")
    try:
        save_profile(actor=actor, **values)
    except AmityError as error:
        return form(request, "profile", context, values, error)
    return done(request, "/settings/profile/", _("Profile saved."))


@own_action
def appearance(request: HttpRequest) -> HttpResponse:
    """The switches in the person's menu: one of theme or density at a time."""
    sent = {name: request.POST[name] for name in ("theme", "density") if name in request.POST}
    save_profile(actor=actor_of(request), **sent)
    if is_fragment(request):
        return HttpResponse(status=204)
    return HttpResponseRedirect(local_url(request, request.headers.get("Referer", "/")))


@own_page
def password(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if request.method != "POST":
        return form(request, "password", {}, {})
    values = posted(request, "old_password", "new_password")
    try:
        keys = try_keys(request, myself(actor).email)
        claim_try(keys)
        user = change_password(actor=actor, old=values["old_password"], new=values["new_password"])
        forgive(keys)
    except AmityError as error:
        return form(request, "password", {}, {}, error)
    login(request, user, backend="amity.foundation.accounts.signin.DelayedBackend")
    return done(request, "/settings/password/", _("Password changed. All other devices are signed out."))


@own_read
def sessions(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    here = request.session.session_key
    rows = [
        {
            "id": row.pk,
            "device": device(row.agent),
            "address": row.address,
            "started": moment(row.started_at, actor),
            "seen": moment(row.seen_at, actor),
            "here": row.session_key == here,
        }
        for row in (sessions_of(actor.user) if actor.user and not actor.read_only else [])
    ]
    return page(request, "sessions", {"rows": rows})


@own_action
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    end_session(user=myself(actor_of(request)), session_id=session_id)
    return done(request, "/settings/sessions/", _("That device is signed out."))


@own_page
def tokens(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _tokens_page(request, {"name": "", "read_only": False, "days": "90"})
    values = {**posted(request, "name", "days"), "read_only": ticked(request, "read_only")}
    try:
        secret = _make_token(request, values)
    except AmityError as error:
        return _tokens_page(request, values, error)
    return _tokens_page(request, {"name": "", "read_only": False, "days": "90"}, secret=secret)


def _make_token(request: HttpRequest, values: dict[str, object]) -> str:
    user, name, days = myself(actor_of(request)), str(values["name"]), LIVES.get(str(values["days"]), 90)
    if not name:
        raise Invalid.one("name", "required", _("Say what the token is for."))
    until = now() + timedelta(days=days) if days else None
    _token, secret = create_token(
        actor=actor_of(request),
        user_id=user.pk,
        name=name,
        read_only=bool(values["read_only"]),
        expires_at=until,
    )
    return secret


def _tokens_page(
    request: HttpRequest, values: dict[str, object], error: AmityError | None = None, secret: str = ""
) -> HttpResponse:
    actor = actor_of(request)
    rows = [
        {
            "id": row.pk,
            "name": row.name,
            "start": row.start,
            "read_only": row.read_only,
            "used": moment(row.last_used_at, actor),
            "until": moment(row.expires_at, actor),
            "over": bool(row.expires_at and row.expires_at < now()),
        }
        for row in ApiToken.objects.filter(user_id=actor.user_id or 0, revoked_at=None)
    ]
    lives = [("30", _("30 days")), ("90", _("90 days")), ("365", _("1 year")), ("", _("No end"))]
    context = {"rows": [] if actor.read_only else rows, "lives": lives, "secret": secret}
    response = form(request, "tokens", context, values, error)
    response["Cache-Control"] = "no-store"
    return response


@own_action
def token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    myself(actor_of(request))
    revoke_token(actor=actor_of(request), token_id=token_id)
    return done(request, "/settings/tokens/", _("Token revoked. It no longer opens anything."))

"""Coming in and going out: sign-in, sign-out, forgotten passwords and invitations."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from amity.engines.notify import letters
from amity.engines.web.middleware import only_workspace
from amity.engines.web.pages import done, local_url, render_page
from amity.engines.web.plain_forms import form_page, posted
from amity.foundation.accounts import invitations, resets
from amity.foundation.accounts.models import User
from amity.foundation.accounts.sessions import sign_out as end_this_session
from amity.foundation.accounts.setup import is_new
from amity.foundation.accounts.signin import check_sign_in, remember_browser
from amity.foundation.core.errors import AmityError, Invalid

read_or_send = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@read_or_send
def sign_in(request: HttpRequest) -> HttpResponse:
    if is_new():
        return HttpResponseRedirect("/welcome/")
    target = local_url(request, request.POST.get("next") or request.GET.get("next") or "/")
    if getattr(request, "actor", None) is not None:
        return HttpResponseRedirect(target)
    if request.method != "POST":
        return _sign_in_page(request, {"email": "", "next": target})
    values = posted(request, "email", "password")
    try:
        _need(values, email=_("Enter your e-mail address."), password=_("Enter your password."))
        user = check_sign_in(request, values["email"], values["password"])
    except AmityError as error:
        return _sign_in_page(request, {"email": values["email"], "next": target}, error)
    return open_session(request, user, target)


def _sign_in_page(
    request: HttpRequest, values: dict[str, str], error: AmityError | None = None
) -> HttpResponse:
    firm = only_workspace()
    return form_page(request, "web/account/sign_in.j2", {"firm": firm.name if firm else ""}, values, error)


def _need(values: dict[str, str], **texts: str) -> None:
    """Raises Invalid at the first of the named values that is empty."""
    for name, text in texts.items():
        if not values[name]:
            raise Invalid.one(name, "required", text)


def open_session(request: HttpRequest, user: User, target: str) -> HttpResponse:
    """A fresh session for the user, by allauth's stages, then on to a page of ours."""
    user.backend = "amity.foundation.accounts.signin.DelayedBackend"
    response: HttpResponse = perform_login(request, user, email_verification="none", redirect_url=target)
    remember_browser(response, user)
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    end_this_session(request)
    return HttpResponseRedirect("/sign-in/")


@never_cache
@read_or_send
def forgot(request: HttpRequest) -> HttpResponse:
    """Asks for a link by mail; says the same whether or not the address is known."""
    context: dict[str, Any] = {
        "by_mail": letters.by_mail(request.get_host().partition(":")[0]),
        "sent": False,
    }
    values = posted(request, "email")
    if request.method != "POST" or not context["by_mail"]:
        return form_page(request, "web/account/forgot.j2", context, {"email": ""})
    try:
        _need(values, email=_("Enter your e-mail address."))
        letters.ask_for_reset(request, values["email"])
    except AmityError as error:
        return form_page(request, "web/account/forgot.j2", context, values, error)
    return form_page(request, "web/account/forgot.j2", {**context, "sent": True}, values)


@never_cache
@read_or_send
def reset(request: HttpRequest, user_key: str, token: str) -> HttpResponse:
    user = resets.find_user(user_key, token)
    if user is None:
        return _dead_link(
            request, _("This link was used already or is more than an hour old. Ask for a new one.")
        )
    values = posted(request, "password")
    if request.method != "POST":
        return form_page(request, "web/account/reset.j2", {"email": user.email}, values)
    try:
        resets.set_password(user=user, password=values["password"], by=user)
    except AmityError as error:
        return form_page(request, "web/account/reset.j2", {"email": user.email}, values, error)
    return done(request, "/sign-in/", _("Your new password is set. Sign in with it."))


@never_cache
@read_or_send
def invite(request: HttpRequest, token: str) -> HttpResponse:
    found = invitations.find(token)
    if found is None:
        return _dead_link(
            request, _("This invitation was used already or is older than 7 days. Ask for a new one.")
        )
    known = User.objects.filter(email=found.email).exists()
    context = {"firm": found.workspace.name, "email": found.email, "known": known}
    values = posted(request, "name", "password")
    if request.method != "POST":
        return form_page(request, "web/account/invite.j2", context, values)
    try:
        user = invitations.accept(
            request=request, token=token, name=values["name"], password=values["password"]
        )
    except AmityError as error:
        return form_page(request, "web/account/invite.j2", context, values, error)
    return open_session(request, user, "/")


def _dead_link(request: HttpRequest, text: str) -> HttpResponse:
    context = {"title": _("This link no longer works"), "text": text, "status": 410}
    return render_page(request, "web/error.j2", context, status=410)

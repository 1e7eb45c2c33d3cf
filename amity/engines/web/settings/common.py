"""What all settings pages share: the side navigation, the wish for a form page, the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods, require_POST

from amity.engines.web.pages import actor_of, administrators, render_page, signed_in
from amity.engines.web.plain_forms import form_page
from amity.engines.web.settings.menu import side_nav
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import AmityError, Denied

View = Callable[..., HttpResponseBase]
_methods = require_http_methods(["GET", "HEAD", "POST"])
_safe = require_http_methods(["GET", "HEAD"])


def own_page(view: View) -> View:
    """A page of one's own settings."""
    return _methods(signed_in(view))


def own_read(view: View) -> View:
    """The same, with nothing to send."""
    return _safe(signed_in(view))


def own_action(view: View) -> View:
    return require_POST(signed_in(view))


def admin_page(view: View) -> View:
    return _methods(administrators(view))


def admin_read(view: View) -> View:
    return _safe(administrators(view))


def admin_action(view: View) -> View:
    return require_POST(administrators(view))


def page(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """A settings page without a form."""
    return render_page(request, f"web/settings/{template}.j2", _full(request, context))


def fragment(request: HttpRequest, template: str, context: Mapping[str, Any], block: str) -> HttpResponse:
    """One block of a settings page."""
    return render_page(request, f"web/settings/{template}.j2", _full(request, context), block=block)


def form(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    values: Mapping[str, Any],
    error: AmityError | None = None,
) -> HttpResponse:
    """A settings page with a form; see `form_page`."""
    return form_page(request, f"web/settings/{template}.j2", _full(request, context), values, error)


def _full(request: HttpRequest, context: Mapping[str, Any]) -> dict[str, Any]:
    actor = actor_of(request)
    return {"side": side_nav(request, actor), "actor": actor, **context}


def writer(request: HttpRequest) -> Actor:
    """The actor of a change to one's own account: refused while looking as somebody else."""
    actor = actor_of(request)
    if actor.read_only or actor.user is None:
        raise Denied
    return actor

"""How a view answers: whole pages with the shell, single blocks to htmx, and who may come in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template import engines
from django.utils.http import url_has_allowed_host_and_scheme

from amity.engines.web.shell import shell_of
from amity.foundation.accounts.actor import Actor

View = Callable[..., HttpResponseBase]


def is_fragment(request: HttpRequest) -> bool:
    """Asked for by htmx or fetch, which want a piece and not a page."""
    return request.headers.get("HX-Request") == "true" or request.headers.get("X-Requested-With") == "fetch"


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a signed-in request."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def signed_in(view: View) -> View:
    """Pages for members; others are sent to sign in and come back."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if getattr(request, "actor", None) is None:
            return _to_sign_in(request)
        return view(request, *args, **kwargs)

    return inner


def administrators(view: View) -> View:
    """Pages for administrators; other members get a 403 before anything is read or written."""

    @signed_in
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor_of(request).require_admin()
        return view(request, *args, **kwargs)

    return inner


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """And back afterwards: to this page, or to the one that asked for this piece."""
    if is_fragment(request):
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = f"{page.path}?{page.query}" if page.query else page.path
        return HttpResponse(status=401, headers={"HX-Redirect": f"/sign-in/?next={quote(back or '/')}"})
    again = request.method == "GET"
    return redirect(f"/sign-in/?next={quote(request.get_full_path())}" if again else "/sign-in/")


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, block: str = "", status: int = 200
) -> HttpResponse:
    """A whole page, or one named block of it when htmx asked for a piece."""
    engine: Any = engines["jinja2"]
    found = engine.env.get_template(template)
    full = {"request": request, "csrf_token": get_token(request), "shell": shell_of(request), **context}
    if not block:
        return HttpResponse(found.render(full), status=status)
    with_context = found.new_context(full)
    return HttpResponse("".join(found.blocks[block](with_context)), status=status)


def local_url(request: HttpRequest, url: str, default: str = "/") -> str:
    """A `next` address of ours, or the default: never another site."""
    return url if url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}) else default


def done(request: HttpRequest, url: str, text: str = "", *, undo_url: str = "") -> HttpResponse:
    """After a successful post: a toast (with Undo) and on to the next page, for htmx too."""
    if text:
        messages.success(request, text, extra_tags=undo_url)
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)

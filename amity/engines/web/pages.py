"""How a view answers: whole pages with the shell, single blocks to htmx, and who may come in."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template import engines
from django.utils.http import url_has_allowed_host_and_scheme

from amity.engines.web.shell import shell_of
from amity.foundation.accounts.actor import Actor
from amity.foundation.records.models import KeptAnswer
from amity.foundation.records.services.once import claim

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


def once(view: View) -> View:
    """For forms that make something: sent twice (a double click, Back and again) it is made once.

    Such a form carries a hidden `once`, new on every page. Key and work are one transaction.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key, actor = _form_key(request), actor_of(request)
        if not key or actor.read_only:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            kept, fresh = claim(actor, f"form:{key}", key)
            if not fresh:
                return HttpResponse(status=kept.status, headers=kept.headers)
            response = view(request, *args, **kwargs)
            _keep(kept, response)
        return response

    return inner


def _form_key(request: HttpRequest) -> str:
    """A digest of the whole form, so that one that was corrected counts as another; empty without `once`."""
    if request.method != "POST" or not request.POST.get("once"):
        return ""
    files = [(name, one.name, one.size) for name, found in request.FILES.lists() for one in found]
    sent = repr([request.get_full_path(), sorted(request.POST.lists()), files])
    return hashlib.sha256(sent.encode("utf-8", "backslashreplace")).hexdigest()


def _keep(kept: KeptAnswer, response: HttpResponseBase) -> None:
    """Where the answer led; a piece of a page stands there already and is not given twice. Errors are forgotten."""
    if response.status_code >= 400:
        kept.delete()
        return
    leading = {name: response[name] for name in ("Location", "HX-Redirect") if name in response}
    kept.status, kept.headers = (response.status_code if leading else 204), leading
    kept.save(update_fields=["status", "headers"])


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
    own = {"csrf_token": get_token(request), "once": secrets.token_urlsafe(9)}
    full = {"request": request, "shell": shell_of(request), **own, **context}
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

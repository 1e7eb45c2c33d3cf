"""From our errors to pages: one translator, for full pages and htmx fragments alike."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from amity.engines.web.pages import is_fragment, render_page
from amity.foundation.core.errors import AmityError, LimitReached
from amity.foundation.core.trouble import trouble


def error_page(request: HttpRequest, error: AmityError) -> HttpResponse:
    """The error's own status with its text, as a page or (for htmx) as a toast."""
    template = "web/error_fragment.j2" if is_fragment(request) else "web/error.j2"
    context = {"title": str(error.default_message), "text": str(error), "status": error.status}
    response = render_page(request, template, context, status=error.status)
    if isinstance(error, LimitReached) and error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    text = _("This form is too old. Go back, load the page again and send it once more.")
    context = {"title": _("Please try again"), "text": text, "status": 403}
    return render_page(request, "web/error.j2", context, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    context = {
        "title": _("Not found"),
        "text": _("This page does not exist, or you may not see it."),
        "status": 404,
    }
    return render_page(request, "web/error.j2", context, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """No template here: whatever broke may be the template engine or the database it asks."""
    unavailable = trouble(sys.exc_info()[1])
    text = _("Something went wrong on our side. Nothing was half-saved; please try again.")
    text, status = (str(unavailable), unavailable.status) if unavailable else (text, 500)
    return HttpResponse(f"<!doctype html><title>{status}</title><p>{text}</p>", status=status)

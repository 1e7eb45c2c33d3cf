"""`/help/`: a list of pages and one of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from amity.engines.web.help.pages import all_pages
from amity.engines.web.pages import render_page, signed_in
from amity.foundation.core.errors import NotFound


@require_safe
@signed_in
def start(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(next(iter(all_pages().values())).url)


@require_safe
@signed_in
def page(request: HttpRequest, document: str) -> HttpResponse:
    pages = all_pages(get_language() or "en")
    if document not in pages:
        raise NotFound
    items = [
        {"label": one.title, "url": one.url, "icon": one.icon, "active": one.name == document}
        for one in pages.values()
    ]
    context = {"page": pages[document], "side": [{"label": _("Help"), "items": items}]}
    return render_page(request, "web/help/page.j2", context)

"""Settings → Firm, Example data: put in and taken out in one click."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amity.apps.people.demo import add_demo
from amity.apps.people.demo_removal import remove_demo
from amity.engines.web.pages import actor_of, done
from amity.engines.web.settings.common import admin_action, page
from amity.foundation.core.errors import Conflict


@admin_action
def example_data(request: HttpRequest) -> HttpResponse:
    """Adds the example data, or takes them out when `remove` is sent; examples that stay are listed then."""
    actor = actor_of(request)
    try:
        if "remove" not in request.POST:
            add_demo(actor=actor)
            return done(request, "/", _("The example data are there."))
        result = remove_demo(actor=actor)
    except Conflict as error:
        return done(request, "/settings/firm/", str(error))
    if result.kept:
        return page(request, "example_kept", {"removed": result.removed, "kept": result.kept})
    text = ngettext("%(count)s example record removed.", "%(count)s example records removed.", result.removed)
    return done(request, "/", text % {"count": result.removed})

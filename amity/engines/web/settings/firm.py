"""Settings → Firm: name, country, currency, language and zone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from amity.engines.web import places
from amity.engines.web.pages import actor_of, done
from amity.engines.web.plain_forms import posted
from amity.engines.web.settings.common import admin_page, form
from amity.foundation.accounts.services import save_firm
from amity.foundation.core import countries
from amity.foundation.core.errors import AmityError, Invalid

FIELDS = ("name", "country", "currency", "language", "zone")


@admin_page
def firm(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    choices = {
        "country": countries.country_choices(actor.language),
        "currency": countries.currency_choices(actor.language),
        "language": places.languages(),
        "zone": countries.timezone_choices(),
    }
    if request.method != "POST":
        return form(
            request, "firm", {"choices": choices}, {name: getattr(actor.workspace, name) for name in FIELDS}
        )
    values = posted(request, *FIELDS)
    try:
        for name, known in choices.items():
            if not places.checked(values[name], known, ""):
                raise Invalid.one(name, "unknown", _("Choose one of the list."))
        save_firm(actor=actor, **values)
    except AmityError as error:
        return form(request, "firm", {"choices": choices}, values, error)
    return done(request, "/settings/firm/", _("Saved."))

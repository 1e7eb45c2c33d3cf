"""The first run: who you are, what your firm is called, and where to begin."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from amity.engines.web import places
from amity.engines.web.account.views import open_session, read_or_send
from amity.engines.web.pages import actor_of, render_page, signed_in
from amity.engines.web.plain_forms import form_page, posted
from amity.engines.web.settings.registry import first_steps
from amity.foundation.accounts import setup
from amity.foundation.core import countries
from amity.foundation.core.errors import AmityError, FieldError, Invalid

FIELDS = ("name", "email", "password", "firm", "country", "currency", "language", "zone")


@never_cache
@read_or_send
def welcome(request: HttpRequest) -> HttpResponse:
    key = request.POST.get("key", "") or request.GET.get("key", "")
    fits = setup.fits(key)  # before the next question: the key goes when the first person is there
    if not setup.is_new():
        return HttpResponseRedirect("/welcome/next/" if getattr(request, "actor", None) else "/sign-in/")
    if not fits:
        status = 403 if key else 200
        return render_page(request, "web/account/welcome_key.j2", {"wrong": bool(key)}, status=status)
    if request.method != "POST" or "email" not in request.POST:
        return _page(request, key, _guesses(request))
    values = posted(request, *FIELDS)
    try:
        _check(values)
        member = setup.set_up(key=key, **values)
    except AmityError as error:
        return _page(request, key, values, error)
    return open_session(request, member.user, "/welcome/next/")


def _guesses(request: HttpRequest) -> dict[str, str]:
    country = countries.guess_country(request.headers.get("Accept-Language", ""), "") or "GB"
    language = places.checked(get_language_from_request(request), places.languages(), "en")
    found = {
        "country": country,
        "currency": countries.default_currency(country),
        "language": language,
        "zone": "UTC",
    }
    return {**dict.fromkeys(FIELDS, ""), **found}


def _check(values: dict[str, str]) -> None:
    """Tell of everything that is missing at once; unknown places fall back to safe ones."""
    needed = {
        "name": _("Enter your name."),
        "email": _("Enter your e-mail address."),
        "password": _("Choose a password."),
        "firm": _("Enter the name of your firm."),
    }
    missing = [FieldError(name, "required", text) for name, text in needed.items() if not values[name]]
    if missing:
        raise Invalid(missing)
    for name, (choices, default) in place_choices("en").items():
        values[name] = places.checked(values[name], choices, default)


def place_choices(language: str) -> dict[str, tuple[places.Choices, str]]:
    return {
        "country": (countries.country_choices(language), "GB"),
        "currency": (countries.currency_choices(language), "EUR"),
        "language": (places.languages(), "en"),
        "zone": (countries.timezone_choices(), "UTC"),
    }


def _page(
    request: HttpRequest, key: str, values: dict[str, str], error: AmityError | None = None
) -> HttpResponse:
    choices = {name: found for name, (found, _default) in place_choices(values["language"] or "en").items()}
    context = {"key": key, "choices": choices, "typed": request.method == "POST"}
    return form_page(request, "web/account/welcome.j2", context, values, error)


@signed_in
def next_step(request: HttpRequest) -> HttpResponse:
    """After the first sign-in: bring your data, look around, or start empty."""
    actor = actor_of(request)
    steps = [step for step in first_steps() if step.shown(actor)]
    return render_page(request, "web/account/welcome_next.j2", {"firm": actor.workspace.name, "steps": steps})

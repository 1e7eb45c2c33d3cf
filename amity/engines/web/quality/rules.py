"""What counts for an object, and the firm's rules: for administrators."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from amity.engines.quality.jobs import start_check
from amity.engines.quality.plans import change_plan, countable, plan_of
from amity.engines.quality.rules import all_rules, create_rule, remove_rule, restore_rule
from amity.engines.web.filter_rows import rows_of
from amity.engines.web.filters_form import joined
from amity.engines.web.forms import Choices
from amity.engines.web.pages import administrators, done
from amity.engines.web.plain_forms import form_page, number, posted
from amity.engines.web.quality.draw import frame
from amity.engines.web.state import views_of
from amity.engines.web.views.common import Place, place_of
from amity.foundation.core.errors import AmityError, Invalid

Tree = dict[str, Any]
NO_VALUES: dict[str, Any] = {"name": "", "needs": [], "only": "", "view": ""}


@administrators
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, key: str) -> HttpResponse:
    """Which fields count and when a record is stale; the list of rules with a form for one more."""
    place = place_of(request, key)
    if request.method != "POST":
        return _show(request, place)
    values: dict[str, Any] = {
        "fields": request.POST.getlist("fields"), **posted(request, "stale_days")
    }  # fmt: skip
    try:
        days = number(values["stale_days"])
        change_plan(actor=place.actor, spec=place.spec, fields=values["fields"], stale_days=days)
    except AmityError as error:
        return _show(request, place, values, error)
    return done(request, f"{place.url}quality/rules/", _("Saved."))


@administrators
@require_POST
def add(request: HttpRequest, key: str) -> HttpResponse:
    place = place_of(request, key)
    values = {**posted(request, "name", "only", "view"), "needs": request.POST.getlist("needs")}
    try:
        tree = _tree(place, values)
        rule = create_rule(actor=place.actor, spec=place.spec, name=values["name"], filter=tree)
    except AmityError as error:
        return _show(request, place, values, error)
    start_check(place.spec.type_id, place.actor.workspace_id, place.actor.user_id)
    text = _("“%(name)s” is asked of all records now.") % {"name": rule.name}
    return done(request, f"{place.url}quality/rules/", text)


@administrators
@require_POST
def remove(request: HttpRequest, key: str, rule_id: int) -> HttpResponse:
    place = place_of(request, key)
    remove_rule(actor=place.actor, spec=place.spec, rule_id=rule_id)
    base = f"{place.url}quality/rules/"
    return done(request, base, _("Rule removed."), undo_url=f"{base}{rule_id}/restore/")


@administrators
@require_POST
def restore(request: HttpRequest, key: str, rule_id: int) -> HttpResponse:
    place = place_of(request, key)
    restore_rule(actor=place.actor, spec=place.spec, rule_id=rule_id)
    start_check(place.spec.type_id, place.actor.workspace_id, place.actor.user_id)
    return done(request, f"{place.url}quality/rules/", _("The rule is back."))


def _show(
    request: HttpRequest, place: Place, values: dict[str, Any] | None = None, error: AmityError | None = None
) -> HttpResponse:
    plan = plan_of(place.spec, place.actor.workspace_id)
    choices = Choices(place.context)
    kept = {"fields": [item.key for item in plan.fields], "stale_days": str(plan.stale_days), **NO_VALUES}
    context = {
        **frame(place, "rules"),
        "fields": [(item.key, str(item.label)) for item in countable(place.spec)],
        "only": _only(place),
        "shared_views": [(str(view.pk), view.name) for view in _shared(place)],
        "rules": [
            {
                "id": rule.pk, "name": rule.name, "readable": readable,
                "words": _said(place, rule.filter, choices) if readable else "",
            }
            for rule, readable in all_rules(place.actor, place.spec)
        ],
        "adding": values is not None and "name" in values,
    }  # fmt: skip
    return form_page(request, "web/quality/rules.j2", context, {**kept, **(values or {})}, error)


def _said(place: Place, tree: Tree, choices: Choices) -> str:
    return joined(place.spec, rows_of(place.spec, tree, place.context), choices)


def _shared(place: Place) -> list[Any]:
    return [view for view in views_of(place) if view.owner_id is None and view.config.get("filter")]


def _only(place: Place) -> list[dict[str, Any]]:
    """Choices to narrow a rule by, as “field: choice”."""
    return [
        {
            "label": str(item.label),
            "options": [(f"{item.key}:{option.key}", str(option.label)) for option in item.live_options],
        }
        for item in place.spec.live_fields
        if item.type.name == "choice" and item.live_options
    ]


def _tree(place: Place, values: dict[str, Any]) -> Tree:
    """The records that break the rule: within the choice and the view, those where all the fields are empty."""
    lines: list[Tree] = [{"field": key, "op": "empty"} for key in values["needs"]]
    if values["only"]:
        key, _sign, option = values["only"].partition(":")
        lines.append({"field": key, "op": "is", "value": option})
    if values["view"]:
        view = next((one for one in _shared(place) if str(one.pk) == values["view"]), None)
        if view is None:
            raise Invalid.one("view", "unknown", _("Choose one from the list."))
        lines.append(view.config["filter"])
    if values["only"] and not values["needs"] and not values["view"]:
        raise Invalid.one("needs", "required", _("Choose what must be filled, or a view."))
    return {"and": lines} if lines else {}

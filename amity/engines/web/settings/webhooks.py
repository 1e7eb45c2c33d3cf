"""Settings → Webhooks: who is told of changes, the messages sent, and sending them again."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amity.engines.web.pages import actor_of, done
from amity.engines.web.plain_forms import number, posted
from amity.engines.web.settings.common import admin_action, admin_page, form
from amity.engines.web.settings.shown import moment
from amity.engines.webhooks import messages, services
from amity.engines.webhooks.models import Delivery, State, Webhook
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import from_iso
from amity.foundation.core.errors import AmityError, Invalid
from amity.foundation.records.models import SavedView
from amity.foundation.records.objects import enabled_specs, spec_by_type

PAGE = "/settings/webhooks/"
SHOWN = 50
KEEP = "keep"
FRESH: dict[str, Any] = {"name": "", "url": "", "objects": [], "verbs": list(services.VERBS), "view": ""}


def verb_names() -> list[tuple[str, str]]:
    return [
        ("created", pgettext("a record was", "created")),
        ("updated", pgettext("a record was", "changed")),
        ("deleted", pgettext("a record was", "deleted")),
        ("restored", pgettext("a record was", "restored")),
        ("merged", pgettext("a record was", "merged")),
        ("noted", pgettext("a record was", "noted on")),
    ]


def off_text(reason: str) -> str:
    return {
        "failing": _("It failed for five days, so it was switched off."),
        "gone": _("The other side said that the address is gone for good."),
        "member": _("Whoever made it no longer works here."),
        "filter": _("Its filter names something that is no more."),
    }.get(reason, "")


@admin_page
def index(request: HttpRequest) -> HttpResponse:
    """The list; a post makes a new one and shows its secret, this once."""
    if request.method != "POST":
        return _list(request, FRESH)
    values = _posted(request)
    actor = actor_of(request)
    try:
        hook, secret = services.create_webhook(actor=actor, **_chosen(actor, values, None))
    except AmityError as error:
        return _list(request, values, error)
    return _page(request, hook, secret=secret)


def _list(request: HttpRequest, values: dict[str, Any], error: AmityError | None = None) -> HttpResponse:
    actor = actor_of(request)
    names = dict(_objects(actor))
    rows = [
        {
            "hook": hook,
            "objects": ", ".join(names.get(key, key) for key in hook.object_keys) or _("All objects"),
            "off": off_text(hook.off_reason),
        }
        for hook in services.webhooks_of(actor)
    ]
    return form(request, "webhooks", {"rows": rows, **_offered(actor, None)}, values, error)


def _objects(actor: Actor) -> list[tuple[str, str]]:
    return [(spec.key, str(spec.plural)) for spec in enabled_specs(actor)]


def _offered(actor: Actor, hook: Webhook | None) -> dict[str, Any]:
    """What the form's choices are. Filters are taken from saved views."""
    views = [(KEEP, _("the filter it has"))] if hook and hook.filter else []
    for view in SavedView.objects.exclude(owner__isnull=False).order_by("object_type_id", "position", "id"):
        spec = spec_by_type(actor, view.object_type_id)
        if spec is not None and spec.enabled and view.config.get("filter"):
            views.append((str(view.pk), f"{spec.plural}: {view.name}"))
    return {"objects": _objects(actor), "verbs": verb_names(), "views": views}


def _posted(request: HttpRequest) -> dict[str, Any]:
    lists = {name: request.POST.getlist(name) for name in ("objects", "verbs")}
    return {**posted(request, "name", "url", "view"), **lists}


def _chosen(actor: Actor, values: dict[str, Any], hook: Webhook | None) -> dict[str, Any]:
    """The form's values as the service takes them."""
    found = {"name": values["name"], "url": values["url"], "verbs": values["verbs"]}
    keys, tree = values["objects"], None
    if values["view"] == KEEP and hook is not None:
        tree = hook.filter
    elif values["view"]:
        view = SavedView.objects.filter(pk=number(values["view"]) or 0, owner=None).first()
        spec = spec_by_type(actor, view.object_type_id) if view else None
        if view is None or spec is None:
            raise Invalid.one("view", "unknown", _("Choose one from the list."))
        if keys not in ([], [spec.key]):
            raise Invalid.one(
                "view",
                "object",
                _("This view shows %(objects)s: tick that object alone.") % {"objects": spec.plural},
            )
        keys, tree = [spec.key], view.config.get("filter")
    return {**found, "object_keys": keys, "filter": tree}


# --- one webhook ------------------------------------------------------------------------------------------------


@admin_page
def one(request: HttpRequest, webhook_id: int) -> HttpResponse:
    actor = actor_of(request)
    hook = services.get_webhook(actor, webhook_id)
    if request.method != "POST":
        return _page(request, hook)
    values = _posted(request)
    try:
        services.change_webhook(actor=actor, webhook_id=webhook_id, **_chosen(actor, values, hook))
    except AmityError as error:
        hook = services.get_webhook(actor, webhook_id)
        return _page(request, hook, values=values, error=error)
    return done(request, f"{PAGE}{webhook_id}/", _("Webhook saved."))


def _page(
    request: HttpRequest,
    hook: Webhook,
    *,
    values: dict[str, Any] | None = None,
    error: AmityError | None = None,
    secret: str = "",
) -> HttpResponse:
    actor = actor_of(request)
    before = number(request.GET.get("before"))
    rows = messages.deliveries_of(actor, hook.pk)
    found = list((rows.filter(pk__lt=before) if before else rows)[: SHOWN + 1])
    kept = {
        "name": hook.name,
        "url": hook.url,
        "objects": hook.object_keys,
        "verbs": hook.verbs,
        "view": KEEP if hook.filter else "",
    }
    context = {
        "hook": hook,
        "off": off_text(hook.off_reason),
        "secret": secret,
        "rows": [delivery_row(row, actor) for row in found[:SHOWN]],
        "more": f"?before={found[SHOWN - 1].pk}" if len(found) > SHOWN else None,
        "waiting": any(row.state == State.WAITING and not row.attempts for row in found),
        **_offered(actor, hook),
    }
    response = form(request, "webhook", context, values or kept, error)
    response["Cache-Control"] = "no-store"
    return response


def delivery_row(row: Delivery, actor: Actor) -> dict[str, Any]:
    """A message as the page shows it."""
    words, colour = {
        State.WAITING: (_("Waiting"), "blue"),
        State.DONE: (_("Arrived"), "green"),
        State.FAILED: (_("Given up"), "red"),
    }[State(row.state)]
    if row.state == State.WAITING and row.attempts:
        words, colour = _("Tried again later"), "amber"
    return {
        "id": row.pk,
        "kind": row.kind,
        "message_id": row.message_id,
        "state": words,
        "colour": colour,
        "at": moment(row.created_at, actor),
        "next": moment(row.next_at, actor) if row.attempts else None,
        "tries": [
            {**item, "moment": moment(from_iso(item["at"]), actor)} for item in reversed(row.tries[-10:])
        ],
        "body": json.dumps(json.loads(row.body), indent=2, ensure_ascii=False)[:4000],
        "answer": row.answer,
        "may_replay": row.state != State.WAITING,
    }


@admin_action
def switch(request: HttpRequest, webhook_id: int) -> HttpResponse:
    on = request.POST.get("on") == "1"
    services.switch(actor=actor_of(request), webhook_id=webhook_id, on=on)
    return done(request, f"{PAGE}{webhook_id}/", _("Switched on.") if on else _("Switched off."))


@admin_action
def test(request: HttpRequest, webhook_id: int) -> HttpResponse:
    messages.send_test(actor=actor_of(request), webhook_id=webhook_id)
    return done(request, f"{PAGE}{webhook_id}/#messages", _("A test message is on its way."))


@admin_action
def secret(request: HttpRequest, webhook_id: int) -> HttpResponse:
    hook, fresh = services.renew_secret(actor=actor_of(request), webhook_id=webhook_id)
    return _page(request, hook, secret=fresh)


@admin_action
def remove(request: HttpRequest, webhook_id: int) -> HttpResponse:
    services.remove_webhook(actor=actor_of(request), webhook_id=webhook_id)
    return done(request, PAGE, _("Webhook removed."), undo_url=f"{PAGE}{webhook_id}/restore/")


@admin_action
def restore(request: HttpRequest, webhook_id: int) -> HttpResponse:
    services.restore_webhook(actor=actor_of(request), webhook_id=webhook_id)
    return done(request, f"{PAGE}{webhook_id}/", _("The webhook is back."))


@admin_action
def replay(request: HttpRequest, webhook_id: int, delivery_id: int) -> HttpResponse:
    messages.replay(actor=actor_of(request), webhook_id=webhook_id, delivery_id=delivery_id)
    return done(request, f"{PAGE}{webhook_id}/#messages", _("The message is sent again."))

"""Making, changing and ending webhooks. Administrators only."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.engines.webhooks.guard import Refused, check_url
from amity.engines.webhooks.models import Webhook
from amity.engines.webhooks.signing import new_salt, secret_of
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.services import audit
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Denied, FieldError, Invalid, LimitReached, Malformed, NotFound
from amity.foundation.core.text import clean_text
from amity.foundation.records.context import context_for
from amity.foundation.records.filters import compile_tree
from amity.foundation.records.objects import enabled_specs

VERBS = ("created", "updated", "deleted", "restored", "merged", "noted")
MAX_WEBHOOKS = 50
MAX_FILTER = 20_000  # characters
BOTH_SECRETS = timedelta(hours=24)


# --- webhooks ---------------------------------------------------------------------------------------------------


def webhooks_of(actor: Actor) -> list[Webhook]:
    if not actor.admin:
        raise Denied
    return list(Webhook.objects.filter(removed_at=None).select_related("user"))


def get_webhook(actor: Actor, webhook_id: int, *, write: bool = False, removed: bool = False) -> Webhook:
    """Raises Denied for others than administrators and, with `write`, for those who only look."""
    if write or not actor.admin:
        actor.require_admin()
    rows = Webhook.objects.filter(pk=webhook_id, removed_at__isnull=not removed).select_related("user")
    found: Webhook | None = rows.first()
    if found is None:
        raise NotFound
    return found


def create_webhook(
    *,
    actor: Actor,
    name: str,
    url: str,
    object_keys: Any = None,
    verbs: Any = None,
    filter: Any = None,
) -> tuple[Webhook, str]:
    """A new webhook that acts as its maker, and its secret, which is shown once. Administrators only."""
    actor.require_admin()
    if actor.user_id is None:
        raise Invalid.one("user", "required", _("A webhook belongs to a person."))
    if Webhook.objects.filter(removed_at=None).count() >= MAX_WEBHOOKS:
        raise LimitReached(_("A firm has at most %(n)s webhooks.") % {"n": MAX_WEBHOOKS})
    hook = Webhook(workspace_id=actor.workspace_id, user_id=actor.user_id, salt=new_salt())
    keys, told = [] if object_keys is None else object_keys, list(VERBS) if verbs is None else verbs
    _fill(actor, hook, name=name, url=url, object_keys=keys, verbs=told, filter=filter)
    with transaction.atomic():
        hook.save()
        audit(actor, "webhook.created", hook.name)
    return hook, secret_of(hook.salt)


def change_webhook(*, actor: Actor, webhook_id: int, **changes: Any) -> Webhook:
    """Any of name, url, object_keys, verbs and filter."""
    hook = get_webhook(actor, webhook_id, write=True)
    have = {key: getattr(hook, key) for key in ("name", "url", "object_keys", "verbs", "filter")}
    _fill(actor, hook, **{**have, **changes})
    with transaction.atomic():
        hook.save()
        audit(actor, "webhook.changed", hook.name)
    return hook


def _fill(
    actor: Actor,
    hook: Webhook,
    *,
    name: Any,
    url: Any,
    object_keys: Any,
    verbs: Any,
    filter: Any,
) -> None:
    """Raises Invalid with every wrong value at once."""
    errors: list[FieldError] = []
    hook.name, hook.url = _text(name, 80), _text(url, 501)
    if not hook.name:
        errors.append(FieldError("name", "required", _("Say what the webhook is for.")))
    try:
        check_url(hook.url)
    except Refused as error:
        errors.append(FieldError("url", "refused", str(error)))
    hook.object_keys, hook.verbs = _words(object_keys), _words(verbs)
    known = {spec.key for spec in enabled_specs(actor)}
    if hook.object_keys != object_keys or not set(hook.object_keys) <= known:
        errors.append(FieldError("objects", "unknown", _("Choose objects from the list.")))
    if hook.verbs != verbs or not hook.verbs or not set(hook.verbs) <= set(VERBS):
        errors.append(FieldError("verbs", "unknown", _("Choose what the webhook is told.")))
    hook.filter = filter or None
    if hook.filter is not None and not errors:
        errors += _wrong_filter(actor, hook)
    if errors:
        raise Invalid(errors)


def _text(value: Any, limit: int) -> str:
    try:
        return clean_text(value, multiline=False, limit=limit) if isinstance(value, str) else ""
    except ValueError:
        return ""


def _words(value: Any) -> list[str]:
    words = value if isinstance(value, list) else []
    return list(dict.fromkeys(word for word in words if isinstance(word, str)))


def _wrong_filter(actor: Actor, hook: Webhook) -> list[FieldError]:
    if len(hook.object_keys) != 1:
        return [FieldError("filter", "object", _("A filter needs exactly one object."))]
    spec = next(spec for spec in enabled_specs(actor) if spec.key == hook.object_keys[0])
    if len(json.dumps(hook.filter)) > MAX_FILTER:
        return [FieldError("filter", "too_long", _("This filter is too long."))]
    try:
        compile_tree(spec, hook.filter, context_for(actor))
    except Malformed as error:
        return [FieldError("filter", error.code, str(error))]
    return []


def switch(*, actor: Actor, webhook_id: int, on: bool) -> Webhook:
    """By hand. Switching on forgets past failures; what came due meanwhile is not sent."""
    hook = get_webhook(actor, webhook_id, write=True)
    hook.is_active, hook.off_reason, hook.failing_since = on, "", None
    with transaction.atomic():
        hook.save(update_fields=["is_active", "off_reason", "failing_since"])
        audit(actor, "webhook.enabled" if on else "webhook.disabled", hook.name)
    return hook


def remove_webhook(*, actor: Actor, webhook_id: int) -> Webhook:
    """Nothing more is told; `restore_webhook` takes it back for 30 days."""
    hook = get_webhook(actor, webhook_id, write=True)
    hook.removed_at = now()
    with transaction.atomic():
        hook.save(update_fields=["removed_at"])
        audit(actor, "webhook.removed", hook.name)
    return hook


def restore_webhook(*, actor: Actor, webhook_id: int) -> Webhook:
    hook = get_webhook(actor, webhook_id, write=True, removed=True)
    hook.removed_at = None
    with transaction.atomic():
        hook.save(update_fields=["removed_at"])
        audit(actor, "webhook.restored", hook.name)
    return hook


def renew_secret(*, actor: Actor, webhook_id: int) -> tuple[Webhook, str]:
    """A new secret, shown once. For a day messages are signed with the old one as well."""
    hook = get_webhook(actor, webhook_id, write=True)
    hook.old_salt, hook.old_until, hook.salt = hook.salt, now() + BOTH_SECRETS, new_salt()
    with transaction.atomic():
        hook.save(update_fields=["salt", "old_salt", "old_until"])
        audit(actor, "webhook.secret", hook.name)
    return hook, secret_of(hook.salt)


def secrets_of(hook: Webhook) -> list[str]:
    """The secrets that sign today: the new one first."""
    old = [hook.old_salt] if hook.old_salt and hook.old_until and hook.old_until > now() else []
    return [secret_of(salt) for salt in (hook.salt, *old)]

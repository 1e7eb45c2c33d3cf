"""How people want to hear: a way per kind, the daily mail on or off, and the link that ends a mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from amity.engines.notify.kinds import Kind, kind_of, kinds
from amity.engines.notify.models import Channel, NotificationSetting
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.membership import membership_in
from amity.foundation.core.errors import Denied, Invalid, NotFound
from amity.foundation.core.scope import open_workspace_id, scope

DIGEST = "daily"  # the setting of the daily mail itself
SALT = "amity.unsubscribe"
VALID_FOR = 90 * 24 * 3600


def offered(actor: Actor) -> list[Kind]:
    return [kind for kind in kinds() if actor.admin or not kind.admins]


def channels(actor: Actor) -> dict[str, str]:
    """The person's way for every kind they may choose for, and `daily`."""
    rows = NotificationSetting.objects.filter(user_id=actor.user_id or 0)
    chosen = dict(rows.values_list("kind", "channel"))
    found = {kind.key: chosen.get(kind.key, kind.channel) for kind in offered(actor)}
    return {**found, DIGEST: chosen.get(DIGEST, Channel.DIGEST)}


def channel_of(user_id: int, kind: Kind) -> str:
    chosen = NotificationSetting.objects.filter(user_id=user_id, kind=kind.key)
    return chosen.values_list("channel", flat=True).first() or kind.channel


def wants_digest(user_id: int) -> bool:
    return not NotificationSetting.objects.filter(user_id=user_id, kind=DIGEST, channel=Channel.OFF).exists()


def save_channels(*, actor: Actor, wanted: Mapping[str, str]) -> None:
    """Keep the person's choices; kinds not named stay. Raises Invalid at an unknown kind or way."""
    if actor.read_only or actor.user_id is None:
        raise Denied
    known = {kind.key for kind in offered(actor)} | {DIGEST}
    for key, channel in wanted.items():
        if key not in known or channel not in Channel.values:
            raise Invalid.one(key, "unknown", _("Choose one of the list."))
    with transaction.atomic():
        for key, channel in wanted.items():
            _set(actor.workspace_id, actor.user_id, key, channel)


def _set(workspace_id: int, user_id: int, key: str, channel: str) -> None:
    NotificationSetting.objects.update_or_create(
        workspace_id=workspace_id, user_id=user_id, kind=key, defaults={"channel": channel}
    )


# --- the link that ends a mail ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Subscription:
    """What one such link speaks of: a person's mail of one kind, in one firm."""

    workspace_id: int
    user_id: int
    kind: str
    email: str
    firm: str
    label: str


def unsubscribe_path(workspace_id: int, user_id: int, kind: str) -> str:
    """Signed, for 90 days, and good for nothing else."""
    return f"/p/unsubscribe/{signing.dumps([workspace_id, user_id, kind], salt=SALT)}/"


def subscription(token: str) -> Subscription:
    """NotFound for a link that is not ours, too old, or of somebody who no longer works there."""
    try:
        workspace_id, user_id, kind = signing.loads(token[:400], salt=SALT, max_age=VALID_FOR)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotFound from error
    member = membership_in(workspace_id, user_id)
    found = kind_of(kind)
    if member is None or (kind != DIGEST and found is None):
        raise NotFound
    label = _("Daily mail") if found is None else str(found.label)
    return Subscription(workspace_id, user_id, kind, member.user.email, member.workspace.name, label)


def unsubscribe(token: str) -> Subscription:
    """End this mail; the centre goes on telling. May be called by a mail program, without anybody signed in."""
    found = subscription(token)
    if open_workspace_id() not in (None, found.workspace_id):  # a link of another firm, opened in this one
        raise NotFound
    with scope(found.workspace_id), transaction.atomic():
        _set(
            found.workspace_id,
            found.user_id,
            found.kind,
            Channel.OFF if found.kind == DIGEST else Channel.APP,
        )
    return found

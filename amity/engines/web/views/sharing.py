"""With whom a record is shared: the dialog (a page without JavaScript), its picker, and the end of a share."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from amity.engines.web.pages import done, is_fragment, render_page, signed_in
from amity.engines.web.plain_forms import errors_of, posted
from amity.engines.web.views.common import Place, place_of, undo_url
from amity.foundation.accounts.models import Membership, Team
from amity.foundation.core import clock
from amity.foundation.core.errors import Denied, Invalid, LimitReached, NotFound
from amity.foundation.core.text import fold
from amity.foundation.records.access import get_record
from amity.foundation.records.models import Share
from amity.foundation.records.services.shares import (
    may_share,
    receiver_name,
    share_record,
    shares_on,
    unshare_record,
)
from amity.foundation.records.sharing import CHANGE, SEE

OFFERED = 8
LEVELS: dict[str, Any] = {SEE: gettext_lazy("May see it"), CHANGE: gettext_lazy("May change it")}
NAMES = ("receiver", "receiver-text", "level", "until", "why")


@signed_in
def page(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    """GET shows it, POST shares once more."""
    place = place_of(request, key)
    record = get_record(place.spec, place.actor, record_id)
    values = dict.fromkeys(NAMES, "") | {"level": SEE}
    if request.method != "POST":
        return shown(request, place, record, values)
    values = posted(request, *NAMES)
    try:
        share = share_record(
            actor=place.actor, spec=place.spec, record_id=record_id, level=values["level"], why=values["why"],
            ends_at=end_of(values["until"], place), **receiver_of(values),
        )  # fmt: skip
    except (Invalid, LimitReached) as error:
        return shown(request, place, record, values, error)
    text = _("Shared with %(name)s.") % {"name": receiver_name(share)}
    return done(request, place.record_url(record_id), text, undo_url=undo_url(place, record_id))


def shown(
    request: HttpRequest,
    place: Place,
    record: Any,
    values: dict[str, str],
    error: Invalid | LimitReached | None = None,
) -> HttpResponse:
    context = {
        "spec": place.spec,
        "row": record,
        "url": place.record_url(record.pk),
        "shares": [line_of(place, share) for share in shares_on(place.spec, place.actor, record.pk)],
        "may_share": may_share(place.spec, place.actor, record),
        "levels": [(level, str(text)) for level, text in LEVELS.items()],
        "values": values,
        "errors": errors_of(error),
        "today": clock.today(place.context.zone).isoformat(),
    }
    block = "form" if is_fragment(request) else ""
    status = error.status if error else 200
    return render_page(request, "web/records/share.j2", context, block=block, status=status)


def line_of(place: Place, share: Share) -> dict[str, Any]:
    """A share in words. `mine`: it is the reader's own to give back."""
    parts = []
    if share.ends_at:
        last = (share.ends_at - timedelta(seconds=1)).astimezone(clock.find_zone(place.context.zone)).date()
        day = clock.format_date(last.isoformat(), place.context.language)
        parts.append(_("until %(day)s") % {"day": day})
    if share.shared_by:
        parts.append(_("by %(name)s") % {"name": share.shared_by.short_name})
    return {
        "id": share.pk,
        "name": receiver_name(share),
        "avatar": share.user_id,
        "level": str(LEVELS[share.level]),
        "change": share.level == CHANGE,
        "about": " · ".join(parts),
        "why": share.why,
        "mine": share.user_id == place.actor.user_id and not place.actor.read_only,
    }


def end_of(text: str, place: Place) -> datetime | None:
    """The end of a day in the reader's zone. Raises Invalid."""
    if not text:
        return None
    try:
        following = date.fromisoformat(text) + timedelta(days=1)
        return clock.from_iso(clock.day_start(following, place.context.zone))
    except (ValueError, OverflowError):
        raise Invalid.one("ends_at", "date", _("This is no date.")) from None


def receiver_of(values: dict[str, str]) -> dict[str, int | None]:
    """`u7` or `t3` as the picker gives it; without JavaScript the one of exactly this name or address."""
    chosen, typed = values["receiver"], fold(values["receiver-text"])
    if not chosen and typed:
        same = [value for value, name, more in everybody() if typed in (fold(name), fold(more))]
        if len(same) != 1:
            raise Invalid.one("receiver", "unknown", _("Choose one from the list."))
        chosen = same[0]
    kind, number = chosen[:1], chosen[1:]
    if not chosen:
        return {"user_id": None, "team_id": None}
    if kind not in "ut" or not number.isascii() or not number.isdecimal() or len(number) > 18:
        raise Invalid.one("receiver", "unknown", _("Choose one from the list."))
    return {"user_id": int(number) if kind == "u" else None, "team_id": int(number) if kind == "t" else None}


def everybody() -> list[tuple[str, str, str]]:
    """`(value, name, what tells it apart)` of teams and of everybody who works here."""
    members = Membership.objects.filter(is_active=True, user__is_active=True).select_related("user")
    people = [
        (f"u{one.user_id}", one.user.short_name, one.user.email)
        for one in members.order_by("user__name", "pk")
    ]
    return [*people, *((f"t{team.pk}", team.name, _("Team")) for team in Team.objects.all())]


@signed_in
def pick(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    """Colleagues and teams for what was typed; for those who may share the record."""
    place = place_of(request, key)
    record = get_record(place.spec, place.actor, record_id)
    if not may_share(place.spec, place.actor, record):
        raise Denied
    typed, have = (
        fold(request.GET.get("q", "").strip()[:80]),
        (f"u{place.actor.user_id}", f"u{record.owner_id}"),
    )
    found = [one for one in everybody() if typed in fold(f"{one[1]} {one[2]}") and one[0] not in have]
    return render_page(request, "web/records/share_pick.j2", {"found": found[:OFFERED]})


@signed_in
@require_POST
def end(request: HttpRequest, key: str, record_id: int, share_id: int) -> HttpResponse:
    """End a share. Who gave their own back may not see the record any more."""
    place = place_of(request, key)
    change = unshare_record(actor=place.actor, spec=place.spec, record_id=record_id, share_id=share_id)
    try:
        record = get_record(place.spec, place.actor, record_id)
    except NotFound:
        return done(request, place.url, _("You gave the record back."))
    back = (
        f"{place.record_url(record_id)}undo/{change.pk}/"
        if may_share(place.spec, place.actor, record)
        else ""
    )
    return done(request, place.record_url(record_id), _("Not shared any more."), undo_url=back)

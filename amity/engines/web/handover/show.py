"""What the pages of handovers show: plain texts, numbers and addresses for the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from amity.engines.notify.models import Notification
from amity.engines.web.runs import state_text
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import ApiToken, Membership, User
from amity.foundation.core import clock
from amity.foundation.core.locales import noun
from amity.foundation.core.money import format_number
from amity.foundation.records.access import all_records, among_records, reach, visible
from amity.foundation.records.models import Handover, SavedView, TakenOver
from amity.foundation.records.objects import spec_by_type, specs_for
from amity.foundation.records.services.handover_plan import Plan, handover_specs
from amity.foundation.records.services.runs import BUSY, UNDOABLE
from amity.foundation.records.spec import ObjectSpec

REASONS = {
    "gone": gettext_lazy("not there any more"),
    "elsewhere": gettext_lazy("somebody else owns it by now"),
    "denied": gettext_lazy("you may not give it to this person"),
}
SHOWN = 50


def number(value: int, actor: Actor) -> str:
    return format_number(value, actor.language)


def amounts(counts: Sequence[tuple[ObjectSpec, int]], actor: Actor) -> str:
    """“240 people, 12 companies”; objects of which there are none are left out."""
    found = [
        {"n": number(n, actor), "objects": noun(spec.label if n == 1 else spec.plural)}
        for spec, n in counts if n
    ]  # fmt: skip
    return ", ".join(_("%(n)s %(objects)s") % words for words in found)


def names_of(ids: Sequence[int | None]) -> dict[int, str]:
    return {user.pk: user.short_name for user in User.objects.filter(pk__in=[pk for pk in ids if pk])}


def switched_off() -> set[int]:
    """The colleagues of this firm who can no longer sign in."""
    rows = Membership.objects.filter(is_active=False)
    return set(rows.values_list("user_id", flat=True))


def own_name(handover: Handover) -> str:
    return handover.from_user.short_name if handover.from_user else ""


# --- planning ------------------------------------------------------------------------------------


def preview_of(plan: Plan, user: User, actor: Actor) -> dict[str, Any]:
    """Who gets how much, the most first; then what stays."""
    specs = specs_for(actor)
    by_taker: dict[int | None, list[tuple[ObjectSpec, int]]] = {}
    for (key, to), n in plan.given.items():
        by_taker.setdefault(to, []).append((specs[key], n))
    names = names_of(list(by_taker))
    lines = [
        {
            "id": to,
            "name": names.get(to or 0) or _("Nobody"),
            "amounts": amounts(found, actor),
            "total": sum(n for _spec, n in found),
        }
        for to, found in sorted(
            by_taker.items(), key=lambda one: (one[0] is None, -sum(n for _spec, n in one[1]))
        )
    ]
    stays = amounts([(specs[key], n) for key, n in plan.stays.items()], actor)
    total = len(plan.rows)
    start = ngettext("Hand over %(n)s record", "Hand over %(n)s records", total) % {"n": number(total, actor)}
    return {"lines": lines, "stays": stays, "who": user.short_name, "total": total, "start": start}


def also_there(actor: Actor, user_id: int) -> list[tuple[str, str, str]]:
    """What else hangs on a person: how many, what, and what becomes of it. For administrators."""
    views = SavedView.objects
    trashed = sum(
        all_records(spec, actor.workspace_id).filter(owner_id=user_id, deleted_at__isnull=False).count()
        for spec in handover_specs(actor)
    )
    unread = Notification.objects.filter(user_id=user_id, read_at=None)
    found = [
        (views.filter(owner_id=user_id).count(), _("Private views"), _("stay theirs; nobody else sees them")),
        (views.filter(owner=None, created_by_id=user_id).count(), _("Shared views they made"), _("stay for everybody")),
        (unread.count(), _("Unread notifications"), _("stay unread")),
        (ApiToken.objects.filter(user_id=user_id, revoked_at=None).count(), _("API tokens"),
         _("go on working until they are switched off")),
        (trashed, _("Records in the trash"), _("stay theirs if they are brought back")),
    ]  # fmt: skip
    return [(number(n, actor), what, then) for n, what, then in found if n]


def colleagues(actor: Actor) -> list[dict[str, Any]]:
    """Everybody whose records are in reach and who owns some, the one with the most first."""
    owned: dict[int, list[tuple[ObjectSpec, int]]] = {}
    for spec in handover_specs(actor):
        rows = visible(spec, actor, "edit").exclude(owner_id=None).order_by().values("owner_id")
        for user_id, n in rows.annotate(n=Count("pk")).values_list("owner_id", "n"):
            owned.setdefault(user_id, []).append((spec, n))
    names, off = names_of(list(owned)), switched_off()
    found = [
        {
            "id": pk,
            "name": names.get(pk, ""),
            "off": pk in off,
            "amounts": amounts(some, actor),
            "total": sum(n for _spec, n in some),
        }
        for pk, some in owned.items()
    ]
    return sorted(found, key=lambda one: (-one["total"], one["name"]))


def recent(actor: Actor, limit: int = 20) -> list[dict[str, Any]]:
    """Handovers one started, or anybody's for an administrator."""
    rows = Handover.objects.select_related("from_user", "batch").filter(kind="rules")
    rows = rows if actor.admin else rows.filter(actor_id=actor.user_id)
    return [line_of(run, actor) for run in rows[:limit]]


def taken_by(actor: Actor, limit: int = 20) -> list[dict[str, Any]]:
    """What the person took over by rules of others, the latest first."""
    rows = TakenOver.objects.filter(to_user_id=actor.user_id or 0, run__kind="rules").exclude(
        run__state="undone"
    )
    counts = dict(
        rows.order_by()
        .values("run_id")
        .annotate(n=Count("pk"))
        .order_by("-run_id")
        .values_list("run_id", "n")[:limit]
    )
    runs = Handover.objects.select_related("from_user").filter(pk__in=list(counts))
    return [
        {
            "url": f"/handovers/{run.pk}/taken/",
            "name": own_name(run) or _("Nobody"),
            "count": number(counts[run.pk], actor),
            "at": day(run.created_at, actor),
        }
        for run in runs
    ]


def day(moment: Any, actor: Actor) -> str:
    local = moment.astimezone(clock.find_zone(actor.zone)).date()
    return clock.format_date(local.isoformat(), actor.language)


# --- runs ----------------------------------------------------------------------------------------


def title_of(run: Handover) -> str:
    name = run.batch.label if run.batch else own_name(run)
    text = _("Taking over %(name)s") if run.kind == "take" else _("Handing over from %(name)s")
    return text % {"name": name}


def line_of(run: Handover, actor: Actor) -> dict[str, Any]:
    """The menu's line, and that of the list of handovers."""
    words, colour = state_text(run.state)
    return {
        "url": f"/handovers/{run.pk}/",
        "name": title_of(run),
        "word": _("Handing over"),
        "icon": "handshake",
        "state": words,
        "colour": colour,
        "busy": run.state in BUSY,
        "percent": 100 * run.position // max(1, run.total) if run.state == "running" else 0,
        "counts": outcome_text(run, actor) if run.state not in BUSY else "",
        "at": day(run.created_at, actor),
    }


def outcome_text(run: Handover, actor: Actor) -> str:
    if not run.changed:
        return _("Nothing changed hands.")
    text = ngettext("%(n)s record changed hands.", "%(n)s records changed hands.", run.changed)
    return text % {"n": number(run.changed, actor)}


def undone_text(run: Handover, actor: Actor) -> str:
    n = run.results["undo"]["reverted"]
    text = ngettext(
        "Taken back: %(n)s record is as it was.", "Taken back: %(n)s records are as they were.", n
    )
    return text % {"n": number(n, actor)}


def result_of(run: Handover, actor: Actor) -> dict[str, Any]:
    """The page of a run."""
    undone = run.results.get("undo") if run.state == "undone" else None
    reasons = run.results.get("reasons", {})
    return {
        "run": run,
        "line": line_of(run, actor),
        "title": title_of(run),
        "progress_text": _("%(done)s of %(total)s")
        % {"done": number(run.position, actor), "total": number(run.total, actor)},
        "percent": 100 * run.position // max(1, run.total) if run.state == "running" else None,
        "takers": takers_of(run, actor) if run.state not in BUSY else [],
        "cards": [
            (_("Changed hands"), number(run.changed, actor), "check", "green"),
            (_("Left alone"), number(run.refused, actor), "circle-alert", "amber" if run.refused else "grey"),
        ],
        "reasons": [(str(REASONS.get(code, code)), number(n, actor)) for code, n in reasons.items()],
        "refused": refused_of(run, actor),
        "may_undo": run.state in UNDOABLE and bool(run.changed) and not actor.read_only,
        "undone": undone,
        "undone_text": undone_text(run, actor) if undone else "",
        "kept": undone["kept"][:SHOWN] if undone else [],
    }  # fmt: skip


def takers_of(run: Handover, actor: Actor) -> list[dict[str, Any]]:
    """Who got how much of what, and how much of it they have read."""
    rows = TakenOver.objects.filter(run=run).order_by().values("to_user_id", "object_type_id")
    counts: dict[int, list[tuple[ObjectSpec, int]]] = {}
    seen: dict[int, int] = {}
    for row in rows.annotate(n=Count("pk"), read=Count("seen_at")):
        spec = spec_by_type(actor, row["object_type_id"])
        if spec is not None:
            counts.setdefault(row["to_user_id"], []).append((spec, row["n"]))
            seen[row["to_user_id"]] = seen.get(row["to_user_id"], 0) + row["read"]
    names = names_of(list(counts))
    found = [
        {
            "id": pk,
            "name": names.get(pk, ""),
            "amounts": amounts(some, actor),
            "total": sum(n for _spec, n in some),
            "read": read_text(seen[pk], sum(n for _spec, n in some), actor),
            "url": f"/handovers/{run.pk}/taken/" if pk == actor.user_id else "",
        }
        for pk, some in counts.items()
    ]
    return sorted(found, key=lambda one: (-one["total"], one["name"]))


def read_text(read: int, total: int, actor: Actor) -> str:
    return _("%(read)s of %(total)s read") % {"read": number(read, actor), "total": number(total, actor)}


def refused_of(run: Handover, actor: Actor) -> list[dict[str, Any]]:
    """Some of the records left alone, by name as far as the reader sees them today."""
    by_type: dict[int, dict[int, str]] = {}
    for type_id, pk, code in run.results.get("refused", [])[:SHOWN]:
        by_type.setdefault(type_id, {})[pk] = code
    found = []
    for type_id, codes in by_type.items():
        spec = spec_by_type(actor, type_id)
        if spec is None or not actor.may(spec.key, "see"):
            continue
        found += _named(spec, codes, actor)
    return found


def _named(spec: ObjectSpec, codes: Mapping[int, str], actor: Actor) -> list[dict[str, Any]]:
    rows = among_records(spec, actor.workspace_id, codes).filter(reach(spec, actor, "see"), deleted_at=None)
    return [
        {"title": title, "url": f"/{spec.key}/{pk}/", "reason": str(REASONS.get(codes[pk], codes[pk]))}
        for pk, title in rows.values_list("pk", "title")
    ]


__all__ = [
    "also_there", "amounts", "colleagues", "line_of", "outcome_text", "preview_of", "recent", "result_of", "taken_by",
    "title_of", "undone_text",
]  # fmt: skip

"""Making one record of several: side by side, the better values proposed, and what comes over told beforehand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import Markup

from amity.engines.web import cells
from amity.engines.web.pages import done, once, render_page, signed_in
from amity.engines.web.views.common import Place, place_of
from amity.foundation.core import clock
from amity.foundation.core.errors import AmityError, Conflict, Denied, NotFound
from amity.foundation.records.access import MAX_ID, get_record, owned, reaches
from amity.foundation.records.search import search
from amity.foundation.records.services.duplicates import find_duplicates
from amity.foundation.records.services.merge import merge_records
from amity.foundation.records.services.merge_plan import (
    Hanging,
    Meeting,
    best_survivor,
    hanging,
    meetings,
    united_value,
)
from amity.foundation.records.spec import Field
from amity.foundation.records.values import LinkedRecord, Row, load_links, read_record, row_of

SIDE_BY_SIDE = 5
OFFERED = 8
REASONS: dict[str, Any] = {"fuller": gettext_lazy("says more"), "newer": gettext_lazy("changed last")}
THINGS: dict[str, Any] = {
    "note": gettext_lazy("Notes"),
    "storedfile": gettext_lazy("Files"),
    "share": gettext_lazy("Shares"),
}
WITH_LINKS = ("link", "url", "file")


@signed_in
@once
def page(request: HttpRequest, key: str) -> HttpResponse:
    """GET `?ids=1&ids=2[&keep=1]` compares, as does what a list's bar posts; POST with `keep` merges."""
    place = place_of(request, key)
    data = request.POST if request.method == "POST" else request.GET
    ids = ids_of(data.getlist("ids"))
    if len(ids) < 2:
        return too_few(place, data, ids, request)
    if len(ids) > SIDE_BY_SIDE:
        messages.error(request, _("At most %(n)s records are merged side by side.") % {"n": SIDE_BY_SIDE})
        return HttpResponseRedirect(place.url)
    if request.method == "POST" and "keep" not in request.POST:
        return HttpResponseRedirect(f"{place.url}merge/?{'&'.join(f'ids={pk}' for pk in ids)}")
    if request.method == "POST":
        return merged(request, place, ids)
    return compared(request, place, ids)


def ids_of(texts: list[str]) -> list[int]:
    """Each id once, in order. Raises NotFound for what is none."""
    found = dict.fromkeys(text for text in texts if text)
    if not all(
        text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= MAX_ID for text in found
    ):
        raise NotFound
    return [int(text) for text in found]


def too_few(place: Place, data: QueryDict, ids: list[int], request: HttpRequest) -> HttpResponse:
    """One record and words for another lead to a choice of those; else there is nothing to merge."""
    if ids:
        query = QueryDict(mutable=True)
        query["q"] = data.get("ids-text", "")[:120]
        return HttpResponseRedirect(f"{place.record_url(ids[0])}merge/?{query.urlencode()}")
    messages.error(request, _("Choose at least two records to merge."))
    return HttpResponseRedirect(place.url)


# --- comparing ---------------------------------------------------------------------------


def compared(
    request: HttpRequest, place: Place, ids: list[int], error: str = "", status: int = 200
) -> HttpResponse:
    """The page; after a refusal with what was chosen, and the records as they are now."""
    data = request.POST if error else request.GET
    records = {pk: get_record(place.spec, place.actor, pk) for pk in ids}
    rows = [row_with(place, record) for record in records.values()]
    load_links(place.spec, place.spec.live_fields, rows, place.context)
    fit = fit_to_stay(place, records)
    if not fit:
        raise Denied(_("To merge records you need the right to change one and to delete the others."))
    hangs = hanging(place.spec, place.actor, rows)
    keep = data.get("keep", "")
    chosen = int(keep) if keep in map(str, fit) else best_survivor(place.spec, rows, hangs, fit)
    rows.sort(key=lambda row: row.id != chosen)
    met = meetings(place.spec, rows, {pk: record.created_at for pk, record in records.items()})
    context = {
        "spec": place.spec,
        "url": f"{place.url}merge/",
        "heads": heads(place, rows, records, fit),
        "survivor": rows[0],
        "versions": {pk: record.version for pk, record in records.items()},
        "error": error,
        **values_of(place, rows, met, data),
        "moves": moves(hangs, rows[0].id),
        "square": cells.square(place.spec),
    }
    return render_page(request, "web/records/merge.j2", context, status=status)


def row_with(place: Place, record: Any) -> Row:
    base = (record.pk, record.title, record.owner_id, record.version, record.updated_at)
    return Row(base, read_record(place.spec, record))


def fit_to_stay(place: Place, records: dict[int, Any]) -> set[int]:
    """Records that may be kept: this one may be changed and every other one deleted."""
    editable = {pk for pk, one in records.items() if owned(place.spec, place.actor, one, "edit")}
    lasting = {pk for pk, one in records.items() if not reaches(place.spec, place.actor, one, "delete")}
    return {pk for pk in editable if lasting <= {pk}}


def heads(place: Place, rows: list[Row], records: dict[int, Any], fit: set[int]) -> list[dict[str, Any]]:
    """What stands above each column."""
    found = []
    for row in rows:
        query = QueryDict(mutable=True)
        query.setlist("ids", [str(one.id) for one in rows])
        query["keep"] = str(row.id)
        day = records[row.id].created_at.astimezone(clock.find_zone(place.context.zone)).date()
        found.append(
            {
                "id": row.id,
                "title": row.title,
                "url": place.record_url(row.id),
                "since": clock.format_date(day.isoformat(), place.context.language),
                "kept": row is rows[0],
                "keep_url": f"{place.url}merge/?{query.urlencode()}" if row.id in fit else None,
            }
        )
    return found


def values_of(place: Place, rows: list[Row], met: list[Meeting], data: QueryDict) -> dict[str, Any]:
    """Fields to choose in, those whose values are joined, and those that are the same."""
    fields = [one.field for one in met]
    names = cells.names_for(fields, [row.values for row in rows], place.context)
    drawing = cells.Drawing(place.context, names)
    by_id = {row.id: row for row in rows}
    found: dict[str, list[dict[str, Any]]] = {"differing": [], "joined": [], "same": []}
    for one in met:
        line: dict[str, Any] = {
            "key": one.field.key,
            "label": str(one.field.label),
            "icon": one.field.type.icon,
        }
        if one.kind == "differs":
            line["options"] = options(one, rows, drawing, data.get(f"take-{one.field.key}", ""))
            found["differing"].append(line)
        elif one.kind == "united":
            line["value"] = cells.fact(one.field, joined(place, one.field, rows), drawing)
            found["joined"].append(line)
        else:
            line["value"] = cells.fact(one.field, by_id[one.source], drawing)
            alone = sum(row.values.get(one.field.key) is not None for row in rows) == 1
            line["only"] = by_id[one.source].title if alone else ""
            found["same" if one.kind == "same" else "joined"].append(line)
    return found


def options(one: Meeting, rows: list[Row], drawing: cells.Drawing, typed: str) -> list[dict[str, Any]]:
    chosen = int(typed) if typed in {str(row.id) for row in rows} else one.source
    return [
        {
            "id": row.id,
            "title": row.title,
            "value": plainly(one.field, row, drawing),
            "checked": row.id == chosen,
            "reason": str(REASONS.get(one.reason, "")) if row.id == one.source else "",
        }
        for row in rows
    ]


def plainly(item: Field, row: Row, drawing: cells.Drawing) -> Any:
    """A value inside a label, where a link would lead away."""
    drawn = cells.fact(item, row, drawing)
    return drawn.striptags() if item.type.name in WITH_LINKS and isinstance(drawn, Markup) else drawn


def joined(place: Place, item: Field, rows: list[Row]) -> Row:
    """The survivor with the values of all in one field."""
    row = Row((rows[0].id, rows[0].title, None, 0, None), {item.key: united_value(place.spec, item, rows)})
    links: dict[tuple[int, str], LinkedRecord] = {}
    for one in rows:
        links |= {(link.id, link.object_key): link for link in one.links.get(item.key, ()) if link.visible}
    row.links[item.key] = list(links.values())
    return row


def moves(hangs: list[Hanging], survivor: int) -> list[dict[str, Any]]:
    """What comes over from the others, kind by kind."""
    found = []
    for one in hangs:
        count = sum(number for pk, number in one.counts.items() if pk != survivor)
        if count:
            found.append({"label": str(THINGS.get(one.label, one.label)), "icon": one.icon, "count": count})
    return found


# --- merging -----------------------------------------------------------------------------


def merged(request: HttpRequest, place: Place, ids: list[int]) -> HttpResponse:
    keep = ids_of([request.POST.get("keep", "")])
    if not keep or keep[0] not in ids:
        raise NotFound
    others = [pk for pk in ids if pk != keep[0]]
    try:
        merge = merge_records(
            actor=place.actor, spec=place.spec, survivor_id=keep[0], other_ids=others,
            take=numbers(request.POST, "take-"),
            versions={int(pk): version for pk, version in numbers(request.POST, "version-").items() if pk.isdecimal()},
        )  # fmt: skip
    except Conflict as error:
        if error.code != "merged":
            return compared(request, place, ids, str(error), error.status)
        messages.info(request, str(error))
        return HttpResponseRedirect(place.record_url(error.details["survivor"]))
    except AmityError as error:
        if error.status == 412:
            text = _("One of them was changed meanwhile. Look at them as they are now, and merge again.")
            return compared(request, place, ids, text, 409)
        if error.status not in (422, 429):
            raise
        return compared(request, place, ids, str(error), 422)
    names = list(merge.titles.values())
    title = get_record(place.spec, place.actor, keep[0]).title
    text = ngettext(
        "“%(name)s” was merged into “%(title)s”.",
        "%(count)s records were merged into “%(title)s”.",
        len(names),
    ) % {"name": names[0], "count": len(names), "title": title}
    url = place.record_url(keep[0])
    return done(request, url, text, undo_url=f"{url}undo/{merge.change_id}/")


def numbers(data: QueryDict, start: str) -> dict[str, int]:
    """Numbers posted under names that begin alike, by the rest of the name; what is none is left to be refused."""
    found = {}
    for name in data:
        text = str(data[name])
        if name.startswith(start):
            found[name.removeprefix(start)] = int(text) if text.isdecimal() and len(text) < 19 else 0
    return found


# --- with which other one ----------------------------------------------------------------


@signed_in
def choose(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    """The other record for a merge: those that look alike, those found by words, or any by the picker."""
    place = place_of(request, key)
    record = get_record(place.spec, place.actor, record_id)
    row = row_of(place.spec, record, place.context)
    text = request.GET.get("q", "").strip()[:120]
    hits = search(text, place.actor, specs=[place.spec], limit=OFFERED) if text else []
    found = [(hit.record_id, hit.title, "") for hit in hits if hit.record_id != record_id]
    if not text:
        alike = find_duplicates(place.spec, row.values, place.actor, exclude_id=record_id)
        found = [(one.record_id, one.title, " · ".join(one.reasons)) for one in alike]
    context = {
        "spec": place.spec,
        "row": row,
        "back": place.record_url(record_id),
        "text": text,
        "found": [
            {"id": pk, "title": title, "sub": sub, "url": f"{place.url}merge/?ids={record_id}&ids={pk}"}
            for pk, title, sub in found
        ],
        "square": cells.square(place.spec),
    }
    return render_page(request, "web/records/merge_with.j2", context)

"""The page of one record, its peek, its neighbours, its trash and its undo."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from markupsafe import Markup

from amity.engines.quality.findings import reasons_for
from amity.engines.web import cells
from amity.engines.web.claims.show import marks_of, told_decisions
from amity.engines.web.glance import glance, missing
from amity.engines.web.pages import done, render_page, signed_in
from amity.engines.web.pairs.cards import address_url, consent_cards, speakers, spoken_for, written_to
from amity.engines.web.state import dump, state_of, views_of
from amity.engines.web.timeline import history, people_in, story
from amity.engines.web.tree import tree_card, tree_of
from amity.engines.web.views.common import Place, add_text, came_from, place_of, undo_url
from amity.engines.web.views.files import file_items
from amity.foundation.core.errors import AmityError, Conflict, NotFound
from amity.foundation.records import listing
from amity.foundation.records.access import MAX_ID, get_record, only_shown, owned, reaches
from amity.foundation.records.merged import survivor_of
from amity.foundation.records.objects import SYSTEM_FIELDS, specs_for
from amity.foundation.records.services.claims import claims_about
from amity.foundation.records.services.records import delete_record, may_edit, restore_record
from amity.foundation.records.services.shares import may_share, receiver_name, shares_on
from amity.foundation.records.services.take_over import may_take
from amity.foundation.records.services.undo import undo_change
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import Row, row_of

LINKED = 10
SPARE = 3
SAID = 200


@signed_in
def page(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    place = place_of(request, key)
    try:
        context = record_context(request, place, record_id)
    except NotFound:
        return moved_to(place, record_id)
    if request.headers.get("HX-Request") and "before" in request.GET:
        return render_page(request, "web/records/older.j2", context)
    return render_page(request, "web/records/record.j2", context)


@signed_in
def peek(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    """The same parts in the side panel."""
    place = place_of(request, key)
    try:
        context = record_context(request, place, record_id)
    except NotFound:
        return moved_to(place, record_id, "peek/")
    return render_page(request, "web/records/peek.j2", context)


def moved_to(place: Place, record_id: int, rest: str = "") -> HttpResponse:
    """On to the record that a merged one became, for those who see that one; NotFound for everybody else."""
    into = survivor_of(place.spec, place.actor.workspace_id, record_id) if record_id <= MAX_ID else None
    if into is None:
        raise NotFound
    get_record(place.spec, place.actor, into)
    return HttpResponseRedirect(f"{place.record_url(into)}{rest}")


def record_context(request: HttpRequest, place: Place, record_id: int) -> dict[str, Any]:
    """Everything a record page or peek shows. Raises NotFound for absent and forbidden alike."""
    spec, actor = place.spec, place.actor
    record = get_record(spec, actor, record_id)
    row = row_of(spec, record, place.context)
    editable = may_edit(spec, actor, record)
    listed = request.GET.get("list", "")
    before = request.GET.get("before", "")
    stretch = history(place, row.id, int(before) if before.isdecimal() and len(before) < 19 else 0)
    people = people_in(place, stretch.changes)
    names = cells.names_for(spec.live_fields, [row.values], place.context, people)
    groups = fact_groups(place, row, names, editable)
    said = claims_about(spec, actor.workspace_id, row.id, SAID) if stretch.claimed else []
    decided = told_decisions(place, said)
    tree = tree_card(place, row)
    told = story(place, row, stretch, names, may_edit=editable, more=decided)
    return {
        "spec": spec,
        **header_of(place, row),
        "list_url": f"{place.url}?{listed}" if listed else place.url,
        "list_query": f"?{urlencode({'list': listed})}" if listed else "",
        "groups": groups,
        "marks": marks_of(place, row, said),
        "glance": glance(place, row, told, names) if told["newest"] else [],
        "missing": missing(place, groups),
        "doubts": reasons_for(spec, actor, row.id) if stretch.doubted else (),
        "locked": "" if editable else _("You may see this record, not change it."),
        "may_edit": editable,
        "may_note": not actor.read_only and not only_shown(spec, actor, record),
        **sharing_of(place, record, shared=stretch.shared),
        "may_create": actor.may(spec.key, "create"),
        "menu": record_menu(place, record, editable),
        "story": told,
        "tree": tree,
        "cards": linked_cards(place, row, below=bool(tree and tree["count"])),
        "consents": consent_cards(place, row, editable),
        "files": file_items(place, row.id),
        "add_label": add_text(spec),
    }


def record_menu(place: Place, record: Any, editable: bool) -> list[dict[str, Any]]:
    """What one may do with the record as a whole, beside editing what one sees."""
    spec, actor, url = place.spec, place.actor, place.record_url(record.pk)
    dialog = {"data-dialog": "sources"}
    items: list[dict[str, Any]] = [
        {"label": _("Where this comes from"), "url": f"{url}sources/", "icon": "history", "attrs": dialog}
    ]
    if editable:
        items.append({"label": _("Edit all fields"), "url": f"{url}edit/", "icon": "pencil"})
    if editable and may_take(actor, spec, record):
        items.append({"label": _("Take over"), "url": f"{url}take-over/", "icon": "handshake"})
    if editable and owned(spec, actor, record, "edit") and actor.may(spec.key, "delete"):
        items.append({"label": _("Merge with…"), "url": f"{url}merge/", "icon": "merge"})
    if actor.may(spec.key, "delete") and reaches(spec, actor, record, "delete"):
        items.append({"label": _("Delete"), "post": f"{url}delete/", "icon": "trash-2", "danger": True})
    return items


def sharing_of(place: Place, record: Any, *, shared: bool) -> dict[str, Any]:
    """With whom the record is shared, as the mark below its head shows it. One statement where it is `shared`."""
    found = shares_on(place.spec, place.actor, record.pk) if shared else []
    people = [{"name": receiver_name(one), "id": one.user_id or one.team_id} for one in found]
    names, more = ", ".join(map(receiver_name, found[:SPARE])), len(people) - SPARE
    alone = [one.user_id for one in found] == [place.actor.user_id]
    text = _("Shared with you") if alone else _("Shared with %(names)s") % {"names": names}
    return {
        "may_share": may_share(place.spec, place.actor, record),
        "shared_with": people,
        "shared_text": f"{text} +{more}" if more > 0 else text,
    }


def header_of(place: Place, row: Row) -> dict[str, Any]:
    """What the head of a record shows; drawn anew after an edit in place."""
    return {
        "row": row,
        "url": place.record_url(row.id),
        "square": cells.square(place.spec),
        "subtitle": subtitle(place, row),
        "pills": pills(place.spec, row),
        "contacts": contacts(place, row),
        "speakers": speakers(place, row),
    }


def subtitle(place: Place, row: Row) -> str:
    """What tells namesakes apart: job and company, or the first texts of a thing."""
    parts = []
    for item in place.spec.live_fields:
        if item.key in ("job_title", "industry"):
            parts.append(item.type.display(item, row.values.get(item.key), place.context))
        elif item.target and item.column:
            parts += [link.title for link in row.links.get(item.key, []) if link.visible]
    return " · ".join(part for part in reversed(parts) if part)


def pills(spec: ObjectSpec, row: Row) -> list[dict[str, str]]:
    item = spec.field(spec.board_field) if spec.board_field else None
    option = item.option(row.values.get(item.key) or "") if item and not item.hidden else None
    return [{"label": str(option.label), "color": option.colour}] if option else []


def contacts(place: Place, row: Row) -> list[dict[str, str]]:
    """The first phone and e-mail as buttons, of those who are written to about the record."""
    schemes = {"email": ("mailto:", "mail", _("E-mail")), "phone": ("tel:", "phone", _("Call"))}
    found: dict[str, dict[str, str]] = {}
    others = {name: written_to(place, row, name) for name in schemes}
    for item in place.spec.live_fields:
        value, name = row.values.get(item.key), item.type.name
        if name in schemes and value and name not in found and others[name] is None:
            scheme, icon, label = schemes[name]
            address = value[0]["normal"] if name == "phone" else value[0]["value"]
            found[name] = {"url": scheme + address, "icon": icon, "label": str(label)}
    for name, lines in others.items():
        url = address_url(lines, name) if lines else ""
        if url:
            found[name] = {"url": url, "icon": schemes[name][1], "label": str(schemes[name][2])}
    return list(found.values())


# --- facts -------------------------------------------------------------------------------


def fact_groups(place: Place, row: Row, names: cells.Names, editable: bool) -> list[dict[str, Any]]:
    """Fields by group. Groups with nothing in them, and the parts of a name, are folded and come last."""
    drawing = cells.Drawing(place.context, names)
    groups: dict[str, list[Field]] = {}
    for item in place.spec.live_fields:
        if item.type.name != "consent":  # they have a card of their own
            groups.setdefault(str(item.group), []).append(item)
    shown, folded = [], []
    for label, fields in groups.items():
        facts = [one_fact(place, item, row, drawing, editable) for item in fields if item.shown(row.values)]
        if not facts:
            continue
        filled, empty = [one for one in facts if one["filled"]], [one for one in facts if not one["filled"]]
        whole = not filled or all(item.key in place.spec.title_parts for item in fields)
        if whole:
            folded.append({"label": label or _("More fields"), "facts": facts, "fold": True})
        elif len(empty) > SPARE:
            shown.append({"label": label, "facts": filled, "fold": False})
            more = ngettext("%(count)s more field", "%(count)s more fields", len(empty)) % {
                "count": len(empty)
            }
            shown.append({"label": more, "facts": empty, "fold": True})
        else:
            shown.append({"label": label, "facts": facts, "fold": False})
    return shown + folded


def one_fact(place: Place, item: Field, row: Row, drawing: cells.Drawing, editable: bool) -> dict[str, Any]:
    value = cells.fact(item, row, drawing)
    if item.type.name == "email" and value and spoken_for(place, "email"):
        value = _unlinked(place, item, row) or value
    theirs = item.key == "owner" and not owned(place.spec, place.actor, row, "edit")  # it is only shared
    open_to_edit = editable and not item.read_only and not has_unseen(item, row) and not theirs
    return {
        "label": str(item.label),
        "value": value,
        "edit": f"{place.record_url(row.id)}edit/{item.key}/?wide=1" if open_to_edit else None,
        "name": item.key,
        "locked": lock_text(item, editable),
        "icon_name": item.type.icon,
        "filled": value != "" and item.key not in SYSTEM_FIELDS,
    }


def _unlinked(place: Place, item: Field, row: Row) -> Markup:
    """Addresses as plain text where mails about the record go to others; else empty."""
    points = row.values.get(item.key) or []
    return (
        Markup(", ").join(point["value"] for point in points) if written_to(place, row, "email") else Markup()
    )


def has_unseen(item: Field, row: Row) -> bool:
    """A foreign key to a record one cannot see: it may not be changed blindly."""
    return bool(item.column) and any(not link.visible for link in row.links.get(item.key, []))


def lock_text(item: Field, editable: bool) -> str:
    if item.role_only:
        return _("Your role may see this field, not change it.")
    if item.computed:
        return _("Computed from other fields.")
    if item.read_only:
        return _("Amity keeps this field.")
    return _("You cannot change this link.") if editable else _("You may see this record, not change it.")


# --- linked records ----------------------------------------------------------------------


def linked_cards(place: Place, row: Row, *, below: bool = False) -> list[dict[str, Any]]:
    """Link fields, and the records of other objects that point here: at most one statement per card.

    `below`: records stand below this one, so that what points at them is told too.
    """
    tree = tree_of(place)
    cards = [
        link_card(place, item, row)
        for item in place.spec.live_fields
        if item.target and row.links.get(item.key) and not (tree and item.key == tree.key)
    ]
    specs = specs_for(place.actor)
    for reverse in place.spec.reverses:
        other = specs.get(reverse.object_key)
        if tree and reverse.object_key == place.spec.key and reverse.field_key == tree.key:
            continue  # the tree tells of them
        if other and other.enabled and _shown(other, reverse.field_key) and place.actor.may(other.key, "see"):
            cards.append(reverse_card(place, other, reverse.field_key, row, below=below))
    return cards


def _shown(other: ObjectSpec, key: str) -> bool:
    return not other.by_key[key].hidden


def link_card(place: Place, item: Field, row: Row) -> dict[str, Any]:
    links = row.links[item.key]
    target = specs_for(place.actor)[item.target]
    items = [
        {"title": link.title or _("Not visible to you"), "url": f"/{link.object_key}/{link.id}/",
         "id": link.id,
         "square": cells.square(target), "peek": f"/{link.object_key}/{link.id}/peek/"}
        if link.visible else {"title": _("Not visible to you")}
        for link in links[:LINKED]
    ]  # fmt: skip
    count = sum(1 for link in links if link.visible)
    return {
        "title": str(item.label),
        "icon": target.icon,
        "items": items,
        "count": count,
        "all_url": None,
        "add_url": None,
    }


def reverse_card(place: Place, other: ObjectSpec, field_key: str, row: Row, *, below: bool) -> dict[str, Any]:
    op = "within" if below and "within" in other.by_key[field_key].type.operators else "is"
    where = {"field": field_key, "op": op, "value": row.id}
    columns = (*card_columns(other, field_key), *([field_key] if op == "within" else []))
    query = listing.Query(filter=where, columns=columns, limit=LINKED + 1)
    found = listing.page(other, query, place.context).rows
    items = [linked_item(other, one, columns[1:], place) for one in found[:LINKED]]
    for item, one in zip(items, found, strict=False):
        under = [end.title for end in one.links.get(field_key, ()) if end.id != row.id]
        item["sub"] = " · ".join(text for text in (item["sub"], *under) if text) or None
    more = len(found) > LINKED
    may_add = place.actor.may(other.key, "create")
    return {
        "title": str(other.plural),
        "icon": other.icon,
        "items": items,
        "count": f"{LINKED}+" if more else len(items),
        "all_url": f"/{other.key}/?{urlencode({'filter': dump(where)})}" if more else None,
        "add_url": f"/{other.key}/new/?{field_key}={row.id}" if may_add else None,
        "add_text": add_text(other),
    }


def card_columns(other: ObjectSpec, without: str) -> tuple[str, ...]:
    """The name and one field that tells them apart."""
    title = next(item.key for item in other.live_fields if item.column == "title")
    keys = ["job_title", "industry", *other.default_columns]
    plain = [other.by_key[key] for key in keys if key in other.by_key]
    second = [item.key for item in plain if item.type.name in ("text", "email", "choice") and not item.hidden]
    return tuple(dict.fromkeys([title, *[key for key in second if key not in (title, without)][:1]]))


def linked_item(other: ObjectSpec, row: Row, shown: tuple[str, ...], place: Place) -> dict[str, Any]:
    subs = [
        other.by_key[key].type.display(other.by_key[key], row.values.get(key), place.context)
        for key in shown
        if not other.by_key[key].target
    ]
    url = f"/{other.key}/{row.id}/"
    return {
        "title": row.title, "url": url, "id": row.id, "sub": subs[0] if subs and subs[0] else None,
        "square": cells.square(other), "peek": f"{url}peek/",
    }  # fmt: skip


# --- neighbours --------------------------------------------------------------------------


@signed_in
def step(request: HttpRequest, key: str, record_id: int, way: str) -> HttpResponse:
    """On to the record before or after, in the order of the list one came from."""
    place = place_of(request, key)
    get_record(place.spec, place.actor, record_id)
    listed = request.GET.get("list", "")
    state = state_of(place, QueryDict(listed), views_of(place))
    other = listing.neighbour(place.spec, state.query(), place.context, record_id, back=way == "previous")
    if other is None:
        end = (
            _("This is the first record of the list.")
            if way == "previous"
            else _("This is the last record of the list.")
        )
        messages.info(request, end)
    url = place.record_url(other or record_id)
    return HttpResponseRedirect(f"{url}?{urlencode({'list': listed})}" if listed else url)


# --- trash and undo ----------------------------------------------------------------------


@signed_in
@require_POST
def delete(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    place = place_of(request, key)
    title = get_record(place.spec, place.actor, record_id).title
    delete_record(actor=place.actor, spec=place.spec, record_id=record_id)
    text = _("“%(title)s” is in the trash for 30 days.") % {"title": title}
    return done(request, place.url, text, undo_url=f"{place.record_url(record_id)}restore/")


@signed_in
@require_POST
def restore(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    place = place_of(request, key)
    try:
        record = restore_record(actor=place.actor, spec=place.spec, record_id=record_id)
    except Conflict as error:
        if error.code != "merged":
            raise
        messages.error(request, str(error))
        return done(request, came_from(request, place.url))
    text = _("“%(title)s” is back.") % {"title": record.title}
    return done(request, place.record_url(record_id), text)


@signed_in
@require_POST
def undo(request: HttpRequest, key: str, record_id: int, change_id: int) -> HttpResponse:
    """Take back one change; what somebody changed since is kept and named."""
    place = place_of(request, key)
    back = came_from(request, place.record_url(record_id))
    try:
        undone = undo_change(actor=place.actor, spec=place.spec, record_id=record_id, change_id=change_id)
    except AmityError as error:
        if error.status != 409:
            raise
        messages.error(request, str(error))
        return done(request, back)
    if undone.back:
        return done(request, back, parted_text(place, undone.back, undone.kept))
    if undone.restored == ["created"]:
        return done(request, place.url, _("Taken back: the record is in the trash."))
    return done(
        request, back, undone_text(place, undone.kept), undo_url=_again(place, record_id, undone.change_id)
    )


def _again(place: Place, record_id: int, change_id: int | None) -> str:
    return f"{place.record_url(record_id)}undo/{change_id}/" if change_id else ""


def parted_text(place: Place, back: list[str], kept: list[str]) -> str:
    names = ", ".join(f"“{title}”" for title in back)
    text = _("The merge was taken back: %(names)s.") % {"names": names}
    return f"{text} {undone_text(place, kept)}" if kept else text


def undone_text(place: Place, kept: list[str]) -> str:
    if not kept:
        return _("The change was taken back.")
    labels = [str(field.label) for field in (place.spec.field(key) for key in kept) if field]
    return _("Taken back. Kept, because changed since: %(fields)s.") % {"fields": ", ".join(labels)}


__all__ = ["delete", "page", "peek", "record_context", "restore", "step", "undo", "undo_url"]

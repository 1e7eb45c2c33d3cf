"""The list of one object: rows, views, filter, sort, columns, pages, trash. Everything is in the address.

Its other shapes (board, calendar, chart) fill the same frame: see `amity/engines/web/shapes`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from amity.engines.web import cells
from amity.engines.web.bulk.bar import bar_of
from amity.engines.web.exports.views import export_items
from amity.engines.web.filter_rows import Row as FilterRow
from amity.engines.web.filter_rows import posted, rows_of, tree_of
from amity.engines.web.filters_form import chips, editor, grown
from amity.engines.web.forms import Choices
from amity.engines.web.pages import actor_of, is_fragment, render_page, signed_in
from amity.engines.web.shapes.board import board_context, more_cards
from amity.engines.web.shapes.calendar import calendar_context
from amity.engines.web.shapes.chart import chart_context
from amity.engines.web.shapes.grid import grid_of
from amity.engines.web.shapes.switch import ICONS, by_menu, settled, shape_items, sum_menu
from amity.engines.web.state import ListState, dump, state_of, views_of
from amity.engines.web.views.common import Place, add_text, object_tabs, place_of
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Malformed, NotFound
from amity.foundation.core.locales import noun
from amity.foundation.core.money import format_number
from amity.foundation.records import listing
from amity.foundation.records.access import changing
from amity.foundation.records.filters import Tree, compile_tree
from amity.foundation.records.models import SavedView
from amity.foundation.records.shapes import BOARD, CALENDAR, CHART, GRID, PLAIN, TABLE
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import Row

# A range stays in its order on pages that are read from right to left.
LTR, END = "\u2066", "\u2069"
PHONE_SUB = ("link", "email", "text", "phone", "date", "datetime", "country")
PHONE_END = ("choice", "multi_choice", "rating", "boolean")
WITH_ME: Tree = {"related": "sharing", "where": {"op": "with_me"}}
PHONE_VALUE = ("money", "number", "percent")


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Until there is a Home, the first list is it."""
    tabs = object_tabs(actor_of(request), "")
    if not tabs:
        raise NotFound
    return HttpResponseRedirect(tabs[0]["url"])


@signed_in
def page(request: HttpRequest, key: str) -> HttpResponse:
    place = place_of(request, key)
    views = views_of(place)
    state = state_of(place, request.GET, views)
    if request.GET.get("f"):
        return filtered(request, place, state, views)
    if "c" in request.GET:
        return HttpResponseRedirect(state.url(columns=tuple(request.GET.getlist("c")[:40])))
    box = rows_of(place.spec, state.filter, place.context) if state.filter else FilterRow("group")
    _tree, error = built(place, box)
    if error or faulty(box):
        return with_editor(request, place, replace(state, filter=None), views, box, error)
    if "column" in request.GET and state.shape == BOARD and is_fragment(request):
        return render_page(request, "web/records/more_cards.j2", more_cards(request, place, state))
    return shown(request, place, state, views)


def shown(
    request: HttpRequest,
    place: Place,
    state: ListState,
    views: list[SavedView],
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The list in its shape."""
    state = settled(place, state)
    template, content = SHAPES[state.shape]
    context = {**frame(place, state, views), **content(request, place, state), **more}
    return render_page(request, template, context, status=status)


def filtered(request: HttpRequest, place: Place, state: ListState, views: list[SavedView]) -> HttpResponse:
    """A sent filter editor: on to the filtered list, or back to the editor where a row needs another look."""
    box = posted(place.spec, request.GET, place.context)
    if request.GET.get("add"):
        grown(box, request.GET["add"])
        return with_editor(request, place, state, views, box)
    tree, error = built(place, box)
    if error or faulty(box) or any(row.fresh for row in box.walk()):
        return with_editor(request, place, state, views, box, error)
    return HttpResponseRedirect(state.url(filter=tree))


def built(place: Place, box: FilterRow) -> tuple[Tree | None, str]:
    """The tree of an editor's rows, and what is wrong with it as a whole."""
    tree = tree_of(place.spec, box, place.context)
    try:
        compile_tree(place.spec, tree, place.context)
    except Malformed as error:
        return None, str(error)
    return tree, ""


def faulty(box: FilterRow) -> bool:
    return any(row.error for row in box.walk())


def with_editor(
    request: HttpRequest,
    place: Place,
    state: ListState,
    views: list[SavedView],
    box: FilterRow,
    error: str = "",
) -> HttpResponse:
    """The list with the editor standing open; 400 when something in it cannot be."""
    try:
        compile_tree(place.spec, state.filter, place.context)
    except Malformed:
        state = replace(state, filter=None)
    status = 400 if error or faulty(box) else 200
    return shown(
        request,
        place,
        state,
        views,
        status,
        editor=editor(place.spec, state, Choices(place.context), box, error),
    )


def frame(place: Place, state: ListState, views: list[SavedView]) -> dict[str, Any]:
    """What stands around the records, in whatever shape they are."""
    spec, actor = place.spec, place.actor
    choices = Choices(place.context)
    return {
        "spec": spec,
        "state": state,
        "tabs": object_tabs(actor, spec.key),
        "views": view_items(place, state, views),
        "view": next((row for row in views if row.pk == state.view_id), None),
        "may_change_view": may_change(place, state, views),
        "add_label": add_text(spec),
        "plural": noun(spec.plural),
        "may_create": actor.may(spec.key, "create"),
        "may_delete": actor.may(spec.key, "delete"),
        "examples": example_data(actor),
        "filter_lost": filter_lost(state, views),
        "chips": chips(spec, state, choices),
        "editor": editor(spec, state, choices),
        "shapes": shape_items(place, state),
        "by_menu": by_menu(place, state) if state.shape not in PLAIN else None,
        "sum_menu": sum_menu(place, state) if state.shape in (BOARD, CHART) else None,
        "hidden_search": {k: v for k, v in state.params().items() if k not in ("q", "after", "start")},
        "more_items": more_items(place, state),
        "columns_url": f"/{spec.key}/columns/{suffix(state)}",
        "suffix": suffix(state),
    }


def table_context(request: HttpRequest, place: Place, state: ListState) -> dict[str, Any]:
    """The records as rows of a table."""
    found = listing.page(place.spec, state.query(), place.context)
    count, exact = counted(place, state, found)
    return {
        "heads": heads(state, found.columns),
        "rows": drawn_rows(place, state, found),
        "empty": empty_kind(state, found.rows),
        "count": count_text(place, count, exact),
        "count_url": None if exact else state.url() + ("&" if "?" in state.url() else "?") + "exact=1",
        "pager": pager(place, state, found, count, exact),
        "bulk": bar_of(place, state, more=not exact or count > len(found.rows)) if found.rows else None,
    }


def grid_context(request: HttpRequest, place: Place, state: ListState) -> dict[str, Any]:
    """The records as a sheet."""
    found = listing.page(place.spec, state.query(), place.context)
    count, exact = counted(place, state, found)
    return {
        **grid_of(place, state, found),
        "heads": heads(state, found.columns),
        "empty": empty_kind(state, found.rows),
        "count": count_text(place, count, exact),
        "count_url": None if exact else state.url() + ("&" if "?" in state.url() else "?") + "exact=1",
        "pager": pager(place, state, found, count, exact),
    }


SHAPES: dict[str, tuple[str, Callable[[HttpRequest, Place, ListState], dict[str, Any]]]] = {
    TABLE: ("web/records/list.j2", table_context),
    GRID: ("web/records/grid.j2", grid_context),
    BOARD: ("web/records/board.j2", board_context),
    CALENDAR: ("web/records/calendar.j2", calendar_context),
    CHART: ("web/records/chart.j2", chart_context),
}


def filter_lost(state: ListState, views: list[SavedView]) -> bool:
    """Whether the view's own filter names fields that are gone, so that it shows everything."""
    view = next((row for row in views if row.pk == state.view_id), None)
    return view is not None and bool(view.config.get("filter")) and not state.base.get("filter")


def example_data(actor: Actor) -> str:
    """What an administrator may do about the example data: `add`, `remove`; nothing for others."""
    if not actor.admin or actor.read_only:
        return ""
    return "remove" if actor.workspace.demo_batch else "add"


def more_items(place: Place, state: ListState) -> list[dict[str, Any]]:
    spec, actor = place.spec, place.actor
    items: list[dict[str, Any]] = []
    if actor.may(spec.key, "create"):
        items.append({"label": _("Import"), "url": f"/import/?object={spec.key}", "icon": "upload"})
    items += export_items(place, state)
    items.append({"label": _("Data quality"), "url": f"{place.url}quality/", "icon": "gauge"})
    if actor.may(spec.key, "delete"):
        items.append({"label": _("Trash"), "url": f"{place.url}?trash=1", "icon": "trash-2"})
    return items


def suffix(state: ListState) -> str:
    return state.url().removeprefix(f"/{state.key}/")


def counted(place: Place, state: ListState, found: listing.Page) -> tuple[int, bool]:
    """A list that fits on one page needs no counting."""
    if not state.cursor and not found.next_cursor:
        return len(found.rows), True
    return listing.count(place.spec, state.query(), place.context, exact=state.exact)


def count_text(place: Place, count: int, exact: bool) -> str:
    return format_number(count, place.context.language) + ("" if exact else "+")


def pager(place: Place, state: ListState, found: listing.Page, count: int, exact: bool) -> dict[str, Any]:
    size = len(found.rows)
    start = state.start if state.cursor else 0
    text = ""
    if size:
        first, last = (format_number(at, place.context.language) for at in (start + 1, start + size))
        numbers = {"first": f"{LTR}{first}", "last": f"{last}{END}", "count": count_text(place, count, exact)}
        text = _("%(first)s–%(last)s of %(count)s") % numbers
    before, after = found.previous_cursor, found.next_cursor
    return {
        "text": text,
        "previous_url": state.url(cursor=before, start=max(0, start - state.page_size)) if before and start else
        (state.url() if before else None),
        "next_url": state.url(cursor=after, start=start + size) if after else None,
    }  # fmt: skip


def empty_kind(state: ListState, rows: list[Row]) -> str:
    """Why there is nothing: `trash`, `none` matching, or `new` with nothing made yet."""
    if rows:
        return ""
    if state.trash:
        return "trash"
    return "none" if state.filter or state.search or state.cursor else "new"


# --- head and rows -----------------------------------------------------------------------


def heads(state: ListState, columns: tuple[Field, ...]) -> list[dict[str, Any]]:
    """Column heads with the address that sorts by them: up, down, up."""
    sort = state.sort or "title"
    found = []
    for place, item in enumerate(columns):
        key = "title" if item.column == "title" else item.key
        now = {key: "asc", f"-{key}": "desc"}.get(sort)
        sortable = item.sortable or item.column == "title"
        found.append(
            {
                "label": str(item.label),
                "sort_url": state.url(sort=f"-{key}" if now == "asc" else key) if sortable else None,
                "direction": now,
                "numeric": item.type.numeric and item.type.name != "rating",
                "phone": "title" if place == 0 else None,
            }
        )
    return found


def drawn_rows(place: Place, state: ListState, found: listing.Page) -> list[dict[str, Any]]:
    """Rows as markup: the title first, every other cell with its editor's address where one may edit."""
    spec, columns = place.spec, found.columns
    drawing = cells.Drawing(
        place.context, cells.names_for(columns, [row.values for row in found.rows], place.context)
    )
    may_change = changing(spec, place.actor)
    starts = [cell_start(spec, item, slot) for item, slot in zip(columns, phone_slots(columns), strict=True)]
    draws = [cells.column(item, drawing) for item in columns]
    plans = list(zip(draws, starts, strict=True))[1:]
    query = state.hand_on()
    drawn = []
    for row in found.rows:
        editable = not state.trash and may_change(row)
        line = []
        for draw, (plain, before, after) in plans:
            start = f"{before}{row.id}{after}" if editable and before else plain
            line.append(f"{start}{draw(row)}</td>")
        head = title(place, state, columns[0], row, drawing, query)
        drawn.append({"id": row.id, "name": row.title, "title": head, "cells": cells.joined(line)})
    return drawn


def title(place: Place, state: ListState, first: Field, row: Row, drawing: cells.Drawing, query: str) -> Any:
    if state.trash:
        return cells.avatar(row.title, row.id, square=cells.square(place.spec)) + " " + row.title
    return cells.title_cell(place.spec, row, query)


def cell_start(spec: ObjectSpec, item: Field, phone: str) -> tuple[str, str, str]:
    """Start tags of a column's cells: plain, and what stands before and after the record's id in one with an
    editor; empty where the column is not edited in lists."""
    numeric = item.type.numeric and item.type.name != "rating"
    fixed = cells.attributes(**{"class": "num" if numeric else ""}, data_phone=phone)
    if item.read_only or item.type.name in ("file", "long_text"):
        return f"<td{fixed}>", "", ""
    edit = cells.attributes(data_edit=f"/{spec.key}/0/edit/{item.key}/", data_field=item.key, tabindex="-1")
    before, _id, after = edit.partition("/0/")
    return f"<td{fixed}>", f"<td{fixed}{before}/", f"/{after}>"


def phone_slots(columns: tuple[Field, ...]) -> list[str]:
    """On phones a row has four places: title, a line below it, a mark and a value at the end."""
    slots = ["title"] + [""] * (len(columns) - 1)
    for name, kinds in (("sub", PHONE_SUB), ("end", PHONE_END), ("value", PHONE_VALUE)):
        for place, item in enumerate(columns):
            if not slots[place] and item.type.name in kinds:
                slots[place] = name
                break
    return slots


# --- views -------------------------------------------------------------------------------


def view_items(place: Place, state: ListState, views: list[SavedView]) -> list[dict[str, Any]]:
    everything = {
        "label": _("All"),
        "url": place.url,
        "icon": place.spec.icon,
        "active": state.view_id is None and not state.trash,
    }
    trash = {"label": _("Trash"), "url": f"{place.url}?trash=1", "icon": "trash-2", "active": True}
    to_me = {
        "label": _("Shared with me"),
        "url": f"{place.url}?{urlencode({'filter': dump(WITH_ME)})}",
        "icon": "share-2",
        "active": state.view_id is None and not state.trash and state.filter == WITH_ME,
    }
    items = [
        {
            "label": row.name,
            "url": f"{place.url}?view={row.pk}",
            "icon": ICONS.get(row.config.get("shape", TABLE), ICONS[TABLE]),
            "active": row.pk == state.view_id and not state.trash,
            "shared": row.owner_id is None,
        }
        for row in views
    ]
    everything["active"] = everything["active"] and not to_me["active"]
    shared = [to_me] if place.actor.shared else []
    return [everything, *shared, *items, *([trash] if state.trash else [])]


def may_change(place: Place, state: ListState, views: list[SavedView]) -> bool:
    view = next((row for row in views if row.pk == state.view_id), None)
    if view is None or place.actor.read_only:
        return False
    return place.actor.admin or view.created_by_id == place.actor.user_id


# --- fragments ---------------------------------------------------------------------------


@signed_in
def filter_form(request: HttpRequest, key: str) -> HttpResponse:
    """The editor's form again after a field or condition was chosen or a row added."""
    place = place_of(request, key)
    state = state_of(place, request.GET, views_of(place))
    box = posted(place.spec, request.GET, place.context)
    grown(box, request.GET.get("add", ""))
    context = {"spec": place.spec, "editor": editor(place.spec, state, Choices(place.context), box)}
    return render_page(request, "web/records/filter_form.j2", context)


@signed_in
def columns(request: HttpRequest, key: str) -> HttpResponse:
    """Which columns, in which order: a form that goes on to the list."""
    place = place_of(request, key)
    state = state_of(place, request.GET, views_of(place))
    chosen = request.GET.getlist("c") or list(state.columns or place.spec.default_columns)
    order = moved(chosen, request.GET.get("up", ""))
    kept = {
        k: v for k, v in replace(state, columns=()).params().items() if k not in ("columns", "after", "start")
    }
    first = place.spec.field(order[0]) if order else None
    shown = [
        item
        for item in (place.spec.field(one) for one in order)
        if item and not item.hidden and not item.archived
    ]
    rest = [item for item in place.spec.live_fields if item not in shown]
    context = {
        "spec": place.spec,
        "shown": shown,
        "rest": rest,
        "kept": kept,
        "first": first,
        "tabs": object_tabs(place.actor, key),
    }
    block = "form" if request.headers.get("HX-Request") else ""
    return render_page(request, "web/records/columns.j2", context, block=block)


def moved(keys: list[str], key: str) -> list[str]:
    """The list with one key a place further to the start; the title column stays first."""
    if key not in keys or keys.index(key) < 2:
        return keys
    at = keys.index(key)
    return [*keys[: at - 1], key, keys[at - 1], *keys[at + 1 :]]

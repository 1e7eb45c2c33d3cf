"""What a list shows, and how its address says so: view, filter, sort, search, columns, shape, page, trash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from django.http import QueryDict
from django.utils.translation import gettext as _

from amity.engines.web.views.common import Place
from amity.foundation.core.errors import Malformed
from amity.foundation.records.filters import Tree, compile_tree
from amity.foundation.records.listing import Query, order_of
from amity.foundation.records.models import SavedView
from amity.foundation.records.shapes import (
    GRID,
    NARROWEST,
    PLAIN,
    TABLE,
    WIDEST,
    check_widths,
    field_for,
    fields_for,
    sum_field,
)

PAGE, GRID_PAGE = 50, 100
MAX_ADDRESS = 4000
ADDRESS = ("filter", "sort", "q", "columns", "shape", "by", "sum", "widths")


@dataclass(frozen=True)
class ListState:
    """One list as its address tells it. `base` is what the saved view says; the address the difference."""

    key: str
    view_id: int | None = None
    base: dict[str, Any] = field(default_factory=dict)
    filter: Tree | None = None
    sort: str = ""
    search: str = ""
    columns: tuple[str, ...] = ()
    cursor: str = ""
    start: int = 0
    trash: bool = False
    exact: bool = False
    shape: str = TABLE
    by: str = ""
    sum: str = ""
    month: str = ""
    widths: dict[str, int] = field(default_factory=dict)

    @property
    def page_size(self) -> int:
        return GRID_PAGE if self.shape == GRID else PAGE

    def query(self) -> Query:
        return Query(
            filter=self.filter, sort=self.sort, search=self.search, columns=self.columns, cursor=self.cursor,
            limit=self.page_size, trash=self.trash,
        )  # fmt: skip

    @property
    def config(self) -> dict[str, Any]:
        """What a saved view keeps."""
        found = {
            "filter": self.filter,
            "sort": self.sort,
            "columns": list(self.columns),
            "search": self.search,
            "shape": self.shape,
            "by": self.by,
            "sum": self.sum,
            "widths": self.widths,
        }
        return {name: value for name, value in found.items() if value}

    @property
    def changed(self) -> bool:
        """Whether the list differs from its view."""
        return self.config != self.base

    def params(self) -> dict[str, str]:
        """The query of the address: only what the view does not say already."""
        said: dict[str, str] = {}
        if self.view_id:
            said["view"] = str(self.view_id)
        texts = {
            "filter": dump(self.filter),
            "sort": self.sort,
            "q": self.search,
            "columns": ",".join(self.columns),
            "shape": self.shape,
            "by": self.by,
            "sum": self.sum,
            "widths": dump_widths(self.widths),
        }
        base = config_texts(self.base)
        said |= {name: text for name, text in texts.items() if text != base[name]}
        rest = {
            "after": self.cursor,
            "start": str(self.start or ""),
            "trash": "1" if self.trash else "",
            "month": self.month,
        }
        return said | {name: text for name, text in rest.items() if text}

    def url(self, **changes: Any) -> str:
        """The list's address with something changed; a change starts at the first page again."""
        fresh: dict[str, Any] = {} if "cursor" in changes else {"cursor": "", "start": 0}
        params = replace(self, **fresh, **changes).params()
        return f"/{self.key}/{'?' + urlencode(params) if params else ''}"

    def within(self, line: Tree) -> str:
        """The table of those records that a group, a day or a bar stands for."""
        own = self.filter
        nodes = own["and"] if own and set(own) == {"and"} else [own] if own else []
        return self.url(
            shape=TABLE, by="", sum="", month="", widths={}, filter={"and": [*nodes, line]} if nodes else line
        )

    def hand_on(self) -> str:
        """A query for record pages, so that next and previous follow this list's order."""
        params = replace(self, cursor="", start=0, columns=()).params()
        params.pop("columns", None)
        text = urlencode(params)
        return f"?list={quote(text)}" if text and len(text) < MAX_ADDRESS else ""


def dump(tree: Tree | None) -> str:
    return orjson.dumps(tree).decode() if tree else ""


def dump_widths(widths: dict[str, int]) -> str:
    return ",".join(f"{key}.{width}" for key, width in widths.items())


def read_widths(text: str) -> dict[str, int]:
    """Pixels by field key; what is no width is left out, and what is too much is brought within the limits."""
    pairs = (pair.rpartition(".") for pair in text.split(",")[:60])
    return {
        key: max(NARROWEST, min(WIDEST, int(width)))
        for key, _dot, width in pairs
        if key and width.isascii() and width.isdecimal() and len(width) < 6
    }


def config_texts(config: dict[str, Any]) -> dict[str, str]:
    return {
        "filter": dump(config.get("filter")),
        "sort": config.get("sort", ""),
        "q": config.get("search", ""),
        "columns": ",".join(config.get("columns", [])),
        "shape": config.get("shape", TABLE),
        "by": config.get("by", ""),
        "sum": config.get("sum", ""),
        "widths": dump_widths(config.get("widths", {})),
    }


def views_of(place: Place) -> list[SavedView]:
    """Shared views and one's own private ones, in order."""
    rows = SavedView.unscoped.filter(workspace_id=place.actor.workspace_id, object_type_id=place.spec.type_id)
    return [row for row in rows.order_by("position", "id") if row.owner_id in (None, place.actor.user_id)]


def state_of(place: Place, data: QueryDict, views: list[SavedView]) -> ListState:
    """Read a list's query. Raises Malformed for what cannot be read; unknown views mean the whole list."""
    view = next((row for row in views if str(row.pk) == data.get("view")), None)
    base = known_config(place, view.config) if view else {}
    said = {
        **config_texts(base),
        **{name: str(data[name]) for name in ADDRESS if name in data},
    }
    trash = data.get("trash") == "1"
    fields_for(place.spec, said["shape"])
    start = data.get("start", "")
    return ListState(
        key=place.spec.key,
        view_id=view.pk if view else None,
        base=base,
        filter=read_tree(said["filter"]),
        sort=said["sort"],
        search=said["q"].strip()[:200],
        columns=tuple(key for key in said["columns"].split(",") if key),
        cursor=data.get("after", ""),
        start=int(start) if start.isdecimal() and len(start) < 9 else 0,
        trash=trash,
        exact=data.get("exact") == "1",
        shape=TABLE if trash else said["shape"],
        by=said["by"],
        sum=said["sum"],
        month=data.get("month", ""),
        widths=read_widths(said["widths"]),
    )


def known_config(place: Place, config: dict[str, Any]) -> dict[str, Any]:
    """A view outlives its fields: columns, a sort, a grouping or a whole filter by what is gone are left out."""
    live = {item.key for item in place.spec.live_fields}
    columns = [key for key in config.get("columns", []) if key in live]
    known = {**config, "columns": columns}
    shape = config.get("shape", TABLE)
    checks: dict[str, Callable[[Any], object]] = {
        "sort": lambda sort: order_of(place.spec, sort or ""),
        "shape": lambda _shape: shape in PLAIN or field_for(place.spec, shape),
        "by": lambda by: shape in PLAIN or field_for(place.spec, shape, by or ""),
        "sum": lambda key: sum_field(place.spec, key or ""),
        "widths": lambda widths: check_widths(widths or {}),
        "filter": lambda tree: compile_tree(place.spec, tree, place.context),
    }
    for name, check in checks.items():
        try:
            check(config.get(name))
        except Malformed:
            known.pop(name, None)
    return {key: value for key, value in known.items() if key != "columns" or columns}


def read_tree(text: str) -> Tree | None:
    if not text:
        return None
    try:
        tree = orjson.loads(text)
        orjson.dumps(tree)  # what is nested too deeply can be read, and never be written into an address
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise Malformed(_("This filter cannot be read.")) from error
    if not isinstance(tree, dict):
        raise Malformed(_("This filter cannot be read."))
    return tree

"""What the bar over a list offers for the ticked rows; nothing for those who may change nothing."""

from __future__ import annotations

from typing import Any

from amity.engines.web.exports.views import export_items
from amity.engines.web.state import ListState
from amity.engines.web.views.common import Place


def bar_of(place: Place, state: ListState, *, more: bool) -> dict[str, Any] | None:
    """`more`: the query finds more than this page shows, so everything it finds can be chosen too."""
    may_edit = place.actor.may(place.spec.key, "edit") and not state.trash
    may_delete = place.actor.may(place.spec.key, "delete")
    exports = export_items(place, state, selection=True)
    if not (may_edit or may_delete or exports):
        return None
    query = state.url(cursor=state.cursor, start=state.start).removeprefix(place.url)
    only = f"{query}{'&' if query else '?'}only="
    return {
        "url": f"{place.url}bulk/{query}",
        "edit_url": f"{place.url}bulk/edit/{query}" if may_edit else "",
        "tag_url": f"{place.url}bulk/edit/{only}tags" if may_edit else "",
        "assign_url": f"{place.url}bulk/edit/{only}owner" if may_edit else "",
        "do": ("restore" if state.trash else "delete") if may_delete else "",
        "merge_url": f"{place.url}merge/" if may_edit and may_delete else "",
        "exports": exports,
        "more": more,
    }

"""What the pages of bulk changes show: plain texts, numbers and addresses for the templates."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from amity.engines.web import cells
from amity.engines.web.bulk.forms import ways_of
from amity.engines.web.runs import changed_while, list_url, state_text
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.money import format_number
from amity.foundation.records.access import among_records, reach
from amity.foundation.records.context import context_for
from amity.foundation.records.models import BulkRun
from amity.foundation.records.objects import specs_for
from amity.foundation.records.services.bulk import spec_of_run
from amity.foundation.records.services.records import as_list
from amity.foundation.records.services.runs import BUSY, UNDOABLE
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import LinkedRecord, Row

TITLES = {
    "edit": gettext_lazy("Bulk change"),
    "cells": gettext_lazy("Change in the grid"),
    "delete": gettext_lazy("Bulk deletion"),
    "restore": gettext_lazy("Bringing back"),
}
REASONS = {
    "gone": gettext_lazy("not there any more"),
    "denied": gettext_lazy("you may not change it"),
    "taken": gettext_lazy("the value is in use by another record"),
    "needed": gettext_lazy("a field that is needed would be empty"),
    "unseen": gettext_lazy("it holds a link that you cannot see"),
    "circle": gettext_lazy("it would stand below itself, or too deep"),
    "too_many": gettext_lazy("it has as many tags or links as a record can take"),
}
SHOWN = 50


def number(value: int, actor: Actor) -> str:
    return format_number(value, actor.language)


def outcome_text(run: BulkRun, actor: Actor) -> str:
    """One line of what came of it."""
    n = run.changed
    if not n:
        return _("Nothing needed changing.")
    texts = {
        "edit": ngettext("%(n)s record changed.", "%(n)s records changed.", n),
        "cells": ngettext("%(n)s record changed.", "%(n)s records changed.", n),
        "delete": ngettext("%(n)s record deleted.", "%(n)s records deleted.", n),
        "restore": ngettext("%(n)s record brought back.", "%(n)s records brought back.", n),
    }
    return texts[run.action] % {"n": number(n, actor)}


def undone_text(run: BulkRun, actor: Actor) -> str:
    told = run.results["undo"]
    n = told["reverted"] + told["restored"] + told["trashed"]
    text = ngettext(
        "Taken back: %(n)s record is as it was.", "Taken back: %(n)s records are as they were.", n
    )
    return text % {"n": number(n, actor)}


def line_of(run: BulkRun, actor: Actor) -> dict[str, Any]:
    """The menu's line."""
    spec = spec_of_run(run, actor)
    words, colour = state_text(run.state)
    return {
        "url": f"/bulk/{run.pk}/",
        "name": f"{TITLES[run.action]} · {spec.plural}",
        "word": _("Changes"),
        "icon": "pencil",
        "state": words,
        "colour": colour,
        "busy": run.state in BUSY,
        "percent": 100 * run.position // max(1, run.total) if run.state == "running" else 0,
        "counts": outcome_text(run, actor) if run.state not in BUSY else "",
    }


def result_of(run: BulkRun, actor: Actor) -> dict[str, Any]:
    """The page of a run."""
    spec = spec_of_run(run, actor)
    line = line_of(run, actor)
    undone = run.results.get("undo") if run.state == "undone" else None
    return {
        "run": run,
        "spec": spec,
        "line": line,
        "title": str(TITLES[run.action]),
        "progress_text": _("%(done)s of %(total)s")
        % {"done": number(run.position, actor), "total": number(run.total, actor)},
        "percent": line["percent"] if run.state == "running" else None,
        "steps": steps_of(run, spec, actor),
        "cards": cards(run, spec, actor),
        "reasons": [
            (str(REASONS[code]), number(n, actor)) for code, n in run.results.get("reasons", {}).items()
        ],
        "refused": refused_of(run, spec, actor),
        "may_undo": run.state in UNDOABLE and bool(run.changed) and not actor.read_only,
        "undone": undone,
        "undone_text": undone_text(run, actor) if undone else "",
        "kept": undone["kept"][:SHOWN] if undone else [],
    }


def cards(run: BulkRun, spec: ObjectSpec, actor: Actor) -> list[dict[str, Any]]:
    """The three counts; the changed ones with the list that shows them."""
    changed = {
        "edit": pgettext("records", "Changed"),
        "cells": pgettext("records", "Changed"),
        "delete": _("Deleted"),
        "restore": _("Brought back"),
    }[run.action]
    url = None
    if run.changed and run.state not in (*BUSY, "undone"):
        trash = run.action == "delete"
        url = f"/{spec.key}/?trash=1" if trash else list_url(spec, {"and": changed_while(run, "updated_at")})
    if run.action == "restore":
        url = None
    texts = [
        (changed, "check", "green", run.changed, url),
        (_("Unchanged"), "minus", "grey", run.unchanged, None),
        (_("Refused"), "circle-alert", "red", run.refused, "#refused" if run.refused else None),
    ]
    return [
        {
            "label": label,
            "value": number(n, actor),
            "icon": icon,
            "colour": colour if n else "grey",
            "url": url,
        }
        for label, icon, colour, n, url in texts
    ]


def refused_of(run: BulkRun, spec: ObjectSpec, actor: Actor) -> list[dict[str, Any]]:
    """Some of the refused records, by name as far as the reader sees them today."""
    listed = run.results.get("refused", [])[:SHOWN]
    rows = among_records(spec, actor.workspace_id, [pk for pk, _code in listed]).filter(
        reach(spec, actor, "see")
    )
    titles: dict[int, tuple[str, bool]] = {
        pk: (title, gone is None) for pk, title, gone in rows.values_list("pk", "title", "deleted_at")
    }
    return [
        {
            "title": titles[pk][0],
            "url": f"/{spec.key}/{pk}/" if titles[pk][1] else None,
            "reason": str(REASONS[code]),
        }
        for pk, code in listed
        if pk in titles
    ]


# --- what was done to the fields -----------------------------------------------------------------


def steps_of(run: BulkRun, spec: ObjectSpec, actor: Actor) -> list[dict[str, Any]]:
    """Field, way and value of each step, as far as the reader knows the field."""
    found = []
    for change in run.changes:
        item = spec.field(change["field"])
        if item is not None and not item.hidden and not item.archived:
            words = dict(ways_of(item)).get(change["op"], _("Clear"))
            found.append(
                {"label": str(item.label), "way": words, "value": drawn(item, change["value"], actor)}
            )
    return found


def drawn(item: Field, value: Any, actor: Actor) -> Any:
    """A value as a record page shows it."""
    context = context_for(actor)
    row = Row((0, "", None, 0, None), {item.key: value})
    if item.target:
        row.links[item.key] = linked(item, as_list(value), actor)
    return cells.fact(item, row, cells.Drawing(context, cells.names_for([item], [row.values], context)))


def linked(item: Field, ids: list[int], actor: Actor) -> list[LinkedRecord]:
    target = specs_for(actor)[item.target]
    rows = among_records(target, actor.workspace_id, ids).filter(reach(target, actor, "see"), deleted_at=None)
    titles = dict(rows.values_list("pk", "title"))
    return [LinkedRecord(item.target, pk if pk in titles else 0, titles.get(pk, "")) for pk in ids]


__all__ = ["line_of", "outcome_text", "result_of", "undone_text"]

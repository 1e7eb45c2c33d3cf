"""What the import pages show: plain texts, numbers and addresses for the templates."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from amity.engines.web.imports import forms
from amity.engines.web.runs import changed_while, list_url, state_text
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Membership
from amity.foundation.core import clock
from amity.foundation.core.errors import Conflict, Invalid
from amity.foundation.core.money import format_number
from amity.foundation.records.access import visible_among
from amity.foundation.records.importing.engine import Rules
from amity.foundation.records.importing.mapping import Proposal
from amity.foundation.records.importing.match import keys_offered
from amity.foundation.records.importing.shapes import SHAPES
from amity.foundation.records.models import ImportRefusal, ImportRun
from amity.foundation.records.objects import enabled_specs, spec_by_type
from amity.foundation.records.services import imports
from amity.foundation.records.services.claims import open_claims
from amity.foundation.records.services.import_files import reasons_of
from amity.foundation.records.services.import_preview import Preview, preview
from amity.foundation.records.services.import_results import TOLD_PAIRS
from amity.foundation.records.services.runs import UNDOABLE
from amity.foundation.records.spec import ObjectSpec

ENCODINGS = (
    "utf-8", "utf-16", "cp1252", "cp1254", "cp1251", "cp1250", "iso-8859-1", "iso-8859-9", "cp1256", "shift_jis",
    "gb18030",    "euc_kr",
)  # fmt: skip
SEPARATORS = (",", ";", "\t", "|")
REFUSED_SHOWN = 100
PAIRS_SHOWN = 20


def line_of(run: ImportRun, actor: Actor) -> dict[str, Any]:
    """One run in the list."""
    spec = spec_by_type(actor, run.object_type_id)
    words, colour = state_text(run.state)
    return {
        "url": f"/import/{run.pk}/",
        "name": run.file_name,
        "object": str(spec.plural) if spec else "",
        "state": words,
        "colour": colour,
        "busy": run.state in ("running", "undoing"),
        "word": _("Import"),
        "icon": "upload",
        "percent": int(run.share * 100),
        "counts": counts_text(run, actor),
        "who": str(run.actor) if run.actor else "",
        "who_id": run.actor_id or 0,
        "when": clock.human_time(run.created_at, actor.zone, actor.language, clock.now()),
        "iso": run.created_at.isoformat(),
    }


def counts_text(run: ImportRun, actor: Actor) -> str:
    if run.state == "draft":
        return ""
    texts = [
        ngettext("%(n)s created", "%(n)s created", run.created) % {"n": number(run.created, actor)},
        ngettext("%(n)s updated", "%(n)s updated", run.updated) % {"n": number(run.updated, actor)},
    ]
    if run.refused:
        texts.append(
            ngettext("%(n)s refused", "%(n)s refused", run.refused) % {"n": number(run.refused, actor)}
        )
    return " · ".join(texts)


def number(value: int, actor: Actor) -> str:
    return format_number(value, actor.language)


# --- draft --------------------------------------------------------------------------------------


def draft_of(run: ImportRun, actor: Actor) -> dict[str, Any]:
    """Everything the draft page shows; a file that cannot be read any more is an error, not a crash."""
    spec = imports.spec_of_run(run, actor)
    proposal, rules = Proposal.from_json(run.mapping), Rules.from_json(run.rules)
    try:
        seen, errors = preview(actor=actor, run=run), []
    except (Invalid, Conflict) as error:
        texts = [item.message for item in error.errors] if isinstance(error, Invalid) else [str(error)]
        seen, errors = Preview([column.column for column in proposal.columns], [], []), texts
    rows = forms.column_rows(proposal, spec, actor, seen.samples)
    return {
        "run": run,
        "spec": spec,
        "errors": errors,
        "recognised": recognised_text(proposal),
        "foreign": foreign_text(proposal, run, spec, actor),
        "columns": rows,
        "groups": column_groups(rows),
        "objects": [(item.key, str(item.plural)) for item in imports.importable(actor, enabled_specs(actor))],
        "file": run.results.get("file", {}),
        "reading": run.reading,
        "sheets": [(name, name) for name in run.results.get("file", {}).get("sheets", [])],
        "encodings": [(name, name) for name in ENCODINGS],
        "separators": [(",", _("Comma")), (";", _("Semicolon")), ("\t", _("Tab")), ("|", _("Bar"))],
        "keys": forms.key_names(spec, keys_offered(spec)),
        "rules": rules,
        "tags": ", ".join(run.rules.get("tags") or []),
        "tag_example": _("import %(day)s") % {"day": clock.today(actor.zone).isoformat()},
        "owners": owners_of(actor),
        "winners": winner_rows(proposal, spec, rules),
        "preview": preview_of(seen, proposal, spec, actor),
        "admin": actor.admin,
    }


def recognised_text(proposal: Proposal) -> str:
    mapped = sum(1 for column in proposal.columns if column.action == "map")
    label = next((shape.label for shape in SHAPES if shape.key == proposal.shape), "")
    numbers = {"shape": label, "n": mapped, "all": len(proposal.columns)}
    if label:
        return _("%(shape)s export: %(n)s of %(all)s columns recognised.") % numbers
    return _("%(n)s of %(all)s columns recognised.") % numbers


def foreign_text(proposal: Proposal, run: ImportRun, spec: ObjectSpec, actor: Actor) -> str:
    """Files of deals where there are none: what can be done with them."""
    shape = next((item for item in SHAPES if item.key == proposal.shape), None)
    here = {item.key for item in enabled_specs(actor)}
    if shape is None or shape.object == spec.key or (shape.object in here and shape.object != "deals"):
        return ""
    if shape.object == "deals" and "deals" not in here:
        return _(
            "Each row of this file is a deal. Import the people in it, or make an object for deals "
            "under Settings and choose it here."
        )
    return ""


def column_groups(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mapping in parts: what goes in, what is new; folded what is empty and what stays out."""
    parts = (
        ("map", _("Goes into fields"), ("sure", "unsure")),
        ("new", _("New fields"), ("new",)),
        ("empty", _("Empty columns"), ("empty",)),
        ("skip", _("Left out"), ("skip",)),
    )
    found = [
        {"key": key, "title": title, "rows": [r for r in rows if r["state"] in states]}
        for key, title, states in parts
    ]
    return [group for group in found if group["rows"]]


def winner_rows(proposal: Proposal, spec: ObjectSpec, rules: Rules) -> list[dict[str, str]]:
    """Mapped plain fields, for which one may say whose value stays."""
    keys = dict.fromkeys(c.target for c in proposal.columns if c.action == "map" and c.target in spec.by_key)
    return [
        {"key": key, "label": str(spec.by_key[key].label), "value": rules.winner.get(key, "")}
        for key in keys
        if key
    ]


def owners_of(actor: Actor) -> list[tuple[int, str]]:
    rows = Membership.unscoped.filter(workspace_id=actor.workspace_id, is_active=True).select_related("user")
    return sorted(((row.user_id, str(row.user)) for row in rows[:500]), key=lambda pair: pair[1].casefold())


def preview_of(seen: Preview, proposal: Proposal, spec: ObjectSpec, actor: Actor) -> dict[str, Any]:
    """Mapped columns of the first rows, problems cell by cell, and the counts."""
    places = range(min(len(proposal.columns), len(seen.columns)))
    used = [place for place in places if proposal.columns[place].action != "skip" and seen.samples[place]]
    bad = {place for row in seen.rows for place in row.problems}
    used.sort(key=lambda place: place not in bad)
    heads = []
    for place in used:
        column = proposal.columns[place]
        field = spec.by_key.get(column.target or "")
        heads.append({"column": column.column, "field": str(field.label) if field else column.column})
    rows = [
        {
            "number": row.number,
            "cells": [
                (row.cells[place] if place < len(row.cells) else "", row.problems.get(place, ""))
                for place in used
            ],
            "problem": " ".join(text for place, text in row.problems.items() if place not in used),
        }
        for row in seen.rows
    ]
    labels = {key: str(spec.by_key[key].label) for key in seen.left_out if key in spec.by_key}
    return {
        "heads": heads,
        "rows": rows,
        "seen": seen,
        "checked": number(seen.checked, actor),
        "left_out": [(labels.get(key, key), count) for key, count in seen.left_out.items()],
    }


def sound_reading(reading: dict[str, str]) -> dict[str, str]:
    """Only encodings and separators that are offered; a sheet is checked by its reader."""
    kept = {"sheet": reading["sheet"][:200]}
    kept["encoding"] = reading["encoding"] if reading["encoding"] in ENCODINGS else ""
    kept["separator"] = reading["separator"] if reading["separator"] in SEPARATORS else ""
    return kept


# --- running and after --------------------------------------------------------------------------


def result_of(run: ImportRun, actor: Actor) -> dict[str, Any]:
    """The page of a run that began."""
    spec = spec_by_type(actor, run.object_type_id)
    words, colour = state_text(run.state)
    refusals = (
        list(ImportRefusal.unscoped.filter(run=run).order_by("id")[:REFUSED_SHOWN]) if run.refused else []
    )
    conflicts = conflicts_from(run, spec, actor)
    did = run.created or run.updated or conflicts["count"]
    return {
        "run": run,
        "spec": spec,
        "line": line_of(run, actor),
        "state": words,
        "colour": colour,
        "busy": run.state in ("running", "undoing"),
        "percent": int(run.share * 100) if run.state == "running" else None,
        "cards": cards(run, spec, actor),
        "columns": [column["column"] for column in run.mapping.get("columns", [])],
        "refusals": [{"number": r.number, "reasons": reasons_of(r), "cells": r.cells} for r in refusals],
        "more_refused": max(0, run.refused - len(refusals)),
        "duplicates": duplicates_of(run, spec, actor),
        "both": pairs_of(run.results.get("both", []), spec, actor),
        "left_out": left_out_of(run, spec),
        "conflicts": conflicts,
        "may_undo": run.state in UNDOABLE and run.batch_id is not None and bool(did),
        "undone": run.results.get("undo"),
        "admin": actor.admin,
    }


def conflicts_from(run: ImportRun, spec: ObjectSpec | None, actor: Actor) -> dict[str, Any]:
    """How many answers of the file wait for somebody, and where."""
    if spec is None or not run.batch_id:
        return {"count": 0}
    rows = open_claims(spec, actor).filter(batch_id=run.batch_id)
    count = rows.count()
    text = ngettext(
        "%(n)s value of the file differs from its record's and waits to be chosen.",
        "%(n)s values of the file differ from their records' and wait to be chosen.",
        count,
    )
    source = rows.values_list("source", flat=True).first() or ""
    url = f"/{spec.key}/conflicts/?{urlencode({'source': source})}"
    return {"count": count, "text": text % {"n": number(count, actor)}, "url": url}


def cards(run: ImportRun, spec: ObjectSpec | None, actor: Actor) -> list[dict[str, Any]]:
    """The four counts, with addresses of lists where a list can show them."""
    texts = [
        ("created", pgettext("rows of an import", "Created"), "plus", "green", run.created),
        ("updated", _("Updated"), "pencil", "blue", run.updated),
        ("skipped", _("Unchanged"), "minus", "grey", run.skipped),
        ("refused", _("Refused"), "circle-alert", "red", run.refused),
    ]
    return [
        {"label": label, "value": number(count, actor), "icon": icon, "colour": colour if count else "grey",
         "url": card_url(key, run, spec) if count else None}
        for key, label, icon, colour, count in texts
    ]  # fmt: skip


def card_url(key: str, run: ImportRun, spec: ObjectSpec | None) -> str | None:
    if key == "refused":
        return "#refused"
    if spec is None or run.dry_run or run.state == "undone" or key == "skipped":
        return None
    tags = run.rules.get("tags") or []
    if tags:
        return list_url(spec, {"field": "tags", "op": "has", "value": tags[0]})
    lines = (
        [{"field": "created_by", "op": "is", "value": run.actor_id}]
        if key == "created" and run.actor_id
        else []
    )
    at = "created_at" if key == "created" else "updated_at"
    return list_url(spec, {"and": [*lines, *changed_while(run, at)]})


def duplicates_of(run: ImportRun, spec: ObjectSpec | None, actor: Actor) -> dict[str, Any]:
    """New records that share a name with another: the first pairs, as far as the reader sees both."""
    told = run.results.get("duplicates") or {"count": 0, "pairs": []}
    shown = pairs_of(told["pairs"], spec, actor)
    more = "+" if told["count"] >= TOLD_PAIRS else ""
    return {"count": number(told["count"], actor) + more if shown else "", "pairs": shown}


def pairs_of(pairs: list[list[int]], spec: ObjectSpec | None, actor: Actor) -> list[dict[str, Any]]:
    """The first pairs of which the reader sees both; pairs that were merged since are over."""
    some = pairs[:PAIRS_SHOWN]
    ids = {pk for pair in some for pk in pair}
    titles = dict(visible_among(spec, actor, ids).values_list("pk", "title")) if spec and ids else {}
    may_merge = spec is not None and actor.may(spec.key, "edit") and actor.may(spec.key, "delete")
    return [
        {
            "title": titles[mine],
            "url": f"/{spec.key}/{mine}/",
            "other_url": f"/{spec.key}/{other}/",
            "other": titles[other],
            "merge_url": f"/{spec.key}/merge/?ids={mine}&ids={other}" if may_merge else "",
        }
        for mine, other in some
        if spec and mine in titles and other in titles
    ]


def left_out_of(run: ImportRun, spec: ObjectSpec | None) -> list[tuple[str, int]]:
    found = run.results.get("left_out", {})
    return [
        (str(spec.by_key[key].label), count) for key, count in found.items() if spec and key in spec.by_key
    ]


__all__ = ["draft_of", "line_of", "result_of", "sound_reading"]

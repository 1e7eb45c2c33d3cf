"""The draft's form: a mapping as select boxes, and back from what was posted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.locales import noun
from amity.foundation.records.fieldtypes import TYPES
from amity.foundation.records.fieldtypes.contact import ADDRESS_PARTS
from amity.foundation.records.importing.mapping import ColumnProposal, Proposal, Target
from amity.foundation.records.importing.targets import targets_of
from amity.foundation.records.services.imports import WINNERS
from amity.foundation.records.spec import ObjectSpec

NEW = "+"  # "+date": a new field of that type
NEW_TYPES = (
    "text", "long_text", "number", "money", "percent", "date", "datetime", "boolean", "choice", "multi_choice",
    "email", "phone", "url", "country", "rating",
)  # fmt: skip


def part_names() -> dict[str, str]:
    names = (
        _("Street"), _("Street, second line"), _("PO box"), _("City"), _("Region"), _("Postal code"), _("Country"),
    )  # fmt: skip
    return {
        **dict(zip(ADDRESS_PARTS, names, strict=True)),
        "formatted": _("whole address"),
        "label": _("Label"),
    }


def label_names() -> list[tuple[str, str]]:
    return [
        ("", "—"), ("work", _("Work")), ("home", _("Home")), ("mobile", _("Mobile")), ("other", _("Other")),
        ("fax", _("Fax")), ("billing", _("Billing")), ("shipping", _("Shipping")),
    ]  # fmt: skip


def choice_of(column: ColumnProposal, forms: dict[str, str]) -> str:
    """What the column's select box says: "" left out, "+type" a new field, "key" or "key.part"."""
    if column.action == "skip" or not column.target:
        return ""
    if column.action == "new":
        return NEW + column.guess_type
    parted = forms.get(column.target) == "address" or column.part == "label"
    return f"{column.target}.{column.part}" if parted else column.target


def column_rows(
    proposal: Proposal, spec: ObjectSpec, actor: Actor, samples: list[list[str]]
) -> list[dict[str, Any]]:
    """One line of the mapping table per column."""
    targets = targets_of(spec, actor)
    forms = {target.key: target.form for target in targets}
    base = target_options(targets, actor)
    offered = {value for group in base for value, _text in group["options"]}
    labels, parts = {target.key: target.label for target in targets}, part_names()
    known_labels = {key for key, _text in label_names()}
    rows = []
    for place, column in enumerate(proposal.columns):
        value = choice_of(column, forms)
        extra = [] if value in offered or not value else [(value, _own_text(value, labels, parts))]
        special = forms.get(column.target or "") in ("points", "address") and column.action == "map"
        more = [] if column.label in known_labels else [(column.label, column.label)]
        rows.append({
            "place": place, "name": column.column, "value": value, "options": [*extra, *base],
            "samples": samples[place] if place < len(samples) else [],
            "labels": [*label_names(), *more] if special and not column.group and column.part != "label" else [],
            "label": column.label, "note": column.note,
            "state": state_of(column, empty=not any(samples[place:place + 1])),
        })  # fmt: skip
    return rows


def state_of(column: ColumnProposal, *, empty: bool) -> str:
    """sure, unsure, new, skip or empty (mapped, but nothing is in it)."""
    if column.action == "skip":
        return "skip"
    if empty:
        return "empty"
    if column.action == "new":
        return "new"
    return "sure" if column.confidence >= 0.8 else "unsure"


def _own_text(value: str, labels: dict[str, str], parts: dict[str, str]) -> str:
    key, _dot, part = value.partition(".")
    if key.startswith(NEW):
        return _("New: %(type)s") % {"type": TYPES[key[1:]].label} if key[1:] in TYPES else key
    return f"{labels.get(key, key)}: {parts.get(part, part)}"


def target_options(targets: list[Target], actor: Actor) -> list[dict[str, Any]]:
    """Fields by group, addresses part by part, and new fields by type for administrators."""
    parts = part_names()
    fields, addresses = [], []
    for target in targets:
        if target.form == "address":
            addresses += [
                (f"{target.key}.{part}", f"{target.label}: {parts[part]}")
                for part in (*ADDRESS_PARTS, "formatted")
            ]
        else:
            fields.append((target.key, target.label))
    groups = [{"label": _("Fields"), "options": fields}, {"label": _("Address"), "options": addresses}]
    if actor.admin:
        new = [
            (NEW + name, _("New: %(type)s") % {"type": TYPES[name].label})
            for name in NEW_TYPES
            if name in TYPES
        ]
        groups.append({"label": _("New field"), "options": new})
    return [group for group in groups if group["options"]]


def posted_mapping(proposal: Proposal, targets: list[Target], data: QueryDict) -> dict[str, Any]:
    """The proposal with the person's choices laid over it, as JSON for `set_mapping`."""
    forms = {target.key: target.form for target in targets}
    columns = [
        _posted_column(column, forms, data.get(f"c-{place}"), data.get(f"l-{place}"))
        for place, column in enumerate(proposal.columns)
    ]
    return replace(proposal, columns=columns).to_json()


def _posted_column(
    column: ColumnProposal, forms: dict[str, str], choice: str | None, label: str | None
) -> ColumnProposal:
    if choice is None:
        return column
    if choice == choice_of(column, forms):
        return column if label is None or label == column.label else replace(column, label=label[:40])
    bare = ColumnProposal(column.column, guess_type=column.guess_type, options=column.options)
    if not choice:
        return bare
    if choice.startswith(NEW):
        part = {"email": "value", "phone": "value"}.get(choice[1:], "")
        return replace(bare, action="new", target="new", part=part, guess_type=choice[1:], note="new")
    key, _dot, part = choice.partition(".")
    form = forms.get(key, "")
    part = part or {"points": "value", "tags": "item"}.get(form, "")
    clean = "reference" if form == "plain" else ""
    return replace(
        bare, action="map", target=key, part=part, label=(label or "")[:40], clean=clean, confidence=1.0
    )


def posted_rules(data: QueryDict) -> dict[str, Any]:
    """The rules of the form; `set_mapping` checks them."""
    tags = [word.strip() for word in data.get("tags", "").replace(";", ",").split(",") if word.strip()]
    owner = data.get("owner", "")
    return {
        "keys": data.getlist("keys"),
        "on_match": data.get("on_match", "update"),
        "default_winner": data.get("winner") if data.get("winner") in WINNERS else "file",
        **({"source": data["source"]} if "source" in data else {}),
        "winner": {
            key[2:]: value for key, value in data.items() if key.startswith("w-") and value in WINNERS
        },
        "make_linked": "make_linked" in data,
        "drop_bad": "drop_bad" in data,
        "add_choices": "add_choices" in data,
        "owner_id": int(owner) if owner.isdecimal() and len(owner) < 12 else None,
        "tags": tags,
    }


def key_names(spec: ObjectSpec, keys: list[str]) -> list[tuple[str, str]]:
    points = {"email": _("E-mail"), "phone": _("Phone"), "messenger": _("Messenger")}
    firm = next((field.label for field in spec.live_fields if field.key == "company"), None)
    name = _("Name and %(company)s") % {"company": noun(firm)} if firm else pgettext("field", "Name")
    found = []
    for key in keys:
        field = spec.by_key.get(key)
        found.append((key, name if key == "name" else points.get(key) or str(field.label if field else key)))
    return found

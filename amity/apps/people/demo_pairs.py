"""Example of people who speak for others, of consents and of a group of companies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.services import bump_schema
from amity.foundation.records.access import among_records
from amity.foundation.records.models import Consent, Link, ObjectType, Purpose, Relation
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import schema
from amity.foundation.records.services.consents import Said, save_purpose, write_consents
from amity.foundation.records.services.write import Edit, Writer

MARK = "demo_pairs"
# Places among the people: whose mail goes to whom.
SPOKEN_FOR = ((3, 7), (11, 7), (15, 19))
ASKED = 40


def add_pairs(actor: Actor, people: Sequence[int], companies: Sequence[int], batch_id: int) -> None:
    """Two assistants, what some people agreed to, and a group of four companies. Not where such are there already."""
    row = ObjectType.unscoped.get(workspace_id=actor.workspace_id, key="people")
    if MARK in row.settings or Purpose.unscoped.filter(workspace_id=actor.workspace_id).exists():
        return
    relation = schema.create_relation(
        actor=actor, from_object="people", to_object="people", from_label=_("Assistants"),
        to_label=_("Assists"), speaks="to", channels=["email", "phone"],
    )  # fmt: skip
    wordings = (
        (_("News by e-mail"), _("I want to get news by e-mail. I can withdraw this at any time.")),
        (_("Phone calls"), _("You may call me about offers. I can withdraw this at any time.")),
    )
    purposes = [
        save_purpose(actor=actor, label=label, wording=wording, objects=["people"])
        for label, wording in wordings
    ]
    schema.refresh(actor)
    links = {people[one]: {relation.from_key: [people[other]]} for one, other in SPOKEN_FOR}
    _edit(actor, "people", batch_id, {pk: ({}, found) for pk, found in links.items()})
    group: dict[int, Any] = {
        companies[place]: ({"parent": companies[top]}, {}) for place, top in ((1, 0), (2, 0), (3, 1))
    }
    _edit(actor, "companies", batch_id, group)
    _consents(actor, people, batch_id)
    row.refresh_from_db()
    made = {"batch": batch_id, "relation": relation.pk, "purposes": [purpose.pk for purpose in purposes]}
    row.settings = {**row.settings, MARK: made}
    row.save(update_fields=["settings"])


def _edit(actor: Actor, key: str, batch_id: int, wanted: dict[int, tuple[Any, Any]]) -> None:
    spec = spec_for(actor, key)
    edits = [
        Edit(record, *wanted[record.pk])
        for record in among_records(spec, actor.workspace_id, wanted).order_by("pk")
    ]
    with transaction.atomic():
        Writer(spec, actor, batch_id=batch_id).update(edits)


def _consents(actor: Actor, people: Sequence[int], batch_id: int) -> None:
    spec = spec_for(actor, "people")
    said = Said(channel="form", remark=_("Form on the website"), batch_id=batch_id)
    for item, every in zip(spec.consents, (2, 5), strict=False):
        asked = people[:ASKED:every]
        with transaction.atomic():
            verdicts = {pk: "withdrawn" if at % 6 == 5 else "given" for at, pk in enumerate(asked)}
            write_consents(actor, spec, item, verdicts, said)


def drop_pairs(actor: Actor, batch_id: int) -> None:
    """The example's relation and purposes go too, unless somebody used them."""
    row = ObjectType.unscoped.get(workspace_id=actor.workspace_id, key="people")
    made = row.settings.get(MARK)
    if not made or made["batch"] != batch_id:
        return
    with transaction.atomic():
        if not Link.unscoped.filter(relation_id=made["relation"]).exists():
            Relation.unscoped.filter(workspace_id=actor.workspace_id, pk=made["relation"]).delete()
        used = set(
            Consent.unscoped.filter(purpose_id__in=made["purposes"]).values_list("purpose_id", flat=True)
        )
        free = [pk for pk in made["purposes"] if pk not in used]
        Purpose.unscoped.filter(workspace_id=actor.workspace_id, pk__in=free).delete()
        row.settings = {key: value for key, value in row.settings.items() if key != MARK}
        row.save(update_fields=["settings"])
        bump_schema(actor.workspace_id)
    schema.refresh(actor)

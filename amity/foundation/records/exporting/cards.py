"""People and companies as vCard, and any record as a line of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from amity.foundation.records.exporting.columns import Names
from amity.foundation.records.importing.vcardwriter import write_vcard
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import Row

CARD_FIELDS = (
    "name", "first_name", "middle_name", "last_name", "prefix", "suffix", "nickname", "company",
    "job_title", "department", "emails", "phones", "messengers", "addresses", "birthday", "website",
    "description", "external_id", "tags",
)  # fmt: skip


def vcard_chunks(spec: ObjectSpec, rows: Iterable[Row]) -> Iterator[bytes]:
    for text in write_vcard(card_of(spec, row) for row in rows):
        yield text.encode()


def card_of(spec: ObjectSpec, row: Row) -> dict[str, Any]:
    """What an address book knows of a record; a company is a card with an organisation alone."""
    card = {key: row.values.get(key) for key in CARD_FIELDS if row.values.get(key) is not None}
    card["full_name"] = card.pop("name", None) or row.title
    if spec.make_title is None:
        card["company"] = row.title
    elif row.links.get("company"):
        card["company"] = "; ".join(end.title for end in row.links["company"] if end.visible)
    else:
        card.pop("company", None)
    return card


def json_lines(
    spec: ObjectSpec, fields: Sequence[Field], rows: Iterable[Row], names: Names
) -> Iterator[bytes]:
    """The API's form, one record a line; links with their titles, colleagues by the address they sign in with."""
    for row in rows:
        found: dict[str, Any] = {"id": row.id, "object": spec.key, "title": row.title}
        for field in fields:
            if field.target:
                ends = [
                    {"id": e.id, "object": e.object_key, "title": e.title}
                    for e in row.links.get(field.key, ())
                    if e.visible
                ]
                found[field.key] = ends if field.many else (ends[0] if ends else None)
            elif field.type.references:
                known = names.get(field.type.references, {})
                found[field.key] = known.get(row.values.get(field.key) or 0)
            else:
                found[field.key] = field.type.to_api(field, row.values.get(field.key))
        yield orjson.dumps(found) + b"\n"

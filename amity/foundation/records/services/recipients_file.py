"""Recipients as a table: one line for each who is written to, guarded as every export is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.services import audit
from amity.foundation.core.clock import today
from amity.foundation.core.errors import LimitReached, Malformed
from amity.foundation.core.text import slugify_key
from amity.foundation.records.exporting.columns import Column
from amity.foundation.records.exporting.tables import csv_chunks, write_xlsx
from amity.foundation.records.fieldtypes.contact import ADDRESS_PARTS
from amity.foundation.records.listing import Query
from amity.foundation.records.seen import seen_by
from amity.foundation.records.services.exports import FORMATS, READ, Export, Rows, export_folder
from amity.foundation.records.services.recipients import (
    NO_ADDRESS,
    NO_CONSENT,
    UNSEEN,
    Recipient,
    recipients,
)
from amity.foundation.records.spec import ObjectSpec

MOST = 10_000


def recipients_of(
    actor: Actor, spec: ObjectSpec, query: Query, channel: str, purpose: str = "", *, only: bool = False
) -> list[Recipient]:
    """Who is written to about the records of a list, as far as the export right reaches for both.

    `only` leaves out all that should not or cannot be written to. Raises Denied without the right, Malformed,
    and LimitReached for more than 10,000 records.
    """
    actor.require(spec.key, "export")
    spec = seen_by(actor, spec)
    ids = Rows(actor, spec, query, ()).ids
    if len(ids) > MOST:
        raise LimitReached(_("At most %(n)s records at a time; filter the list first.") % {"n": MOST})
    found = recipients(actor, spec, ids, channel, purpose, verb="export")
    return [line for line in found if not line.problem] if only else found


def recipients_file(
    *, actor: Actor, spec: ObjectSpec, lines: Sequence[Recipient], channel: str, purpose: str, format: str
) -> Export:
    """The lines as `csv` or `xlsx`. The log says who took what. Raises Malformed for another format."""
    if format not in ("csv", "xlsx"):
        raise Malformed(_("There is no format “%(format)s”.") % {"format": format[:20]})
    columns: Any = columns_of(channel, purpose)
    audit(actor, "recipients.exported", str(spec.plural), format=format, channel=channel, count=len(lines))
    name = f"{slugify_key(_('Recipients'))}-{today(actor.zone).isoformat()}.{format}"
    rows: Any = lines
    chunks = csv_chunks(columns, rows) if format == "csv" else _xlsx(columns, rows)
    return Export(name, FORMATS[format], len(lines), chunks)


def _xlsx(columns: Any, rows: Any) -> Iterator[bytes]:
    handle, name = mkstemp(suffix=".xlsx", dir=export_folder())
    os.close(handle)
    path = Path(name)
    try:
        write_xlsx(path, columns, rows, _("Recipients"))
        with path.open("rb") as file:
            while chunk := file.read(READ):
                yield chunk
    finally:
        path.unlink(missing_ok=True)


def channel_labels() -> dict[str, str]:
    return {"email": _("E-mail"), "phone": _("Phone"), "letter": _("Letter")}


def problem_texts() -> dict[str, str]:
    return {
        UNSEEN: _("Nobody to write to whom you may see"),
        NO_ADDRESS: _("Has no address for this"),
        NO_CONSENT: _("Has not agreed"),
        "": "",
    }


def columns_of(channel: str, purpose: str) -> list[Column]:
    problems = problem_texts()
    found: list[tuple[str, Any]] = [
        (_("Recipient"), lambda line: line.name),
        (channel_labels()[channel], lambda line: line.address),
    ]
    if channel == "letter":
        names = (
            _("Street"),
            _("Street 2"),
            _("PO Box"),
            _("City"),
            _("Region"),
            _("Postal Code"),
            _("Country"),
        )
        found += [(name, _of_place(key)) for key, name in zip(ADDRESS_PARTS, names, strict=True)]
    titles = {"prefix": _("Title"), "first_name": _("First name"), "last_name": _("Last name"),
              "language": _("Language")}  # fmt: skip
    found += [(title, _of_parts(key)) for key, title in titles.items()]
    found += [
        (_("About"), lambda line: "; ".join(title for _key, _pk, title in line.about if not line.own)),
        (_("Relation"), lambda line: line.relation),
    ]
    if purpose:
        answers = {"given": "yes", "withdrawn": "no"}
        found.append((_("Consent"), lambda line: answers.get(line.consent, "")))
    found.append((_("Note"), lambda line: problems[line.problem]))
    return [Column(heading, of) for heading, of in found]


def _of_parts(key: str) -> Any:
    return lambda line: line.parts.get(key, "")


def _of_place(key: str) -> Any:
    return lambda line: line.place.get(key, "")


__all__ = ["MOST", "channel_labels", "problem_texts", "recipients_file", "recipients_of"]

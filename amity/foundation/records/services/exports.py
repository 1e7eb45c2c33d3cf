"""Any list as a file: the same query, every page of it, as far as the role's export right reaches."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Team, User
from amity.foundation.accounts.services import audit
from amity.foundation.core.clock import today
from amity.foundation.core.errors import Malformed
from amity.foundation.core.text import slugify_key
from amity.foundation.records.access import among_records, reach
from amity.foundation.records.context import Context, context_for
from amity.foundation.records.exporting.cards import CARD_FIELDS, json_lines, vcard_chunks
from amity.foundation.records.exporting.columns import POINTS, columns_of
from amity.foundation.records.exporting.tables import csv_chunks, write_xlsx
from amity.foundation.records.listing import Query, matching, order_of, shown_fields
from amity.foundation.records.models import StoredFile
from amity.foundation.records.seen import seen_by
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import Row, load_links, reader, row_columns

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "vcf": "text/vcard; charset=utf-8",
    "jsonl": "application/x-ndjson",
}
SET = 500
READ = 1 << 16


@dataclass(frozen=True)
class Export:
    """A file about to be sent: its name, its type, how many records, and its bytes, made while they are read."""

    name: str
    content_type: str
    count: int
    chunks: Iterator[bytes]


def export(
    *, actor: Actor, spec: ObjectSpec, query: Query, format: str, columns: Sequence[str] = ()
) -> Export:
    """The records of a list that the export right reaches; all fields unless `columns` names some.

    The log says who took what. Raises Denied without the right, Malformed for an unknown format, field or filter.
    """
    actor.require(spec.key, "export")
    spec = seen_by(actor, spec)
    if format not in formats_for(spec):
        raise Malformed(_("There is no format “%(format)s”.") % {"format": format[:20]})
    rows = Rows(actor, spec, query, shown_fields(spec, columns) if columns else spec.live_fields)
    audit(actor, "records.exported", str(spec.plural), format=format, count=len(rows.ids))
    name = f"{slugify_key(str(spec.plural))}-{today(actor.zone).isoformat()}.{format}"
    makers = {"csv": _csv, "xlsx": _xlsx, "vcf": _vcf, "jsonl": _jsonl}
    return Export(name, FORMATS[format], len(rows.ids), makers[format](rows))


def formats_for(spec: ObjectSpec) -> list[str]:
    """vCard is for what has an e-mail or a phone of its own."""
    reachable = any(item.type.name in POINTS and not item.custom for item in spec.live_fields)
    return [name for name in FORMATS if name != "vcf" or reachable]


class Rows:
    """The rows of one export, in the list's order, a set at a time. The ids are fixed when it begins."""

    def __init__(self, actor: Actor, spec: ObjectSpec, query: Query, fields: Sequence[Field]) -> None:
        self.actor, self.spec, self.fields = actor, spec, tuple(fields)
        self.context: Context = context_for(actor)
        self.ids = self._ids(query)

    def _ids(self, query: Query) -> list[int]:
        order = order_of(self.spec, query.sort)
        records = matching(self.spec, query, self.context).filter(reach(self.spec, self.actor, "export"))
        value = records.annotate(sort_value=order.expression)
        sort = (
            F("sort_value").desc(nulls_last=True)
            if order.descending
            else F("sort_value").asc(nulls_last=True)
        )
        return list(value.order_by(sort, "-id" if order.descending else "id").values_list("id", flat=True))

    def read(self, fields: Sequence[Field] | None = None) -> Iterator[Row]:
        """Every row with the values of `fields` (all by default) and the titles of what it links to."""
        wanted = tuple(fields if fields is not None else self._with_parts())
        names = row_columns(self.spec, wanted)
        read = reader(wanted, names)
        for start in range(0, len(self.ids), SET):
            ids = self.ids[start : start + SET]
            raw = among_records(self.spec, self.actor.workspace_id, ids).values_list(*names)
            rows = {values[0]: read(values) for values in raw}
            found = [rows[pk] for pk in ids if pk in rows]
            load_links(self.spec, wanted, found, self.context)
            yield from found

    def _with_parts(self) -> list[Field]:
        """The fields, and the name's parts where the whole name is among them."""
        parts = [self.spec.by_key[key] for key in ("first_name", "last_name") if key in self.spec.by_key]
        return list(dict.fromkeys([*self.fields, *parts]))

    def most(self) -> dict[str, int]:
        """How many e-mails, phones … a record has at most, for the number of columns."""
        many = [item for item in self.fields if item.type.name in (*POINTS, "address")]
        found: dict[str, int] = {}
        for row in self.read(many) if many else ():
            for item in many:
                found[item.key] = max(found.get(item.key, 1), len(row.values.get(item.key) or ()))
        return found

    def names(self) -> dict[str, dict[int, str]]:
        """Users by their sign-in address, teams and files by name."""
        kinds = {item.type.references for item in self.fields}
        here = {"workspace_id": self.actor.workspace_id}
        found: dict[str, dict[int, str]] = {}
        if "user" in kinds:
            users = User.objects.filter(memberships__workspace_id=self.actor.workspace_id)
            found["user"] = dict(users.values_list("pk", "email"))
        if "team" in kinds:
            found["team"] = dict(Team.unscoped.filter(**here).values_list("pk", "name"))
        if "file" in kinds:
            files = StoredFile.unscoped.filter(**here, object_type_id=self.spec.type_id, deleted_at=None)
            found["file"] = dict(files.values_list("pk", "name"))
        return found


def _csv(rows: Rows) -> Iterator[bytes]:
    return csv_chunks(columns_of(rows.spec, rows.fields, rows.most(), rows.names()), rows.read())


def export_folder() -> Path:
    folder = Path(settings.AMITY_HOME) / "exports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _xlsx(rows: Rows) -> Iterator[bytes]:
    """A workbook is one archive, so it is made as a whole on disk and removed when it was sent."""
    handle, name = mkstemp(suffix=".xlsx", dir=export_folder())
    os.close(handle)
    path = Path(name)
    try:
        columns = columns_of(rows.spec, rows.fields, rows.most(), rows.names())
        write_xlsx(path, columns, rows.read(), str(rows.spec.plural))
        with path.open("rb") as file:
            while chunk := file.read(READ):
                yield chunk
    finally:
        path.unlink(missing_ok=True)


def _vcf(rows: Rows) -> Iterator[bytes]:
    wanted = [item for item in rows.spec.live_fields if item.key in CARD_FIELDS]
    return vcard_chunks(rows.spec, rows.read(wanted))


def _jsonl(rows: Rows) -> Iterator[bytes]:
    return json_lines(rows.spec, rows.fields, rows.read(), rows.names())


__all__ = ["FORMATS", "Export", "export", "formats_for"]

"""Every address of the API with its methods: the router, the description and the access tests are made from it."""

from __future__ import annotations

from amity.engines.api.dispatch import Route
from amity.engines.api.views import records

RECORDS = "<key:object_key>"
RECORD = f"{RECORDS}/<id:record_id>"

ROUTES: tuple[Route, ...] = (
    Route(RECORDS, "records", {"GET": records.list_records, "POST": records.create}),
    Route(RECORD, "record", {"GET": records.read, "PATCH": records.update, "DELETE": records.delete}),
    Route(f"{RECORD}/restore", "restore", {"POST": records.restore}),
)

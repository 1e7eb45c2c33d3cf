"""The addresses of the API with their methods: router, description and access tests are made from them."""

from __future__ import annotations

from amity.engines.api.dispatch import Route
from amity.engines.api.views import about, batch, bulk, cells, files, parts, records, told, webhooks

RECORDS = "<key:object_key>"
RECORD = f"{RECORDS}/<id:record_id>"
WEBHOOK = "webhooks/<id:webhook_id>"

ROUTES: tuple[Route, ...] = (
    Route("me", "me", {"GET": about.me}),
    Route("metadata", "metadata", {"GET": about.metadata}),
    Route("search", "search", {"GET": about.search_all}),
    Route("notifications", "notifications", {"GET": told.list_told}),
    Route("notifications/read", "notifications_read", {"POST": told.read_all}),
    Route("notifications/<id:notification_id>", "notification", {"GET": told.read, "PATCH": told.mark}),
    # Answers with a secret in them are not kept for an Idempotency-Key.
    Route("webhooks", "webhooks", {"GET": webhooks.list_webhooks, "POST": webhooks.create}, resumable=True),
    Route(WEBHOOK, "webhook", {"GET": webhooks.read, "PATCH": webhooks.update, "DELETE": webhooks.delete}),
    Route(f"{WEBHOOK}/secret", "webhook_secret", {"POST": webhooks.secret}, resumable=True),
    Route(f"{WEBHOOK}/test", "webhook_test", {"POST": webhooks.test}),
    Route(f"{WEBHOOK}/deliveries", "deliveries", {"GET": webhooks.list_deliveries}),
    Route(f"{WEBHOOK}/deliveries/<id:delivery_id>/replay", "replay", {"POST": webhooks.replay}),
    Route(RECORDS, "records", {"GET": records.list_records, "POST": records.create}),
    Route(f"{RECORDS}/batch", "batch", {"POST": batch.batch}, resumable=True),
    Route(f"{RECORDS}/batch/<id:batch_id>/undo", "batch_undo", {"POST": batch.undo}, resumable=True),
    Route(f"{RECORDS}/bulk", "bulk", {"POST": bulk.start}),
    Route(f"{RECORDS}/bulk/<id:bulk_id>", "bulk_run", {"GET": bulk.read}),
    Route(f"{RECORDS}/bulk/<id:bulk_id>/cancel", "bulk_cancel", {"POST": bulk.cancel}),
    Route(f"{RECORDS}/bulk/<id:bulk_id>/undo", "bulk_undo", {"POST": bulk.undo}),
    Route(f"{RECORDS}/cells", "cells", {"POST": cells.paste}),
    Route(f"{RECORDS}/views", "views", {"GET": about.list_views}),
    Route(RECORD, "record", {"GET": records.read, "PATCH": records.update, "DELETE": records.delete}),
    Route(f"{RECORD}/restore", "restore", {"POST": records.restore}),
    Route(f"{RECORD}/merge", "merge", {"POST": records.merge}),
    Route(f"{RECORD}/history", "history", {"GET": parts.history}),
    Route(f"{RECORD}/undo/<id:change_id>", "undo", {"POST": parts.undo}),
    Route(f"{RECORD}/notes", "notes", {"GET": parts.list_notes, "POST": parts.create_note}),
    Route(
        f"{RECORD}/notes/<id:note_id>",
        "note",
        {"GET": parts.read_note, "PATCH": parts.update_note, "DELETE": parts.remove_note},
    ),
    Route(f"{RECORD}/files", "files", {"GET": files.list_files, "POST": files.upload}, upload=True),
    Route(f"{RECORD}/files/<id:file_id>", "file", {"GET": files.download, "DELETE": files.remove}),
    Route(f"{RECORD}/links/<key:relation>", "links", {"GET": parts.list_links, "POST": parts.add_links}),
    Route(f"{RECORD}/links/<key:relation>/<id:target_id>", "link", {"DELETE": parts.remove_link}),
)

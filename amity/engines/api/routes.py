"""The addresses of the API with their methods: router, description and access tests are made from them."""

from __future__ import annotations

from amity.engines.api.dispatch import Route
from amity.engines.api.views import (
    about,
    batch,
    bulk,
    claims,
    files,
    handovers,
    pairs,
    parts,
    quality,
    records,
    shares,
    told,
    webhooks,
)

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
    Route("handovers", "handovers", {"POST": handovers.start}),
    Route("handovers/<id:handover_id>", "handover", {"GET": handovers.read}),
    Route("handovers/<id:handover_id>/cancel", "handover_cancel", {"POST": handovers.cancel}),
    Route("handovers/<id:handover_id>/undo", "handover_undo", {"POST": handovers.undo}),
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
    Route(f"{RECORDS}/conflicts", "conflicts", {"GET": claims.list_conflicts}),
    Route(f"{RECORDS}/conflicts/take", "conflicts_take", {"POST": claims.take_source}),
    Route(f"{RECORDS}/recipients", "recipients", {"GET": pairs.list_recipients}),
    Route(f"{RECORDS}/views", "views", {"GET": about.list_views}),
    Route(f"{RECORDS}/quality", "quality", {"GET": quality.numbers}),
    Route(f"{RECORDS}/quality/findings", "findings", {"GET": quality.list_findings}),
    Route(f"{RECORDS}/quality/rules", "quality_rules", {"GET": quality.list_rules, "POST": quality.add_rule}),
    Route(f"{RECORDS}/quality/rules/<id:rule_id>", "quality_rule", {"DELETE": quality.drop_rule}),
    Route(f"{RECORD}/quality/settle", "settle", {"POST": quality.settle}),
    Route(f"{RECORD}/quality/reopen", "reopen", {"POST": quality.reopen}),
    Route(RECORD, "record", {"GET": records.read, "PATCH": records.update, "DELETE": records.delete}),
    Route(f"{RECORD}/restore", "restore", {"POST": records.restore}),
    Route(f"{RECORD}/merge", "merge", {"POST": records.merge}),
    Route(f"{RECORD}/take_over", "take_over", {"POST": handovers.take}),
    Route(f"{RECORD}/history", "history", {"GET": parts.history}),
    Route(f"{RECORD}/sources", "sources", {"GET": claims.sources}),
    Route(f"{RECORD}/conflicts", "record_conflicts", {"GET": claims.record_conflicts}),
    Route(f"{RECORD}/conflicts/<key:field_key>", "conflict", {"POST": claims.settle_one}),
    Route(f"{RECORD}/undo/<id:change_id>", "undo", {"POST": parts.undo}),
    Route(f"{RECORD}/notes", "notes", {"GET": parts.list_notes, "POST": parts.create_note}),
    Route(
        f"{RECORD}/notes/<id:note_id>",
        "note",
        {"GET": parts.read_note, "PATCH": parts.update_note, "DELETE": parts.remove_note},
    ),
    Route(f"{RECORD}/shares", "shares", {"GET": shares.list_shares, "POST": shares.create}),
    Route(f"{RECORD}/shares/<id:share_id>", "share", {"DELETE": shares.remove}),
    Route(f"{RECORD}/consents", "consents", {"GET": pairs.list_consents, "POST": pairs.add_consent}),
    Route(f"{RECORD}/files", "files", {"GET": files.list_files, "POST": files.upload}, upload=True),
    Route(f"{RECORD}/files/<id:file_id>", "file", {"GET": files.download, "DELETE": files.remove}),
    Route(f"{RECORD}/links/<key:relation>", "links", {"GET": parts.list_links, "POST": parts.add_links}),
    Route(f"{RECORD}/links/<key:relation>/<id:target_id>", "link", {"DELETE": parts.remove_link}),
)

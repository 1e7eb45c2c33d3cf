"""One line per endpoint: what it does, takes and gives. The description and its page are made from these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Description:
    """`body` and `answer` name schemas; a `*` in them stands for the object's key.

    `or_status`: the other status that goes with the answer, if there is one.
    """

    summary: Any
    parameters: tuple[str, ...] = ()
    body: str = ""
    answer: str = ""
    status: int = 200
    or_status: int = 0
    errors: tuple[str, ...] = ()
    body_type: str = "application/json"
    answer_type: str = "application/json"


_D = Description
_LIST = ("filter", "sort", "cursor", "limit", "fields", "expand", "q", "count", "trash")
_PAGE = ("cursor", "limit")

DESCRIPTIONS: dict[tuple[str, str], Description] = {
    ("me", "GET"): _D(_("Who this token speaks for"), answer="Me"),
    ("metadata", "GET"): _D(_("Objects, fields, choices and one's rights"), answer="Metadata"),
    ("search", "GET"): _D(
        _("Search over all objects"), ("search_q", "objects", "search_limit"), answer="Hits"
    ),
    ("notifications", "GET"): _D(_("What one was told"), (*_PAGE, "unread"), answer="Notifications"),
    ("notifications_read", "POST"): _D(_("Mark all notifications as read"), answer="Marked"),
    ("notification", "GET"): _D(_("Read a notification"), answer="Notification"),
    ("notification", "PATCH"): _D(
        _("Mark a notification as read or unread"), body="NotificationChange", answer="Notification"
    ),
    ("openapi", "GET"): _D(_("This description as OpenAPI 3.1"), answer="Anything"),
    ("docs", "GET"): _D(_("This description as a page"), answer="Page", answer_type="text/html"),
    ("webhooks", "GET"): _D(_("List webhooks (administrators)"), answer="Webhooks"),
    ("webhooks", "POST"): _D(
        _("Make a webhook; the answer shows its secret once"),
        body="NewWebhook",
        answer="WebhookWithSecret",
        status=201,
    ),
    ("webhook", "GET"): _D(_("Read a webhook"), answer="Webhook"),
    ("webhook", "PATCH"): _D(_("Change a webhook or switch it"), body="WebhookChange", answer="Webhook"),
    ("webhook", "DELETE"): _D(_("Remove a webhook"), status=204),
    ("webhook_secret", "POST"): _D(
        _("A new secret; the old one signs beside it for 24 hours"), answer="WebhookWithSecret"
    ),
    ("webhook_test", "POST"): _D(_("Send a test message"), answer="Delivery", status=202),
    ("deliveries", "GET"): _D(_("Messages of a webhook, newest first"), _PAGE, answer="Deliveries"),
    ("replay", "POST"): _D(_("Send a message again"), answer="Delivery", status=202),
    ("handovers", "POST"): _D(
        _("Give a colleague's records to others by rules, or only count (dry_run)"),
        body="HandoverStart",
        answer="Handover",
        status=202,
        or_status=200,
    ),
    ("handover", "GET"): _D(_("How far a handover is, and what came of it"), answer="Handover"),
    ("handover_cancel", "POST"): _D(_("Stop a handover"), answer="Handover"),
    ("handover_undo", "POST"): _D(_("Give the records of a handover back"), answer="Handover", status=202),
    ("take_over", "POST"): _D(
        _("Become the owner of a record and of what is linked to it"),
        body="TakeOver",
        answer="Handover",
        status=202,
    ),
    ("records", "GET"): _D(_("List records"), _LIST, answer="*.list"),
    ("records", "POST"): _D(_("Create a record"), body="*.create", answer="*", status=201),
    ("batch", "POST"): _D(
        _("Up to 1,000 changes at once"), ("on_conflict",), body="*.batch", answer="Results", errors=("412",)
    ),
    ("batch_undo", "POST"): _D(_("Take a whole batch back"), answer="BatchUndone"),
    ("bulk", "POST"): _D(
        _("Change, delete or restore many records as a job"), body="*.bulk", answer="BulkRun", status=202
    ),
    ("bulk_run", "GET"): _D(_("How far a bulk change is, and what came of it"), answer="BulkRun"),
    ("bulk_cancel", "POST"): _D(_("Stop a bulk change"), answer="BulkRun"),
    ("bulk_undo", "POST"): _D(_("Take a bulk change back as a job"), answer="BulkRun", status=202),
    ("cells", "POST"): _D(
        _("Write texts into up to 5,000 cells; each is judged by itself"), body="*.cells", answer="Cells"
    ),
    ("recipients", "GET"): _D(
        _("Who is written to about these records"),
        ("filter", "sort", "cursor", "limit", "q", "channel", "purpose"),
        answer="Recipients",
    ),
    ("views", "GET"): _D(_("Saved views"), answer="Views"),
    ("quality", "GET"): _D(_("How good the records are, and whose they are"), answer="Quality"),
    ("findings", "GET"): _D(_("Records with something to check"), (*_PAGE, "kind"), answer="Findings"),
    ("quality_rules", "GET"): _D(_("Rules that records must keep (administrators)"), answer="QualityRules"),
    ("quality_rules", "POST"): _D(
        _("Add a rule (administrators)"), body="NewQualityRule", answer="QualityRule", status=201
    ),
    ("quality_rule", "DELETE"): _D(_("Remove a rule (administrators)"), status=204),
    ("settle", "POST"): _D(_("Say that what is to check of a record is right"), answer="Settled"),
    ("reopen", "POST"): _D(_("Take that back"), answer="Reopened"),
    ("record", "GET"): _D(
        _("Read a record"), ("fields", "expand", "trash", "If-None-Match"), answer="*", errors=("302", "304")
    ),
    ("record", "PATCH"): _D(
        _("Change fields of a record"), ("If-Match", "on_conflict"), "*.update", "*", errors=("412",)
    ),
    ("record", "DELETE"): _D(_("Move a record to the trash"), ("If-Match",), status=204, errors=("412",)),
    ("merge", "POST"): _D(
        _("Merge other records into this one"), ("If-Match",), "*.merge", "*", errors=("412",)
    ),
    ("restore", "POST"): _D(_("Bring a record back from the trash"), answer="*"),
    ("history", "GET"): _D(_("Who changed what"), (*_PAGE, "trash"), answer="History"),
    ("sources", "GET"): _D(_("Where each value of a record comes from"), answer="Sources"),
    ("conflicts", "GET"): _D(
        _("What sources say differently"), (*_PAGE, "conflict_field", "conflict_source"), answer="Conflicts"
    ),
    ("conflicts_take", "POST"): _D(
        _("Believe one source in every open conflict, up to 1,000, as one batch"),
        body="TakeSource",
        answer="Taken",
    ),
    ("record_conflicts", "GET"): _D(_("What sources say differently about a record"), answer="Conflicts"),
    ("conflict", "POST"): _D(
        _("Settle a conflict: take an answer, keep the value, or give another"), body="Settle", answer="*"
    ),
    ("undo", "POST"): _D(_("Take a change back"), answer="Undone"),
    ("notes", "GET"): _D(_("List notes"), _PAGE, answer="Notes"),
    ("notes", "POST"): _D(_("Write a note"), body="NewNote", answer="Note", status=201),
    ("note", "GET"): _D(_("Read a note"), answer="Note"),
    ("note", "PATCH"): _D(_("Change or pin a note"), body="NoteChange", answer="Note"),
    ("note", "DELETE"): _D(_("Delete a note"), status=204),
    ("links", "GET"): _D(_("List linked records"), answer="Links"),
    ("links", "POST"): _D(_("Link records"), body="NewLinks", answer="Links"),
    ("link", "DELETE"): _D(_("Remove a link"), status=204),
    ("shares", "GET"): _D(_("With whom a record is shared"), answer="Shares"),
    ("shares", "POST"): _D(
        _("Share a record with a person or a team"), body="NewShare", answer="Share", status=201
    ),
    ("share", "DELETE"): _D(_("End a share"), status=204),
    ("consents", "GET"): _D(_("What was said about consents"), _PAGE, answer="Consents"),
    ("consents", "POST"): _D(
        _("Write down a consent or its withdrawal"), body="NewConsent", answer="Consent", status=201
    ),
    ("files", "GET"): _D(_("List files"), _PAGE, answer="Files"),
    ("files", "POST"): _D(
        _("Upload a file"), body="Upload", body_type="multipart/form-data", answer="File", status=201
    ),
    ("file", "GET"): _D(_("Download a file"), answer="Content", answer_type="application/octet-stream"),
    ("file", "DELETE"): _D(_("Delete a file"), status=204),
}

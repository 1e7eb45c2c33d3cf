"""The log's verbs as sentences."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

DEEDS: dict[str, tuple[Any, str]] = {
    "workspace.created": (_("made the workspace"), "sparkles"),
    "firm.changed": (_("changed the firm's settings"), "building-2"),
    "member.invited": (_("invited"), "user-plus"),
    "member.uninvited": (_("withdrew the invitation of"), "user-x"),
    "member.joined": (_("joined"), "log-in"),
    "member.role": (_("changed the role of"), "shield"),
    "member.disabled": (_("switched off"), "user-x"),
    "member.enabled": (_("switched on"), "user-check"),
    "member.signed_out": (_("signed out everywhere"), "log-out"),
    "member.reset_link": (_("made a reset link for"), "key"),
    "data.restored": (_("restored the data from the backup of"), "archive-restore"),
    "password.changed": (_("changed the password of"), "key"),
    "view_as.started": (_("began to see what is seen by"), "eye"),
    "view_as.ended": (_("stopped seeing what is seen by"), "eye-off"),
    "team.saved": (_("saved the team"), "network"),
    "team.members": (_("changed the people of the team"), "users"),
    "team.deleted": (_("deleted the team"), "network"),
    "role.created": (_("made the role"), "shield"),
    "role.changed": (_("changed the role"), "shield"),
    "role.deleted": (_("deleted the role"), "shield"),
    "object.created": (_("made the object"), "box"),
    "object.changed": (_("changed the object"), "box"),
    "object.archived": (_("put away the object"), "archive"),
    "object.restored": (_("brought back the object"), "archive-restore"),
    "field.created": (_("made the field"), "text-cursor-input"),
    "field.changed": (_("changed the field"), "text-cursor-input"),
    "field.archived": (_("put away the field"), "archive"),
    "field.restored": (_("brought back the field"), "archive-restore"),
    "field.ordered": (_("ordered the fields of"), "list"),
    "relation.created": (_("made the relation"), "link"),
    "relation.changed": (_("changed the relation"), "link"),
    "object.removed": (_("removed the object"), "trash-2"),
    "records.exported": (_("exported"), "download"),
    "records.handed_over": (_("handed over the records of"), "handshake"),
    "mail.server": (_("set the mail server"), "mail"),
    "mail.tested": (_("sent a test mail to"), "send"),
    "mail.retried": (_("sent again the mail to"), "send"),
    "mail.stopped": (_("deleted the mail to"), "trash-2"),
    "mail.restored": (_("brought back the mail to"), "archive-restore"),
    "webhook.created": (_("made the webhook"), "webhook"),
    "webhook.changed": (_("changed the webhook"), "webhook"),
    "webhook.enabled": (_("switched on the webhook"), "webhook"),
    "webhook.disabled": (_("switched off the webhook"), "webhook"),
    "webhook.removed": (_("removed the webhook"), "trash-2"),
    "webhook.restored": (_("brought back the webhook"), "archive-restore"),
    "webhook.secret": (_("made a new secret for the webhook"), "key"),
    "webhook.gave_up": (_("switched off the webhook, which kept failing:"), "circle-alert"),
    "quality.plan": (_("changed what counts for"), "gauge"),
    "quality.rule": (_("set the rule"), "scale"),
    "quality.rule_removed": (_("removed the rule"), "scale"),
    "demo.added": (_("added the example data"), "sparkles"),
    "demo.removed": (_("removed the example data"), "sparkles"),
}


def deed(verb: str) -> dict[str, Any]:
    """`{text, icon}`; a verb of another room is shown as it is."""
    text, icon = DEEDS.get(verb, (verb, "info"))
    return {"text": text, "icon": icon}

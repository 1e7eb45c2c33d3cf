"""The kinds of things people are told. A room adds one with `register_kind`, from its `AppConfig.ready`:

register_kind(Kind("quote_signed", _("A quote is signed"), "badge-check", words=lambda told: …))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from amity.engines.notify.models import Channel
from amity.foundation.core.locales import noun
from amity.foundation.records.spec import ObjectSpec


@dataclass
class Told:
    """One notification as its reader may know it today. `title` is empty for a record they may not see (any more).

    `count` is how many things it tells of; `who` did it, empty for the product itself.
    """

    id: int
    kind: Kind
    at: datetime
    read: bool
    who: str = ""
    actor_id: int | None = None
    title: str = ""
    spec: ObjectSpec | None = None
    record_id: int | None = None
    count: int = 1
    data: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    url: str = ""

    @property
    def record_url(self) -> str:
        """Empty when there is no record to go to, or none the reader may see."""
        return f"/{self.spec.key}/{self.record_id}/" if self.spec and self.title else ""


def _to_record(told: Told) -> str:
    return told.record_url


@dataclass(frozen=True)
class Kind:
    """`words` makes the sentence, in the reader's language; `url` where a click leads (empty: nowhere).

    `channel` holds until the person chooses another; `admins`: only administrators are told and may choose.
    """

    key: str
    label: Any
    icon: str
    words: Callable[[Told], str]
    url: Callable[[Told], str] = _to_record
    channel: str = Channel.APP
    admins: bool = False
    help: Any = ""


_kinds: dict[str, Kind] = {}


def register_kind(kind: Kind) -> Kind:
    """Bring a kind into the product; the last one with a key wins. Never rename a key: rows hold it."""
    _kinds[kind.key] = kind
    return kind


def kinds() -> Sequence[Kind]:
    return tuple(_kinds.values())


def kind_of(key: str) -> Kind | None:
    """None for a kind whose room is gone."""
    return _kinds.get(key)


# --- mentioned, assigned ----------------------------------------------------------------------------------


def _mentioned(told: Told) -> str:
    words = {"who": told.who or _("Somebody"), "title": told.title, "count": told.count}
    if not told.title:
        return _("%(who)s mentioned you on a record that you may not see any more") % words
    if told.count == 1:
        return _("%(who)s mentioned you on %(title)s") % words
    return _("%(who)s mentioned you on %(title)s in %(count)s notes") % words


def _assigned(told: Told) -> str:
    words: dict[str, Any] = {"who": told.who or _("Somebody"), "title": told.title, "count": told.count}
    if told.spec is None:
        return _("%(who)s assigned records to you that are not here any more") % words
    if told.count > 1:
        words["objects"] = noun(told.spec.plural)
        return _("%(who)s assigned %(count)s %(objects)s to you") % words
    if not told.title:
        return _("%(who)s assigned a record to you that you may not see any more") % words
    return _("%(who)s assigned %(title)s to you") % words


def _assigned_url(told: Told) -> str:
    """The record, or the list of what one owns, the latest changes first."""
    if told.count == 1 or told.spec is None:
        return told.record_url
    tree = '{"field":"owner","op":"is","value":"me"}'
    return f"/{told.spec.key}/?{urlencode({'filter': tree, 'sort': '-updated_at'})}"


def _shared(told: Told) -> str:
    words = {"who": told.who or _("Somebody"), "title": told.title, "why": told.data.get("why", "")}
    if not told.title:
        return _("%(who)s shared a record with you that you may not see any more") % words
    if words["why"]:
        return _("%(who)s shared %(title)s with you: “%(why)s”") % words
    return _("%(who)s shared %(title)s with you") % words


# --- handed over ------------------------------------------------------------------------------------------


def _taken_over(told: Told) -> str:
    n = int(told.data.get("count", 0))
    text = ngettext(
        "You took over %(count)s record from %(name)s", "You took over %(count)s records from %(name)s", n
    )
    return text % {"count": n, "name": told.data.get("name") or _("Nobody")}


def _given_away(told: Told) -> str:
    n = int(told.data.get("count", 0))
    words: dict[str, Any] = {"who": told.who or _("Somebody"), "title": told.title, "count": n, "more": n - 1}
    if not told.data.get("take"):
        text = ngettext(
            "%(who)s handed over %(count)s record of yours",
            "%(who)s handed over %(count)s records of yours",
            n,
        )
        return text % words
    if not told.title:
        return _("%(who)s took over a record of yours") % words
    if n == 1:
        return _("%(who)s took over %(title)s from you") % words
    return _("%(who)s took over %(title)s and %(more)s more from you") % words


# --- imports, jobs, invitations ---------------------------------------------------------------------------


def _import_ended(told: Told) -> str:
    words = {
        "file": told.data.get("file", ""),
        **{key: told.data.get(key, 0) for key in ("created", "updated")},
    }
    state, refused = told.data.get("state"), int(told.data.get("refused", 0))
    if state == "failed":
        return _("The import of %(file)s failed") % words
    if state == "cancelled":
        return _("The import of %(file)s was stopped: %(created)s added, %(updated)s updated") % words
    if state == "undone":
        return _("The import of %(file)s was taken back") % words
    text = _("The import of %(file)s is done: %(created)s added, %(updated)s updated") % words
    left = ngettext("%(count)s row was refused", "%(count)s rows were refused", refused) % {"count": refused}
    return f"{text}; {left}" if refused else text


def _bulk_ended(told: Told) -> str:
    words: dict[str, Any] = {"count": told.data.get("count", 0), "name": told.data.get("name") or _("Nobody")}
    if "name" in told.data:
        return _("The handover from %(name)s has ended: %(count)s changed hands") % words
    words["objects"] = noun(told.spec.plural) if told.spec else _("records")
    texts = {
        "failed": _("Your change of %(objects)s failed: %(count)s changed"),
        "cancelled": _("Your change of %(objects)s was stopped: %(count)s changed"),
    }
    return (
        texts.get(str(told.data.get("state")), _("Your change of %(objects)s is done: %(count)s changed"))
        % words
    )


def _bulk_url(told: Told) -> str:
    place = "handovers" if "name" in told.data else "bulk"
    return f"/{place}/{told.data.get('run', 0)}/"


def job_name(path: str) -> str:
    """What a job does, in words; the name of its function for jobs of plugins."""
    name = path.rpartition(".")[2]
    known = {
        "import_job": _("Import"),
        "undo_job": _("Undo import"),
        "bulk_job": _("Bulk change"),
        "handover_job": _("Handing over"),
        "undo_handover_job": _("Taking back a handover"),
        "fill_slot_job": _("Speed up a field"),
        "reindex_job": _("Write the search index anew"),
        "deliver": _("Tell a webhook"),
        "deliver_again": _("Send a message again"),
        "mail_reset": _("Send the link"),
        "send_queued": _("Send a mail"),
    }
    return known.get(name) or name.replace("_", " ").capitalize()


def _job_failed(told: Told) -> str:
    return _("Work in the background failed: %(job)s") % {"job": job_name(str(told.data.get("job", "")))}


def _joined(told: Told) -> str:
    return _("%(who)s accepted your invitation and works here now") % {"who": told.who or _("Somebody")}


def register() -> None:
    """The kinds of this room."""
    for kind in (
        Kind(
            "mentioned", gettext_lazy("Somebody mentions me"), "at-sign", _mentioned, channel=Channel.NOW,
            help=gettext_lazy("With @ and your name in a note on a record you may see."),
        ),
        Kind(
            "assigned", gettext_lazy("A record is assigned to me"), "user-check", _assigned, _assigned_url,
            channel=Channel.DIGEST, help=gettext_lazy("Somebody else makes you its owner."),
        ),
        Kind(
            "shared", gettext_lazy("A record is shared with me"), "share-2", _shared, channel=Channel.NOW,
            help=gettext_lazy("With you or with one of your teams."),
        ),
        Kind(
            "taken_over", gettext_lazy("I take over a colleague's records"), "handshake", _taken_over,
            lambda told: f"/handovers/{told.data.get('run', 0)}/taken/", channel=Channel.NOW,
            help=gettext_lazy("Once for all of them, with a page of what they are."),
        ),
        Kind(
            "given_away", gettext_lazy("My records get another owner"), "handshake", _given_away,
            help=gettext_lazy("A colleague takes over a customer of mine, or somebody hands my records over."),
        ),
        Kind(
            "import_ended", gettext_lazy("My import has ended"), "upload", _import_ended,
            lambda told: f"/import/{told.data.get('run', 0)}/",
            help=gettext_lazy("Done, stopped or failed, with how many rows went in."),
        ),
        Kind(
            "bulk_ended", gettext_lazy("My change of many records has ended"), "square-check", _bulk_ended, _bulk_url,
            help=gettext_lazy("A bulk change or a handover that took longer than ten seconds."),
        ),
        Kind(
            "job_failed", gettext_lazy("My work in the background failed"), "triangle-alert", _job_failed,
            lambda told: "/settings/jobs/?show=failed" if told.data.get("admin") else "",
            help=gettext_lazy("Something long that I began, and that will not be tried again by itself."),
        ),
        Kind(
            "joined", gettext_lazy("My invitation is accepted"), "user-plus", _joined,
            lambda told: "/settings/people/", admins=True,
            help=gettext_lazy("A colleague that I invited has come."),
        ),
    ):  # fmt: skip
        register_kind(kind)

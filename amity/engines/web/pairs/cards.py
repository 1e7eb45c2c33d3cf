"""What a record's page says about who is written to for it, and about what it agreed to."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from amity.engines.web.views.common import Place
from amity.foundation.core import clock
from amity.foundation.records.access import visible_among
from amity.foundation.records.models import Consent, Purpose
from amity.foundation.records.objects import specs_for, whole_specs
from amity.foundation.records.services.consents import CHANNELS, consents_of
from amity.foundation.records.services.recipients import (
    TYPES_OF,
    UNSEEN,
    Recipient,
    recipients,
    speaking,
)
from amity.foundation.records.spec import ObjectSpec
from amity.foundation.records.values import Row

SCHEMES = {"email": "mailto:", "phone": "tel:"}
STORY = 20


def spoken_for(place: Place, channel: str) -> bool:
    """Whether others may be written to about records of this object; the relation may be hidden from the role."""
    return bool(speaking(whole_specs(place.actor)[place.spec.key], channel))


def written_to(place: Place, row: Row, channel: str) -> list[Recipient] | None:
    """Who is written to about a record by e-mail or phone; None where it is the record itself."""
    if not spoken_for(place, channel):
        return None
    found = recipients(place.actor, place.spec, [row.id], channel)
    return None if all(line.own and line.id for line in found) else found


def speakers(place: Place, row: Row) -> list[dict[str, str]]:
    """`name`, `url` and `relation` of everybody whom mails about the record go to; a line that says so where unseen."""
    found = written_to(place, row, "email") or []
    return [
        {"name": _("Somebody who is not visible to you"), "url": "", "relation": ""}
        if line.problem == UNSEEN
        else {"name": line.name, "url": f"/{line.object}/{line.id}/", "relation": line.relation}
        for line in found
    ]


def address_url(lines: list[Recipient], channel: str) -> str:
    """What a button opens: a mail to all of them, a call to the first; empty without an address."""
    found = [line.address for line in lines if line.address]
    return SCHEMES[channel] + (",".join(found) if channel == "email" else found[0]) if found else ""


# --- consents ----------------------------------------------------------------------------------------------


def consent_cards(place: Place, row: Row, editable: bool) -> dict[str, Any] | None:
    """The card's purposes with their state, wording and story; None for an object that is asked nothing."""
    if not place.spec.consents:
        return None
    story: dict[int, list[Consent]] = {}
    words = consents_of(place.actor, place.spec, row.id).order_by("-id")
    for word in words[: STORY * len(place.spec.consents)]:
        story.setdefault(word.purpose_id, []).append(word)
    seen = _givers_seen(place, [word for some in story.values() for word in some])
    wordings = _wordings(place)
    return {
        "items": [
            {
                "key": item.key,
                "label": item.settings["label"],
                "state": row.values.get(item.key) or "",
                "state_label": item.type.display(item, row.values.get(item.key), place.context),
                "wording": wordings.get(item.settings["purpose"], ""),
                "may_say": editable and not item.role_only,
                "story": [
                    _told(place, word, seen) for word in story.get(item.settings["purpose"], [])[:STORY]
                ],
            }
            for item in place.spec.consents
        ],
        "givers": givers(place, row),
        "channels": [(key, str(label)) for key, label in CHANNELS.items()],
    }


def _wordings(place: Place) -> dict[int, str]:
    ids = [item.settings["purpose"] for item in place.spec.consents]
    rows = Purpose.unscoped.filter(workspace_id=place.actor.workspace_id, pk__in=ids)
    return dict(rows.values_list("pk", "wording"))


def givers(place: Place, row: Row) -> list[tuple[str, str]]:
    """Who can have said it: the record itself, and those who speak for it."""
    fields = {item.key for channel in TYPES_OF for item in speaking(place.spec, channel) if not item.hidden}
    people = {
        f"{link.object_key}:{link.id}": link.title
        for key in sorted(fields)
        for link in row.links.get(key, [])
        if link.visible
    }
    return [*people.items(), ("", _("%(name)s, in person") % {"name": row.title})]


def _givers_seen(place: Place, words: list[Consent]) -> set[tuple[int, int]]:
    """Those of the givers that one may see today."""
    wanted: dict[int, set[int]] = {}
    for word in words:
        if word.giver_type_id and word.giver_id:
            wanted.setdefault(word.giver_type_id, set()).add(word.giver_id)
    by_type: dict[int, ObjectSpec] = {spec.type_id: spec for spec in specs_for(place.actor).values()}
    return {
        (type_id, pk)
        for type_id, ids in wanted.items()
        if type_id in by_type
        for pk in visible_among(by_type[type_id], place.actor, ids).values_list("pk", flat=True)
    }


def giver_name(word: Consent, seen: set[tuple[int, int]]) -> str:
    """Who said it; empty for the record itself."""
    if not word.giver_id:
        return ""
    return word.giver_name if (word.giver_type_id, word.giver_id) in seen else _("Not visible to you")


def _told(place: Place, word: Consent, seen: set[tuple[int, int]]) -> dict[str, str]:
    verdicts = {"given": _("Given"), "withdrawn": _("Withdrawn"), "void": _("Taken back")}
    who, by = giver_name(word, seen), str(word.actor) if word.actor else "Amity"
    parts = [
        _("by %(name)s") % {"name": who} if who else "",
        str(CHANNELS.get(word.channel, "")),
        word.remark,
        _("wording %(n)s") % {"n": word.version},
        _("entered by %(name)s") % {"name": by},
    ]
    return {
        "verdict": verdicts[word.verdict],
        "color": {"given": "green", "withdrawn": "red"}.get(word.verdict, "grey"),
        "iso": clock.to_iso(word.at),
        "when": clock.human_time(word.at, place.context.zone, place.context.language, clock.now()),
        "text": " · ".join(part for part in parts if part),
        "wording": word.wording,
    }

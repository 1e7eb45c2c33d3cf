"""Who is written to about whom: parents for pupils, guardians for patients, a household for its members.

A relation may say that letters about the records of one end go to those of the other, by some or all channels
(`Relation.speaks`). A record may be an exception (`mail_to`). Nobody is written to who cannot be seen, and where
nobody that speaks for a record can be seen, the record itself is not written to either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Malformed
from amity.foundation.records.access import visible, visible_among
from amity.foundation.records.context import context_for
from amity.foundation.records.fieldtypes.consent import GIVEN, WITHDRAWN
from amity.foundation.records.fieldtypes.contact import ADDRESS_PARTS
from amity.foundation.records.objects import specs_for, whole_specs
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import LinkedRecord, Row, load_consents, load_links, row_of

TYPES_OF = {"email": "email", "phone": "phone", "letter": "address"}
STEPS = 3  # a pupil's parent, the parent's household
NAME_PARTS = ("prefix", "first_name", "last_name", "language")
UNSEEN, NO_ADDRESS, NO_CONSENT = "unseen", "no_address", "no_consent"
Key = tuple[str, int]


@dataclass
class Recipient:
    """One who is written to, once, about everybody in `about`.

    `object` and `id` are "" and 0 where nobody that may be written to is seen; `about` names records as
    `(object key, id, title)`. `address` is the first of the channel, `place` the parts of a postal one, `parts`
    those of the name, for the salutation. `consent` is given, withdrawn or "" for the purpose asked for;
    `problem` says why not to write: unseen, no_address, no_consent, or "".
    """

    object: str
    id: int
    name: str
    address: str
    parts: dict[str, str]
    place: dict[str, str] = field(default_factory=dict)
    about: list[tuple[str, int, str]] = field(default_factory=list)
    relation: str = ""
    consent: str = ""
    problem: str = ""

    @property
    def own(self) -> bool:
        """Whether it is about nobody but the one who is written to."""
        return all((key, pk) == (self.object, self.id) for key, pk, _title in self.about)


@dataclass(frozen=True)
class _Way:
    """How a record is reached so far: whose sake it is for, by which relations, and what the last one is called."""

    origin: tuple[str, int, str]
    used: frozenset[int] = frozenset()
    label: str = ""


def recipients(
    actor: Actor, spec: ObjectSpec, ids: Sequence[int], channel: str, purpose: str = "", *, verb: str = "see"
) -> list[Recipient]:
    """Everybody who is written to about these records, in their order; records out of the verb's reach are left out.

    `purpose` is the key of a consent field of the object. Raises Malformed for an unknown channel or purpose.
    """
    if channel not in TYPES_OF:
        raise Malformed(_("There is no channel “%(name)s”.") % {"name": channel[:20]})
    if purpose and purpose not in {item.key for item in spec.consents}:
        raise Malformed(_("There is no field “%(key)s”.") % {"key": purpose[:60]}, code="unknown_field")
    return _Finding(actor, channel, purpose, verb).lines(spec, ids)


class _Finding:
    def __init__(self, actor: Actor, channel: str, purpose: str, verb: str) -> None:
        self.actor, self.channel, self.purpose, self.verb = actor, channel, purpose, verb
        self.context = context_for(actor)
        self.whole = whole_specs(actor)  # a relation the role may not see still decides who is written to
        self.rows: dict[Key, Row] = {}

    def lines(self, spec: ObjectSpec, ids: Sequence[int]) -> list[Recipient]:
        self._load(spec.key, ids)
        ways = {
            (spec.key, pk): [_Way((spec.key, pk, self.rows[spec.key, pk].title))]
            for pk in ids
            if (spec.key, pk) in self.rows
        }
        ends: list[tuple[Key | None, _Way]] = []
        for _step in range(STEPS):
            ways = self._step(ways, ends)
        ends += [(key, way) for key, some in ways.items() for way in some]
        return self._joined(ends, {pk: at for at, pk in enumerate(ids)})

    def _step(
        self, ways: dict[Key, list[_Way]], ends: list[tuple[Key | None, _Way]]
    ) -> dict[Key, list[_Way]]:
        """One relation further; those for whom nobody speaks are the `ends`."""
        onward: dict[Key, list[_Way]] = {}
        for key, some in ways.items():
            for way in some:
                found = self._speakers(key, way)
                if found is None:
                    ends.append((key, way))
                    continue
                item, links = found
                seen = [link for link in links if link.visible]
                label = str(self._shown(item, key[0]))
                further = _Way(way.origin, way.used | {item.relation_id or 0}, label)
                if not seen:
                    ends.append((None, further))
                for link in seen:
                    onward.setdefault((link.object_key, link.id), []).append(further)
        for object_key in {key for key, _pk in onward}:
            self._load(object_key, [pk for key, pk in onward if key == object_key])
        ends += [(None, way) for key, some in onward.items() if key not in self.rows for way in some]
        return {key: some for key, some in onward.items() if key in self.rows}

    def _shown(self, item: Field, object_key: str) -> Any:
        """What the relation is called, where the role may see it."""
        own = specs_for(self.actor)[object_key].field(item.key)
        return own.label if own and not own.hidden else ""

    def _speakers(self, key: Key, way: _Way) -> tuple[Field, list[LinkedRecord]] | None:
        """Who speaks for a record, under the relation that fits the channel best; None for itself."""
        row = self.rows[key]
        choice = row.values.get("mail_to")
        if choice == "self":
            return None
        for item in speaking(self.whole[key[0]], self.channel):
            links = row.links.get(item.key, [])
            if not links or item.relation_id in way.used:
                continue
            seen = specs_for(self.actor)[key[0]].field(item.key)
            if seen is None or seen.hidden:
                return item, []
            first = choice == "first" or (choice != "all" and item.settings["speaks_first"])
            return item, links[:1] if first else links
        return None

    def _load(self, object_key: str, ids: Iterable[int]) -> None:
        """Rows of these records that the verb reaches, with every link that speaks for them."""
        spec = self.whole[object_key]
        wanted = [pk for pk in dict.fromkeys(ids) if (object_key, pk) not in self.rows]
        if not wanted or not spec.enabled:
            return
        reached = visible_among(spec, self.actor, wanted)
        if self.verb != "see":
            reached = reached & visible(spec, self.actor, self.verb)
        fields = [*speaking(spec, self.channel)]
        rows = [row_of(spec, record, self.context, ()) for record in reached]
        load_links(spec, fields, rows, self.context)
        load_consents(spec, spec.fields, rows, self.context)
        self.rows.update({(object_key, row.id): row for row in rows})

    # --- lines -------------------------------------------------------------------------------------------

    def _joined(self, ends: list[tuple[Key | None, _Way]], order: dict[int, int]) -> list[Recipient]:
        """One line for each who is written to; what stands for nobody in sight keeps a line of its own."""
        found: dict[Any, Recipient] = {}
        for key, way in sorted(ends, key=lambda end: order[end[1].origin[1]]):
            line = found.setdefault(key or ("", way.origin), self._line(key, way))
            if way.origin not in line.about:
                line.about.append(way.origin)
        for line in found.values():
            line.consent = self._consent(line)
            if not line.problem and self.purpose and line.consent != GIVEN:
                line.problem = NO_CONSENT
        return list(found.values())

    def _line(self, key: Key | None, way: _Way) -> Recipient:
        if key is None:
            return Recipient("", 0, "", "", {}, relation=way.label, problem=UNSEEN)
        spec, row = specs_for(self.actor)[key[0]], self.rows[key]
        address, place = address_of(spec, row, self.channel)
        parts = {name: str(row.values.get(name) or "") for name in NAME_PARTS if _readable(spec, name)}
        problem = "" if address else NO_ADDRESS
        return Recipient(*key, row.title, address, parts, place, relation=way.label, problem=problem)

    def _consent(self, line: Recipient) -> str:
        """For each person it is about: a withdrawal, hers or the recipient's, wins; else one of them is enough."""
        if not self.purpose or not line.id:
            return ""
        to = self._state((line.object, line.id))
        states = [{to, self._state((key, pk))} for key, pk, _title in line.about]
        if any(WITHDRAWN in one for one in states):
            return WITHDRAWN
        return GIVEN if all(GIVEN in one for one in states) else ""

    def _state(self, key: Key) -> str:
        """What somebody said; nothing where the role may not see it."""
        if not _readable(specs_for(self.actor)[key[0]], self.purpose):
            return ""
        return self.rows[key].values.get(self.purpose) or ""


def speaking(spec: ObjectSpec, channel: str) -> list[Field]:
    """Links from a record to who is written to about it: those for few channels before those for all."""
    fields = [
        item
        for item in spec.fields
        if item.settings.get("speaks")
        and not item.archived
        and channel in (item.settings["channels"] or TYPES_OF)
    ]
    return sorted(fields, key=lambda item: len(item.settings["channels"] or TYPES_OF))


def address_of(spec: ObjectSpec, row: Row, channel: str) -> tuple[str, dict[str, str]]:
    """The first e-mail, phone or address of a row in one line, and a postal address in its parts.

    Empty without one that the role may see.
    """
    for item in spec.live_fields:
        value = row.values.get(item.key)
        if item.type.name != TYPES_OF[channel] or not value:
            continue
        if channel == "letter":
            parts = {name: str(value[0][name]) for name in ADDRESS_PARTS if value[0].get(name)}
            return ", ".join(parts.values()), parts
        return str(value[0]["normal" if channel == "phone" else "value"]), {}
    return "", {}


def _readable(spec: ObjectSpec, key: str) -> bool:
    item = spec.field(key)
    return item is not None and not item.hidden and not item.archived


__all__ = [
    "NO_ADDRESS",
    "NO_CONSENT",
    "TYPES_OF",
    "UNSEEN",
    "Recipient",
    "address_of",
    "recipients",
    "speaking",
]

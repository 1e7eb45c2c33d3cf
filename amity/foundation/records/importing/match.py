"""Finding the records that rows of a file stand for, a whole set of rows at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from amity.foundation.accounts.models import Membership, Team
from amity.foundation.core.errors import FieldError, Invalid
from amity.foundation.core.text import sort_key
from amity.foundation.records.access import all_records, visible, visible_among
from amity.foundation.records.context import Context
from amity.foundation.records.database import OneOf, PairIn
from amity.foundation.records.fieldtypes import BadValue
from amity.foundation.records.importing.convert import Converted
from amity.foundation.records.merged import survivors_of
from amity.foundation.records.objects import specs_for
from amity.foundation.records.services.clean import check_required
from amity.foundation.records.services.duplicates import holders_of
from amity.foundation.records.services.write import Draft, Writer
from amity.foundation.records.spec import Field, ObjectSpec, Values

POINT_KEYS = {"email": "email", "phone": "phone", "messenger": "messenger"}
Key = tuple[str, str]


def keys_offered(spec: ObjectSpec) -> list[str]:
    """What records can be matched by: kinds of contact points, the name, and unique or identifying texts."""
    kinds = {item.type.name for item in spec.live_fields}
    points = [kind for kind in POINT_KEYS if kind in kinds]
    texts = [
        item.key
        for item in spec.live_fields
        if item.type.name == "text" and item.key != "name" and (item.unique or item.key in spec.identity)
    ]
    return [*texts, *points, "name"]


def key_maker(spec: ObjectSpec, keys: Sequence[str]) -> Callable[[Values], list[Key]]:
    """A function that gives a row's identifying values, in the order of trust."""
    plan = [(key, [item.key for item in spec.live_fields if item.type.name == key]) for key in keys]

    def row_keys(values: Values) -> list[Key]:
        found: list[Key] = []
        for key, fields in plan:
            if key in POINT_KEYS:
                for name in fields:
                    for point in values.get(name) or ():
                        found.append((key, point["normal"][:200]))
            elif key == "name":
                found += _name_key(spec, values, alone=not found)
            elif values.get(key):
                found.append((key, str(values[key])))
        return found

    return row_keys


def _name_key(spec: ObjectSpec, values: Values, *, alone: bool) -> list[Key]:
    """The name with the company beside it: two Ayşe Yılmaz are not one.

    Where people have no company the name counts only when it is all the row has (`alone`).
    """
    if not (values.get("last_name") or values.get("first_name") or values.get("name")):
        return []
    company = values.get("company") or ""
    if not company and not alone and _company(spec):
        return []
    return [("name", f"{sort_key(spec.title_of(values))}\0{company}")]


def _company(spec: ObjectSpec) -> Field | None:
    """The field that sets namesakes apart; None while it is put away or companies are switched off."""
    field = spec.by_key.get("company")
    return None if field is None or field.hidden else field


class Matcher:
    """Knows, for one set of rows, which visible record each key belongs to."""

    def __init__(self, spec: ObjectSpec, context: Context, keys: Sequence[str]) -> None:
        self.spec, self.context, self.keys = spec, context, list(keys)

    def find(self, rows: Sequence[list[Key]]) -> dict[Key, int]:
        wanted = {key for row in rows for key in row}
        found: dict[Key, int] = {}
        points = [key for key in wanted if key[0] in POINT_KEYS]
        holders = holders_of(self.spec, points, self.context.workspace_id)
        found.update({key: ids[0] for key, ids in self._seen(holders).items() if ids})
        found.update(self._by_name({text for kind, text in wanted if kind == "name"}))
        for kind in {kind for kind, _text in wanted if kind not in POINT_KEYS and kind != "name"}:
            found.update(self._by_text(kind, {text for k, text in wanted if k == kind}))
        return found

    def _seen(self, holders: dict[Key, list[int]]) -> dict[Key, list[int]]:
        """Only records the actor may see are matched, so an import tells nothing of others."""
        if self.context.actor.owners(self.spec.key, "see") is None:
            return holders
        ids = {pk for some in holders.values() for pk in some}
        seen = set(visible_among(self.spec, self.context.actor, ids).values_list("pk", flat=True))
        return {key: [pk for pk in some if pk in seen] for key, some in holders.items()}

    def _by_name(self, texts: set[str]) -> dict[Key, int]:
        """Records by name and company; the oldest of several. No ORDER BY: it would mislead the planner."""
        pairs = [text.split("\0") for text in texts]
        company = _company(self.spec)
        people = visible(self.spec, self.context.actor)
        if company is None or not company.column:
            rows = people.filter(OneOf("title_key", (name for name, _company in pairs)))
            return oldest((("name", f"{title}\0"), pk) for pk, title in rows.values_list("pk", "title_key"))
        column = company.column
        with_company = [(int(firm), name) for name, firm in pairs if firm]
        found: dict[Key, int] = {}
        if with_company:
            rows = people.filter(PairIn(column, "title_key", with_company)).values_list(
                "pk", "title_key", column
            )
            found = oldest((("name", f"{title}\0{firm}"), pk) for pk, title, firm in rows)
        alone = [name for name, firm in pairs if not firm]
        if alone:
            rows = people.filter(OneOf("title_key", alone), **{f"{column}__isnull": True})
            found |= oldest((("name", f"{title}\0"), pk) for pk, title in rows.values_list("pk", "title_key"))
        return found

    def _by_text(self, key: str, texts: set[str]) -> dict[Key, int]:
        field = self.spec.by_key[key]
        by_stored = {field.type.slot_value(text) if field.slot else text: text for text in texts}
        # No IS NOT NULL beside it: SQLite would walk the whole index rather than look up.
        rows = visible(self.spec, self.context.actor).annotate(match_text=field.expression())
        rows = rows.filter(OneOf("match_text", by_stored))
        found = oldest(((key, by_stored[text]), pk) for pk, text in rows.values_list("pk", "match_text"))
        missing = {text for text in texts if (key, text) not in found}
        return found | self._of_merged(field, missing) if missing else found

    def _of_merged(self, field: Field, texts: set[str]) -> dict[Key, int]:
        """What other programs call a record that went into another is the other's name too."""
        by_stored = {field.type.slot_value(text) if field.slot else text: text for text in texts}
        gone = all_records(self.spec, self.context.workspace_id).filter(deleted_at__isnull=False)
        gone = gone.annotate(match_text=field.expression()).filter(OneOf("match_text", by_stored))
        names = dict(gone.values_list("pk", "match_text"))
        became = survivors_of(self.spec, self.context.workspace_id, names) if names else {}
        seen = set(visible_among(self.spec, self.context.actor, became.values()).values_list("pk", flat=True))
        return oldest(((field.key, by_stored[names[pk]]), end) for pk, end in became.items() if end in seen)


def oldest(pairs: Iterable[tuple[Any, int]]) -> dict[Any, int]:
    """The smallest id per key."""
    found: dict[Any, int] = {}
    for key, pk in pairs:
        found[key] = min(pk, found.get(key, pk))
    return found


class References:
    """Turns names of linked records, colleagues and teams into ids, making missing linked records where allowed.

    `strict` refuses every name that nobody has, and one that several have.
    """

    def __init__(
        self,
        spec: ObjectSpec,
        context: Context,
        *,
        make: bool = False,
        batch_id: int | None = None,
        strict: bool = False,
    ) -> None:
        self.spec, self.context, self.make, self.batch_id = spec, context, make, batch_id
        self.strict = strict
        self._shared: set[str] = set()  # names that several have
        self._users: dict[str, int] | None = None
        self._same: set[str] = set()

    def resolve(self, rows: Sequence[Converted]) -> None:
        """Fill `values` from `names`; unknown names become errors of their rows."""
        wanted: dict[str, dict[str, None]] = {}
        for row in rows:
            for key, texts in row.names.items():
                wanted.setdefault(key, {}).update(dict.fromkeys(texts))
        for key, found in wanted.items():
            names = list(found)
            field = self.spec.by_key[key]
            known = self._known(field, names)
            ids = {name: known.get(sort_key(name)) or known.get(name.casefold()) for name in names}
            for row in [row for row in rows if key in row.names]:
                self._fill(row, field, ids)

    def _known(self, field: Field, names: list[str]) -> dict[str, int]:
        """Ids by folded name or e-mail address."""
        self._shared = set()
        if field.type.references == "user":
            return self._user_ids()
        if field.type.references == "team":
            here = Team.unscoped.filter(workspace_id=self.context.workspace_id)
            return {sort_key(name): pk for pk, name in here.values_list("pk", "name")}
        return self._linked(field, names)

    def _fill(self, row: Converted, field: Field, known: dict[str, int | None]) -> None:
        ids = [found for name in row.names[field.key] if (found := known[name]) is not None]
        if ids:
            row.values[field.key] = ids if field.many else ids[0]
        if self.strict:
            self._refuse(row, field, known)
        elif len(ids) < len(row.names[field.key]) and field.type.references != "user" and self.make:
            missing = next(name for name in row.names[field.key] if known[name] is None)
            text = _("There is no “%(name)s” you may link to.") % {"name": missing[:80]}
            row.errors.append(FieldError(field.key, "unknown", text))

    def _refuse(self, row: Converted, field: Field, known: dict[str, int | None]) -> None:
        for name in row.names[field.key]:
            if known[name] is None:
                text = _("There is no “%(name)s” here. Choose one from the list.") % {"name": name[:80]}
                row.errors.append(FieldError(field.key, "unknown", text))
            elif sort_key(name) in self._shared:
                text = _("Several are called “%(name)s”. Choose the right one in the cell.") % {
                    "name": name[:80]
                }
                row.errors.append(FieldError(field.key, "shared", text))

    def _user_ids(self) -> dict[str, int]:
        """Colleagues by e-mail and by name. A name nobody here has leaves the owner to the default."""
        if self._users is None:
            rows = Membership.unscoped.filter(workspace_id=self.context.workspace_id, is_active=True)
            self._users, names = {}, Counter[str]()
            for pk, email, name in rows.values_list("user_id", Lower("user__email"), "user__name"):
                self._users[email.casefold()] = pk
                if name:
                    self._users.setdefault(sort_key(name), pk)
                    names[sort_key(name)] += 1
            self._same = {name for name, count in names.items() if count > 1}
        self._shared = self._same
        return self._users

    def _linked(self, field: Field, names: list[str]) -> dict[str, int]:
        target = specs_for(self.context.actor).get(field.target)
        if target is None or not target.enabled:
            return {}
        keys = {sort_key(name): name for name in names}
        rows = visible(target, self.context.actor).filter(OneOf("title_key", keys))
        found = list(rows.values_list("title_key", "pk"))
        known: dict[str, int] = oldest(found)
        self._shared = {key for key, count in Counter(key for key, _pk in found).items() if count > 1}
        if any("@" in name for name in names):
            known.update(self._by_email(target, names))
        missing = {key: name for key, name in keys.items() if key and key not in known}
        if missing and self.make and self.context.actor.may(target.key, "create"):
            known.update(self._create(target, missing))
        return known

    def _by_email(self, target: ObjectSpec, names: list[str]) -> dict[str, int]:
        """Linked records named by an e-mail address, under the same keys as names."""
        pairs = {("email", name.casefold()): sort_key(name) for name in names if "@" in name}
        holders = Matcher(target, self.context, ["email"]).find([list(pairs)])
        return {pairs[key]: pk for key, pk in holders.items()}

    def _create(self, target: ObjectSpec, missing: dict[str, str]) -> dict[str, int]:
        """Companies named in a person's row come into being with the person."""
        actor, keys, drafts = self.context.actor, [], []
        for key, name in missing.items():
            values = self._first_values(target, name)
            values["owner"] = actor.user_id
            try:
                check_required(target, {**values, "name": name})
            except Invalid:
                continue
            keys.append(key)
            drafts.append(Draft(values))
        ids = Writer(target, actor, batch_id=self.batch_id).create(drafts)
        return dict(zip(keys, ids, strict=True))

    def _first_values(self, target: ObjectSpec, name: str) -> Values:
        """A name, or an address where people are named by one."""
        emails = target.by_key.get("emails")
        if "@" in name and emails is not None and target.make_title is not None:
            try:
                return {"emails": emails.type.clean(emails, name, self.context)}
            except BadValue:
                pass
        return target.prepare({"name": name[:250]}, {}, self.context)

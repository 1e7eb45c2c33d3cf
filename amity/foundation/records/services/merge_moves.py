"""What hangs on records that become one: records that point at them, links, notes and files come over in sets.

Everything that moves is written down as data, so that undoing moves back just that and leaves what came later.
It moves whoever may see it: what the actor cannot see is not told either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import from_iso, to_iso
from amity.foundation.core.errors import LimitReached
from amity.foundation.records.access import all_records
from amity.foundation.records.database import OneOf
from amity.foundation.records.models import Attached, Claim, Consent, Link, Note, Relation, StoredFile
from amity.foundation.records.objects import whole_specs
from amity.foundation.records.services.write import Writer
from amity.foundation.records.spec import ObjectSpec
from amity.foundation.records.trees import check_merge

MOST_CHILDREN = 20_000
ATTACHED: list[type[Attached]] = [Note, StoredFile, Claim, Consent]
Json = dict[str, Any]


def moves_along(model: type[Attached]) -> None:
    """Let rows of another room that hang on a record go over to the one it is merged into."""
    ATTACHED.append(model)


@dataclass
class Moves:
    """One set of records becoming one: `others` go into `survivor`.

    `held` says for link fields of one value whose link stays.
    """

    actor: Actor
    spec: ObjectSpec
    survivor: int
    others: Sequence[int]
    held: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.spec = whole_specs(self.actor)[self.spec.key]  # with all fields, whatever the role sees

    def move(self) -> Json:
        """Bring everything over. Call inside the merge's transaction; the records are locked."""
        check_merge(self.spec, self.actor.workspace_id, [self.survivor, *self.others])
        links = _Links(self)
        return {"children": self._move_children(), **links.move(), "attached": self._move_attached()}

    # --- records that point here ---------------------------------------------------------------------------

    def _move_children(self) -> list[list[Any]]:
        """`[object, field, from whom, ids]` of every foreign key of another record that was led over."""
        moved: list[list[Any]] = []
        for key, field_key, old, ids in self.children():
            writer, item = self._pointing(key, field_key)
            writer.point(item, ids, old, self.survivor)
            moved.append([key, field_key, old, ids])
        return moved

    def children(self) -> list[tuple[str, str, int, list[int]]]:
        """Whose foreign keys point at the others. Raises LimitReached for more than one transaction may hold."""
        found: list[tuple[str, str, int, list[int]]] = []
        for reverse in self.spec.reverses:
            other = whole_specs(self.actor)[reverse.object_key]
            column = other.by_key[reverse.field_key].column
            by_old: dict[int, list[int]] = {}
            rows = all_records(other, self.actor.workspace_id).filter(**{f"{column}__in": self.others})
            if other.key == self.spec.key:
                rows = rows.exclude(pk__in=[self.survivor, *self.others])
            for pk, old in rows.values_list("pk", column)[: MOST_CHILDREN + 1]:
                by_old.setdefault(old, []).append(pk)
            found += [(other.key, reverse.field_key, old, sorted(ids)) for old, ids in sorted(by_old.items())]
        if sum(len(ids) for *_where, ids in found) > MOST_CHILDREN:
            limit = {"n": MOST_CHILDREN}
            raise LimitReached(
                _("More than %(n)s records are linked to what would be merged; keep that one instead.")
                % limit
            )
        return found

    def _pointing(self, key: str, field_key: str) -> tuple[Writer, Any]:
        other = whole_specs(self.actor)[key]
        return Writer(other, self.actor), other.by_key[field_key]

    # --- notes, files and what other rooms hang on records -------------------------------------------------

    def _move_attached(self) -> Json:
        moved: Json = {}
        for model in ATTACHED:
            rows = self._hanging(model, self.others)
            by_old: dict[str, list[int]] = {}
            for pk, old in rows.values_list("pk", "record_id"):
                by_old.setdefault(str(old), []).append(pk)
            if by_old:
                rows.update(record_id=self.survivor)
                moved[model._meta.label_lower] = by_old
        return moved

    def _hanging(self, model: type[Attached], ids: Sequence[int]) -> Any:
        here = {"workspace_id": self.actor.workspace_id, "object_type_id": self.spec.type_id}
        return model.unscoped.filter(**here, record_id__in=ids)

    # --- and back ------------------------------------------------------------------------------------------

    def move_back(self, moved: Json) -> None:
        """What the merge moved and still hangs on the survivor goes back to whom it came from."""
        for key, field_key, old, ids in moved["children"]:
            writer, item = self._pointing(key, field_key)
            rows = all_records(writer.spec, self.actor.workspace_id).filter(OneOf("pk", ids))
            still = sorted(rows.filter(**{item.column: self.survivor}).values_list("pk", flat=True))
            if still:
                writer.point(item, still, self.survivor, old)
        _Links(self).move_back(moved)
        for model in ATTACHED:
            for old, ids in moved["attached"].get(model._meta.label_lower, {}).items():
                self._hanging(model, [self.survivor]).filter(OneOf("pk", ids)).update(record_id=int(old))


class _Links:
    """Rows of the Link table: every one that leads to or from the others is led to the survivor.

    One that would stand there twice, lead from the survivor to itself, or be a second one where one is held,
    is dropped and written down.
    """

    def __init__(self, moves: Moves) -> None:
        self.survivor, self.workspace_id = moves.survivor, moves.actor.workspace_id
        self.order = [moves.survivor, *moves.others]
        self.ids, self.held = set(self.order), moves.held
        self.fields = {(item.relation_id, item.end): item for item in moves.spec.fields if item.relation_id}

    def move(self) -> Json:
        links = self._all()
        dropped = self._surplus(links)
        seen = {self._ends(link) for link in links if self._stays(link) and link.pk not in dropped}
        moved: dict[str, dict[str, list[int]]] = {"from": {}, "to": {}}
        for link in links:
            ends = self._ends(link)
            if link.pk in dropped or self._stays(link):
                continue
            if ends in seen or self._leads_to_itself(link):
                dropped.add(link.pk)
                continue
            seen.add(ends)
            end = "from" if link.from_id != ends[1] else "to"
            moved[end].setdefault(str(getattr(link, f"{end}_id")), []).append(link.pk)
        gone = [link for link in links if link.pk in dropped]
        Link.unscoped.filter(OneOf("pk", dropped)).delete()
        for end, by_old in moved.items():
            ids = [pk for some in by_old.values() for pk in some]
            if ids:
                Link.unscoped.filter(OneOf("pk", ids)).update(**{f"{end}_id": self.survivor})
        return {"links": moved, "dropped": [_written(link) for link in gone]}

    def _all(self) -> list[Link]:
        found: dict[int, Link] = {}
        for end in ("from", "to"):
            relations = [relation for relation, one in self.fields if one == end]
            rows = Link.unscoped.filter(
                workspace_id=self.workspace_id, relation_id__in=relations, **{f"{end}_id__in": self.ids}
            )
            found |= {link.pk: link for link in rows}
        return [found[pk] for pk in sorted(found)]

    def _own(self, link: Link, end: str) -> bool:
        """Whether this end of the link is one of the records that become one."""
        return (link.relation_id, end) in self.fields and getattr(link, f"{end}_id") in self.ids

    def _ends(self, link: Link) -> tuple[int, int, int]:
        """Relation and ends as they will be."""
        start, goal = (
            self.survivor if self._own(link, end) else getattr(link, f"{end}_id") for end in ("from", "to")
        )
        return link.relation_id, start, goal

    def _stays(self, link: Link) -> bool:
        return self._ends(link) == (link.relation_id, link.from_id, link.to_id)

    def _leads_to_itself(self, link: Link) -> bool:
        return self._own(link, "from") and self._own(link, "to")

    def _surplus(self, links: Sequence[Link]) -> set[int]:
        """Links under fields of one value that belong to others than the one whose link stays."""
        surplus: set[int] = set()
        for (relation, end), item in self.fields.items():
            holders = [
                (getattr(link, f"{end}_id"), link.pk)
                for link in links
                if link.relation_id == relation and self._own(link, end)
            ]
            if item.many or not holders:
                continue
            first = next(pk for pk in self.order if pk in {holder for holder, _link in holders})
            keeps = self.held.get(item.key, first)
            surplus |= {link for holder, link in holders if holder != keeps}
        return surplus

    def move_back(self, moved: Json) -> None:
        """Links that somebody set anew meanwhile, on either side, stay as they are."""
        for end, by_old in moved["links"].items():
            far = "to" if end == "from" else "from"
            for old, ids in by_old.items():
                links = Link.unscoped.filter(OneOf("pk", ids), **{f"{end}_id": self.survivor})
                have = Link.unscoped.filter(workspace_id=self.workspace_id, **{f"{end}_id": int(old)})
                known = set(have.values_list("relation_id", f"{far}_id"))
                rows = links.values_list("pk", "relation_id", f"{far}_id")
                back = [pk for pk, relation, other in rows if (relation, other) not in known]
                Link.unscoped.filter(OneOf("pk", back)).update(**{f"{end}_id": int(old)})
        self._make_again(moved["dropped"])

    def _make_again(self, rows: Sequence[list[Any]]) -> None:
        relations = Relation.unscoped.in_bulk({row[0] for row in rows})
        for row in rows:
            relation = relations.get(row[0])
            if relation is not None and not self._taken(relation, row[1], row[2]):
                Link.unscoped.bulk_create([_read(self.workspace_id, row)], ignore_conflicts=True)

    def _taken(self, relation: Relation, start: int, goal: int) -> bool:
        """Whether an end that holds one link holds another by now."""
        ends = [("from", start, relation.from_many), ("to", goal, relation.to_many)]
        return any(
            not many and Link.unscoped.filter(relation=relation, **{f"{end}_id": pk}).exists()
            for end, pk, many in ends
        )


def _written(link: Link) -> list[Any]:
    return [link.relation_id, link.from_id, link.to_id, to_iso(link.created_at), link.created_by_id]


def _read(workspace_id: int, row: list[Any]) -> Link:
    relation, start, goal, at, by = row
    return Link(
        workspace_id=workspace_id, relation_id=relation, from_id=start, to_id=goal, created_at=from_iso(at),
        created_by_id=by,
    )  # fmt: skip

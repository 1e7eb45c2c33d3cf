"""Which records one may see: the one queryset layer that pages, API, search and exports go through.

A record is reached by its owner, as far as the role says, or because it is shared (`sharing.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Denied, NotFound
from amity.foundation.records.database import OneOf, Unindexed, load_row
from amity.foundation.records.sharing import CHANGE, received, shared_among, shared_ids
from amity.foundation.records.spec import ObjectSpec

MAX_ID = 2**63 - 1


def all_records(spec: ObjectSpec, workspace_id: int) -> QuerySet[Any]:
    """Every record of the object in the workspace, trash included, whoever asks. For services only."""
    kind = {"object_type_id": spec.type_id} if spec.custom else {}
    return spec.model.unscoped.filter(workspace_id=workspace_id, **kind)


def reach(spec: ObjectSpec, actor: Actor, verb: str, *, shared: bool = True) -> Q:
    """The condition that a verb reaches a record, by its owner or because it is `shared`."""
    owners = actor.owners(spec.key, verb)
    if owners is None:
        return Q()
    own = Q(owner_id__in=owners) if owners else Q(pk__in=[])
    ids = shared_ids(spec, actor, verb) if shared else None
    return own if ids is None else own | Q(pk__in=ids)


def visible(spec: ObjectSpec, actor: Actor, verb: str = "see", *, trash: bool = False) -> QuerySet[Any]:
    """Live (or trashed) records the actor may use the verb on. What one cannot see, no other verb reaches.

    A share gives nothing while its record is in the trash.
    """
    limits = (reach(spec, actor, one, shared=not trash) for one in dict.fromkeys(("see", verb)))
    found = [limit for limit in limits if limit]
    own, *by_share = visible_parts(spec, actor, trash=trash)
    if not by_share:
        return all_records(spec, actor.workspace_id).filter(*found, deleted_at__isnull=not trash)
    ids = own.values("pk").union(*(part.values("pk") for part in by_share), all=True)
    return _by_ids(spec, actor.workspace_id).filter(*found[1:], pk__in=ids, deleted_at__isnull=not trash)


def visible_parts(spec: ObjectSpec, actor: Actor, *, trash: bool = False) -> list[QuerySet[Any]]:
    """The records one may see, in parts that each are read through an index of their own: by owner, and by share.

    For the first records of a sorted list: one condition for both would walk the whole object. A record may be in
    both parts.
    """
    shared = None if trash else shared_ids(spec, actor, "see")
    own = all_records(spec, actor.workspace_id).filter(deleted_at__isnull=not trash)
    limit = reach(spec, actor, "see", shared=False)
    if not limit:
        return [own]
    if shared is None:
        return [own.filter(limit)]
    here = _by_ids(spec, actor.workspace_id).filter(pk__in=shared, deleted_at__isnull=True)
    return [own.filter(limit), here]


def _by_ids(spec: ObjectSpec, workspace_id: int) -> QuerySet[Any]:
    """All records, to be narrowed by ids and looked up by them."""
    kind = {"own_type": spec.type_id} if spec.custom else {}
    records = spec.model.unscoped.alias(own_workspace=Unindexed("workspace_id"))
    if spec.custom:
        records = records.alias(own_type=Unindexed("object_type_id"))
    return records.filter(own_workspace=workspace_id, **kind)


def among_records(spec: ObjectSpec, workspace_id: int, ids: Iterable[int]) -> QuerySet[Any]:
    """These records of the object, trash included, whoever asks, looked up by their ids. For services only."""
    kind = {"object_type_id": spec.type_id} if spec.custom else {}
    records = spec.model.unscoped.alias(own_workspace=Unindexed("workspace_id"))
    return records.filter(OneOf("pk", ids), own_workspace=workspace_id, **kind)


def locked(spec: ObjectSpec, workspace_id: int, ids: Iterable[int], *, trash: bool = False) -> list[Any]:
    """These live (or trashed) records in the order of their ids, held until the transaction ends. For services only."""
    rows = among_records(spec, workspace_id, ids).filter(deleted_at__isnull=not trash)
    return list(rows.order_by("pk").select_for_update())


def visible_among(spec: ObjectSpec, actor: Actor, ids: Iterable[int]) -> QuerySet[Any]:
    """Those of these live records that the actor may see, looked up by their ids."""
    limit = reach(spec, actor, "see")
    here = among_records(spec, actor.workspace_id, ids).filter(deleted_at__isnull=True)
    return here.filter(limit) if limit else here


def get_record(
    spec: ObjectSpec,
    actor: Actor,
    record_id: int,
    verb: str = "see",
    *,
    trash: bool = False,
    lock: bool = False,
) -> Any:
    """The record, or NotFound when absent or unseen, or Denied when seen but out of the verb's reach.

    `lock` holds it until the transaction ends; SQLite holds the whole database already.
    """
    return judged(spec, actor, _load(spec, actor.workspace_id, record_id, trash=trash, lock=lock), verb)


def judged(spec: ObjectSpec, actor: Actor, record: Any, verb: str) -> Any:
    """A loaded record if the verb reaches it. Raises as `get_record` does; None counts as absent."""
    if record is None or not reaches(spec, actor, record, "see"):
        raise NotFound
    if verb != "see" and not reaches(spec, actor, record, verb):
        raise Denied
    return record


def _load(spec: ObjectSpec, workspace_id: int, record_id: int, *, trash: bool, lock: bool) -> Any:
    """The record whoever asks, or None. In SQL, because every page, save and API call begins with it."""
    where = f"id = %s AND workspace_id = %s AND deleted_at IS {'NOT ' if trash else ''}NULL"
    parameters = [record_id, workspace_id]
    if spec.custom:
        where += " AND object_type_id = %s"
        parameters.append(spec.type_id)
    if lock and connection.features.has_select_for_update:
        where += " FOR UPDATE"
    return load_row(spec.model, where, parameters) if 0 < record_id <= MAX_ID else None


def reaches(spec: ObjectSpec, actor: Actor, record: Any, verb: str) -> bool:
    """Whether the verb is granted on this very record."""
    return bool(reached(spec, actor, [record], verb))


def reached(spec: ObjectSpec, actor: Actor, records: Iterable[Any], verb: str) -> list[Any]:
    """Those of these loaded records that the verb reaches, in their order. At most one statement."""
    found = list(records)
    rest = [one.pk for one in found if one.deleted_at is None and not owned(spec, actor, one, verb)]
    shared = shared_among(spec, actor, rest, verb)
    return [one for one in found if one.pk in shared or owned(spec, actor, one, verb)]


def owned(spec: ObjectSpec, actor: Actor, record: Any, verb: str) -> bool:
    """Whether the role itself reaches the record, without any share."""
    owners = actor.owners(spec.key, verb)
    return owners is None or record.owner_id in owners


def only_shown(spec: ObjectSpec, actor: Actor, record: Any) -> bool:
    """Whether the record is in sight by a share to see it and nothing else: then nothing may be added to it."""
    if owned(spec, actor, record, "see"):
        return False
    levels = received(actor).filter(object_type_id=spec.type_id, record_id=record.pk)
    return not levels.filter(level=CHANGE).exists()


def changing(spec: ObjectSpec, actor: Actor) -> Callable[[Any], bool]:
    """Tells of one row of a list after another whether the actor may change its record. One statement at most."""
    owners = actor.owners(spec.key, "edit")
    ids = shared_ids(spec, actor, "edit") if owners is not None else None
    shared = frozenset(ids if ids is not None else ())
    return lambda row: owners is None or row.owner_id in owners or row.id in shared

"""Taking a whole run back: small sets, each in a transaction that also remembers the place.

Updates first, newest first, field by field where the field still holds what the run wrote; then what it
deleted comes back, what it brought back goes again, and what it created goes to the trash unless somebody
used it since. Rights are today's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor, load_actor
from amity.foundation.accounts.models import Membership
from amity.foundation.core.clock import now
from amity.foundation.core.errors import AmityError, Conflict, Denied, Invalid
from amity.foundation.core.jobs.context import RunAgain, report, should_stop, stop_if_cancelled
from amity.foundation.records.access import all_records, locked, owned, reaches
from amity.foundation.records.context import context_for
from amity.foundation.records.models import Batch, Change, Claim, Run
from amity.foundation.records.objects import spec_by_type
from amity.foundation.records.services.clean import known_ids
from amity.foundation.records.services.consents import undo_consent
from amity.foundation.records.services.links import linked_ids
from amity.foundation.records.services.records import as_list, check_owner
from amity.foundation.records.services.runs import UNDOABLE, next_size
from amity.foundation.records.services.used_since import UsedSince
from amity.foundation.records.services.write import Edit, Writer
from amity.foundation.records.spec import ObjectSpec, Values
from amity.foundation.records.values import read_record, user_names

KEPT_LISTED = 200
FIRST_SET, SMALLEST, LARGEST = 100, 10, 500
AFTER = {  # the next phase
    "update": "consent", "consent": "delete", "delete": "restore", "restore": "create", "create": "over",
}  # fmt: skip


def begin_undo(*, actor: Actor, run: Run, include_changed: bool = False) -> None:
    """Mark a run as being taken back; call in the transaction that adds the job, or does the work."""
    if actor.read_only:
        raise Denied
    if run.state not in UNDOABLE or run.batch is None:
        raise Conflict(_("This cannot be taken back."), code="undone")
    batch = Batch.objects.create(
        workspace_id=run.workspace_id, kind="undo", label=run.batch.label, actor_id=actor.user_id
    )
    run.results["undo"] = {
        "batch": batch.pk, "actor": actor.user_id, "source": actor.source, "include_changed": include_changed,
        "phase": "update", "below": None, "reverted": 0, "restored": 0, "trashed": 0, "kept_fields": 0, "kept": [],
        "kept_count": 0,
    }  # fmt: skip
    run.state = "undoing"
    run.save(update_fields=["state", "results"])


def go_on(run: Run) -> None:
    """The work of an undo job, from where it stands. Safe to be killed and called again."""
    told = run.results["undo"]
    actor = load_actor(run.workspace_id, told["actor"] or 0, told.get("source", "import"))
    if actor is None:
        run.state, run.error = "done", _("Whoever started this no longer works here.")
        run.save(update_fields=["state", "error"])
        return
    RunUndo(actor, run).work()


@dataclass
class _Back:
    """One record's way back: what is written, and the fields that stay because they were changed since."""

    edit: Edit
    kept: list[str] = field(default_factory=list)


class RunUndo:
    """One run being taken back. `work` may stop at any set and go on in another process."""

    def __init__(self, actor: Actor, run: Run) -> None:
        self.actor, self.run = actor, run
        self.context = context_for(actor)
        self.told: dict[str, Any] = run.results.get("undo", {})
        self.batch_id: int = run.batch_id or 0
        self.batches = [pk for pk in (run.batch_id, self.told.get("batch")) if pk]
        self.label = run.batch.label if run.batch else ""
        self.used = UsedSince(actor, run, self.batches, going=bool(self.told))

    def work(self) -> None:
        total = max(1, Change.unscoped.filter(batch_id=self.batch_id).count())
        size, done = FIRST_SET, 0
        steps: dict[str, Callable[[ObjectSpec, list[Change]], None]] = {
            "update": self._revert, "consent": self._take_back,
            "delete": self._bring_back, "restore": self._trash_again, "create": self._remove,
        }  # fmt: skip
        while self.told["phase"] in steps:
            started, phase = time.monotonic(), self.told["phase"]
            with transaction.atomic():
                changes = self.changes(phase, self.told["below"], size)
                for spec, some in self.by_object(changes):
                    steps[phase](spec, some)
                self._remember(phase, changes)
            done += len(changes)
            report(min(99, 100 * done // total), 100, self.label)
            size = next_size(size, time.monotonic() - started, SMALLEST, LARGEST)
            stop_if_cancelled()  # what is undone stays so; undoing again goes on from there
            if should_stop():
                raise RunAgain
        self._finish()

    def _remember(self, phase: str, changes: Sequence[Change]) -> None:
        self.told["below"] = changes[-1].pk if changes else None
        if not changes:
            self.told["phase"] = AFTER[phase]
        self.run.save(update_fields=["results"])

    def _finish(self) -> None:
        with transaction.atomic():
            Batch.objects.filter(pk=self.batch_id).update(undone_at=now())
            Claim.unscoped.filter(workspace_id=self.run.workspace_id, batch_id=self.batch_id).delete()
            self.run.state = "undone"
            self.run.save(update_fields=["state"])

    # --- what the run did ------------------------------------------------------------------------

    def changes(self, kind: str, below: int | None, size: int) -> list[Change]:
        rows = Change.unscoped.filter(workspace_id=self.run.workspace_id, batch_id=self.batch_id, kind=kind)
        rows = rows.filter(id__lt=below) if below else rows
        return list(rows.order_by("-id")[:size])

    def by_object(self, changes: Iterable[Change]) -> list[tuple[ObjectSpec, list[Change]]]:
        """Runs of changes of one object, in their order: people go before the companies they came with."""
        runs = [(key, list(some)) for key, some in groupby(changes, key=lambda change: change.object_type_id)]
        specs = [(spec_by_type(self.actor, type_id), some) for type_id, some in runs]
        return [(spec, some) for spec, some in specs if spec is not None]

    def live(self, spec: ObjectSpec, ids: Iterable[int]) -> list[Any]:
        return list(all_records(spec, self.run.workspace_id).filter(pk__in=list(ids), deleted_at=None))

    def held(self, spec: ObjectSpec, ids: Iterable[int], *, trash: bool = False) -> list[Any]:
        """These records as they are now, until the transaction ends."""
        return locked(spec, self.run.workspace_id, ids, trash=trash)

    def _writer(self, spec: ObjectSpec) -> Writer:
        return Writer(spec, self.actor, batch_id=self.told["batch"])

    def _may(self, spec: ObjectSpec, record: Any, verb: str) -> bool:
        """What one cannot see, no other verb reaches."""
        return self.actor.may(spec.key, verb) and all(
            reaches(spec, self.actor, record, one) for one in ("see", verb)
        )

    # --- updates ---------------------------------------------------------------------------------

    def _revert(self, spec: ObjectSpec, changes: list[Change]) -> None:
        """Put fields back, newest change first; a field that holds something else by now stays."""
        own: dict[int, list[Change]] = {}
        for change in changes:
            own.setdefault(change.record_id, []).append(change)
        known = self._known(spec, changes)
        kept: dict[int, list[str]] = {}
        edits, records = [], self.held(spec, own)
        for record in records:
            if not self._may(spec, record, "edit"):
                self._keep(self.named(spec, record, _("you may not change it")))
                continue
            back = self._back(spec, record, own[record.pk], known)
            kept |= {record.pk: back.kept} if back.kept else {}
            if back.edit.values or back.edit.links:
                edits.append(back.edit)
        self._tell_kept(spec, {record.pk: record for record in records}, kept, changes[-1].pk)
        self.told["reverted"] += len(
            self._write(spec, edits, lambda some: self._writer(spec).update(some, kind="undo"))
        )

    def _write(
        self, spec: ObjectSpec, edits: list[Edit], write: Callable[[list[Edit]], list[int]]
    ) -> list[int]:
        """All at once; where something is taken by now, one by one, keeping what cannot go back."""
        try:
            with transaction.atomic():
                return write(edits) if edits else []
        except (Conflict, Invalid) as error:
            if len(edits) == 1:
                self._keep(self.named(spec, edits[0].record, str(error)))
                return []
        for edit in edits:
            edit.record.refresh_from_db()
        return [pk for edit in edits for pk in self._write(spec, [edit], write)]

    def _known(self, spec: ObjectSpec, changes: Sequence[Change]) -> dict[str, set[int]]:
        """By field that points at something: those of the old and new ids that exist and may be chosen today."""
        ids: dict[str, set[int]] = {}
        for change in changes:
            for key, pair in change.changes.items():
                item = spec.field(key)
                if item is not None and item.type.references:
                    ids.setdefault(key, set()).update(one for side in pair for one in as_list(side))
        known = {key: known_ids(spec.by_key[key], found, self.context) for key, found in ids.items() if found}
        for key in known:
            if (
                spec.by_key[key].type.references == "user"
            ):  # what belonged to somebody who left goes back there
                known[key] = self._colleagues(ids[key])
        return known

    def _colleagues(self, ids: Iterable[int]) -> set[int]:
        """Those who work or worked here."""
        rows = Membership.unscoped.filter(workspace_id=self.run.workspace_id, user_id__in=list(ids))
        return set(rows.values_list("user_id", flat=True))

    def _back(
        self, spec: ObjectSpec, record: Any, changes: list[Change], known: dict[str, set[int]]
    ) -> _Back:
        have = read_record(spec, record)
        back: Values = {}
        links: dict[str, list[int]] = {}
        kept: list[str] = []
        for change in changes:
            for key, (old, written) in change.changes.items():
                item = spec.field(key)
                if item is None or item.archived:
                    continue
                if item.hidden or item.read_only:
                    self.told["kept_fields"] += 1
                    continue
                if not item.stored:
                    now_linked = links.get(key) or linked_ids(item, self.run.workspace_id, record.pk)
                    sides = (
                        [one for one in as_list(side) if one in known.get(key, ())] for side in (old, written)
                    )
                    links[key] = _without(now_linked, *sides)
                elif (
                    {**have, **back}.get(key) == written
                    and (key != "owner" or owned(spec, self.actor, record, "edit"))
                    and self._may_put_back(spec, key, {**have, **back}, (old, written), known)
                ):
                    back[key] = old
                else:
                    kept.append(key)
        return _Back(Edit(record, back, links, undoes=changes[0].pk, before=have), kept)

    def _may_put_back(
        self, spec: ObjectSpec, key: str, have: Values, pair: tuple[Any, Any], known: dict[str, set[int]]
    ) -> bool:
        """Nothing out of the actor's reach is given or overwritten, and what is required is not emptied."""
        item, (old, written) = spec.by_key[key], pair
        if old is None and item.needed(have):
            return False
        if not item.type.references:
            return True
        reach = known.get(key, set())
        if any(one not in reach for side in (old, written) for one in as_list(side)):
            return False
        try:
            if key == "owner":
                check_owner(spec, old, self.actor)
        except Denied:
            return False
        return True

    def _tell_kept(
        self, spec: ObjectSpec, records: dict[int, Any], kept: dict[int, list[str]], since: int
    ) -> None:
        """One line per record with the fields that stay and who changed them."""
        if not kept:
            return
        later = Change.unscoped.filter(
            workspace_id=self.run.workspace_id, object_type_id=spec.type_id, record_id__in=kept, id__gt=since
        ).exclude(batch_id__in=self.batches)
        whose: dict[tuple[int, str], int | None] = {}
        for change in later.order_by("id"):
            whose |= {(change.record_id, key): change.actor_id for key in change.changes}
        names = user_names(self.run.workspace_id, whose.values())
        shown = {item.key: str(item.label) for item in spec.live_fields}
        for record_id, keys in kept.items():
            self.told["kept_fields"] += len(keys)
            people = dict.fromkeys(names.get(whose.get((record_id, key)) or 0, "") for key in keys)
            who = ", ".join(name for name in people if name)
            fields = ", ".join(f"“{shown[key]}”" for key in keys if key in shown)
            self._keep(self.named(spec, records[record_id], _kept_text(fields, who)))

    def _take_back(self, spec: ObjectSpec, changes: list[Change]) -> None:
        """Consents that came with the run, unless something else was said since."""
        for record in self.held(spec, [change.record_id for change in changes]):
            for change in changes:
                if change.record_id != record.pk:
                    continue
                try:
                    undo_consent(actor=self.actor, spec=spec, change=change, batch_id=self.told["batch"])
                except AmityError as error:
                    self._keep(self.named(spec, record, str(error)))

    # --- trash -----------------------------------------------------------------------------------

    def _bring_back(self, spec: ObjectSpec, changes: list[Change]) -> None:
        records = self.held(spec, [change.record_id for change in changes], trash=True)
        going = self._allowed(spec, records)

        def restore(some: list[Edit]) -> list[int]:
            return self._writer(spec).restore([edit.record for edit in some])

        self.told["restored"] += len(self._write(spec, [Edit(record, {}) for record in going], restore))

    def _trash_again(self, spec: ObjectSpec, changes: list[Change]) -> None:
        self._trash(spec, self._allowed(spec, self.held(spec, [change.record_id for change in changes])))

    def _remove(self, spec: ObjectSpec, changes: list[Change]) -> None:
        """What the run created, unless it was used since."""
        records = self.held(spec, [change.record_id for change in changes])
        reasons = {} if self.told["include_changed"] else self.used.reasons(spec, records)
        allowed = self._allowed(spec, records)
        for record in allowed:
            if record.pk in reasons:
                self._keep(self.named(spec, record, reasons[record.pk]))
        self._trash(spec, [record for record in allowed if record.pk not in reasons])

    def _trash(self, spec: ObjectSpec, records: list[Any]) -> None:
        if records:
            self.told["trashed"] += len(self._writer(spec).trash(records))

    def _allowed(self, spec: ObjectSpec, records: list[Any]) -> list[Any]:
        """Those one may delete or bring back; the others are named as kept."""
        for record in records:
            if not self._may(spec, record, "delete"):
                self._keep(self.named(spec, record, _("you may not delete it")))
        return [record for record in records if self._may(spec, record, "delete")]

    # --- what stays ------------------------------------------------------------------------------

    def _keep(self, line: dict[str, Any]) -> None:
        self.told["kept_count"] += 1
        if len(self.told["kept"]) < KEPT_LISTED:
            self.told["kept"].append(line)

    def named(self, spec: ObjectSpec, record: Any, reason: str) -> dict[str, Any]:
        """A line of what stays. A record that went out of the actor's sight since is not named."""
        if not reaches(spec, self.actor, record, "see"):
            return {"object": spec.key, "id": 0, "title": _("Not visible to you"), "reason": reason}
        return {"object": spec.key, "id": record.pk, "title": record.title, "reason": reason}


def _kept_text(fields: str, who: str) -> str:
    if not fields:
        return _("changed since")
    if not who:
        return _("%(fields)s: changed since") % {"fields": fields}
    return _("%(fields)s: changed since by %(who)s") % {"fields": fields, "who": who}


def _without(have: list[int], old: list[int], written: list[int]) -> list[int]:
    """Links as they are now, less what the run added, plus what it took away."""
    added = set(written) - set(old)
    kept = [one for one in have if one not in added]
    return [*kept, *(one for one in old if one not in written and one not in kept)]


__all__ = ["RunUndo", "begin_undo", "go_on"]

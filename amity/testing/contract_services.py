"""The contract of an object's services: what is written, remembered, found and taken back."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from amity.foundation.core.errors import Conflict, Denied, Invalid, NotFound, Stale
from amity.foundation.core.models import OutboxEvent
from amity.foundation.core.text import search_words
from amity.foundation.records import search
from amity.foundation.records.access import all_records, visible
from amity.foundation.records.context import context_for
from amity.foundation.records.models import Change, IndexedValue, SearchRow
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.notes import add_note, notes_of
from amity.foundation.records.services.records import (
    create_record,
    delete_record,
    restore_record,
    update_record,
)
from amity.foundation.records.services.undo import last_change, undo_change
from amity.foundation.records.spec import Field, ObjectSpec, Values
from amity.foundation.records.values import read_record
from amity.testing import faults
from amity.testing.world import Firm, load, record_values


class World:
    """One firm, one object, and short names for what a test does with them."""

    def __init__(self, firm: Firm, spec: ObjectSpec, values: Any) -> None:
        self.firm = firm
        self.spec = spec
        self.values = values
        self.context = context_for(firm.owner)

    def create(self, n: int = 0, *, actor: Any = None, **extra: Any) -> int:
        values = {**self.values(self.spec, n), **extra}
        return create_record(actor=actor or self.firm.owner, spec=self.spec, values=values)

    def named(self, title: str, **options: Any) -> int:
        """A record with a title and what is required beside it."""
        required = {item.key for item in self.spec.writable if item.required}
        values = {key: value for key, value in self.values(self.spec, 1).items() if key in required}
        values[self.spec.title_field] = title
        return create_record(actor=options.get("actor") or self.firm.owner, spec=self.spec, values=values)

    def update(self, record_id: int, values: Values, **options: Any) -> Any:
        actor = options.pop("actor", self.firm.owner)
        return update_record(actor=actor, spec=self.spec, record_id=record_id, values=values, **options)

    def read(self, record_id: int) -> Values:
        return read_record(self.spec, load(self.spec, self.firm.workspace, record_id))

    def title(self, record_id: int) -> str:
        return str(load(self.spec, self.firm.workspace, record_id).title)

    def changes(self, record_id: int) -> list[Change]:
        rows = Change.unscoped.filter(object_type_id=self.spec.type_id, record_id=record_id)
        return list(rows.order_by("id"))

    def found(self, text: str, *, actor: Any = None) -> list[int]:
        hits = search.search(text, actor or self.firm.owner, specs=[self.spec], limit=200)
        return [hit.record_id for hit in hits]

    def samples(self, n: int) -> list[tuple[Field, Any]]:
        """Fields with a sample value each; the parts of a title that the spec takes apart are left out."""
        values = self.values(self.spec, n)
        fields = (self.spec.by_key[key] for key in values)
        return [(item, values[item.key]) for item in fields if item.key != self.spec.title_field]

    def clean(self, item: Field, value: Any) -> Any:
        return item.type.clean(item, value, self.context)


class ServiceContract:
    """Name the object by `key`; `prepare` makes what it needs, `values` the n-th valid record."""

    key: ClassVar[str]

    def prepare(self, firm: Firm) -> None:
        """Make the object in a firm, when it does not come with the product."""

    def values(self, spec: ObjectSpec, n: int) -> Values:
        return record_values(spec, n)

    @pytest.fixture
    def world(self, firm: Firm) -> World:
        self.prepare(firm)
        return World(firm, spec_for(firm.workspace, self.key), self.values)

    # --- create, read, update ------------------------------------------------------------------------------

    def test_created_values_are_read_back_canonical(self, world: World) -> None:
        record_id = world.create(1)
        stored = world.read(record_id)
        for item, value in world.samples(1):
            assert stored[item.key] == world.clean(item, value), item.key
        assert world.title(record_id).strip()

    def test_creator_owns_a_record_of_version_one(self, world: World) -> None:
        record = load(world.spec, world.firm.workspace, world.create())
        assert (record.owner_id, record.created_by_id) == (world.firm.owner.user_id,) * 2
        assert (record.version, record.deleted_at) == (1, None)

    def test_every_field_can_be_changed(self, world: World) -> None:
        record_id = world.create(1)
        for item, value in world.samples(2):
            world.update(record_id, {item.key: value})
            assert world.read(record_id)[item.key] == world.clean(item, value), item.key

    def test_every_optional_field_can_be_emptied(self, world: World) -> None:
        record_id = world.create(1)
        for item, _value in world.samples(1):
            if not item.required:
                world.update(record_id, {item.key: None})
                assert world.read(record_id)[item.key] is None, item.key

    def test_canonical_values_are_their_own_clean_form(self, world: World) -> None:
        for n in range(4):
            for item, value in world.samples(n):
                cleaned = world.clean(item, value)
                assert world.clean(item, cleaned) == cleaned, item.key

    def test_texts_to_edit_are_read_back_as_the_same_value(self, world: World) -> None:
        lossy = {"address", "messenger"}  # one line of text does not hold parts and services
        for n in range(4):
            for item, value in world.samples(n):
                if item.type.name not in lossy:
                    cleaned = world.clean(item, value)
                    text = item.type.edit_text(item, cleaned, world.context)
                    assert _plain(item.type.parse(item, text, world.context)) == _plain(cleaned), item.key

    def test_required_fields_refuse_to_be_empty(self, world: World) -> None:
        record_id = world.create(1)
        for item in world.spec.writable:
            if item.required:
                with pytest.raises(Invalid) as caught:
                    world.update(record_id, {item.key: None})
                assert [error.field for error in caught.value.errors] == [item.key]

    def test_unknown_fields_are_refused(self, world: World) -> None:
        for key in ("no_such_field", "workspace_id", "deleted_at", "title_key", "custom", "id", "t1", ""):
            with pytest.raises(Invalid) as caught:
                world.create(1, **{key: "x"})
            assert caught.value.errors[0].code == "unknown_field"

    def test_fields_for_reading_are_refused(self, world: World) -> None:
        record_id = world.create(1)
        for item in world.spec.live_fields:
            if item.read_only:
                with pytest.raises(Invalid) as caught:
                    world.update(record_id, {item.key: "2020-01-01T00:00:00Z"})
                assert caught.value.errors[0].code == "read_only"

    def test_values_of_a_wrong_shape_are_refused_with_their_field(self, world: World) -> None:
        record_id = world.create(1)
        before = faults.snapshot()
        for item in world.spec.writable:
            for bad in ({"x": [1]}, [[1]], -0.123456789):
                if not _takes(item, bad):
                    with pytest.raises(Invalid) as caught:
                        world.update(record_id, {item.key: bad})
                    assert caught.value.errors[0].field == item.key
        assert faults.changed_tables(before) == []

    def test_writing_the_same_again_changes_nothing(self, world: World) -> None:
        record_id = world.create(1)
        before = faults.snapshot()
        stored = world.read(record_id)
        world.update(record_id, {item.key: stored[item.key] for item, _value in world.samples(1)})
        assert faults.changed_tables(before) == []

    # --- versions ------------------------------------------------------------------------------------------

    def test_an_old_version_is_refused(self, world: World) -> None:
        record_id = world.create(1)
        item, value = world.samples(2)[0]
        world.update(record_id, {item.key: value}, version=1)
        before = faults.snapshot()
        with pytest.raises(Stale):
            world.update(record_id, {item.key: None}, version=1)
        with pytest.raises(Stale):
            delete_record(actor=world.firm.owner, spec=world.spec, record_id=record_id, version=1)
        assert faults.changed_tables(before) == []

    def test_an_edit_in_place_conflicts_only_with_its_own_field(self, world: World) -> None:
        record_id = world.create(1)
        (first, new), (second, other) = _two_changes(world)
        old = world.read(record_id)
        world.update(record_id, {first.key: new})
        world.update(record_id, {second.key: other}, expected={second.key: old[second.key]})
        with pytest.raises(Conflict):
            world.update(record_id, {first.key: old[first.key]}, expected={first.key: old[first.key]})
        assert world.read(record_id)[first.key] == world.clean(first, new)

    # --- trash ---------------------------------------------------------------------------------------------

    def test_deleting_and_restoring_keeps_every_value(self, world: World) -> None:
        record_id = world.create(1)
        before = world.read(record_id)
        delete_record(actor=world.firm.owner, spec=world.spec, record_id=record_id)
        assert not visible(world.spec, world.firm.owner).filter(pk=record_id).exists()
        assert visible(world.spec, world.firm.owner, trash=True).filter(pk=record_id).exists()
        with pytest.raises(NotFound):
            world.update(record_id, {world.samples(2)[0][0].key: None})
        restore_record(actor=world.firm.owner, spec=world.spec, record_id=record_id)
        after = world.read(record_id)
        assert {k: v for k, v in after.items() if k != "updated_at"} == {
            k: v for k, v in before.items() if k != "updated_at"
        }

    def test_deleting_or_restoring_twice_is_not_found(self, world: World) -> None:
        record_id, actor = world.create(1), world.firm.owner
        with pytest.raises(NotFound):
            restore_record(actor=actor, spec=world.spec, record_id=record_id)
        delete_record(actor=actor, spec=world.spec, record_id=record_id)
        with pytest.raises(NotFound):
            delete_record(actor=actor, spec=world.spec, record_id=record_id)

    # --- history and undo ----------------------------------------------------------------------------------

    def test_history_has_one_row_per_change(self, world: World) -> None:
        record_id = world.create(1)
        item, value = world.samples(2)[0]
        old = world.read(record_id)[item.key]
        world.update(record_id, {item.key: value})
        delete_record(actor=world.firm.owner, spec=world.spec, record_id=record_id)
        restore_record(actor=world.firm.owner, spec=world.spec, record_id=record_id)
        rows = world.changes(record_id)
        assert [row.kind for row in rows] == ["create", "update", "delete", "restore"]
        assert rows[0].changes == {}
        assert rows[1].changes[item.key] == [old, world.clean(item, value)]
        assert {row.actor_id for row in rows} == {world.firm.owner.user_id}
        assert {row.source for row in rows} == {"page"}

    def test_every_change_leaves_an_event(self, world: World) -> None:
        record_id = world.create(1)
        item, value = world.samples(2)[0]
        world.update(record_id, {item.key: value})
        delete_record(actor=world.firm.owner, spec=world.spec, record_id=record_id)
        restore_record(actor=world.firm.owner, spec=world.spec, record_id=record_id)
        events = OutboxEvent.objects.filter(name="records.changed").order_by("id")
        mine = [event.payload for event in events if event.payload["object_key"] == self.key]
        assert [event["verb"] for event in mine] == ["created", "updated", "deleted", "restored"]
        assert all(event["spans"] == [[record_id, record_id]] for event in mine)

    def test_undoing_an_edit_restores_every_field(self, world: World) -> None:
        record_id, actor = world.create(1), world.firm.owner
        before = world.read(record_id)
        world.update(record_id, {item.key: value for item, value in world.samples(2)})
        change = last_change(world.spec, actor, record_id)
        assert change is not None
        done = undo_change(actor=actor, spec=world.spec, record_id=record_id, change_id=change.pk)
        assert done.kept == []
        after = world.read(record_id)
        assert [key for key in before if after[key] != before[key] and key != "updated_at"] == []

    def test_undo_keeps_what_was_changed_since(self, world: World) -> None:
        record_id, actor = world.create(1), world.firm.owner
        (first, new), (second, other) = _two_changes(world)
        before = world.read(record_id)
        world.update(record_id, {first.key: new, second.key: other})
        change = last_change(world.spec, actor, record_id)
        world.update(record_id, {first.key: None})
        assert change is not None
        done = undo_change(actor=actor, spec=world.spec, record_id=record_id, change_id=change.pk)
        assert (done.restored, done.kept) == ([second.key], [first.key])
        assert world.read(record_id)[first.key] is None
        assert world.read(record_id)[second.key] == before[second.key]
        with pytest.raises(Conflict):
            undo_change(actor=actor, spec=world.spec, record_id=record_id, change_id=change.pk)

    def test_undoing_creation_and_deletion(self, world: World) -> None:
        record_id, actor = world.create(1), world.firm.owner
        for gone in (True, False, True):
            change = last_change(world.spec, actor, record_id)
            assert change is not None
            undo_change(actor=actor, spec=world.spec, record_id=record_id, change_id=change.pk)
            assert visible(world.spec, actor).filter(pk=record_id).exists() is not gone

    def test_undo_needs_todays_rights(self, world: World) -> None:
        record_id = world.create(1)
        item, value = world.samples(2)[0]
        world.update(record_id, {item.key: value})
        change = last_change(world.spec, world.firm.owner, record_id)
        assert change is not None
        before = faults.snapshot()
        for actor in (world.firm.colleague, world.firm.stranger):
            with pytest.raises((NotFound, Denied)):
                undo_change(actor=actor, spec=world.spec, record_id=record_id, change_id=change.pk)
        assert faults.changed_tables(before) == []

    # --- search --------------------------------------------------------------------------------------------

    def test_found_by_title_and_by_each_searchable_field(self, world: World) -> None:
        record_id = world.create(1)
        stored = world.read(record_id)
        texts = [world.title(record_id)]
        texts += [item.type.search_text(stored.get(item.key)) for item in world.spec.search_fields]
        tried = 0
        for text in texts:
            words = [word for word in search_words(text) if len(word) >= search.TRIGRAM]
            if words:
                tried += 1
                assert record_id in world.found(words[0]), words[0]
        assert tried

    def test_search_follows_edits_and_the_trash(self, world: World) -> None:
        record_id, actor = world.create(1), world.firm.owner
        title = world.spec.title_field
        world.update(record_id, {title: "Quizzical Zebrafish"})
        assert world.found("zebrafish") == [record_id]
        world.update(record_id, {title: "Plainname Walrus"})
        assert world.found("zebrafish") == []
        delete_record(actor=actor, spec=world.spec, record_id=record_id)
        assert world.found("walrus") == []
        restore_record(actor=actor, spec=world.spec, record_id=record_id)
        assert world.found("walrus") == [record_id]

    def test_search_forgives_a_typing_error(self, world: World) -> None:
        record_id = world.named("Quizzical Zebrafish")
        assert world.found("zebrafsih") == [record_id]

    def test_search_shows_nobody_what_they_may_not_see(self, world: World) -> None:
        world.named("Quizzical Zebrafish")
        for word in ("zebrafish", "ze", "zebrafsih"):
            assert world.found(word, actor=world.firm.colleague) == []
            assert world.found(word, actor=world.firm.stranger) == []
        assert world.found("zebrafish", actor=world.firm.admin)

    def test_indexes_equal_the_records_after_any_history(self, world: World) -> None:
        ids = [world.create(n) for n in range(6)]
        actor = world.firm.owner
        for n, record_id in enumerate(ids):
            world.update(record_id, {item.key: value for item, value in world.samples(n + 3)})
        for record_id in ids[:3]:
            delete_record(actor=actor, spec=world.spec, record_id=record_id)
        restore_record(actor=actor, spec=world.spec, record_id=ids[0])
        with faults.failing_statement(4), pytest.raises(faults.Broken):
            world.update(ids[5], {world.spec.title_field: "Never written"})
        check_indexes(world.firm, world.spec)

    # --- notes ---------------------------------------------------------------------------------------------

    def test_notes_hang_on_the_record(self, world: World) -> None:
        record_id, actor = world.create(1), world.firm.owner
        add_note(actor=actor, spec=world.spec, record_id=record_id, body="Called, <b>no</b> answer")
        notes = notes_of(actor=actor, spec=world.spec, record_id=record_id)
        assert [note.body for note in notes] == ["Called, <b>no</b> answer"]
        before = faults.snapshot()
        for stranger in (world.firm.colleague, world.firm.stranger):
            with pytest.raises(NotFound):
                add_note(actor=stranger, spec=world.spec, record_id=record_id, body="x")
        assert faults.changed_tables(before) == []


def check_indexes(firm: Firm, spec: ObjectSpec) -> None:
    """The search rows and the value index are what the live records say, no more and no less.

    Words are compared in any order: an import meets the fields in the order of its file.
    """
    wanted_text: dict[int, tuple[list[str], str]] = {}
    wanted_values: set[tuple[int, str, str]] = set()
    for record in all_records(spec, firm.workspace.pk).filter(deleted_at=None):
        values = read_record(spec, record)
        place = search.facet(firm.workspace.pk, spec.type_id, record.owner_id)
        words = sorted(search.text_maker(spec)(record.title, values).split())
        wanted_text[record.pk] = (words, place)
        for item in spec.fields:
            if item.stored and values.get(item.key) is not None:
                wanted_values |= {
                    (record.pk, *pair) for pair in item.type.index_values(item, values[item.key])
                }
    rows = SearchRow.unscoped.filter(object_type_id=spec.type_id)
    assert {row.record_id: (sorted(row.text.split()), row.facet) for row in rows} == wanted_text
    index = IndexedValue.unscoped.filter(object_type_id=spec.type_id)
    found = list(index.values_list("record_id", "kind", "normal"))
    assert set(found) == wanted_values
    assert len(found) == len(wanted_values)
    assert faults.search_index_sound()


def _two_changes(world: World) -> list[tuple[Field, Any]]:
    """Two optional fields with a value each that differs from record 1."""
    stored = {item.key: world.clean(item, value) for item, value in world.samples(1)}
    changes = [
        (item, value)
        for item, value in world.samples(2)
        if not item.required and world.clean(item, value) != stored.get(item.key)
    ]
    assert len(changes) >= 2, "the object needs two optional fields for this test"
    return changes[:2]


def _takes(item: Field, value: Any) -> bool:
    """Whether the type takes the value after all, as a number field does a fraction."""
    return isinstance(value, float) and item.type.name in ("number", "percent")


def _plain(value: Any) -> Any:
    """Contact points without their labels, which one line of text does not hold."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [point["normal"] for point in value]
    return value

"""The contract of an object's board, calendar and chart: they say what the table says, and move what may be moved."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from amity.foundation.accounts.actor import Actor
from amity.foundation.core import clock
from amity.foundation.core.errors import Malformed
from amity.foundation.core.scope import scope
from amity.foundation.records import board, listing, shapes
from amity.foundation.records.access import visible
from amity.foundation.records.context import context_for
from amity.foundation.records.listing import Query
from amity.foundation.records.objects import spec_for
from amity.foundation.records.seen import may_be_hidden
from amity.foundation.records.services.views import save_view
from amity.foundation.records.spec import Field, ObjectSpec, Values
from amity.foundation.records.values import read_record
from amity.testing import faults
from amity.testing.contract_services import World
from amity.testing.row_security import seeing_all
from amity.testing.statements import recorded
from amity.testing.world import Firm, load, make_records, with_scope

ROWS = 24
FEW = 3
YEARS = [dt.date(year, 1, 1) for year in range(2019, 2029)]


class ShapeContract:
    """Board, calendar and chart of one object."""

    prepare: Callable[[Firm], None]
    outside: Any

    @pytest.fixture
    def many(self, world: World) -> World:
        """24 records with gaps and ties, two of them a colleague's."""
        make_records(world.spec, world.firm.owner, ROWS - 2)
        make_records(world.spec, world.firm.colleague, 2, start=ROWS)
        return world

    # --- reading -------------------------------------------------------------------------------------------

    def test_columns_count_and_sum_what_the_records_hold(self, many: World) -> None:
        for context in (context_for(many.firm.admin), many.context):
            everything = _values(many, context.actor)
            for by in shapes.fields_for(many.spec, shapes.BOARD):
                for add in [None, *shapes.sum_fields(many.spec)]:
                    found = board.tallies(many.spec, Query(), context, by, add)
                    counts = Counter(values.get(by.key) for values in everything)
                    assert {key: tally.count for key, tally in found.items()} == counts, by.key
                    assert _rounded(found) == _sums(everything, by, add), (by.key, add and add.key)

    def test_columns_show_the_first_of_the_list_in_its_order(self, many: World) -> None:
        sorts = ["", *(f"-{item.key}" for item in many.spec.live_fields if item.sortable)]
        for by in shapes.fields_for(many.spec, shapes.BOARD):
            counts = board.tallies(many.spec, Query(), many.context, by)
            for sort in sorts:
                found = board.top_rows(many.spec, Query(sort=sort), many.context, by, list(counts), FEW)
                for value, rows in found.items():
                    tree = board.column_filter(by, value)
                    whole = listing.page(many.spec, Query(filter=tree, sort=sort, limit=100), many.context)
                    assert len(whole.rows) == counts[value].count
                    assert [row.id for row in rows] == [row.id for row in whole.rows[:FEW]], (by.key, sort)

    def test_filter_and_search_narrow_every_shape(self, many: World) -> None:
        ids = list(visible(many.spec, many.firm.owner).values_list("pk", flat=True)[:5])
        name = many.title(ids[0])
        tree = {"field": many.spec.title_field, "op": "is", "value": name}
        for query in (Query(filter=tree), Query(search=name)):
            count = listing.count(many.spec, query, many.context)[0]
            assert 0 < count < ROWS
            for by in shapes.fields_for(many.spec, shapes.BOARD):
                found = board.tallies(many.spec, query, many.context, by)
                assert sum(tally.count for tally in found.values()) == count

    def test_a_calendar_holds_each_record_on_its_day(self, many: World) -> None:
        for by in shapes.fields_for(many.spec, shapes.CALENDAR):
            values = [record.get(by.key) for record in _values(many, many.firm.owner)]
            kind: Any = by.type
            wanted = Counter(kind.day_of(value, many.context) for value in values if value)
            for month in {day.replace(day=1) for day in wanted}:
                edges = [month + dt.timedelta(days=at) for at in range(32)]
                found = board.days(many.spec, Query(), many.context, by, edges, 2)
                assert {day: one.count for day, one in found.items()} == {
                    day: count for day, count in wanted.items() if edges[0] <= day < edges[-1]
                }
                for day, one in found.items():
                    assert len(one.rows) == min(2, one.count)
                    assert all(kind.day_of(row.values[by.key], many.context) == day for row in one.rows)
                    line = {"field": by.key, "op": "is", "value": day.isoformat()}
                    assert listing.count(many.spec, Query(filter=line), many.context)[0] == one.count

    def test_a_chart_counts_and_sums_each_stretch_of_time(self, many: World) -> None:
        everything = _values(many, many.firm.owner)
        for by in shapes.fields_for(many.spec, shapes.CALENDAR):
            kind: Any = by.type
            for add in [None, *shapes.sum_fields(many.spec)]:
                found = board.stretches(many.spec, Query(), many.context, by, YEARS, add)
                for first, after, tally in zip(YEARS, YEARS[1:], found, strict=False):
                    inside = [
                        values
                        for values in everything
                        if values.get(by.key) and first <= kind.day_of(values[by.key], many.context) < after
                    ]
                    assert tally.count == len(inside)
                    assert _rounded({0: tally}) == _sums(inside, None, add)

    def test_statements_of_a_shape_do_not_grow_with_the_records(self, world: World) -> None:
        by, date = _one(world, shapes.BOARD), _one(world, shapes.CALENDAR)
        edges = [dt.date(2020, 1, 1) + dt.timedelta(days=at * 60) for at in range(40)]

        def work() -> None:
            counts = board.tallies(world.spec, Query(), world.context, by)
            board.top_rows(world.spec, Query(), world.context, by, list(counts), FEW)
            board.days(world.spec, Query(), world.context, date, edges, FEW)

        make_records(world.spec, world.firm.owner, 3)
        work()
        counts = []
        for start in (3, 20):
            with recorded() as seen:
                work()
            counts.append(len(seen))
            make_records(world.spec, world.firm.owner, 12, start=start)
        assert counts[0] == counts[1]

    def test_what_one_may_not_see_is_neither_counted_nor_shown(self, many: World, other_firm: Firm) -> None:
        with seeing_all():
            self.prepare(other_firm)
            make_records(spec_for(other_firm.workspace, many.spec.key), other_firm.admin, 2, start=70)
        usual = shapes.field_for(many.spec, shapes.BOARD)
        by = shapes.field_for(many.spec, shapes.BOARD, "owner")
        for actor, count in (
            (with_scope(many.firm.owner, see="own"), ROWS - 2),
            (with_scope(many.firm.owner, see="none"), 0),
            (many.firm.admin, ROWS),
        ):
            context = context_for(actor)
            found = board.tallies(many.spec, Query(), context, by)
            assert sum(tally.count for tally in found.values()) == count
            assert other_firm.admin.user_id not in found
            rows = board.top_rows(
                many.spec, Query(), context, usual, [*usual.type.group_values(usual), None], 100
            )
            assert sum(map(len, rows.values())) == count
            bars = board.stretches(many.spec, Query(), context, _made(many.spec), YEARS)
            assert sum(tally.count for tally in bars) == count

    def test_unknown_and_unfit_fields_are_refused(self, world: World) -> None:
        spec = world.spec
        for shape in (shapes.BOARD, shapes.CALENDAR, shapes.CHART):
            fit = {item.key for item in shapes.fields_for(spec, shape)}
            for key in [
                *(item.key for item in spec.fields if item.key not in fit),
                "no_such",
                "custom",
                "\ud800",
            ]:
                with pytest.raises(Malformed):
                    shapes.field_for(spec, shape, key)
        with pytest.raises(Malformed):
            shapes.fields_for(spec, "pyramid")
        with pytest.raises(Malformed):
            shapes.sum_field(spec, spec.title_field)
        for config in ({"shape": "board", "by": "no_such"}, {"shape": "x"}, {"sum": "no_such"}):
            with pytest.raises(Malformed):
                save_view(actor=world.firm.owner, spec=spec, name="x", config=config, private=False)

    def test_a_field_hidden_from_the_role_makes_no_shape(self, many: World) -> None:
        spec = many.spec
        fields = {item.key: item for shape in shapes.FITS for item in shapes.fields_for(spec, shape)}
        for item in [*fields.values(), *shapes.sum_fields(spec)]:
            if not may_be_hidden(spec, item):
                continue
            actor = replace(with_scope(many.firm.owner), field_rights={spec.key: {item.key: "hidden"}})
            for ask in _asking(spec, item, actor):
                with pytest.raises(Malformed):
                    ask()

    # --- pages ---------------------------------------------------------------------------------------------

    def test_every_shape_shows_the_owner_their_records_and_others_nothing(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        world, _record_id = outside
        month = clock.today(world.context.zone).strftime("%Y-%m")
        pages = {
            "shape=board": 1, "shape=board&by=owner": 1, "shape=board&q=zebrafish": 1, "shape=chart": 0,
            f"shape=calendar&by=created_at&month={month}": 1, "shape=chart&by=created_at": 0,
        }  # fmt: skip
        for query, named in pages.items():
            for actor in (world.firm.owner, world.firm.colleague, world.firm.stranger):
                answer = client_of(actor).get(f"/{world.spec.key}/?{query}")
                assert answer.status_code == 200, query
                shown = "Zebrafish" in answer.content.decode()
                assert shown == bool(named and actor is world.firm.owner), (query, actor.user_id)

    def test_odd_addresses_of_shapes_are_refused_and_never_break(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        world, _record_id = outside
        browser = client_of(world.firm.owner)
        odd = (
            "shape=pyramid", "shape=board&by=nothing", "shape=calendar&month=2026-13", "shape=calendar&month=0000-01",
            "shape=calendar&month=x", "shape=chart&sum=name", "shape=board&column=%5B&shown=40", "shape=chart&by=tags",
            "shape=board&column=[1]&shown=40",
        )  # fmt: skip
        for query in odd:
            assert browser.get(f"/{world.spec.key}/?{query}").status_code == 400, query
        for query in ("shape=board&column=null&shown=99999", "shape=board&column=%22gone%22&shown=40"):
            assert browser.get(f"/{world.spec.key}/?{query}").status_code == 200, query

    # --- moving --------------------------------------------------------------------------------------------

    def test_a_card_is_moved_in_every_field_a_board_can_be_made_by(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        world, record_id = outside
        browser = client_of(world.firm.admin)
        for by in shapes.fields_for(world.spec, shapes.BOARD):
            for target in [*_targets(world, by), None]:
                old = _now(world, record_id)[by.key]
                answer = _move(browser, world, record_id, f"?shape=board&by={by.key}", target, old)
                if by.read_only or (by.required and target is None):
                    assert answer.status_code in (403, 422), by.key
                    assert _now(world, record_id)[by.key] == old
                else:
                    assert answer.status_code == 200, (by.key, answer.content)
                    assert _now(world, record_id)[by.key] == target
                    assert f'data-value="{_attribute(target)}"' in answer.content.decode()

    def test_a_record_is_moved_to_another_day_and_keeps_its_time(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        world, record_id = outside
        browser = client_of(world.firm.owner)
        for by in shapes.fields_for(world.spec, shapes.CALENDAR):
            kind: Any = by.type
            for day in ("2026-03-29", "2026-10-25"):
                old = _now(world, record_id)[by.key]
                answer = _move(browser, world, record_id, f"?shape=calendar&by={by.key}", day, old)
                new = _now(world, record_id)[by.key]
                if by.read_only:
                    assert answer.status_code in (403, 422)
                    assert new == old
                    continue
                assert answer.status_code == 200, answer.content
                assert kind.day_of(new, world.context).isoformat() == day
                if "T" in new and old:
                    assert _time(new, world) == _time(old, world)

    def test_a_card_somebody_else_moved_goes_where_it_really_is(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        world, record_id = outside
        by = _one(world, shapes.BOARD)
        first, second = _targets(world, by)[:2]
        with scope(world.firm.workspace.pk):
            world.update(record_id, {by.key: first})
        browser = _browser(client_of, world.firm.owner, world)
        before = faults.snapshot()
        answer = _move(browser, world, record_id, f"?shape=board&by={by.key}", second, second)
        assert answer.status_code == 409
        assert f'data-value="{_attribute(first)}"' in answer.content.decode()
        assert str(by.label) in answer.content.decode()
        assert faults.changed_tables(before) == []

    def test_who_may_not_change_a_card_does_not_move_it(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        world, record_id = outside
        by = _one(world, shapes.BOARD)
        target = _targets(world, by)[0]
        for actor in (world.firm.colleague, world.firm.stranger):
            browser = _browser(client_of, actor, world)
            before = faults.snapshot()
            hidden = _move(browser, world, record_id, f"?shape=board&by={by.key}", target, None)
            absent = _move(browser, world, 987654, f"?shape=board&by={by.key}", target, None)
            assert (hidden.status_code, absent.status_code) == (404, 404)
            assert hidden.content == absent.content
            assert faults.changed_tables(before) == []


def _values(world: World, actor: Actor) -> list[Values]:
    return [read_record(world.spec, record) for record in visible(world.spec, actor)]


def _sums(everything: Sequence[Values], by: Field | None, add: Field | None) -> dict[Any, dict[str, float]]:
    """By group and currency; groups without anything to add are left out."""
    found: dict[Any, dict[str, float]] = {}
    for values in everything:
        value = values.get(add.key) if add else None
        if value is None:
            continue
        unit, amount = (value["currency"], value["amount"]) if isinstance(value, dict) else ("", value)
        sums = found.setdefault(values.get(by.key) if by else 0, {})
        sums[unit] = round(sums.get(unit, 0) + amount, 6)
    return found


def _rounded(found: dict[Any, board.Tally]) -> dict[Any, dict[str, float]]:
    return {
        key: {unit: round(total, 6) for unit, total in tally.sums.items()}
        for key, tally in found.items()
        if tally.sums
    }


def _one(world: World, shape: str) -> Field:
    return shapes.field_for(world.spec, shape)


def _made(spec: ObjectSpec) -> Field:
    return spec.by_key["created_at"]


def _asking(spec: ObjectSpec, item: Field, actor: Actor) -> list[Callable[[], Any]]:
    """Ways to ask a shape about a field."""
    seen, context, made = spec_for(actor, spec.key), context_for(actor), _made(spec)
    dated = item if item.type.dated else made
    return [
        lambda: shapes.field_for(seen, shapes.CHART, item.key),
        lambda: shapes.sum_field(seen, item.key),
        lambda: board.tallies(spec, Query(), context, item),
        lambda: board.tallies(spec, Query(), context, spec.by_key["owner"], item),
        lambda: board.top_rows(spec, Query(), context, item, [None], 1),
        lambda: board.stretches(spec, Query(), context, dated, YEARS, item),
        lambda: board.days(spec, Query(columns=(item.key,)), context, made, YEARS, 1),
    ]


def _targets(world: World, by: Field) -> list[Any]:
    """Two values a card can be moved to."""
    if by.type.references == "user":
        return [world.firm.owner.user_id]
    return by.type.group_values(by)[:2]


def _now(world: World, record_id: int) -> Values:
    with scope(world.firm.workspace.pk):
        return read_record(world.spec, load(world.spec, world.firm.workspace, record_id))


def _time(value: str, world: World) -> dt.time:
    return clock.from_iso(value).astimezone(clock.find_zone(world.context.zone)).time()


def _browser(client_of: Callable[[Actor], Client], actor: Actor, world: World) -> Client:
    """Signed in and known to the session already, which the first request writes down."""
    browser = client_of(actor)
    browser.get(f"/{world.spec.key}/")
    return browser


def _attribute(value: Any) -> str:
    return json.dumps(value).replace('"', "&quot;")


def _move(browser: Client, world: World, record_id: int, shown: str, target: Any, old: Any) -> Any:
    data = urlencode({"to": json.dumps(target), "old": json.dumps(old), "list": shown})
    return browser.post(
        f"/{world.spec.key}/{record_id}/move/",
        data,
        content_type="application/x-www-form-urlencoded",
        headers={"HX-Request": "true"},
    )

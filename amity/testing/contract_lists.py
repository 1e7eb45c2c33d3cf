"""The contract of an object's lists: filters against Python, sorts through the cursor, capped counts."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amity.foundation.core.errors import Malformed
from amity.foundation.records import listing
from amity.foundation.records.access import visible
from amity.foundation.records.context import context_for
from amity.foundation.records.fieldtypes import OPERATORS
from amity.foundation.records.filters import MAX_DEPTH
from amity.foundation.records.listing import Query
from amity.foundation.records.services.records import delete_record
from amity.foundation.records.spec import Field
from amity.foundation.records.values import read_record
from amity.testing import oracle
from amity.testing.contract_services import World
from amity.testing.statements import recorded
from amity.testing.world import Firm, make_records, with_scope

ROWS = 24
# One world serves all examples of a test, and each object runs the tests of this class.
any_world = settings(
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.differing_executors,
        HealthCheck.too_slow,
    ]
)


class ListContract:
    """Lists of one object."""

    @pytest.fixture
    def filled(self, world: World) -> World:
        """24 records with gaps and ties."""
        make_records(world.spec, world.firm.owner, ROWS)
        return world

    def test_filters_agree_with_python_for_every_field_and_operator(self, filled: World) -> None:
        everything = _all_values(filled)
        tried = 0
        for item in _filterable(filled):
            seen = [values.get(item.key) for values in everything.values()]
            for op in item.type.operators:
                trees = [
                    {"field": item.key, "op": op, "value": one} for one in oracle.operands(item, op, seen)
                ]
                for tree in [*trees, *({"not": tree} for tree in trees[:1])]:
                    _agree(filled, tree, everything)
                    tried += 1
        assert tried > 20

    @any_world
    @given(data=st.data())
    def test_lines_joined_by_and_or_and_not_agree_with_python(self, filled: World, data: Any) -> None:
        everything = _all_values(filled)
        _agree(filled, data.draw(trees(filled, everything), label="filter"), everything)

    @any_world
    @given(data=st.data())
    def test_pages_of_any_size_give_the_whole_list_in_its_order(self, filled: World, data: Any) -> None:
        """Forwards and back, under any sort and filter: each row once, where the whole list has it."""
        query = Query(
            filter=data.draw(st.none() | trees(filled, _all_values(filled)), label="filter"),
            sort=data.draw(st.sampled_from(_sorts(filled)), label="sort"),
            limit=data.draw(st.integers(1, ROWS + 1), label="limit"),
        )
        whole = _ids(filled, replace(query, limit=1000))
        forwards, last = _walk(filled, query)
        assert forwards == whole
        assert _walk_back(filled, query, last) == whole[: len(whole) - len(last.rows)][::-1]

    def test_unknown_fields_and_operators_are_refused(self, world: World) -> None:
        for item in world.spec.live_fields:
            for op in {*OPERATORS, "", "like", "__class__"} - set(item.type.operators):
                with pytest.raises(Malformed):
                    _ids(world, Query(filter={"field": item.key, "op": op, "value": "x"}))
        for key in ("no_such", "workspace_id", "custom", "", None, 7, ["name"]):
            with pytest.raises(Malformed):
                _ids(world, Query(filter={"field": key, "op": "is", "value": "x"}))
            with pytest.raises(Malformed):
                _ids(world, Query(sort=str(key)) if key else Query(sort="-"))

    def test_odd_operands_are_refused_or_answered(self, world: World) -> None:
        make_records(world.spec, world.firm.owner, 3)
        odd: list[Any] = [
            None, "", " ", "\x00", "a\x00b", "\ud800", "%", "_", "\\", "'", '"', "🙂" * 50, "x" * 5000, -1, 1.5, 10**30,
            float("inf"), float("nan"), True, [], [[]], {}, {"amount": 1}, [None], ["a"] * 300, "today", "me", "[1,2]",
        ]  # fmt: skip
        chance = random.Random(3)  # noqa: S311
        for item in world.spec.live_fields:
            for place, op in enumerate(item.type.operators):
                for operand in chance.sample(odd, 6) if place else odd:
                    tree = {"field": item.key, "op": op, "value": operand}
                    with suppress(Malformed):
                        _ids(world, Query(filter=tree))

    def test_every_sort_visits_every_row_once_forwards_and_back(self, filled: World) -> None:
        everything = set(_all_values(filled))
        for sort in _sorts(filled):
            forwards, last = _walk(filled, Query(sort=sort, limit=4))
            assert sorted(forwards) == sorted(everything), sort
            assert (
                _walk_back(filled, Query(sort=sort, limit=4), last)
                == forwards[: len(forwards) - len(last.rows)][::-1]
            ), sort

    def test_sorts_put_rows_in_order_and_the_empty_ones_last(self, filled: World) -> None:
        everything = _all_values(filled)
        for item in filled.spec.live_fields:
            if item.sortable and item.type.name in (
                "number",
                "percent",
                "rating",
                "date",
                "datetime",
                "boolean",
            ):
                for sign in ("", "-"):
                    ids, _last = _walk(filled, Query(sort=f"{sign}{item.key}", limit=4))
                    values = [everything[record_id].get(item.key) for record_id in ids]
                    kept = [value for value in values if value is not None]
                    assert values == kept + [None] * (len(values) - len(kept)), item.key
                    assert kept == sorted(kept, reverse=sign == "-"), item.key

    def test_rows_deleted_between_pages_are_skipped_and_none_comes_twice(self, filled: World) -> None:
        actor = filled.firm.owner
        page = listing.page(filled.spec, Query(limit=5), filled.context)
        seen = [row.id for row in page.rows]
        delete_record(actor=actor, spec=filled.spec, record_id=seen[-1])
        rest, _last = _walk(filled, Query(limit=4, cursor=page.next_cursor))
        delete_record(actor=actor, spec=filled.spec, record_id=rest[0])
        again, _last = _walk(filled, Query(limit=4, cursor=page.next_cursor))
        assert again == rest[1:]
        assert not set(seen) & set(rest)
        assert len(seen) + len(rest) == ROWS

    def test_broken_cursors_are_refused(self, filled: World) -> None:
        page = listing.page(filled.spec, Query(limit=5), filled.context)
        others = [sort for sort in _sorts(filled) if sort.strip("-") != "title"]
        for cursor in ("x", "====", "\ud800", "W10", "bnVsbA", page.next_cursor[:-3], "W251bGwsMCwxLDIsM10"):
            with pytest.raises(Malformed):
                listing.page(filled.spec, Query(cursor=cursor), filled.context)
        with pytest.raises(Malformed):
            listing.page(filled.spec, Query(cursor=page.next_cursor, sort=others[0]), filled.context)

    def test_a_cursor_of_another_list_is_refused(self, filled: World, other_firm: Firm) -> None:
        """Of another firm, another reach of the role, another filter, search or the trash."""
        cursor = listing.page(filled.spec, Query(limit=5), filled.context).next_cursor
        assert listing.page(filled.spec, Query(limit=5, cursor=cursor), filled.context).rows
        everything = {"field": filled.spec.title_field, "op": "filled"}
        for query in (Query(filter=everything), Query(search="ada"), Query(trash=True)):
            with pytest.raises(Malformed) as error:
                listing.page(filled.spec, replace(query, cursor=cursor), filled.context)
            assert error.value.code == "cursor"
        role = context_for(with_scope(filled.firm.owner, see="all"))
        abroad = context_for(other_firm.owner)
        for context in (role, abroad):
            with pytest.raises(Malformed):
                listing.page(filled.spec, Query(cursor=cursor), context)

    def test_counts_are_capped_and_exact_on_request(
        self, filled: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert listing.count(filled.spec, Query(), filled.context) == (ROWS, True)
        monkeypatch.setattr(listing, "COUNT_CAP", 10)
        assert listing.count(filled.spec, Query(), filled.context) == (10, False)
        assert listing.count(filled.spec, Query(), filled.context, exact=True) == (ROWS, True)

    def test_the_trash_lists_what_was_deleted(self, filled: World) -> None:
        gone = _ids(filled, Query(limit=3))
        for record_id in gone:
            delete_record(actor=filled.firm.owner, spec=filled.spec, record_id=record_id)
        assert sorted(_ids(filled, Query(trash=True))) == sorted(gone)
        assert not set(gone) & set(_ids(filled, Query()))

    def test_rows_of_a_list_hold_the_values_of_the_record(self, filled: World) -> None:
        keys = tuple(item.key for item in filled.spec.live_fields if item.stored)
        everything = _all_values(filled)
        for row in listing.page(filled.spec, Query(columns=keys), filled.context).rows:
            assert row.values == {key: everything[row.id].get(key) for key in keys}

    def test_statements_do_not_grow_with_the_rows(self, world: World) -> None:
        keys = tuple(item.key for item in world.spec.live_fields)
        make_records(world.spec, world.firm.owner, 3)
        listing.page(world.spec, Query(), world.context)  # resolves the actor's teams, once per request
        counts = []
        for start in (3, 20):
            with recorded() as few:
                listing.page(world.spec, Query(columns=keys), world.context)
            counts.append(len(few))
            make_records(world.spec, world.firm.owner, 12, start=start)
        assert counts[0] == counts[1]


def _filterable(world: World) -> list[Field]:
    return [item for item in world.spec.live_fields if item.stored and item.type.operators]


def _sorts(world: World) -> list[str]:
    keys = ["title", "id", *(item.key for item in world.spec.live_fields if item.sortable)]
    return [f"{sign}{key}" for key in dict.fromkeys(keys) for sign in ("", "-")]


def _all_values(world: World) -> dict[int, dict[str, Any]]:
    return {record.pk: read_record(world.spec, record) for record in visible(world.spec, world.firm.owner)}


def _ids(world: World, query: Query) -> list[int]:
    return [row.id for row in listing.page(world.spec, query, world.context).rows]


def _agree(world: World, tree: dict[str, Any], everything: dict[int, dict[str, Any]]) -> None:
    wanted = [
        pk for pk, values in everything.items() if oracle.matches(world.spec, tree, values, world.context)
    ]
    assert sorted(_ids(world, Query(filter=tree, limit=1000))) == sorted(wanted), tree


def _walk(world: World, query: Query) -> tuple[list[int], listing.Page]:
    """Every id from the query's cursor on, page by page, and the last page."""
    ids: list[int] = []
    for _page in range(1000):
        page = listing.page(world.spec, query, world.context)
        ids += [row.id for row in page.rows]
        query = replace(query, cursor=page.next_cursor)
        if not page.next_cursor:
            return ids, page
    raise AssertionError(f"the list by {query.sort!r} never ends")


def _walk_back(world: World, query: Query, page: listing.Page) -> list[int]:
    """Every id before a page, from the nearest to the first."""
    ids: list[int] = []
    while page.previous_cursor:
        page = listing.page(world.spec, replace(query, cursor=page.previous_cursor), world.context)
        ids += [row.id for row in reversed(page.rows)]
    return ids


def trees(world: World, everything: dict[int, dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Filter trees of every field and operator, with operands that stand in the records."""
    lines = [
        {"field": item.key, "op": op, "value": operand}
        for item in _filterable(world)
        for op in item.type.operators
        for operand in oracle.operands(item, op, [values.get(item.key) for values in everything.values()])
    ]

    def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        groups = st.builds(
            lambda word, parts: {word: parts}, st.sampled_from(["and", "or"]), st.lists(inner, max_size=3)
        )
        return groups | inner.map(lambda tree: {"not": tree})

    return st.recursive(st.sampled_from(lines), grown, max_leaves=8).filter(
        lambda tree: _depth(tree) <= MAX_DEPTH
    )


def _depth(tree: dict[str, Any]) -> int:
    inner = [*tree.get("and", ()), *tree.get("or", ()), *([tree["not"]] if "not" in tree else [])]
    return 1 + max(map(_depth, inner)) if inner else 0

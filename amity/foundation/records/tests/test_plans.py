"""Lists and search read through the index meant for them: asked of the database's plans, never of a clock."""

import os
import re
from contextlib import contextmanager

import pytest
from django.db import connection

from amity.foundation.accounts.actor import load_actor
from amity.foundation.core.scope import scope
from amity.foundation.records import search
from amity.foundation.records.access import visible, visible_among
from amity.foundation.records.board import tallies, top_rows
from amity.foundation.records.context import context_for
from amity.foundation.records.listing import Query, count, page
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import create_record
from amity.foundation.records.services.schema import create_field, create_object, create_relation, refresh
from amity.foundation.records.services.shares import share_record
from amity.foundation.records.services.slots import fill_slot_job
from amity.foundation.records.values import row_of

SORTS = re.compile(r"TEMP B-TREE FOR ORDER BY|\bSort Key\b")


@pytest.fixture
def shaped(closed_firm):
    """A firm with fast fields, an object of its own, a relation, and thirty people."""
    admin = closed_firm.admin
    with scope(closed_firm.workspace.pk):
        create_object(actor=admin, label="Pupil", plural="Pupils", key="pupils")
        refresh(admin)
        for label, kind in (("Points", "number"), ("Branch", "text")):
            field = create_field(actor=admin, object_key="people", type_name=kind, label=label, fast=True)
            fill_slot_job.func(field_id=field.pk)
        labels = {"from_label": "Knows", "to_label": "Known by"}
        create_relation(actor=admin, from_object="people", to_object="people", **labels)
        refresh(admin)
        people = spec_for(admin.workspace, "people")
        for number in range(30):
            actor = closed_firm.owner if number % 6 == 0 else admin
            values = {"name": f"Anna Number{number}", "points": number, "branch": f"Branch {number % 5}"}
            values["stage"] = ("lead", "customer", "other")[number % 3]
            create_record(actor=actor, spec=people, values=values)
        if connection.vendor == "postgresql":
            _many_others(people, admin)
        yield closed_firm


def _many_others(people, admin):
    """Among so few rows every index costs PostgreSQL the same; what it knows of them it learns by itself."""
    others = [people.model(workspace=admin.workspace, title="Zoe", title_key="zoe") for _ in range(500)]
    people.model.objects.bulk_create(others)
    connection.cursor().execute("ANALYZE people_person")


@contextmanager
def plans():
    """Collect the plan of every SELECT made meanwhile."""
    found = []

    def note(execute, sql, params, many, context):
        if sql.lstrip("(\n ").startswith("SELECT"):
            found.append(plan_of(sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def plan_of(sql, params):
    """One text. PostgreSQL would read so small a table whole and sort it: here it may not."""
    cursor = connection.connection.cursor()
    if connection.vendor == "sqlite":
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%s", "?"), params)
        return "\n".join(row[3] for row in cursor.fetchall())
    for way in ("seqscan", "sort"):
        cursor.execute(f"SET LOCAL enable_{way} = off")
    cursor.execute("EXPLAIN " + sql, params)
    return "\n".join(row[0] for row in cursor.fetchall())


def people_of(firm, actor=None):
    return spec_for(firm.workspace, "people"), context_for(actor or firm.admin)


def plan_of_page(spec, query, context):
    """The plan of the statement that fetches the rows."""
    assert context.actor.owners(spec.key, "see") != frozenset()
    with plans() as found:
        page(spec, query, context)
    return found[0]


def deep(spec, query, context):
    """The same list, one page further."""
    first = page(spec, query, context)
    assert first.next_cursor
    return Query(sort=query.sort, filter=query.filter, limit=query.limit, cursor=first.next_cursor)


@pytest.mark.django_db
def test_the_first_page_comes_sorted_from_the_title_index(shaped):
    plan = plan_of_page(*_with_query(shaped, Query(limit=5)))
    assert "person_title" in plan
    assert not SORTS.search(plan)


def _with_query(firm, query, actor=None):
    spec, context = people_of(firm, actor)
    return spec, query, context


@pytest.mark.django_db
def test_a_deep_page_begins_at_its_place_in_the_title_index(shaped):
    spec, context = people_of(shaped)
    plan = plan_of_page(spec, deep(spec, Query(limit=5), context), context)
    assert "person_title" in plan
    assert re.search(r"title_key[><]|title_key.* >= ", plan)
    assert not SORTS.search(plan)


@pytest.mark.django_db
@pytest.mark.parametrize("further", [False, True])
def test_own_records_come_from_the_owner_index(shaped, further):
    spec, context = people_of(shaped, shaped.owner)
    query = Query(limit=3)
    plan = plan_of_page(spec, deep(spec, query, context) if further else query, context)
    assert "person_owner" in plan
    assert not SORTS.search(plan)


@pytest.mark.django_db
@pytest.mark.parametrize("further", [False, True])
def test_own_and_shared_records_are_read_each_by_its_own_index(shaped, further):
    """Not by walking the whole object in the order of the list."""
    spec, _context = people_of(shaped)
    for pk in (
        visible(spec, shaped.admin).exclude(owner_id=shaped.owner.user_id).values_list("pk", flat=True)[:4]
    ):
        share_record(actor=shaped.admin, spec=spec, record_id=pk, level="see", user_id=shaped.owner.user_id)
    actor = load_actor(shaped.workspace.pk, shaped.owner.user_id, "page")
    spec, context = people_of(shaped, actor)
    query = Query(limit=3)
    plan = plan_of_page(spec, deep(spec, query, context) if further else query, context)
    assert "person_owner" in plan
    # PostgreSQL may not sort here: see `plan_of`
    assert "person_title" not in plan or connection.vendor == "postgresql"
    assert re.search(r"share_user|share_record", plan)
    with plans() as found:
        count(spec, query, context)
    assert "person_owner" in found[0] or connection.vendor == "postgresql"
    assert "person_title" not in found[0] or connection.vendor == "postgresql"


@pytest.mark.django_db
def test_a_board_counts_and_shows_its_cards_from_one_index(shaped):
    spec, context = people_of(shaped)
    stage = spec.by_key["stage"]
    with plans() as found:
        tallies(spec, Query(), context, stage)
        top_rows(spec, Query(), context, stage, ["lead", "customer", "other"], 5)
    counted, firsts = found[:2]
    # PostgreSQL reads so small a table whole
    assert "person_board" in counted or connection.vendor == "postgresql"
    assert firsts.count("person_board") == 3
    assert not SORTS.search(firsts)


@pytest.mark.django_db
@pytest.mark.parametrize("sort", ["points", "-points", "branch", "-branch"])
@pytest.mark.parametrize("further", [False, True])
def test_sorting_by_a_fast_field_uses_its_slot(shaped, sort, further):
    spec, context = people_of(shaped)
    query = Query(limit=5, sort=sort)
    plan = plan_of_page(spec, deep(spec, query, context) if further else query, context)
    assert f"person_{spec.by_key[sort.removeprefix('-')].slot}" in plan
    assert not SORTS.search(plan)


@pytest.mark.django_db
@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
def test_sorting_by_creation_uses_its_index(shaped, sort):
    plan = plan_of_page(*_with_query(shaped, Query(limit=5, sort=sort)))
    assert "person_made" in plan
    assert not SORTS.search(plan)


@pytest.mark.django_db
def test_filtering_by_a_fast_field_uses_its_slot(shaped):
    spec, context = people_of(shaped)
    tree = {"field": "points", "op": "is", "value": 7}
    with plans() as found:
        count(spec, Query(filter=tree), context)
    assert f"person_{spec.by_key['points'].slot}" in found[0]


@pytest.mark.django_db
@pytest.mark.skipif("postgres" in os.environ.get("DATABASE_URL", ""), reason="chooses by its statistics")
@pytest.mark.parametrize("op", ["empty", "filled"])
def test_whether_there_is_any_of_many_values_is_asked_by_the_record(shaped, op):
    """Not by walking everybody's e-mails for each."""
    spec, context = people_of(shaped)
    with plans() as found:
        count(spec, Query(filter={"field": "emails", "op": op}), context)
    assert "value_record" in found[0]
    assert "value_find" not in found[0]


@pytest.mark.django_db
def test_objects_of_the_firm_have_the_same_indexes(shaped):
    spec = spec_for(shaped.workspace, "pupils")
    for number in range(8):
        create_record(actor=shaped.admin, spec=spec, values={"name": f"Pupil {number}"})
    context = context_for(shaped.admin)
    first = plan_of_page(spec, Query(limit=3), context)
    second = plan_of_page(spec, deep(spec, Query(limit=3), context), context)
    for plan in (first, second):
        assert "custom_title" in plan
        assert not SORTS.search(plan)


@pytest.mark.django_db
def test_links_are_found_by_both_ends(shaped):
    spec, context = people_of(shaped)
    record = visible(spec, shaped.admin).first()
    with plans() as found:
        row_of(spec, record, context)
    plan = next(item for item in found if "records_link" in item)
    assert "link_back" in plan
    assert re.search(r"relation_id=\? AND from_id=\?|link_once", plan)


@pytest.mark.django_db
@pytest.mark.skipif("postgres" in os.environ.get("DATABASE_URL", ""), reason="chooses by its statistics")
def test_a_set_of_records_is_looked_up_by_ids(shaped):
    spec, _context = people_of(shaped)
    ids = list(visible(spec, shaped.admin).values_list("pk", flat=True))
    with plans() as found:
        assert len(visible_among(spec, shaped.owner, ids)) == 5
    assert any("people_person USING INTEGER PRIMARY KEY" in plan for plan in found)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["admin", "owner"])
def test_search_asks_the_trigram_index(shaped, role):
    with plans() as found:
        assert search.search("number1", getattr(shaped, role))
    pattern = r"SCAN f VIRTUAL TABLE INDEX" if connection.vendor == "sqlite" else r"search_trgm|search_scope"
    assert any(re.search(pattern, plan) for plan in found)


@pytest.mark.django_db
def test_one_and_two_signs_are_looked_up_at_the_start_of_titles(shaped):
    with plans() as found:
        assert search.search("an", shaped.admin)
    assert any("person_title" in plan for plan in found)


@pytest.mark.django_db
@pytest.mark.skipif("postgres" in os.environ.get("DATABASE_URL", ""), reason="chooses by its statistics")
def test_whether_a_linked_record_is_seen_is_asked_once_and_by_its_id(shaped):
    """Not for each record of the list, and in the same statement; who sees all does not ask at all."""
    wanted = Query(filter={"field": "company", "op": "is", "value": 7})
    told = []
    for actor in (shaped.owner, shaped.admin):
        spec, context = people_of(shaped, actor)
        assert actor.owners("companies", "see") != frozenset()
        with plans() as found:
            count(spec, wanted, context)
        told += found
    mine, everybody = told
    assert "LIST SUBQUERY" in mine
    assert "USING INTEGER PRIMARY KEY" in mine
    assert "CORRELATED" not in mine
    assert "SUBQUERY 1" not in everybody

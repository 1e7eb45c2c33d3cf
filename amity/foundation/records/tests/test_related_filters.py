"""Filters through relations agree with Python: foreign key, its way back, and links of the administrator."""

import random

import pytest

from amity.foundation.core.errors import Malformed
from amity.foundation.records import listing
from amity.foundation.records.access import all_records, visible
from amity.foundation.records.context import context_for
from amity.foundation.records.listing import Query
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import schema
from amity.foundation.records.services.records import create_record, delete_record
from amity.foundation.records.values import row_of
from amity.testing import oracle
from amity.testing.world import refresh, with_scope


@pytest.fixture
def world(firm):
    """Companies with people, half of them somebody else's, and companies linked to companies."""
    schema.create_relation(
        actor=firm.admin,
        from_object="companies",
        to_object="companies",
        from_label="Owns",
        to_label="Owned by",
    )
    refresh(firm)
    companies, people = (spec_for(firm.workspace, key) for key in ("companies", "people"))
    chance, made = random.Random(5), []
    for n in range(8):
        links = chance.sample(made, min(len(made), 2))
        values = {"name": f"Firm {n}", "industry": f"Trade {n % 3}", "owns": links}
        made.append(
            create_record(
                actor=firm.admin,
                spec=companies,
                values={**values, "owner": (firm.owner, firm.colleague)[n % 2].user_id},
            )
        )
    for n in range(16):
        owner = (firm.owner, firm.colleague)[n // 2 % 2].user_id
        values = {"name": f"Human {n}", "job_title": f"Job {n % 3}", "company": made[n % 6], "owner": owner}
        create_record(actor=firm.admin, spec=people, values=values)
    return firm, companies, people


@pytest.mark.parametrize("scope", ["own", "all"])
def test_related_lines_agree_with_python(world, scope):
    firm, companies, people = world
    context = context_for(with_scope(firm.owner, see=scope))
    rows = {
        spec.key: {record.pk: row_of(spec, record, context) for record in visible(spec, context.actor)}
        for spec in (companies, people)
    }

    def related(name, record_id, here):
        if here is companies and name == "people":
            found = [pk for pk, row in rows["people"].items() if row.values["company"] == record_id]
            return [(people, pk, rows["people"][pk].values) for pk in found]
        links = rows[here.key][record_id].links[name]
        return [(companies, link.id, rows["companies"][link.id].values) for link in links if link.visible]

    def inner(where):
        return [
            {"related": "owns", "where": where},
            {"related": "owned_by", "none": True, "where": where},
            {"not": {"related": "people", "where": {"field": "job_title", "op": "is", "value": "Job 1"}}},
            {"or": [{"related": "people"}, where]},
            {"and": [{"related": "people", "none": True}, {"not": where}]},
        ]

    line = {"field": "industry", "op": "is", "value": "Trade 1"}
    trees = [*inner(line), *(tree for one in inner(line)[:2] for tree in inner(one)[:2])]
    for tree in trees:
        wanted = [
            pk for pk, row in rows["companies"].items() if _holds(companies, tree, pk, row, context, related)
        ]
        found = [row.id for row in listing.page(companies, Query(filter=tree), context).rows]
        assert sorted(found) == sorted(wanted), tree


@pytest.mark.parametrize("scope", ["none", "own", "all"])
def test_a_link_to_an_unseen_record_answers_no_filter(world, scope):
    """What lists do not show is not there for filters either: every link field, operator and id, by count too."""
    firm, companies, people = world
    actor = with_scope(firm.owner, see="all")
    actor.permissions["companies"] = {"see": scope}
    if scope == "own":
        delete_record(actor=firm.admin, spec=companies, record_id=visible(companies, firm.owner).first().pk)
    context, tried = context_for(actor), 0
    ids = [*all_records(companies, firm.workspace.pk).values_list("pk", flat=True), 10**9]
    for spec, key in ((people, "company"), (companies, "owns"), (companies, "owned_by")):
        field = spec.by_key[key]
        values = {record.pk: row_of(spec, record, context).values for record in visible(spec, actor)}
        operands = [("is", one) for one in ids] + [("is_not", one) for one in ids]
        operands += [("is_any", ids), ("is_any", ids[:3]), ("empty", None), ("filled", None)]
        for op, operand in operands:
            line = {"field": key, "op": op, "value": operand}
            for tree in (line, {"not": line}):
                if scope == "none":  # the object is not known to the role, nor is any link to it
                    with pytest.raises(Malformed):
                        listing.count(spec, Query(filter=tree), context)
                    continue
                wanted = [pk for pk in values if oracle.matches(spec, tree, values[pk], context)]
                found = listing.page(spec, Query(filter=tree, limit=100), context).rows
                assert sorted(row.id for row in found) == sorted(wanted), (field.key, tree)
                assert listing.count(spec, Query(filter=tree), context) == (len(wanted), True)
                tried += 1
    assert tried > 100 or not visible(companies, actor).exists()


def _holds(spec, tree, record_id, row, context, related):
    def way(name, pk):
        return related(name, pk, spec)

    return oracle.matches(spec, tree, row.values, context, record_id=record_id, related=way)

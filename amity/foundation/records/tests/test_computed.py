"""Computed fields: made, worked out wherever records are written, worked out anew, and closed to who may not see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Role
from amity.foundation.core.errors import AmityError, Denied, Invalid
from amity.foundation.core.models import Job
from amity.foundation.records import listing
from amity.foundation.records.context import context_for
from amity.foundation.records.listing import Query
from amity.foundation.records.models import Change, ObjectType
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import schema
from amity.foundation.records.services.compute import computing, recompute_job
from amity.foundation.records.services.computed_fields import offered_fields, preview
from amity.foundation.records.services.exports import export
from amity.foundation.records.services.field_rights import set_field_rights
from amity.foundation.records.services.records import create_record, delete_record, update_record
from amity.foundation.records.services.reindex import reindex_job
from amity.foundation.records.services.slots import fill_slot_job
from amity.foundation.records.services.undo import last_change, undo_change
from amity.foundation.records.spec import ObjectSpec
from amity.foundation.records.values import read_record
from amity.testing.world import Firm, load, make_object, refresh, with_scope

JOB = (("number", {}), ("money", {}), ("boolean", {}), ("text", {}), ("date", {}))


@pytest.fixture
def jobs(firm: Firm) -> str:
    """An object with a number, money, a switch, a text and a date."""
    return make_object(firm, "errands", JOB)


def add(firm: Firm, key: str, label: str, formula: str, kind: str = "number", **options: Any) -> None:
    """A computed field, with its job done."""
    schema.create_field(
        actor=firm.admin, object_key=key, type_name=kind, label=label, formula=formula, **options
    )
    work(firm)


def work(firm: Firm) -> None:
    """Do the waiting jobs of computed fields, and those that they start."""
    refresh(firm)
    while job := Job.objects.filter(state="ready").order_by("id").first():
        kwargs = job.args["kwargs"]
        if "asked" in kwargs:
            recompute_job.func(**kwargs)
        elif "field_id" in kwargs:
            fill_slot_job.func(**kwargs)
        job.delete()
    refresh(firm)


def read(firm: Firm, key: str, record_id: int, actor: Actor | None = None) -> dict[str, Any]:
    spec = spec_for(actor or firm.admin, key)
    return read_record(spec, load(spec, firm.workspace, record_id))


def make(firm: Firm, key: str, **values: Any) -> int:
    spec = spec_for(firm.owner, key)
    return create_record(actor=firm.owner, spec=spec, values={"name": "Job", **values})


def refused(call: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as error:
        call()
    return [(one.field, str(one.message)) for one in error.value.errors]


def test_every_write_works_it_out_and_history_does_not_tell_of_it(firm: Firm, jobs: str) -> None:
    add(firm, jobs, "Twice", "f_number * 2")
    spec = spec_for(firm.owner, jobs)
    record_id = make(firm, jobs, f_number=1.1)
    assert read(firm, jobs, record_id)["twice"] == 2.2
    update_record(actor=firm.owner, spec=spec, record_id=record_id, values={"f_number": 0.3})
    assert read(firm, jobs, record_id)["twice"] == 0.6
    change = last_change(spec, firm.owner, record_id)
    assert change
    assert set(change.changes) == {"f_number"}
    undo_change(actor=firm.owner, spec=spec, record_id=record_id, change_id=change.pk)
    assert read(firm, jobs, record_id)["twice"] == 2.2
    update_record(actor=firm.owner, spec=spec, record_id=record_id, values={"f_number": None})
    assert read(firm, jobs, record_id)["twice"] is None


def test_it_is_not_written_by_anybody_and_says_why(firm: Firm, jobs: str) -> None:
    add(firm, jobs, "Twice", "f_number * 2")
    for actor in (firm.admin, firm.owner):
        spec = spec_for(actor, jobs)
        (found,) = refused(
            lambda a=actor, s=spec: create_record(actor=a, spec=s, values={"name": "X", "twice": 4})
        )
        assert found == ("twice", "“Twice” is computed from other fields and cannot be written.")


def test_one_may_use_another_in_any_order_of_making(firm: Firm, jobs: str) -> None:
    add(firm, jobs, "Base", "f_number + 1")
    add(firm, jobs, "Top", "base * 10")
    add(firm, jobs, "Deep", "0")
    schema.update_field(actor=firm.admin, object_key=jobs, key="base", formula="deep + f_number + 1")
    schema.order_fields(actor=firm.admin, object_key=jobs, keys=["top", "base", "deep"])
    work(firm)
    values = read(firm, jobs, make(firm, jobs, f_number=2))
    assert (values["deep"], values["base"], values["top"]) == (0, 3, 30)


def test_circles_are_refused_with_the_names(firm: Firm, jobs: str) -> None:
    add(firm, jobs, "First", "f_number")
    add(firm, jobs, "Second", "first + 1")
    add(firm, jobs, "Third", "second + 1")
    for formula, way in (("third", "First → Third → Second → First"), ("1 + first", "First → First")):
        found = refused(
            lambda f=formula: schema.update_field(actor=firm.admin, object_key=jobs, key="first", formula=f)
        )
        assert found == [("formula", f"This goes round in a circle: {way}")]
    assert {"first", "second", "third"}.isdisjoint(
        item.key for item in offered_fields(spec_for(firm.admin, jobs), "first")
    )


def test_a_field_that_is_used_is_not_put_away(firm: Firm, jobs: str) -> None:
    add(firm, jobs, "Twice", "f_number * 2")
    add(firm, jobs, "Four", "twice * 2")
    for key, user in (("f_number", "Twice"), ("twice", "Four")):
        (found,) = refused(lambda k=key: schema.archive_field(actor=firm.admin, object_key=jobs, key=k))
        assert f"“{user}”" in found[1]
    schema.archive_field(actor=firm.admin, object_key=jobs, key="four")
    refresh(firm)
    schema.archive_field(actor=firm.admin, object_key=jobs, key="twice")
    refresh(firm)
    schema.archive_field(actor=firm.admin, object_key=jobs, key="f_number")
    refresh(firm)
    (found,) = refused(
        lambda: schema.archive_field(actor=firm.admin, object_key=jobs, key="twice", archived=False)
    )
    assert "cannot be read any more" in found[1]


def test_what_was_away_is_worked_out_when_it_comes_back(firm: Firm, jobs: str) -> None:
    add(firm, jobs, "Twice", "f_number * 2")
    record_id = make(firm, jobs, f_number=1)
    schema.archive_field(actor=firm.admin, object_key=jobs, key="twice")
    refresh(firm)
    spec = spec_for(firm.owner, jobs)
    update_record(actor=firm.owner, spec=spec, record_id=record_id, values={"f_number": 5})
    assert read(firm, jobs, record_id)["twice"] == 2
    schema.archive_field(actor=firm.admin, object_key=jobs, key="twice", archived=False)
    work(firm)
    assert read(firm, jobs, record_id)["twice"] == 10


def test_a_changed_formula_is_worked_out_for_all_the_trash_too(firm: Firm, jobs: str) -> None:
    spec = spec_for(firm.owner, jobs)
    ids = [make(firm, jobs, f_number=n, f_text="Quill") for n in range(1, 4)]
    delete_record(actor=firm.owner, spec=spec, record_id=ids[0])
    told = Change.objects.count()
    schema.create_field(
        actor=firm.admin, object_key=jobs, type_name="text", label="Said", fast=True,
        formula="f_text & ' zebra' & f_number",
    )  # fmt: skip
    refresh(firm)
    assert computing(spec_for(firm.admin, jobs)) is not None
    before = [load(spec, firm.workspace, pk) for pk in ids]
    work(firm)
    assert computing(spec_for(firm.admin, jobs)) is None
    after = [load(spec, firm.workspace, pk) for pk in ids]
    assert [one.custom["said"] for one in after] == [f"Quill zebra{n}" for n in (1, 2, 3)]
    assert [one.version for one in after] == [one.version + 1 for one in before]
    assert [one.updated_at for one in after] == [one.updated_at for one in before]
    assert Change.objects.count() == told
    spec, context = spec_for(firm.owner, jobs), context_for(firm.owner)
    assert spec.by_key["said"].slot
    found = listing.page(spec, Query(search="zebra3"), context).rows
    assert [row.id for row in found] == [ids[2]]
    starts = {"field": "said", "op": "starts", "value": "quill zebra2"}
    assert [row.id for row in listing.page(spec, Query(filter=starts), context).rows] == [ids[1]]
    schema.update_field(actor=firm.admin, object_key=jobs, key="said", formula="'owl'")
    work(firm)
    assert len(listing.page(spec_for(firm.owner, jobs), Query(search="owl"), context).rows) == 2
    assert not listing.page(spec_for(firm.owner, jobs), Query(search="zebra3"), context).rows


def test_an_older_job_gives_way_to_a_newer_one(firm: Firm, jobs: str) -> None:
    record_id = make(firm, jobs, f_number=1)
    schema.create_field(
        actor=firm.admin, object_key=jobs, type_name="number", label="Twice", formula="f_number * 2"
    )
    refresh(firm)
    schema.update_field(actor=firm.admin, object_key=jobs, key="twice", formula="f_number * 3")
    refresh(firm)
    kind = ObjectType.objects.get(key=jobs)
    recompute_job.func(type_id=kind.pk, asked=1)
    assert computing(spec_for(firm.admin, jobs)) is not None
    assert read(firm, jobs, record_id)["twice"] is None
    work(firm)
    assert read(firm, jobs, record_id)["twice"] == 3


def test_options_that_make_no_sense_are_refused(firm: Firm, jobs: str) -> None:
    def wrong(kind: str = "number", **options: Any) -> str:
        call = {"actor": firm.admin, "object_key": jobs, "type_name": kind, "label": "X", **options}
        ((field, _text),) = refused(lambda: schema.create_field(**call))
        return field

    assert wrong(formula="f_numbr") == "formula"
    assert wrong(formula="") == "formula"
    assert wrong(formula="1", required=True) == "required"
    assert wrong(formula="1", unique=True) == "unique"
    assert wrong(formula="1", default="2") == "default"
    assert wrong(formula="1", kind="choice", options=["A"]) == "type"
    with pytest.raises(Denied):
        schema.create_field(
            actor=firm.owner, object_key=jobs, type_name="number", label="X", formula="f_number"
        )


def test_currencies_are_those_of_the_day_it_was_made(firm: Firm, jobs: str) -> None:
    add(firm, jobs, "Pay", "f_number * 10", "money")
    firm.workspace.currency = "EUR"
    firm.workspace.save()
    record_id = make(firm, jobs, f_number=2)
    assert read(firm, jobs, record_id)["pay"] == {"amount": 2000, "currency": "GBP"}


def test_a_standard_object_takes_one_too(firm: Firm) -> None:
    add(firm, "people", "Called", "join(last_name, ', ', first_name)", "text")
    spec = spec_for(firm.owner, "people")
    record_id = create_record(
        actor=firm.owner, spec=spec, values={"first_name": "Ada", "last_name": "Lovelace"}
    )
    assert read(firm, "people", record_id)["called"] == "Lovelace, Ada"
    update_record(actor=firm.owner, spec=spec, record_id=record_id, values={"last_name": "Byron"})
    assert read(firm, "people", record_id)["called"] == "Byron, Ada"


# --- who sees it -----------------------------------------------------------------------------------------------


def _limited(firm: Firm, key: str, **rights: str) -> Actor:
    return replace(with_scope(firm.owner), field_rights={key: rights})


def _visible(actor: Actor, key: str) -> set[str]:
    return {item.key for item in spec_for(actor, key).live_fields}


def test_who_does_not_see_a_field_does_not_see_what_it_gives(firm: Firm, jobs: str) -> None:
    add(firm, jobs, "Twice", "f_number * 2")
    add(firm, jobs, "Four", "twice * 2")
    make(firm, jobs, f_number=21)
    hidden = _limited(firm, jobs, f_number="hidden")
    assert {"twice", "four", "f_number"}.isdisjoint(_visible(hidden, jobs))
    spec, context = spec_for(hidden, jobs), context_for(hidden)
    for query in (
        Query(columns=("twice",)), Query(sort="four"), Query(filter={"field": "twice", "op": "filled"}),
    ):  # fmt: skip
        with pytest.raises(AmityError):
            listing.page(spec, query, context)
    told = b"".join(export(actor=hidden, spec=spec, query=Query(), format="csv").chunks).decode()
    assert "84" not in told
    some = _limited(firm, jobs, f_number="hidden", twice="read")
    assert {"twice", "four"} <= _visible(some, jobs)
    shown = spec_for(some, jobs).by_key
    assert shown["twice"].formula is not None
    assert shown["twice"].formula.text == ""
    assert shown["four"].formula is not None
    assert shown["four"].formula.text == "twice * 2"
    itself = _limited(firm, jobs, twice="hidden")
    assert "f_number" in _visible(itself, jobs)
    assert {"twice", "four"}.isdisjoint(_visible(itself, jobs))


def test_who_does_not_see_the_field_still_writes_it_right(firm: Firm, jobs: str) -> None:
    add(firm, jobs, "Total", "f_number + if(f_boolean, 100, 0)")
    record_id = make(firm, jobs, f_number=1)
    actor = _limited(firm, jobs, f_number="hidden")
    spec = spec_for(actor, jobs)
    update_record(actor=actor, spec=spec, record_id=record_id, values={"f_boolean": True})
    assert read(firm, jobs, record_id)["total"] == 101


def test_what_is_hidden_by_its_inputs_cannot_be_searched_for(firm: Firm, jobs: str) -> None:
    add(firm, jobs, "Said", "f_text & 'ish'", "text")
    make(firm, jobs, f_text="Quill")
    role = Role.objects.get(key="member")

    def found(**rights: str) -> int:
        set_field_rights(actor=firm.admin, role_id=role.pk, object_key=jobs, rights=rights)
        refresh(firm)
        reindex_job.func(spec_for(firm.admin, jobs).type_id)
        spec = spec_for(firm.admin, jobs)
        return len(listing.page(spec, Query(search="quillish"), context_for(firm.admin)).rows)

    assert found() == 1
    assert found(f_text="hidden") == 0
    assert found(f_text="hidden", said="read") == 1


def test_a_preview_shows_three_records(firm: Firm, jobs: str) -> None:
    add(firm, jobs, "Twice", "f_number * 2")
    spec = spec_for(firm.admin, jobs)
    ids = [make(firm, jobs, f_number=n) for n in (1, 2, 3, 4)]
    rows = preview(firm.admin, spec, key="", type_name="money", text="twice + f_number")
    assert rows == [(ids[3], "Job", "£12.00"), (ids[2], "Job", "£9.00"), (ids[1], "Job", "£6.00")]


def test_another_firm_has_none_of_it(firm: Firm, jobs: str, other_firm: Firm) -> None:
    add(firm, "people", "Called", "last_name", "text")
    spec: ObjectSpec = spec_for(other_firm.admin, "people")
    assert spec.field("called") is None
    assert spec.computed == ()

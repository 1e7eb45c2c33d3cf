"""Fields that are shown or required only while another one holds certain values."""

from __future__ import annotations

import pytest

from amity.apps.people.models import Company
from amity.foundation.core.errors import Invalid
from amity.foundation.core.scope import scope
from amity.foundation.records.context import context_for
from amity.foundation.records.filters import compile_tree
from amity.foundation.records.models import FieldRow
from amity.foundation.records.objects import condition_of, spec_for
from amity.foundation.records.services import schema
from amity.foundation.records.services.records import create_record, update_record

WHY = "why_left"


@pytest.fixture
def asked(closed_firm):
    """A choice, a text shown for one of its values, and one required for it."""
    with scope(closed_firm.workspace.pk):
        admin = closed_firm.admin
        schema.create_field(
            actor=admin,
            object_key="companies",
            type_name="choice",
            label="Standing",
            options=["Stays", "Left"],
        )
        schema.refresh(admin)
        for label, requires in (("Where to", False), ("Why left", True)):
            when = {"field": "standing", "values": ["left"], "requires": requires}
            schema.create_field(actor=admin, object_key="companies", type_name="text", label=label, when=when)
            schema.refresh(admin)
    closed_firm.workspace.refresh_from_db()
    return closed_firm


@pytest.fixture
def admin(asked, client_of):
    return client_of(asked.admin)


def made(firm, **values):
    with scope(firm.workspace.pk):
        spec = spec_for(firm.admin, "companies")
        return create_record(actor=firm.admin, spec=spec, values={"name": "Acorn", **values})


def stored(firm, record_id):
    return Company.unscoped.get(pk=record_id).custom


def test_what_is_required_by_another_value_is_asked_for(asked):
    with pytest.raises(Invalid) as refused:
        made(asked, standing="left")
    assert [error.field for error in refused.value.errors] == [WHY]
    record_id = made(asked, standing="stays")
    with scope(asked.workspace.pk):
        spec = spec_for(asked.admin, "companies")
        with pytest.raises(Invalid):
            update_record(actor=asked.admin, spec=spec, record_id=record_id, values={"standing": "left"})
        both = {"standing": "left", WHY: "Moved"}
        update_record(actor=asked.admin, spec=spec, record_id=record_id, values=both)
        with pytest.raises(Invalid):
            update_record(actor=asked.admin, spec=spec, record_id=record_id, values={WHY: None})
        update_record(
            actor=asked.admin, spec=spec, record_id=record_id, values={"standing": "stays", WHY: None}
        )


def test_the_forms_show_what_there_is_use_for(asked, admin):
    assert "Where to" not in admin.get("/companies/new/").content.decode()
    drawn = admin.post("/companies/new/fields/", {"name": "Acorn", "standing": "left"}).content.decode()
    assert "Where to" in drawn
    assert 'value="Acorn"' in drawn
    assert "<html" not in drawn
    record_id = made(asked, standing="stays", where_to="Kept")
    edit = f"/companies/{record_id}/edit/"
    assert "Where to" not in admin.get(edit).content.decode()
    assert "Kept" not in admin.get(f"/companies/{record_id}/").content.decode().split("timeline")[0]
    redrawn = admin.post(f"{edit}?draw=1", {"name": "Acorn", "standing": "left"}).content.decode()
    assert "Where to" in redrawn
    assert stored(asked, record_id)["standing"] == "stays"


def test_a_form_empties_nothing_that_it_did_not_show(asked, admin):
    record_id = made(asked, standing="stays", where_to="Kept")
    edit = f"/companies/{record_id}/edit/"
    assert admin.post(edit, {"name": "Acorn", "standing": "stays"}).status_code == 302
    assert stored(asked, record_id)["where_to"] == "Kept"
    assert admin.post(edit, {"name": "Acorn", "standing": "left", WHY: "Moved"}).status_code == 302
    assert stored(asked, record_id) == {"standing": "left", WHY: "Moved", "where_to": "Kept"}
    assert admin.post(edit, {"name": "Acorn", "standing": "left", WHY: ""}).status_code == 422


def test_the_settings_page_sets_a_condition(asked, admin):
    path = f"/settings/objects/companies/fields/{WHY}/"
    page = admin.get(path).content.decode()
    assert "Standing" in page
    sent = {"label": "Why left", "when": "shown", "when-standing": ["left", "-"]}
    assert admin.post(path, sent).status_code == 302
    row = FieldRow.unscoped.get(key=WHY)
    assert row.settings["when"] == {"field": "standing", "values": ["left", ""], "requires": False}
    for wrong in ({"when-standing": []}, {"when-standing": ["gone"]}, {"when-stage": ["lead"]}):
        assert admin.post(path, {**sent, **wrong}).status_code == 422, wrong
    assert admin.post(path, {"label": "Why left", "when": ""}).status_code == 302
    assert FieldRow.unscoped.get(key=WHY).settings["when"] is None


def test_a_condition_holds_as_the_same_filter_does(asked):
    """The evaluator in Python against the database."""
    ids = {
        value: made(asked, name=str(value), standing=value, **({WHY: "x"}))
        for value in ("stays", "left", None)
    }
    with scope(asked.workspace.pk):
        spec, context = spec_for(asked.admin, "companies"), context_for(asked.admin)
        for values in (["left"], ["stays", "left"], [""], ["left", ""]):
            condition = condition_of({"when": {"field": "standing", "values": values}})
            some = [{"field": "standing", "op": "is", "value": one} for one in values if one]
            empty = [{"field": "standing", "op": "empty"}] if "" in values else []
            found = Company.objects.filter(compile_tree(spec, {"or": some + empty}, context))
            wanted = {pk for value, pk in ids.items() if condition.holds({"standing": value})}
            assert set(found.values_list("pk", flat=True)) == wanted, values


def test_a_condition_on_a_field_put_away_is_none(asked):
    with scope(asked.workspace.pk):
        schema.archive_field(actor=asked.admin, object_key="companies", key="standing")
        schema.refresh(asked.admin)
        spec = spec_for(asked.admin, "companies")
    assert spec.by_key[WHY].when is None

"""Settings → Objects → Fields: making and changing a computed field, its preview, and what roles see of it."""

import pytest

from amity.foundation.accounts.models import Role
from amity.foundation.core.models import Job
from amity.foundation.core.scope import scope
from amity.foundation.records.models import FieldRow
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.compute import recompute_job
from amity.foundation.records.services.records import create_record
from amity.testing.world import make_object, refresh

FIELDS = "/settings/objects/errands/"
NEW = f"{FIELDS}fields/new/"
FORM = {"type": "computed", "label": "Total", "result": "money", "formula": "f_number * f_money"}


@pytest.fixture
def errands(closed_firm):
    with scope(closed_firm.workspace.pk):
        make_object(closed_firm, "errands", [("number", {}), ("money", {})])
        Job.objects.all().delete()
        values = {"name": "Ladder", "f_number": 3, "f_money": {"amount": 150, "currency": "GBP"}}
        create_record(actor=closed_firm.owner, spec=spec_for(closed_firm.owner, "errands"), values=values)
    return closed_firm


@pytest.fixture
def admin(errands, client_of):
    return client_of(errands.admin)


def text_of(answer):
    return answer.content.decode()


def made(firm):
    with scope(firm.workspace.pk):
        refresh(firm)
        return spec_for(firm.admin, "errands").field("total")


def test_one_is_made_worked_out_and_told_when_ready(errands, admin):
    assert "?type=computed" in text_of(admin.get(NEW))
    assert admin.get(f"{NEW}?type=computed").status_code == 200
    assert admin.post(NEW, FORM).status_code == 302
    field = made(errands)
    assert (field.type.name, field.read_only, field.settings["formula"]) == ("money", True, FORM["formula"])
    page = text_of(admin.get(FIELDS))
    assert "Working out the values" in page
    assert "f_number * f_money" in page
    with scope(errands.workspace.pk):
        recompute_job.func(**Job.objects.get(state="ready").args["kwargs"])
    done = text_of(admin.get(FIELDS, headers={"hx-request": "true"}))
    assert "Working out the values" not in done
    assert "All values are worked out." in done
    assert "£4.50" in text_of(admin.get("/errands/?columns=name,total"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"formula": "f_numbr * 2"}, "did you mean “f_number”?"),
        ({"formula": ""}, "Write a formula."),
        ({"formula": "1" * 501}, "at most 500 signs"),
        ({"label": ""}, "Give it a name."),
        ({"result": "choice"}, "Choose a type from the list."),
        ({"formula": "'<b>' & f_number", "result": "number"}, "The formula gives text"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(errands, admin, change, told):
    answer = admin.post(NEW, FORM | change)
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert "<b>" not in text_of(answer).split('id="formula"')[1].split("</textarea>")[0]
    assert made(errands) is None


def test_the_preview_shows_values_or_the_place_of_the_fault(errands, admin):
    def look(**values):
        return text_of(admin.post(f"{FIELDS}formula/", values))

    assert "£4.50" in look(**FORM, key="")
    assert "<mark>f_numbr</mark>" in look(formula="1 + f_numbr", result="number")
    assert "&lt;b&gt;" in look(formula="'<b>x</b>'", result="text")
    assert "What it gives" in look(formula="", result="number")
    assert "4.5" in look(formula="1 + 3.5", result="strange", key="nothing")
    assert "<mark> </mark>" in look(formula="(1 + 2", result="number")


def test_it_is_changed_and_its_circle_refused(errands, admin):
    admin.post(NEW, FORM)
    assert 'value="Total"' in text_of(admin.get(f"{FIELDS}fields/total/"))
    assert admin.post(f"{FIELDS}fields/total/", FORM | {"formula": "f_money * 2"}).status_code == 302
    assert made(errands).settings["formula"] == "f_money * 2"
    circle = admin.post(f"{FIELDS}fields/total/", FORM | {"formula": "total + f_money"})
    assert circle.status_code == 422
    assert "Total → Total" in text_of(circle)
    assert made(errands).settings["formula"] == "f_money * 2"


def test_what_a_formula_uses_is_not_put_away(errands, admin):
    admin.post(NEW, FORM)
    answer = admin.post(f"{FIELDS}fields/f_number/archive/", {"away": "1"})
    assert answer.status_code == 422
    assert "A formula uses this field: “Total”." in text_of(answer)
    assert admin.post(f"{FIELDS}fields/total/archive/", {"away": "1"}).status_code == 302
    assert admin.post(f"{FIELDS}fields/f_number/archive/", {"away": "1"}).status_code == 302
    back = admin.post(f"{FIELDS}fields/total/archive/", {"away": "0"})
    assert back.status_code == 422
    assert "cannot be read any more" in text_of(back)
    assert "Put away" in text_of(admin.get(f"{FIELDS}fields/total/"))


def test_only_administrators_make_and_look(errands, client_of):
    owner = client_of(errands.owner)
    for path, values in ((NEW, FORM), (f"{FIELDS}formula/", FORM)):
        assert owner.post(path, values).status_code == 403
    with scope(errands.workspace.pk):
        assert not FieldRow.objects.filter(key="total").exists()


def test_a_role_is_told_what_it_sees_of_it(errands, admin, client_of):
    admin.post(NEW, FORM)
    with scope(errands.workspace.pk):
        recompute_job.func(**Job.objects.get(state="ready").args["kwargs"])
        role = Role.objects.get(key="member").pk
    address = f"/settings/roles/{role}/fields/errands/"
    assert "Seen with all it is computed from" in text_of(admin.get(address))
    owner = client_of(errands.owner)
    assert "£4.50" in text_of(owner.get("/errands/?columns=name,total"))
    admin.post(address, {"right-f_number": "hidden"})
    assert "£4.50" not in text_of(owner.get("/errands/?columns=name"))
    assert "total" not in text_of(owner.get("/errands/columns/"))
    admin.post(address, {"right-f_number": "hidden", "right-total": "read"})
    assert "£4.50" in text_of(owner.get("/errands/?columns=name,total"))

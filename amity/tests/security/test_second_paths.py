"""Whatever is not shown can be reached, changed or guessed by no other path either."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from amity.foundation.accounts.models import AuditEntry
from amity.foundation.core.errors import AmityError, Denied, Invalid, Malformed
from amity.foundation.records.context import context_for
from amity.foundation.records.filters import compile_tree
from amity.foundation.records.listing import Query
from amity.foundation.records.models import Change, ImportRun, Link
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import import_undo, imports
from amity.foundation.records.services.exports import export
from amity.foundation.records.services.import_files import keep_file
from amity.foundation.records.services.records import create_record, update_record
from amity.foundation.records.services.schema import archive_field
from amity.foundation.records.services.tags import known_tags
from amity.foundation.records.services.undo import undo_change
from amity.testing.world import load, refresh, with_scope
from amity.tests.security.conftest import CANARY, Planted, body_of, browser_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("firm_scope")]


@pytest.fixture
def handed(planted: Planted) -> int:
    """The person now belongs to the colleague; company, file and history stay the owner's."""
    people = spec_for(planted.firm.workspace, "people")
    values = {"owner": planted.firm.colleague.user_id}
    update_record(actor=planted.firm.admin, spec=people, record_id=planted.ids["record_id"], values=values)
    return int(planted.ids["record_id"])


def test_a_link_to_an_unseen_record_is_not_overwritten(planted: Planted, handed: int) -> None:
    """It looks empty to the colleague: neither emptied nor replaced, by form, program, undo or import."""
    firm = planted.firm
    people = spec_for(firm.workspace, "people")
    mine = create_record(
        actor=firm.colleague, spec=spec_for(firm.workspace, "companies"), values={"name": "Mine"}
    )
    for wanted in (None, mine):
        with pytest.raises(Denied):
            update_record(actor=firm.colleague, spec=people, record_id=handed, values={"company": wanted})
    run_import(firm.colleague, people, f"Name,E-mail,Company\nAna,{CANARY}@example.com,Mine\n")
    assert load(people, firm.workspace, handed).company_id == planted.ids["company_id"]


def test_which_record_a_link_hides_cannot_be_guessed(planted: Planted, handed: int) -> None:
    """By filter, by writing it back, by what an edit expects: the right id is answered like any other."""
    firm, right = planted.firm, planted.ids["company_id"]
    companies = spec_for(firm.workspace, "companies")
    wrong = create_record(actor=firm.owner, spec=companies, values={"name": "Another of the owner's"})
    mine = create_record(actor=firm.colleague, spec=companies, values={"name": "Mine"})
    browser = browser_of(firm.colleague)
    told = [_guesses(browser, planted, handed, guess, mine) for guess in (right, wrong)]
    assert told[0] == told[1]
    assert load(spec_for(firm.workspace, "people"), firm.workspace, handed).company_id == right


def _guesses(browser: Any, planted: Planted, record: int, guess: int, mine: int) -> list[Any]:
    place, found = f"/people/{record}/edit/company/", []
    for key in ("company", planted.ids["relation"]):
        for op in ("is", "is_not", "is_any"):
            tree = json.dumps({"field": key, "op": op, "value": [guess] if op == "is_any" else guess})
            for path in ("/api/v1/people", "/people/"):
                answer = browser.get(path, {"filter": tree})
                found.append((path, op, answer.status_code, f"Ana {CANARY}" in body_of(answer)))
        answer = browser.patch(
            f"/api/v1/people/{record}",
            {key: [guess] if key != "company" else guess},
            content_type="application/json",
        )
        found.append((key, answer.status_code, answer.json()["code"]))
    for old in (guess, None):
        for value in (guess, mine, ""):
            answer = browser.post(place, {"company": value, "old": json.dumps(old)})
            found.append(("form", old is None, value == mine, answer.status_code))
    return found


def test_links_to_unseen_records_stay_when_others_are_set(planted: Planted, handed: int) -> None:
    firm, key = planted.firm, planted.ids["relation"]
    people = spec_for(firm.workspace, "people")
    mine = create_record(
        actor=firm.colleague, spec=spec_for(firm.workspace, "companies"), values={"name": "Mine"}
    )
    update_record(actor=firm.colleague, spec=people, record_id=handed, values={key: [mine]})
    label = str(people.by_key[key].label)
    run_import(firm.colleague, people, f"E-mail,{label}\n{CANARY}@example.com,Mine\n")
    update_record(actor=firm.colleague, spec=people, record_id=handed, values={key: None})
    left = set(Link.unscoped.filter(relation_id=planted.ids["relation_id"]).values_list("to_id", flat=True))
    assert left == {planted.ids["company_id"]}


def run_import(actor: Any, spec: Any, text: str) -> ImportRun:
    path = keep_file([text.encode()])
    run = imports.start_draft(actor=actor, spec=spec, file_name="a.csv", path=path)
    imports.begin(actor=actor, run=run)
    imports.work(actor, run)
    run.refresh_from_db()
    return run


def test_a_file_of_an_unseen_record_cannot_be_claimed(planted: Planted) -> None:
    """Its name would show in one's own file field, its history and its export."""
    firm = planted.firm
    people = spec_for(firm.workspace, "people")
    mine = create_record(actor=firm.colleague, spec=people, values={"name": "Mine"})
    for file_id in (planted.ids["file_id"], 10**6):
        with pytest.raises(Invalid) as error:
            update_record(actor=firm.colleague, spec=people, record_id=mine, values={"contract": file_id})
        assert error.value.errors[0].code == "unknown"
    assert CANARY not in body_of(browser_of(firm.colleague).get(f"/people/{mine}/"))


def test_an_import_undo_names_nothing_out_of_sight(planted: Planted) -> None:
    """The import's records were handed to somebody else meanwhile, and changed."""
    firm = planted.firm
    people = spec_for(firm.workspace, "people")
    run = run_import(firm.colleague, people, "Name,E-mail\nCy Import,cy@example.com\n")
    record_id = Change.unscoped.get(batch_id=run.batch_id, kind="create").record_id
    values = {"owner": firm.owner.user_id, "name": f"Secret {CANARY}"}
    update_record(actor=firm.admin, spec=people, record_id=record_id, values=values)
    assert CANARY not in str(import_undo.changed_since(actor=firm.colleague, run=run))
    import_undo.undo_run(actor=firm.colleague, run=run, include_changed=True)
    import_undo.undo_job.func(run.pk)
    run.refresh_from_db()
    assert run.results["undo"]["kept_count"] == 1
    assert CANARY not in str(run.results)
    assert load(people, firm.workspace, record_id).deleted_at is None
    assert CANARY not in body_of(browser_of(firm.colleague).get(f"/import/{run.pk}/"))


def test_undo_counts_todays_rights(planted: Planted, handed: int) -> None:
    """What the colleague may change does not give back an owner beyond reach, nor what one cannot edit."""
    firm = planted.firm
    people = spec_for(firm.workspace, "people")
    handover = Change.unscoped.filter(record_id=handed, object_type_id=people.type_id).latest("pk")
    with pytest.raises(Denied):
        undo_change(actor=firm.colleague, spec=people, record_id=handed, change_id=handover.pk)
    with pytest.raises(AmityError) as error:
        undo_change(actor=firm.owner, spec=people, record_id=handed, change_id=handover.pk)
    assert error.value.status == 404


@pytest.mark.parametrize("name", ["company", "people"])
def test_a_hidden_link_answers_no_filter(planted: Planted, name: str) -> None:
    """Neither from its own object nor from the other end."""
    firm = planted.firm
    archive_field(actor=firm.admin, object_key="people", key="company", archived=True)
    refresh(firm)
    object_key = {"company": "people", "people": "companies"}[name]
    spec = spec_for(firm.workspace, object_key)
    with pytest.raises(Malformed):
        compile_tree(spec, {"related": name}, context_for(firm.admin))


def test_tags_are_offered_from_visible_records_alone(planted: Planted) -> None:
    assert any(CANARY in name for name, _colour in known_tags(planted.firm.owner, 60))
    assert any(CANARY in name for name, _colour in known_tags(planted.firm.admin, 60))
    assert known_tags(planted.firm.colleague, 60) == []


def test_every_export_is_in_the_log_and_holds_what_one_may_take(planted: Planted) -> None:
    firm = planted.firm
    people = spec_for(firm.workspace, "people")
    taker = with_scope(firm.colleague, see="own", export="all")
    for name in ("csv", "xlsx", "vcf", "jsonl"):
        file = export(actor=taker, spec=people, query=Query(), format=name)
        assert CANARY.encode() not in b"".join(file.chunks)
    assert AuditEntry.unscoped.filter(verb="records.exported", actor_id=firm.colleague.user_id).count() == 4
    with pytest.raises(Denied):
        export(actor=firm.owner, spec=people, query=Query(), format="csv")


def test_an_owner_beyond_reach_is_refused_everywhere(planted: Planted) -> None:
    firm = planted.firm
    people = spec_for(firm.workspace, "people")
    deeds: tuple[Callable[[], Any], ...] = (
        lambda: create_record(actor=firm.colleague, spec=people, values={"name": "A", "owner": firm.owner.user_id}),
        lambda: create_record(actor=firm.colleague, spec=people, values={"name": "A", "owner": None}),
        lambda: update_record(
            actor=firm.owner, spec=people, record_id=planted.ids["record_id"],
            values={"owner": firm.colleague.user_id},
        ),
    )  # fmt: skip
    for deed in deeds:
        with pytest.raises(Denied):
            deed()
    run = run_import(firm.colleague, people, f"Name,E-mail,Owner\nA,a@example.com,{firm.owner.user.email}\n")
    assert (run.created, run.refused) == (0, 1)


@pytest.mark.parametrize(
    "key", ["workspace", "workspace_id", "id", "pk", "deleted_at", "version", "created_by", "created_by_id",
            "created_at", "updated_at", "title_key", "owner_id", "custom", "t1", "n1", "u1", "object_type", "__class__"],
)  # fmt: skip
def test_columns_are_no_fields(planted: Planted, key: str) -> None:
    """A column of the table that is no field of the object is unknown to every door; read-only ones are refused."""
    firm = planted.firm
    people = spec_for(firm.workspace, "people")
    before = load(people, firm.workspace, planted.ids["record_id"]).__dict__
    with pytest.raises(Invalid):
        update_record(actor=firm.admin, spec=people, record_id=planted.ids["record_id"], values={key: 7})
    answer = browser_of(firm.admin).patch(
        f"/api/v1/people/{planted.ids['record_id']}", {key: 7}, content_type="application/json"
    )
    assert answer.status_code == 400
    browser_of(firm.admin).post(
        f"/people/{planted.ids['record_id']}/edit/job_title/", {"job_title": "x", key: "7"}
    )
    after = load(people, firm.workspace, planted.ids["record_id"]).__dict__
    assert getattr(after, key, None) == getattr(before, key, None)
    assert (after["workspace_id"], after["deleted_at"], after["owner_id"]) == (
        before["workspace_id"], before["deleted_at"], before["owner_id"],
    )  # fmt: skip

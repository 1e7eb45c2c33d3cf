"""Exports: what they hold, what they keep back, and that reading them again loses nothing."""

from __future__ import annotations

import contextvars
import csv
import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amity.apps.people.models import Person
from amity.foundation.core.errors import Denied, Malformed
from amity.foundation.core.scope import scope
from amity.foundation.records.listing import Query
from amity.foundation.records.models import ImportRun
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import import_files, imports, schema
from amity.foundation.records.services.exports import export
from amity.foundation.records.services.records import create_record
from amity.foundation.records.values import read_record

DANGEROUS = ["=1+1", "+44", "-1", "@SUM(A1)", "\t=1", "'=1", "''+1", "＝1", "plain", "it's"]
CUSTOM = {
    "text": "=HYPERLINK(\"x\")", "long_text": "two\nlines; and, commas", "number": -1234.5, "percent": 12.5, "rating": 4,
    "money": {"amount": -123456, "currency": "KWD"}, "date": "1999-12-31", "datetime": "2026-11-21T14:30:05.123456Z",
    "boolean": False, "choice": "b_c", "multi_choice": ["a", "b_c"], "url": "https://example.com/a?b=c",
    "country": "TR", "language": "cy",
    "email": [{"value": "A.b@Example.com", "label": "club", "normal": "a.b@example.com"}],
    "phone": [{"value": "+44 1286 555000", "label": "", "normal": "+441286555000"}],
}  # fmt: skip


def on_commit_now(actor):
    """The tests' transaction never commits, so caches are told here."""
    schema.refresh(actor)


def add_custom(actor):
    for kind in CUSTOM:
        options = ["a", {"label": "b, c"}] if "choice" in kind else []
        schema.create_field(
            actor=actor, object_key="people", type_name=kind, label=f"My {kind}", options=options
        )
        on_commit_now(actor)


def own_values(spec, record):
    values = read_record(spec, record)
    return {
        key: value
        for key, value in values.items()
        if key not in ("created_at", "updated_at", "created_by", "owner")
    }


def body(actor, format="csv", key="people", **query):
    spec = spec_for(actor.workspace, key)
    return b"".join(export(actor=actor, spec=spec, query=Query(**query), format=format).chunks)


def bring_in(actor, content, key="people", name="file"):
    path = import_files.keep_file([content])
    run = imports.start_draft(actor=actor, spec=spec_for(actor.workspace, key), file_name=name, path=path)
    run.rules["on_match"] = "create"
    imports.begin(actor=actor, run=run)
    imports.import_job.func(run.pk)
    run = ImportRun.unscoped.get(pk=run.pk)
    assert (run.state, run.refused, run.error) == ("done", 0, "")
    return run


FULL = {
    "first_name": "Anna Maria", "last_name": "=Schmidt", "prefix": "Dr.", "nickname": "Annie", "job_title": "'=CEO",
    "emails": [{"value": "anna@example.com", "label": "work"}, {"value": "b@example.com", "label": "my own"}],
    "phones": [{"value": "020 7946 0958", "label": "mobile"}],
    "messengers": [{"value": "@anna", "label": "telegram"}],
    "addresses": [{"street": "1 High St", "city": "Bangor", "country": "GB", "label": "home"}],
    "birthday": "1984-02-29", "language": "cy", "website": "https://example.com/", "stage": "lead", "source": "walk_in",
    "description": "One.\n\n- two\n=3", "tags": ["VIP, really", "plain"], "external_id": "0042",
}  # fmt: skip


def there(firm, work):
    """Do something in another workspace, as a job would."""

    def inside():
        with scope(firm.workspace.pk):
            return work()

    return contextvars.Context().run(inside)


def taken_in(firm, content, name):
    """What people an empty workspace with the same fields has after importing a file."""
    add_custom(firm.admin)
    bring_in(firm.admin, content, name=name)
    spec = spec_for(firm.workspace, "people")
    custom = {f"my_{kind}" for kind in CUSTOM}
    rows = [own_values(spec, record) for record in Person.objects.order_by("id")]
    return [{k: v for k, v in row.items() if not name.endswith("vcf") or k not in custom} for row in rows]


@pytest.mark.parametrize("format", ["csv", "xlsx", "jsonl"])
def test_every_field_comes_back(format, firm, other_firm):
    add_custom(firm.admin)
    spec = spec_for(firm.workspace, "people")
    custom = {f"my_{kind}": value for kind, value in CUSTOM.items()}
    create_record(actor=firm.admin, spec=spec, values={**FULL, **custom})
    create_record(actor=firm.admin, spec=spec, values={"emails": "nameless@example.com"})
    before = [own_values(spec, record) for record in Person.unscoped.order_by("id")]
    content = body(firm.admin, format, sort="id")
    assert there(other_firm, lambda: taken_in(other_firm, content, f"people.{format}")) == before


def test_vcards_come_back(firm, other_firm):
    spec = spec_for(firm.workspace, "people")
    company = create_record(
        actor=firm.admin, spec=spec_for(firm.workspace, "companies"), values={"name": "A; B, Ltd"}
    )
    plain = {key: value for key, value in FULL.items() if key not in ("language", "stage", "source")}
    create_record(actor=firm.admin, spec=spec, values={**plain, "company": company})
    before = own_values(spec, Person.unscoped.get())
    content = body(firm.admin, "vcf")
    (after,) = there(other_firm, lambda: taken_in(other_firm, content, "people.vcf"))
    assert Person.unscoped.get(workspace=other_firm.workspace).company.title == "A; B, Ltd"
    assert {**after, "company": None} == {**before, "company": None}


texts = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=40)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=texts, job=st.one_of(texts, st.sampled_from(DANGEROUS)), about=texts)
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_any_text_comes_back(format, first, job, about, firm):
    spec = spec_for(firm.workspace, "people")
    Person.unscoped.all().delete()
    create_record(
        actor=firm.admin,
        spec=spec,
        values={"first_name": first, "job_title": job, "description": about, "emails": "a@example.com"},
    )
    record = Person.unscoped.get()
    before = own_values(spec, record)
    content = body(firm.admin, format)
    record.delete()
    bring_in(firm.admin, content)
    assert own_values(spec, Person.unscoped.get()) == before


def test_no_cell_of_csv_is_a_formula(firm):
    spec = spec_for(firm.workspace, "people")
    for text in DANGEROUS:
        create_record(actor=firm.admin, spec=spec, values={"first_name": text, "last_name": "x"})
    rows = list(csv.reader(io.StringIO(body(firm.admin).decode("utf-8-sig"))))
    assert len(rows) == len(DANGEROUS) + 1
    assert not [cell for row in rows for cell in row if cell.lstrip()[:1] in set("=+-@＝＋－＠")]


def test_only_what_the_export_right_reaches(firm):
    spec = spec_for(firm.workspace, "people")
    create_record(actor=firm.admin, spec=spec, values={"first_name": "Ours"})
    create_record(actor=firm.owner, spec=spec, values={"first_name": "Mine"})
    with pytest.raises(Denied):
        body(firm.owner)
    object.__setattr__(
        firm.owner, "permissions", {"*": {"see": "all", "create": "all", "edit": "all", "export": "own"}}
    )
    assert [json.loads(line)["title"] for line in body(firm.owner, "jsonl").splitlines()] == ["Mine"]
    assert len(body(firm.admin, "jsonl").splitlines()) == 2


def test_filter_and_links_are_kept(firm):
    people, companies = spec_for(firm.workspace, "people"), spec_for(firm.workspace, "companies")
    acme = create_record(actor=firm.admin, spec=companies, values={"name": "Acme"})
    create_record(actor=firm.admin, spec=people, values={"first_name": "A", "company": acme})
    create_record(actor=firm.admin, spec=people, values={"first_name": "B"})
    lines = body(firm.admin, "jsonl", filter={"field": "company", "op": "is", "value": acme}).splitlines()
    assert [json.loads(line)["company"]["title"] for line in lines] == ["Acme"]


def test_unknown_format_is_refused(firm):
    with pytest.raises(Malformed):
        body(firm.admin, "exe")

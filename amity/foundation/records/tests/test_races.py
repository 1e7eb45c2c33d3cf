"""Several at once: one of two equal unique values wins, and no change is lost or half made."""

import threading

import pytest
from django.db import connection

from amity.foundation.core.errors import AmityError, Conflict, Stale
from amity.foundation.core.scope import scope
from amity.foundation.records.access import all_records
from amity.foundation.records.models import Change
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import schema
from amity.foundation.records.services.records import create_record, delete_record, update_record
from amity.testing.contract_services import check_indexes
from amity.testing.world import make_firm, refresh

THREADS = 6


@pytest.fixture
def firm(real_database):
    made = make_firm("Acme", 0)
    schema.create_field(
        actor=made.admin, object_key="companies", type_name="text", label="Code", key="code", unique=True
    )
    refresh(made)
    return made


def at_once(firm, action):
    """Run `action(n)` in every thread at the same moment; returns results and errors."""
    start, results = threading.Barrier(THREADS), [None] * THREADS

    def work(n):
        try:
            start.wait()
            with scope(firm.workspace.pk):
                results[n] = action(n)
        except Exception as error:  # handed to the test
            results[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def sorted_out(results):
    errors = [item for item in results if isinstance(item, Exception)]
    unexpected = [item for item in errors if not isinstance(item, AmityError)]
    assert unexpected == []
    return [item for item in results if not isinstance(item, Exception)], errors


def test_one_of_many_equal_unique_values_wins(firm):
    companies = spec_for(firm.workspace, "companies")
    made, errors = sorted_out(
        at_once(
            firm,
            lambda n: create_record(
                actor=firm.owner, spec=companies, values={"name": f"C {n}", "code": "X1"}
            ),
        )
    )
    assert len(made) == 1
    assert {type(error) for error in errors} == {Conflict}
    assert all_records(companies, firm.workspace.pk).count() == 1
    check_indexes(firm, companies)


def test_records_made_at_once_are_all_there(firm):
    companies = spec_for(firm.workspace, "companies")
    values = {"tags": ["same", "tags"]}
    made, errors = sorted_out(
        at_once(
            firm,
            lambda n: create_record(actor=firm.owner, spec=companies, values={"name": f"C {n}", **values}),
        )
    )
    assert errors == []
    assert len(set(made)) == THREADS
    check_indexes(firm, companies)


def test_edits_of_one_version_are_written_once(firm):
    companies = spec_for(firm.workspace, "companies")
    record_id = create_record(actor=firm.owner, spec=companies, values={"name": "C"})

    def edit(n):
        return update_record(
            actor=firm.owner, spec=companies, record_id=record_id, values={"industry": f"I {n}"}, version=1
        )

    made, errors = sorted_out(at_once(firm, edit))
    assert len(made) == 1
    assert {type(error) for error in errors} == {Stale}


def test_edits_of_different_fields_all_stay(firm):
    companies = spec_for(firm.workspace, "companies")
    record_id = create_record(actor=firm.owner, spec=companies, values={"name": "C"})
    keys = ["industry", "tax_number", "website", "description", "external_id", "employees"]
    values = ["Farming", "7", "example.com", "About", "x", 12]
    _made, errors = sorted_out(
        at_once(
            firm,
            lambda n: update_record(
                actor=firm.owner, spec=companies, record_id=record_id, values={keys[n]: values[n]}
            ),
        )
    )
    assert errors == []
    record = all_records(companies, firm.workspace.pk).get()
    assert (record.version, record.industry, record.employees) == (1 + THREADS, "Farming", 12)
    assert None not in (record.tax_number, record.website, record.description, record.external_id)
    assert Change.unscoped.filter(record_id=record_id, kind="update").count() == THREADS
    check_indexes(firm, companies)


def test_a_record_is_deleted_once(firm):
    companies = spec_for(firm.workspace, "companies")
    record_id = create_record(actor=firm.owner, spec=companies, values={"name": "C"})
    _made, errors = sorted_out(
        at_once(firm, lambda n: delete_record(actor=firm.owner, spec=companies, record_id=record_id))
    )
    assert len(errors) == THREADS - 1
    assert Change.unscoped.filter(record_id=record_id, kind="delete").count() == 1
    check_indexes(firm, companies)

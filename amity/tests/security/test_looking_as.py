"""An administrator who looks as somebody else changes nothing, by whatever door."""

from __future__ import annotations

from typing import Any

import pytest

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import AuditEntry
from amity.foundation.core.errors import Denied
from amity.foundation.records.models import ImportRun
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import import_files, import_undo, imports, runs
from amity.tests.security.conftest import Planted, browser_of, no_writes
from amity.tests.security.test_routes import RULE_OF, address

pytestmark = pytest.mark.django_db
# What ends the look, and what belongs to the browser and not to the person looked at.
ALLOWED = ("settings/view-as/stop/", "sign-out/", "sign-in/", "sign-in/forgot/", "reset/<user_key>/<token>/")


def test_no_address_writes(planted: Planted) -> None:
    browser = browser_of(planted.firm.admin)
    session = browser.session
    session["view_as"] = planted.firm.owner.user_id
    session.save()
    AuditEntry.unscoped.all().delete()
    for route in RULE_OF:
        if route in ALLOWED:
            continue
        for method, data in (("DELETE", b""), ("PATCH", b"{}")) if route.startswith("api/") else ():
            url = address(route, planted.ids)
            with no_writes((method, route)):
                answer = browser.generic(method, url, data, content_type="application/json")
            assert answer.status_code < 500, (method, route)
        with no_writes(("form", route)):
            browser.post(
                address(route, planted.ids),
                {"start": "1", "name": "x", "text": "x", "body": "x", "label": "x"},
            )
    assert AuditEntry.unscoped.count() == 0


def test_services_of_imports_refuse_by_themselves(planted: Planted, firm_scope: Any) -> None:
    """A run may not be corrected, begun, stopped, taken back or forgotten by somebody who only looks."""
    owner, run = planted.firm.owner, ImportRun.unscoped.get(pk=planted.ids["run_id"])
    looking = Actor(
        owner.workspace, owner.user, owner.permissions, read_only=True, seen_by=planted.firm.admin.user
    )
    spec = spec_for(owner.workspace, "people")
    deeds = (
        lambda: imports.set_mapping(actor=looking, run=run, mapping=run.mapping),
        lambda: imports.propose_for(actor=looking, run=run, spec=spec),
        lambda: imports.begin(actor=looking, run=run),
        lambda: runs.cancel_run(actor=looking, run=run),
        lambda: import_undo.undo_run(actor=looking, run=run),
        lambda: import_files.delete_run(actor=looking, run=run),
    )
    for deed in deeds:
        with no_writes(), pytest.raises(Denied):
            deed()


def test_a_draft_of_somebody_whose_right_was_taken_does_not_begin(planted: Planted, firm_scope: Any) -> None:
    owner, run = planted.firm.owner, ImportRun.unscoped.get(pk=planted.ids["run_id"])
    reader = Actor(owner.workspace, owner.user, {"*": {"see": "own"}})
    with no_writes(), pytest.raises(Denied):
        imports.begin(actor=reader, run=run)

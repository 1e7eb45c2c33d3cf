"""Statements per page and API call are a committed baseline; `REWRITE_BASELINE=1 pytest` renews it."""

import os
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from amity.foundation.accounts.tokens import create_token
from amity.foundation.core.scope import scope
from amity.foundation.records.objects import spec_for
from amity.testing.statements import Baseline, recorded
from amity.testing.world import make_records

FILE = Path(__file__).with_name("statements.json")


@pytest.mark.parametrize("key", ["people", "companies"])
def test_statements_per_request(closed_firm, client_of, key):
    baseline = Baseline(FILE, rewrite=os.environ.get("REWRITE_BASELINE") == "1")
    firm = closed_firm
    with scope(firm.workspace.pk):
        spec = spec_for(firm.workspace, key)
        first = make_records(spec, firm.owner, 3)[0]
        _token, secret = create_token(actor=firm.owner, user_id=firm.owner.user_id, name="test")
    browser = client_of(firm.owner)
    program = Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {secret}"})
    requests = {
        "list": (browser, f"/{key}/"),
        "board": (browser, f"/{key}/?shape=board"),
        "calendar": (browser, f"/{key}/?shape=calendar&by=created_at"),
        "chart": (browser, f"/{key}/?shape=chart"),
        "record": (browser, f"/{key}/{first}/"),
        "peek": (browser, f"/{key}/{first}/peek/"),
        "new": (browser, f"/{key}/new/"),
        "API list": (program, f"/api/v1/{key}"),
        "API record": (program, f"/api/v1/{key}/{first}"),
    }
    for start in (3, 15):
        for name, (client, path) in requests.items():
            assert client.get(path).status_code == 200  # fills the caches of this process
            with recorded() as seen:
                client.get(path)
            baseline.check(f"{connection.vendor} {key} {name}", seen)
        with scope(firm.workspace.pk):
            make_records(spec, firm.owner, 12, start=start)

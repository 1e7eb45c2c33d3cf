"""Cells by REST: each is judged by itself, all of them are one batch."""

from __future__ import annotations

import pytest

from amity.foundation.core.jobs.worker import run_pending

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def api(closed_firm, program_of):
    return program_of(closed_firm.owner)


@pytest.fixture
def ids(api):
    return [api("POST", "companies", {"name": f"Firm {n}", "employees": n}).data["id"] for n in (1, 2)]


def test_cells_are_written_refused_and_taken_back(api, ids):
    cells = [
        {"id": ids[0], "field": "employees", "text": "1,200", "version": 1},
        {"id": ids[1], "field": "employees", "text": "many"},
        {"id": ids[1], "field": "kind", "text": "Supplier"},
        {"id": ids[1], "field": "name", "text": "Firm 2"},
        {"id": 987654, "field": "name", "text": "x"},
    ]
    answer = api("POST", "companies/cells", {"cells": cells})
    assert answer.status_code == 200
    told = [(one["status"], one.get("code", ""), one["version"]) for one in answer.data["cells"]]
    assert told == [
        ("written", "", 2), ("refused", "number", 2), ("written", "", 2), ("unchanged", "", 2), ("refused", "gone", None),
    ]  # fmt: skip
    assert answer.data["written"] == 2
    assert api("GET", f"companies/{ids[0]}").data["employees"] == 1200
    place = f"companies/bulk/{answer.data['bulk']}"
    assert api("GET", place).data["action"] == "cells"
    assert api("POST", f"{place}/undo").status_code == 202
    run_pending()
    assert api("GET", f"companies/{ids[0]}").data["employees"] == 1
    assert api("GET", f"companies/{ids[1]}").data["kind"] is None


def test_somebody_elses_change_is_a_conflict_with_a_name(api, ids, closed_firm, program_of):
    program_of(closed_firm.admin)("PATCH", f"companies/{ids[0]}", {"industry": "Hers"})
    mine = {"id": ids[0], "field": "industry", "text": "Mine", "version": 1}
    found = api("POST", "companies/cells", {"cells": [mine]}).data
    assert (found["bulk"], found["written"]) == (None, 0)
    assert (found["cells"][0]["status"], found["cells"][0]["version"]) == ("conflict", 2)
    assert found["cells"][0]["changed_by"] == str(closed_firm.admin.user)


def test_what_is_no_cell_is_refused_as_a_whole(api, ids):
    sound = {"id": ids[0], "field": "kind", "text": "Supplier"}
    for odd in ({**sound, "owner": 1}, {**sound, "id": "1"}, {**sound, "id": True}, {**sound, "version": 0},
                {**sound, "text": None}, {"id": ids[0]}, "x", None):  # fmt: skip
        assert api("POST", "companies/cells", {"cells": [sound, odd]}).status_code == 400, odd
    assert api("POST", "companies/cells", {"cells": "x"}).status_code == 400
    assert api("POST", "companies/cells", {"cells": [sound], "force": True}).status_code == 400
    assert api("POST", "companies/cells", {"cells": []}).status_code == 422
    assert api("POST", "companies/cells", {"cells": [sound] * 5001}).status_code == 429
    assert api("GET", f"companies/{ids[0]}").data["version"] == 1

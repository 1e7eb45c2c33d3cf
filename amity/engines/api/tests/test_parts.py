"""Notes, links, history, undo, batches, search and what describes the workspace."""

from __future__ import annotations

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from amity.engines.api.views import batch as batches
from amity.foundation.accounts.tokens import revoke_token
from amity.foundation.core.clock import now
from amity.foundation.core.scope import scope
from amity.foundation.records.models import KeptAnswer
from amity.foundation.records.services.once import KEPT_FOR, forget_old
from amity.foundation.records.services.schema import create_field, create_object, create_relation, refresh
from amity.testing.statements import recorded

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(closed_firm, program_of):
    return program_of(closed_firm.admin)


def make(api, object_key, **values):
    response = api("POST", object_key, values)
    assert response.status_code == 201, response.data
    return response.data


def count(api, object_key):
    return api("GET", f"{object_key}?count=exact&limit=1").data["count"]["value"]


def test_notes(api):
    place = f"companies/{make(api, 'companies', name='A')['id']}/notes"
    note = api("POST", place, {"body": "Called.\nWill call again."})
    assert (note.status_code, note.data["body"]) == (201, "Called.\nWill call again.")
    one = f"{place}/{note.data['id']}"
    assert api("PATCH", one, {"pinned": True, "body": "Called."}).data["pinned"] is True
    assert [item["body"] for item in api("GET", place).data["data"]] == ["Called."]
    assert api("POST", place, {"body": 5}).status_code == 422
    assert api("POST", place, {"text": "x"}).status_code == 400
    assert api("DELETE", one).status_code == 204
    assert api("GET", one).status_code == 404


def test_notes_come_in_pages(api):
    place = f"companies/{make(api, 'companies', name='A')['id']}/notes"
    for number in range(3):
        api("POST", place, {"body": f"n{number}"})
    first = api("GET", f"{place}?limit=2").data
    assert [item["body"] for item in first["data"]] == ["n2", "n1"]
    rest = api("GET", f"{place}?limit=2&cursor={first['next_cursor']}").data
    assert ([item["body"] for item in rest["data"]], rest["next_cursor"]) == (["n0"], None)


@pytest.fixture
def pupils(closed_firm):
    with scope(closed_firm.workspace.pk):
        create_object(actor=closed_firm.admin, label="Pupil", plural="Pupils", key="pupils")
        refresh(closed_firm.admin)
        create_relation(
            actor=closed_firm.admin,
            from_object="pupils",
            to_object="people",
            from_label="Parents",
            to_label="Children",
        )


def test_links_of_a_custom_object_are_added_and_removed(api, pupils):
    pupil = make(api, "pupils", name="Kim")
    parents = [make(api, "people", name=name)["id"] for name in ("Ana Lima", "Bo Chen", "Cy Dee")]
    fields = next(o for o in api("GET", "metadata").data["objects"] if o["key"] == "pupils")["fields"]
    relation = next(field["key"] for field in fields if field.get("target") == "people")
    place = f"pupils/{pupil['id']}/links/{relation}"
    assert [end["id"] for end in api("POST", place, {"ids": parents[:2]}).data["data"]] == parents[:2]
    assert [end["id"] for end in api("POST", place, {"id": parents[2]}).data["data"]] == parents
    assert api("DELETE", f"{place}/{parents[0]}").status_code == 204
    assert [end["id"] for end in api("GET", place).data["data"]] == parents[1:]
    assert api("DELETE", f"{place}/{parents[0]}").status_code == 404
    assert api("POST", place, {"id": 10**9}).status_code == 422
    assert api("GET", f"pupils/{pupil['id']}/links/nonsense").status_code == 404
    expanded = api("GET", f"pupils/{pupil['id']}?expand={relation}").data
    assert expanded[relation][0]["first_name"] == "Bo"


def test_history_and_undo(api):
    company = make(api, "companies", name="A")
    address = f"companies/{company['id']}"
    api("PATCH", address, {"industry": "Glass"})
    change = api("GET", f"{address}/history").data["data"][0]
    assert (change["kind"], change["source"], change["changes"]) == (
        "update",
        "api",
        {"industry": [None, "Glass"]},
    )
    assert api("POST", f"{address}/undo/{change['id']}").data["restored"] == ["industry"]
    assert api("GET", address).data["industry"] is None
    assert api("POST", f"{address}/undo/{change['id']}").status_code == 409
    assert api("POST", f"{address}/undo/{10**9}").status_code == 404


def test_a_batch_names_the_result_of_each_operation(api):
    kept = make(api, "companies", name="Kept")
    gone = make(api, "companies", name="Gone")
    answered = api(
        "POST",
        "companies/batch",
        {
            "operations": [
                {"op": "create", "values": {"name": "New"}},
                {"op": "create", "values": {"nonsense": "New"}},
                {"op": "update", "id": kept["id"], "values": {"industry": "Glass"}, "version": 1},
                {"op": "update", "id": kept["id"], "values": {"industry": "Steel"}, "version": 1},
                {"op": "delete", "id": gone["id"]},
                {"op": "delete", "id": 10**9},
                {"op": "dance"},
                17,
            ]
        },
    )
    assert [item["status"] for item in answered.data["results"]] == [201, 400, 200, 412, 204, 404, 400, 400]
    assert (answered.data["succeeded"], answered.data["failed"]) == (3, 5)
    assert count(api, "companies") == 2


def test_an_atomic_batch_is_all_or_nothing(api):
    answered = api(
        "POST",
        "companies/batch",
        {
            "atomic": True,
            "operations": [
                {"op": "create", "values": {"name": "New"}},
                {"op": "create", "values": {"name": None}},
            ],
        },
    )
    assert (answered.status_code, answered.data["errors"][0]["field"]) == (422, "operations[1].name")
    assert count(api, "companies") == 0


def test_upsert_by_key(api):
    one = {"op": "upsert", "key": "external_id", "values": {"external_id": "X-1", "name": "A"}}
    again = {"op": "upsert", "key": "external_id", "values": {"external_id": "X-1", "name": "B"}}
    results = api("POST", "companies/batch", {"operations": [one, again]}).data["results"]
    assert [item["status"] for item in results] == [201, 200]
    assert count(api, "companies") == 1
    by_email = {"op": "upsert", "key": "emails", "values": {"emails": ["A@b.example"], "name": "P"}}
    results = api("POST", "people/batch", {"operations": [by_email, by_email]}).data["results"]
    assert [item["status"] for item in results] == [201, 200]
    make(api, "companies", name="C", external_id="X-1")
    assert api("POST", "companies/batch", {"operations": [one]}).data["results"][0]["status"] == 409


@pytest.mark.parametrize("data", [{}, {"operations": []}, {"operations": "x"}, {"operations": [1] * 1001}])
def test_a_batch_has_one_to_a_thousand_operations(api, data):
    assert api("POST", "companies/batch", data).status_code == 400


def test_a_batch_is_taken_back_as_a_whole(api, program_of, closed_firm):
    """Creations, changes and deletions; what somebody changed since stays and is named; only once."""
    kept, gone = (make(api, "companies", name=name)["id"] for name in ("Kept", "Gone"))
    operations = [
        *({"op": "create", "values": {"name": f"C{n}"}} for n in range(5)),
        {"op": "update", "id": kept, "values": {"name": "Changed"}},
        {"op": "delete", "id": gone},
    ]
    done = api("POST", "companies/batch", {"operations": operations}).data
    assert (done["succeeded"], count(api, "companies")) == (7, 6)
    edited = done["results"][0]["id"]
    api("PATCH", f"companies/{edited}", {"name": "Edited since"})
    place = f"companies/batch/{done['batch']}/undo"
    assert program_of(closed_firm.owner)("POST", place).status_code == 404
    assert api("POST", f"people/batch/{done['batch']}/undo").status_code == 404
    undone = api("POST", place)
    assert undone.data["restored"] == 6
    assert [(item["id"], item["code"]) for item in undone.data["kept"]] == [(edited, "changed_since")]
    names = sorted(row["title"] for row in api("GET", "companies").data["data"])
    assert names == ["Edited since", "Gone", "Kept"]
    assert api("POST", place).status_code == 409


def test_creations_side_by_side_are_written_as_one_set(api, closed_firm):
    """With the results and errors of each, and far fewer statements than one by one."""
    with scope(closed_firm.workspace.pk):
        options = {"object_key": "companies", "type_name": "text", "label": "Number", "key": "number"}
        create_field(actor=closed_firm.admin, **options, unique=True)
        refresh(closed_firm.admin)

    def sent(rows, **more):
        return api(
            "POST",
            "companies/batch",
            {"operations": [{"op": "create", "values": row} for row in rows], **more},
        )

    api("GET", "companies")
    with recorded() as few:
        sent([{"name": "A"}, {"name": "B"}])
    with recorded() as many:
        assert sent([{"name": f"C{n}"} for n in range(60)]).data["succeeded"] == 60
    assert len(many) <= len(few) + 5
    mixed = [{"name": "D"}, {"nothing": 1}, {"name": ""}, {"name": "E", "number": "7"}]
    assert [item["status"] for item in sent(mixed).data["results"]] == [201, 400, 422, 201]
    taken = [{"name": "F", "number": "8"}, {"name": "G", "number": "7"}, {"name": "H", "number": "8"}]
    assert [item["status"] for item in sent(taken).data["results"]] == [201, 409, 409]
    assert sent([{"name": ""}, {"name": ""}]).data["batch"] is None


# --- idempotency -------------------------------------------------------------------------------------------


def test_the_same_key_is_done_once(api):
    first = api("POST", "companies", {"name": "A"}, idempotency_key="k1")
    again = api("POST", "companies", {"name": "A"}, idempotency_key="k1")
    assert (again.status_code, again.data, again["Location"]) == (201, first.data, first["Location"])
    assert again["Idempotent-Replayed"] == "true"
    assert api("POST", "companies", {"name": "B"}, idempotency_key="k1").status_code == 422
    assert count(api, "companies") == 1


def test_a_failed_request_may_be_tried_again_with_its_key(api, closed_firm):
    body = {"name": "A", "owner": 10**9}
    assert api("POST", "companies", body, idempotency_key="k1").status_code == 422
    assert KeptAnswer.unscoped.count() == 0
    assert api("POST", "companies", {"name": "A"}, idempotency_key="k1").status_code == 201


def test_keys_are_forgotten_after_a_day(api):
    api("POST", "companies", {"name": "A"}, idempotency_key="k1")
    KeptAnswer.unscoped.update(created_at=now() - KEPT_FOR * 2)
    assert api("POST", "companies", {"name": "B"}, idempotency_key="k1").data["title"] == "B"
    KeptAnswer.unscoped.update(created_at=now() - KEPT_FOR * 2)
    assert forget_old() == 1


def test_a_broken_batch_goes_on_where_it_ended(api, monkeypatch):
    monkeypatch.setattr(batches, "STRETCH", 0.0)
    real, calls = batches._stretch, []

    def one_each(call, operations, results):
        calls.append(len(results))
        if len(calls) == 3:
            raise RuntimeError("the process ends here")
        monkeypatch.setattr(batches, "STRETCH", 5.0)
        real(call, operations[: len(results) + 1], results)

    monkeypatch.setattr(batches, "_stretch", one_each)
    data = {"operations": [{"op": "create", "values": {"name": f"C{n}"}} for n in range(4)]}
    assert api("POST", "companies/batch", data, idempotency_key="k").status_code == 500
    assert count(api, "companies") == 2
    monkeypatch.setattr(batches, "_stretch", real)
    done = api("POST", "companies/batch", data, idempotency_key="k")
    assert (len(done.data["results"]), done.data["failed"], count(api, "companies")) == (4, 0, 4)
    assert api("POST", "companies/batch", data, idempotency_key="k").data == done.data


def test_a_file_sent_twice_with_one_key_is_kept_once(api, closed_firm, settings, tmp_path):
    """Whatever the boundary of the form; another content or name under the same key is refused."""
    where = {"location": tmp_path}
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": where}}
    place = f"companies/{make(api, 'companies', name='A')['id']}/files"

    def send(name, content, key="k1"):
        return api.client.post(
            f"/api/v1/{place}",
            {"file": SimpleUploadedFile(name, content)},
            HTTP_AUTHORIZATION=f"Bearer {api.secret}",
            HTTP_IDEMPOTENCY_KEY=key,
        )

    first, again = send("a.txt", b"x"), send("a.txt", b"x")
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again["Idempotent-Replayed"] == "true"
    assert [send("a.txt", b"y").status_code, send("b.txt", b"x").status_code] == [422, 422]
    assert send("empty.txt", b"", "k2").status_code == 422
    assert send("full.txt", b"x", "k2").status_code == 201
    assert api("POST", place, {"file": "x"}, idempotency_key="k3").status_code == 415
    assert len(api("GET", place).data["data"]) == 2
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2


@pytest.mark.django_db(transaction=True)
def test_parallel_posts_with_one_key_make_one_record(api, program_of):
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("a database in memory refuses a second writer instead of letting it wait")

    def post():
        try:
            answers.append(api("POST", "companies", {"name": "A"}, idempotency_key="same"))
        finally:
            connection.close()

    answers: list = []
    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [item.status_code for item in answers] == [201] * 8
    assert len({item.data["id"] for item in answers}) == 1
    assert count(api, "companies") == 1


# --- about -------------------------------------------------------------------------------------------------


def test_me_metadata_search_and_views(api, closed_firm, program_of):
    make(api, "people", name="Ana Lima")
    assert api("GET", "me").data["user"]["email"] == "admin@example.com"
    assert api("GET", "search?q=lim").data["data"][0]["title"] == "Ana Lima"
    assert api("GET", "search?q=").status_code == 400
    assert api("GET", "people/views").data["data"] == []
    people = next(o for o in api("GET", "metadata").data["objects"] if o["key"] == "people")
    assert people["rights"]["delete"] == "all"
    assert "lead" in [o["key"] for f in people["fields"] if f["key"] == "stage" for o in f["options"]]
    guest = program_of(closed_firm.stranger)
    assert guest("GET", "metadata").data["objects"][0]["rights"]["create"] == "none"


def test_a_token_ends_within_one_request(api, closed_firm, program_of):
    program = program_of(closed_firm.owner)
    assert program("GET", "me").status_code == 200
    with scope(closed_firm.workspace.pk):
        revoke_token(actor=closed_firm.owner, token_id=program.token.pk)
    assert program("GET", "me").status_code == 401


def test_a_disabled_user_or_cut_role_counts_at_once(closed_firm, program_of):
    from amity.foundation.accounts.models import Membership, Role, User

    program = program_of(closed_firm.owner)
    assert program("POST", "companies", {"name": "A"}).status_code == 201
    Role.unscoped.filter(key="member").update(permissions={"*": {"see": "own"}})
    assert program("POST", "companies", {"name": "B"}).status_code == 403
    Membership.unscoped.filter(user=closed_firm.owner.user).update(is_active=False)
    assert program("GET", "me").status_code == 401
    Membership.unscoped.filter(user=closed_firm.owner.user).update(is_active=True)
    assert program("GET", "me").status_code == 200
    User.objects.filter(pk=closed_firm.owner.user.pk).update(is_active=False)
    assert program("GET", "me").status_code == 401

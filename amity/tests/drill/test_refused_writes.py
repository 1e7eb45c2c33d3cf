"""The database refuses to write: people and programs are told why, nothing is half saved, and it goes on after."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection
from django.test import Client

from amity.apps.people.models import Person
from amity.foundation.accounts.tokens import create_token
from amity.foundation.core import ratelimit
from amity.foundation.core.clock import now
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.models import Job
from amity.foundation.core.scope import scope
from amity.foundation.records.models import ImportRun
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import create_record
from amity.testing import faults
from amity.testing.world import PASSWORD, Firm, make_firm

LONG = "x" * 20_000
OWN = {"django_session", "accounts_usersession", "accounts_apitoken"}  # last use of the browser and the token


@contextmanager
def full() -> Iterator[None]:
    """No page more than there are, and none of them free."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        yield
        cursor.execute("PRAGMA max_page_count = 1073741823")


@contextmanager
def read_only() -> Iterator[None]:
    name = "query_only" if connection.vendor == "sqlite" else "default_transaction_read_only"
    setting = "PRAGMA {} = {}" if connection.vendor == "sqlite" else "SET {} = {}"
    with connection.cursor() as cursor:
        cursor.execute(setting.format(name, "on"))
        yield
        cursor.execute(setting.format(name, "off"))


@contextmanager
def locked() -> Iterator[None]:
    """Somebody else keeps the write lock for longer than we wait."""
    patience, usual = ("PRAGMA busy_timeout = {}", 10_000) if connection.vendor == "sqlite" else (
        "SET lock_timeout = {}", 0)  # fmt: skip
    with _holder(), connection.cursor() as cursor:
        cursor.execute(patience.format(50))
        yield
        cursor.execute(patience.format(usual))


@contextmanager
def _holder() -> Iterator[None]:
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    import psycopg

    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        for table in connection.introspection.table_names():
            other.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield


FAULTS = {
    "full": (full, 507, "disk_full"),
    "read_only": (read_only, 503, "not_writable"),
    "locked": (locked, 503, "busy"),
}
TEXTS = {"full": "disk is full", "read_only": "cannot write", "locked": "is busy"}


class World:
    """A firm with one company, a browser and a program of its administrator."""

    def __init__(self, firm: Firm) -> None:
        self.firm = firm
        self.browser = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
        self.browser.force_login(firm.admin.user, backend="amity.foundation.accounts.signin.DelayedBackend")
        with scope(firm.workspace.pk):
            companies = spec_for(firm.workspace, "companies")
            self.company = create_record(actor=firm.admin, spec=companies, values={"name": "First"})
            _token, self.secret = create_token(actor=firm.admin, user_id=firm.admin.user_id or 0, name="x")
        self.browser.get("/companies/")

    def api(self, method: str, path: str, data: Any, **headers: str) -> Any:
        program = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
        headers |= {"authorization": f"Bearer {self.secret}"}
        if isinstance(data, SimpleUploadedFile):
            return program.post(f"/api/v1/{path}", {"file": data}, headers=headers)
        body = orjson.dumps(data)
        return program.generic(method, f"/api/v1/{path}", body, "application/json", headers=headers)


def file() -> SimpleUploadedFile:
    return SimpleUploadedFile("letter.txt", b"Dear all" * 10_000)


HTMX = {"HX-Request": "true"}
PAGES: dict[str, Callable[[World], Any]] = {
    "create": lambda w: w.browser.post("/companies/new/", {"name": "New", "description": LONG}),
    "field": lambda w: w.browser.post(f"/companies/{w.company}/edit/description/", {"description": LONG}, headers=HTMX),
    "edit": lambda w: w.browser.post(f"/companies/{w.company}/edit/", {"name": "Other", "description": "y" + LONG[1:]}),
    "note": lambda w: w.browser.post(f"/companies/{w.company}/notes/", {"text": LONG}),
    "file": lambda w: w.browser.post(f"/companies/{w.company}/files/", {"file": file(), "x": LONG}),
    "import": lambda w: w.browser.post("/import/upload/", {"file": SimpleUploadedFile("a.csv", b"Name\nAda\n" * 900)}),
}  # fmt: skip
CALLS: dict[str, Callable[[World], Any]] = {
    "create": lambda w: w.api("POST", "companies", {"name": "New", "description": LONG}),
    "create once": lambda w: w.api("POST", "companies", {"name": "New", "description": LONG}, **{"Idempotency-Key": "k"}),
    "edit": lambda w: w.api("PATCH", f"companies/{w.company}", {"description": LONG}),
    "note": lambda w: w.api("POST", f"companies/{w.company}/notes", {"body": LONG}),
    "batch": lambda w: w.api("POST", "companies/batch", {"atomic": True, "operations": [
        {"op": "create", "values": {"name": f"N{n}", "description": LONG}} for n in range(5)]}),
}  # fmt: skip


@pytest.fixture
def world(real_database: None, settings: Any, tmp_path: Path) -> World:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.AMITY_HOME = tmp_path
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "uploads")
    (tmp_path / "uploads").mkdir()
    storage = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    ratelimit.configure()
    return World(make_firm("Acme", 0))


def kept_files(home: Path) -> list[Path]:
    folders = ("files", "imports", "uploads")
    return [path for name in folders for path in (home / name).rglob("*") if path.is_file()]


def refused(fault: str, deed: Callable[[World], Any], world: World, home: Path) -> Any:
    """The answer under a fault, having seen that it changed nothing."""
    if fault == "full" and connection.vendor != "sqlite":
        pytest.skip("a full disk is made with SQLite's page limit; PostgreSQL has none")
    before, files = faults.snapshot(), kept_files(home)
    with FAULTS[fault][0]():
        answer = deed(world)
        answer.close()
    assert set(faults.changed_tables(before)) <= OWN
    assert kept_files(home) == files
    assert faults.search_index_sound()
    return answer


SMALL = {"file", "import"}  # rows that still fit into the last page; `test_full_disk` has their files


@pytest.mark.parametrize("fault", FAULTS)
def test_people_are_told_and_nothing_is_saved(world: World, tmp_path: Path, fault: str) -> None:
    for name, deed in PAGES.items():
        if fault == "full" and name in SMALL:
            continue
        answer = refused(fault, deed, world, tmp_path)
        assert answer.status_code == FAULTS[fault][1], name
        assert TEXTS[fault] in answer.content.decode(), name
        assert "Nothing was saved" in answer.content.decode(), name
        works_again(deed, world)


@pytest.mark.parametrize("fault", FAULTS)
def test_programs_are_told_and_nothing_is_saved(world: World, tmp_path: Path, fault: str) -> None:
    _manager, status, code = FAULTS[fault]
    for name, deed in CALLS.items():
        answer = refused(fault, deed, world, tmp_path)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), name
        assert orjson.loads(answer.content)["code"] == code, name
        assert ("Retry-After" in answer) == (code == "busy"), name
        works_again(deed, world)


def works_again(deed: Callable[[World], Any], world: World) -> None:
    before = faults.snapshot()
    answer = deed(world)
    assert answer.status_code in (200, 201, 204, 302), answer.content.decode()
    assert set(faults.changed_tables(before)) - OWN


@pytest.mark.parametrize("fault", ["read_only", "locked"])
def test_a_file_is_not_kept_without_its_row(world: World, tmp_path: Path, fault: str) -> None:
    path = f"companies/{world.company}/files"
    answer = refused(fault, lambda w: w.api("POST", path, file()), world, tmp_path)
    assert orjson.loads(answer.content)["code"] == FAULTS[fault][2]
    assert world.api("POST", path, file()).status_code == 201
    assert len(kept_files(tmp_path)) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_reading_goes_on(world: World, tmp_path: Path, fault: str) -> None:
    for path in ("/companies/", f"/companies/{world.company}/"):
        answer = refused(fault, lambda w, path=path: w.browser.get(path), world, tmp_path)
        assert (answer.status_code, b"First" in answer.content) == (200, True)


@pytest.mark.parametrize("fault", ["read_only", "locked"])
def test_nobody_is_signed_in_on_half_a_session(world: World, tmp_path: Path, fault: str) -> None:
    stranger = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
    login = {"email": world.firm.admin.user.email, "password": PASSWORD}  # type: ignore[union-attr]
    answer = refused(fault, lambda w: stranger.post("/sign-in/", login), world, tmp_path)
    assert (answer.status_code, TEXTS[fault] in answer.content.decode()) == (503, True)
    assert stranger.get("/companies/").status_code == 302
    assert stranger.post("/sign-in/", login).status_code == 302


@pytest.mark.parametrize("fault", FAULTS)
def test_an_import_waits_for_the_database_and_ends_whole(world: World, tmp_path: Path, fault: str) -> None:
    rows = b"".join(b"Ada %d,%s\n" % (n, LONG[:2000].encode()) for n in range(60))
    draft = world.browser.post(
        "/import/upload/", {"file": SimpleUploadedFile("a.csv", b"Name,Notes\n" + rows)}
    )
    run = ImportRun.unscoped.get(pk=draft.url.strip("/").rpartition("/")[2])
    form = {"start": "1", "keys": run.rules["keys"], "on_match": "update", "make_linked": "on"}
    assert world.browser.post(f"{draft.url}mapping/", form).status_code == 302
    if fault == "full" and connection.vendor != "sqlite":
        pytest.skip("a full disk is made with SQLite's page limit; PostgreSQL has none")
    with FAULTS[fault][0](), suppress(DatabaseError):  # a worker logs it and tries again
        run_pending(5)
    run.refresh_from_db()
    assert (run.state, run.created < 60) == ("running", True)
    job = Job.objects.get(name__endswith="import_job")
    assert job.attempts <= 1
    Job.objects.filter(pk=job.pk).update(state="ready", run_at=now())
    run_pending()
    run.refresh_from_db()
    assert (run.state, run.created) == ("done", 60)
    with scope(world.firm.workspace.pk):
        assert Person.objects.count() == 60

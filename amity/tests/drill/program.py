"""A program that talks to a running Amity over REST, as others do, and the database seen without Amity."""

from __future__ import annotations

import http.client
import json
import sqlite3
from contextlib import closing
from typing import Any, NamedTuple

from amity.tests.browser.installation import Installation

PASSWORD = "seven green boats"
LOST = (OSError, http.client.HTTPException)


class Answer(NamedTuple):
    status: int
    data: Any


class Program:
    """One token, a connection for each call. Raises one of LOST when there was no whole answer."""

    def __init__(self, site: Installation, token: str) -> None:
        self.port, self.token = site.port, token

    def __call__(self, method: str, path: str, data: Any = None, **headers: str) -> Answer:
        body = data if isinstance(data, bytes) else json.dumps(data) if data is not None else None
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"} | headers
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with closing(connection):
            connection.request(method, f"/api/v1/{path}", body, headers)
            answer = connection.getresponse()
            raw = answer.read()
        is_json = "json" in (answer.headers["Content-Type"] or "")
        return Answer(answer.status, json.loads(raw) if is_json else raw)

    def upload(self, path: str, content: bytes) -> Answer:
        body = (
            b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
            b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n--cut--\r\n"
        )
        return self("POST", path, body, **{"Content-Type": "multipart/form-data; boundary=cut"})


def administrator(site: Installation) -> str:
    """A token of the first person, made on the command line."""
    site.run("user", "add", "ada@example.com", "--role", "admin", AMITY_PASSWORD=PASSWORD)
    return site.run("user", "token", "ada@example.com")


def ask(site: Installation, sql: str) -> list[Any]:
    """Rows straight from the database."""
    url = site.env["DATABASE_URL"]
    if url:
        import psycopg

        with psycopg.connect(url) as server:
            return server.execute(sql).fetchall()  # type: ignore[call-overload]
    with closing(sqlite3.connect(site.home / "amity.sqlite3", timeout=30)) as database:
        return database.execute(sql).fetchall()


def assert_sound(site: Installation) -> None:
    """The file is whole, nothing points to nothing, and search, history, events and files agree with records."""
    if not site.env["DATABASE_URL"]:
        assert ask(site, "PRAGMA integrity_check") == [("ok",)]
        assert ask(site, "PRAGMA foreign_key_check") == []
        ask(site, "INSERT INTO records_search_fts(records_search_fts, rank) VALUES ('integrity-check', 1)")
    assert ask(site, UNSOUND) == []
    stored = dict(ask(site, "SELECT path, size FROM records_storedfile"))
    on_disk = {path: (site.home / "files" / path) for path in stored}
    assert {path: file.stat().st_size for path, file in on_disk.items()} == stored


# Companies whose search row, number of changes or event does not fit; each line names what is wrong.
UNSOUND = """
WITH mine AS (SELECT id FROM records_objecttype WHERE key = 'companies'),
change AS (SELECT record_id, kind FROM records_change WHERE object_type_id IN (SELECT id FROM mine)),
row AS (SELECT record_id, text FROM records_searchrow WHERE object_type_id IN (SELECT id FROM mine))
SELECT id, title, 'search' FROM people_company
 WHERE (SELECT count(*) FROM row WHERE record_id = people_company.id
        AND text LIKE '%' || lower(people_company.title) || '%') <> 1
UNION ALL SELECT id, title, 'history' FROM people_company
 WHERE (SELECT count(*) FROM change WHERE record_id = people_company.id AND kind = 'create') <> 1
    OR (SELECT count(*) FROM change WHERE record_id = people_company.id AND kind = 'update') <> version - 1
UNION ALL SELECT record_id, text, 'no record' FROM row
 WHERE record_id NOT IN (SELECT id FROM people_company)
UNION ALL SELECT record_id, kind, 'no record' FROM change
 WHERE record_id NOT IN (SELECT id FROM people_company)
"""

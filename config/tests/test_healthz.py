"""What a proxy is told: alive without a database, ready only with one that fits."""

from django.db import DatabaseError

from config import install


def test_alive_asks_no_database(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_ready_when_the_data_fit(client, db, monkeypatch):
    assert client.get("/healthz/ready").status_code == 200
    known = install.known_migrations()
    monkeypatch.setattr(install, "known_migrations", lambda: known | {("records", "9999_later")})
    assert client.get("/healthz/ready").status_code == 503


def test_not_ready_without_a_database(client, db, monkeypatch):
    def fail():
        raise DatabaseError("secret text of the driver")

    monkeypatch.setattr(install, "state", fail)
    answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    assert b"secret" not in answer.content

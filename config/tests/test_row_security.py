"""Turning the second lock on and off as an administrator does: by one setting, with a user that owns the tables."""

import secrets
from types import SimpleNamespace

import psycopg
import pytest
from django.db import connection

from config.env import LOCK_TIMEOUT, BadSetting, database
from config.tests.test_backup import PASSWORD, amity


def test_sqlite_has_no_row_security(tmp_path):
    with pytest.raises(BadSetting, match="needs PostgreSQL"):
        database("", tmp_path, row_security=True)


def test_the_role_is_named_after_the_database(tmp_path):
    url = "postgres://ann:secret@db.example.com/crm?sslmode=require"
    assert database(url, tmp_path)["OPTIONS"] == {"options": LOCK_TIMEOUT, "sslmode": "require"}
    found = database(url, tmp_path, row_security=True)["OPTIONS"]
    assert found == {"options": LOCK_TIMEOUT, "sslmode": "require", "assume_role": "crm_rows"}


@pytest.fixture
def bare(tmp_path):
    """An empty database that belongs to a user without any other right."""
    if connection.vendor != "postgresql":
        pytest.skip("row security is PostgreSQL's")
    at, name = connection.settings_dict, f"amity_rows_{secrets.token_hex(4)}"
    login = {"host": at["HOST"], "port": at["PORT"] or 5432}
    admin = psycopg.connect(
        dbname="postgres", user=at["USER"], password=at["PASSWORD"], autocommit=True, **login
    )
    admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
    admin.execute(f"CREATE DATABASE {name} OWNER {name}")
    owner = f"postgres://{name}:x@{login['host']}:{login['port']}/{name}"

    def run(*words, **extra):
        done = amity(tmp_path, *words, url=owner, AMITY_PASSWORD=PASSWORD, **extra)
        return done.returncode, done.stdout + done.stderr

    yield SimpleNamespace(name=name, url=owner, admin=admin, run=run)
    admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    for role in (f"{name}_rows", name):
        admin.execute(f"DROP ROLE IF EXISTS {role}")
    admin.close()


def test_on_and_off(bare):
    on = {"AMITY_ROW_SECURITY": "1"}
    code, text = bare.run("user", "add", "ann@example.com", "--role", "admin", **on)
    wanted = f'CREATE ROLE "{bare.name}_rows"; GRANT "{bare.name}_rows" TO "{bare.name}";'
    assert (code, wanted in text) == (1, True), text
    bare.admin.execute(wanted)
    code, text = bare.run("user", "add", "ann@example.com", "--role", "admin", **on)
    assert code == 0, text
    assert f"closed for {bare.name}_rows" in bare.run("check", **on)[1]
    with psycopg.connect(bare.url) as owner:
        owner.execute("ALTER TABLE people_person DISABLE ROW LEVEL SECURITY")
    bare.admin.execute(f"ALTER ROLE {bare.name}_rows BYPASSRLS")
    code, text = bare.run("check", **on)
    assert code == 1
    assert "open on people_person" in text
    assert f"open: {bare.name}_rows has BYPASSRLS" in text
    assert "off; AMITY_ROW_SECURITY=1" in bare.run("check")[1]

"""The data that one run measures on: made once, opened by every part."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from benchmarks import data

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class World:
    """`loaded` is what the import that made the data took; `people` how many there are."""

    home: Path
    people: int
    database_url: str
    loaded: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def local(self) -> bool:
        """Whether the database works inside our process (SQLite)."""
        from django.db import connection

        return connection.vendor == "sqlite"

    @cached_property
    def workspace(self) -> Any:
        from amity.foundation.accounts.models import Workspace

        return Workspace.objects.get()

    def actor(self, place: int = 0) -> Any:
        """User 0 is the administrator, the others are members who see their own tenth of the people."""
        from amity.foundation.accounts.actor import load_actor
        from amity.foundation.accounts.models import User

        user = User.objects.get(email=data.owner_email(place))
        actor = load_actor(self.workspace.pk, user.pk, "page")
        assert actor is not None
        return actor

    def spec(self, key: str = "people") -> Any:
        from amity.foundation.records.objects import spec_for

        return spec_for(self.workspace, key)

    def own(self, label: str) -> Any:
        """A custom field of people by its label."""
        return next(item for item in self.spec().fields if item.custom and str(item.label) == label)


def make(home: Path, people: int, database_url: str) -> World:
    """Fill a new installation by the importer, in a process of its own."""
    home.mkdir(parents=True)
    if database_url:
        new_database(database_url)
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", str(people)],
        env=os.environ | environment(home, database_url),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    loaded = json.loads(found.stdout.splitlines()[-1])
    (home / "loaded.json").write_text(json.dumps(loaded))
    return World(home, people, database_url, loaded)


def kept(home: Path, people: int, database_url: str) -> World | None:
    marker = home / "loaded.json"
    return World(home, people, database_url, json.loads(marker.read_text())) if marker.exists() else None


def environment(home: Path, database_url: str) -> dict[str, str]:
    return {
        "AMITY_HOME": str(home),
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def sibling(database_url: str, suffix: str) -> str:
    """The address of a database of our own beside the named one; empty stays empty (SQLite in its folder)."""
    if not database_url.startswith("postgres"):
        return ""
    parts = urlsplit(database_url)
    return urlunsplit(parts._replace(path=f"{parts.path}_{suffix}"))


def new_database(database_url: str) -> None:
    """Drop and create a PostgreSQL database of that name."""
    import psycopg
    from psycopg import sql

    parts = urlsplit(database_url)
    name = sql.Identifier(parts.path.lstrip("/"))
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Collect `(sql, parameters)` of everything this process asks the database meanwhile."""
    from django.db import connection

    found: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def ask(sql: str, params: Any = ()) -> list[tuple[Any, ...]]:
    """One bare statement, all its rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall()) if cursor.description else []


def replay(found: list[tuple[str, Any]]) -> Callable[[], object]:
    """The same statements again without anything of ours around them."""
    return lambda: [ask(sql, params) for sql, params in found]


class Browser:
    """A signed-in browser without a network: requests go straight into the WSGI application."""

    def __init__(self, user: Any) -> None:
        from django.conf import settings
        from django.test import Client

        from config.wsgi import application

        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        self._application = application
        self._cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and whole body."""
        target, _mark, query = path.partition("?")
        status: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": target,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "HTTP_HOST": "127.0.0.1:8000",
            "HTTP_COOKIE": self._cookie,
            "SCRIPT_NAME": "",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_ACCEPT": "text/html",
            "wsgi.input": io.BytesIO(),
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.version": (1, 0),
        }
        answer = self._application(environ, lambda line, headers, error=None: status.append(line))
        body = b"".join(answer)
        answer.close()
        return int(status[0].split()[0]), body

    def there(self, path: str) -> bool:
        return self.get(path)[0] == 200

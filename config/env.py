"""The only reader of environment variables; everything else asks `env`."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SHORTEST_KEY = 40
ROOT = Path(__file__).resolve().parent.parent


class BadSetting(SystemExit):
    """An environment variable holds something Amity cannot use. Ends the process with the reason."""


@dataclass(frozen=True)
class Env:
    """Typed view of the environment. `home` exists after loading; `url` has no trailing slash."""

    home: Path
    port: int
    url: str
    database_url: str
    row_security: bool
    redis_url: str
    secret_key: str
    debug: bool
    lan: bool
    smtp_url: str
    smtp_private: bool
    plugins: tuple[str, ...]
    password: str = field(repr=False)
    api_limit: int
    webhook_private: bool
    pseudo: bool

    @property
    def secure(self) -> bool:
        """True when people reach us over https: decides cookies and HSTS."""
        return self.url.startswith("https://")

    @property
    def hosts(self) -> list[str]:
        """Host names we answer to. `--lan` answers to any name on the local network."""
        if self.lan:
            return ["*"]
        return sorted({urlsplit(self.url).hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]"})


def load() -> Env:
    """Read the environment once. Makes `AMITY_HOME` and its secret key when they are missing."""
    home = Path(os.environ.get("AMITY_HOME", ROOT / "var")).resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = _port(os.environ.get("AMITY_PORT", "8000"))
    return Env(
        home=home,
        port=port,
        url=_url(os.environ.get("AMITY_URL") or f"http://127.0.0.1:{port}"),
        database_url=os.environ.get("DATABASE_URL", ""),
        row_security=os.environ.get("AMITY_ROW_SECURITY", "") == "1",
        redis_url=os.environ.get("REDIS_URL", ""),
        secret_key=_secret_key(home / "secret.key"),
        debug=os.environ.get("AMITY_DEBUG", "") == "1",
        lan=os.environ.get("AMITY_LAN", "") == "1",
        smtp_url=os.environ.get("AMITY_SMTP_URL", ""),
        smtp_private=os.environ.get("AMITY_SMTP_PRIVATE", "") == "1",
        plugins=_plugins(os.environ.get("AMITY_PLUGINS", "")),
        password=os.environ.get("AMITY_PASSWORD", ""),
        api_limit=_count("AMITY_API_LIMIT", 600),
        webhook_private=os.environ.get("AMITY_WEBHOOK_PRIVATE", "") == "1",
        pseudo=os.environ.get("AMITY_PSEUDO", "") == "1",
    )


def _plugins(named: str) -> tuple[str, ...]:
    """Packages named in AMITY_PLUGINS (commas between) and those that installed packages announce."""
    announced = (point.value for point in entry_points(group="amity.plugins"))
    wanted = [name.strip() for name in named.split(",") if name.strip()]
    missing = [name for name in wanted if not _exists(name)]
    if missing:
        raise BadSetting(f"AMITY_PLUGINS names {', '.join(missing)}, which is not installed.")
    return tuple(dict.fromkeys([*wanted, *sorted(announced)]))


def _exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise BadSetting(f"AMITY_PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


def _count(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or len(text) > 9:
        raise BadSetting(f"{name} is {text!r}; it must be a whole number, 0 for no limit.")
    return int(text)


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadSetting(f"AMITY_URL is {text!r}; it must look like https://crm.example.com.")
    return text.rstrip("/")


def _secret_key(path: Path) -> str:
    """The installation's own key, made on first use and readable by its owner alone."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_key(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return _read_key(path)


def _read_key(path: Path) -> str:
    """Raises BadSetting for a key that could be guessed. Another process may be writing it just now."""
    until = time.monotonic() + 1
    while not (key := path.read_text(encoding="utf-8").strip()) and time.monotonic() < until:
        time.sleep(0.02)
    if len(key) < SHORTEST_KEY or len(set(key)) < 10 or key.startswith("django-insecure"):
        raise BadSetting(
            f"{path} holds no safe key. Take it from a backup, or delete it: then a new one is made and "
            "everybody signs in anew."
        )
    return key


SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
    "PRAGMA cache_size=-8000; PRAGMA temp_store=MEMORY;"
)


LOCK_TIMEOUT = "-c lock_timeout=10s"  # as long as SQLite waits


def database(url: str, home: Path, *, row_security: bool = False) -> dict[str, Any]:
    """Django's DATABASES entry for `DATABASE_URL`; a SQLite file in the data folder when empty.

    With `row_security` the program works as a role of its own, named after the database.
    """
    if not url or url.startswith("sqlite:"):
        if row_security:
            raise BadSetting("AMITY_ROW_SECURITY needs PostgreSQL: set DATABASE_URL, or leave it out.")
        name = unquote(urlsplit(url).path) if url else str(home / "amity.sqlite3")
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name,
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 10, "init_command": SQLITE_PRAGMAS},
            "CONN_MAX_AGE": None,
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise BadSetting("DATABASE_URL must start with postgres:// or sqlite:///.")
    name = unquote(parts.path.lstrip("/"))
    role = {"assume_role": f"{name}_rows"[:63]} if row_security else {}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "OPTIONS": {"options": LOCK_TIMEOUT, **dict(parse_qsl(parts.query))} | role,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


env = load()

"""The second lock of the workspace: PostgreSQL itself shows and takes only the open firm's rows.

On with AMITY_ROW_SECURITY=1. Tables belong to the user of DATABASE_URL, whom policies do not bind; the
program therefore works as a role that owns nothing (`assume_role` in the settings) and becomes the owner
only to bring tables up to date. Each transaction is told the open workspace before its first statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from amity.foundation.core.scope import open_workspace_id

SETTING = "amity.workspace"
# Values of a model's `row_security`. A door is a table that is read before anybody knows the firm: it is
# open while no workspace is, and shows only the firm's own rows inside one.
FIRM, DOOR, NONE = "firm", "door", "none"
# A changed condition needs a changed name here: existing policies are compared by name only.
POLICIES = {
    FIRM: ("amity_firm", f"workspace_id = current_setting('{SETTING}')::bigint"),
    DOOR: (
        "amity_door",
        f"coalesce(current_setting('{SETTING}', true), '') = '' "
        f"OR workspace_id = nullif(current_setting('{SETTING}', true), '')::bigint",
    ),
}
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def on() -> bool:
    return bool(settings.ROW_SECURITY)


# --- telling PostgreSQL which firm is open --------------------------------------------------------


class Guard:
    """Wraps every statement of one connection; `told` is what the running transaction believes."""

    def __init__(self) -> None:
        self.told: str | None = ""

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        here: BaseDatabaseWrapper = context["connection"]
        wanted = str(open_workspace_id() or "")
        if wanted and here.get_autocommit():  # the setting lives as long as a transaction, so give it one
            with transaction.atomic(using=here.alias):
                self._tell(here, wanted)
                return execute(sql, params, many, context)
        status = here.connection.info.transaction_status.name
        if status == "IDLE":  # nothing of this transaction was sent yet
            self.told = ""
        if self.told != wanted and status in ("IDLE", "INTRANS"):
            self._tell(here, wanted)
        if sql.startswith("ROLLBACK TO"):  # may take back what was told since the savepoint
            self.told = None
        return execute(sql, params, many, context)

    def _tell(self, here: BaseDatabaseWrapper, wanted: str) -> None:
        with here.wrap_database_errors:
            here.connection.execute("SELECT set_config(%s, %s, true)", [SETTING, wanted])
        self.told = wanted


def post_guard(sender: Any, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Connected to `connection_created`: outermost, so that wrappers put on later come off in their order."""
    if not any(isinstance(wrapper, Guard) for wrapper in connection.execute_wrappers):
        connection.execute_wrappers.insert(0, Guard())


def one_transaction() -> AbstractContextManager[Any]:
    """For a request inside its scope: told once, not for every statement. Nothing when the lock is off."""
    return transaction.atomic() if on() else nullcontext()


def undo_failed(status: int) -> None:
    """Of a request in one transaction that broke, nothing stays; a refusal keeps what was done before it."""
    if on() and status == 500:
        transaction.set_rollback(True)


# --- closing the lock ---------------------------------------------------------------------------


def wanted_policies() -> dict[str, str]:
    """FIRM, DOOR or NONE for every table with a workspace; a model says otherwise by `row_security`."""
    return {
        model._meta.db_table: getattr(model, "row_security", FIRM)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and any(f.column == "workspace_id" for f in model._meta.concrete_fields)
    }


def open_tables() -> list[str]:
    """Tables whose policies are not the wanted ones, no more and no less."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, c.relrowsecurity, array_remove(array_agg(p.polname::text), NULL) "
            "FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid "
            "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' GROUP BY c.oid"
        )
        have = {name: (enabled, policies) for name, enabled, policies in cursor.fetchall()}
    return sorted(
        table for table, kind in wanted_policies().items() if have.get(table) != _wanted_state(kind)
    )


def _wanted_state(kind: str) -> tuple[bool, list[str]]:
    return (False, []) if kind == NONE else (True, [POLICIES[kind][0]])


def lacking_rights(role: str) -> list[str]:
    """Tables on which the role cannot work yet."""
    tests = " AND ".join(f"has_table_privilege(%(role)s, c.oid, '{right}')" for right in RIGHTS)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace "  # noqa: S608
            f"AND c.relname = ANY(%(tables)s) AND NOT ({tests}) ORDER BY 1",
            {"role": role, "tables": _our_tables()},
        )
        return [row[0] for row in cursor.fetchall()]


def _our_tables() -> list[str]:
    return [
        *connection.introspection.django_table_names(only_existing=True, include_views=False),
        "django_migrations",
    ]


def is_closed(role: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_roles WHERE rolname = %s AND pg_has_role(oid, 'MEMBER')", [role]
        )
        usable = bool(cursor.fetchone()[0])
    return usable and not lacking_rights(role) and not open_tables()


def close_lock(role: str) -> None:
    """Make the role, its rights and all policies, as far as they are missing. Only the owner can."""
    with transaction.atomic():
        _make_role(role)
        if lacking_rights(role):
            _grant(role)
        for table in open_tables():
            _set_policy(table, wanted_policies()[table])


def _make_role(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {_quoted(role)} NOLOGIN")
        cursor.execute("SELECT pg_has_role(session_user, %s, 'MEMBER')", [role])
        if not cursor.fetchone()[0]:
            cursor.execute(f"GRANT {_quoted(role)} TO session_user")


def _grant(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        schema, name = cursor.fetchone()[0], _quoted(role)
        tables = ", ".join(map(_quoted, _our_tables()))
        cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
        cursor.execute(f"GRANT {', '.join(RIGHTS)} ON {tables} TO {name}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {name}")


def _set_policy(table: str, kind: str) -> None:
    name = _quoted(table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT polname FROM pg_policy WHERE polrelid = %s::regclass", [name])
        for (policy,) in cursor.fetchall():
            cursor.execute(f"DROP POLICY {_quoted(policy)} ON {name}")
        if kind == NONE:
            cursor.execute(f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY")
            return
        policy, condition = POLICIES[kind]
        cursor.execute(f"CREATE POLICY {policy} ON {name} USING ({condition})")
        cursor.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))


# --- the owner ----------------------------------------------------------------------------------


def role() -> str:
    """The role the program works as; empty while it is the owner."""
    return str(connection.settings_dict["OPTIONS"].get("assume_role", ""))


@contextmanager
def as_owner() -> Iterator[str]:
    """Work as the user of DATABASE_URL, whom no policy binds; gives the role left for the time being.

    For migrations, backups and checks. Opens connections of its own; nothing happens when the lock is off.
    """
    name = role()
    if not name:
        yield ""
        return
    connection.close()
    del connection.settings_dict["OPTIONS"]["assume_role"]
    try:
        yield name
    finally:
        connection.close()
        connection.settings_dict["OPTIONS"]["assume_role"] = name


def blind_to() -> str:
    """Why PostgreSQL would not apply policies to this connection; empty when it does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        name, superuser, bypass = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relname = ANY(%s) "
            "AND relnamespace = current_schema()::regnamespace AND pg_has_role(relowner, 'USAGE')",
            [list(wanted_policies())],
        )
        owned = cursor.fetchone()[0]
    if superuser:
        return f"{name} is a superuser"
    if bypass:
        return f"{name} has BYPASSRLS"
    return f"{name} owns {owned} of the tables" if owned else ""

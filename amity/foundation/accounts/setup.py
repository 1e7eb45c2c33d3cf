"""The first run: a key that only the person at the terminal knows opens the welcome page, once."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.models import AuditEntry, Membership, User
from amity.foundation.accounts.services import add_member, check_login, check_password, create_workspace
from amity.foundation.core.errors import Denied


def is_new() -> bool:
    """True until the first person exists."""
    return not User.objects.exists()


def key_file() -> Path:
    return Path(settings.AMITY_HOME) / "setup.key"


def setup_key() -> str:
    """The key of this installation's first run, made when missing and readable by its owner alone."""
    try:
        handle = os.open(key_file(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return key_file().read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(24))
    return key_file().read_text(encoding="ascii").strip()


def fits(key: str) -> bool:
    """False as well when the set-up is over and the key gone."""
    try:
        return hmac.compare_digest(key.encode(), key_file().read_bytes().strip())
    except FileNotFoundError:
        return False


def set_up(*, key: str, name: str, email: str, password: str, firm: str, **place: Any) -> Membership:
    """Make the first workspace and its administrator. `place`: country, currency, language, zone.

    Raises Denied for a wrong key or when somebody was faster, Invalid at the value that is wrong.
    """
    if not fits(key):
        raise Denied if is_new() else _too_late()
    check_password(password, User(email=check_login(email), name=name))
    member = _make(name=name, email=email, password=password, firm=firm, **place)
    key_file().unlink(missing_ok=True)
    return member


def _make(*, name: str, email: str, password: str, firm: str, **place: Any) -> Membership:
    with transaction.atomic():
        _wait_for_others()
        if not is_new():
            raise _too_late()
        workspace = create_workspace(name=firm, **place)
        member = add_member(workspace=workspace, email=email, role_key="admin", password=password, name=name)
        AuditEntry.unscoped.create(
            workspace=workspace, actor=member.user, verb="workspace.created", subject=firm
        )
    return member


def _too_late() -> Denied:
    return Denied(_("Somebody else has set up this Amity already. Please sign in."))


def _wait_for_others() -> None:
    """Until the transaction ends nobody else makes people. SQLite's transactions are one at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {User._meta.db_table} IN EXCLUSIVE MODE")

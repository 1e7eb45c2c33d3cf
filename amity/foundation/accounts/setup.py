"""The first run: a key that only the person at the terminal knows opens the welcome page, once."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

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
    return hmac.compare_digest(key.encode(), setup_key().encode())


def set_up(*, key: str, name: str, email: str, password: str, firm: str, **place: Any) -> Membership:
    """Make the first workspace and its administrator. `place`: country, currency, language, zone.

    Raises Denied for a wrong key or when somebody was faster, Invalid at the value that is wrong.
    """
    if not fits(key) or not is_new():
        raise Denied
    check_password(password, User(email=check_login(email), name=name))
    try:
        member = _make(name=name, email=email, password=password, firm=firm, **place)
    except IntegrityError as error:
        raise Denied from error
    key_file().unlink(missing_ok=True)
    return member


def _make(*, name: str, email: str, password: str, firm: str, **place: Any) -> Membership:
    with transaction.atomic():
        workspace = create_workspace(name=firm, **place)
        member = add_member(workspace=workspace, email=email, role_key="admin", password=password, name=name)
        if User.objects.count() > 1:
            raise Denied
        AuditEntry.unscoped.create(
            workspace=workspace, actor=member.user, verb="workspace.created", subject=firm
        )
    return member

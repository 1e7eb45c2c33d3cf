"""Signing in: passwords compared alike for known and unknown people, and guessing slowed down."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from amity.foundation.accounts.models import Membership, SignInFailure, User, normal_login
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Invalid, LimitReached

FREE_TRIES = {"account": 5, "browser": 5, "address": 20}
LONGEST_WAIT = 60
MEMORY = timedelta(hours=1)
LONGEST_PASSWORD = 1024
KNOWN = "amity_known"  # salt of the cookie that says who signed in here before
KNOWN_FOR = 180 * 24 * 3600


class DelayedBackend(ModelBackend):
    """E-mail and password. An unknown address costs the same hash as a known one."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if username is None or not password or len(password) > LONGEST_PASSWORD:
            return None
        found: User | None = super().authenticate(request, normal_login(username), password, **kwargs)
        return found

    def has_perm(self, *args: Any, **kwargs: Any) -> bool:
        """Rights come from the role in a workspace, never from Django's own tables."""
        return False


def check_sign_in(request: HttpRequest, email: str, password: str, *, member: bool = True) -> User:
    """The user these words belong to. Raises Invalid for wrong ones, LimitReached (in seconds) for many.

    A try is counted before the password is looked at, so that tries at the same moment count too. Whoever
    works nowhere (any more) is as wrong as a stranger, unless `member` is False.
    """
    keys = try_keys(request, email)
    claim_try(keys)
    user = authenticate(request, username=email, password=password)
    if not isinstance(user, User) or (member and not works_anywhere(user)):
        raise Invalid.one("password", "wrong", _("This e-mail and password do not belong together."))
    forgive(keys)
    return user


def works_anywhere(user: User) -> bool:
    return Membership.unscoped.filter(user=user, is_active=True).exists()


def try_keys(request: HttpRequest, email: str) -> dict[str, str]:
    """What a try is counted under: the address, and the account or the browser its owner has used before."""
    login = normal_login(email)
    kind = "browser" if knows_browser(request, login) else "account"
    return {kind: _hashed(kind, login), "address": f"address:{client_address(request)}"}


def claim_try(keys: dict[str, str]) -> None:
    """Count one try under each key, or raise LimitReached when one of them has to wait."""
    at = now()
    with transaction.atomic():
        rows = {
            row.key: row for row in SignInFailure.objects.select_for_update().filter(key__in=keys.values())
        }
        wait = max((seconds_to_wait(kind, rows.get(key), at) for kind, key in keys.items()), default=0)
        if wait:
            text = _("Too many tries. Please wait %(seconds)s seconds and try again.") % {"seconds": wait}
            raise LimitReached(text, retry_after=wait)
        for key in keys.values():
            row = rows.get(key)
            count = row.count + 1 if row and at - row.last_at < MEMORY else 1
            SignInFailure.objects.update_or_create(key=key, defaults={"count": count, "last_at": at})


def seconds_to_wait(kind: str, row: SignInFailure | None, at: Any) -> int:
    """1, 2, 4 … 60 seconds after the last try, once the free ones are used up."""
    if row is None or row.count < FREE_TRIES[kind]:
        return 0
    wait: int = min(LONGEST_WAIT, 2 ** min(row.count - FREE_TRIES[kind], 10))
    left = wait - float((at - row.last_at).total_seconds())
    return max(0, min(wait, int(left) + (left > int(left))))


def forgive(keys: dict[str, str]) -> None:
    """After a right password: the account starts anew, the address takes back only this one try."""
    own = [key for kind, key in keys.items() if kind != "address"]
    SignInFailure.objects.filter(key__in=own).delete()
    SignInFailure.objects.filter(key=keys["address"], count__gt=0).update(count=F("count") - 1)


def _hashed(kind: str, text: str) -> str:
    return f"{kind}:{hashlib.sha256(text.encode()).hexdigest()}"


def client_address(request: HttpRequest) -> str:
    """The other side's network address. Behind https there is a proxy: what it added last counts, no more."""
    seen = str(request.META.get("REMOTE_ADDR", ""))
    if settings.SECURE_PROXY_SSL_HEADER:
        seen = request.headers.get("X-Forwarded-For", seen).rpartition(",")[2].strip() or seen
    return seen[:45]


def knows_browser(request: HttpRequest, login: str) -> bool:
    """Whether this person signed in here before: a stranger's guessing elsewhere does not hold them up."""
    try:
        text = request.get_signed_cookie(known_cookie(), salt=KNOWN, max_age=KNOWN_FOR)
    except (KeyError, signing.BadSignature):
        return False
    return text == _hashed("known", login)


def known_cookie() -> str:
    """By https no other site of the domain can set or overwrite it: that is what the prefix tells browsers."""
    return "__Host-amity-known" if settings.SESSION_COOKIE_SECURE else KNOWN


def remember_browser(response: HttpResponse, user: User) -> None:
    response.set_signed_cookie(
        known_cookie(),
        _hashed("known", user.email),
        salt=KNOWN,
        max_age=KNOWN_FOR,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
        path="/" if settings.SESSION_COOKIE_SECURE else "/sign-in/",
    )

"""The one family of errors that services raise; pages and the API each have one translator for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one value. `message` is for people, `code` for programs."""

    field: str
    code: str
    message: str


class AmityError(Exception):
    """Base of all expected failures. `status` is the HTTP status both translators answer with."""

    status = 500
    code = "error"
    default_message: Any = _("Something went wrong.")

    def __init__(self, message: Any = "", *, code: str = "", details: dict[str, Any] | None = None) -> None:
        self.message = message or self.default_message
        self.code = code or self.code
        self.details = details or {}
        super().__init__(str(self.message))


class Malformed(AmityError):
    """The request itself cannot be read: broken JSON, unknown field, unknown filter."""

    status, code, default_message = 400, "malformed", _("This request cannot be read.")


class TooLarge(AmityError):
    """The body is larger than anything here takes."""

    status, code, default_message = 413, "too_large", _("This request is too large.")


class Invalid(AmityError):
    """Values are readable but not acceptable; `errors` names each field."""

    status, code, default_message = 422, "invalid", _("Please correct the marked values.")

    def __init__(self, errors: Iterable[FieldError] = (), message: Any = "", *, code: str = "") -> None:
        self.errors = list(errors)
        super().__init__(message or (self.errors[0].message if self.errors else ""), code=code)

    @classmethod
    def one(cls, field: str, code: str, message: Any) -> Invalid:
        return cls([FieldError(field, code, str(message))])


class Denied(AmityError):
    status, code, default_message = 403, "denied", _("You are not allowed to do this.")


class NotFound(AmityError):
    """Absent or not visible to this person: the two are never told apart."""

    status, code, default_message = 404, "not_found", _("Not found.")


class Conflict(AmityError):
    status, code, default_message = 409, "conflict", _("This was changed by somebody else meanwhile.")


class Stale(AmityError):
    """The caller's ETag is no longer the record's version."""

    status, code, default_message = 412, "stale", _("This record has a newer version.")


class LimitReached(AmityError):
    """Too much or too often. `retry_after` in seconds, 0 when waiting does not help."""

    status, code, default_message = 429, "limit", _("A limit is reached.")

    def __init__(self, message: Any = "", *, code: str = "", retry_after: int = 0) -> None:
        self.retry_after = retry_after
        super().__init__(message, code=code)


class Unavailable(AmityError):
    """The machine or the database under us fails; nothing was written. `retry_after` as in LimitReached."""

    status, retry_after = 503, 0


class Busy(Unavailable):
    code, retry_after = "busy", 2
    default_message = _("The database is busy. Nothing was saved; please try again in a moment.")


class NotWritable(Unavailable):
    code = "not_writable"
    default_message = _(
        "The server cannot write its data just now. Nothing was saved; tell your administrator."
    )


class DiskFull(Unavailable):
    status, code = 507, "disk_full"
    default_message = _("The server's disk is full. Nothing was saved; tell your administrator.")


class ProviderFailed(AmityError):
    """A foreign service failed. `permanent` tells whether trying again is useless."""

    status, code, default_message = 502, "provider_failed", _("The other service did not answer rightly.")

    def __init__(self, message: Any = "", *, permanent: bool, code: str = "") -> None:
        self.permanent = permanent
        super().__init__(message, code=code)

"""Who works here, in which firm, and what they may do."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from amity.foundation.accounts.managers import WorkspaceModel
from amity.foundation.core.clock import now
from amity.foundation.core.row_security import DOOR, NONE


class Workspace(models.Model):
    """One firm. `schema_version` rises whenever a field, object, label or role of it changes."""

    name = models.CharField(max_length=120)
    host = models.CharField(max_length=253, blank=True, default="")
    country = models.CharField(max_length=2, default="GB")
    currency = models.CharField(max_length=3, default="EUR")
    language = models.CharField(max_length=12, default="en")
    zone = models.CharField(max_length=64, default="UTC")
    schema_version = models.PositiveIntegerField(default=1)
    demo_batch = models.CharField(max_length=36, blank=True, default="")
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host"], condition=~models.Q(host=""), name="workspace_host_once")
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None, **extra: Any) -> User:
        user = self.model(email=normal_login(email), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=normal_login(username or ""))


def normal_login(email: str) -> str:
    """Sign-in compares whole addresses without regard to case."""
    return email.strip().casefold()


def normal_password(password: str) -> str:
    """The same letters typed on any keyboard are the same password (NFKC)."""
    return unicodedata.normalize("NFKC", password)


class User(AbstractBaseUser):
    """A person who signs in. The password column is Argon2; preferences travel with the person.

    `session_epoch` is part of every session's hash: raising it ends all sessions at their next request.
    """

    email = models.EmailField(unique=True, max_length=254)
    name = models.CharField(max_length=120, blank=True, default="")
    language = models.CharField(max_length=12, blank=True, default="")
    zone = models.CharField(max_length=64, blank=True, default="")
    theme = models.CharField(max_length=8, default="system")
    density = models.CharField(max_length=8, default="normal")
    shortcuts = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    session_epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def short_name(self) -> str:
        return self.name or self.email.split("@")[0]

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(None if raw_password is None else normal_password(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        return raw_password is not None and super().check_password(normal_password(raw_password))

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        salt = "amity.foundation.accounts.session"
        text = f"{self.password}:{self.session_epoch}:{self.is_active}"
        return salted_hmac(salt, text, secret=secret, algorithm="sha256").hexdigest()


class Role(WorkspaceModel):
    """What one may do, per object and verb: `{"people": {"see": "own", …}, "*": {…}}`.

    `field_rights` narrows it for single fields: `{"people": {"birthday": "hidden", "stage": "read"}}`.

    `*` holds for every object not named. `admin` may do everything, including Settings.
    """

    row_security = DOOR

    key = models.SlugField(max_length=40)
    label = models.CharField(max_length=80)
    admin = models.BooleanField(default=False)
    builtin = models.BooleanField(default=False)
    permissions = models.JSONField(default=dict)
    field_rights = models.JSONField(default=dict)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(WorkspaceModel.Meta):
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="role_key_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The label; of a built-in role that nobody renamed, in the reader's language."""
        return gettext(self.label) if self.builtin else self.label


class Membership(WorkspaceModel):
    """A user's place in a workspace. Switching it off ends every session and token there."""

    row_security = DOOR

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="memberships")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="membership_once")]


class Team(WorkspaceModel):
    """A group of people in a tree. `path` is `/1/7/`, ending in the team's own id."""

    name = models.CharField(max_length=120)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    path = models.CharField(max_length=500, default="", db_index=True)

    class Meta(WorkspaceModel.Meta):
        ordering = ["path", "name"]
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="team_name_once")]

    def __str__(self) -> str:
        return self.name


class TeamMember(WorkspaceModel):
    row_security = DOOR  # what is shared with somebody's teams is asked along with who they are

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="team_places")

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="team_member_once")]


class ApiToken(WorkspaceModel):
    """A key for programs. Only its SHA-256 is kept; it speaks with its user's rights."""

    row_security = DOOR

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    start = models.CharField(max_length=16)
    read_only = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-id"]


class Invitation(WorkspaceModel):
    """A link that lets one new colleague in, once, within seven days."""

    row_security = DOOR

    email = models.EmailField(max_length=254)
    role = models.ForeignKey(Role, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    created_at = models.DateTimeField(default=now)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-id"]


class UserSession(models.Model):
    """One signed-in browser, so that its owner can see it and end it. Deleted with the session it names.

    `workspace` is that of its first request: whoever administers one firm ends no session of another.
    """

    row_security = NONE  # it belongs to a person, not to a firm

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, null=True, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    agent = models.CharField(max_length=200, blank=True, default="")
    address = models.CharField(max_length=45, blank=True, default="")
    started_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-seen_at"]


class SignInFailure(models.Model):
    """Wrong sign-ins of one account or one address within the last hour: the base of the delay."""

    key = models.CharField(max_length=128, unique=True)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(default=now)


class AuditEntry(WorkspaceModel):
    """What administrators and sign-ins did: never changed, never deleted by the product."""

    row_security = DOOR

    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True, default="")
    details = models.JSONField(default=dict)
    at = models.DateTimeField(default=now, db_index=True)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-id"]


SCOPES = [
    ("none", _("Nobody's")),
    ("own", _("Own")),
    ("team", _("Own team's")),
    ("below", _("Team's and below")),
    ("all", _("All")),
]

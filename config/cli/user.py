"""`amity user`: add people, set passwords, make API tokens, list who has a place."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser, Namespace

from amity.foundation.accounts import resets
from amity.foundation.accounts.actor import actor_for, system_actor
from amity.foundation.accounts.models import Membership, Role, User, Workspace, normal_login
from amity.foundation.accounts.services import (
    add_member,
    audit,
    check_login,
    check_password,
    create_workspace,
)
from amity.foundation.accounts.tokens import create_token
from amity.foundation.core.scope import scope
from config import install
from config.cli import OK
from config.cli.data import Usage, choose_workspace, say
from config.env import env

FIRST_NAME = "Amity"


def add_arguments(parser: ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="add|token|password|list")
    add = verbs.add_parser("add", help="give somebody a place; the first one makes the workspace")
    add.add_argument("email")
    add.add_argument("--role", required=True, help="admin, manager, member, guest or one of your own")
    add.add_argument("--name", default="")
    token = verbs.add_parser("token", help="make an API token and write it to standard output")
    token.add_argument("email")
    token.add_argument("--read-only", action="store_true", help="the token can only read")
    password = verbs.add_parser("password", help="set a password; ends the person's sessions and API tokens")
    password.add_argument("email")
    listing = verbs.add_parser("list", help="who has a place, one line each")
    for verb in (add, token, password, listing):
        verb.add_argument(
            "--workspace", default="", metavar="NAME", help="name or host, when there are several"
        )
        verb.set_defaults(verb_run=VERBS[verb.prog.split()[-1]])


def run(options: Namespace) -> int:
    return int(options.verb_run(options))


def add_user(options: Namespace) -> int:
    """A place for an address. AMITY_PASSWORD answers the question for a password."""
    login = check_login(options.email)
    workspace = choose_workspace(options.workspace) if Workspace.objects.exists() else None
    role = _check_role(workspace, options.role)
    known = User.objects.filter(email=login).exists()
    password = None if known else _ask_password(options.email, options.name)
    workspace = workspace or _first_workspace(options.workspace)
    with scope(workspace.pk):
        member = add_member(
            workspace=workspace, email=login, role_key=role, password=password, name=options.name
        )
        audit(system_actor(workspace, "command"), "member.added", member.user.email, role=role)
    install.first_run()
    say(f"{member.user.email} is {member.role.label} in “{workspace.name}”.")
    if known:
        say("The address was known already; its password stays as it was (amity user password).")
    return OK


def _check_role(workspace: Workspace | None, role: str) -> str:
    """The role's key. The first person of an installation must be able to let others in. Raises Usage."""
    if workspace is None:
        if role != "admin":
            say(f"The first person of a workspace is its administrator: role admin instead of {role}.")
        return "admin"
    roles = list(Role.unscoped.filter(workspace=workspace).values_list("key", flat=True))
    if role not in roles:
        raise Usage(f"There is no role “{role}”. There are: {', '.join(roles)}.")
    return role


def _first_workspace(name: str) -> Workspace:
    workspace = create_workspace(name=name or FIRST_NAME)
    say(f"Made the workspace “{workspace.name}”. Name, country and currency: Settings.")
    return workspace


def make_token(options: Namespace) -> int:
    """One line on standard output: the token, shown this once."""
    member = _member(options)
    actor = actor_for(member, "command")
    with scope(member.workspace_id):
        row, secret = create_token(
            actor=actor, user_id=member.user_id, name="Command line", read_only=options.read_only
        )
        audit(actor, "token.created", row.start)
    sys.stdout.write(secret + "\n")
    say(f"A token of {member.user.email} in “{member.workspace.name}”. It is not shown again.")
    return OK


def set_password(options: Namespace) -> int:
    """As a reset link does it: every session and API token of the person ends."""
    user = _member(options).user
    resets.set_password(user=user, password=_ask_password(user.email, user.name), by=None)
    say(f"The password of {user.email} is set; their sessions and API tokens have ended.")
    return OK


def list_users(options: Namespace) -> int:
    """Tab separated: e-mail, role, active or off, workspace, name."""
    rows = Membership.unscoped.select_related("user", "role", "workspace").order_by(
        "workspace_id", "user__email"
    )
    if options.workspace:
        rows = rows.filter(workspace=choose_workspace(options.workspace))
    for row in rows:
        state = "active" if row.is_active and row.user.is_active else "off"
        sys.stdout.write(
            "\t".join([row.user.email, row.role.key, state, row.workspace.name, row.user.name]) + "\n"
        )
    return OK


VERBS = {"add": add_user, "token": make_token, "password": set_password, "list": list_users}


def _member(options: Namespace) -> Membership:
    """The active place of an address. Raises Usage when there is none."""
    workspace = choose_workspace(options.workspace)
    rows = Membership.unscoped.select_related("user", "role", "workspace")
    found: Membership | None = rows.filter(
        workspace=workspace, user__email=normal_login(options.email), is_active=True, user__is_active=True
    ).first()
    if found is None:
        raise Usage(f"{options.email} has no active place in “{workspace.name}”.")
    return found


def _ask_password(email: str, name: str) -> str:
    """From AMITY_PASSWORD, else typed twice. Raises Invalid when weak, Usage when nobody can be asked."""
    password = env.password
    if not password:
        if not sys.stdin.isatty():
            raise Usage("Set AMITY_PASSWORD: there is no terminal to ask for a password.")
        password = getpass.getpass(f"Password for {email}: ")
        if getpass.getpass("Again: ") != password:
            raise Usage("The two passwords differ.")
    check_password(password, User(email=normal_login(email), name=name))
    return password

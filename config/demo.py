"""The example installation behind `amity demo`: one firm, two teams, five people of whom one is away, and records."""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path

from amity.apps.people.demo import add_demo
from amity.apps.people.demo_shares import add_shares
from amity.apps.people.demo_world import COLLEAGUES, ON_LEAVE
from amity.engines.notify.demo import add_told
from amity.foundation.accounts.actor import actor_for
from amity.foundation.accounts.members import set_active
from amity.foundation.accounts.models import Workspace
from amity.foundation.accounts.services import add_member, create_workspace, save_team, set_team_members
from amity.foundation.core.scope import scope
from config import install
from config.cli.demo import LOGIN
from config.env import env

ADMIN = "demo@example.com"
FIRM = "Lindqvist & Daughters"


def prepare() -> None:
    """What the web process does before it serves the example: see `config.supervisor`."""
    install.ready(env.home, starting=True)
    if not Workspace.objects.exists():
        log = logging.getLogger("amity.security")
        log.setLevel(logging.WARNING)  # nobody did this; the last lines are to be address and login
        build(env.home)
        log.setLevel(logging.NOTSET)
    install.first_run()


def build(home: Path) -> Workspace:
    """Make the firm once, with a random password that is kept for the next start's last lines."""
    password = secrets.token_urlsafe(9)
    _keep(home / LOGIN, f"{ADMIN}\n{password}\n")
    workspace = create_workspace(name=FIRM, country="GB", currency="EUR", zone="Europe/London")
    with scope(workspace.pk):
        boss = add_member(
            workspace=workspace, email=ADMIN, role_key="admin", password=password, name="Alex Demo"
        )
        actor = actor_for(boss, "command")
        owners = [boss.user_id]
        teams: dict[str, set[int]] = {}
        for email, name, role, team in COLLEAGUES:
            member = add_member(workspace=workspace, email=email, role_key=role, password=password, name=name)
            owners.append(member.user_id)
            teams.setdefault(team, set()).add(member.user_id)
        for name, members in teams.items():
            set_team_members(actor=actor, team=save_team(actor=actor, name=name), user_ids=members)
        email, name, role = ON_LEAVE
        away = add_member(workspace=workspace, email=email, role_key=role, password=password, name=name)
        add_demo(actor=actor, owners=[*owners, away.user_id])
        add_told(actor)
        add_shares(actor)
        set_active(actor=actor, member_id=away.pk, active=False)  # her records wait to be handed over
    return workspace


def _keep(path: Path, text: str) -> None:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)

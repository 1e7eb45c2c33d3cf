"""The logger `amity.security`: one line for every refusal and every entry of the log in Settings.

Lines name things by their numbers alone: no names, values, addresses of people, or secrets.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.signin import client_address

log = logging.getLogger("amity.security")
REFUSALS = (401, 403, 404)
OBJECTS = ("key", "object_key")
LONGEST = 120
View = Callable[[HttpRequest], HttpResponse]


def note(event: str, actor: Actor | None = None, **facts: Any) -> None:
    """Write `event name=value …`. Texts stand in quotes with every odd sign escaped, so that a line stays one."""
    if actor is not None:
        looking = {"looks_as": actor.user_id} if actor.seen_by else {}
        user = actor.seen_by or actor.user
        who = {"workspace": actor.workspace_id, "user": user.pk if user else None, "by": actor.source}
        facts = {**who, **looking, **facts}
    log.info("%s", " ".join([event, *(f"{name}={_plain(value)}" for name, value in facts.items())]))


def _plain(value: Any) -> str:
    return json.dumps(value if value is None or isinstance(value, int) else str(value)[:LONGEST])


class SecurityLog:
    """Notes every answer that says no at an address that exists."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code in REFUSALS and request.resolver_match is not None:
            note_refusal(request, response.status_code)
        return response


def note_refusal(request: HttpRequest, status: int) -> None:
    """The route and the ids in the address; never the address itself, which may hold a token or words."""
    match = request.resolver_match
    facts: dict[str, Any] = {
        "status": status,
        "method": request.method,
        "route": match.route if match else "",
    }
    for name, value in (match.kwargs if match else {}).items():
        if name in OBJECTS or (name.endswith("_id") and isinstance(value, int)):
            facts[name] = value
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        facts["address"] = client_address(request)
    note("refused", actor, **facts)

"""What imports and bulk changes share on pages: the menu's line about one's own, words of states, lists of results."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from amity.foundation.core import clock
from amity.foundation.records.models import Run
from amity.foundation.records.services.runs import BUSY
from amity.foundation.records.spec import ObjectSpec

RUN = "run_url"  # in the session, from the start of long work until its end was told


def follow(request: HttpRequest, url: str) -> None:
    """Show in the menu how this goes on."""
    request.session[RUN] = url


def told(request: HttpRequest, run: Run, url: str) -> None:
    """Whoever reads how it ended need not see it in the menu any more."""
    if run.state not in BUSY:
        forget(request, url)


def forget(request: HttpRequest, url: str) -> bool:
    """Whether this was followed."""
    if request.session.get(RUN) != url:
        return False
    del request.session[RUN]
    return True


def followed(request: HttpRequest) -> str:
    """Where to ask how one's own work goes; empty when none was begun, and on its own page."""
    url = str(request.session.get(RUN) or "")
    return "" if request.path == url else url


def state_text(state: str) -> tuple[str, str]:
    """(words, colour) of a run's state."""
    return {
        "draft": (_("Draft"), "grey"),
        "running": (_("Running"), "blue"),
        "done": (_("Done"), "green"),
        "cancelled": (_("Stopped"), "amber"),
        "failed": (_("Failed"), "red"),
        "undoing": (_("Taking back"), "blue"),
        "undone": (_("Taken back"), "grey"),
    }.get(state, (state, "grey"))


def changed_while(run: Run, column: str) -> list[dict[str, Any]]:
    """Filter lines for what was created or changed while the run went on."""
    lines = [{"field": column, "op": "after", "value": clock.to_iso(run.created_at)}]
    if run.finished_at:
        lines.append({"field": column, "op": "before", "value": clock.to_iso(run.finished_at)})
    return lines


def list_url(spec: ObjectSpec, tree: dict[str, Any]) -> str:
    return f"/{spec.key}/?{urlencode({'filter': json.dumps(tree)})}"


__all__ = ["changed_while", "follow", "followed", "forget", "list_url", "state_text", "told"]

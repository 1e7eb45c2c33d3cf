"""The pages of one long run: how far it is, what came of it, stopping it and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from amity.engines.web.pages import actor_of, done, render_page, signed_in
from amity.engines.web.runs import follow, forget, told
from amity.engines.web.views.common import came_from
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Conflict, NotFound
from amity.foundation.records.services import runs


@dataclass(frozen=True)
class RunPages:
    """`/<root>/<id>/` and what belongs to it; `param` names the id in the addresses.

    `load(actor, id)` gives a run or raises NotFound; `undo(actor=, run=)` takes it back or raises Conflict. `show`
    has `result_of`, `line_of` and `undone_text`, each of `(run, actor)`.
    """

    root: str
    param: str
    name: str
    template: str
    load: Callable[[Actor, int], Any]
    undo: Callable[..., Any]
    show: Any

    def urls(self) -> list[URLPattern]:
        base = f"{self.root}/<int:{self.param}>/"
        return [
            path(base, signed_in(require_GET(self._page)), name=self.name),
            path(f"{base}progress/", signed_in(require_GET(self._progress))),
            path(f"{base}badge/", signed_in(require_GET(self._badge))),
            path(f"{base}cancel/", signed_in(require_POST(self._cancel))),
            path(f"{base}undo/", signed_in(self._undo)),
        ]

    def _url(self, run_id: int) -> str:
        return f"/{self.root}/{run_id}/"

    def _page(self, request: HttpRequest, **where: int) -> HttpResponse:
        actor = actor_of(request)
        run = self.load(actor, where[self.param])
        told(request, run, self._url(run.pk))
        return render_page(request, self.template, self.show.result_of(run, actor))

    def _progress(self, request: HttpRequest, **where: int) -> HttpResponse:
        """The piece of the page that htmx asks for every second; when it is over, the whole page again."""
        actor = actor_of(request)
        run = self.load(actor, where[self.param])
        if run.state not in runs.BUSY:
            return HttpResponse(status=204, headers={"HX-Redirect": self._url(run.pk)})
        return render_page(request, self.template, self.show.result_of(run, actor), block="progress")

    def _badge(self, request: HttpRequest, **where: int) -> HttpResponse:
        """What the menu says of a run: how far it is, and once how it ended."""
        actor = actor_of(request)
        try:
            run = self.load(actor, where[self.param])
        except NotFound:
            if not forget(request, self._url(where[self.param])):
                raise
            return HttpResponse()
        told(request, run, self._url(run.pk))
        return render_page(request, "web/runs/badge.j2", {"line": self.show.line_of(run, actor)})

    def _cancel(self, request: HttpRequest, **where: int) -> HttpResponse:
        actor = actor_of(request)
        run = self.load(actor, where[self.param])
        runs.cancel_run(actor=actor, run=run)
        return done(request, self._url(run.pk), _("It stops after the records at hand."))

    def _undo(self, request: HttpRequest, **where: int) -> HttpResponse:
        """Take the whole run back. What stays is named on the run's page."""
        actor = actor_of(request)
        run = self.load(actor, where[self.param])
        url = self._url(run.pk)
        if request.method != "POST":
            return HttpResponseRedirect(url)
        try:
            self.undo(actor=actor, run=run)
        except Conflict as error:
            messages.error(request, str(error))
            return done(request, url)
        if run.state in runs.BUSY:
            follow(request, url)
            return done(request, url)
        if run.results["undo"]["kept_count"]:
            return done(request, url)
        return done(request, came_from(request, url), self.show.undone_text(run, actor))


__all__ = ["RunPages"]

"""Settings → Hand over: whose records are in reach, the rules, the preview, and the start."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from amity.engines.web.forms import Choices
from amity.engines.web.handover import show
from amity.engines.web.handover.forms import Line, changed_lines, posted_lines, rules_of, shown_lines
from amity.engines.web.pages import actor_of, done, is_fragment, once, render_page
from amity.engines.web.plain_forms import Errors, errors_of
from amity.engines.web.runs import follow
from amity.engines.web.settings.common import own_page, own_read
from amity.engines.web.settings.menu import side_nav
from amity.foundation.core.errors import AmityError, Conflict, Invalid
from amity.foundation.records.context import context_for
from amity.foundation.records.services.handover import start_handover
from amity.foundation.records.services.handover_plan import counts_of, get_colleague, make_plan


@own_read
def index(request: HttpRequest) -> HttpResponse:
    """Colleagues with records in reach, handovers so far, and what one took over oneself."""
    actor = actor_of(request)
    context = {
        "side": side_nav(request, actor),
        "colleagues": show.colleagues(actor),
        "recent": show.recent(actor),
        "taken": show.taken_by(actor),
        "me": actor.user_id,
    }
    return render_page(request, "web/handover/index.j2", context)


@own_page
@once
def plan(request: HttpRequest, user_id: int) -> HttpResponse:
    """The rules for one colleague. A post draws them again, shows what they come to, or (with `once`) starts."""
    actor = actor_of(request)
    member = get_colleague(actor, user_id)
    counts = counts_of(actor, user_id)
    specs, context = {spec.key: spec for spec, _n in counts}, context_for(actor)
    lines = posted_lines(request.POST, specs, context) if request.method == "POST" else [Line()]
    errors, preview = Errors(), None
    if request.method == "POST":
        changed_lines(lines, request.POST, [spec for spec, n in counts if n] or list(specs.values()))
        try:
            if "once" in request.POST:
                run = start_handover(actor=actor, user_id=user_id, rules=rules_of(lines, specs, context))
                return _started(request, run)
            if request.POST.get("do") == "preview":
                found = make_plan(actor=actor, user_id=user_id, rules=rules_of(lines, specs, context))
                preview = show.preview_of(found, member.user, actor)
        except (Invalid, Conflict) as error:
            errors = _errors(error)
    shown: dict[str, Any] = {
        "side": side_nav(request, actor),
        "member": member,
        "admin": actor.admin,
        "url": request.path,
        "counts": [(spec, show.number(n, actor)) for spec, n in counts],
        "owned": sum(n for _spec, n in counts),
        "also": show.also_there(actor, user_id) if actor.admin else [],
        "lines": shown_lines(lines, specs, Choices(context), user_id, errors),
        "errors": errors,
        "preview": preview,
    }
    block = "rules" if is_fragment(request) else ""
    return render_page(request, "web/handover/plan.j2", shown, block=block, status=error_status(errors))


def error_status(errors: Errors) -> int:
    return 422 if errors else 200


def _errors(error: AmityError) -> Errors:
    """Texts by `rules.<place>.<part>`; what belongs to no line stands under `form`."""
    found = Errors()
    for key, texts in errors_of(error).items():
        found[key if key.startswith("rules.") else "form"] = texts
    return found


def _started(request: HttpRequest, run: Any) -> HttpResponse:
    url = f"/handovers/{run.pk}/"
    if run.state == "running":
        follow(request, url)
    return done(request, url)


__all__ = ["index", "plan"]

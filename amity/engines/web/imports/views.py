"""Importing a file, step by step: upload, draft with preview, progress, result, undo."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from amity.engines.web.imports import forms, show
from amity.engines.web.imports.upload import limit_upload, too_large
from amity.engines.web.pages import actor_of, done, render_page, signed_in
from amity.engines.web.runs import follow, forget, told
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Denied, Invalid, NotFound
from amity.foundation.records.importing.mapping import Proposal
from amity.foundation.records.importing.paste import MAX_PASTE, as_file
from amity.foundation.records.importing.targets import targets_of
from amity.foundation.records.models import ImportRun
from amity.foundation.records.objects import enabled_specs, spec_for
from amity.foundation.records.services import import_files, import_undo, imports, runs
from amity.foundation.records.spec import ObjectSpec


@signed_in
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return _home(request)


def _home(
    request: HttpRequest,
    errors: list[str] | None = None,
    chosen: str | None = None,
    pasted: list[str] | None = None,
) -> HttpResponse:
    """`errors` stand at the file, `pasted` at the box for pasting."""
    actor = actor_of(request)
    specs = imports.importable(actor, enabled_specs(actor))
    context = {
        "runs": [show.line_of(run, actor) for run in imports.runs_of(actor=actor)],
        "objects": [(spec.key, str(spec.plural)) for spec in specs],
        "chosen": (request.GET.get("object") or request.POST.get("object", "")) if chosen is None else chosen,
        "errors": errors or [],
        "pasted": pasted or [],
        "text": request.POST.get("text", "") if pasted else "",
        "admin": actor.admin,
    }
    return render_page(request, "web/imports/home.j2", context, status=422 if errors or pasted else 200)


@csrf_exempt
def upload(request: HttpRequest) -> HttpResponseBase:
    """The handlers must be set before the token is looked for in the body, so the check comes after."""
    if request.method != "POST":
        return HttpResponseRedirect("/import/")
    _may_upload(request)
    try:
        limit_upload(request)
    except Invalid as error:
        return _refuse_unread(request, error.errors[0].message)
    return _receive(request)


def _may_upload(request: HttpRequest) -> None:
    """Before a large body is read: strangers were stopped by its size, members need something to import into."""
    actor = getattr(request, "actor", None)
    if actor is not None and not imports.importable(actor, enabled_specs(actor)):
        raise Denied


@signed_in
def _refuse_unread(request: HttpRequest, text: str) -> HttpResponse:
    """The answer to a body too large to be read at all."""
    return _home(request, [text], chosen="")


@csrf_protect
@signed_in
def _receive(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    try:
        run = _new_draft(request, actor)
    except Invalid as error:
        return _home(request, [item.message for item in error.errors])
    return HttpResponseRedirect(f"/import/{run.pk}/")


def _new_draft(request: HttpRequest, actor: Actor) -> ImportRun:
    specs = imports.importable(actor, enabled_specs(actor))
    file = request.FILES.get("file")
    if getattr(request, "too_large", False):
        raise too_large()
    if file is None or not file.size:
        raise Invalid.one("file", "required", _("Choose a file that is not empty."))
    return _start(request, actor, specs, file.chunks(), file.name or "")


def _start(
    request: HttpRequest,
    actor: Actor,
    specs: list[ObjectSpec],
    chunks: Iterable[bytes],
    name: str,
    **reading: str,
) -> ImportRun:
    path = import_files.keep_file(chunks)
    try:
        wanted = request.POST.get("object") or imports.guess_object(path, actor, specs)
        spec = next((item for item in specs if item.key == wanted), specs[0])
        return imports.start_draft(actor=actor, spec=spec, file_name=name, path=path, **reading)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@signed_in
@require_POST
def pasted(request: HttpRequest) -> HttpResponse:
    """A list from the clipboard is kept as a file and goes on like one."""
    actor = actor_of(request)
    specs = imports.importable(actor, enabled_specs(actor))
    if not specs:
        raise Denied
    text = request.POST.get("text", "")
    try:
        if not text.strip():
            raise Invalid.one("text", "required", _("Paste a list first."))
        if len(text) > MAX_PASTE:
            told = _("That is more than %(n)s characters. Save it as a file and upload that.")
            raise Invalid.one("text", "too_large", told % {"n": show.number(MAX_PASTE, actor)})
        content, reading = as_file(text)
        run = _start(request, actor, specs, [content], _("Pasted list"), **reading)
    except Invalid as error:
        return _home(request, pasted=[item.message for item in error.errors])
    return HttpResponseRedirect(f"/import/{run.pk}/")


# --- draft --------------------------------------------------------------------------------------


@signed_in
@require_GET
def page(request: HttpRequest, run_id: int) -> HttpResponse:
    actor = actor_of(request)
    run = imports.get_run(actor=actor, run_id=run_id)
    if run.state == "draft":
        return _draft(request, actor, run)
    told(request, run, f"/import/{run.pk}/")
    return render_page(request, "web/imports/run.j2", show.result_of(run, actor))


def _draft(
    request: HttpRequest, actor: Actor, run: ImportRun, errors: list[str] | None = None
) -> HttpResponse:
    context = show.draft_of(run, actor)
    context["errors"] = [*context["errors"], *(errors or [])]
    return render_page(request, "web/imports/draft.j2", context, status=422 if errors else 200)


@signed_in
@require_POST
def mapping(request: HttpRequest, run_id: int) -> HttpResponse:
    """Keep the corrected mapping; with `start` begin."""
    actor = actor_of(request)
    run = imports.get_run(actor=actor, run_id=run_id)
    spec = imports.spec_of_run(run, actor)
    try:
        proposal = Proposal.from_json(run.mapping)
        mapped = forms.posted_mapping(proposal, targets_of(spec, actor), request.POST)
        imports.set_mapping(actor=actor, run=run, mapping=mapped, rules=forms.posted_rules(request.POST))
        if "start" in request.POST:
            imports.begin(actor=actor, run=run)
            follow(request, f"/import/{run.pk}/")
    except Invalid as error:
        run.refresh_from_db()
        return _draft(request, actor, run, [item.message for item in error.errors])
    if "start" in request.POST:
        return HttpResponseRedirect(f"/import/{run.pk}/")
    return HttpResponseRedirect(f"/import/{run.pk}/#preview")


@signed_in
@require_POST
def read_again(request: HttpRequest, run_id: int) -> HttpResponse:
    """Another object, encoding, separator or sheet: the file is read and mapped anew."""
    actor = actor_of(request)
    run = imports.get_run(actor=actor, run_id=run_id)
    spec = spec_for(actor, request.POST.get("object") or imports.spec_of_run(run, actor).key)
    reading = {key: request.POST.get(key, "") for key in ("encoding", "separator", "sheet")}
    try:
        imports.propose_for(actor=actor, run=run, spec=spec, **show.sound_reading(reading))
    except Invalid as error:
        run.refresh_from_db()
        return _draft(request, actor, run, [item.message for item in error.errors])
    return HttpResponseRedirect(f"/import/{run.pk}/")


# --- running and after --------------------------------------------------------------------------


@signed_in
@require_GET
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The piece of the page that htmx asks for every second; when it is over, the whole page again."""
    actor = actor_of(request)
    run = imports.get_run(actor=actor, run_id=run_id)
    if run.state not in runs.BUSY:
        return HttpResponse(status=204, headers={"HX-Redirect": f"/import/{run.pk}/"})
    return render_page(request, "web/imports/run.j2", show.result_of(run, actor), block="progress")


@signed_in
@require_GET
def badge(request: HttpRequest, run_id: int) -> HttpResponse:
    """What the menu says of a run: how far it is, and once how it ended; nothing of one's own that is gone."""
    actor = actor_of(request)
    try:
        run = imports.get_run(actor=actor, run_id=run_id)
    except NotFound:
        if not forget(request, f"/import/{run_id}/"):
            raise
        return HttpResponse()
    told(request, run, f"/import/{run.pk}/")
    return render_page(request, "web/runs/badge.j2", {"line": show.line_of(run, actor)})


@signed_in
@require_POST
def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    actor = actor_of(request)
    run = imports.get_run(actor=actor, run_id=run_id)
    runs.cancel_run(actor=actor, run=run)
    return done(request, f"/import/{run.pk}/", _("The import stops after the rows at hand."))


@signed_in
def undo(request: HttpRequest, run_id: int) -> HttpResponse:
    """Asks once when records were used since; otherwise a post begins at once."""
    actor = actor_of(request)
    run = imports.get_run(actor=actor, run_id=run_id)
    if request.method != "POST":
        changed = import_undo.changed_since(actor=actor, run=run)
        return render_page(request, "web/imports/undo.j2", {**show.result_of(run, actor), "changed": changed})
    import_undo.undo_run(actor=actor, run=run, include_changed="include_changed" in request.POST)
    follow(request, f"/import/{run.pk}/")
    return HttpResponseRedirect(f"/import/{run.pk}/")


@signed_in
@require_POST
def delete(request: HttpRequest, run_id: int) -> HttpResponse:
    actor = actor_of(request)
    run = imports.get_run(actor=actor, run_id=run_id)
    import_files.delete_run(actor=actor, run=run)
    return done(request, "/import/", _("The import was removed from the list. Its records stay."))


@signed_in
@require_GET
def refused(request: HttpRequest, run_id: int) -> HttpResponseBase:
    actor = actor_of(request)
    run = imports.get_run(actor=actor, run_id=run_id)
    headers = {"Content-Disposition": f'attachment; filename="refused-{run.pk}.csv"'}
    return StreamingHttpResponse(
        import_files.refused_lines(run), content_type="text/csv; charset=utf-8", headers=headers
    )

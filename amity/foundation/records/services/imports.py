"""Importing a file: from upload to a run that can be left, found again, cancelled and taken back."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django_tasks import task

from amity.foundation.accounts.actor import Actor, load_actor
from amity.foundation.core.clock import now
from amity.foundation.core.errors import AmityError, Conflict, Denied, Invalid, LimitReached, NotFound
from amity.foundation.core.jobs.api import cancel, enqueue
from amity.foundation.core.jobs.context import RunAgain, cancel_requested, report, should_stop
from amity.foundation.core.text import clean_text, safe_cell
from amity.foundation.records.context import context_for
from amity.foundation.records.importing.convert import Converted
from amity.foundation.records.importing.engine import Engine, Result, Rules
from amity.foundation.records.importing.mapping import Proposal, propose
from amity.foundation.records.importing.match import keys_offered
from amity.foundation.records.importing.readers import open_source
from amity.foundation.records.importing.source import Row, Source, SourceError
from amity.foundation.records.importing.targets import targets_of
from amity.foundation.records.models import Batch, ImportRefusal, ImportRun
from amity.foundation.records.objects import spec_by_type
from amity.foundation.records.services import schema
from amity.foundation.records.spec import ObjectSpec

SET = 1000
PREVIEW_ROWS = 20
CHECKED_ROWS = 500
MAX_FILE = 500 * 1024 * 1024
READING = ("kind", "encoding", "separator", "sheet")
KEPT_REFUSALS = 100_000


# --- from file to draft ----------------------------------------------------------------------------------------


def import_folder() -> Path:
    folder = Path(settings.AMITY_HOME) / "imports"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def keep_file(name: str, chunks: Iterator[bytes] | BinaryIO) -> Path:
    """Store an uploaded file under a random name. Raises LimitReached over 500 MB, leaving nothing behind."""
    path = import_folder() / get_random_string(32)
    size = 0
    try:
        with path.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > MAX_FILE:
                    raise LimitReached(_("The file is larger than %(n)s MB.") % {"n": MAX_FILE // 2**20})
                file.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def start_draft(*, actor: Actor, spec: ObjectSpec, file_name: str, path: Path, **reading: Any) -> ImportRun:
    """Look at the file and propose a mapping. Raises Invalid at `file` when it cannot be read at all."""
    if not (actor.may(spec.key, "create") or actor.may(spec.key, "edit")):
        raise Denied
    run = ImportRun(
        workspace_id=actor.workspace_id,
        object_type_id=spec.type_id,
        actor_id=actor.user_id,
        file_name=clean_text(Path(file_name).name[-200:], multiline=False, limit=200) or "file",
        path=str(path),
        reading={key: reading[key] for key in READING if reading.get(key)},
    )
    with _open(run) as source:
        samples = [row.cells for row in islice(source.rows(), 50) if row.problem is None]
        proposal = propose(source.columns, samples, targets_of(spec, actor), object=spec.key)
    run.mapping = proposal.to_json()
    run.rules = {"keys": keys_offered(spec), "on_match": "update", "default_winner": "file"}
    run.save()
    return run


def guess_object(path: Path, file_name: str, actor: Actor, specs: list[ObjectSpec]) -> ObjectSpec | None:
    """Which object the file's rows are, when its shape tells."""
    try:
        with open_source(path) as source:
            samples = [row.cells for row in islice(source.rows(), 50) if row.problem is None]
            found = propose(source.columns, samples, targets_of(specs[0], actor)).object
    except SourceError as error:
        raise Invalid.one("file", error.code, str(error)) from error
    return next((spec for spec in specs if spec.key == found), None)


def _open(run: ImportRun) -> Source:
    try:
        return open_source(run.path, fill_short=True, **run.reading)
    except SourceError as error:
        raise Invalid.one("file", error.code, str(error)) from error
    except FileNotFoundError as error:
        raise Invalid.one("file", "gone", _("The file is no longer kept here; upload it again.")) from error


def get_run(*, actor: Actor, run_id: int) -> ImportRun:
    """One's own run, or any for an administrator; NotFound otherwise."""
    runs = ImportRun.objects.select_related("object_type", "actor").filter(pk=run_id)
    run = (runs if actor.admin else runs.filter(actor_id=actor.user_id)).first()
    if run is None:
        raise NotFound
    return run


def runs_of(*, actor: Actor, limit: int = 50) -> list[ImportRun]:
    runs = ImportRun.objects.select_related("object_type", "actor").exclude(state="draft")
    return list((runs if actor.admin else runs.filter(actor_id=actor.user_id))[:limit])


def spec_of_run(run: ImportRun, actor: Actor) -> ObjectSpec:
    spec = spec_by_type(actor.workspace, run.object_type_id)
    if spec is None or not spec.enabled:
        raise NotFound
    return spec


def set_mapping(*, actor: Actor, run: ImportRun, mapping: Any, rules: dict[str, Any] | None = None) -> None:
    """Correct a draft's mapping and rules. Raises Invalid when they name fields that do not exist."""
    if run.state != "draft":
        raise Conflict(_("This import has already begun."))
    try:
        proposal = Proposal.from_json(mapping)
    except SourceError as error:
        raise Invalid.one("mapping", error.code, str(error)) from error
    spec = spec_of_run(run, actor)
    keys = {target.key for target in targets_of(spec, actor)}
    for column in proposal.columns:
        if column.action == "map" and column.target not in keys:
            raise Invalid.one("mapping", "unknown", _("There is no field “%(key)s”.") % {"key": column.target or ""})
    run.mapping = proposal.to_json()
    if rules is not None:
        run.rules = {**run.rules, **rules}
        _check_rules(spec, run.rules)
    run.save()


def _check_rules(spec: ObjectSpec, rules: dict[str, Any]) -> None:
    offered = keys_offered(spec)
    if not set(rules.get("keys", [])) <= set(offered):
        raise Invalid.one("keys", "unknown", _("Records cannot be matched by this."))
    if rules.get("on_match") not in ("update", "skip", "create"):
        raise Invalid.one("on_match", "unknown", _("Choose what happens to rows that are there already."))


# --- preview ---------------------------------------------------------------------------------------------------


def preview(*, actor: Actor, run: ImportRun) -> dict[str, Any]:
    """The first rows as they would go in, with problems cell by cell, and a count over the first 500.

    New fields do not exist yet: their columns show the raw text.
    """
    spec = spec_of_run(run, actor)
    context = context_for(actor)
    engine = Engine(spec, context, Proposal.from_json(run.mapping), Rules.from_json(run.rules), None)
    with _open(run) as source:
        rows = list(islice(source.rows(), CHECKED_ROWS))
        columns = source.columns
    converted = engine.convert(rows)
    for row in converted:
        if not row.errors and not row.names:
            engine.prepare(row, {})
    bad = [row for row in converted if row.errors]
    shown = [*converted[:PREVIEW_ROWS], *[row for row in bad[:10] if row not in converted[:PREVIEW_ROWS]]]
    return {"columns": columns, "rows": shown, "checked": len(converted), "bad": len(bad), "names": engine.columns}


# --- running ---------------------------------------------------------------------------------------------------


def begin(*, actor: Actor, run: ImportRun, dry_run: bool = False) -> ImportRun:
    """Make the new fields and start the job. A dry run counts and refuses but writes no record."""
    if run.state != "draft":
        raise Conflict(_("This import has already begun."))
    spec = spec_of_run(run, actor)
    if not dry_run:
        _make_fields(actor, run, spec)
    with transaction.atomic():
        batch = Batch.objects.create(
            workspace_id=actor.workspace_id, kind="import", label=run.file_name, actor_id=actor.user_id
        )
        run.batch, run.state, run.dry_run = batch, "running", dry_run
        run.save()
        run.job_id = enqueue(
            import_job, workspace_id=actor.workspace_id, actor_id=actor.user_id, unique_key=f"import-{run.pk}",
            queue="long", max_attempts=20, run_id=run.pk,
        )  # fmt: skip
        run.save(update_fields=["job_id"])
    return run


def _make_fields(actor: Actor, run: ImportRun, spec: ObjectSpec) -> None:
    """Columns marked as new become fields (administrators only; for others they are left out)."""
    mapping = run.mapping
    for column in mapping["columns"]:
        if column["action"] != "new":
            continue
        if not actor.admin:
            column["action"], column["note"] = "skip", "denied"
            continue
        field = schema.create_field(
            actor=actor, object_key=spec.key, type_name=column["guess_type"],
            label=column["column"][:80], options=column.get("options") or [],
        )  # fmt: skip
        column["action"], column["target"] = "map", field.key
    run.mapping = mapping
    run.save(update_fields=["mapping"])


@task()
def import_job(run_id: int) -> None:
    """Go on with a run from where it stands. Safe to be killed and called again."""
    run = ImportRun.objects.filter(pk=run_id, state="running").first()
    if run is None:
        return
    actor = load_actor(run.workspace_id, run.actor_id or 0, "import")
    if actor is None:
        _finish(run, "failed", _("Whoever started this import no longer works here."))
        return
    try:
        work(actor, run)
    except (Invalid, SourceError, AmityError) as error:
        _finish(run, "failed", str(error))


def work(actor: Actor, run: ImportRun) -> None:
    """Import set by set until the file ends, the run is cancelled, or the worker is asked to stop."""
    engine = _engine(actor, run)
    with _open(run) as source:
        rows = source.rows(run.position)
        try:
            while chunk := list(islice(rows, SET)):
                if cancel_requested():
                    _finish(run, "cancelled")
                    return
                engine = _one_set(actor, run, engine, chunk, source)
                report(int(source.progress * 100), 100, run.file_name)
                if should_stop():
                    raise RunAgain
        except SourceError as error:
            _finish(run, "failed", str(error))
            return
    _finish(run, "done")


def _engine(actor: Actor, run: ImportRun) -> Engine:
    spec = spec_of_run(run, actor)
    rules = Rules.from_json(run.rules)
    return Engine(spec, context_for(actor), Proposal.from_json(run.mapping), rules, run.batch_id)


def _one_set(actor: Actor, run: ImportRun, engine: Engine, chunk: list[Row], source: Source) -> Engine:
    """Convert, write and remember the place in one transaction. Returns the engine to go on with."""
    converted = engine.convert(chunk)
    if engine.converter.unknown_choices and actor.admin and engine.rules.add_choices and not run.dry_run:
        _add_choices(actor, engine)
        engine = _engine(actor, run)
        converted = engine.convert(chunk)
    with transaction.atomic():
        result = _dry(engine, converted) if run.dry_run else engine.write_set(converted)
        _remember(run, result, chunk[-1].position + 1, source.progress, engine.columns)
    return engine


def _dry(engine: Engine, converted: list[Converted]) -> Result:
    """What would happen, in a savepoint that is thrown away."""
    point = transaction.savepoint()
    try:
        return engine.write_set(converted)
    finally:
        transaction.savepoint_rollback(point)


def _add_choices(actor: Actor, engine: Engine) -> None:
    """Choices the file brings that the field does not know yet."""
    for key, words in engine.converter.unknown_choices.items():
        field = engine.spec.by_key[key]
        have = [
            {"key": item.key, "label": str(item.label), "colour": item.colour, "archived": item.archived}
            for item in field.options
        ]
        new = [{"label": word[:80]} for word in words if word]
        if len(have) + len(new) <= schema.MAX_OPTIONS:
            schema.update_field(actor=actor, object_key=engine.spec.key, key=key, options=[*have, *new])


def _remember(run: ImportRun, result: Result, position: int, share: float, names: dict[str, str]) -> None:
    run.created += result.created
    run.updated += result.updated
    run.skipped += result.skipped
    if run.refused < KEPT_REFUSALS:
        ImportRefusal.unscoped.bulk_create(
            ImportRefusal(
                workspace_id=run.workspace_id,
                run=run,
                number=row.number,
                cells=row.cells,
                problems=[{"column": names.get(e.field, e.field), "message": e.message} for e in row.errors],
            )
            for row in result.refused
        )
    run.refused += len(result.refused)
    run.position, run.share = position, share
    run.save(update_fields=["created", "updated", "skipped", "refused", "position", "share"])


def _finish(run: ImportRun, state: str, error: str = "") -> None:
    run.state, run.error, run.finished_at = state, error, now()
    run.share = 1.0 if state == "done" else run.share
    run.save(update_fields=["state", "error", "finished_at", "share"])


def cancel_run(*, actor: Actor, run: ImportRun) -> None:
    """Stop after the set at hand; what went in stays and can be undone."""
    if run.state == "running" and run.job_id:
        cancel(run.job_id)


# --- refused rows ----------------------------------------------------------------------------------------------


def refused_lines(run: ImportRun) -> Iterator[str]:
    """A CSV of the refused rows, as they stood, with row number and reason in front. Safe against formulas."""
    out = _Lines()
    writer = csv.writer(out)
    columns = [column["column"] for column in run.mapping["columns"]]
    writer.writerow([_("Row"), _("Reason"), *columns])
    yield "\ufeff" + out.take()
    for refusal in ImportRefusal.objects.filter(run=run).iterator(1000):
        reasons = "; ".join(
            f"{item['column']}: {item['message']}" if item["column"] else item["message"] for item in refusal.problems
        )
        writer.writerow([refusal.number, safe_cell(reasons), *(safe_cell(cell) for cell in refusal.cells)])
        yield out.take()


class _Lines:
    """A file for csv.writer that gives back what was written."""

    def __init__(self) -> None:
        self._text = ""

    def write(self, text: str) -> int:
        self._text += text
        return len(text)

    def take(self) -> str:
        text, self._text = self._text, ""
        return text

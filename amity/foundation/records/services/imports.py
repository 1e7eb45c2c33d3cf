"""Importing a file: from upload to a run that can be left, found again, cancelled and taken back."""

from __future__ import annotations

import gc
import re
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import phonenumbers
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django_tasks import task

from amity.foundation.accounts.actor import Actor, load_actor
from amity.foundation.core.clock import guess_day_first
from amity.foundation.core.errors import AmityError, Conflict, Denied, FieldError, Invalid, NotFound
from amity.foundation.core.jobs.api import enqueue
from amity.foundation.core.jobs.context import RunAgain, cancel_requested, report, should_stop
from amity.foundation.core.text import clean_text, fold, unsafe_cell
from amity.foundation.records.context import context_for
from amity.foundation.records.database import room_for_much
from amity.foundation.records.fieldtypes import TYPES, BadValue
from amity.foundation.records.fieldtypes.contact import ADDRESS_PARTS
from amity.foundation.records.importing.convert import Converted
from amity.foundation.records.importing.engine import Engine, Result, Rules
from amity.foundation.records.importing.mapping import ColumnProposal, Proposal, propose
from amity.foundation.records.importing.match import POINT_KEYS, keys_offered
from amity.foundation.records.importing.readers import open_source
from amity.foundation.records.importing.shapes import SHAPES
from amity.foundation.records.importing.source import Row, Source, SourceError
from amity.foundation.records.importing.synonyms import fold as heading
from amity.foundation.records.importing.synonyms import generic
from amity.foundation.records.importing.targets import NOT_IMPORTED, targets_of
from amity.foundation.records.models import Batch, ImportRefusal, ImportRun
from amity.foundation.records.objects import spec_by_type
from amity.foundation.records.provenance import IMPORT, NAME, named
from amity.foundation.records.seen import seen_by
from amity.foundation.records.services import runs, schema
from amity.foundation.records.services.clean import known_ids
from amity.foundation.records.services.import_results import (
    PossibleDuplicates,
    leave_out_choices,
    place_of_problem,
)
from amity.foundation.records.services.records import check_owner
from amity.foundation.records.spec import ObjectSpec
from amity.foundation.records.trees import tree_field

SET = 1000
SAMPLES = 500
GUESSED = 50
DEAL_COLUMNS = ("external_id", "stage")
DEAL_CONCEPTS = ("deal_name", "amount", "currency", "close_date", "probability", "pipeline")
MAX_TAGS = 10
WINNERS = ("file", "record", "ask")
READING = ("kind", "encoding", "separator", "sheet")
KEPT_REFUSALS = 100_000


# --- from file to draft -------------------------------------------------------------------------


def start_draft(*, actor: Actor, spec: ObjectSpec, file_name: str, path: Path, **reading: Any) -> ImportRun:
    """Look at the file and propose a mapping. Raises Invalid at `file` when it cannot be read at all."""
    run = ImportRun(
        workspace_id=actor.workspace_id,
        actor_id=actor.user_id,
        file_name=clean_text(Path(file_name).name[-200:], multiline=False, limit=200) or "file",
        path=str(path),
    )
    propose_for(actor=actor, run=run, spec=spec, **reading)
    return run


def propose_for(*, actor: Actor, run: ImportRun, spec: ObjectSpec, **reading: Any) -> None:
    """Read a draft's file (again) as rows of `spec` and propose anew. Raises Denied or Invalid."""
    _may_change(actor, run, spec)
    spec = seen_by(actor, spec)
    run.object_type_id = spec.type_id
    run.reading = {key: reading[key] for key in READING if reading.get(key)}
    with open_run(run) as source:
        samples = [row.cells for row in islice(source.rows(), SAMPLES) if row.problem is None]
        proposal = propose(source.columns, samples[:GUESSED], targets_of(spec, actor), object=spec.key)
        found = {"kind": source.kind, "sheets": source.sheets, **_how_read(source)}
    if run.reading.get("sheet") not in found["sheets"]:
        run.reading.pop("sheet", None)
    proposal = replace(proposal, columns=[_own_column(spec, proposal, column) for column in proposal.columns])
    run.mapping = proposal.to_json()
    run.results = {"file": found}
    run.rules = {
        "keys": default_keys(spec, proposal),
        "on_match": "update",
        "default_winner": "file",
        "source": default_source(proposal, run.file_name),
        "countries": phone_countries(samples),
        "day_first": day_comes_first(proposal, samples),
    }
    run.save()


def _may_change(actor: Actor, run: ImportRun, spec: ObjectSpec) -> None:
    """A draft, by somebody who may write such records today; those who only look may not."""
    if run.state != "draft":
        raise Conflict(_("This import has already begun."))
    if not (actor.may(spec.key, "create") or actor.may(spec.key, "edit")):
        raise Denied


def _how_read(source: Source) -> dict[str, str]:
    sniffed = getattr(source, "sniffed", None)
    return {"encoding": sniffed.encoding, "separator": sniffed.separator} if sniffed else {}


def _own_column(spec: ObjectSpec, proposal: Proposal, column: ColumnProposal) -> ColumnProposal:
    """Left out: what our own files carry for people to read, and what is a deal's in a file of people's deals."""
    if is_deals(proposal.shape) and spec.key != "deals" and not spec.custom:
        meaning = generic().get(heading(column.column))
        if column.target in DEAL_COLUMNS or (meaning and meaning.concept in DEAL_CONCEPTS):
            return ColumnProposal(column.column, note="deal")
    if column.action != "map" and fold(column.column) in _computed(spec):
        return ColumnProposal(column.column, note="computed")
    own = {
        fold(name)
        for field in spec.live_fields
        for name in (str(field.label), field.key)
        if field.read_only or field.type.name in NOT_IMPORTED
    }
    own |= {fold(word) for word in (_("Row"), _("Reason"), _("Record number"))}
    if column.action != "map" and fold(column.column) in own:
        return ColumnProposal(column.column, note="system")
    return column


def default_source(proposal: Proposal, file_name: str) -> str:
    """What the file's values come from: the system whose export it is, else its name without day and number."""
    shape = next((str(known.label) for known in SHAPES if known.key == proposal.shape), "")
    stem = Path(file_name).stem
    return (shape or re.sub(r"[\s\d_.()-]+$", "", stem) or stem or "file")[:NAME]


def _computed(spec: ObjectSpec) -> set[str]:
    """Headings of computed fields: a file never brings their values."""
    return {fold(name) for item in spec.live_fields if item.computed for name in (str(item.label), item.key)}


def is_deals(shape: str | None) -> bool:
    return any(known.key == shape and known.object == "deals" for known in SHAPES)


def phone_countries(samples: list[list[str]]) -> list[str]:
    """Where the file's numbers with a country code are from, the most frequent first: its other numbers may be too."""
    found: Counter[str] = Counter()
    for cells in samples:
        for cell in cells:
            if cell.startswith("+") and len(cell) < 30:
                found.update(filter(None, [_country_of(cell)]))
    return [code for code, _count in found.most_common(8)]


def _country_of(number: str) -> str | None:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None


def day_comes_first(proposal: Proposal, samples: list[list[str]]) -> bool | None:
    """How the file writes dates like 3/4/2024, told by those that can be read one way only."""
    places = [
        place for place, column in enumerate(proposal.columns) if column.guess_type in ("date", "datetime")
    ]
    return guess_day_first(
        cells[place] for cells in samples for place in places if place < len(cells) and cells[place]
    )


def default_keys(spec: ObjectSpec, proposal: Proposal) -> list[str]:
    """What rows are matched by unless the person says otherwise.

    Another system's numbers start at 1 like everybody's, so they are no key beside an e-mail or a phone.
    """
    mapped = {
        spec.by_key[c.target].type.name
        for c in proposal.columns
        if c.action == "map" and c.target in spec.by_key
    }
    foreign = proposal.shape is not None and bool(mapped & set(POINT_KEYS))
    return [key for key in keys_offered(spec) if not (foreign and key == "external_id")]


def guess_object(path: Path, actor: Actor, specs: list[ObjectSpec]) -> str:
    """The key of what the file's rows are, when its shape tells; it need not be an object of this workspace."""
    try:
        with open_source(path) as source:
            samples = [row.cells for row in islice(source.rows(), SAMPLES) if row.problem is None]
            found = propose(source.columns, samples[:GUESSED], targets_of(specs[0], actor)).object
    except SourceError as error:
        raise Invalid.one("file", error.code, str(error)) from error
    return found or ""


def importable(actor: Actor, specs: list[ObjectSpec]) -> list[ObjectSpec]:
    return [spec for spec in specs if actor.may(spec.key, "create") or actor.may(spec.key, "edit")]


def open_run(run: ImportRun) -> Source:
    """Raises Invalid at `file` when it is gone or cannot be read."""
    if not run.path:
        raise Invalid.one("file", "gone", _("The file is no longer kept here; upload it again."))
    try:
        return open_source(run.path, fill_short=True, **run.reading)
    except SourceError as error:
        raise Invalid.one("file", error.code, str(error)) from error
    except FileNotFoundError as error:
        raise Invalid.one("file", "gone", _("The file is no longer kept here; upload it again.")) from error


def get_run(*, actor: Actor, run_id: int) -> ImportRun:
    """One's own run, or any for an administrator; NotFound otherwise."""
    return runs.get_run(ImportRun, actor=actor, run_id=run_id)


def runs_of(*, actor: Actor, limit: int = 50) -> list[ImportRun]:
    """The newest runs; drafts only one's own."""
    rows = ImportRun.objects.select_related("object_type", "actor")
    rows = rows.exclude(~Q(actor_id=actor.user_id), state="draft")
    found = list((rows if actor.admin else rows.filter(actor_id=actor.user_id))[:limit])
    for run in found:
        runs.settle(run)
    return found


def spec_of_run(run: ImportRun, actor: Actor) -> ObjectSpec:
    spec = spec_by_type(actor, run.object_type_id)
    if spec is None or not spec.enabled:
        raise NotFound
    return spec


def set_mapping(*, actor: Actor, run: ImportRun, mapping: Any, rules: dict[str, Any] | None = None) -> None:
    """Correct a draft's mapping and rules. Raises Invalid when they name fields that do not exist."""
    spec = spec_of_run(run, actor)
    _may_change(actor, run, spec)
    try:
        proposal = Proposal.from_json(mapping)
    except SourceError as error:
        raise Invalid.one("mapping", error.code, str(error)) from error
    _check_mapping(actor, spec, proposal)
    run.mapping = proposal.to_json()
    if rules is not None:
        run.rules = check_rules(actor, spec, {**run.rules, **rules})
    run.save()


def _check_mapping(actor: Actor, spec: ObjectSpec, proposal: Proposal) -> None:
    forms = {target.key: target.form for target in targets_of(spec, actor)}
    parts = {
        "points": {"value", "label"},
        "address": {*ADDRESS_PARTS, "formatted", "label"},
        "tags": {"item"},
        "plain": {""},
    }
    for column in proposal.columns:
        key = column.target or ""
        if column.action == "map" and key not in forms:
            raise Invalid.one("mapping", "unknown", _("There is no field “%(key)s”.") % {"key": key})
        if column.action == "map" and column.part not in parts[forms[key]]:
            raise Invalid.one("mapping", "part", _("“%(key)s” has no such part.") % {"key": key})
        kind = TYPES.get(column.guess_type)
        if column.action == "new" and (kind is None or not kind.creatable or kind.references):
            raise Invalid.one("mapping", "type", _("Choose a type from the list."))


def check_rules(actor: Actor, spec: ObjectSpec, rules: dict[str, Any]) -> dict[str, Any]:
    """The rules in sound form; raises Invalid at the one that is wrong."""
    if not set(rules.get("keys", [])) <= set(keys_offered(spec)):
        raise Invalid.one("keys", "unknown", _("Records cannot be matched by this."))
    if rules.get("on_match") not in ("update", "skip", "create"):
        raise Invalid.one("on_match", "unknown", _("Choose what happens to rows that are there already."))
    if not {*rules.get("winner", {}).values(), rules.get("default_winner", "file")} <= set(WINNERS):
        raise Invalid.one("winner", "unknown", _("Choose which side wins."))
    rules["source"] = clean_text(str(rules.get("source") or "")[:NAME], multiline=False, limit=NAME * 2)
    tags = spec.by_key["tags"].type
    try:
        rules["tags"] = (
            tags.clean(spec.by_key["tags"], rules.get("tags") or None, context_for(actor)) or []
        )[:MAX_TAGS]
    except BadValue as error:
        raise Invalid.one("tags", error.code, str(error.message)) from error
    owner = rules.get("owner_id")
    if owner and not known_ids(spec.by_key["owner"], {owner}, context_for(actor)):
        raise Invalid.one("owner_id", "unknown", _("Choose one from the list."))
    check_owner(spec, owner or actor.user_id, actor)
    return rules


# --- running ------------------------------------------------------------------------------------


def begin(*, actor: Actor, run: ImportRun, dry_run: bool = False) -> ImportRun:
    """Make the new fields and start the job. A dry run counts and refuses but writes no record."""
    spec = spec_of_run(run, actor)
    _may_change(actor, run, spec)
    if not dry_run:
        _make_fields(actor, run, spec)
    with transaction.atomic():
        batch = Batch.objects.create(
            workspace_id=actor.workspace_id, kind="import", label=run.file_name, actor_id=actor.user_id,
            origin=named(IMPORT, _source(run)),
        )  # fmt: skip
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
        runs.finish(run, "failed", _("Whoever started this import no longer works here."))
        return
    try:
        work(actor, run)
    except (Invalid, SourceError, AmityError) as error:
        runs.finish(run, "failed", str(error))


def work(actor: Actor, run: ImportRun) -> None:
    """Import set by set until the file ends, the run is cancelled, or the worker is asked to stop."""
    engine = _engine(actor, run)
    with open_run(run) as source, runs.no_collector(), room_for_much():
        rows = source.rows(run.position)
        try:
            while chunk := list(islice(rows, SET)):
                if cancel_requested():
                    runs.finish(run, "cancelled")
                    return
                engine = _one_set(actor, run, engine, chunk, source)
                gc.collect(0)
                report(int(source.progress * 100), 100, run.file_name)
                if should_stop():
                    raise RunAgain
        except SourceError as error:
            runs.finish(run, "failed", str(error))
            return
    run.share = 1.0
    run.save(update_fields=["share"])
    runs.finish(run, "done")


def _source(run: ImportRun) -> str:
    return str(run.rules.get("source") or run.file_name)


def _engine(actor: Actor, run: ImportRun) -> Engine:
    spec = spec_of_run(run, actor)
    rules = Rules.from_json({**run.rules, "source": _source(run), "file_name": run.file_name})
    return Engine(spec, context_for(actor), Proposal.from_json(run.mapping), rules, run.batch_id)


def _one_set(actor: Actor, run: ImportRun, engine: Engine, chunk: list[Row], source: Source) -> Engine:
    """Convert, write and remember the place in one transaction. Returns the engine to go on with."""
    chunk = unguarded(chunk, source)
    converted = engine.convert(chunk)
    if engine.converter.unknown_choices and actor.admin and engine.rules.add_choices and not run.dry_run:
        _add_choices(actor, engine)
        engine = _engine(actor, run)
        converted = engine.convert(chunk)
    with transaction.atomic():
        result = _dry(engine, run, converted) if run.dry_run else write_rows(engine, run, converted)
        if not run.dry_run:
            possible = PossibleDuplicates(engine, run)
            possible.look(result.made)
            possible.meet(result.both)
        _remember(run, result, chunk[-1].position + 1, source.progress)
    return engine


def unguarded(rows: list[Row], source: Source) -> list[Row]:
    """Apostrophes that keep spreadsheets from computing a cell are no part of its value."""
    if source.kind != "csv" or not any("\0'" in "\0" + "\0".join(row.cells) for row in rows):
        return rows
    return [row._replace(cells=[unsafe_cell(cell) for cell in row.cells]) for row in rows]


def write_rows(engine: Engine, run: ImportRun, converted: list[Converted]) -> Result:
    """Write a set; when a unique value is taken or a circle closes, row by row, so that only that row is refused."""
    ready_rows(run, converted)
    if not any(field.unique for field in engine.spec.fields) and tree_field(engine.spec) is None:
        return engine.write_set(converted)
    copies = [
        replace(row, values=dict(row.values), names=dict(row.names), errors=list(row.errors))
        for row in converted
    ]
    try:
        with transaction.atomic():
            return engine.write_set(converted)
    except (Conflict, Invalid):
        return _one_by_one(engine, copies)


def ready_rows(run: ImportRun, converted: list[Converted]) -> None:
    """Unknown choices are left out and noted; the run's tags go on every row."""
    leave_out_choices(run, converted)
    tags = run.rules.get("tags") or []
    for row in converted if tags else []:
        row.values["tags"] = list(dict.fromkeys([*(row.values.get("tags") or []), *tags]))[:50]


def _one_by_one(engine: Engine, converted: list[Converted]) -> Result:
    total = Result()
    for row in converted:
        try:
            with transaction.atomic():
                one = engine.write_set([row])
        except Conflict as error:
            row.errors.append(FieldError(str(error.details.get("field", "")), error.code, str(error)))
            one = Result(refused=[row])
        except Invalid as error:
            row.errors += error.errors
            one = Result(refused=[row])
        total.made += one.made
        total.updated += one.updated
        total.skipped += one.skipped
        total.refused += one.refused
    return total


def _dry(engine: Engine, run: ImportRun, converted: list[Converted]) -> Result:
    """What would happen, in a savepoint that is thrown away."""
    point = transaction.savepoint()
    try:
        return write_rows(engine, run, converted)
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
            schema.refresh(actor)


def _remember(run: ImportRun, result: Result, position: int, share: float) -> None:
    run.created += len(result.made)
    run.updated += result.updated
    run.skipped += result.skipped
    if run.refused < KEPT_REFUSALS:
        ImportRefusal.unscoped.bulk_create(
            ImportRefusal(
                workspace_id=run.workspace_id,
                run=run,
                number=row.number,
                cells=row.cells,
                problems=[_told(run, row, error) for error in row.errors],
            )
            for row in result.refused
        )
    run.refused += len(result.refused)
    run.position, run.share = position, share
    run.save(update_fields=["created", "updated", "skipped", "refused", "position", "share", "results"])


def _told(run: ImportRun, row: Converted, error: FieldError) -> dict[str, str]:
    columns = run.mapping["columns"]
    place = place_of_problem(error, row.cells, columns)
    return {"column": columns[place]["column"] if place >= 0 else "", "message": error.message}

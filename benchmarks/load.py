"""An empty installation, filled by the real importer: `python -m benchmarks.load PEOPLE` prints what it took.

Runs as a process of its own, so that its memory is the import's and nobody else's.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import data
from benchmarks.timing import pin

SHARE = 5
RAW_ROWS = 20_000
SET = 1000


def main(count: int) -> None:
    import django

    pin()
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    workspace = make_firm()
    from amity.foundation.core.scope import scope

    with scope(workspace.pk):
        result = fill(workspace, count)
    result["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with scope(workspace.pk):
        result.update(bare_load())
        finish()
    print(json.dumps(result))


def make_firm() -> Any:
    """One administrator and nine members, who own a tenth of the people each."""
    from amity.foundation.accounts.services import add_member, create_workspace

    workspace = create_workspace(name="Bench", country="GB", currency="EUR")
    for place in range(data.OWNERS):
        role = "member" if place else "admin"
        add_member(
            workspace=workspace,
            email=data.owner_email(place),
            role_key=role,
            password=None,
            name=f"User {place}",
        )
    return workspace


def admin(workspace: Any) -> Any:
    from amity.foundation.accounts.actor import load_actor
    from amity.foundation.accounts.models import User

    return load_actor(workspace.pk, User.objects.get(email=data.owner_email(0)).pk, "import")


def fill(workspace: Any, count: int) -> dict[str, Any]:
    from django.conf import settings

    from amity.foundation.records.objects import specs_for

    specs_for(workspace)
    make_fields(admin(workspace))
    home = Path(settings.AMITY_HOME)
    firms = max(count // SHARE, 1)
    first = run_import(workspace, "companies", data.write_csv(home / "companies.csv", data.companies(firms)))
    result = run_import(workspace, "people", data.write_csv(home / "people.csv", data.people(count, firms)))
    return {**result, "companies": first}


def make_fields(actor: Any) -> None:
    from amity.foundation.records.models import FieldRow
    from amity.foundation.records.services.schema import create_field, refresh
    from amity.foundation.records.services.slots import fill_slot_job

    for label, kind, options, fast in data.FIELDS:
        row = create_field(
            actor=actor, object_key="people", type_name=kind, label=label, options=list(options), fast=fast
        )
        refresh(actor)
        if fast:
            fill_slot_job.func(field_id=row.pk)
    assert not FieldRow.objects.exclude(slot="").filter(slot_ready=False).exists()
    refresh(actor)


def run_import(workspace: Any, key: str, path: Path) -> dict[str, Any]:
    """Import one file and say how fast: as a whole, and its last fifth against its first."""
    from django.db import connection

    from amity.foundation.records.models import ImportRun
    from amity.foundation.records.objects import spec_for
    from amity.foundation.records.services import imports

    workspace.refresh_from_db()
    actor = admin(workspace)
    spec = spec_for(actor.workspace, key)
    run = imports.start_draft(actor=actor, spec=spec, file_name=path.name, path=path)
    _map_own_fields(spec, run)
    run = imports.begin(actor=actor, run=run)
    points: list[float] = [time.perf_counter()]

    def after_each_set(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "records_importrun"') and '"position" =' in sql:
            points.append(time.perf_counter())
        return execute(sql, params, many, context)

    cpu = time.process_time()
    with connection.execute_wrapper(after_each_set):
        imports.work(actor, run)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - points[0]
    run = ImportRun.objects.get(pk=run.pk)
    if run.refused or run.updated or run.skipped or run.state != "done":
        problems = list(run.refusals.values_list("cells", "problems")[:3])
        raise SystemExit(
            f"{run.state} {run.created} {run.updated} {run.skipped} {run.refused} {run.error} {problems}"
        )
    return {"rows": run.created, "wall": wall, "cpu": cpu, "growth": growth(points)}


def _map_own_fields(spec: Any, run: Any) -> None:
    by_label = {str(item.label): item.key for item in spec.fields if item.custom}
    for column in run.mapping["columns"]:
        if column["column"] in by_label:
            column.update(action="map", target=by_label[column["column"]], part="", group="", label="")
    run.rules["keys"] = ["external_id", "email", "phone"] if spec.key == "people" else ["name"]
    run.save()


def growth(points: list[float]) -> float:
    """How much longer a set takes in the last fifth than in the first."""
    took = [after - before for before, after in pairwise(points)]
    share = max(len(took) // 5, 1)
    return median(took[-share:]) / median(took[:share])


def bare_load() -> dict[str, float]:
    """The same columns of people into a table without any index, JSON made row by row, a set at a time."""
    import orjson
    from django.db import connection, transaction

    from amity.apps.people.models import Person

    columns = [item.column for item in Person._meta.concrete_fields]
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM people_person LIMIT {RAW_ROWS}")
        rows = [list(row) for row in cursor.fetchall()]
        cursor.execute(f"CREATE TABLE bench_raw AS SELECT {names} FROM people_person LIMIT 0")
    place = columns.index("custom")
    for row in rows:
        row[place] = orjson.loads(row[place]) if isinstance(row[place], str) else row[place]
    wall, cpu = time.perf_counter(), time.process_time()
    for start in range(0, len(rows), SET):
        chunk = [
            [*row[:place], orjson.dumps(row[place]).decode(), *row[place + 1 :]]
            for row in rows[start : start + SET]
        ]
        with transaction.atomic():
            _load("bench_raw", columns, chunk)
    found = {
        "raw_rows": len(rows),
        "raw_wall": time.perf_counter() - wall,
        "raw_cpu": time.process_time() - cpu,
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_raw")
    return found


def _load(table: str, columns: list[str], rows: list[list[Any]]) -> None:
    from django.db import connection

    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
            return
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([_json(value) for value in row])


def _json(value: Any) -> Any:
    import orjson

    return orjson.dumps(value).decode() if isinstance(value, list | dict) else value


def finish() -> None:
    """No job is left over, and the database knows its own statistics as after a night's rest."""
    from django.db import connection

    from amity.foundation.core.models import Job

    Job.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""`amity import`: read a file into an object, with the same mapping, rules and rights as the page."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from amity.foundation.accounts.actor import Actor, actor_for
from amity.foundation.accounts.models import Membership, Workspace, normal_login
from amity.foundation.core.jobs.api import worker_alive
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.scope import scope
from amity.foundation.records.importing.mapping import Proposal
from amity.foundation.records.importing.source import SourceError
from amity.foundation.records.models import ImportRun
from amity.foundation.records.objects import enabled_specs
from amity.foundation.records.services import import_files, imports
from amity.foundation.records.spec import ObjectSpec
from config.cli import FAILED, OK, PARTLY
from config.cli.data import Usage, choose_workspace, complain, say

PAUSE = 0.5  # seconds between looks at a worker's progress


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="CSV, .xlsx, .ods, vCard or JSON Lines")
    parser.add_argument(
        "--object", default="", metavar="KEY", help="people, companies or an object of your own"
    )
    parser.add_argument(
        "--map", type=Path, metavar="FILE", help="a mapping as --print-map writes it, corrected by you"
    )
    parser.add_argument("--print-map", action="store_true", help="write the proposed mapping and end")
    parser.add_argument(
        "--on-match", choices=("update", "skip", "create"), default="update", help="records there already"
    )
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="NAME",
        help="match by this (repeat): email, phone, name …",
    )
    parser.add_argument(
        "--drop-bad", action="store_true", help="leave unreadable values out instead of refusing rows"
    )
    parser.add_argument("--tag", action="append", default=[], help="add this tag to every record (repeat)")
    parser.add_argument("--dry-run", action="store_true", help="count and refuse, write no record")
    parser.add_argument(
        "--wait", action="store_true", help="wait for the end, doing the work here if no worker runs"
    )
    parser.add_argument(
        "--as",
        dest="email",
        default="",
        metavar="EMAIL",
        help="with this person's rights; else the first administrator's",
    )
    parser.add_argument(
        "--workspace", default="", metavar="NAME", help="name or host, when there are several"
    )


def run(options: Namespace) -> int:
    workspace = choose_workspace(options.workspace)
    with scope(workspace.pk):
        actor = person(workspace, options.email)
        draft = make_draft(options, actor)
        if options.print_map:
            sys.stdout.write(json.dumps(draft.mapping, ensure_ascii=False, indent=2) + "\n")
            import_files.delete_run(actor=actor, run=draft)
            return OK
        imports.begin(actor=actor, run=draft, dry_run=options.dry_run)
        say(f"Import {draft.pk} of {draft.file_name} began.")
        return follow(draft.pk) if options.wait else OK


def person(workspace: Workspace, email: str) -> Actor:
    """Somebody's rights of today; without a name the first administrator's. Raises Usage."""
    members = Membership.unscoped.select_related("user", "role", "workspace")
    found = members.filter(workspace=workspace, is_active=True, user__is_active=True)
    found = found.filter(user__email=normal_login(email)) if email else found.filter(role__admin=True)
    member = found.order_by("pk").first()
    if member is None:
        raise Usage(f"{email or 'An administrator'} has no place in “{workspace.name}”.")
    return actor_for(member, "import")


def make_draft(options: Namespace, actor: Actor) -> ImportRun:
    path = import_files.keep_file(_chunks(options.file))
    try:
        spec = choose_object(options.object, path, actor)
        draft = imports.start_draft(actor=actor, spec=spec, file_name=options.file.name, path=path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    rules: dict[str, Any] = {"on_match": options.on_match, "drop_bad": options.drop_bad, "tags": options.tag}
    rules |= {"keys": options.key} if options.key else {}
    try:
        imports.set_mapping(actor=actor, run=draft, mapping=_mapping(options.map, draft), rules=rules)
    except BaseException:
        import_files.delete_run(actor=actor, run=draft)
        raise
    return draft


def _chunks(path: Path) -> Iterator[bytes]:
    if not path.is_file():
        raise Usage(f"There is no file {path}.")
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def choose_object(wanted: str, path: Path, actor: Actor) -> ObjectSpec:
    specs = imports.importable(actor, enabled_specs(actor))
    key = wanted or (imports.guess_object(path, actor, specs) if specs else "")
    found = next((spec for spec in specs if spec.key == key), None)
    if found is None:
        names = ", ".join(spec.key for spec in specs)
        raise Usage(f"Say --object and one of: {names}." if specs else "This person may not import anything.")
    return found


def _mapping(path: Path | None, draft: ImportRun) -> dict[str, Any]:
    """The draft's own mapping, or a file's, whose columns may stand in another order."""
    if path is None:
        return dict(draft.mapping)
    try:
        proposal = Proposal.from_json(json.loads(path.read_text("utf-8")))
    except (ValueError, SourceError) as error:
        raise Usage(f"{path} is no mapping: {error}") from error
    return proposal.for_columns([column["column"] for column in draft.mapping["columns"]]).to_json()


def follow(run_id: int) -> int:
    """Wait for the end. The last line tells what became of the rows."""
    told = ""
    while (now := ImportRun.objects.get(pk=run_id)).state == "running":
        if not worker_alive():
            run_pending()
            continue
        line = (
            f"{int(now.share * 100)} %: created {now.created}, updated {now.updated}, refused {now.refused}"
        )
        if line != told:
            say(line)
            told = line
        time.sleep(PAUSE)
    if now.state == "failed":
        complain(now.error, FAILED)
    sys.stdout.write(
        f"created {now.created}, updated {now.updated}, skipped {now.skipped}, refused {now.refused}\n"
    )
    if now.state != "done":
        return FAILED
    return PARTLY if now.refused else OK

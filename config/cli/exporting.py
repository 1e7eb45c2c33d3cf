"""`amity export`: the records of an object as a file, with the same rights as the page."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import BinaryIO

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.scope import scope
from amity.foundation.records.listing import Query
from amity.foundation.records.models import SavedView
from amity.foundation.records.objects import enabled_specs
from amity.foundation.records.services.exports import FORMATS, Export, export
from amity.foundation.records.spec import ObjectSpec
from config.cli import OK
from config.cli.data import Usage, choose_workspace, say
from config.cli.importing import person


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("object", help="people, companies or an object of your own")
    parser.add_argument("--format", choices=list(FORMATS), default="csv")
    parser.add_argument(
        "--view", default="", metavar="NAME", help="only what this saved view shows, with its columns"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write here instead of to standard output"
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
        spec = next((spec for spec in enabled_specs(workspace) if spec.key == options.object), None)
        if spec is None:
            names = ", ".join(item.key for item in enabled_specs(workspace))
            raise Usage(f"There is no object “{options.object}”; there are: {names}.")
        query, columns = _query(options.view, spec, actor)
        file = export(actor=actor, spec=spec, query=query, format=options.format, columns=columns)
        _write(options.output, file)
    say(f"{file.count} records of {options.object} written.")
    return OK


def _query(name: str, spec: ObjectSpec, actor: Actor) -> tuple[Query, tuple[str, ...]]:
    if not name:
        return Query(), ()
    views = SavedView.objects.filter(object_type_id=spec.type_id, name__iexact=name)
    view = next((item for item in views if item.owner_id in (None, actor.user_id)), None)
    if view is None:
        raise Usage(f"There is no view “{name}”.")
    known = {item.key for item in spec.live_fields}
    columns = tuple(key for key in view.config.get("columns", []) if key in known)
    texts = {key: view.config.get(key, "") for key in ("sort", "search")}
    return Query(filter=view.config.get("filter"), **texts), columns


def _write(path: Path | None, file: Export) -> None:
    """A file appears under its name only when it is whole."""
    if path is None:
        _copy(file, sys.stdout.buffer)
        return
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as target:
            _copy(file, target)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _copy(file: Export, target: BinaryIO) -> None:
    for chunk in file.chunks:
        target.write(chunk)
    target.flush()

"""Files on records: kept under random names outside the web root, given to those who see the record."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Denied, Invalid, NotFound
from amity.foundation.core.text import clean_text
from amity.foundation.records.access import get_record
from amity.foundation.records.models import StoredFile
from amity.foundation.records.objects import spec_by_type
from amity.foundation.records.services.records import update_record
from amity.foundation.records.spec import Field, ObjectSpec

MAX_BYTES = 25 * 1024 * 1024
MAX_FILES = 500
EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
# What a file says in its first bytes outweighs its name.
SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
    (b"MZ", "application/octet-stream"),
    (b"\x7fELF", "application/octet-stream"),
)
ZIPPED = ("application/vnd.openxmlformats-", "application/vnd.oasis.", "application/epub", "application/zip")
INERT = "application/octet-stream"
ACTIVE = re.compile(r"html|svg|xml|script|php|perl|python|java|shell|x-sh|xhtml|x-httpd", re.IGNORECASE)


def add_file(
    *, actor: Actor, spec: ObjectSpec, record_id: int, upload: Any, field_key: str = ""
) -> StoredFile:
    """Keep an uploaded file (name, size, chunks()). Raises Invalid when too large, empty or harmful."""
    record = get_record(spec, actor, record_id, "edit")
    if upload is None or not upload.size:
        raise Invalid.one("file", "required", _("Choose a file that is not empty."))
    if upload.size > MAX_BYTES:
        raise Invalid.one(
            "file", "too_large", _("A file has at most %(n)s MB.") % {"n": MAX_BYTES // 1024 // 1024}
        )
    if files_of(spec, actor.workspace_id, record.pk).count() >= MAX_FILES:
        raise Invalid.one("file", "too_many", _("A record takes at most %(n)s files.") % {"n": MAX_FILES})
    name = safe_name(upload.name)
    path, digest, head = _write(actor.workspace_id, upload)
    try:
        stored: StoredFile = StoredFile.unscoped.create(
            workspace_id=actor.workspace_id, object_type_id=spec.type_id, record_id=record.pk, name=name,
            path=path,
            size=upload.size, content_type=content_type(name, head), sha256=digest, field_key=field_key,
            uploaded_by_id=actor.user_id,
        )  # fmt: skip
    except BaseException:
        (root() / path).unlink(missing_ok=True)
        raise
    return stored


def root() -> Path:
    storages: Any = settings.STORAGES
    return Path(storages["default"]["OPTIONS"]["location"])


def _write(workspace_id: int, upload: Any) -> tuple[str, str, bytes]:
    """To the disk under a random name, readable by us alone. Returns path, SHA-256 and the first bytes."""
    name = secrets.token_hex(20)
    path = f"{workspace_id}/{name[:2]}/{name}"
    full = root() / path
    full.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, head, size, tail = hashlib.sha256(), b"", 0, b""
    handle = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in upload.chunks():
                head = (head + chunk[:512])[:512]
                size += len(chunk)
                _check_chunk(size, tail + chunk)
                tail = chunk[-len(EICAR) :]
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())  # the row that names it will be as safe
    except BaseException:
        full.unlink(missing_ok=True)
        raise
    return path, digest.hexdigest(), head


def _check_chunk(size: int, data: bytes) -> None:
    if size > MAX_BYTES:
        raise Invalid.one(
            "file", "too_large", _("A file has at most %(n)s MB.") % {"n": MAX_BYTES // 1024 // 1024}
        )
    if EICAR in data:
        raise Invalid.one("file", "harmful", _("This file looks harmful and was not kept."))


def safe_name(name: str) -> str:
    """What the file is called: no path, no control or direction signs, at most 150 characters."""
    base = re.split(r"[/\\]", str(name or ""))[-1]
    base = clean_text(
        re.sub(r'[\x00-\x1f\x7f<>:"|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]', "", base),
        multiline=False,
        limit=400,
    )
    stem, dot, ending = base.strip(". ").rpartition(".")
    if not dot:
        return (ending or _("file"))[:150]
    return f"{stem[: 140 - len(ending[:10])]}.{ending[:10]}"


def content_type(name: str, head: bytes) -> str:
    """By the first bytes, then by the ending; anything a browser could run is inert."""
    guessed = mimetypes.guess_type(name)[0] or INERT
    for start, kind in SIGNATURES:
        if head.startswith(start):
            return guessed if kind == "application/zip" and guessed.startswith(ZIPPED) else kind
    claims_binary = any(guessed == kind for _start, kind in SIGNATURES)
    return INERT if claims_binary or ACTIVE.search(guessed) else guessed


def files_of(spec: ObjectSpec, workspace_id: int, record_id: int) -> Any:
    return StoredFile.unscoped.filter(
        workspace_id=workspace_id, object_type_id=spec.type_id, record_id=record_id, deleted_at=None
    )


def get_file(
    *, actor: Actor, file_id: int, verb: str = "see", trash: bool = False
) -> tuple[StoredFile, ObjectSpec]:
    """The file if one may use the verb on its record. NotFound for absent and unseen alike."""
    rows = StoredFile.unscoped.filter(
        workspace_id=actor.workspace_id, pk=file_id, deleted_at__isnull=not trash
    )
    stored = rows.first()
    spec = spec_by_type(actor, stored.object_type_id) if stored else None
    if stored is None or spec is None or not spec.enabled or not actor.may(spec.key, "see"):
        raise NotFound
    get_record(spec, actor, stored.record_id, verb)
    field = spec.field(stored.field_key) if stored.field_key else None
    if field is not None and field.hidden:
        raise NotFound
    return stored, spec


def read_chunks(stored: StoredFile) -> Iterator[bytes]:
    """The content in pieces; NotFound when the disk has lost it."""
    path = root() / stored.path
    if not path.is_file():
        raise NotFound
    return _chunks(path)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(64 * 1024):
            yield chunk


def delete_file(*, actor: Actor, file_id: int) -> tuple[StoredFile, ObjectSpec]:
    """To the trash; the content stays until the purge."""
    stored, spec = get_file(actor=actor, file_id=file_id, verb="edit")
    stored.deleted_at = now()
    stored.save(update_fields=["deleted_at"])
    return stored, spec


def restore_file(*, actor: Actor, file_id: int) -> tuple[StoredFile, ObjectSpec]:
    stored, spec = get_file(actor=actor, file_id=file_id, verb="edit", trash=True)
    stored.deleted_at = None
    stored.save(update_fields=["deleted_at"])
    return stored, spec


def strays(before: datetime) -> Iterator[Path]:
    """Contents older than `before` that no row names: a process was killed between the file and its row."""
    paths = (path for path in root().glob("*/??/*") if path.stat().st_mtime < before.timestamp())
    while some := {str(path.relative_to(root()).as_posix()): path for path in islice(paths, 500)}:
        known = StoredFile.unscoped.filter(path__in=some).values_list("path", flat=True)
        yield from (some[name] for name in some.keys() - set(known))


def field_from_form(*, actor: Actor, spec: ObjectSpec, record_id: int, field: Field, upload: Any) -> Any:
    """Put an upload into a file field, or empty it when nothing was chosen. Returns the record."""
    if actor.read_only:
        raise Denied
    stored = None
    try:
        with transaction.atomic():
            if upload is not None:
                stored = _add_to_field(actor, spec, record_id, field.key, upload)
            value = stored.pk if stored else None
            return update_record(actor=actor, spec=spec, record_id=record_id, values={field.key: value})
    except BaseException:
        if stored is not None:  # its row was taken back
            (root() / stored.path).unlink(missing_ok=True)
        raise


def _add_to_field(actor: Actor, spec: ObjectSpec, record_id: int, key: str, upload: Any) -> StoredFile:
    try:
        return add_file(actor=actor, spec=spec, record_id=record_id, upload=upload, field_key=key)
    except Invalid as error:
        raise Invalid.one(key, error.errors[0].code, str(error)) from error

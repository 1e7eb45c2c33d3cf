"""Contents of files and their rows come and go together."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError

from amity.foundation.records import jobs
from amity.foundation.records.models import StoredFile
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import files
from amity.foundation.records.services.records import create_record
from amity.foundation.records.services.schema import create_field
from amity.testing.world import refresh

DAYS = 24 * 3600


@pytest.fixture
def person(firm, settings, tmp_path):
    settings.AMITY_HOME = tmp_path
    storage = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    create_field(actor=firm.admin, object_key="people", type_name="file", label="Contract", key="contract")
    refresh(firm)
    people = spec_for(firm.workspace, "people")
    return {
        "actor": firm.admin,
        "spec": people,
        "record_id": create_record(actor=firm.admin, spec=people, values={"name": "Ana"}),
    }


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("plan.txt", b"plan")


def contents() -> list[Path]:
    return [path for path in files.root().rglob("*") if path.is_file()]


def test_what_a_failed_edit_wrote_is_removed(person, monkeypatch):
    def fail(**_words):
        raise OperationalError("the disk is full")

    field = person["spec"].field("contract")
    with monkeypatch.context() as patch, pytest.raises(OperationalError):
        patch.setattr(files, "update_record", fail)
        files.field_from_form(**person, field=field, upload=upload())
    assert (contents(), StoredFile.unscoped.count()) == ([], 0)
    files.field_from_form(**person, field=field, upload=upload())
    assert (len(contents()), StoredFile.unscoped.count()) == (1, 1)


def test_what_a_killed_process_left_goes_after_a_day(person, tmp_path):
    kept = files.root() / files.add_file(**person, upload=upload()).path
    old, fresh = kept.with_name("0" * 40), kept.with_name("1" * 40)
    workbook = tmp_path / "exports" / "x.xlsx"
    workbook.parent.mkdir()
    for path in (old, fresh, workbook):
        path.write_bytes(b"x")
    for path in (kept, old, workbook):
        os.utime(path, (time.time() - 2 * DAYS,) * 2)
    assert jobs.remove_strays.func() == 2
    assert sorted(contents()) == sorted([kept, fresh])
    assert not workbook.exists()

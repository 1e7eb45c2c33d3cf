"""`amity import` and `amity export` as scripts see them."""

from __future__ import annotations

import json
from pathlib import Path

from amity.apps.people.models import Person
from amity.foundation.records.models import ImportRun
from config.tests.test_backup import PASSWORD
from config.tests.test_commands import run  # noqa: F401  a fixture

SAMPLES = Path(__file__).parents[2] / "examples" / "imports"


def people(call) -> None:
    assert call("user", "add", "ann@example.com", "--role", "admin", password=PASSWORD) == 0


def test_import_waits_and_tells(run, capsys, tmp_path):  # noqa: F811
    people(run)
    capsys.readouterr()
    assert (
        run("import", str(SAMPLES / "google.csv"), "--wait", "--tag", "old", "--as", "Ann@example.com") == 3
    )
    told = capsys.readouterr()
    assert told.out.splitlines()[-1] == "created 26, updated 0, skipped 0, refused 2"
    assert Person.unscoped.filter(deleted_at=None).count() == 26
    assert "old" in Person.unscoped.first().tags
    assert run("import", str(SAMPLES / "google.csv"), "--wait", "--drop-bad", "--tag", "old") == 0
    assert capsys.readouterr().out == "created 2, updated 0, skipped 26, refused 0\n"


def test_a_dry_run_writes_no_record(run, capsys):  # noqa: F811
    people(run)
    assert run("import", str(SAMPLES / "google.csv"), "--wait", "--dry-run") == 3
    assert capsys.readouterr().out.endswith("created 26, updated 0, skipped 0, refused 2\n")
    assert not Person.unscoped.exists()


def test_the_mapping_can_be_taken_out_and_corrected(run, capsys, tmp_path):  # noqa: F811
    people(run)
    file, mapping = tmp_path / "a.csv", tmp_path / "map.json"
    file.write_text("Given,Odd\nAna,x\n")
    capsys.readouterr()
    assert run("import", str(file), "--object", "people", "--print-map") == 0
    found = json.loads(capsys.readouterr().out)
    assert not ImportRun.unscoped.exists()
    found["columns"][0] |= {"action": "map", "target": "first_name", "part": ""}
    found["columns"][1] |= {"action": "map", "target": "job_title", "part": ""}
    mapping.write_text(json.dumps(found))
    assert run("import", str(file), "--object", "people", "--map", str(mapping), "--wait") == 0
    assert Person.unscoped.values_list("first_name", "job_title").get() == ("Ana", "x")


def test_wrong_usage_is_told_in_a_line(run, capsys, tmp_path):  # noqa: F811
    people(run)
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    good = str(SAMPLES / "google.csv")
    for words in (
        ["import", str(tmp_path / "none.csv")], ["import", good, "--as", "nobody@example.com"],
        ["import", good, "--object", "planets"], ["import", good, "--map", str(bad)], ["import", good, "--key", "shoe"],
        ["export", "planets"], ["export", "people", "--view", "none"],
    ):  # fmt: skip
        assert run(*words) == 2, words
        assert "Traceback" not in capsys.readouterr().err
    assert not ImportRun.unscoped.exists()


def test_export_writes_a_whole_file(run, capsys, tmp_path):  # noqa: F811
    people(run)
    assert run("import", str(SAMPLES / "google.csv"), "--wait", "--drop-bad") == 0
    target = tmp_path / "people.jsonl"
    assert run("export", "people", "--format", "jsonl", "--output", str(target)) == 0
    assert len(target.read_text().splitlines()) == 28
    assert [path.name for path in tmp_path.glob("people*")] == ["people.jsonl"]

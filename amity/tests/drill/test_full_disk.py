"""A real Amity on a small disk of its own that fills up, and gets room again, while programs write and upload."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amity.tests.browser.installation import CODE, ROOT, Installation, installation
from amity.tests.drill.program import Program, administrator, ask, assert_sound

MEGABYTES = 8
pytestmark = pytest.mark.drill


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(disk)]
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.fixture
def site(small_disk: Path) -> Iterator[Installation]:
    (small_disk / "tmp").mkdir()
    settings = {"AMITY_API_LIMIT": "0", "TMPDIR": str(small_disk / "tmp")}
    with installation(small_disk, settings=settings) as running:
        yield running


def fill(disk: Path) -> Path:
    """Take what room there is."""
    path = disk / "filler"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 12))
        except OSError:
            return path


def until_full(program: Program, start: int) -> tuple[dict[int, str], Any]:
    """Create until a refusal; what was acknowledged, and the refusal. The database may have room in its own files."""
    made: dict[int, str] = {}
    for number in range(start, start + 5000):
        answer = program("POST", "companies", {"name": f"C{number}", "description": "x" * 5000})
        if answer.status != 201:
            return made, answer
        made[answer.data["id"]] = f"C{number}"
    raise AssertionError("the disk never was full")


def strays(site: Installation) -> list[Path]:
    """Files no record names, and what an upload left on the way."""
    kept = {site.home / "files" / path for (path,) in ask(site, "SELECT path FROM records_storedfile")}
    places = [site.home / "files", site.home / "imports", site.home / "tmp"]
    return [path for place in places for path in place.rglob("*") if path.is_file() and path not in kept]


def test_a_full_disk_is_told_and_left_behind(site: Installation) -> None:
    program = Program(site, administrator(site))
    first = program("POST", "companies", {"name": "First"}).data["id"]
    made = {first: "First"}
    for turn in range(2):
        filler = fill(site.home)
        if not site.env["DATABASE_URL"]:
            more, refusal = until_full(program, turn * 10_000)
            made |= more
            assert (refusal.status, refusal.data["code"]) == (507, "disk_full")

            assert program("GET", "companies?limit=1").status == 200

        else:
            made[program("POST", "companies", {"name": f"P{turn}"}).data["id"]] = f"P{turn}"
        upload = program.upload(f"companies/{first}/files", os.urandom(3 << 20))
        assert (upload.status, upload.data["code"]) == (507, "disk_full")
        assert strays(site) == []
        filler.unlink()
        after = program("POST", "companies", {"name": f"After {turn}"})
        assert after.status == 201
        made[after.data["id"]] = f"After {turn}"
        kept = program.upload(f"companies/{first}/files", os.urandom(1 << 18))
        assert kept.status == 201
        assert dict(ask(site, "SELECT id, title FROM people_company")) == made
        assert_sound(site)
        assert strays(site) == []


def test_a_disk_that_cannot_be_written_is_told_at_the_start(small_disk: Path) -> None:
    home = small_disk / "home"
    home.mkdir()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    environment = {name: text for name, text in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-c", CODE, "start", "--port", "8719"],
        env=environment | {"AMITY_HOME": str(home), "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "Read-only file system" in done.stderr
    assert str(home) in done.stderr
    assert "Traceback" not in done.stderr

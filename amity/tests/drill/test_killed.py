"""Kill everything while programs write, start again: what was acknowledged is there, exactly once."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from amity.tests.browser.installation import Installation, installation
from amity.tests.drill.program import LOST, Program, administrator, ask, assert_sound

ROUNDS = int(os.environ.get("DRILL_ROUNDS") or 5)
CLIENTS = 4
pytestmark = [pytest.mark.drill, pytest.mark.skipif(os.name == "nt", reason="kills a process group")]


@dataclass
class Writer:
    """One program that creates, edits and uploads; its journal holds what was acknowledged.

    What got no answer is sent again after the next start: a POST with the same key, a PATCH as it was.
    """

    number: int
    program: Program
    chance: random.Random
    ids: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    files: list[tuple[str, int, bytes]] = field(default_factory=list)
    refused: list[Any] = field(default_factory=list)
    waiting: Any = None
    made: int = 0
    answered: int = 0

    def work(self) -> None:
        """Until the connection breaks."""
        try:
            while True:
                self.waiting = self.waiting or self.next()
                self.waiting[0](*self.waiting[1:])
                self.waiting = None
        except LOST:
            if self.waiting[0] == self.upload:  # has no key, so it is not sent twice
                self.waiting = None

    def next(self) -> Any:
        self.made += 1
        dice = self.chance.random()
        if not self.ids or dice < 0.4:
            return self.create, f"w{self.number}n{self.made}e", f"key-{self.number}-{self.made}"
        person = self.chance.choice(list(self.ids))
        if dice < 0.9:
            return self.edit, person, f"{person} edit {self.made}"
        return self.upload, person, self.chance.randbytes(self.chance.randint(1, 30_000))

    def create(self, who: str, key: str) -> None:
        answer = self.program("POST", "companies", {"name": who}, **{"Idempotency-Key": key})
        if self.right(answer, 201):
            self.ids[who], self.names[who] = answer.data["id"], who

    def edit(self, who: str, name: str) -> None:
        if self.right(self.program("PATCH", f"companies/{self.ids[who]}", {"name": name}), 200):
            self.names[who] = name

    def upload(self, who: str, content: bytes) -> None:
        path = f"companies/{self.ids[who]}/files"
        answer = self.program.upload(path, content)
        if self.right(answer, 201):
            self.files.append((path, answer.data["id"], content))

    def right(self, answer: Any, status: int) -> bool:
        self.answered += 1
        if answer.status != status:
            self.refused.append(answer)
        return bool(answer.status == status)


def answered(writers: list[Writer]) -> int:
    return sum(writer.answered for writer in writers)


def killed_while_writing(site: Installation, writers: list[Writer], seconds: float) -> None:
    threads = [threading.Thread(target=writer.work) for writer in writers]
    before, patience = answered(writers), time.monotonic() + 60
    for thread in threads:
        thread.start()
    while answered(writers) == before and time.monotonic() < patience:
        time.sleep(0.02)
    time.sleep(seconds)
    site.kill()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def nothing_is_lost(site: Installation, writers: list[Writer]) -> None:
    """What waits for its answer may be there or not; everything else is as acknowledged."""
    rows = ask(site, "SELECT id, title FROM people_company")
    found: dict[int, str] = dict(rows)
    assert max(Counter(name.partition(" ")[0] for name in found.values()).values(), default=0) <= 1
    for writer in writers:
        assert writer.refused == []
        unsure = writer.waiting[1] if writer.waiting else ""
        for who, row_id in writer.ids.items():
            expected = {writer.names[who]} | ({writer.waiting[2]} if who == unsure else set())
            assert found.pop(row_id) in expected
    unsure_names = {writer.waiting[1] for writer in writers if writer.waiting}
    assert set(found.values()) <= unsure_names


def test_no_acknowledged_write_is_lost_or_done_twice(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with installation(tmp_path / "home", settings={"AMITY_API_LIMIT": "0"}) as site:
        program = Program(site, administrator(site))
        writers = [Writer(n, program, random.Random(seed + n)) for n in range(CLIENTS)]
        for _round in range(ROUNDS):
            before = sum(writer.made for writer in writers)
            killed_while_writing(site, writers, chance.uniform(0.2, 1.0))
            assert sum(writer.made for writer in writers) > before
            site.start()
            nothing_is_lost(site, writers)
            assert_sound(site)
        killed_while_writing(site, writers, 0.5)
        site.start()
        nothing_is_lost(site, writers)
        for path, file_id, content in [kept for writer in writers for kept in writer.files]:
            assert program("GET", f"{path}/{file_id}").data == content
        assert sum(len(writer.ids) for writer in writers) > ROUNDS

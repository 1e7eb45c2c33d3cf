"""One running Amity per data folder: a lock on `amity.lock`, which the system drops when we die."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

NAME = "amity.lock"


class AlreadyRunning(Exception):
    """Another process holds the folder; `pid` is 0 and `address` empty when it did not say."""

    def __init__(self, home: Path, pid: int, address: str) -> None:
        self.home, self.pid, self.address = home, pid, address
        where = f" at {address}" if address else ""
        super().__init__(f"Amity already runs on {home}{where} (process {pid or 'unknown'}).")


@contextmanager
def hold(home: Path, address: str, name: str = NAME) -> Iterator[None]:
    """Keep the folder for this process; raises AlreadyRunning. The file stays, only the lock goes."""
    with (home / name).open("a+", encoding="utf-8") as file:
        if not _lock(file):
            raise AlreadyRunning(home, *_holder(file))
        _write(file, {"pid": os.getpid(), "address": address})
        yield
        _write(file, {})


def running(home: Path) -> tuple[int, str] | None:
    """Process id and address of the Amity that holds the folder now, None when none does."""
    path = home / NAME
    if not path.exists():
        return None
    with path.open("a+", encoding="utf-8") as file:
        return None if _lock(file) else _holder(file)


def _write(file: IO[str], content: dict[str, Any]) -> None:
    file.seek(0)
    file.truncate()
    file.write(json.dumps(content))
    file.flush()


def _holder(file: IO[str]) -> tuple[int, str]:
    file.seek(0)
    try:
        content = json.loads(file.read() or "{}")
    except ValueError:  # read while the other was writing
        content = {}
    return content.get("pid", 0), content.get("address", "")


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # a locked byte cannot be read on Windows, so lock one behind the text

    def _lock(file: IO[str]) -> bool:
        os.lseek(file.fileno(), _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

"""Tasks and handlers that the tests run, some of them in other processes."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import ClassVar

from django_tasks import task

from amity.foundation.core.errors import Invalid, LimitReached, ProviderFailed
from amity.foundation.core.events import Event
from amity.foundation.core.jobs import context
from amity.foundation.core.scope import current_workspace_id, has_scope

seen: list[object] = []


@dataclass(frozen=True)
class LampLit(Event):
    name: ClassVar[str] = "sample.lamp_lit"
    lamp: int
    rooms: tuple[str, ...] = ()


def write(path: str, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(handle, f"{text}\n".encode())
    os.close(handle)


@task
def mark(path: str, text: str) -> None:
    write(path, text)


@task
def mark_and_hang_once(path: str) -> None:
    """The first attempt never ends by itself."""
    write(path, "begun")
    with open(path) as file:
        if len(file.readlines()) == 1:
            time.sleep(300)
    write(path, "ended")


@task
def until_told(path: str) -> None:
    write(path, "begun")
    while not context.should_stop():
        time.sleep(0.01)
    write(path, "stopped")
    raise context.RunAgain


@task
def where() -> int | None:
    return current_workspace_id() if has_scope() else None


@task
def remember(value: object) -> object:
    seen.append(value)
    return value


@task
def stumble() -> None:
    raise RuntimeError("password=hunter2")


@task
def refuse(kind: str) -> None:
    if kind == "permanent":
        raise ProviderFailed("gone", permanent=True)
    if kind == "passing":
        raise ProviderFailed("busy", permanent=False)
    if kind == "limit":
        raise LimitReached("slow down", retry_after=600)
    raise Invalid.one("name", "required", "Missing.")


@task
def leave() -> None:
    raise SystemExit(3)


@task
def again() -> None:
    raise context.RunAgain(after=60)


@task
def obey() -> None:
    context.report(1, 2, "half")
    context.stop_if_cancelled()


@task
def count_to(total: int) -> None:
    for done in range(1, total + 1):
        context.report(done, total, f"row {done}")


@task(takes_context=True)
def which_attempt(context) -> int:
    return context.attempt


def note_lamp(event: LampLit) -> None:
    seen.append((event, current_workspace_id()))


def note_any(event: Event) -> None:
    seen.append(event.name)


def break_down(event: LampLit) -> None:
    seen.append("tried")
    raise RuntimeError("secret")

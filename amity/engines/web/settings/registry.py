"""Places where other rooms put their pages: cards of the welcome page, entries of the settings menu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from amity.foundation.accounts.actor import Actor


def _always(actor: Actor) -> bool:
    return True


def admins_only(actor: Actor) -> bool:
    return actor.admin


@dataclass(frozen=True)
class FirstStep:
    """One way to begin. `post` makes its button send a form instead of following the link."""

    key: str
    title: Any
    text: Any
    url: str
    icon: str
    button: Any
    post: bool = False
    position: int = 50
    shown: Callable[[Actor], bool] = _always


@dataclass(frozen=True)
class SettingsPage:
    """One entry of the settings menu. `group`: you, firm, people, data, upkeep."""

    group: str
    label: Any
    url: str
    icon: str
    position: int = 50
    shown: Callable[[Actor], bool] = admins_only


_steps: dict[str, FirstStep] = {}
_pages: dict[str, SettingsPage] = {}


def add_first_step(step: FirstStep) -> None:
    """Offer a way to begin on the welcome page; call from `AppConfig.ready`. The last one with a key wins."""
    _steps[step.key] = step


def add_settings_page(page: SettingsPage) -> None:
    """Add an entry to the settings menu; call from `AppConfig.ready`."""
    _pages[page.url] = page


def first_steps() -> list[FirstStep]:
    return sorted(_steps.values(), key=lambda step: step.position)


def settings_pages() -> list[SettingsPage]:
    return sorted(_pages.values(), key=lambda page: page.position)

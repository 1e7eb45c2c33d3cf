"""What happened among the people of a firm, for other rooms to hear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from amity.foundation.core.events import Event


@dataclass(frozen=True)
class MemberJoined(Event):
    """Somebody used the link of an invitation."""

    name: ClassVar[str] = "accounts.member_joined"
    user_id: int
    invited_by_id: int | None

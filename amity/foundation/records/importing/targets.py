"""What columns of a file can be mapped to: the writable fields of an object, and its consents."""

from __future__ import annotations

from amity.foundation.accounts.actor import Actor
from amity.foundation.records.importing.mapping import Target
from amity.foundation.records.spec import ObjectSpec

NOT_IMPORTED = ("file", "team")


def targets_of(spec: ObjectSpec, actor: Actor) -> list[Target]:
    """Fields in page order. `name` of a person stands for the whole name."""
    found = []
    for field in spec.importable:
        if field.type.name in NOT_IMPORTED:
            continue
        found.append(Target(field.key, str(field.label), field.type.name, field.key))
    return found

"""Stable names for plugins: import from here and from `amity.testing`, and an upgrade will not break you.

Import in a plugin's `models.py` and `objects.py`, never in its `__init__.py`: models must be ready first.
"""

from __future__ import annotations

from typing import Any

from django_tasks import task
from django_tasks.base import Task

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import AmityError, Conflict, Denied, Invalid, NotFound
from amity.foundation.core.events import Event
from amity.foundation.core.jobs.api import enqueue
from amity.foundation.core.outbox import emit, subscribe
from amity.foundation.core.scope import scope
from amity.foundation.records.access import visible
from amity.foundation.records.context import Context
from amity.foundation.records.events import RecordsChanged
from amity.foundation.records.fieldtypes import TYPES, BadValue, FieldType, register_type
from amity.foundation.records.models import LIVE, FoldedField, Record, record_constraints, record_indexes
from amity.foundation.records.objects import register, registered, spec_for
from amity.foundation.records.services.records import (
    create_record,
    delete_record,
    restore_record,
    update_record,
)
from amity.foundation.records.spec import Field, ObjectSpec, Option, Values


def register_object(spec: ObjectSpec) -> ObjectSpec:
    """Bring an object into every workspace: pages, API, search, rights and history follow from the spec.

    Call it while the plugin's app is getting ready. Raises ValueError for a key that another object has.
    """
    known = registered(spec.key)
    if known is not None and known.model is not spec.model:
        raise ValueError(f"There is an object {spec.key!r} already.")
    return register(spec)


def register_field_type(field_type: FieldType) -> None:
    """Offer a field type under its `name`; every object may use it. Raises ValueError for a taken name."""
    known = TYPES.get(field_type.name)
    if known is not None and type(known) is not type(field_type):
        raise ValueError(f"There is a field type {field_type.name!r} already.")
    register_type(field_type)


def register_job(function: Any) -> Task[Any, Any]:
    """Make a function of a module a job for `enqueue`; usable as a decorator."""
    made: Task[Any, Any] = task()(function)
    return made


def field_type(name: str) -> FieldType:
    """A field type by name, for the fields of a spec. Raises KeyError."""
    return TYPES[name]


__all__ = [
    "LIVE", "Actor", "AmityError", "BadValue", "Conflict", "Context", "Denied", "Event", "Field", "FieldType",
    "FoldedField", "Invalid", "NotFound", "ObjectSpec", "Option", "Record", "RecordsChanged", "Values",
    "create_record", "delete_record", "emit", "enqueue", "field_type", "record_constraints", "record_indexes",
    "register_field_type", "register_job", "register_object", "restore_record", "scope", "spec_for", "subscribe",
    "update_record", "visible",
]  # fmt: skip

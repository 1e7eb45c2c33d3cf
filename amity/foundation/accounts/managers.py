"""The first lock of the workspace: querysets that start inside the open scope or not at all."""

from __future__ import annotations

from typing import ClassVar, Self, TypeVar

from django.db import models

from amity.foundation.core.row_security import FIRM
from amity.foundation.core.scope import current_workspace_id

M = TypeVar("M", bound=models.Model)


class ScopedManager(models.Manager[M]):
    """Starts every query in the open workspace; raises `NoScope` when none is open.

    It guards the start of a query only: joins and foreign keys are the services' duty.
    """

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(workspace_id=current_workspace_id())


class WorkspaceModel(models.Model):
    """A row that belongs to one workspace. `unscoped` is for code that needs all firms; it is counted.

    `row_security` is how PostgreSQL guards the table when it holds the second lock: see `core.row_security`.
    """

    row_security: ClassVar[str] = FIRM

    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False
    )

    objects: ClassVar[ScopedManager[Self]] = ScopedManager()
    unscoped: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "objects"

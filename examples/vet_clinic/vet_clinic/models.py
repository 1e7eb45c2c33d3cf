"""Pets as a table."""

from __future__ import annotations

from django.db import models

from amity.engines.extend.door import Record, record_constraints, record_indexes


class Pet(Record):
    """An animal and who brings it. The name is the record's title."""

    species = models.CharField(max_length=40, null=True)
    chip = models.CharField(max_length=40, null=True)
    born = models.DateField(null=True)
    weight = models.FloatField(null=True)
    keeper = models.ForeignKey(
        "people.Person", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )

    class Meta(Record.Meta):
        indexes = record_indexes("pet", "workspace")
        constraints = record_constraints("pet", "workspace")

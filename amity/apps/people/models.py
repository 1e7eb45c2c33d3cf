"""Persons and companies as tables."""

from __future__ import annotations

from django.db import models

from amity.foundation.records.database import Json
from amity.foundation.records.models import (
    LIVE,
    FoldedField,
    Record,
    record_constraints,
    record_indexes,
)


class Contactable(Record):
    """What persons and companies share: ways to reach them and where they come from."""

    emails = Json(default=list)
    email_key = FoldedField(max_length=200, null=True)
    phones = Json(default=list)
    messengers = Json(default=list)
    addresses = Json(default=list)
    website = models.CharField(max_length=2000, null=True)
    source = models.CharField(max_length=40, null=True)
    stage = models.CharField(max_length=40, null=True)
    description = models.TextField(null=True)
    external_id = models.CharField(max_length=250, null=True)

    class Meta(Record.Meta):
        abstract = True


class Company(Contactable):
    """A firm, school, authority: anything people belong to."""

    parent = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="daughters", db_index=False
    )
    kind = models.CharField(max_length=40, null=True)
    industry = models.CharField(max_length=250, null=True)
    employees = models.FloatField(null=True)
    tax_number = models.CharField(max_length=250, null=True)

    class Meta(Contactable.Meta):
        indexes = [
            *record_indexes("company", "workspace"),
            models.Index(
                fields=["workspace", "kind", "title_key", "id"], name="company_board", condition=LIVE
            ),
            models.Index(
                fields=["workspace", "email_key", "id"],
                name="company_email",
                condition=LIVE & models.Q(email_key__isnull=False),
            ),
            models.Index(
                fields=["workspace", "external_id"],
                name="company_external",
                condition=models.Q(external_id__isnull=False),
            ),
            models.Index(
                fields=["parent", "title_key"],
                name="company_parent",
                condition=models.Q(parent__isnull=False),
            ),
        ]
        constraints = record_constraints("company", "workspace")


class Person(Contactable):
    """A human being. Any single part of the name is enough; `title` is the name as its culture writes it."""

    prefix = models.CharField(max_length=60, null=True)
    first_name = models.CharField(max_length=120, null=True)
    middle_name = models.CharField(max_length=120, null=True)
    last_name = models.CharField(max_length=120, null=True)
    suffix = models.CharField(max_length=60, null=True)
    nickname = models.CharField(max_length=120, null=True)
    company = models.ForeignKey(
        Company, on_delete=models.SET_NULL, null=True, related_name="people", db_index=False
    )
    job_title = models.CharField(max_length=250, null=True)
    department = models.CharField(max_length=250, null=True)
    birthday = models.DateField(null=True)
    language = models.CharField(max_length=12, null=True)

    class Meta(Contactable.Meta):
        indexes = [
            *record_indexes("person", "workspace"),
            models.Index(
                fields=["workspace", "stage", "title_key", "id"], name="person_board", condition=LIVE
            ),
            models.Index(
                fields=["workspace", "email_key", "id"],
                name="person_email",
                condition=LIVE & models.Q(email_key__isnull=False),
            ),
            models.Index(
                fields=["workspace", "external_id"],
                name="person_external",
                condition=models.Q(external_id__isnull=False),
            ),
            models.Index(
                fields=["company", "title_key"],
                name="person_company",
                condition=models.Q(company__isnull=False),
            ),
        ]
        constraints = record_constraints("person", "workspace")

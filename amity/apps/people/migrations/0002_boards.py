"""An index for the usual board: the first of each column and how many stand in it are read from it alone."""

from django.db import migrations, models

LIVE = models.Q(deleted_at__isnull=True)


def board(name: str, field: str) -> models.Index:
    return models.Index(fields=["workspace", field, "title_key", "id"], name=name, condition=LIVE)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.AddIndex("company", board("company_board", "kind")),
        migrations.AddIndex("person", board("person_board", "stage")),
    ]

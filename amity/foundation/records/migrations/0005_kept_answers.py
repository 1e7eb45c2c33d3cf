import amity.foundation.core.clock
import amity.foundation.records.database
import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Takes over the table that the api room made; nothing in the database changes."""

    dependencies = [
        ("api", "0001_initial"),
        ("records", "0004_import_results"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="KeptAnswer",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("key", models.CharField(max_length=200)),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("status", models.PositiveSmallIntegerField(default=0)),
                        ("headers", amity.foundation.records.database.Json(default=dict)),
                        ("body", models.TextField(blank=True, default="")),
                        ("progress", amity.foundation.records.database.Json(default=list)),
                        ("created_at", models.DateTimeField(db_index=True, default=amity.foundation.core.clock.now)),
                        ("user", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("workspace", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace")),
                    ],
                    options={
                        "db_table": "api_keptanswer",
                        "abstract": False,
                        "base_manager_name": "unscoped",
                        "default_manager_name": "objects",
                        "constraints": [models.UniqueConstraint(fields=("workspace", "user", "key"), name="answer_once")],
                    },
                    managers=[
                        ("objects", django.db.models.manager.Manager()),
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
            ],
        ),
    ]

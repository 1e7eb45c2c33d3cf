"""What an import tells beside its counts."""

from django.db import migrations

from amity.foundation.records.database import Json


class Migration(migrations.Migration):
    dependencies = [("records", "0003_imports")]

    operations = [migrations.AddField(model_name="importrun", name="results", field=Json(default=dict))]

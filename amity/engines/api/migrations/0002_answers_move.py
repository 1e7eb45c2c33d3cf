from django.db import migrations


class Migration(migrations.Migration):
    """Answers are kept for forms of pages too: the model moved to the records room, its table stays."""

    dependencies = [("api", "0001_initial"), ("records", "0005_kept_answers")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("KeptAnswer")]),
    ]

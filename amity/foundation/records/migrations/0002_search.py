"""The trigram index of the search text, and our folding function on PostgreSQL."""

from django.db import migrations

FOLD = r"""
CREATE OR REPLACE FUNCTION amity_fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT btrim(regexp_replace(regexp_replace(
    normalize(lower(replace(replace(replace(replace(replace(replace(
      translate(value, 'İIıŁłØøĐđÐð', 'iiiLlOoDdDd'),
      'ß', 'ss'), 'æ', 'ae'), 'Æ', 'ae'), 'œ', 'oe'), 'Œ', 'oe'), 'þ', 'th')), NFKD),
    '[\u0300-\u036f]', '', 'g'), '\s+', ' ', 'g'))
$$
"""


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE VIRTUAL TABLE records_search_fts USING fts5("
            "text, facet, content='records_searchrow', content_rowid='id', tokenize='trigram case_sensitive 1')"
        )
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    schema_editor.execute(FOLD)
    schema_editor.execute("CREATE INDEX search_trgm ON records_searchrow USING gin (text gin_trgm_ops)")
    schema_editor.execute("CREATE INDEX search_scope ON records_searchrow (workspace_id, object_type_id, facet)")


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE records_search_fts")
        return
    schema_editor.execute("DROP INDEX search_scope")
    schema_editor.execute("DROP INDEX search_trgm")
    schema_editor.execute("DROP FUNCTION amity_fold(text)")


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]

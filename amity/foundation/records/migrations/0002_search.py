"""The trigram index of the search text, and our folding function on PostgreSQL."""

import unicodedata

from django.db import migrations

from amity.foundation.core.text import fold

# Case, accents and controls as the database knows them; `special` is what it folds otherwise than we do.
PLAIN = r"""regexp_replace(lower(normalize(regexp_replace({text}, '[\u0001-\u001f\u007f-\u009f]', ' ', 'g'), NFKD){icu}),
    '[\u0300-\u036f]', '', 'g')"""
FOLD = r"""
CREATE OR REPLACE FUNCTION amity_fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT btrim(regexp_replace(CASE WHEN value ~ '^[ -_a-~]*$' THEN lower(value COLLATE "C") ELSE ({plain}) COLLATE "C" END,
    ' +', ' ', 'g'), ' ')
$$
"""


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def fold_sql(cursor):
    """Our fold as one SQL function, fitted to what this server's own case and accent rules leave over."""
    cursor.execute("SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'")
    icu = ' COLLATE "und-x-icu"' if cursor.fetchone() else ""
    signs = [chr(n) for n in range(1, 0x20000) if unicodedata.category(chr(n)) not in ("Cn", "Cs", "Co")]
    cursor.execute(f"SELECT {PLAIN.format(text='t', icu=icu)} FROM unnest(%s::text[]) WITH ORDINALITY AS x(t, n) ORDER BY n", [signs])
    rows = [(sign, row[0], bare(sign)) for sign, row in zip(signs, cursor.fetchall())]
    special = {sign: wanted for sign, got, wanted in rows if got != wanted}
    back = {got: sign for sign, got, wanted in rows if got != wanted == sign}  # Cherokee: small becomes capital
    single = {sign: wanted for sign, wanted in special.items() if len(wanted) == 1}
    gone = "".join(sign for sign, wanted in special.items() if not wanted)
    text = f"translate(value, {literal(''.join(single) + gone)}, {literal(''.join(single.values()))})"
    for sign, wanted in special.items():
        if len(wanted) > 1:
            text = f"replace({text}, {literal(sign)}, {literal(wanted)})"
    plain = PLAIN.format(text=text, icu=icu)
    return FOLD.format(plain=f"translate({plain}, {literal(''.join(back))}, {literal(''.join(back.values()))})")


def bare(sign):
    """One sign folded; a space stays, which `fold` alone would cut off."""
    return fold(f"a{sign}b")[1:-1]


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE VIRTUAL TABLE records_search_fts USING fts5("
            "text, facet, content='records_searchrow', content_rowid='id', tokenize='trigram case_sensitive 1')"
        )
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(fold_sql(cursor))
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

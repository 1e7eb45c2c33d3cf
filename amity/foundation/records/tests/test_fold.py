"""Folding inside the database is the folding of Python, sign by sign."""

import sys
import unicodedata

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amity.foundation.core.text import fold

pytestmark = pytest.mark.django_db


def folded(texts):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT amity_fold(t) FROM unnest(%s::text[]) WITH ORDINALITY AS x(t, n) ORDER BY n", [texts]
            )
            return [row[0] for row in cursor.fetchall()]
        return [cursor.execute("SELECT amity_fold(%s)", [text]).fetchone()[0] for text in texts]


def test_every_sign_folds_alike():
    signs = [chr(code) for code in range(1, min(sys.maxunicode, 0x20000))]
    signs = [sign for sign in signs if unicodedata.category(sign) not in ("Cn", "Cs", "Co")]
    found = folded([f"a{sign}b" for sign in signs])
    wrong = [f"U+{ord(sign):04X}" for sign, got in zip(signs, found, strict=True) if got != fold(f"a{sign}b")]
    assert wrong == []


@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs", "Cn", "Co"), exclude_characters="\x00")), max_size=20
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_folds_alike(texts):
    assert folded(texts) == [fold(text) for text in texts]

"""The language nobody speaks: longer words, whole placeholders, every text of the catalogues."""

import gettext

from config.pseudo import catalogues, disguised
from config.settings import BASE_DIR


def test_words_grow_and_placeholders_stay():
    found = disguised("Save %(n)s of {count} – 5 %% &lt;b&gt;")
    assert found == "\u202e⟦Saaaveee %(n)s ooof {count} – 5 %% &lt;b&gt;⟧\u202c"


def test_every_text_of_the_rooms_is_there(tmp_path):
    folder = catalogues(sorted(BASE_DIR.glob("amity/*/*/locale")), tmp_path)
    made = gettext.translation("django", folder, languages=["ar_XB"])
    assert made.gettext("Settings") == disguised("Settings")
    assert made.ngettext("%(count)s day", "%(count)s days", 2).startswith("\u202e⟦")

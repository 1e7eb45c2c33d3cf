"""Translation files: `python -m checks.messages compile | update [LANGUAGE …] | check`.

Each room keeps its own under `<room>/locale/<language>/LC_MESSAGES/django.po`; the texts are taken out
of its Python and Jinja2 files with Babel, in memory. Line numbers and dates are left out, so that a file
changes only when a text does.
"""

from __future__ import annotations

import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from checks.common import ROOT, TEMPLATES

METHODS = [
    ("**/tests/**", "ignore"),
    ("**/migrations/**", "ignore"),
    ("**.py", "python"),
    *((f"**/jinja2/**{ending}", "jinja2.ext:babel_extract") for ending in sorted(TEMPLATES)),
]
# As the environment renders: its policy "ext.i18n.trimmed" must be on.
OPTIONS = {f"**/jinja2/**{ending}": {"trimmed": "true", "silent": "false"} for ending in TEMPLATES}
PLAIN, PLURAL, CONTEXT, BOTH = None, (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS = {
    "_": PLAIN,
    "gettext": PLAIN,
    "gettext_lazy": PLAIN,
    "gettext_noop": PLAIN,
    "ngettext": PLURAL,
    "ngettext_lazy": PLURAL,
    "pgettext": CONTEXT,
    "pgettext_lazy": CONTEXT,
    "npgettext": BOTH,
    "npgettext_lazy": BOTH,
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
DATES = (b'"POT-Creation-Date:', b'"PO-Revision-Date:')
Key = tuple[str, str, str]


def rooms() -> list[Path]:
    """Django apps with code of ours."""
    return sorted(path.parent for path in (ROOT / "amity").rglob("apps.py"))


def extract(room: Path) -> Catalog:
    """Every text of one room as an empty catalogue."""
    catalogue = Catalog(project="Amity", charset="utf-8")
    found = extract_from_dir(str(room), METHODS, OPTIONS, KEYWORDS, comment_tags=("Translators:",))
    for name, _line, text, comments, context in found:
        origin = (room / name).relative_to(ROOT).as_posix()
        catalogue.add(text, locations=[(origin, 0)], auto_comments=comments, context=context)
    return catalogue


def key(message: Message) -> Key:
    """What makes two messages the same: context, text, plural."""
    texts = message.id if isinstance(message.id, (list, tuple)) else (message.id, "")
    return str(message.context or ""), str(texts[0]), str(texts[1])


def keyed(catalogue: Catalog) -> dict[Key, Message]:
    return {key(message): message for message in catalogue if message.id}


def files(room: Path) -> list[Path]:
    return sorted(room.glob("locale/*/LC_MESSAGES/django.po"))


def load(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, charset="utf-8")


def begin(language: str) -> Catalog:
    """An empty catalogue; its plural rule is Babel's for the language."""
    people = {"last_translator": "Amity", "language_team": language, "msgid_bugs_address": "Amity"}
    title = f"# Amity in the language {language!r}. Licence: AGPL-3.0-or-later."
    return Catalog(language, project="Amity", header_comment=title, fuzzy=False, **people)


def save(path: Path, catalogue: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = BytesIO()
    write_po(text, catalogue, width=100, ignore_obsolete=True, include_lineno=False, sort_output=True)
    lines = text.getvalue().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if not line.startswith(DATES)))


def compile_all() -> None:
    for path in [path for room in rooms() for path in files(room)]:
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, load(path))


def update(languages: list[str]) -> None:
    """Bring each file up to the code; begin files of `languages` in every room that has texts."""
    for room in rooms():
        template = extract(room)
        wanted = {*files(room), *(room / f"locale/{name}/LC_MESSAGES/django.po" for name in languages)}
        for path in sorted(wanted) if keyed(template) else []:
            current = load(path) if path.exists() else begin(path.parent.parent.name)
            before = set(keyed(current))
            current.update(template, no_fuzzy_matching=True)
            if before != set(keyed(current)) or not path.exists():
                save(path, current)
                print(f"wrote {path.relative_to(ROOT)}")
    compile_all()


def placeholders(message: Message) -> bool:
    """True when each translation names no placeholder that the original lacks."""
    texts = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
    known = set(PLACEHOLDER.findall(" ".join(key(message)[1:])))
    return all(set(PLACEHOLDER.findall(text)) <= known for text in texts if text)


def faults(path: Path, wanted: dict[Key, Message]) -> list[str]:
    """What is wrong with one translation file."""
    name, held = path.relative_to(ROOT), keyed(load(path))
    open_texts = sum(1 for message in held.values() if not any(message.string or ""))
    print(f"  {name}: {len(held) - open_texts} of {len(held)} translated")
    return [
        *(f"{name}: lacks {text[1]!r}; run make messages" for text in wanted.keys() - held.keys()),
        *(f"{name}: no longer used {text[1]!r}; run make messages" for text in held.keys() - wanted.keys()),
        *(f"{name}: placeholder in {text[1]!r}" for text, each in held.items() if not placeholders(each)),
    ]


def check() -> list[str]:
    """Stale files and translations with placeholders of their own; rooms without files are skipped."""
    found = []
    for room in rooms():
        if not files(room):
            print(f"  {room.relative_to(ROOT)}: no translations yet")
            continue
        wanted = keyed(extract(room))
        found += [fault for path in files(room) for fault in faults(path, wanted)]
    return found


def main(arguments: list[str]) -> int:
    match arguments:
        case ["compile"]:
            compile_all()
        case ["update", *languages]:
            update(languages)
        case ["check"]:
            problems = check()
            print("\n".join(problems))
            return bool(problems)
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

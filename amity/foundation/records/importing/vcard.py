"""Reads vCard 2.1, 3.0 and 4.0 as rows of one wide table, in the columns Google Contacts uses.

Written by hand because `vobject` needs 250 µs a card (12 s for the 50,000 we allow) and gives up the
whole file at the first broken line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from amity.foundation.records.importing.source import (
    MAX_CARDS,
    REPLACEMENT,
    Row,
    Source,
    SourceError,
    cell_fault,
)
from amity.foundation.records.importing.text import BROKEN, LineFeed
from amity.foundation.records.importing.vcardlines import decoded, escape_old, unfolded, without_agents

MULTI = " ::: "
NAME_COLUMNS = ("Last Name", "First Name", "Middle Name", "Name Prefix", "Name Suffix")
ADDRESS_PARTS = ("PO Box", "Extended Address", "Street", "City", "Region", "Postal Code", "Country")
SIMPLE = {
    "FN": "Name", "NICKNAME": "Nickname", "TITLE": "Organization Title", "ROLE": "Role", "BDAY": "Birthday",
    "ANNIVERSARY": "Anniversary", "NOTE": "Notes", "CATEGORIES": "Labels", "UID": "UID", "REV": "Revision",
    "GENDER": "Gender", "LANG": "Language", "TZ": "Time Zone",
}  # fmt: skip
# Property → the table's name for it and how many columns are made at most; more values share the last one.
LISTED = {"EMAIL": "E-mail", "TEL": "Phone", "ADR": "Address", "URL": "Website", "IMPP": "IM"}
MAX_LISTED = 12
MESSENGERS = {"X-SKYPE", "X-SKYPE-USERNAME", "X-JABBER", "X-ICQ", "X-AIM", "X-MSN", "X-YAHOO", "X-QQ",
              "X-TELEGRAM", "X-WHATSAPP", "X-SIGNAL", "X-WECHAT", "X-VIBER", "X-LINE", "X-GTALK",
              "X-GOOGLE-TALK", "X-SOCIALPROFILE"}  # fmt: skip
SKIPPED = {"BEGIN", "END", "VERSION", "PRODID", "PHOTO", "LOGO", "SOUND", "KEY", "N", "ORG", "X-ABLABEL",
           "X-ABADR",
           "X-ABSHOWAS", "X-IMAGEHASH", "X-IMAGETYPE", "X-SHARED-PHOTO-DISPLAY-PREF", "SOURCE", "KIND",
           "CLIENTPIDMAP", "MAILER", "AGENT", "CLASS", "SORT-STRING", "NAME", "PROFILE", "XML"}  # fmt: skip
MAX_EXTRA = 60

# How values may be encoded; version 2.1 writes these without `ENCODING=` too.
ENCODINGS = frozenset({"quoted-printable", "base64", "b", "8bit", "7bit"})

_HEAD = re.compile(r'(?:([\w-]+)\.)?([A-Za-z][\w-]*)((?:;(?:[^":;]|"[^"]*")*)*):(.*)', re.S)
_PARAM = re.compile(r';([\w-]+)(?:=((?:[^";]|"[^"]*")*))?')
_ESCAPE = re.compile(r"\\(.)", re.S)
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")
_START = re.compile(r"(?:[\w-]+\.)?([A-Za-z][\w-]*)[;:]")
_NOT_LABELS = frozenset({"pref", "internet", "x400", "x-internet", *ENCODINGS})


@dataclass(frozen=True)
class Property:
    """One content line; `value` is still escaped, parameter names and `types` are lower case."""

    name: str
    group: str
    params: dict[str, str]
    types: tuple[str, ...]
    value: str


@dataclass
class Card:
    """`number` counts cards from 1. A card with a `problem` keeps what could be read of it."""

    number: int
    properties: list[Property] = field(default_factory=list)
    problem: SourceError | None = None

    def refuse(self, code: str, message: object, column: str = "") -> None:
        self.problem = self.problem or SourceError(code, message, self.number, column)


def parse_cards(lines: Iterable[str]) -> Iterator[Card]:
    """Splits unfolded lines into cards. Text between cards is left out."""
    card: Card | None = None
    number, depth = 0, 0
    for line in lines:
        start = line[:12].rstrip().upper()
        if start == "BEGIN:VCARD":
            if card is not None:
                card.refuse("unended", _("The card has no END line."))
                yield card
            number += 1
            card, depth = Card(number), 0
        elif card is None:
            continue
        elif start == "END:VCARD":
            yield _checked(card)
            card = None
        else:
            depth += 1
            _add_line(card, line, depth)
    if card is not None:
        card.refuse("unended", _("The card has no END line."))
        yield card


def _checked(card: Card) -> Card:
    """Brings the values to one form, once the version is known, and refuses versions nobody writes."""
    version = next((entry.value.strip() for entry in card.properties if entry.name == "VERSION"), "")
    if version not in ("2.1", "3.0", "4.0"):
        text = _("vCard {version} is not read. Export the card as vCard 2.1, 3.0 or 4.0.")
        card.refuse("version", format_lazy(text, version=version[:8] or "?"))
    try:
        card.properties = [plain_property(entry, version) for entry in card.properties]
    except (SourceError, UnicodeError):
        card.refuse("encoding", _("The card holds bytes that are not valid in the encoding it names."))
    return card


def _add_line(card: Card, line: str, place: int) -> None:
    if BROKEN in line:
        card.refuse("encoding", _("The card holds bytes that are not valid in the file's encoding."))
        line = line.replace(BROKEN, REPLACEMENT)
    found = _HEAD.match(line)
    if found is None:
        if line.strip():
            text = _("Line {line} of the card has no property name.")
            card.refuse("line", format_lazy(text, line=place))
        return
    group, name, params, value = found.groups()
    if place <= 2_000:
        card.properties.append(_property(name.upper(), group or "", params, value))
    else:
        card.refuse("too_long", _("The card has too many lines."))


def _property(name: str, group: str, params: str, value: str) -> Property:
    if not params:
        return Property(name, group.lower(), {}, (), value)
    named: dict[str, str] = {}
    types: list[str] = []
    for key, text in _PARAM.findall(params):
        key = key.lower()
        if key == "type" or not text:
            words = (text or key).replace('"', "").split(",")
            types += [word.strip().lower() for word in words if word.strip()]
        else:
            named[key] = text.strip('"')
    for word in ENCODINGS.intersection(types):
        named.setdefault("encoding", word)
    return Property(name, group.lower(), named, tuple(types), value)


def plain_property(entry: Property, version: str) -> Property:
    """The property as 3.0 writes it: decoded, with its special characters escaped."""
    encoded = "encoding" in entry.params or "charset" in entry.params
    if entry.name in SKIPPED and entry.name not in ("N", "ORG", "X-ABLABEL"):
        return entry
    value = decoded(entry.value, entry.params) if encoded else entry.value
    if version == "2.1":
        lists = entry.name in ("CATEGORIES", "NICKNAME")
        return replace(entry, value=escape_old(value, commas=not lists))
    return replace(entry, value=value.replace("\n", "\\n")) if encoded else entry


def unescape(value: str) -> str:
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda found: "\n" if found.group(1) in "nN" else found.group(1), value)


def split_escaped(value: str, separator: str) -> list[str]:
    """Splits at separators that are not escaped, and unescapes the parts."""
    if "\\" not in value:
        return value.split(separator)
    parts, start, place = [], 0, 0
    while place < len(value):
        if value[place] == "\\":
            place += 1
        elif value[place] == separator:
            parts.append(value[start:place])
            start = place + 1
        place += 1
    return [unescape(part) for part in (*parts, value[start:])]


class CardSource(Source):
    """Cards as rows. A first quick pass counts how many phones, e-mails … a card has at most."""

    kind = "vcf"

    def __init__(self, path: Path, encoding: str) -> None:
        super().__init__(path)
        self.encoding = encoding
        self._feed: LineFeed | None = None
        self.columns = self._survey()

    def _survey(self) -> list[str]:
        most: Counter[str] = Counter()
        seen: Counter[str] = Counter()
        cards = 0
        for line in self._lines():
            found = _START.match(line)
            name = found.group(1).upper() if found else ""
            if name == "BEGIN":
                most |= seen
                seen.clear()
                cards += 1
            elif name:
                seen["IMPP" if name in MESSENGERS else name] += 1
        if not cards:
            raise SourceError("empty", _("The file has no cards."))
        return wide_columns(most | seen)

    def _lines(self) -> Iterator[str]:
        """Whole content lines, without those of cards within cards."""
        feed = self._feed = LineFeed(self.path, self.encoding)
        return without_agents(unfolded(_raw_lines(feed)))

    def rows(self, start: int = 0) -> Iterator[Row]:
        places = {name: place for place, name in enumerate(self.columns)}
        for index, card in enumerate(parse_cards(self._lines())):
            if index >= MAX_CARDS:
                text = _("The file has more than {limit} cards. Please split it.")
                raise SourceError("too_many_rows", format_lazy(text, limit=MAX_CARDS))
            if index < start:
                continue
            cells = [""] * len(self.columns)
            for column, value in card_values(card):
                place = places.get(column)
                if place is not None and value:
                    cells[place] = f"{cells[place]}{MULTI}{value}" if cells[place] else value
            problem = card.problem or cell_fault(cells, self.columns, card.number)
            if problem:
                cells = [cell.replace("\0", REPLACEMENT) for cell in cells]
            self.position = index + 1
            self.bytes_read = self._feed.bytes_read if self._feed else 0
            yield Row(index, card.number, cells, problem)
        self.bytes_read = self.total_hint


def _raw_lines(feed: LineFeed) -> Iterator[str]:
    for line in feed.lines():
        feed.next_record()
        yield line.rstrip("\r\n")


def wide_columns(most: Counter[str]) -> list[str]:
    """The columns needed for cards with at most so many of each property."""
    columns = ["Name", *NAME_COLUMNS]
    columns += [column for name, column in SIMPLE.items() if name in most and name != "FN"]
    if "ORG" in most:
        columns += ["Organization Name", "Organization Department"]
    for name, label in LISTED.items():
        for number in range(1, min(most[name], MAX_LISTED) + 1):
            parts = ("Label", *ADDRESS_PARTS) if name == "ADR" else ("Label", "Value")
            columns += [f"{label} {number} - {part}" for part in parts]
    known = {*SIMPLE, *LISTED, *SKIPPED}
    columns += sorted(name for name in most if name not in known)[:MAX_EXTRA]
    return columns


def card_values(card: Card) -> Iterator[tuple[str, str]]:
    """The card's values under the wide table's columns. Preferred contact points come first."""
    labels = {
        entry.group: unescape(entry.value)
        for entry in card.properties
        if entry.name == "X-ABLABEL" and entry.group
    }
    listed: dict[str, list[tuple[int, Property]]] = {}
    for entry in card.properties:
        name = "IMPP" if entry.name in MESSENGERS else entry.name
        if name in LISTED:
            listed.setdefault(name, []).append((_preference(entry), entry))
        elif name == "N":
            yield from zip(NAME_COLUMNS, _components(entry.value), strict=False)
        elif name == "ORG":
            parts = split_escaped(entry.value, ";")
            yield "Organization Name", parts[0].strip()
            yield "Organization Department", ", ".join(part.strip() for part in parts[1:] if part.strip())
        elif name in ("CATEGORIES", "NICKNAME"):
            yield SIMPLE[name], _join_list(name, entry.value)
        elif name in ("BDAY", "ANNIVERSARY"):
            yield SIMPLE[name], card_date(entry)
        elif name not in SKIPPED:
            yield SIMPLE.get(name, name), unescape(entry.value).strip()
    for name, entries in listed.items():
        entries.sort(key=lambda pair: pair[0])
        for number, (_rank, entry) in enumerate(entries, start=1):
            yield from _listed(name, min(number, MAX_LISTED), entry, labels)


def _join_list(name: str, value: str) -> str:
    parts = [part.strip() for part in split_escaped(value, ",")]
    return (MULTI if name == "CATEGORIES" else ", ").join(part for part in parts if part)


def _components(value: str) -> list[str]:
    """Parts of N or ADR; a part may hold several values, separated by commas."""
    if "," not in value or "\\" in value:
        return [part.strip() for part in split_escaped(value, ";")]
    return [", ".join(piece.strip() for piece in part.split(",")) for part in value.split(";")]


def _preference(entry: Property) -> int:
    pref = entry.params.get("pref", "")
    if pref.isascii() and pref.isdecimal():
        return int(pref[:3])
    return 1 if "pref" in entry.types else 200


def _label(entry: Property, labels: dict[str, str]) -> str:
    own = labels.get(entry.group, "") if entry.group else ""
    if own:
        apple = _APPLE_LABEL.fullmatch(own)
        return apple.group(1).lower() if apple else own
    words = [word for word in entry.types if word not in _NOT_LABELS]
    if len(words) > 1 and "voice" in words:
        words.remove("voice")
    return " ".join(words)


def _listed(name: str, number: int, entry: Property, labels: dict[str, str]) -> Iterator[tuple[str, str]]:
    base, label = f"{LISTED[name]} {number} - ", _label(entry, labels)
    if name == "ADR":
        yield from zip((base + part for part in ADDRESS_PARTS), _components(entry.value), strict=False)
    elif name == "IMPP":
        label, value = _messenger(entry, label)
        yield base + "Value", value
    else:
        value = unescape(entry.value).strip()
        scheme = {"TEL": "tel:", "EMAIL": "mailto:"}.get(name, "")
        if scheme and value[: len(scheme)].lower() == scheme:
            value = unquote(value[len(scheme) :].partition(";")[0])
        yield base + "Value", value
    yield base + "Label", label


def _messenger(entry: Property, label: str) -> tuple[str, str]:
    """The service and the handle: `IMPP:skype:ann` and `X-SKYPE:ann` are the same."""
    value = unescape(entry.value).strip()
    if entry.name == "IMPP":
        scheme, colon, handle = value.partition(":")
        if not colon:
            return entry.params.get("x-service-type", label), value
        service = entry.params.get("x-service-type", "" if scheme in ("x-apple", "im") else scheme)
        return (service or label).lower() if scheme != "im" else label, unquote(handle)
    if entry.name == "X-SOCIALPROFILE":
        return label, value.removeprefix("x-apple:")
    return entry.name[2:].removesuffix("-USERNAME").lower(), value


def card_date(entry: Property) -> str:
    """ISO form. Without a year `--MM-DD`: 1604 is what Apple writes for "no year"."""
    text = unescape(entry.value).strip()
    found = re.fullmatch(r"(\d{4}|--)-?(\d\d)-?(\d\d)(?:T.*)?", text)
    if not found:
        return text
    year, month, day = found.groups()
    omitted = year == "--" or year == entry.params.get("x-apple-omit-year") or year == "1604"
    return f"--{month}-{day}" if omitted else f"{year}-{month}-{day}"

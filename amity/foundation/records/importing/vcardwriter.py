"""Writes vCard 4.0 and 3.0 so that reading it again gives the same values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

TYPES = frozenset(
    {"work", "home", "cell", "mobile", "fax", "pager", "other", "main", "video", "text", "voice", "iphone"}
)
SIMPLE = (
    ("nickname", "NICKNAME"), ("job_title", "TITLE"), ("role", "ROLE"), ("birthday", "BDAY"),
    ("anniversary", "ANNIVERSARY"), ("website", "URL"), ("description", "NOTE"), ("external_id", "UID"),
    ("updated_at", "REV"),
)  # fmt: skip
NAME_PARTS = ("last_name", "first_name", "middle_name", "prefix", "suffix")
ADDRESS_PARTS = ("po_box", "street2", "street", "city", "region", "postal_code", "country")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_UNSAFE = re.compile(r"[\\,;\n]")


def write_vcard(cards: Iterable[Mapping[str, Any]], version: str = "4.0") -> Iterator[str]:
    """One text per card. A card maps field keys to canonical values: text, lists of contact points
    (`{"value", "label"}`, first is primary), lists of addresses (parts and `label`), lists of tags.
    """
    if version not in ("3.0", "4.0"):
        raise ValueError(version)
    for card in cards:
        lines = ["BEGIN:VCARD", f"VERSION:{version}", *_lines(card, version), "END:VCARD"]
        yield "".join(fold(line) for line in lines)


def _lines(card: Mapping[str, Any], version: str) -> Iterator[str]:
    company = escape(card.get("company"))
    names = [escape(card.get(part)) for part in NAME_PARTS]
    yield "FN:" + (escape(card.get("full_name")) or " ".join(filter(None, reversed(names[:2]))) or company)
    if version == "3.0" or any(names):
        yield "N:" + ";".join(names)
    if company or card.get("department"):
        yield f"ORG:{company};{escape(card.get('department'))}".removesuffix(";")
    for key, name in SIMPLE:
        if card.get(key):
            yield f"{name}:{_date(str(card[key]), version) if key == 'birthday' else escape(card[key])}"
    if card.get("tags"):
        yield "CATEGORIES:" + ",".join(escape(tag) for tag in card["tags"])
    groups = iter(range(1, 10_000))
    for key, name in (("emails", "EMAIL"), ("phones", "TEL"), ("messengers", "IMPP"), ("addresses", "ADR")):
        for place, point in enumerate(card.get(key) or []):
            yield from _point(name, point, version, first=place == 0, groups=groups)


def _point(
    name: str, point: Mapping[str, Any], version: str, *, first: bool, groups: Iterator[int]
) -> Iterator[str]:
    label = str(point.get("label") or "")
    if name == "ADR":
        value = ";".join(escape(point.get(part)) for part in ADDRESS_PARTS)
    elif name == "IMPP":
        service = label if _SCHEME.fullmatch(label) and label not in ("im", "x-apple") else "im"
        value = f"{service}:{quote(str(point['value']), safe='@+')}"
        label = "" if service == label else label
    else:
        value = escape(point["value"])
    params = (";PREF=1" if version == "4.0" else ";TYPE=pref") if first else ""
    label = "cell" if label == "mobile" and name == "TEL" else label
    if not label or label in TYPES:
        yield f"{name}{params}{f';TYPE={label}' if label else ''}:{value}"
        return
    group = f"item{next(groups)}"
    yield f"{group}.{name}{params}:{value}"
    yield f"{group}.X-ABLabel:{escape(label)}"


def _date(value: str, version: str) -> str:
    """4.0 knows dates without a year; 3.0 does not and gets Apple's year 1604."""
    if value.startswith("--"):
        return value.replace("-", "").rjust(6, "-") if version == "4.0" else f"1604-{value[2:]}"
    return escape(value)


def escape(value: Any) -> str:
    text = "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n")
    return _UNSAFE.sub(lambda found: "\\n" if found.group() == "\n" else "\\" + found.group(), text)


def fold(line: str) -> str:
    """Breaks the line after at most 75 octets, never within a character."""
    if len(line) <= 75 and len(line.encode()) <= 75:
        return line + "\r\n"
    pieces: list[str] = []
    piece, size = "", 0
    for sign in line:
        width = len(sign.encode())
        if size + width > (75 if not pieces else 74):
            pieces.append(piece)
            piece, size = "", 0
        piece, size = piece + sign, size + width
    return "\r\n ".join([*pieces, piece]) + "\r\n"

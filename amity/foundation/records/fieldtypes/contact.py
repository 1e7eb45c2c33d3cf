"""E-mails, phones, messengers, addresses, country and language."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any, ClassVar

from django.db.models import Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from amity.foundation.core.contact import format_phone, normal_email, normal_handle, normal_phone, split_many
from amity.foundation.core.countries import country_code, country_name, language_choices
from amity.foundation.core.errors import Malformed
from amity.foundation.core.text import fold
from amity.foundation.records.context import Context
from amity.foundation.records.database import AddressHolds
from amity.foundation.records.fieldtypes.base import BadValue, FieldType, is_plain, tidy
from amity.foundation.records.fieldtypes.choice import Choice, Many
from amity.foundation.records.spec import Field

MAX_POINTS = 20
ADDRESS_PARTS = ("street", "street2", "po_box", "city", "region", "postal_code", "country")


class Points(Many):
    """Many addresses of one kind, `[{"value", "label", "normal"}]`; the first is the main one."""

    operators = ("is", "contains", "has_not", "empty", "filled")
    sortable = True
    few_values = False
    sorts_by_key = True
    most = MAX_POINTS
    point_kind: ClassVar[str]

    def kind(self, field: Field) -> str:
        """Built-in fields share one kind for matching; a custom one is filtered by its own."""
        return f"f.{field.key}" if field.custom else self.point_kind

    def normalise(self, value: str, label: str, context: Context) -> str:
        """The compared form; raises ValueError."""
        raise NotImplementedError

    def refuse(self, value: str) -> BadValue:
        raise NotImplementedError

    def parse(self, field: Field, raw: str, context: Context) -> Any:
        return self.clean(field, split_many(raw, self.point_kind), context)

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        if value is None:
            return None
        items = [value] if isinstance(value, str | dict) else value
        if not isinstance(items, list):
            raise BadValue("type", _("This must be a list."))
        if len(items) > MAX_POINTS:
            raise BadValue("too_many", _("A record takes at most %(n)s of these.") % {"n": MAX_POINTS})
        points: dict[str, dict[str, str]] = {}
        for item in items:
            point = self._point(item, context)
            if point:
                points.setdefault(point["normal"], point)
        return list(points.values()) or None

    def _point(self, item: Any, context: Context) -> dict[str, str] | None:
        item = {"value": item} if isinstance(item, str) else item
        if not isinstance(item, dict) or not set(item) <= {"value", "label", "normal"}:
            raise BadValue("type", _("Each needs a value and may have a label."))
        value, label = item.get("value") or "", item.get("label") or ""
        if not isinstance(value, str) or not isinstance(label, str):
            raise BadValue("type", _("Each needs a value and may have a label."))
        value = tidy(value, 254)
        if not value:
            return None
        label = tidy(label, 40)
        try:
            normal = self.normalise(value, label, context)
        except ValueError as error:
            raise self.refuse(value) from error
        return {"value": value, "label": label, "normal": normal}

    def converter(self, field: Field, context: Context) -> Callable[[Any], Any]:
        slow = super().converter(field, context)

        def convert(raw: Any) -> Any:
            if isinstance(raw, str) or len(raw) != 1:
                return slow(raw)
            value, label = raw[0]["value"], raw[0]["label"]
            if not (is_plain(value, 254) and is_plain(label, 40)):
                return slow(raw)
            try:
                return [{"value": value, "label": label, "normal": self.normalise(value, label, context)}]
            except ValueError as error:
                raise self.refuse(value) from error

        return convert

    def from_form(self, field: Field, data: Any, name: str, context: Context) -> Any:
        rows = (f"{name}-{index}" for index in row_indexes(data, name))
        points = [
            {"value": data.get(f"{row}-value", ""), "label": data.get(f"{row}-label", "")}
            for row in rows
            if data.get(f"{row}-value", "").strip() and not data.get(f"{row}-remove")
        ]
        return self.clean(field, points or data.get(name) or None, context)

    def display(self, field: Field, value: Any, context: Context) -> str:
        return self.show_point(value[0], context) if value else ""

    def show_point(self, point: dict[str, str], context: Context) -> str:
        return point["value"]

    def edit_text(self, field: Field, value: Any, context: Context) -> str:
        return "; ".join(point["value"] for point in value or [])

    def to_api(self, field: Field, value: Any) -> Any:
        return value

    def to_column(self, value: Any) -> Any:
        return value or []

    def from_column(self, value: Any) -> Any:
        return value or None

    def slot_value(self, value: Any) -> Any:
        return fold(value[0]["normal"])[:200] if value else None

    def search_text(self, value: Any) -> str:
        return " ".join(_searched(point["value"], point["normal"]) for point in value or [])

    def index_values(self, field: Field, value: Any) -> list[tuple[str, str]]:
        kinds = (self.point_kind, self.kind(field)) if field.custom else (self.point_kind,)
        return [(kind, point["normal"][:200]) for point in value or [] for kind in kinds]

    def parts(self, value: Any) -> dict[str, Any]:
        return {point["normal"]: point for point in value or []}

    def normal(self, field: Field, word: str, context: Context) -> str:
        try:
            return self.normalise(word, "", context)
        except ValueError:
            return fold(word)

    def matching(self, field: Field, operator: str, normals: list[str], context: Context) -> Q:
        if operator != "contains":
            return super().matching(field, operator, normals, context)
        found = Q()
        for normal in normals:
            found |= Q(self.rows(field, context, normal__contains=normal))
        return found

    def schema(self, field: Field) -> dict[str, Any]:
        text = {"type": "string"}
        point = {
            "type": "object",
            "properties": {"value": text, "label": text, "normal": {**text, "readOnly": True}},
        }
        return {"type": ["array", "null"], "items": {**point, "required": ["value"]}, "maxItems": MAX_POINTS}


class Emails(Points):
    name, label, icon, widget = "email", _("E-mail"), "mail", "email"
    slot_kind, point_kind = "t", "email"

    def normalise(self, value: str, label: str, context: Context) -> str:
        return normal_email(value)

    def refuse(self, value: str) -> BadValue:
        return BadValue("email", _("“%(value)s” is not an e-mail address.") % {"value": value[:80]})


class Phones(Points):
    name, label, icon, widget = "phone", _("Phone"), "phone", "phone"
    slot_kind, point_kind = "t", "phone"

    def normalise(self, value: str, label: str, context: Context) -> str:
        return normal_phone(value, context.country)

    def refuse(self, value: str) -> BadValue:
        return BadValue("phone", _("“%(value)s” is not a phone number.") % {"value": value[:80]})

    def show_point(self, point: dict[str, str], context: Context) -> str:
        return format_phone(point["normal"], context.country)

    def search_text(self, value: Any) -> str:
        """Digits as typed and as dialled abroad, so that either way of writing finds it."""
        return " ".join(f"{digits(point['value'])} {point['normal']}" for point in value or [])

    def normal(self, field: Field, word: str, context: Context) -> str:
        try:
            return normal_phone(word, context.country)
        except ValueError:
            return digits(word).lstrip("0") or fold(word)


def row_indexes(data: Any, name: str) -> list[int]:
    """Which rows `name-<n>-…` a form posted, in order; gaps are fine."""
    heads = (key.removeprefix(f"{name}-").split("-")[0] for key in data if key.startswith(f"{name}-"))
    return sorted({int(head) for head in heads if head.isdecimal() and len(head) < 4})


def _searched(value: str, normal: str) -> str:
    """What was typed and what it means; once, when every typed word stands in the normal form."""
    if value == normal or value.replace(" ", "") == normal:
        return normal
    return f"{value} {normal}"


_not_digits = re.compile(r"\D+")


def digits(text: str) -> str:
    return _not_digits.sub("", text)


class Messengers(Points):
    """Handles; the label names the service (telegram, whatsapp …)."""

    name, label, icon, widget = "messenger", _("Messenger"), "message-circle", "messenger"
    point_kind, sortable = "messenger", False

    def normalise(self, value: str, label: str, context: Context) -> str:
        service = fold(label) or "other"
        if service in ("whatsapp", "signal", "viber"):
            return f"{service}:{normal_phone(value, context.country)}"
        return f"{service}:{normal_handle(service, value)}"

    def refuse(self, value: str) -> BadValue:
        return BadValue("handle", _("“%(value)s” is not a name of this service.") % {"value": value[:80]})

    def normal(self, field: Field, word: str, context: Context) -> str:
        """The name alone: a filter asks for it at any service."""
        with suppress(ValueError):
            return normal_phone(word, context.country)
        with suppress(ValueError):
            return normal_handle("other", word)
        return fold(word)

    def matching(self, field: Field, operator: str, normals: list[str], context: Context) -> Q:
        if operator == "contains":
            return super().matching(field, operator, normals, context)
        has = Q()
        for normal in normals:
            has |= Q(self.rows(field, context, normal__endswith=f":{normal}"))
        return ~has if operator == "has_not" else has


QUICK_PARTS = frozenset([*ADDRESS_PARTS, "label"])


@lru_cache(maxsize=1000)
def _country_of(text: str) -> str:
    return country_code(text) or ""


def _placed(raw: dict[str, str]) -> dict[str, str]:
    """A formatted address goes to the street, an unknown country to the end of the region."""
    address = dict(raw)
    formatted = address.pop("formatted", "")
    if formatted and not address.get("street"):
        address["street"] = ", ".join(line.strip() for line in formatted.splitlines() if line.strip())
    country = address.pop("country", "")
    if country and _country_of(country):
        address["country"] = country
    elif country:
        address["region"] = ", ".join(part for part in (address.get("region", ""), country) if part)
    return address


class Addresses(FieldType):
    """Postal addresses in parts, the first the main one."""

    name, label, icon, widget = "address", _("Address"), "map-pin", "address"
    sortable, most = False, MAX_POINTS
    operators = ("contains", "empty", "filled")

    def parse(self, field: Field, raw: str, context: Context) -> Any:
        text = tidy(raw, 400, multiline=True)
        return self.clean(field, [{"street": text.replace("\n", ", ")}] if text else None, context)

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        if value is None:
            return None
        items = [value] if isinstance(value, dict) else value
        if not isinstance(items, list) or len(items) > MAX_POINTS:
            raise BadValue("type", _("This must be a list of addresses."))
        return [address for address in (self._address(item) for item in items) if address] or None

    def _address(self, item: Any) -> dict[str, str] | None:
        allowed = {*ADDRESS_PARTS, "label"}
        if not isinstance(item, dict) or not set(item) <= allowed:
            raise BadValue("type", _("An address has street, city, region, postal code and country."))
        if not all(isinstance(part, str | None) for part in item.values()):
            raise BadValue("type", _("Each part of an address is text."))
        address = {key: tidy(item.get(key) or "", 200) for key in allowed}
        country = address.pop("country")
        if country:
            address["country"] = country_code(country) or ""
            if not address["country"]:
                raise BadValue("country", _("“%(value)s” is not a country.") % {"value": country[:60]})
        filled = {key: address[key] for key in (*ADDRESS_PARTS, "label") if address.get(key)}
        return filled if set(filled) - {"label"} else None

    def converter(self, field: Field, context: Context) -> Callable[[Any], Any]:
        """Addresses in parts; a country nobody knows stays readable at the end of the region."""
        slow = super().converter(field, context)

        def convert(raw: Any) -> Any:
            if isinstance(raw, str):
                return slow(raw)
            found = [self._quick(address) for address in raw]
            return found if all(found) else slow([_placed(address) for address in raw])

        return convert

    def _quick(self, raw: dict[str, str]) -> dict[str, str] | None:
        """An address of plain parts with a known country; None when the thorough way must look."""
        address = {}
        for key, text in raw.items():
            if key not in QUICK_PARTS or not is_plain(text, 200):
                return None
            if key == "country":
                text = _country_of(text)
                if not text:
                    return None
            if text:
                address[key] = text
        return address

    def from_form(self, field: Field, data: Any, name: str, context: Context) -> Any:
        """Addresses as `name-0-street` …; a form with one address alone posts `name-street` …"""
        places = [f"{name}-{index}" for index in row_indexes(data, name)] or [name]
        rows = [
            {part: data.get(f"{place}-{part}", "") for part in (*ADDRESS_PARTS, "label")}
            for place in places
            if not data.get(f"{place}-remove")
        ]
        return self.clean(
            field, [row for row in rows if any(v.strip() for k, v in row.items() if k != "label")], context
        )

    def display(self, field: Field, value: Any, context: Context) -> str:
        return self.show_address(value[0], context) if value else ""

    def show_address(self, address: dict[str, str], context: Context) -> str:
        parts = [address.get(part, "") for part in ADDRESS_PARTS[:-1]]
        country = address.get("country", "")
        if country and country != context.country:
            parts.append(country_name(country, context.language))
        return ", ".join(part for part in parts if part)

    def to_column(self, value: Any) -> Any:
        return value or []

    def from_column(self, value: Any) -> Any:
        return value or None

    def search_text(self, value: Any) -> str:
        return " ".join(f"{item.get('city', '')} {item.get('postal_code', '')}" for item in value or [])

    def parts(self, value: Any) -> dict[str, Any]:
        """One place written twice, whatever it is called, is one."""
        return {fold(" ".join(item.get(part, "") for part in ADDRESS_PARTS)): item for item in value or []}

    def condition(self, field: Field, operator: str, value: Any, context: Context) -> Q:
        if operator in ("empty", "filled") and field.column:
            blank = Q(**{field.column: []})
            return blank if operator == "empty" else ~blank
        return super().condition(field, operator, value, context)

    def compare(self, field: Field, expression: Any, operator: str, value: Any, context: Context) -> Q:
        word = fold(value) if isinstance(value, str) else ""
        if not word:
            raise Malformed(_("“%(field)s” needs a value to compare with.") % {"field": field.label})
        return Q(Exact(AddressHolds(field.column or "custom", "" if field.column else field.key, word), True))

    def schema(self, field: Field) -> dict[str, Any]:
        parts = {part: {"type": "string"} for part in (*ADDRESS_PARTS, "label")}
        return {"type": ["array", "null"], "items": {"type": "object", "properties": parts}}


class Country(Choice):
    name, label, icon, widget = "country", _("Country"), "flag", "country"

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        if value is None:
            return None
        code = country_code(value) if isinstance(value, str) else None
        if code is None:
            raise BadValue("country", _("“%(value)s” is not a country.") % {"value": str(value)[:60]})
        return code

    def display(self, field: Field, value: Any, context: Context) -> str:
        return country_name(value, context.language) if value else ""

    def search_text(self, value: Any) -> str:
        return ""

    def schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["string", "null"], "minLength": 2, "maxLength": 2}


class Language(Country):
    name, label, icon, widget = "language", _("Language"), "languages", "language"

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        if value is None:
            return None
        if isinstance(value, str):
            folded = fold(value)
            for code, words in _language_words(context.language).items():
                if folded == fold(code) or folded in words:
                    return code
        raise BadValue("language", _("“%(value)s” is not a language.") % {"value": str(value)[:60]})

    def display(self, field: Field, value: Any, context: Context) -> str:
        return dict(language_choices(context.language)).get(value, value) if value else ""

    def schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["string", "null"]}


def _language_words(locale: str) -> dict[str, set[str]]:
    words: dict[str, set[str]] = {}
    for source in {"en", locale}:
        for code, name in language_choices(source):
            words.setdefault(code, set()).add(fold(name))
    return words

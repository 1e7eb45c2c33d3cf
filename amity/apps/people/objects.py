"""What the product knows about people and companies."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amity.apps.people.models import Company, Person
from amity.foundation.core.errors import Invalid
from amity.foundation.core.names import NameParts, full_name, parse_name
from amity.foundation.core.text import fold
from amity.foundation.records.context import Context
from amity.foundation.records.fieldtypes import TYPES
from amity.foundation.records.fieldtypes.reference import LinkIntoTree
from amity.foundation.records.objects import register
from amity.foundation.records.spec import Field, ObjectSpec, Option, Values

INTO_TREE = LinkIntoTree()
NAME_PARTS = ("prefix", "first_name", "middle_name", "last_name", "suffix", "nickname")

STAGES = (
    Option("subscriber", _("Subscriber"), "grey"),
    Option("lead", _("Lead"), "blue"),
    Option("prospect", _("Prospect"), "violet"),
    Option("customer", _("Customer"), "green"),
    Option("former", _("Former customer"), "amber"),
    Option("other", _("Other"), "grey"),
)
SOURCES = (
    Option("website", _("Website"), "blue"),
    Option("referral", _("Referral"), "green"),
    Option("advert", _("Advertisement"), "amber"),
    Option("event", _("Event"), "violet"),
    Option("call", _("Phone call"), "teal"),
    Option("walk_in", _("Walk-in"), "pink"),
    Option("import", pgettext_lazy("source", "Import"), "grey"),
    Option("other", _("Other"), "grey"),
)
KINDS = (
    Option("customer", _("Customer"), "green"),
    Option("supplier", _("Supplier"), "amber"),
    Option("partner", _("Partner"), "violet"),
    Option("competitor", _("Competitor"), "red"),
    Option("other", _("Other"), "grey"),
)


def _parts(values: Values) -> NameParts:
    return NameParts(
        prefix=values.get("prefix") or "",
        first=values.get("first_name") or "",
        middle=values.get("middle_name") or "",
        last=values.get("last_name") or "",
        suffix=values.get("suffix") or "",
        nickname=values.get("nickname") or "",
    )


def _culture(values: Values) -> str:
    """The language whose name customs hold; not yet checked when a person is being written."""
    language = values.get("language")
    return language if isinstance(language, str) else ""


def person_title(values: Values) -> str:
    """The full name; without one the first e-mail or phone, so that nobody is nameless in a list."""
    name = full_name(_parts(values), culture=_culture(values))
    points = [*(values.get("emails") or []), *(values.get("phones") or [])]
    return name or (values.get("nickname") or "") or (points[0]["value"] if points else "")


def prepare_person(values: Values, current: Values, context: Context) -> Values:
    """A whole name typed in one box becomes its parts; parts that are given themselves win.

    A new person needs a name, an e-mail or a phone.
    """
    if not current and not any(values.get(key) for key in ("name", "emails", "phones", *NAME_PARTS)):
        raise Invalid.one("name", "required", _("Enter a name, an e-mail address or a phone number."))
    name = values.get("name")
    if "name" not in values:
        return values
    if not isinstance(name, str | None):
        raise Invalid.one("name", "type", _("This must be text."))
    del values["name"]
    if values.get("first_name") or values.get("last_name") or _is_point(name, values):
        return values
    if name and name.strip():
        parts = parse_name(name.strip()[:400], culture=_culture(values) or _culture(current))
        found = (parts.prefix, parts.first, parts.middle, parts.last, parts.suffix, parts.nickname)
        values = {**dict(zip(NAME_PARTS, (part or None for part in found), strict=True)), **values}
    else:
        values = {**dict.fromkeys(NAME_PARTS), **values}
    return values


def _is_point(name: object, values: Values) -> bool:
    """Whether the "name" is only the e-mail or phone that nameless people are listed by. Not yet checked either."""
    lists = [values.get(key) for key in ("emails", "phones")]
    points = [point for found in lists if isinstance(found, list) for point in found]
    return any(name == point.get("value") for point in points if isinstance(point, dict))


def derive_contact(values: Values, context: Context) -> Values:
    emails = values.get("emails")
    return {"email_key": fold(emails[0]["normal"])[:200] if emails else None}


def _text(key: str, label: object, *, search: bool = False, group: object = "", kind: str = "text") -> Field:
    return Field(key, TYPES[kind], label, column=key, search=search, group=group)


CONTACT, WORK, NAME, MORE = _("Contact"), _("Work"), _("Parts of the name"), _("More")

_contact_fields = (
    Field(
        "emails",
        TYPES["email"],
        _("E-mail"),
        column="emails",
        sort_column="email_key",
        search=True,
        group=CONTACT,
    ),
    Field("phones", TYPES["phone"], _("Phone"), column="phones", search=True, group=CONTACT),
    Field("messengers", TYPES["messenger"], _("Messenger"), column="messengers", search=True, group=CONTACT),
    Field("addresses", TYPES["address"], _("Address"), column="addresses", search=True, group=CONTACT),
    _text("website", _("Website"), group=CONTACT, kind="url"),
)
_origin_fields = (
    Field("stage", TYPES["choice"], _("Stage"), column="stage", options=STAGES, group=MORE),
    Field("source", TYPES["choice"], _("Source"), column="source", options=SOURCES, group=MORE),
    _text("description", _("About"), kind="long_text", group=MORE),
    _text("external_id", _("External ID"), group=MORE),
)

PEOPLE = register(
    ObjectSpec(
        key="people",
        model=Person,
        label=_("Person"),
        plural=_("People"),
        icon="user",
        position=0,
        fields=(
            Field("name", TYPES["text"], _("Name"), column="title", sort_column="title_key", group=CONTACT),
            *_contact_fields,
            Field("company", INTO_TREE, _("Company"), column="company_id", target="companies", group=WORK),
            _text("job_title", _("Job title"), search=True, group=WORK),
            _text("department", _("Department"), group=WORK),
            Field("birthday", TYPES["date"], _("Birthday"), column="birthday", group=MORE),
            Field("language", TYPES["language"], _("Language"), column="language", group=MORE),
            *_origin_fields,
            _text("first_name", _("First name"), group=NAME),
            _text("middle_name", _("Middle name"), group=NAME),
            _text("last_name", _("Last name"), group=NAME),
            _text("prefix", _("Title"), group=NAME),
            _text("suffix", _("Suffix"), group=NAME),
            _text("nickname", _("Nickname"), search=True, group=NAME),
        ),
        title_field="name",
        make_title=person_title,
        title_parts=NAME_PARTS,
        default_columns=("name", "company", "emails", "phones", "stage", "owner", "tags"),
        quick_add=("name", "emails", "phones", "company"),
        default_sort="title",
        board_field="stage",
        date_field="birthday",
        identity=("external_id", "email", "phone", "name"),
        prepare=prepare_person,
        derive=derive_contact,
        derived_columns=("email_key",),
    )
)

COMPANIES = register(
    ObjectSpec(
        key="companies",
        model=Company,
        label=_("Company"),
        plural=_("Companies"),
        icon="building-2",
        position=1,
        fields=(
            Field(
                "name",
                TYPES["text"],
                _("Name"),
                column="title",
                sort_column="title_key",
                required=True,
                search=True,
                group=CONTACT,
            ),
            *_contact_fields,
            Field("parent", INTO_TREE, _("Belongs to"), column="parent_id", target="companies", group=WORK),
            Field("kind", TYPES["choice"], _("Kind"), column="kind", options=KINDS, group=WORK),
            _text("industry", _("Industry"), search=True, group=WORK),
            Field("employees", TYPES["number"], _("Employees"), column="employees", group=WORK),
            _text("tax_number", _("Tax number"), search=True, group=WORK),
            *_origin_fields,
        ),
        title_field="name",
        default_columns=("name", "kind", "industry", "emails", "phones", "owner", "tags"),
        quick_add=("name", "website", "emails", "phones"),
        board_field="kind",
        identity=("external_id", "tax_number", "email", "website", "name"),
        derive=derive_contact,
        derived_columns=("email_key",),
    )
)

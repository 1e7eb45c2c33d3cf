"""The field types by name. A plugin adds its own with `register_type`."""

from __future__ import annotations

from amity.foundation.records.fieldtypes import choice, consent, contact, dates, number, reference, text
from amity.foundation.records.fieldtypes.base import OPERATORS, BadValue, FieldType

TYPES: dict[str, FieldType] = {}


def register_type(field_type: FieldType) -> None:
    """Make a type available under its name; the last one wins."""
    TYPES[field_type.name] = field_type


for _class in (
    text.Text, text.LongText, text.Url, number.Number, number.Money, number.Percent, number.YesNo, number.Rating,
    dates.Date, dates.DateTime, choice.Choice, choice.MultiChoice, choice.Tags, reference.User, reference.Team,
    contact.Emails, contact.Phones, contact.Messengers, contact.Addresses, contact.Country, contact.Language,
    reference.File, reference.LinkTo, consent.ConsentTo,
):  # fmt: skip
    register_type(_class())

__all__ = ["OPERATORS", "TYPES", "BadValue", "FieldType", "register_type"]

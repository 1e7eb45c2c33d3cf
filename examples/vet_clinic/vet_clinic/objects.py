"""What Amity knows about pets."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from amity.engines.extend.door import (
    BadValue,
    Context,
    Field,
    ObjectSpec,
    Option,
    field_type,
    register_field_type,
    register_object,
)
from vet_clinic.models import Pet


class ChipNumber(type(field_type("text"))):  # type: ignore[misc]
    """The fifteen digits of a pet's chip, however they are spaced."""

    name, label, icon = "chip_number", _("Chip number"), "cpu"

    def clean(self, field: Field, value: Any, context: Context) -> str | None:
        text = super().clean(field, value, context)
        if text is None:
            return None
        digits = text.replace(" ", "").replace("-", "")
        if not (digits.isascii() and digits.isdigit() and len(digits) == 15):
            raise BadValue("chip", _("A chip number has 15 digits."))
        return digits


register_field_type(ChipNumber())

SPECIES = (
    Option("dog", _("Dog"), "amber"),
    Option("cat", _("Cat"), "violet"),
    Option("horse", _("Horse"), "green"),
    Option("other", _("Other"), "grey"),
)

PETS = register_object(
    ObjectSpec(
        key="pets",
        model=Pet,
        label=_("Pet"),
        plural=_("Pets"),
        icon="paw-print",
        position=50,
        fields=(
            Field(
                "name",
                field_type("text"),
                _("Name"),
                column="title",
                sort_column="title_key",
                required=True,
                search=True,
            ),
            Field("species", field_type("choice"), _("Species"), column="species", options=SPECIES),
            Field("chip", field_type("chip_number"), _("Chip number"), column="chip", search=True),
            Field("born", field_type("date"), _("Born"), column="born"),
            Field("weight", field_type("number"), _("Weight in kg"), column="weight"),
            Field("keeper", field_type("link"), _("Keeper"), column="keeper_id", target="people"),
        ),
        default_columns=("name", "species", "keeper", "chip", "owner"),
        quick_add=("name", "species", "keeper"),
        board_field="species",
        date_field="born",
        identity=("chip", "name"),
    )
)

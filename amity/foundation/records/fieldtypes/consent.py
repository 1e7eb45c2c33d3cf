"""What a person agreed to: shown, filtered and imported like a field, written by the consent service alone."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from amity.foundation.core.errors import Malformed
from amity.foundation.records.context import Context
from amity.foundation.records.fieldtypes.base import BadValue, FieldType
from amity.foundation.records.fieldtypes.choice import find_option
from amity.foundation.records.fieldtypes.number import YesNo
from amity.foundation.records.models import Consent
from amity.foundation.records.spec import Field, Option

GIVEN, WITHDRAWN, VOID = "given", "withdrawn", "void"
STATES = (Option(GIVEN, _("Given"), "green"), Option(WITHDRAWN, _("Withdrawn"), "red"))


class ConsentTo(FieldType):
    """Its value is `given`, `withdrawn`, or None where nobody said anything. Lives in rows of `Consent`."""

    name, label, icon, widget = "consent", _("Consent"), "badge-check", "choice"
    sortable, creatable, few_values = False, False, True
    operators = ("is", "is_not", "empty", "filled")

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        """The state, or yes and no as files and programs say it."""
        if value in (None, ""):
            return None
        if isinstance(value, bool):
            return GIVEN if value else WITHDRAWN
        if not isinstance(value, str):
            raise BadValue("type", _("This must be one of the choices."))
        word = value.strip().casefold()
        for answer, words in YesNo.words.items():
            if word in words:
                return GIVEN if answer else WITHDRAWN
        return find_option(field, value.strip())

    def display(self, field: Field, value: Any, context: Context) -> str:
        option = field.option(value) if value else None
        return str(option.label) if option else ""

    def search_text(self, value: Any) -> str:
        return ""

    def schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["string", "null"], "enum": [GIVEN, WITHDRAWN, None]}

    def condition(self, field: Field, operator: str, value: Any, context: Context) -> Q:
        if operator not in self.operators:
            raise Malformed(
                _("“%(field)s” has no operator “%(op)s”.") % {"field": field.label, "op": operator}
            )
        if operator in ("empty", "filled"):
            some = _said(field, context, GIVEN, WITHDRAWN)
            return some if operator == "filled" else ~some
        withdrawn = _said(field, context, WITHDRAWN)
        given = _said(field, context, GIVEN) & ~withdrawn
        same = withdrawn if self.operand(field, value, context) == WITHDRAWN else given
        return same if operator == "is" else ~same


def _said(field: Field, context: Context, *verdicts: str) -> Q:
    rows = Consent.unscoped.filter(
        workspace_id=context.workspace_id,
        purpose_id=field.settings["purpose"],
        object_type_id=field.settings["type_id"],
        verdict__in=verdicts,
        current=True,
        record_id=OuterRef("pk"),
    )
    return Q(Exists(rows))


__all__ = ["GIVEN", "STATES", "VOID", "WITHDRAWN", "ConsentTo"]

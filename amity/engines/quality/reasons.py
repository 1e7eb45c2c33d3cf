"""Why a record is shown: codes with their kind, their weight and the sentence that says it.

Weights add up per record and kind; from `ENOUGH` on it is shown. What alone proves nothing (a common surname
like Test, a birthday on 1 January) weighs less than that. No sentence holds a value: a reader who may not see a
field must not learn from the reason what stands in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

ENOUGH = 100
INVALID, MADE_UP, RULE = "invalid", "made_up", "rule"
KINDS = {INVALID: _("Not valid"), MADE_UP: _("Perhaps invented"), RULE: _("Breaks a rule")}


@dataclass(frozen=True)
class Reason:
    kind: str
    text: Any


REASONS: dict[str, Reason] = {
    "email_domain": Reason(INVALID, _("no mail arrives at this domain")),
    "email_typo": Reason(INVALID, _("the domain looks mistyped")),
    "phone_length": Reason(INVALID, _("no country has numbers of this length")),
    "url_shape": Reason(INVALID, _("this cannot be a web address")),
    "postcode": Reason(INVALID, _("the postcode does not fit the country")),
    "future_birthday": Reason(INVALID, _("a birthday in the future")),
    "old_birthday": Reason(INVALID, _("older than anybody living")),
    "tax_number": Reason(INVALID, _("no tax number looks like this")),
    "gone_option": Reason(INVALID, _("this choice no longer exists")),
    "keyboard": Reason(MADE_UP, _("keys that lie side by side")),
    "same_sign": Reason(MADE_UP, _("one character again and again")),
    "no_letters": Reason(MADE_UP, _("neither letters nor digits")),
    "filler_word": Reason(MADE_UP, _("a filler word, no real value")),
    "counting": Reason(MADE_UP, _("digits in a row")),
    "rubbish": Reason(MADE_UP, _("letters nobody can pronounce")),
    "same_as_email": Reason(MADE_UP, _("the name repeats an odd e-mail address")),
    "phone_plan": Reason(MADE_UP, _("no network gives out numbers like this")),
    "phone_digits": Reason(MADE_UP, _("not a number anybody has")),
    "email_host": Reason(MADE_UP, _("a domain people invent")),
    "shared": Reason(MADE_UP, _("stands under %(n)s different names")),
    "new_year": Reason(MADE_UP, _("1 January, as %(n)s other dates by the same hand")),
    "filler_value": Reason(MADE_UP, _("the same value in %(n)s records by the same hand")),
    "burst": Reason(MADE_UP, _("the same value in %(n)s records within minutes")),
}


@dataclass(frozen=True)
class Hit:
    """One reason found at one field of a record."""

    code: str
    field: str
    weight: int = ENOUGH
    number: int = 0

    @property
    def kind(self) -> str:
        return kind_of(self.code)


def kind_of(code: str) -> str:
    return RULE if code.startswith("rule-") else REASONS[code].kind


def sentence(code: str, number: int) -> str:
    """The reason in the reader's language; of a rule nothing, its own words say it."""
    known = REASONS.get(code)
    return str(known.text) % {"n": number} if known else ""

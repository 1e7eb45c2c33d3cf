"""Data quality by REST: the number with its parts, what is to check, what is right, and the rules."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.call import Call, answer, nothing
from amity.engines.api.parameters import MAX_LIMIT, refuse, whole_number
from amity.engines.quality import findings
from amity.engines.quality.findings import Told
from amity.engines.quality.jobs import start_check
from amity.engines.quality.measures import PARTS, by_person, measure
from amity.engines.quality.models import QualityRule
from amity.engines.quality.rules import all_rules, create_rule, remove_rule
from amity.foundation.core.clock import to_iso


def numbers(call: Call) -> HttpResponse:
    """Of the records and fields the caller may see; people only those whose work the caller may see."""
    call.query()
    call.actor.require(call.spec.key, "see")
    found = measure(call.spec, call.actor)
    return answer(
        {
            "object": call.spec.key,
            "records": found.records,
            "score": found.score,
            "parts": {key: {"share": found.shares[key], "count": found.counts[key]} for key in PARTS},
            "fields": [{"field": gap.field.key, "empty": gap.empty} for gap in found.gaps],
            "stale_days": found.plan.stale_days,
            "people": [
                {"user": one.person_id, "records": one.records, "to_check": one.faults, "score": one.score}
                for one in by_person(call.spec, call.actor)
            ],
        }
    )


def list_findings(call: Call) -> HttpResponse:
    """By record; reasons that speak of fields hidden from the role are left out."""
    given = call.query("cursor", "limit", "kind")
    call.actor.require(call.spec.key, "see")
    limit = whole_number(given, "limit", 50, MAX_LIMIT)
    cursor = given.get("cursor", "0")
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 18:
        raise refuse("cursor", _("This page link is no longer valid."))
    found, after = findings.page_of_findings(
        call.spec, call.actor, kind=given.get("kind", ""), after=int(cursor), limit=limit
    )
    data = [
        {"record": one.record_id, "reasons": [reason_json(told) for told in one.reasons]} for one in found
    ]
    return answer({"data": data, "next_cursor": str(after) if after else None})


def reason_json(told: Told) -> dict[str, Any]:
    return {"kind": told.kind, "code": told.code, "field": told.field or None, "text": told.text}


def settle(call: Call) -> HttpResponse:
    """Everything shown of the record is right."""
    call.query()
    count = findings.settle(actor=call.actor, spec=call.spec, record_id=call.record_id)
    return answer({"settled": count})


def reopen(call: Call) -> HttpResponse:
    """Take back the last time the record was said to be right."""
    call.query()
    count = findings.reopen(actor=call.actor, spec=call.spec, record_id=call.record_id)
    return answer({"reopened": count})


# --- rules, for administrators' programs ---------------------------------------------------------------------


def rule_json(rule: QualityRule) -> dict[str, Any]:
    return {
        "id": rule.pk,
        "name": rule.name,
        "filter": rule.filter,
        "created_at": to_iso(rule.created_at),
    }


def list_rules(call: Call) -> HttpResponse:
    call.query()
    data = [rule_json(rule) for rule, _readable in all_rules(call.actor, call.spec)]
    return answer({"data": data, "next_cursor": None})


def add_rule(call: Call) -> HttpResponse:
    call.query()
    data = call.body("name", "filter")
    rule = create_rule(actor=call.actor, spec=call.spec, name=data.get("name"), filter=data.get("filter"))
    start_check(call.spec.type_id, call.actor.workspace_id, call.actor.user_id)
    return answer(rule_json(rule), 201)


def drop_rule(call: Call) -> HttpResponse:
    call.query()
    remove_rule(actor=call.actor, spec=call.spec, rule_id=call.path["rule_id"])
    return nothing()

"""Rules of a firm for one object: a sentence, and a filter. Records that match the filter break the rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.engines.quality.models import Finding, QualityRule
from amity.engines.quality.reasons import Hit
from amity.foundation.accounts.actor import Actor, system_actor
from amity.foundation.accounts.models import Workspace
from amity.foundation.accounts.services import audit
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Denied, FieldError, Invalid, LimitReached, Malformed, NotFound
from amity.foundation.core.text import clean_text
from amity.foundation.records.access import all_records
from amity.foundation.records.context import context_for
from amity.foundation.records.database import OneOf
from amity.foundation.records.filters import Tree, compile_tree
from amity.foundation.records.seen import seen_by
from amity.foundation.records.spec import ObjectSpec, Values

MAX_RULES = 50
MAX_FILTER = 20_000  # characters
PREFIX = "rule-"


# --- the rules themselves ---------------------------------------------------------------------------------------


def rules_of(actor: Actor, spec: ObjectSpec) -> list[QualityRule]:
    """The rules that speak only of what the actor may know, oldest first."""
    seen = seen_by(actor, spec)
    rows = QualityRule.unscoped.filter(
        workspace_id=actor.workspace_id, object_type_id=spec.type_id, removed_at=None
    )
    return [rule for rule in rows.order_by("pk") if reads(seen, rule.filter, actor)]


def all_rules(actor: Actor, spec: ObjectSpec) -> list[tuple[QualityRule, bool]]:
    """Every rule for its administrator, with whether it can still be read."""
    if not actor.admin:
        raise Denied
    rows = QualityRule.unscoped.filter(
        workspace_id=actor.workspace_id, object_type_id=spec.type_id, removed_at=None
    )
    return [(rule, reads(spec, rule.filter, actor)) for rule in rows.order_by("pk")]


def reads(spec: ObjectSpec, tree: Tree, actor: Actor) -> bool:
    """Whether the actor may ask so: not of hidden fields, nor of fields that are no more."""
    try:
        compile_tree(spec, tree, context_for(actor))
    except Malformed:
        return False
    return True


def create_rule(*, actor: Actor, spec: ObjectSpec, name: Any, filter: Any) -> QualityRule:
    """Raises Denied for others than administrators, Invalid with every wrong value, LimitReached."""
    actor.require_admin()
    here = {"workspace_id": actor.workspace_id, "object_type_id": spec.type_id}
    if QualityRule.unscoped.filter(**here, removed_at=None).count() >= MAX_RULES:
        raise LimitReached(_("An object has at most %(n)s rules.") % {"n": MAX_RULES})
    rule = QualityRule(**here, made_by_id=actor.user_id)
    _fill(actor, spec, rule, name, filter)
    with transaction.atomic():
        rule.save()
        audit(actor, "quality.rule", rule.name)
    return rule


def remove_rule(*, actor: Actor, spec: ObjectSpec, rule_id: int) -> QualityRule:
    """Its findings go with it; `restore_rule` brings it back, and the next look finds them again."""
    return _switch(actor, spec, rule_id, removed=True)


def restore_rule(*, actor: Actor, spec: ObjectSpec, rule_id: int) -> QualityRule:
    return _switch(actor, spec, rule_id, removed=False)


def _switch(actor: Actor, spec: ObjectSpec, rule_id: int, *, removed: bool) -> QualityRule:
    actor.require_admin()
    here = {"workspace_id": actor.workspace_id, "object_type_id": spec.type_id}
    with transaction.atomic():
        rows = QualityRule.unscoped.select_for_update()
        rule: QualityRule | None = rows.filter(**here, pk=rule_id, removed_at__isnull=removed).first()
        if rule is None:
            raise NotFound
        rule.removed_at = now() if removed else None
        rule.save(update_fields=["removed_at"])
        if removed:
            Finding.unscoped.filter(**here, code=f"{PREFIX}{rule.pk}", settled_at=None).delete()
        audit(actor, "quality.rule_removed" if removed else "quality.rule", rule.name)
    return rule


def _fill(actor: Actor, spec: ObjectSpec, rule: QualityRule, name: Any, tree: Any) -> None:
    errors: list[FieldError] = []
    try:
        rule.name = clean_text(name, multiline=False, limit=120).strip() if isinstance(name, str) else ""
    except ValueError:
        rule.name = ""
    if not rule.name:
        errors.append(FieldError("name", "required", _("Say the rule in a sentence of at most 120 letters.")))
    if not isinstance(tree, dict) or not tree or not fields_in(tree):
        errors.append(FieldError("filter", "required", _("Say which records break the rule.")))
    elif len(json.dumps(tree)) > MAX_FILTER:
        errors.append(FieldError("filter", "too_long", _("This filter is too long.")))
    else:
        try:
            compile_tree(spec, tree, context_for(actor))
        except Malformed as error:
            errors.append(FieldError("filter", "malformed", str(error)))
    if errors:
        raise Invalid(errors)
    rule.filter = tree


def fields_in(tree: Any) -> set[str]:
    """Keys of the fields a filter asks about, of this object and of related ones."""
    if isinstance(tree, list):
        return {key for item in tree for key in fields_in(item)}
    if not isinstance(tree, dict):
        return set()
    own = {str(tree[key]) for key in ("field", "related") if isinstance(tree.get(key), str)}
    return own.union(*(fields_in(tree[key]) for key in ("and", "or", "not", "where") if key in tree))


# --- looking ---------------------------------------------------------------------------------------------------


class Rules:
    """The rules of an object as a look through it asks them. One that cannot be read any more is left out."""

    def __init__(self, spec: ObjectSpec, workspace: Workspace) -> None:
        self.spec, self.workspace_id = spec, workspace.pk
        actor = system_actor(workspace)
        context = context_for(actor)
        rows = QualityRule.unscoped.filter(
            workspace_id=workspace.pk, object_type_id=spec.type_id, removed_at=None
        )
        kept = [rule for rule in rows.order_by("pk") if reads(spec, rule.filter, actor)]
        self.conditions = {f"{PREFIX}{rule.pk}": compile_tree(spec, rule.filter, context) for rule in kept}
        self.fields = {f"{PREFIX}{rule.pk}": sorted(fields_in(rule.filter)) for rule in kept}

    def hits_between(self, first: int, last: int) -> Iterator[tuple[int, list[Hit]]]:
        return self._hits(lambda rows: rows.filter(pk__gte=first, pk__lte=last))

    def hits_among(self, ids: Sequence[int]) -> Iterator[tuple[int, list[Hit]]]:
        return self._hits(lambda rows: rows.filter(OneOf("pk", ids)))

    def _hits(self, limit: Callable[[Any], Any]) -> Iterator[tuple[int, list[Hit]]]:
        for code, condition in self.conditions.items():
            live = limit(all_records(self.spec, self.workspace_id).filter(deleted_at=None))
            for pk in live.filter(condition).values_list("pk", flat=True):
                yield pk, [Hit(code, "")]

    def values_of(self, code: str, values: Values) -> Any:
        """What the rule looked at: a settled record comes back when one of these changes."""
        return [values.get(key) for key in self.fields.get(code, ())]

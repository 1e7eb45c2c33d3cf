"""Who gets which records of a colleague: rules in order, the first that fits a record wins. Nothing is written.

Rules are plain data: `{"object", "filter", "to", "users", "team", "share"}`. `object` is a key or `*` for every
object; `to` is `users` (one of them or several), `team` (its members), `nobody` or `stay`. Several share by `turn`,
or so that whoever has the `fewest` records of the object gets the next. What no rule fits stays where it is.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import cycle
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor, load_actor
from amity.foundation.accounts.models import Membership, Team, TeamMember
from amity.foundation.core.errors import AmityError, Denied, FieldError, Invalid, NotFound
from amity.foundation.core.locales import noun
from amity.foundation.records.access import MAX_ID, reach, visible
from amity.foundation.records.context import context_for
from amity.foundation.records.filters import Tree
from amity.foundation.records.listing import Query, matching
from amity.foundation.records.objects import enabled_specs
from amity.foundation.records.services.records import check_owner
from amity.foundation.records.spec import ObjectSpec

TARGETS, SHARES, EVERY = ("users", "team", "nobody", "stay"), ("turn", "fewest"), "*"
MOST_RULES, MOST_USERS = 50, 200
NAMES = ("object", "filter", "to", "users", "team", "share")


@dataclass(frozen=True)
class Rule:
    object: str
    to: str
    filter: Tree | None = None
    users: tuple[int, ...] = ()
    team: int | None = None
    share: str = "turn"

    def to_json(self) -> dict[str, Any]:
        return {
            "object": self.object, "filter": self.filter, "to": self.to, "users": list(self.users), "team": self.team,
            "share": self.share,
        }  # fmt: skip


@dataclass
class Plan:
    """`rows` are `(object type, record, new owner or None)` in the order they are written.

    `given` counts by object and new owner, `stays` by object what remains with the colleague.
    """

    rows: list[tuple[int, int, int | None]] = field(default_factory=list)
    given: Counter[tuple[str, int | None]] = field(default_factory=Counter)
    stays: Counter[str] = field(default_factory=Counter)


# --- reach ---------------------------------------------------------------------------------------


def handover_specs(actor: Actor) -> list[ObjectSpec]:
    """The objects whose records the actor may give to somebody else; later ones join by having an owner."""
    return [spec for spec in enabled_specs(actor) if gives(actor, spec)]


def gives(actor: Actor, spec: ObjectSpec) -> bool:
    """Whether the role lets one change who owns records of the object."""
    owner = spec.field("owner")
    return actor.may(spec.key, "edit") and owner is not None and not (owner.hidden or owner.read_only)


def covers(actor: Actor, user_id: int) -> bool:
    """Whether some of this colleague's records are within the actor's reach."""
    owners = (actor.owners(spec.key, "edit") for spec in handover_specs(actor))
    return any(found is None or user_id in found for found in owners)


def reaches_others(actor: Actor) -> bool:
    """For menus: whether the role reaches any record of somebody else."""
    return any(actor.scope_of(spec.key, "edit") not in ("none", "own") for spec in handover_specs(actor))


def get_colleague(actor: Actor, user_id: int) -> Membership:
    """Whose records are handed over, switched off or not. NotFound for strangers and out of reach alike."""
    if actor.read_only:
        raise Denied
    people = Membership.objects.select_related("user")
    found = people.filter(user_id=user_id).first() if user_id <= MAX_ID else None
    if found is None or not covers(actor, user_id):
        raise NotFound
    return found


def owned(actor: Actor, spec: ObjectSpec, user_id: int | None) -> Any:
    """The live records of a colleague that the actor may give away: not what is only shared with them."""
    own = (reach(spec, actor, verb, shared=False) for verb in ("see", "edit"))
    return visible(spec, actor, "edit").filter(*own, owner_id=user_id)


def counts_of(actor: Actor, user_id: int) -> list[tuple[ObjectSpec, int]]:
    """How many records of each object a colleague owns, within the actor's reach."""
    return [(spec, owned(actor, spec, user_id).count()) for spec in handover_specs(actor)]


# --- rules ---------------------------------------------------------------------------------------


def read_rules(data: Any) -> list[Rule]:
    """Rules out of JSON. Raises Invalid, naming `rules.<place>.<part>`."""
    if not isinstance(data, list) or not data:
        raise Invalid.one("rules", "required", _("Say who gets the records."))
    if len(data) > MOST_RULES:
        raise Invalid.one("rules", "too_many", _("At most %(n)s rules are possible.") % {"n": MOST_RULES})
    errors: list[FieldError] = []
    found = [rule for place, one in enumerate(data) if (rule := _read(place, one, errors)) is not None]
    if errors:
        raise Invalid(errors)
    return found


def _read(place: int, data: Any, errors: list[FieldError]) -> Rule | None:
    if not isinstance(data, dict) or data.keys() - set(NAMES):
        told = _("A rule has object, filter, to, users, team and share.")
        errors.append(FieldError(f"rules.{place}", "rule", told))
        return None
    rule = {"object": "", "filter": None, "to": "", "users": [], "team": None, "share": "turn", **data}
    sound = {
        "object": isinstance(rule["object"], str),
        "filter": rule["filter"] is None or isinstance(rule["filter"], dict),
        "to": rule["to"] in TARGETS,
        "users": _are_ids(rule["users"]),
        "team": rule["team"] is None or _is_id(rule["team"]),
        "share": rule["share"] in SHARES,
    }  # fmt: skip
    wrong = [name for name, fine in sound.items() if not fine]
    errors += [FieldError(f"rules.{place}.{name}", "value", _("This cannot be used here.")) for name in wrong]
    if wrong:
        return None
    rule["users"] = tuple(dict.fromkeys(rule["users"]))
    return Rule(**rule)


def _are_ids(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_USERS and all(map(_is_id, value))


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


# --- the plan ------------------------------------------------------------------------------------


def make_plan(*, actor: Actor, user_id: int, rules: Sequence[Rule]) -> Plan:
    """Raises NotFound for the colleague, Invalid naming what is wrong in which rule."""
    get_colleague(actor, user_id)
    return Planner(actor, user_id, rules).plan()


class Planner:
    """Rules checked against today's people and objects, then put to every record."""

    def __init__(self, actor: Actor, user_id: int, rules: Sequence[Rule]) -> None:
        self.actor, self.user_id, self.rules = actor, user_id, rules
        self.context = context_for(actor)
        self.specs = handover_specs(actor)
        self.errors: list[FieldError] = []
        self.found = Plan()

    def plan(self) -> Plan:
        if not self.rules:
            raise Invalid.one("rules", "required", _("Say who gets the records."))
        takers = [self._takers(place, rule) for place, rule in enumerate(self.rules)]
        self._refuse()
        turns = [cycle(users) if users else None for users in takers]
        for spec in self.specs:
            self._share_out(spec, takers, turns)
        self._refuse()
        return self.found

    def _refuse(self) -> None:
        if self.errors:
            raise Invalid(self.errors)

    def _wrong(self, place: int, part: str, code: str, text: str) -> None:
        self.errors.append(FieldError(f"rules.{place}.{part}", code, text))

    @cached_property
    def _active(self) -> set[int]:
        rows = Membership.objects.filter(is_active=True, user__is_active=True)
        return set(rows.values_list("user_id", flat=True)) - {self.user_id}

    def _takers(self, place: int, rule: Rule) -> list[int]:
        """Who may get what the rule fits; empty for nobody and stay."""
        if rule.object != EVERY and rule.object not in {spec.key for spec in self.specs}:
            self._wrong(place, "object", "unknown", _("There is no such object that you may hand over."))
        if rule.object == EVERY and rule.filter:
            self._wrong(place, "filter", "object", _("A filter needs one object that it is about."))
        if rule.to == "team":
            return self._team(place, rule)
        if rule.to != "users":
            return []
        if not rule.users:
            self._wrong(place, "users", "required", _("Choose who gets them."))
        if any(one not in self._active for one in rule.users):
            self._wrong(place, "users", "unknown", _("Choose other people who work here."))
        return list(rule.users)

    def _team(self, place: int, rule: Rule) -> list[int]:
        team = Team.objects.filter(pk=rule.team).first() if rule.team else None
        if team is None:
            self._wrong(place, "team", "unknown", _("Choose a team."))
            return []
        members = TeamMember.objects.filter(team=team).order_by("pk").values_list("user_id", flat=True)
        found = [one for one in members if one in self._active]
        if not found:
            self._wrong(place, "team", "empty", _("Nobody else is in this team."))
        return found

    def _share_out(self, spec: ObjectSpec, takers: list[list[int]], turns: list[Any]) -> None:
        left = list(owned(self.actor, spec, self.user_id).order_by("pk").values_list("pk", flat=True))
        given: Counter[int | None] = Counter()
        for place, rule in enumerate(self.rules):
            if rule.object not in (spec.key, EVERY):
                continue
            hits, left = self._split(place, spec, rule, left)
            if not hits or (rule.to in ("users", "team") and not takers[place]):
                continue
            if rule.to == "stay":
                self.found.stays[spec.key] += len(hits)
            elif self._allowed(place, spec, rule, takers[place]):
                next_one = self._sharing(spec, rule, takers[place], turns[place], given)
                for pk in hits:
                    to = next_one()
                    given[to] += 1
                    self.found.rows.append((spec.type_id, pk, to))
        self.found.given.update({(spec.key, to): n for to, n in given.items()})
        self.found.stays[spec.key] += len(left)

    def _split(
        self, place: int, spec: ObjectSpec, rule: Rule, left: list[int]
    ) -> tuple[list[int], list[int]]:
        """Those of the records left that the rule fits, and the others."""
        if not rule.filter:
            return left, []
        try:
            rows = matching(spec, Query(filter=rule.filter), self.context).filter(owner_id=self.user_id)
            fits = set(rows.values_list("pk", flat=True))
        except AmityError as error:
            self._wrong(place, "filter", error.code, str(error))
            return [], left
        return [pk for pk in left if pk in fits], [pk for pk in left if pk not in fits]

    def _allowed(self, place: int, spec: ObjectSpec, rule: Rule, takers: list[int]) -> bool:
        """Nothing goes beyond the actor's reach, to somebody who could not see it, or against a needed owner."""
        words = {"objects": noun(spec.plural)}
        part = "to" if rule.to == "nobody" else rule.to
        if rule.to == "nobody" and spec.by_key["owner"].required:
            self._wrong(place, part, "required", _("Every one of the %(objects)s needs an owner.") % words)
            return False
        receivers: list[int | None] = [*takers] or [None]
        try:
            for to in receivers:
                check_owner(spec, to, self.actor)
        except Denied as error:
            text = _("Your role does not let you leave records without an owner.")
            self._wrong(place, part, "reach", text if rule.to == "nobody" else str(error))
            return False
        blind = [to for to in takers if not self._sees(to, spec)]
        if blind:
            text = _("%(name)s may not see %(objects)s.")
            self._wrong(place, part, "blind", text % {**words, "name": self._name(blind[0])})
        return not blind

    def _sees(self, user_id: int, spec: ObjectSpec) -> bool:
        taker = load_actor(self.actor.workspace_id, user_id, "system")
        return taker is not None and taker.may(spec.key, "see")

    def _name(self, user_id: int) -> str:
        return Membership.objects.select_related("user").get(user_id=user_id).user.short_name

    def _sharing(
        self, spec: ObjectSpec, rule: Rule, takers: list[int], turn: Any, given: Counter[int | None]
    ) -> Callable[[], int | None]:
        """Who gets the next record."""
        if not takers:
            return lambda: None
        if rule.share == "turn" or len(takers) == 1:
            return lambda: next(turn)
        loads = [(load + given[to], place, to) for place, (to, load) in enumerate(self._loads(spec, takers))]
        heapq.heapify(loads)

        def fewest() -> int:
            load, place, to = loads[0]
            heapq.heapreplace(loads, (load + 1, place, to))
            return to

        return fewest

    def _loads(self, spec: ObjectSpec, takers: Iterable[int]) -> list[tuple[int, int]]:
        """How many records of the object each has already, as far as the actor sees."""
        rows = visible(spec, self.actor).filter(owner_id__in=takers).order_by().values("owner_id")
        have = dict(rows.annotate(n=Count("pk")).values_list("owner_id", "n"))
        return [(to, have.get(to, 0)) for to in takers]


__all__ = [
    "EVERY", "SHARES", "TARGETS", "Plan", "Rule", "counts_of", "covers", "get_colleague", "gives", "handover_specs",
    "make_plan", "owned", "reaches_others", "read_rules",
]  # fmt: skip

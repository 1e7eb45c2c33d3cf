"""Example data: a believable firm's customers, made through the services; `demo_removal` takes them out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.apps.people import demo_world as world
from amity.apps.people.demo_claims import disagree
from amity.apps.people.demo_pairs import add_pairs
from amity.apps.people.demo_views import add_views
from amity.apps.people.demo_world import Culture
from amity.engines.quality.demo import add_quality
from amity.engines.quality.services import scan
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Workspace
from amity.foundation.accounts.services import audit
from amity.foundation.core.clock import find_zone, now, today
from amity.foundation.core.errors import Conflict
from amity.foundation.core.text import fold
from amity.foundation.records.access import all_records
from amity.foundation.records.context import Context, context_for
from amity.foundation.records.models import Batch, Note
from amity.foundation.records.objects import spec_for, specs_for
from amity.foundation.records.services import schema
from amity.foundation.records.services.clean import clean_values
from amity.foundation.records.services.records import make_draft
from amity.foundation.records.services.write import Edit, Writer
from amity.foundation.records.spec import ObjectSpec, Values

SEED = 20_240_229
PEOPLE, COMPANIES, SHIPMENTS = 300, 80, 60
TWINS = 4  # of the people
SET = 6
NOTE_AGE = 45
STAGES = ("lead", "lead", "prospect", "prospect", "customer", "customer", "customer", "subscriber", "former")
SOURCES = ("website", "referral", "event", "call", "advert", "walk_in")
SHIPMENT = "shipments"


def add_demo(*, actor: Actor, owners: Sequence[int] = (), seed: int = SEED) -> int:
    """Fill the workspace with example data; returns the batch id: 300 people, 80 companies, 60 shipments.

    `owners` share the records (the actor alone when empty). One seed gives the same data, dated from today.
    Raises Denied for those who are not administrators, Conflict when example data are there already.
    """
    actor.require_admin()
    actor = actor.with_source("system")
    batch = _open_batch(actor)
    build(actor.workspace, actor, Random(seed), batch_id=batch.pk, owners=owners)  # noqa: S311
    audit(actor, "demo.added")
    return int(batch.pk)


def _open_batch(actor: Actor) -> Batch:
    """The batch the records belong to. Of two people who ask at once, one gets the Conflict."""
    with transaction.atomic():
        batch: Batch = Batch.unscoped.create(
            workspace_id=actor.workspace_id, kind="demo", label=_("Example data"), actor_id=actor.user_id
        )
        free = Workspace.objects.filter(pk=actor.workspace_id, demo_batch="")
        if not free.update(demo_batch=str(batch.pk)):
            raise Conflict(_("The example data are there already."), code="demo_there")
    actor.workspace.demo_batch = str(batch.pk)
    return batch


def build(
    workspace: Workspace, actor: Actor, rng: Random, *, batch_id: int, owners: Sequence[int] = ()
) -> None:
    """Write the example records in sets, dated over the past year, and views that show what they are good for."""
    maker = Maker(actor, rng, batch_id, owners)
    companies = maker.write("companies", [maker.company(n) for n in range(COMPANIES)])
    people = maker.write("people", maker.people(companies))
    maker.change("people", people, 45, lambda: {"stage": rng.choice(STAGES)})
    maker.change("people", people, 20, lambda: {"job_title": rng.choice(world.JOBS)})
    maker.change("companies", companies, 15, lambda: {"employees": rng.randrange(3, 400)})
    maker.notes("people", people, 270)
    maker.notes("companies", companies, 80)
    if SHIPMENT not in specs_for(workspace):
        _make_shipments(actor, batch_id)
    if SHIPMENT in specs_for(actor):
        rows = [maker.shipment(n, companies) for n in range(SHIPMENTS)]
        shipments = maker.write(SHIPMENT, rows)
        there = [pk for pk, row in zip(shipments, rows, strict=True) if row["status"] == "delivered"]
        maker.change(SHIPMENT, there, len(there) // 2, lambda: {"rating": rng.randrange(2, 6)})
    add_pairs(actor, people, companies, batch_id)
    add_views(actor)
    disagree(actor, Random(SEED), people, companies)  # noqa: S311
    scan(spec_for(actor, "people"), workspace.pk)
    add_quality(actor, people)


def _make_shipments(actor: Actor, batch_id: int) -> None:
    """An object of the firm's own, as an administrator would make it."""
    row = schema.create_object(actor=actor, label="Shipment", plural="Shipments", icon="truck", key=SHIPMENT)
    schema.refresh(actor)  # the services do so on commit, which may be later than the next line
    status = ["Planned", "On its way", "Delivered", "Lost"]
    for type_name, label, options in (
        ("choice", "Status", {"options": status, "fast": True}),
        ("money", "Value", {"fast": True}),
        ("date", "Ships on", {"fast": True}),
        ("rating", "Rating", {}),
    ):
        schema.create_field(actor=actor, object_key=SHIPMENT, type_name=type_name, label=label, **options)
    schema.refresh(actor)
    schema.create_field(
        actor=actor, object_key=SHIPMENT, type_name="money", label="Insured for", formula="value * 1.1",
        help="The value and a tenth for what cannot be foreseen.",
    )  # fmt: skip
    schema.create_relation(
        actor=actor, from_object=SHIPMENT, to_object="companies", from_label="Customer", to_label="Shipments",
        from_many=False,
    )  # fmt: skip
    schema.refresh(actor)
    columns = ["name", "customer", "status", "ships_on", "value", "insured_for", "rating", "owner"]
    schema.update_object(
        actor=actor,
        key=SHIPMENT,
        settings={"columns": columns, "board_field": "status", "date_field": "ships_on"},
    )
    row.refresh_from_db()
    row.settings = {**row.settings, "demo_batch": batch_id}
    row.save(update_fields=["settings"])
    schema.refresh(actor)


class Maker:
    """Invents values and writes them in sets, each set at its own moment of the past."""

    def __init__(self, actor: Actor, rng: Random, batch_id: int, owners: Sequence[int]) -> None:
        self.actor, self.rng, self.batch_id = actor, rng, batch_id
        self.owners: list[int | None] = list(owners) or [actor.user_id]
        self.context: Context = context_for(actor)
        self.now: datetime = now()
        self.today: date = today(actor.zone)
        self.domains: dict[int, tuple[str, Culture]] = {}
        self.ages: dict[tuple[str, int], float] = {}
        self.taken: set[str] = set()
        self.bags: dict[tuple[str, ...], list[str]] = {}
        self.plans: list[tuple[str, Culture]] = []

    # --- writing ------------------------------------------------------------

    def write(self, key: str, rows: Sequence[Values]) -> list[int]:
        """Create records in small sets over the past year, more of them lately. Returns their ids in order."""
        spec = spec_for(self.actor, key)
        ids: list[int] = []
        for place in range(0, len(rows), SET):
            age = 4 + 316 * (1 - place / len(rows)) ** 2
            writer = self._writer(spec, days=age)
            drafts = [
                make_draft(
                    spec, clean_values(spec, spec.prepare(row, {}, self.context), self.context), self.context
                )
                for row in rows[place : place + SET]
            ]
            with transaction.atomic():
                made = writer.create(drafts)
            self.ages |= {(key, pk): age for pk in made}
            ids += made
        if key == "companies":
            self.domains = dict(zip(ids, self.plans, strict=True))
        return ids

    def change(self, key: str, ids: Sequence[int], count: int, values: Any) -> None:
        """Some edits of the past three weeks, each one line of history."""
        spec = spec_for(self.actor, key)
        rows = all_records(spec, self.actor.workspace_id).filter(pk__in=self.rng.sample(list(ids), count))
        edits = [Edit(row, clean_values(spec, values(), self.context)) for row in rows.order_by("pk")]
        for place in range(0, count, 5):
            days = self.rng.uniform(0.1, 2.5) if place else 0.05
            with transaction.atomic():
                self._writer(spec, days=days).update(edits[place : place + 5])

    def _writer(self, spec: ObjectSpec, *, days: float) -> Writer:
        writer = Writer(spec, self.actor, batch_id=self.batch_id)
        writer.at = self._moment(days)
        return writer

    def _moment(self, days: float) -> datetime:
        """A time of the working day so many days ago, at the latest just now."""
        day = (self.now - timedelta(days=days)).astimezone(find_zone(self.actor.zone))
        hour, minute = self.rng.randrange(8, 18), self.rng.randrange(60)
        return min(
            day.replace(hour=hour, minute=minute), self.now - timedelta(minutes=self.rng.randrange(5, 60))
        )

    def notes(self, key: str, ids: Sequence[int], count: int) -> None:
        """Most of them of the past weeks, none older than its record."""
        type_id = spec_for(self.actor, key).type_id
        chosen = self.rng.choices(ids, k=count)
        Note.unscoped.bulk_create(
            Note(
                workspace_id=self.actor.workspace_id,
                object_type_id=type_id,
                record_id=pk,
                body=self._next(world.NOTES),
                author_id=self.rng.choice(self.owners),
                created_at=self._moment(min(self.ages[key, pk] - 1, self.rng.expovariate(1 / NOTE_AGE))),
                batch_id=self.batch_id,
            )
            for pk in chosen
        )

    # --- inventing ------------------------------------------------------------

    def company(self, number: int) -> Values:
        culture, name, latin = self._firm()
        domain = f"{_ascii(latin)}{number + 1}.example.com"
        self.plans.append((domain, culture))
        return {
            "name": name,
            "kind": self.rng.choice(
                ("customer", "customer", "customer", "supplier", "partner", "competitor")
            ),
            "industry": self.rng.choice(world.INDUSTRIES),
            "employees": self.rng.choice((4, 9, 15, 40, 120, 350)),
            "emails": [f"info@{domain}"],
            "phones": [self._phone(culture)],
            "website": f"https://www.{domain}",
            "addresses": [self._address(culture)],
            "source": self.rng.choice(SOURCES),
            "stage": self.rng.choice(STAGES),
            "owner": self.rng.choice(self.owners),
            "tags": self._tags(),
        }

    def person(self, companies: Sequence[int]) -> Values:
        company = self.rng.choice(companies) if self.rng.random() < 0.75 else None
        culture = self.domains[company][1] if company else self._culture()
        domain = self.domains[company][0] if company else "example.com"
        (first, middle, first_latin), (last, last_latin) = self._name(culture)
        values: Values = {
            "first_name": first,
            "middle_name": middle or None,
            "last_name": last,
            "language": culture.language,
            "emails": [
                {"value": self._free(f"{_ascii(first_latin)}.{_ascii(last_latin)}", domain), "label": "work"}
            ],
            "stage": self.rng.choice(STAGES),
            "source": self.rng.choice(SOURCES),
            "owner": self.rng.choice(self.owners),
            "tags": self._tags(),
        }
        if company:
            values |= {"company": company, "job_title": self.rng.choice(world.JOBS)}
            values["department"] = self.rng.choice(world.DEPARTMENTS)
        else:
            values["addresses"] = [self._address(culture)]
        if self.rng.random() < 0.8:
            values["phones"] = [{"value": self._phone(culture), "label": "work"}]
        if self.rng.random() < 0.5:
            values["birthday"] = self._birthday()
        return values

    def people(self, companies: Sequence[int]) -> list[Values]:
        """All of them; the last few are others of the list, written down a second time."""
        found = [self.person(companies) for _n in range(PEOPLE - TWINS - len(world.INVENTED))]
        reached = [one for one in found if one.get("company") and one.get("phones")]
        typed = [
            {**one, "stage": "lead", "source": "call", "owner": self.owners[-1]} for one in world.INVENTED
        ]
        return found + typed + [self._again(one) for one in reached[:TWINS]]

    def _again(self, one: Values) -> Values:
        """Somebody who called, and whom nobody looked for first."""
        names = {key: one[key] for key in ("first_name", "last_name", "language", "phones")}
        local = _ascii(one["first_name"]) or "caller"
        emails = [{"value": self._free(local, "example.com"), "label": "home"}]
        return {
            **names,
            "emails": emails,
            "stage": "lead",
            "source": "call",
            "owner": self.rng.choice(self.owners),
        }

    def shipment(self, number: int, companies: Sequence[int]) -> Values:
        days = self.rng.randrange(-50, 25)
        status = "delivered" if days < -6 else "on_its_way" if days < 1 else "planned"
        return {
            "name": f"{self.rng.choice(world.GOODS)} {1001 + number}",
            "status": status,
            "value": {"amount": self.rng.randrange(80, 9000) * 100, "currency": self.context.currency},
            "ships_on": (self.today + timedelta(days=days)).isoformat(),
            "rating": self.rng.randrange(2, 6) if status == "delivered" else None,
            "customer": self.rng.choice(companies),
            "owner": self.rng.choice(self.owners),
        }

    def _firm(self) -> tuple[Culture, str, str]:
        """A culture and a firm's name that no other example firm has."""
        while True:
            culture = self._culture()
            written, latin = self._pick(culture.firms)
            name = f"{written} {self.rng.choice(culture.forms)}"
            if name not in self.taken:
                self.taken.add(name)
                return culture, name, latin

    def _name(self, culture: Culture) -> tuple[tuple[str, str, str], tuple[str, str]]:
        """First name, patronymic and last name that no other example person has together."""
        while True:
            woman = self.rng.random() < 0.5
            names, latin = self._pick(culture.women if woman else culture.men)
            first, _sign, middle = names.partition("~")
            his, _sign, hers = self._next(culture.last.split()).partition("/")
            last, last_latin = _written(hers if hers and woman else his)
            if f"{first} {last}" not in self.taken:
                self.taken.add(f"{first} {last}")
                return (first, middle, latin), (last, last_latin)

    def _free(self, local: str, domain: str) -> str:
        """An e-mail address that no other example person has."""
        number = 1
        while (email := f"{local}{number if number > 1 else ''}@{domain}") in self.taken:
            number += 1
        self.taken.add(email)
        return email

    def _culture(self) -> Culture:
        return self.rng.choices(world.CULTURES, [culture.weight for culture in world.CULTURES])[0]

    def _pick(self, words: str) -> tuple[str, str]:
        """The next of the words, as written and in latin letters."""
        return _written(self._next(words.split()))

    def _next(self, words: Sequence[str]) -> str:
        """One of the words at random; each comes once before one comes again."""
        bag = self.bags.setdefault(tuple(words), [])
        if not bag:
            bag += self.rng.sample(words, len(words))
        return bag.pop()

    def _phone(self, culture: Culture) -> str:
        return "".join(
            self.rng.choice("0123456789") if c == "#" else c for c in self.rng.choice(culture.phones)
        )

    def _address(self, culture: Culture) -> dict[str, str]:
        city, code, region = self.rng.choice(culture.cities.split(";")).split("|")
        street = self.rng.choice(culture.streets.split(";"))
        return {
            "street": street.replace("#", str(self.rng.randrange(1, 90))),
            "city": city,
            "postal_code": code,
            "region": region,
            "country": culture.country,
        }

    def _birthday(self) -> str:
        """Every fifth one falls within the next two weeks, so that Home has something to say."""
        near = self.rng.random() < 0.2
        day = self.today + timedelta(days=self.rng.randrange(14) if near else self.rng.randrange(365))
        return day.replace(year=self.rng.randrange(1955, 2004), day=min(day.day, 28)).isoformat()

    def _tags(self) -> list[str]:
        return sorted(self.rng.sample(world.TAGS, self.rng.choice((0, 0, 1, 1, 2))))


def _written(word: str) -> tuple[str, str]:
    written, _sign, latin = word.partition("=")
    return written, latin or written


def _ascii(text: str) -> str:
    return "".join(c for c in fold(text) if c.isascii() and c.isalnum())

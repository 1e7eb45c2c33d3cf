"""Example data: a webshop and a list from a trade fair that say something else than the records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from amity.apps.people import demo_world as world
from amity.foundation.accounts.actor import Actor
from amity.foundation.records.access import among_records
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import update_record

SHOP, FAIR = "api:Webshop", "import:Trade fair"


def disagree(actor: Actor, rng: Random, people: Sequence[int], companies: Sequence[int]) -> None:
    """A few open conflicts; only filled fields are spoken of, so that no record changes."""
    employed = list(
        among_records(spec_for(actor, "people"), actor.workspace_id, people).exclude(job_title=None)
    )
    for record in rng.sample(employed, 4):
        jobs = [job for job in world.JOBS if job != record.job_title]
        _say(actor, FAIR, "people", record.pk, {"job_title": rng.choice(jobs)})
    for pk in rng.sample(list(companies), 3):
        _say(actor, SHOP, "companies", pk, {"employees": rng.randrange(401, 900)})
        _say(actor, FAIR, "companies", pk, {"employees": rng.randrange(901, 2000)})
    for pk in rng.sample(list(companies), 2):
        _say(actor, SHOP, "companies", pk, {"website": f"https://shop.example.com/{pk}"})


def _say(actor: Actor, source: str, key: str, record_id: int, values: dict[str, Any]) -> None:
    program = replace(actor, origin=source)
    update_record(actor=program, spec=spec_for(actor, key), record_id=record_id, values=values, ask=True)

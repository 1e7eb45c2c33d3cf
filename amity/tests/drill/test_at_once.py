"""Many at the same moment: the same request, the first run, administrators against each other."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test import Client

from amity.apps.people.models import Company
from amity.foundation.accounts import members, setup
from amity.foundation.accounts.models import Membership, User, Workspace
from amity.foundation.accounts.tokens import create_token
from amity.foundation.core import ratelimit
from amity.foundation.core.errors import Invalid
from amity.foundation.core.scope import scope
from amity.foundation.records import objects
from amity.foundation.records.models import Change, ObjectType, SearchRow
from amity.testing.world import add_person, make_firm

MANY = 50


@pytest.fixture(autouse=True)
def _quick(settings: Any, tmp_path: Path) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.AMITY_HOME = tmp_path
    settings.API_REQUESTS_PER_MINUTE = 0
    ratelimit.configure()


def at_once(actions: list[Callable[[], Any]]) -> list[Any]:
    """Run each in a thread of its own, all beginning together; their results or errors."""
    start, results = threading.Barrier(len(actions)), [None] * len(actions)

    def work(n: int) -> None:
        try:
            start.wait()
            results[n] = actions[n]()
        except Exception as error:  # handed to the test
            results[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


@pytest.fixture
def post(real_database: None) -> Callable[..., tuple[int, int | None]]:
    """Make a company over REST; the status and the record's id."""
    firm = make_firm("Acme", 0)
    with scope(firm.workspace.pk):
        _token, secret = create_token(actor=firm.admin, user_id=firm.admin.user_id or 0, name="x")

    def call(**headers: str) -> tuple[int, int | None]:
        headers |= {"authorization": f"Bearer {secret}"}
        program = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
        body = orjson.dumps({"name": "Same"})
        answer = program.generic("POST", "/api/v1/companies", body, "application/json", headers=headers)
        return answer.status_code, orjson.loads(answer.content).get("id")

    return call


def rows() -> tuple[int, int, int]:
    return Company.unscoped.count(), Change.unscoped.count(), SearchRow.unscoped.count()


def test_the_same_key_makes_one_record(post: Any) -> None:
    answers = at_once([lambda: post(**{"Idempotency-Key": "once"})] * MANY)
    assert {status for status, _id in answers} == {201}
    assert len({record_id for _status, record_id in answers}) == 1
    assert rows() == (1, 1, 1)


def test_without_a_key_each_makes_its_own(post: Any) -> None:
    answers = at_once([post] * MANY)
    assert {status for status, _id in answers} == {201}
    assert len({record_id for _status, record_id in answers}) == MANY
    assert rows() == (MANY, MANY, MANY)


def test_the_first_calls_of_a_workspace_come_together(post: Any) -> None:
    """They make the rows that name its objects; nobody works with those of a transaction under way."""
    for number in range(3):
        ObjectType.unscoped.all().delete()
        objects._cache.clear()
        keys = [{"Idempotency-Key": f"{number} {n}"} for n in range(8)]
        answers = at_once([lambda key=key: post(**key) for key in keys])
        assert {status for status, _id in answers} == {201}
        Company.unscoped.all().delete()
        Change.unscoped.all().delete()
        SearchRow.unscoped.all().delete()


@pytest.mark.parametrize("alike", [True, False])
def test_one_first_run_wins_and_the_others_are_told(real_database: None, alike: bool) -> None:
    key = setup.setup_key()

    def welcome(n: int) -> Any:
        values = {"key": key, "name": "Ada", "password": "seven green boats", "firm": f"Firm {n}"}
        values["email"] = "ada@example.com" if alike else f"ada{n}@example.com"
        return Client(SERVER_NAME="127.0.0.1").post("/welcome/", values)

    answers = at_once([lambda n=n: welcome(n) for n in range(4)])
    assert Workspace.objects.count() == User.objects.count() == Membership.unscoped.count() == 1
    won = [
        answer for answer in answers if answer.status_code == 302 and answer["Location"] == "/welcome/next/"
    ]
    assert len(won) == 1
    told = [answer for answer in answers if answer not in won]
    assert all(answer["Location"] == "/sign-in/" for answer in told if answer.status_code == 302)
    assert all("already" in answer.content.decode() for answer in told if answer.status_code != 302)
    assert {answer.status_code for answer in told} <= {302, 403, 422}
    assert not setup.key_file().exists()


DEEDS: dict[str, Callable[[Any, int], Any]] = {
    "demote": lambda actor, pk: members.set_role(actor=actor, member_id=pk, role_key="member"),
    "switch off": lambda actor, pk: members.set_active(actor=actor, member_id=pk, active=False),
}


@pytest.mark.parametrize(
    "deeds", [("demote", "demote"), ("switch off", "switch off"), ("demote", "switch off")]
)
def test_administrators_cannot_remove_each_other(real_database: None, deeds: tuple[str, str]) -> None:
    firm = make_firm("Acme", 0)
    second = add_person(firm.workspace, "second@example.com", "admin")
    both = Membership.unscoped.filter(role__admin=True)
    pairs = [(firm.admin, both.get(user=second.user).pk), (second, both.get(user=firm.admin.user).pk)]

    def act(actor: Any, other: int, deed: str) -> Any:
        with scope(firm.workspace.pk):
            return DEEDS[deed](actor, other)

    for _round in range(5):
        results = at_once(
            [lambda a=a, o=o, d=d: act(a, o, d) for (a, o), d in zip(pairs, deeds, strict=True)]
        )
        kinds = Counter(type(result) for result in results)
        assert kinds == {Membership: 1, Invalid: 1}, results
        assert Membership.unscoped.filter(role__admin=True, is_active=True).count() == 1
        admin = Membership.unscoped.filter(role__admin=True, is_active=True).get().role_id
        Membership.unscoped.filter(pk__in=[pk for _actor, pk in pairs]).update(role_id=admin, is_active=True)

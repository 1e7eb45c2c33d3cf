"""Two databases that differ only in what somebody may not see answer that person with the same bytes (R14)."""

from __future__ import annotations

import re

import pytest
from django.db import transaction
from django.test import Client

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Role
from amity.foundation.accounts.tokens import create_token
from amity.foundation.core.scope import scope
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.field_rights import set_field_rights
from amity.foundation.records.services.records import update_record
from amity.foundation.records.spec import Values
from amity.tests.security.conftest import Planted, body_of, browser_of
from amity.tests.security.test_routes import RULE_OF, address

Told = dict[str, str]
pytestmark = pytest.mark.django_db
# Made anew with every answer, or with every row of history on a database whose numbers do not go back.
PASSING = re.compile(
    r"csrfmiddlewaretoken[^>]+|X-CSRFToken[^}]+|nonce-[\w+/=-]+|nonce=\"[^\"]+\"|[0-9a-f]{16}\b|"
    r"\b\d\d:\d\d\b|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+[\d:]+)|name=\"once\"[^>]+|undo/\d+/|Set-Cookie[^,}]+"
)
QUESTIONS = ("", "?q=Person", "?sort=birthday", "?sort=-description", "?show=over", "?shape=board", "?shape=calendar",
             '?filter={"field":"birthday","op":"filled"}', '?filter={"field":"description","op":"has","value":"a"}',
             "?trash=1", "?count=exact", "?fields=description", "?columns=name,birthday")  # fmt: skip
SECRETS: tuple[Values, Values] = (
    {"description": "Owes us a lot", "birthday": "1990-01-01"},
    {"description": "Pays at once and always did, a dear friend", "birthday": None},
)


@pytest.fixture
def hidden(planted: Planted) -> Planted:
    """Members may not see two fields."""
    role = Role.unscoped.get(workspace=planted.firm.workspace, key="member").pk
    rights = dict.fromkeys(SECRETS[0], "hidden")
    with scope(planted.firm.workspace.pk):
        set_field_rights(actor=planted.firm.admin, role_id=role, object_key="people", rights=rights)
    return planted


def test_a_hidden_value_makes_no_difference(hidden: Planted) -> None:
    """Written twice by those who see it; its owner, who does not, asks for every page of the record."""
    told = both(hidden, SECRETS, hidden.firm.owner)
    assert same(*told) > 100


def test_a_record_out_of_sight_makes_no_difference(hidden: Planted) -> None:
    names: tuple[Values, Values] = (
        {"name": "Anton Person", "tags": ["x"]},
        {"name": "Person", "phones": "+44 20 7946 0123"},
    )
    told = both(hidden, names, hidden.firm.colleague)
    assert same(*told) > 100


def test_the_difference_is_there_for_who_may_see_it(hidden: Planted) -> None:
    """Else the others would prove nothing."""
    one, two = both(hidden, SECRETS, hidden.firm.admin)
    assert sum(one[url] != two[url] for url in one) > 5


def same(one: Told, two: Told) -> int:
    """How many answers there are; each must be the same."""
    assert one.keys() == two.keys()
    for url, answer in one.items():
        apart = next((n for n, (a, b) in enumerate(zip(answer, two[url], strict=False)) if a != b), 0)
        assert answer == two[url], (url, answer[apart - 200 : apart + 80], two[url][apart : apart + 80])
    return len(one)


def both(planted: Planted, values: tuple[Values, Values], actor: Actor) -> tuple[Told, Told]:
    """What the actor is told on every address that can be read, while the record has the first or the other values."""
    asking = browser_of(actor), program_of(actor)
    first, second = (told_of(planted, one, asking) for one in values)
    return first, second


def told_of(planted: Planted, values: Values, asking: tuple[Client, Client]) -> Told:
    admin = planted.firm.admin
    with transaction.atomic():
        with scope(planted.firm.workspace.pk):
            people = spec_for(admin, "people")
            update_record(actor=admin, spec=people, record_id=planted.ids["record_id"], values=values)
        found = answers(planted, *asking)
        transaction.set_rollback(True)
    return found


def answers(planted: Planted, pages: Client, program: Client) -> Told:
    found = {}
    for route, rule in RULE_OF.items():
        if rule in ("public", "admin"):
            continue
        path = address(route, planted.ids)
        ask = program if rule == "program" else pages
        for question in QUESTIONS if route.endswith(("<key>/", "<object_key>")) else ("",):
            answer = ask.get(path + question)
            found[path + question] = f"{answer.status_code} " + PASSING.sub("", body_of(answer))
    return found


def program_of(actor: Actor) -> Client:
    assert actor.user_id
    with scope(actor.workspace_id):
        _token, secret = create_token(actor=actor, user_id=actor.user_id, name="differ")
    return Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {secret}"})

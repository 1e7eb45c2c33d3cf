"""Somebody guesses passwords from one address and from many: it gets slow, and the owner still comes in."""

from __future__ import annotations

import http.client
import os
import re
import sqlite3
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from amity.foundation.accounts.models import User
from amity.foundation.accounts.signin import check_sign_in
from amity.foundation.core.errors import Invalid
from amity.testing.world import Firm
from amity.tests.browser.installation import Installation, installation
from amity.tests.drill.program import PASSWORD, administrator

OWNER = "ada@example.com"
TRIES = 200


class Guesser:
    """A script at the sign-in form, from loopback addresses of its choice."""

    def __init__(self, port: int) -> None:
        self.port = port
        answer, page = self._send("GET", "127.0.0.1")
        self.cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
        self.token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]  # type: ignore[index]

    def _send(
        self, method: str, address: str, body: str = "", **headers: str
    ) -> tuple[http.client.HTTPResponse, str]:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=60, source_address=(address, 0)
        )
        with closing(connection):
            connection.request(method, "/sign-in/", body or None, headers)
            answer = connection.getresponse()
            return answer, answer.read().decode()

    def sign_in(
        self, email: str, password: str, address: str = "127.0.0.1", known: str = ""
    ) -> http.client.HTTPResponse:
        body = urlencode({"csrfmiddlewaretoken": self.token, "email": email, "password": password})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(filter(None, [self.cookie, known])),
        }
        return self._send("POST", address, body, **headers)[0]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("guessing") / "home") as running:
        administrator(running)
        yield running


@pytest.mark.drill
@pytest.mark.skipif(not Path("/proc/sys/net").exists(), reason="other systems lack most of 127.0.0.0/8")
@pytest.mark.parametrize("addresses", [1, 50])
def test_guessing_gets_slow_and_the_owner_comes_in(site: Installation, addresses: int) -> None:
    script = Guesser(site.port)
    at_home = script.sign_in(OWNER, PASSWORD, "127.0.9.9")
    assert at_home.status == 302, (at_home.status, at_home.headers.items())
    known = next(
        text
        for name, text in at_home.headers.items()
        if name.lower() == "set-cookie" and "amity_known" in text
    )
    places = [f"127.0.{addresses}.{n + 1}" for n in range(addresses)]
    answers = [script.sign_in(OWNER, f"guess {n}", places[n % addresses]) for n in range(TRIES)]
    found = Counter(answer.status for answer in answers)
    assert set(found) == {422, 429}
    assert found[422] < 20
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert script.sign_in(OWNER, PASSWORD, "127.0.9.9", known.partition(";")[0]).status == 302
    elsewhere = script.sign_in(OWNER, PASSWORD, "127.0.8.8")
    if elsewhere.status == 429:
        time.sleep(int(elsewhere.headers["Retry-After"]))
        elsewhere = script.sign_in(OWNER, PASSWORD, "127.0.8.8")
    assert elsewhere.status == 302


@pytest.mark.drill
@pytest.mark.skipif("DRILL_ROUNDS" not in os.environ, reason="measures time: make drill only")
@pytest.mark.skipif(
    "DATABASE_URL" in os.environ and bool(os.environ["DATABASE_URL"]), reason="forgives by sqlite3"
)
def test_time_does_not_tell_who_is_known(site: Installation) -> None:
    script, times = Guesser(site.port), {OWNER: [], "nobody@example.com": []}
    places = cycle(f"127.0.7.{n + 1}" for n in range(50))
    for _n in range(TRIES):
        for email, taken in times.items():
            with sqlite3.connect(site.home / "amity.sqlite3", timeout=30) as database:
                database.execute("DELETE FROM accounts_signinfailure")
            begin = time.perf_counter()
            assert script.sign_in(email, "wrong", next(places)).status == 422
            taken.append(time.perf_counter() - begin)
    known, unknown = (statistics.median(taken) for taken in times.values())
    print(f"known {known * 1000:.1f} ms, unknown {unknown * 1000:.1f} ms")
    assert abs(known - unknown) / max(known, unknown) < 0.1


@pytest.mark.parametrize("who", ["known", "unknown", "without a password", "switched off"])
def test_every_wrong_try_costs_one_hash(
    closed_firm: Firm, settings: object, monkeypatch: pytest.MonkeyPatch, rf: object, who: str
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    user = closed_firm.owner.user
    assert user
    email = "nobody@example.com" if who == "unknown" else user.email
    user.set_password(None if who == "without a password" else "some horse 7")
    user.is_active = who != "switched off"
    user.save()
    encode, calls = MD5PasswordHasher.encode, []
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *words: calls.append(1) or encode(*words))
    with pytest.raises(Invalid):
        check_sign_in(rf.post("/sign-in/"), email, "wrong horse 7")  # type: ignore[attr-defined]
    assert len(calls) == 1
    assert User.objects.filter(email=user.email).exists()
    assert (
        Client(SERVER_NAME="127.0.0.1").post("/sign-in/", {"email": email, "password": "x"}).status_code
        == 422
    )

"""Handing over one message: what servers answer, what is said of it, and where a connection may lead."""

from __future__ import annotations

import pytest

from amity.engines.notify import servers, smtp
from amity.engines.notify.servers import Server, checked_addresses, is_public
from amity.engines.notify.smtp import Envelope, NotMine, deliver
from amity.foundation.core.errors import ProviderFailed
from amity.foundation.core.sealed import seal, unseal

ENVELOPE = Envelope("a@acme.example", "b@other.example", b"Subject: Hello\r\n\r\nText\r\n")


def at(server, **options):
    values = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "", "password": ""}
    return Server(**{**values, "sender": "a@acme.example", "sender_name": "", **options})


def failure(server, **options):
    with pytest.raises(ProviderFailed) as raised:
        deliver(at(server, **options), ENVELOPE)
    return raised.value


def test_a_mail_arrives(smtp):
    server = smtp(password="secret")
    deliver(at(server, username="me", password="secret"), ENVELOPE)
    assert server.mails == [
        ("mail FROM:<a@acme.example>", "rcpt TO:<b@other.example>", "Subject: Hello\r\n\r\nText\r\n")
    ]


@pytest.mark.parametrize(
    ("answers", "permanent", "said"),
    [
        ({"RCPT": "550 no such user"}, True, "550 no such user"),
        ({"RCPT": "450 try later"}, False, "450 try later"),
        ({"MAIL": "553 not from here"}, True, "553"),
        ({".": "552 too large"}, True, "552 too large"),
        ({".": "451 later"}, False, "451"),
        ({"DATA": "421 closing"}, False, "421"),
        ({"hello": "554 go away"}, True, "554"),
        ({"RCPT": "550 bad\x1b[31m"}, True, "550 bad [31m"),
    ],
)
def test_answers_are_quoted_and_told_apart(smtp, answers, permanent, said):
    error = failure(smtp(answers=answers))
    assert error.permanent is permanent
    assert said in str(error)


def test_a_wrong_password_is_named_and_not_shown(smtp):
    error = failure(smtp(password="secret"), username="me", password="guess")
    assert "refuses the user or the password" in str(error)
    assert "guess" not in str(error)
    assert not error.permanent


def test_after_the_text_went_nobody_knows(smtp):
    error = failure(smtp(drop="."))
    assert (error.permanent, error.code) == (True, "unknown")


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT"])
def test_a_connection_lost_before_the_text_is_tried_again(smtp, verb):
    assert not failure(smtp(drop=verb)).permanent


def test_a_farewell_that_fails_is_no_failure(smtp):
    server = smtp(answers={"QUIT": "500 what"})
    deliver(at(server), ENVELOPE)
    assert len(server.mails) == 1


def test_a_claim_that_is_refused_sends_nothing(smtp):
    server = smtp()
    with pytest.raises(NotMine):
        deliver(at(server), ENVELOPE, lambda: False)
    assert server.mails == []


def test_nobody_listens_and_no_tls(smtp):
    server = smtp()
    assert "TLS" in str(failure(server, security="tls"))
    assert "STARTTLS" in str(failure(server, security="starttls"))
    server.stop()
    assert "127.0.0.1" in str(failure(server))


def test_a_server_that_draws_it_out_is_hung_up_on(smtp, monkeypatch):
    monkeypatch.setattr(smtp_module(), "LONGEST", 0.2)
    server = smtp(answers={"MAIL": "250-and"})  # and never goes on
    assert not failure(server).permanent


def smtp_module():

    return smtp


# --- where it may lead ------------------------------------------------------------------------------------

INNER = [
    "127.0.0.1", "127.1", "0177.0.0.1", "2130706433", "0x7f.1", "0.0.0.0", "10.0.0.1", "192.168.1.1", "172.16.0.1",
    "169.254.169.254", "100.64.0.1", "::1", "::", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fe80::1", "fd00::1",
    "2002:7f00:1::", "224.0.0.1", "localhost", "localhost.", "192.0.2.1",
]  # fmt: skip


@pytest.mark.parametrize("host", INNER)
def test_inner_networks_are_out_of_reach(host):
    with pytest.raises(ProviderFailed) as raised:
        checked_addresses(host, 25, trusted=False)
    assert raised.value.code in ("inner", "unknown_host")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_in_reach(address):
    assert is_public(address)


def test_one_inner_address_among_many_is_enough(monkeypatch):
    both = [(0, 0, 0, "", ("8.8.8.8", 25)), (0, 0, 0, "", ("127.0.0.1", 25))]
    monkeypatch.setattr(servers.socket, "getaddrinfo", lambda *_args, **_options: both)
    with pytest.raises(ProviderFailed, match="inner network"):
        checked_addresses("two.example", 25, trusted=False)


def test_the_connection_goes_to_the_checked_address(smtp, monkeypatch, settings):
    """A name that answers otherwise the second time leads nowhere else."""
    server, asked = smtp(), []

    def once(host, port, *_args, **_options):
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(servers.socket, "getaddrinfo", once)
    deliver(at(server, host="changing.example"), ENVELOPE)
    assert asked[0] == "changing.example"
    assert "changing.example" not in asked[1:]
    assert len(server.mails) == 1


# --- secrets ----------------------------------------------------------------------------------------------


def test_what_is_sealed_is_read_for_its_purpose_only():
    sealed = seal("пароль 王", "one")
    assert unseal(sealed, "one") == "пароль 王"
    assert sealed != seal("пароль 王", "one")
    assert unseal("", "one") == seal("", "one") == ""
    flipped = sealed[:-8] + ("A" if sealed[-8] != "A" else "B") + sealed[-7:]
    for bad, purpose in ((sealed, "two"), (flipped, "one"), (sealed[:20], "one"), ("x", "one"), ("é", "one")):
        with pytest.raises(ValueError):
            unseal(bad, purpose)

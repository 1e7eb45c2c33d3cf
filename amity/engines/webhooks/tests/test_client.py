"""What the other side may do to us: nothing."""

from __future__ import annotations

import socket
import time

import pytest

from amity.engines.webhooks.client import KEPT, post
from amity.engines.webhooks.tests.conftest import plain


def test_a_message_arrives_whole(receiver):
    there = receiver(plain(204, b""))
    answer = post(there.url, b'{"a":1}', {"webhook-id": "msg_1", "content-type": "application/json"})
    assert (answer.status, answer.good, answer.error) == (204, True, "")
    head, _blank, body = there.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook?a=b HTTP/1.1\r\n")
    assert b"webhook-id: msg_1" in head
    assert head.lower().count(b"\r\nhost: 127.0.0.1:") == 1
    assert body == b'{"a":1}'


def test_redirects_are_failures_and_not_followed(receiver):
    canary = receiver(plain(200))
    there = receiver(plain(302, b"", f"Location: {canary.url}".encode()))
    answer = post(there.url, b"{}", {})
    assert (answer.status, answer.good, canary.requests) == (302, False, [])


@pytest.mark.parametrize(("header", "seconds"), [(b"7", 7), (b"999999", 86400), (b"soon", 0), (b"-1", 0)])
def test_receivers_may_ask_to_wait(receiver, header, seconds):
    there = receiver(plain(429, b"", b"Retry-After: " + header))
    assert post(there.url, b"{}", {}).retry_after == seconds


def _drip(connection):
    connection.sendall(b"HTTP/1.1 200 X\r\n")
    while True:
        connection.sendall(b"X-Slow: 1\r\n")
        time.sleep(0.05)


def _silent(connection):
    connection.settimeout(10)
    connection.recv(1)


@pytest.mark.parametrize("script", [_drip, _silent])
def test_slow_answers_end_with_the_time(receiver, script):
    answer = post(receiver(script).url, b"{}", {}, seconds=0.4)
    assert (answer.status, answer.good, bool(answer.error)) == (0, False, True)


def _endless(connection):
    connection.sendall(b"HTTP/1.1 200 X\r\n\r\n")
    while True:
        connection.sendall(b"a" * 65536)


def test_of_an_endless_answer_little_is_kept(receiver):
    answer = post(receiver(_endless).url, b"{}", {})
    assert (answer.good, len(answer.body)) == (True, KEPT)


@pytest.mark.parametrize(
    "answer", [b"nonsense\r\n\r\n", b"", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 X\r\n" + b"A: b\r\n" * 200]
)
def test_what_is_no_http_is_a_failure(receiver, answer):
    found = post(receiver(lambda connection: connection.sendall(answer)).url, b"{}", {})
    assert (found.good, bool(found.error)) == (False, True)


def test_odd_bytes_in_answers_can_be_kept(receiver):
    assert post(receiver(plain(500, b"\0\xff")).url, b"{}", {}).body == "\N{REPLACEMENT CHARACTER}" * 2


def test_nobody_there(settings):
    settings.WEBHOOK_PRIVATE = True
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/", b"{}", {}, seconds=2).error


def test_proxies_of_the_environment_are_ignored(receiver, monkeypatch):
    proxy, there = receiver(plain(200)), receiver(plain(201))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    assert post(there.url, b"{}", {}).status == 201
    assert proxy.requests == []

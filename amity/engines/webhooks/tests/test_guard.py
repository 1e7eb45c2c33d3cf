"""Nothing goes to the server's own network, however the address is written or the name is answered."""

from __future__ import annotations

import socket

import pytest

from amity.engines.webhooks import client, guard
from amity.engines.webhooks.guard import Refused, check_address, check_url, find

LITERALS = (
    "http://127.0.0.1/", "http://127.1/", "http://0177.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://0/",
    "http://0.0.0.0/", "http://[::]/", "http://[::1]/", "http://[::ffff:a9fe:a9fe]/", "http://[::ffff:127.0.0.1]/",
    "http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://[fe80::1%25lo]/", "http://10.1.2.3/",
    "http://172.16.0.1/", "http://192.168.1.1/", "http://100.64.0.1/", "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/", "http://[fd00:ec2::254]/", "http://224.0.0.1/", "http://[ff02::1]/",
    "http://255.255.255.255/", "http://192.0.2.1/", "http://[2001:db8::1]/",
)  # fmt: skip
BROKEN = (
    "", "example.com", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "http://", "http:///x",
    "http://a@example.com/", "http://a:b@example.com/", "http://example.com:22/", "http://example.com:6x/",
    "http://example.com:99999/", "http://exa mple.com/", "http://example.com/\r\nX: y", "http://example.com\\@127.0.0.1/",
    "http://[::1", "https://example.com/" + "a" * 500, "http://%31%32%37.0.0.1/", "http://example.com/\u202e",
)  # fmt: skip


@pytest.mark.parametrize("url", [*LITERALS, *BROKEN])
def test_addresses_are_refused(url):
    with pytest.raises(Refused):
        find(url)


@pytest.mark.parametrize("url", [*LITERALS, *BROKEN])
def test_no_address_is_ever_connected_to(url, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: pytest.fail("connected"))
    assert client.post(url, b"{}", {}).error


@pytest.mark.parametrize("name", ["localhost", "localhost.", "LOCALHOST", "１２７.０.０.１"])
def test_names_of_this_machine_are_refused(name):
    with pytest.raises(Refused):
        find(f"http://{name}/")


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"]
)
def test_public_addresses_are_fine(address):
    check_address(address)


def test_the_parts_of_an_address():
    assert check_url("https://Example.com/hook?a=1") == ("example.com", 443, True, "/hook?a=1")
    assert check_url("http://bücher.example:8080/ü") == ("xn--bcher-kva.example", 8080, False, "/%C3%BC")


def names(monkeypatch, *answers):
    """Let look-ups of names give these addresses, one list after the other; numbers are read as ever."""
    left, real = list(answers), socket.getaddrinfo

    def look_up(host, port, *args, **options):
        if options.get("flags") == socket.AI_NUMERICHOST:
            return real(host, port, *args, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in left.pop(0)]

    monkeypatch.setattr(guard.socket, "getaddrinfo", look_up)


def test_one_private_address_among_many_refuses_the_name(monkeypatch):
    names(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(Refused):
        find("http://both.example/")


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    """A second look-up, which could be answered otherwise, never happens."""
    names(monkeypatch, ["93.184.216.34"])
    seen = []

    def connect(address, **_options):
        seen.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(client.socket, "create_connection", connect)
    assert client.post("https://turning.example/", b"{}", {}).error
    assert seen == [("93.184.216.34", 443)]


def test_own_network_by_setting(settings):
    settings.WEBHOOK_PRIVATE = True
    assert find("http://127.0.0.1:8000/x").addresses == ("127.0.0.1",)


def test_settings_name_it(monkeypatch, tmp_path):
    from config.env import load

    monkeypatch.setenv("AMITY_HOME", str(tmp_path))
    assert not load().webhook_private
    monkeypatch.setenv("AMITY_WEBHOOK_PRIVATE", "1")
    assert load().webhook_private

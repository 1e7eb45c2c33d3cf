"""A mail server of a few lines, on this machine, that answers as a test wants."""

from __future__ import annotations

import socket
import threading
from base64 import b64decode
from contextlib import suppress


class FakeServer:
    """Takes mail until `stop`. `answers` replaces the answer to a verb, `drop` hangs up at one (`.` is the text's end)."""

    def __init__(self, *, answers=None, drop="", password=""):
        self.answers, self.drop, self.password = dict(answers or {}), drop, password
        self.mails: list[tuple[str, str, str]] = []
        self.heard: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self):
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes who waits for a caller
        self._socket.close()

    def _serve(self):
        while True:
            try:
                client, _address = self._socket.accept()
            except OSError:
                return
            with client, suppress(OSError):
                Conversation(self, client).talk()


class Conversation:
    def __init__(self, server, client):
        self.server, self.client, self.file = server, client, client.makefile("rb")
        self.sender = self.to = ""

    def say(self, text):
        self.client.sendall(text.encode() + b"\r\n")

    def talk(self):
        self.say(self.server.answers.get("hello", "220 test"))
        while line := self.file.readline().decode(errors="replace").strip():
            verb = line.split(" ")[0].split(":")[0].upper()
            self.server.heard.append(line)
            if verb == self.server.drop:
                return
            if verb in self.server.answers:
                self.say(self.server.answers[verb])
            elif not getattr(self, f"on_{verb.lower()}", self.unknown)(line):
                return

    def unknown(self, line):
        self.say("500 what?")
        return True

    def on_ehlo(self, line):
        self.say("250-test\r\n250 AUTH PLAIN" if self.server.password else "250 test")
        return True

    def on_auth(self, line):
        _none, _user, password = b64decode(line.split(" ")[2]).decode().split("\0")
        self.say("235 ok" if password == self.server.password else "535 5.7.8 wrong password")
        return True

    def on_mail(self, line):
        self.sender = line
        self.say("250 ok")
        return True

    def on_rcpt(self, line):
        self.to = line
        self.say("250 ok")
        return True

    def on_rset(self, line):
        self.say("250 ok")
        return True

    def on_data(self, line):
        self.say("354 go on")
        lines = []
        while (text := self.file.readline()) not in (b".\r\n", b""):
            lines.append(text)
        if self.server.drop == ".":
            return False
        said = self.server.answers.get(".", "250 taken")
        if said.startswith("250"):
            self.server.mails.append((self.sender, self.to, b"".join(lines).decode()))
        self.say(said)
        return True

    def on_quit(self, line):
        self.say("221 bye")
        return False

"""A small server for the gallery, with the product's strict policy and invented answers."""

from __future__ import annotations

from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from amity.engines.web.tests import gallery

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FRAGMENTS = {
    "palette": "palette_answer",
    "picker": "picker_answer",
    "editor": "editor_answer",
    "peek-fragment": "peek_answer",
    "quick-add": "quick_answer",
}
THEMES = {"-dark": ("dark", "ltr"), "-rtl": ("light", "rtl")}


class Handler(SimpleHTTPRequestHandler):
    """`/list.html`, `/list-dark.html`, `/static/…`; POST /editor refuses "bad" and fails on "crash"."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args, directory=str(gallery.STATIC))

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def answer(self, html: str, status: int = 200) -> None:
        body = html.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        name = urlsplit(self.path).path.strip("/").removesuffix(".html")
        ending = next((end for end in THEMES if name.endswith(end)), "")
        page = name.removesuffix(ending)
        if name in FRAGMENTS:
            self.answer(gallery.fragment(FRAGMENTS[name]))
        elif page in gallery.PAGES:
            self.answer(gallery.render(page, *THEMES.get(ending, ("light", "ltr"))))
        else:
            self.path = self.path.removeprefix("/static")
            super().do_GET()

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        value = parse_qs(sent.decode(errors="replace")).get("company", [""])[0]
        if self.path != "/editor":
            self.answer("")
        elif value == "bad":
            self.answer(gallery.fragment("editor_refused"), 422)
        elif value in {"crash", "forbidden"}:
            self.answer("an error page", 500 if value == "crash" else 403)
        else:
            ui = gallery.environment().globals["ui"]
            self.answer(value + ui.toast(f"Company changed to {value}", "/undo/1/", csrf="x", oob=True))


def serve() -> ThreadingHTTPServer:
    """A server on a free port of this machine; the caller runs and closes it."""
    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)

"""Two questions of a proxy or a supervisor. Neither answer tells anything about the data."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from config import install


def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up and routes requests; touches no database."""
    return HttpResponse("ok", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """The database answers and fits this program; 503 otherwise. For a proxy in front of several machines."""
    try:
        state = install.state()
    except DatabaseError:
        return HttpResponse("no database", status=503, content_type="text/plain")
    if state.pending or state.newer:
        return HttpResponse("other version", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")

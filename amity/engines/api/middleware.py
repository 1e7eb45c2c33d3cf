"""The short way in for programs: a request with a token never meets sessions, cookies or CSRF."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve

from amity.engines.api.problems import CONTENT_TYPE, plain_problem

ROOT = "/api/"


class ApiMiddleware:
    """Answers `/api/` requests that carry `Authorization`; others go on, and their errors become problems."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(ROOT):
            return self.get_response(request)
        if "HTTP_AUTHORIZATION" in request.META:
            return self._direct(request)
        response = self.get_response(request)
        expected = response.status_code < 400 or response.get("Content-Type") == CONTENT_TYPE
        return response if expected else plain_problem(response.status_code)

    def _direct(self, request: HttpRequest) -> HttpResponse:
        try:
            found = resolve(request.path_info)
        except Http404:
            return plain_problem(404)
        request.resolver_match = found
        response: HttpResponse = found.func(request, *found.args, **found.kwargs)
        return response

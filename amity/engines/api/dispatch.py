"""From a request to an endpoint and back: identity, method, scope, errors. Nothing escapes as a page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

from amity.engines.api.body import check_type
from amity.engines.api.call import Call, Endpoint
from amity.engines.api.idempotency import once
from amity.engines.api.identity import identify
from amity.engines.api.problems import MethodRefused, Unauthorised, plain_problem, problem
from amity.foundation.core.errors import AmityError
from amity.foundation.core.row_security import one_transaction
from amity.foundation.core.scope import scope
from amity.foundation.core.trouble import trouble
from amity.foundation.records.objects import specs_for

log = logging.getLogger("amity.api")


@dataclass(frozen=True)
class Route:
    """One address and its endpoints by method. `upload` takes files instead of JSON.

    `resumable` endpoints keep their own progress under an `Idempotency-Key`.
    A `page` sends people to sign in.
    """

    path: str
    name: str
    methods: Mapping[str, Endpoint] = field(default_factory=dict)
    upload: bool = False
    resumable: bool = False
    page: bool = False


def view_of(route: Route) -> Callable[..., HttpResponse]:
    """The Django view of a route."""

    def view(request: HttpRequest, **path: Any) -> HttpResponse:
        try:
            response = _serve(route, request, path)
        except Unauthorised as error:
            response = (
                redirect(f"/sign-in/?next={request.path}") if _is_browser(route, request) else problem(error)
            )
        except AmityError as error:
            response = problem(error)
        except Exception as error:
            log.exception("The API failed at %s %s", request.method, route.path)
            unavailable = trouble(error)
            response = problem(unavailable) if unavailable else plain_problem(500)
        response["Vary"] = "Authorization, Cookie"
        return response

    return view


def _is_browser(route: Route, request: HttpRequest) -> bool:
    return route.page and "HTTP_AUTHORIZATION" not in request.META


def _serve(route: Route, request: HttpRequest, path: dict[str, Any]) -> HttpResponse:
    actor, token = identify(request)
    request.actor = actor  # type: ignore[attr-defined]
    method = "GET" if request.method == "HEAD" else request.method or ""
    if method not in route.methods:
        raise MethodRefused(details={"allow": sorted(route.methods)})
    if not route.upload:
        check_type(request)
    call = Call(request, actor, token, path)
    with scope(actor.workspace_id), translation.override(actor.language):
        specs_for(actor)  # the first call makes rows all may use at once: in no transaction of ours
        with one_transaction():
            return _answer(call, route, method)


def _answer(call: Call, route: Route, method: str) -> HttpResponse:
    try:
        if method == "POST" and not route.resumable:
            return once(call, route.methods[method], upload=route.upload)
        return route.methods[method](call)
    except AmityError as error:
        return problem(error)

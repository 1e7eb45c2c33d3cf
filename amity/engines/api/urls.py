"""The router of `/api/v1/`."""

from __future__ import annotations

from django.urls import path, register_converter

from amity.engines.api.dispatch import view_of
from amity.engines.api.routes import ROUTES
from amity.engines.api.views.describe import DESCRIBING


class IdConverter:
    """Ids that fit into 64 bits; anything longer is simply not there."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class KeyConverter:
    """Keys of objects, fields and relations."""

    regex = "[a-z][a-z0-9_]{0,39}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(IdConverter, "id")
register_converter(KeyConverter, "key")

ALL_ROUTES = (*DESCRIBING, *ROUTES)

app_name = "api"
urlpatterns = [path(route.path, view_of(route), name=route.name) for route in ALL_ROUTES]

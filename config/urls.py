"""Every address of the product. Each room brings its own; the generic record pages come last."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path


def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up and routes requests; touches no database."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("", include("amity.engines.web.account.urls")),
    path("settings/", include("amity.engines.web.settings.urls")),
    path("api/v1/", include("amity.engines.api.urls")),
    path("import/", include("amity.engines.web.imports.urls")),
    path("", include("amity.engines.web.exports.urls")),
    path("", include("amity.engines.web.urls")),
]

handler404 = "amity.engines.web.errors.not_found"
handler500 = "amity.engines.web.errors.server_error"

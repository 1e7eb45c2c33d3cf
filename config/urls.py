"""Every address of the product. Each room brings its own; the generic record pages come last."""

from django.urls import URLPattern, URLResolver, include, path

from config.healthz import healthz, ready

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("healthz/ready", ready),
    path("", include("amity.engines.web.account.urls")),
    path("settings/", include("amity.engines.web.settings.urls")),
    path("settings/", include("amity.apps.people.urls")),
    path("api/v1/", include("amity.engines.api.urls")),
    path("help/", include("amity.engines.web.help.urls")),
    path("", include("amity.engines.web.notifications.urls")),
    path("import/", include("amity.engines.web.imports.urls")),
    path("", include("amity.engines.web.exports.urls")),
    path("", include("amity.engines.web.bulk.urls")),
    path("", include("amity.engines.web.handover.urls")),
    path("", include("amity.engines.web.pairs.urls")),
    path("", include("amity.engines.web.quality.urls")),
    path("", include("amity.engines.web.claims.urls")),
    path("", include("amity.engines.web.urls")),
]

handler404 = "amity.engines.web.errors.not_found"
handler500 = "amity.engines.web.errors.server_error"

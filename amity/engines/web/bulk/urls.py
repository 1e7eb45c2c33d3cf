"""`/<object>/bulk/…` starts a bulk change, `/bulk/<id>/` tells how it goes."""

from __future__ import annotations

from django.urls import path

from amity.engines.web.bulk import run_views, views

urlpatterns = [
    path("<slug:key>/bulk/", views.change, name="bulk"),
    path("<slug:key>/bulk/edit/", views.edit, name="bulk-edit"),
    path("bulk/<int:bulk_id>/", run_views.page, name="bulk-run"),
    path("bulk/<int:bulk_id>/progress/", run_views.progress),
    path("bulk/<int:bulk_id>/badge/", run_views.badge),
    path("bulk/<int:bulk_id>/cancel/", run_views.cancel),
    path("bulk/<int:bulk_id>/undo/", run_views.undo),
]

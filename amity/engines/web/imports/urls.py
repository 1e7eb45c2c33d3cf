"""Addresses of the import pages, below `/import/`."""

from __future__ import annotations

from django.urls import path

from amity.engines.web.imports import views

urlpatterns = [
    path("", views.home),
    path("upload/", views.upload),
    path("paste/", views.pasted),
    path("<int:run_id>/", views.page),
    path("<int:run_id>/mapping/", views.mapping),
    path("<int:run_id>/read/", views.read_again),
    path("<int:run_id>/progress/", views.progress),
    path("<int:run_id>/badge/", views.badge),
    path("<int:run_id>/cancel/", views.cancel),
    path("<int:run_id>/undo/", views.undo),
    path("<int:run_id>/delete/", views.delete),
    path("<int:run_id>/refused.csv", views.refused),
]

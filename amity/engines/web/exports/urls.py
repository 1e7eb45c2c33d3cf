"""`/<object>/export/`, with the query of its list."""

from __future__ import annotations

from django.urls import path

from amity.engines.web.exports import views

urlpatterns = [path("<slug:key>/export/", views.download, name="export")]

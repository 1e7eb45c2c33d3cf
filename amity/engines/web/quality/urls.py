from __future__ import annotations

from django.urls import path

from amity.engines.web.quality import views

urlpatterns = [
    path("<slug:key>/duplicates/", views.page, name="duplicates"),
    path("<slug:key>/duplicates/look/", views.look, name="duplicates-look"),
    path("<slug:key>/duplicates/<int:pair_id>/different/", views.different, name="duplicates-different"),
    path("<slug:key>/duplicates/<int:pair_id>/reopen/", views.reopen, name="duplicates-reopen"),
]

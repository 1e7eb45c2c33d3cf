"""`settings/hand-over/` plans a handover, `/handovers/<id>/` tells how it goes and what the new owner got."""

from __future__ import annotations

from django.urls import path

from amity.engines.web.handover import run_views, take, taken, views

urlpatterns = [
    path("settings/hand-over/", views.index, name="hand-over"),
    path("settings/hand-over/<int:user_id>/", views.plan, name="hand-over-from"),
    path("handovers/<int:handover_id>/", run_views.page, name="handover"),
    path("handovers/<int:handover_id>/progress/", run_views.progress),
    path("handovers/<int:handover_id>/badge/", run_views.badge),
    path("handovers/<int:handover_id>/cancel/", run_views.cancel),
    path("handovers/<int:handover_id>/undo/", run_views.undo),
    path("handovers/<int:handover_id>/taken/", taken.page, name="taken-over"),
    path("handovers/<int:handover_id>/taken/seen/", taken.seen),
    path("<slug:key>/<int:record_id>/take-over/", take.page, name="take-over"),
]

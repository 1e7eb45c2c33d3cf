"""`settings/hand-over/` plans a handover, `/handovers/<id>/` tells how it goes and what the new owner got."""

from __future__ import annotations

from django.urls import path

from amity.engines.web.handover import show, take, taken, views
from amity.engines.web.run_pages import RunPages
from amity.foundation.records.services.handover import get_handover, undo_handover

RUNS = RunPages(
    "handovers", "handover_id", "handover", "web/handover/run.j2", get_handover, undo_handover, show
)

urlpatterns = [
    path("settings/hand-over/", views.index, name="hand-over"),
    path("settings/hand-over/<int:user_id>/", views.plan, name="hand-over-from"),
    *RUNS.urls(),
    path("handovers/<int:handover_id>/taken/", taken.page, name="taken-over"),
    path("handovers/<int:handover_id>/taken/seen/", taken.seen),
    path("<slug:key>/<int:record_id>/take-over/", take.page, name="take-over"),
]

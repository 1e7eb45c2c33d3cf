"""`/<object>/conflicts/` is the list of what is to be settled; a record has its own, and its sources."""

from __future__ import annotations

from django.urls import path

from amity.engines.web.claims import views

RECORD = "<slug:key>/<int:record_id>/"

urlpatterns = [
    path("<slug:key>/conflicts/", views.worklist, name="conflicts"),
    path("<slug:key>/conflicts/take/", views.take, name="conflicts-take"),
    path("<slug:key>/conflicts/<int:batch_id>/undo/", views.undo_taken, name="conflicts-undo"),
    path(f"{RECORD}sources/", views.sources, name="sources"),
    path(f"{RECORD}conflicts/", views.of_record, name="record-conflicts"),
    path(f"{RECORD}conflicts/<slug:name>/", views.settle_one, name="conflict-settle"),
    path(f"{RECORD}conflicts/<slug:name>/reopen/", views.ask_again, name="conflict-reopen"),
]

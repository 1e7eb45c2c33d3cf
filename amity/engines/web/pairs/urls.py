"""`/<object>/recipients/` says who is written to about a list, `/<object>/<id>/consents/…` who agreed to what."""

from __future__ import annotations

from django.urls import path

from amity.engines.web.pairs import consents, recipients

urlpatterns = [
    path("<slug:key>/recipients/", recipients.page, name="recipients"),
    path("<slug:key>/<int:record_id>/consents/<slug:consent>/", consents.word, name="consent"),
]

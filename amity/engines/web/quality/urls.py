from __future__ import annotations

from django.urls import path

from amity.engines.web.quality import check, overview, rules, views

QUALITY = "<slug:key>/quality/"
RECORD = f"{QUALITY}<int:record_id>/"

urlpatterns = [
    path(QUALITY, overview.page, name="quality"),
    path(f"{QUALITY}look/", overview.look, name="quality-look"),
    path(f"{QUALITY}check/", check.page, name="quality-check"),
    path(f"{QUALITY}untouched/", check.untouched, name="quality-untouched"),
    path(f"{QUALITY}right/", check.right, name="quality-right"),
    path(f"{RECORD}settle/", check.settle, name="quality-settle"),
    path(f"{RECORD}reopen/", check.reopen, name="quality-reopen"),
    path(f"{RECORD}confirm/", check.confirm, name="quality-confirm"),
    path(f"{RECORD}unconfirm/", check.unconfirm, name="quality-unconfirm"),
    path(f"{RECORD}clear/", check.clear, name="quality-clear"),
    path(f"{RECORD}delete/", check.delete, name="quality-delete"),
    path(f"{QUALITY}rules/", rules.page, name="quality-rules"),
    path(f"{QUALITY}rules/add/", rules.add, name="quality-rule-add"),
    path(f"{QUALITY}rules/<int:rule_id>/remove/", rules.remove, name="quality-rule-remove"),
    path(f"{QUALITY}rules/<int:rule_id>/restore/", rules.restore, name="quality-rule-restore"),
    path("<slug:key>/duplicates/", views.page, name="duplicates"),
    path("<slug:key>/duplicates/look/", views.look, name="duplicates-look"),
    path("<slug:key>/duplicates/<int:pair_id>/different/", views.different, name="duplicates-different"),
    path("<slug:key>/duplicates/<int:pair_id>/reopen/", views.reopen, name="duplicates-reopen"),
]

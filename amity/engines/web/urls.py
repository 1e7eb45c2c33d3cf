"""Generic record pages: `/<object>/…`, resolved by its spec. Included last, so that fixed addresses win."""

from __future__ import annotations

from django.urls import path

from amity.engines.web.views import (
    cells,
    edit,
    files,
    lists,
    merge,
    move,
    new,
    notes,
    pick,
    records,
    search,
    sharing,
    views_saved,
)

RECORD = "<slug:key>/<int:record_id>/"
NOTE = f"{RECORD}notes/<int:note_id>/"
VIEW = "<slug:key>/views/<int:view_id>/"

urlpatterns = [
    path("", lists.home, name="home"),
    path("search/", search.page, name="search"),
    path("search/palette/", search.palette, name="palette"),
    path("files/<int:file_id>/", files.download, name="file"),
    path("files/<int:file_id>/delete/", files.delete, name="file-delete"),
    path("files/<int:file_id>/restore/", files.restore, name="file-restore"),
    path("<slug:key>/", lists.page, name="list"),
    path("<slug:key>/new/", new.new, name="new"),
    path("<slug:key>/new/alike/", new.alike, name="new-alike"),
    path("<slug:key>/new/fields/", new.fields, name="new-fields"),
    path("<slug:key>/pick/", pick.pick, name="pick"),
    path("<slug:key>/pick/only/", pick.pick, {"adding": False}, name="pick-only"),
    path("<slug:key>/merge/", merge.page, name="merge"),
    path("<slug:key>/columns/", lists.columns, name="columns"),
    path("<slug:key>/cells/", cells.page, name="cells"),
    path("<slug:key>/filter/", lists.filter_form, name="filter-form"),
    path("<slug:key>/views/new/", views_saved.new, name="view-new"),
    path("<slug:key>/views/restore/", views_saved.restore, name="view-restore"),
    path(VIEW, views_saved.edit, name="view-edit"),
    path(f"{VIEW}replace/", views_saved.replace, name="view-replace"),
    path(f"{VIEW}move/", views_saved.move, name="view-move"),
    path(f"{VIEW}delete/", views_saved.delete, name="view-delete"),
    path(RECORD, records.page, name="record"),
    path(f"{RECORD}peek/", records.peek, name="peek"),
    path(f"{RECORD}previous/", records.step, {"way": "previous"}, name="previous"),
    path(f"{RECORD}next/", records.step, {"way": "next"}, name="next"),
    path(f"{RECORD}edit/", edit.form, name="edit"),
    path(f"{RECORD}edit/<slug:name>/", edit.field, name="edit-field"),
    path(f"{RECORD}move/", move.move, name="move"),
    path(f"{RECORD}delete/", records.delete, name="delete"),
    path(f"{RECORD}restore/", records.restore, name="restore"),
    path(f"{RECORD}merge/", merge.choose, name="merge-with"),
    path(f"{RECORD}undo/<int:change_id>/", records.undo, name="undo"),
    path(f"{RECORD}share/", sharing.page, name="share"),
    path(f"{RECORD}share/pick/", sharing.pick, name="share-pick"),
    path(f"{RECORD}share/<int:share_id>/end/", sharing.end, name="share-end"),
    path(f"{RECORD}mention/", notes.mention, name="mention"),
    path(f"{RECORD}notes/", notes.add, name="note-add"),
    path(f"{NOTE}edit/", notes.edit, name="note-edit"),
    path(f"{NOTE}pin/", notes.pin, name="note-pin"),
    path(f"{NOTE}delete/", notes.delete, name="note-delete"),
    path(f"{NOTE}restore/", notes.restore, name="note-restore"),
    path(f"{RECORD}files/", files.upload, name="file-add"),
]

"""Texts for many cells at once, as a spreadsheet has them: each is read by its field and judged by itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.call import Call, answer
from amity.engines.api.parameters import refuse
from amity.foundation.core.errors import Malformed, NotFound
from amity.foundation.records.services.cells import WRITTEN, CellText, Outcome, Pasted, paste_cells


def paste(call: Call) -> HttpResponse:
    """`{"cells": [{"id", "field", "text", "version"}]}`; the answer tells of every cell, in the same order.

    NotFound when not one of the records is there.
    """
    call.query()
    data = call.body("cells").get("cells")
    if not isinstance(data, list):
        raise refuse("cells", _("Send a list of cells."))
    found = paste_cells(actor=call.actor, spec=call.spec, cells=[_cell(one) for one in data])
    if all(one.code == "gone" for one in found.outcomes):
        raise NotFound
    return answer(
        {
            "bulk": found.run.pk if found.run else None,
            "written": sum(one.status == WRITTEN for one in found.outcomes),
            "cells": [_outcome(one, found) for one in found.outcomes],
        }
    )


def _cell(data: Any) -> CellText:
    """Raises Malformed for what is no cell."""
    if not isinstance(data, dict) or data.keys() - {"id", "field", "text", "version"}:
        raise Malformed(_("A cell has id, field, text and version."), code="cells")
    record_id, version = data.get("id"), data.get("version")
    key, text = data.get("field"), data.get("text")
    sound = _is_whole(record_id) and (version is None or _is_whole(version))
    if not sound or not isinstance(key, str) or not isinstance(text, str):
        raise Malformed(_("A cell has id, field, text and version."), code="cells")
    return CellText(record_id, key, text, version)  # type: ignore[arg-type]


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def _outcome(one: Outcome, found: Pasted) -> dict[str, Any]:
    cell = one.cell
    told = {"code": one.code, "message": one.message, "changed_by": one.by}
    return {
        "id": cell.record_id,
        "field": cell.field,
        "status": one.status,
        "version": found.versions.get(cell.record_id),
        **{key: text for key, text in told.items() if text},
    }

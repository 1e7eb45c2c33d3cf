"""Targets as people and companies have them, and small workbooks made by hand."""

from __future__ import annotations

import zipfile
from pathlib import Path

from amity.foundation.records.importing.mapping import Proposal, Target, propose
from amity.foundation.records.importing.readers import open_source
from amity.foundation.records.importing.rowreader import RowReader

SAMPLES = Path(__file__).parents[5] / "examples" / "imports"


def _targets(text: str) -> list[Target]:
    return [
        Target(key, key.replace("_", " ").capitalize(), kind)
        for key, kind in (part.split(":") for part in text.split())
    ]


PEOPLE = _targets(
    "full_name:text first_name:text middle_name:text last_name:text prefix:text suffix:text nickname:text"
    " company:link job_title:text department:text emails:email phones:phone messengers:messenger"
    " addresses:address birthday:date website:url description:long_text source:choice stage:choice"
    " language:language tags:tags owner:user external_id:text created_at:datetime"
)
COMPANIES = _targets(
    "name:text website:url industry:text employees:number emails:email phones:phone addresses:address"
    " description:long_text owner:user tags:tags external_id:text tax_number:text created_at:datetime"
)


def targets_for(name: str) -> list[Target]:
    return COMPANIES if "companies" in name or "accounts" in name else PEOPLE


def read_sample(name: str) -> tuple[Proposal, list[dict[str, object]], list[str]]:
    """The proposal for a sample file, its good rows by field, and the codes of the bad ones."""
    with open_source(SAMPLES / name) as source:
        rows = list(source.rows())
    good = [row.cells for row in rows if row.problem is None]
    proposal = propose(source.columns, good[:50], targets_for(name))
    read = RowReader(proposal)
    return proposal, [read(cells) for cells in good], [row.problem.code for row in rows if row.problem]


_RELATIONS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_BOOK = f'<?xml version="1.0"?><workbook xmlns="{_MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'
HEAD = b'<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c><c r="B1" t="inlineStr"><is><t>Mail</t></is></c></row>'


def workbook(
    path: Path, rows: bytes, *, after: bytes = b"", before: bytes = b"", part: str = "worksheets/sheet1.xml"
) -> Path:
    sheet = b'<?xml version="1.0"?>' + before
    sheet += b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>%s' % (_MAIN.encode(), rows, after)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("_rels/.rels", _RELATIONS.format(kind="officeDocument", target="xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", _BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", _RELATIONS.format(kind="worksheet", target=part))
        archive.writestr("xl/" + part, sheet)
    return path

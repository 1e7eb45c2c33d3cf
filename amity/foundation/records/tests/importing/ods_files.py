"""Small OpenDocument sheets made by hand."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

MIME = "application/vnd.oasis.opendocument.spreadsheet"
_NS = "urn:oasis:names:tc:opendocument:xmlns:"
_ROOT = "".join(
    f' xmlns:{name}="{_NS}{name if name != "draw" else "drawing"}:1.0"'
    for name in ("office", "table", "text", "draw")
)
_MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest xmlns:manifest="{ns}manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/>{more}</manifest:manifest>'
)


def text(value: str, attributes: str = "") -> str:
    """A cell of text; line breaks are paragraphs."""
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in value.split("\n"))
    return f'<table:table-cell office:value-type="string"{attributes}>{lines}</table:table-cell>'


def typed(kind: str, value: str, shown: str = "?", more: str = "") -> str:
    name = {"date": "date-value", "time": "time-value", "boolean": "boolean-value"}.get(kind, "value")
    return (
        f'<table:table-cell office:value-type="{kind}" office:{name}={quoteattr(value)}{more}>'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )


def empty(times: int = 1) -> str:
    return f'<table:table-cell table:number-columns-repeated="{times}"/>'


def row(*cells: str, times: int = 1) -> str:
    repeated = f' table:number-rows-repeated="{times}"' if times > 1 else ""
    return f"<table:table-row{repeated}>{''.join(cells)}</table:table-row>"


def ods(
    path: Path, sheets: dict[str, str], *, before: str = "", content: bytes | None = None, manifest: str = ""
) -> Path:
    """`sheets` are rows by name of the sheet."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{rows}</table:table>" for name, rows in sheets.items()
    )
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content{_ROOT}><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    parts = {
        "mimetype": MIME.encode(),
        "content.xml": body.encode() if content is None else content,
        "META-INF/manifest.xml": _MANIFEST.format(ns=_NS, mime=MIME, more=manifest).encode(),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return path

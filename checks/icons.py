"""Is every icon that templates and specs name in the sprite? (`amity/engines/web/icons.txt`)"""

from __future__ import annotations

import re

from checks.common import ROOT, read, sources, templates

USED = re.compile(r"\bicon(?:_name)?(?:\(|=|\"\s*:)\s*\"([a-z][a-z0-9-]*)\"")


def known() -> set[str]:
    lines = (ROOT / "amity/engines/web/icons.txt").read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines if line and not line.startswith("#")}


def run() -> list[str]:
    files = [*templates(), *(path for path in sources(".py") if path.parts[0] == "amity")]
    used = {(name, path) for path in files for name in USED.findall(read(path))}
    names = known()
    print(f"  {len({name for name, _ in used})} used, {len(names)} in the sprite")
    return [f"{path}: icon {name!r} is not in icons.txt" for name, path in sorted(used) if name not in names]

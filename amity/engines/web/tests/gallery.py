"""Every component with invented data, rendered by plain Jinja2: for tests, and for looking at.

`python -m amity.engines.web.tests.gallery FOLDER` writes the pages as files;
`gallery_server.serve()` serves them with the scripts and the strict policy.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import django
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from amity.engines.web.marks import change, icon, letters, static

HERE = Path(__file__).resolve().parent
WEB = HERE.parent
STATIC = WEB / "static"
PAGES = ["list", "record", "peek", "forms", "settings", "import", "empty", "overlays", "board", "signin"]

NAV = [
    ("Home", "house", "h"),
    ("Inbox", "inbox", "i"),
    ("Deals", "square-kanban", "d"),
    ("Contacts", "users", "c"),
    ("Tasks", "circle-check", "t"),
    ("Marketing", "megaphone", "m"),
    ("Reports", "chart-column", "r"),
    ("Settings", "settings", "s"),
]
FIRST = [
    "Anbu",
    "Zeynep",
    "Carys",
    "Olu",
    "Meena",
    "Dylan",
    "Fatima",
    "Rhys",
    "Selvi",
    "Mehmet",
    "Maria",
    "Arun",
]
LAST = ["Iyer", "Yılmaz", "Davies", "Okafor", "Murugan", "Novak", "Haddad", "Price", "Raman", "Jones"]
TRADE = ["Studio", "Motors", "Bakery", "Dental", "Logistics", "Solar", "Clinic"]
STAGES = [("New", "blue"), ("In touch", "violet"), ("Offer sent", "amber"), ("Won", "green"), ("Lost", "red")]


def environment() -> Environment:
    """An environment set up as the product's own: autoescape, StrictUndefined, `ui`, `static`, texts."""
    env = Environment(
        loader=FileSystemLoader([WEB / "jinja2", HERE / "gallery_pages"]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(static=static, icon=icon, change=change, letters=letters)
    env.globals["ui"] = env.get_template("web/ui/ui.j2").module
    return env


def people(count: int = 30) -> list[dict[str, Any]]:
    """Rows of the sample list; stable from run to run."""
    rows = []
    for n in range(count):
        first, last = FIRST[n * 5 % len(FIRST)], LAST[n * 7 % len(LAST)]
        stage = STAGES[n * 3 % len(STAGES)]
        rows.append(
            {
                "id": 100 + n,
                "name": f"{first} {last}",
                "company": f"{last} {TRADE[n % len(TRADE)]}",
                "email": f"{first.lower()}.{last.lower()}@example.com".replace("ı", "i"),
                "phone": f"+44 20 7946 {n:04d}",
                "stage": stage,
                "value": f"£{(n * 1731 % 24) * 100 + 900:,}.00",
                "owner": {"name": f"{FIRST[n % 3]} {LAST[n % 4]}", "id": n % 3},
                "touched": ["today 13:35", "yesterday", "18 Nov", "2 Oct", "14 Dec 2025"][n % 5],
                "tags": [("VIP", "violet")] if n % 4 == 0 else [],
            }
        )
    return rows


def shell(page: str, theme: str, direction: str) -> dict[str, Any]:
    """What the product's context processor gives to `base.j2`."""
    active = {"settings": "Settings", "import": "Settings", "board": "Deals", "empty": "Tasks"}.get(
        page, "Contacts"
    )
    nav = [{"label": a, "icon": b, "letter": c, "url": "#", "active": a == active} for a, b, c in NAV]
    return {
        "language": "ar" if direction == "rtl" else "en",
        "direction": direction,
        "theme": theme,
        "density": "normal",
        "shortcuts": True,
        "workspace": "Northwind Dental",
        "logo_url": None,
        "brand_url": None,
        "nav": nav,
        "seen_by": None,
        "run_url": "",
        "user": {"name": "Carys Davies", "id": 2},
        "user_menu": [
            {"label": "Profile", "url": "#", "icon": "user"},
            {"label": "Settings", "url": "#", "icon": "settings", "key": "g s"},
            {"divider": True},
            {"label": "Sign out", "post": "/sign-out/", "icon": "log-out"},
        ],
        "palette_url": "/palette.html",
        "search_url": "/search/",
        "appearance_url": "/appearance/",
        "help_url": "/help/",
        "shortcut_groups": [
            {"label": "Go to", "items": [(f"g {c}", a) for a, _icon, c in NAV]},
            {
                "label": "Lists and records",
                "items": [
                    ("j", "Next row"),
                    ("k", "Previous row"),
                    ("x", "Select row"),
                    ("c", "Create"),
                    ("/", "Search"),
                ],
            },
        ],
        "messages": [{"text": "Company changed to Murugan Motors", "undo_url": "/undo/1/", "csrf": "x"}]
        if page in {"list", "overlays"}
        else [],
    }


def render(page: str, theme: str = "light", direction: str = "ltr") -> str:
    """One page of the gallery as HTML."""
    template = environment().get_template(f"{page}.j2")
    context = {
        "shell": shell(page, theme, direction),
        "csrf_token": "token",
        "people": people(),
        "Markup": Markup,
    }
    return template.render(context)


def fragment(name: str) -> str:
    """One htmx answer of the gallery."""
    return environment().get_template(f"{name}.j2").render({"csrf_token": "token", "Markup": Markup})


def write(folder: Path) -> None:
    """Write all pages in both themes and right-to-left; overwrites."""
    folder.mkdir(parents=True, exist_ok=True)
    for page in PAGES:
        for name, theme, direction in [
            ("", "light", "ltr"),
            ("-dark", "dark", "ltr"),
            ("-rtl", "light", "rtl"),
        ]:
            (folder / f"{page}{name}.html").write_text(render(page, theme, direction), encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    write(Path(sys.argv[1]))

"""The Jinja2 environment of all pages: autoescape, StrictUndefined, translations, and the component macros."""

from __future__ import annotations

from typing import Any

from django.middleware.csrf import get_token
from django.template import engines
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, StrictUndefined

from amity.engines.web.marks import change, icon, letters, mentioned, static


class LazyComponents:
    """The module of `ui.j2`, loaded on first use: block fragments skip the template's top level."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._module: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._module is None:
            self._module = self._environment.get_template("web/ui/ui.j2").module
        return getattr(self._module, name)


def environment(**options: Any) -> Environment:
    """Called once by Django's Jinja2 backend."""
    ours = {
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "extensions": ["jinja2.ext.i18n", "jinja2.ext.do"],
    }
    made = Environment(**{**options, **ours, "autoescape": True})  # noqa: S701
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext, translation.ngettext, newstyle=True, pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )  # fmt: skip
    made.globals.update(
        static=static,
        icon=icon,
        change=change,
        letters=letters,
        mentioned=mentioned,
        url=reverse,
        ui=LazyComponents(made),
        get_token=get_token,
    )
    return made


def component(macro: str, /, *args: Any, **params: Any) -> Any:
    """One component macro called from Python, as markup."""
    engine: Any = engines["jinja2"]
    return getattr(engine.env.globals["ui"], macro)(*args, **params)

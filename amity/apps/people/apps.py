from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "amity.apps.people"
    label = "people"

    def ready(self) -> None:
        from amity.apps.people import objects  # noqa: F401  registers people and companies
        from amity.engines.web.settings.registry import FirstStep, add_first_step, admins_only

        add_first_step(
            FirstStep(
                "demo",
                _("Look at example data"),
                _("A firm full of made-up customers. One click takes it away again."),
                "/settings/example-data/",
                "sparkles",
                _("Add examples"),
                post=True,
                position=20,
                shown=admins_only,
            )
        )

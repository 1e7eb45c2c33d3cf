from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "amity.apps.people"
    label = "people"

    def ready(self) -> None:
        from amity.apps.people import objects  # noqa: F401  registers people and companies

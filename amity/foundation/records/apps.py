from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "amity.foundation.records"
    label = "records"

    def ready(self) -> None:
        from amity.foundation.records import database  # noqa: F401  registers amity_fold on SQLite

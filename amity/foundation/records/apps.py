from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "amity.foundation.records"
    label = "records"

    def ready(self) -> None:
        from amity.foundation.accounts.beside import ask_whether_shared
        from amity.foundation.records import database  # noqa: F401  registers amity_fold on SQLite
        from amity.foundation.records.models import Share
        from amity.foundation.records.services.merge_moves import moves_along
        from amity.foundation.records.sharing import WHETHER

        ask_whether_shared(WHETHER)
        moves_along(Share)

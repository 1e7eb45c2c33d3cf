from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "amity.foundation.core"
    label = "core"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from amity.foundation.core import row_security

        if row_security.on():
            connection_created.connect(row_security.post_guard, dispatch_uid="amity.row_security")

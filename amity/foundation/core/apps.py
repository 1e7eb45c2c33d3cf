from django.apps import AppConfig
from django.conf import settings


class CoreConfig(AppConfig):
    name = "amity.foundation.core"
    label = "core"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from amity.foundation.core import ratelimit, row_security

        ratelimit.configure(settings.REDIS_URL)
        if row_security.on():
            connection_created.connect(row_security.post_guard, dispatch_uid="amity.row_security")

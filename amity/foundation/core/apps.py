from django.apps import AppConfig
from django.conf import settings


class CoreConfig(AppConfig):
    name = "amity.foundation.core"
    label = "core"

    def ready(self) -> None:
        from amity.foundation.core import ratelimit

        ratelimit.configure(settings.REDIS_URL)

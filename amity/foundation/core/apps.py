from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "amity.foundation.core"
    label = "core"

from django.apps import AppConfig


class ExtendConfig(AppConfig):
    name = "amity.engines.extend"
    label = "extend"

from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "amity.engines.quality"
    label = "quality"

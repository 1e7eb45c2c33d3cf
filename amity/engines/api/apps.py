from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "amity.engines.api"
    label = "api"

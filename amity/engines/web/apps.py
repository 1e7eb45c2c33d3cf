from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "amity.engines.web"
    label = "web"

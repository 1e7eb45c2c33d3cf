from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "amity.engines.webhooks"
    label = "webhooks"

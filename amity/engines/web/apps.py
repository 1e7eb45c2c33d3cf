from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "amity.engines.web"
    label = "web"

    def ready(self) -> None:
        from amity.engines.web.settings import menu

        menu.register()

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "amity.engines.notify"
    label = "notify"

    def ready(self) -> None:
        from amity.engines.notify import reactions

        reactions.register()

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "amity.foundation.accounts"
    label = "accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from amity.foundation.accounts.sessions import note_sign_in

        user_logged_in.connect(note_sign_in, dispatch_uid="amity.note_sign_in")

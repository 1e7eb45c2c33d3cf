from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "amity.foundation.accounts"
    label = "accounts"

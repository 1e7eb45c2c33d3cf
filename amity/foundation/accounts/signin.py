from django.contrib.auth.backends import ModelBackend


class DelayedBackend(ModelBackend):
    pass

from django.apps import AppConfig


class VetClinicConfig(AppConfig):
    name = "vet_clinic"
    label = "vet_clinic"

    def ready(self) -> None:
        from vet_clinic import jobs, objects  # noqa: F401  registers field type, object, reaction and job

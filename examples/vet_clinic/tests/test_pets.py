"""The sample plugin keeps the contract of every object, and uses the public door alone."""

import ast
from pathlib import Path

import pytest

from amity.engines.extend import door
from amity.foundation.core.models import Job
from amity.foundation.core.outbox import dispatch
from amity.testing.contract import ObjectContract
from amity.testing.world import record_values

PLUGIN = Path(__file__).resolve().parent.parent / "vet_clinic"

try:
    from vet_clinic import jobs, models
except (ImportError, RuntimeError):
    pytest.skip("the plugin is not installed: set AMITY_PLUGINS=vet_clinic", allow_module_level=True)


class TestPets(ObjectContract):
    key = "pets"

    def values(self, spec, n):
        return {**record_values(spec, n), "chip": f"276 0981 0{n:07d}"}


@pytest.mark.django_db
def test_a_chip_number_has_fifteen_digits(firm):
    pets = door.spec_for(firm.workspace, "pets")
    record_id = door.create_record(
        actor=firm.owner, spec=pets, values={"name": "Rex", "chip": "276-098100000001"}
    )
    assert door.visible(pets, firm.owner).get(pk=record_id).chip == "276098100000001"
    with pytest.raises(door.Invalid) as caught:
        door.create_record(actor=firm.owner, spec=pets, values={"name": "Rex", "chip": "12"})
    assert [(error.field, error.code) for error in caught.value.errors] == [("chip", "chip")]


@pytest.mark.django_db
def test_a_new_pet_is_welcomed_once(closed_firm):
    firm = closed_firm
    with door.scope(firm.workspace.pk):
        pets = door.spec_for(firm.workspace, "pets")
        record_id = door.create_record(actor=firm.owner, spec=pets, values={"name": "Rex"})
    dispatch("test")
    dispatch("test")
    made = Job.objects.filter(name=jobs.welcome.module_path)
    assert [job.args["kwargs"] for job in made] == [{"pet_ids": [record_id]}]


def test_taken_names_are_refused():
    with pytest.raises(ValueError, match="people"):
        door.register_object(door.ObjectSpec("people", models.Pet, "x", "x", ()))

    class Other(door.FieldType):
        name = "text"

    with pytest.raises(ValueError, match="text"):
        door.register_field_type(Other())


def test_the_plugin_imports_nothing_but_the_door():
    imported = set()
    for path in PLUGIN.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("amity"):
                imported.add(node.module)
    assert "amity.engines.extend.door" in imported
    assert {name for name in imported if "migrations" not in name} <= {
        "amity.engines.extend.door", "amity.foundation.records.database", "amity.foundation.records.models",
    }  # fmt: skip

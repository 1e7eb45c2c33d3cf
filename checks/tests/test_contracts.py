import pytest

from checks.contracts import breach, place


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("sales.services", "people.services"),
        ("sales.views.board", "people.models.person"),
        ("sales.views", "sales.services.deals"),
        ("sales.urls", "sales.views"),
        ("sales.views.board", "sales.views.forms"),
        ("sales.tests.test_deals", "people.views"),
    ],
)
def test_allowed(importer, imported):
    left, right = place(f"a.{importer}", "a"), place(f"a.{imported}", "a")
    assert not (left and right and breach(left, right))


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("sales.services", "people.views"),
        ("sales.views", "people.jobs.clean"),
        ("sales.views", "people"),
        ("sales.models", "sales.services"),
        ("sales.services", "sales.views"),
        ("sales.api", "sales.views"),
    ],
)
def test_refused(importer, imported):
    assert breach(place(f"a.{importer}", "a"), place(f"a.{imported}", "a"))

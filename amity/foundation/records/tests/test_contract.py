"""The contract of persons, companies and an object of the firm's own with a field of every type."""

from amity.testing.contract import ObjectContract
from amity.testing.world import make_object


class TestPeople(ObjectContract):
    key = "people"


class TestCompanies(ObjectContract):
    key = "companies"


class TestCustomObject(ObjectContract):
    key = "things"

    def prepare(self, firm):
        make_object(firm, "things")

"""The contract of persons, companies and an object of the firm's own with a field of every type."""

from amity.testing.contract import ObjectContract
from amity.testing.world import FAST_TYPES, make_object


class TestPeople(ObjectContract):
    key = "people"


class TestCompanies(ObjectContract):
    key = "companies"


class TestCustomObject(ObjectContract):
    key = "things"

    def prepare(self, firm):
        make_object(firm, "things")


class TestFastObject(ObjectContract):
    """The same with every value copied into an indexed slot."""

    key = "quick_things"

    def prepare(self, firm):
        make_object(firm, "quick things", FAST_TYPES)

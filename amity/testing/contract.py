"""The contract every object keeps. Subclass it, name the spec's key, and its promises are tested:

    class TestVisits(ObjectContract):
        key = "visits"

Override `values(spec, n)` when the generated values of a record do not suit the object, and `prepare(firm)`
when something must exist before the object can be used.
"""

from __future__ import annotations

from amity.testing.contract_access import AccessContract
from amity.testing.contract_files import FileContract
from amity.testing.contract_lists import ListContract
from amity.testing.contract_pages import PageContract
from amity.testing.contract_services import ServiceContract


class ObjectContract(ServiceContract, ListContract, AccessContract, FileContract, PageContract):
    """Services, history, search, lists, rights, workspaces, import, export, pages and API of one object."""

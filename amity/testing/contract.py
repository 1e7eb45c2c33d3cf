"""The contract every object keeps. Subclass it, name the spec's key, and its promises are tested:

    class TestVisits(ObjectContract):
        key = "visits"

Override `values(spec, n)` when the generated values of a record do not suit the object, and `prepare(firm)`
when something must exist before the object can be used.
"""

from __future__ import annotations

from amity.testing.contract_access import AccessContract
from amity.testing.contract_bulk import BulkContract
from amity.testing.contract_claims import ClaimContract
from amity.testing.contract_computed import ComputedContract
from amity.testing.contract_fields import FieldContract
from amity.testing.contract_files import FileContract
from amity.testing.contract_grid import GridContract
from amity.testing.contract_handover import HandoverContract
from amity.testing.contract_lists import ListContract
from amity.testing.contract_merge import MergeContract
from amity.testing.contract_notify import NotifyContract
from amity.testing.contract_pages import PageContract
from amity.testing.contract_pairs import PairContract
from amity.testing.contract_quality import QualityContract
from amity.testing.contract_services import ServiceContract
from amity.testing.contract_shapes import ShapeContract
from amity.testing.contract_sharing import SharingContract
from amity.testing.contract_webhooks import WebhookContract


class ObjectContract(
    ServiceContract,
    ListContract,
    ShapeContract,
    AccessContract,
    SharingContract,
    FieldContract,
    ComputedContract,
    BulkContract,
    GridContract,
    HandoverContract,
    MergeContract,
    ClaimContract,
    FileContract,
    PageContract,
    NotifyContract,
    PairContract,
    QualityContract,
    WebhookContract,
):
    """All that one object promises, from services, history and rights to pages, files and programs."""

"""The second lock costs no index: lists and search read as they do without it."""

import pytest

from amity.foundation.records.tests.test_plans import (  # noqa: F401
    shaped,
    test_filtering_by_a_fast_field_uses_its_slot,
    test_links_are_found_by_both_ends,
    test_own_records_come_from_the_owner_index,
    test_search_asks_the_trigram_index,
    test_sorting_by_a_fast_field_uses_its_slot,
    test_the_first_page_comes_sorted_from_the_title_index,
)

pytestmark = pytest.mark.usefixtures("row_lock")

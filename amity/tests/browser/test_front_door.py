"""The first page of a fresh installation."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.smoke]


def test_a_fresh_installation_welcomes_without_faults(visitor):
    page = visitor.go("/")
    page.wait_for_load_state()
    assert page.locator("form").count() >= 1
    assert page.title()
    visitor.accessible()

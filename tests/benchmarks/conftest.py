"""Setup of the tests of deterministic values: no network access, nothing timed."""

import pytest
from pytest_socket import disable_socket


@pytest.fixture(autouse=True)
def _no_network() -> None:
    disable_socket()

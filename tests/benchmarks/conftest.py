"""What never varies, guarded: nothing here is timed, and nothing reaches a network."""

import pytest
from pytest_socket import disable_socket


@pytest.fixture(autouse=True)
def _no_network() -> None:
    disable_socket()

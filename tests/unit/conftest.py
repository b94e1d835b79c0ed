"""Setup of all unit tests: no network access."""

import pytest
from hypothesis import settings
from pytest_socket import disable_socket

from tests.fakes.function import FunctionHarness

# Without deadlines: how long an example takes depends on the machine's load.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def _no_network() -> None:
    disable_socket()


@pytest.fixture
def harness() -> FunctionHarness:
    return FunctionHarness()

"""Setup of all unit tests: no network access."""

import pytest
from hypothesis import settings
from pytest_socket import disable_socket

from tests.fakes.function import FunctionHarness

# Without deadlines: how long an example takes depends on the machine's load.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    disable_socket()
    monkeypatch.delenv("AWS_REGION", raising=False)  # it has precedence over the region that a test sets


@pytest.fixture
def harness() -> FunctionHarness:
    return FunctionHarness()

"""Decisions, each by itself: nothing here reaches a network."""

import pytest
from hypothesis import settings
from pytest_socket import disable_socket

from tests.fakes.function import World

# How long an example takes depends on what else the machine does: `make test` gives these tests the time that is left.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def _no_network() -> None:
    disable_socket()


@pytest.fixture
def world() -> World:
    return World()

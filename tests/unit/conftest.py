"""Decisions, each by itself: nothing here reaches a network."""

import pytest
from pytest_socket import disable_socket

from tests.fakes.function import World


@pytest.fixture(autouse=True)
def _no_network() -> None:
    disable_socket()


@pytest.fixture
def world() -> World:
    return World()

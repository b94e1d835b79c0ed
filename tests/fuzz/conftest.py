"""Nothing here reaches a network."""

import logging
from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket


@pytest.fixture(autouse=True)
def _no_network() -> None:
    disable_socket()


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """The command line turns logging off."""
    yield
    logging.disable(logging.NOTSET)

"""Disable sockets, and restore logging, for the fuzz tests."""

import logging
from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket


@pytest.fixture(autouse=True)
def _no_network() -> None:
    disable_socket()


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    """Undo the command line, which disables logging."""
    yield
    logging.disable(logging.NOTSET)

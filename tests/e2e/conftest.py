"""The deployed system, started once for all cases."""

from collections.abc import Iterator

import pytest

from ops.local.ledger import Ledger
from ops.local.local_stage import local_stage
from tests.e2e.scene import Scene


@pytest.fixture(scope="session")
def scene() -> Iterator[Scene]:
    with local_stage("e2e") as stage:
        yield Scene(stage, Ledger(stage))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Balance the books when all else was published."""
    items.sort(key=lambda item: item.name == "test_nothing_of_all_this_was_lost_or_done_twice")

"""The deployed system, started once for all cases."""

from collections.abc import Iterator
from typing import Any

import pytest

from ops.local.ledger import Ledger
from ops.local.local_stage import local_stage
from tests.e2e.moved import Moved, move
from tests.e2e.processes import DeployedApart, DeployedFirst
from tests.e2e.scene import Scene


@pytest.fixture(scope="session")
def scene() -> Iterator[Scene]:
    with local_stage("e2e") as stage:
        yield Scene(stage, Ledger(stage))


@pytest.fixture(scope="session")
def moved(scene: Scene) -> Moved:
    return move(scene)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long is begun first; the books are balanced when all else was published."""
    order = {
        "test_a_moved_appointment_is_told_to_nobody_yet": -1,  # brings a schedule forward: the emulator looks each 10 s
        "test_a_reminder_that_is_due_comes_in_by_the_ingress_queue_and_is_sent_once": 1,
        "test_nothing_of_all_this_was_lost_or_done_twice": 2,
    }
    items.sort(key=lambda item: order.get(item.name, 0))


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):  # in one process among several
        config.pluginmanager.register(DeployedFirst())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> DeployedApart:
    """Whatever `--dist` says."""
    return DeployedApart(config, log)

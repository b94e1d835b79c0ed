"""A stage for the scenarios whose functions reach AWS through a fault proxy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.checks.records import StageRecords
from local.stage import local_stage
from schemas.catalogue import CATALOGUE
from tests.e2e.chaos.chaos import Chaos
from tests.e2e.chaos.crash_scenarios import CrashScenarios, start
from tests.e2e.chaos.queues import VISIBILITY_TIMEOUT, set_visibility_timeout
from tests.e2e.chaos.table import ScenarioRow, rendered

_LAST = (
    "test_crashes.py",
    "test_twice.py",
    "test_long_run.py",
    "test_away.py",
    "test_outages.py",
    "test_all_scenarios.py",
)
"""The files that run last, in this order: slow scenarios, those that disturb others or stop everything, the sum."""

_ROWS = pytest.StashKey[list[ScenarioRow]]()


@pytest.fixture(scope="session")
def chaos(pytestconfig: pytest.Config) -> Iterator[Chaos]:
    with local_stage("chaos", faults=True) as stage:
        assert stage.faults is not None
        chaos = Chaos(stage, stage.faults, StageRecords(stage), rows=pytestconfig.stash.setdefault(_ROWS, []))
        for queue in (stage.deployed.ingress_queue_url, *(chaos.queue_url(each.name) for each in CATALOGUE)):
            set_visibility_timeout(stage.endpoint, queue, VISIBILITY_TIMEOUT)
        yield chaos


@pytest.fixture(scope="session", autouse=True)
def crashes(chaos: Chaos) -> CrashScenarios:
    """The slowest scenarios, published before all others."""
    return start(chaos)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    ranks = {here / name: rank for rank, name in enumerate(_LAST, start=1)}
    items.sort(key=lambda item: ranks.get(item.path, 0))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table whether or not output is captured, if any scenario ran."""
    if rows := config.stash.get(_ROWS, []):
        terminalreporter.section("chaos")
        terminalreporter.write_line(rendered(rows))

"""A stage of its own for the scenarios, whose functions reach AWS through a proxy that can be told to fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.checks.records import StageRecords
from local.stage import local_stage
from schemas.catalogue import CATALOGUE
from tests.e2e.chaos.chaos import Chaos
from tests.e2e.chaos.queues import HIDDEN_SECONDS, hide_for
from tests.e2e.chaos.table import Row, rendered
from tests.e2e.chaos.trouble import Trouble, brew

_LAST = ("test_crashes.py", "test_token.py", "test_twice.py", "test_long_run.py", "test_outages.py", "test_books.py")
"""In this order: what was begun first, what would get in its way, what stops everything, the sum of it all."""

_ROWS = pytest.StashKey[list[Row]]()


@pytest.fixture(scope="session")
def chaos(pytestconfig: pytest.Config) -> Iterator[Chaos]:
    with local_stage("chaos", faults=True) as stage:
        assert stage.faults is not None
        chaos = Chaos(stage, stage.faults, StageRecords(stage), rows=pytestconfig.stash.setdefault(_ROWS, []))
        for queue in (stage.deployed.ingress_queue_url, *(chaos.queue_url(each.name) for each in CATALOGUE)):
            hide_for(stage.endpoint, queue, HIDDEN_SECONDS)
        yield chaos


@pytest.fixture(scope="session", autouse=True)
def trouble(chaos: Chaos) -> Trouble:
    """What takes long is begun before anything else."""
    return brew(chaos)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    ranks = {here / name: rank for rank, name in enumerate(_LAST, start=1)}
    items.sort(key=lambda item: ranks.get(item.path, 0))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table is there whether or not output is captured; nothing where no scenario ran."""
    if rows := config.stash.get(_ROWS, []):
        terminalreporter.section("chaos")
        terminalreporter.write_line(rendered(rows))

"""Start one Node process per session, and print the number of validated messages at the end."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contracts.validators import Validators, running_validators

COUNTED = pytest.StashKey[Counter[bool | None]]()


@pytest.fixture(scope="session")
def validators(pytestconfig: pytest.Config) -> Iterator[Validators]:
    with running_validators() as started:
        pytestconfig.stash[COUNTED] = started.counted
        yield started


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send a worker's counts to the controller, which prints the summary."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["counted"] = list(session.config.stash.get(COUNTED, Counter()).items())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    counted = dict(getattr(node, "workeroutput", {}).get("counted", ()))
    node.config.stash.setdefault(COUNTED, Counter()).update(counted)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if counted := config.stash.get(COUNTED, None):
        agreed = f"valid for all {counted[True]:,}, invalid for all {counted[False]:,}"
        terminalreporter.write_line(
            f"contracts: {counted.total():,} messages, {agreed}, disagreements {counted[None]:,}"
        )

"""One process of Node for all messages, and at the end how many there were."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contracts.judges import Judges, judges

JUDGED = pytest.StashKey[Counter[bool | None]]()


@pytest.fixture(scope="session")
def the_judges(pytestconfig: pytest.Config) -> Iterator[Judges]:
    with judges() as started:
        pytestconfig.stash[JUDGED] = started.counted
        yield started


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Of several processes only the first writes the summary: the others tell it."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["judged"] = list(session.config.stash.get(JUDGED, Counter()).items())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    told = dict(getattr(node, "workeroutput", {}).get("judged", ()))
    node.config.stash.setdefault(JUDGED, Counter()).update(told)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if counted := config.stash.get(JUDGED, None):
        said = f"{counted.total():,} messages judged: all valid {counted[True]:,}, all invalid {counted[False]:,}"
        terminalreporter.write_line(f"contracts: {said}, disagreements {counted[None]:,}")

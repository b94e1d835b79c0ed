"""One process of Node for all messages, and at the end how many there were."""

from collections.abc import Iterator

import pytest

from tests.contracts.judges import Judges, judges

JUDGES = pytest.StashKey[Judges]()


@pytest.fixture(scope="session")
def the_judges(request: pytest.FixtureRequest) -> Iterator[Judges]:
    with judges() as started:
        request.config.stash[JUDGES] = started
        yield started


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if JUDGES in config.stash:
        counted = config.stash[JUDGES].counted
        said = f"{counted.total():,} messages judged: all valid {counted[True]:,}, all invalid {counted[False]:,}"
        terminalreporter.write_line(f"contracts: {said}, disagreements {counted[None]:,}")

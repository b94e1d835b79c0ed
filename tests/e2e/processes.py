"""How tests are spread over two processes by pytest-xdist: those of the deployed system have one to themselves.

So it is started once. The others let it run first: deployed functions have but seconds.
"""

import os

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has no py.typed

DEPLOYED, OTHERS = "tests/e2e/", "all others"


def process_of(nodeid: str) -> str:
    """Whose process runs a test."""
    return DEPLOYED if nodeid.startswith(DEPLOYED) else OTHERS


class DeployedApart(LoadScopeScheduling):  # type: ignore[misc]  # likewise
    """Spreads tests. The `loadgroup` of pytest-xdist 3.8 would do, but pytest 9.2 does not let it name its groups."""

    def _split_scope(self, nodeid: str) -> str:
        return process_of(nodeid)


class DeployedFirst:
    """Plugin of one process among several."""

    def __init__(self) -> None:
        """Be as urgent as any until the first test is known."""
        self._is_settled = False

    @pytest.hookimpl
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Where it needs no stage, stand back for good: only root can become more urgent again."""
        if not self._is_settled and process_of(nodeid) == OTHERS:
            os.nice(19)
        self._is_settled = True

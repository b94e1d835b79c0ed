"""How tests are spread over processes, where pytest-xdist runs several: each stage has one to itself.

No stage is started twice. Whoever can wait lets the others run first: deployed functions have but seconds.
"""

import os

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has no py.typed

CHAOS = "tests/e2e/chaos/"
BROWSER = "tests/e2e/browser/"
CASES = "tests/e2e/"
NO_STAGE = "all others"

SCENES = (BROWSER, CASES)
"""Where each process has a stage of the same kind, and books of its own."""

_NICENESS = {CHAOS: 0, BROWSER: 5, CASES: 5, NO_STAGE: 19}
"""How far each stands back (nice). A function that is late is a crash to the scenarios, which count crashes."""

_BOOKS = "tests/e2e/test_conservation.py"


def process_of(nodeid: str) -> str:
    """Whose process runs a test. Books are balanced where they are kept: by whom, the test's parameter says."""
    place = nodeid.rpartition("[")[2] if nodeid.startswith(_BOOKS) else nodeid
    return next((folder for folder in (CHAOS, *SCENES) if place.startswith(folder)), NO_STAGE)


class OneProcessAStage(LoadScopeScheduling):  # type: ignore[misc]  # likewise
    """Spreads tests. The `loadgroup` of pytest-xdist 3.8 would do, but pytest 9.2 does not let it name its groups."""

    def _split_scope(self, nodeid: str) -> str:
        return process_of(nodeid)


class Niceness:
    """Plugin of one process among several: how urgent it is, with all that it starts."""

    def __init__(self) -> None:
        """Be as urgent as any until the first test is known."""
        self._is_settled = False

    @pytest.hookimpl
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Stand back once, for good: only root can become more urgent again."""
        if not self._is_settled:
            os.nice(_NICENESS[process_of(nodeid)])
        self._is_settled = True

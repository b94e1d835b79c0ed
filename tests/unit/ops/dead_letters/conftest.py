"""A stage, and the dead-letter commands on it."""

import pytest

from tests.fakes.stage import FakeStage
from tests.unit.ops.dead_letters.commands import Run, running


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


@pytest.fixture
def run(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> Run:
    return running(stage, monkeypatch)

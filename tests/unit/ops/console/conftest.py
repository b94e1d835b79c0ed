"""Fixtures: a console, a stage and its cache for each test."""

from pathlib import Path

import pytest

from ops.console.snapshot import StageCache
from tests.unit.ops.console.console_fakes import Console
from tests.unit.ops.console.stage_fakes import ConsoleStage


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.fixture
def stage() -> ConsoleStage:
    return ConsoleStage()


@pytest.fixture
def stage_cache(stage: ConsoleStage) -> StageCache:
    return StageCache(stage.deployed, stage.clock.now)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Working directory of the console, in which it writes files."""
    monkeypatch.chdir(tmp_path)
    return tmp_path

"""How a running stage is found."""

import fcntl
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from local.errors import LocalStageError
from local.supervision.supervisor import keep_demo
from ops.stage.local import Running, running

STAGE = Running(
    endpoint_url="http://127.0.0.1:4566",
    ingress_queue_url="u",
    event_bus_name="b",
    crm_base_url="c",
    webhooks_base_url="w",
    slack_base_url="s",
    mails_base_url="m",
    folder="f",
)


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A supervisor's lock that is not held, and a state file beside it that describes a stage."""
    lock, state = tmp_path / "supervisor.lock", tmp_path / "running.json"
    monkeypatch.setattr("ops.stage.local.LOCK", lock)
    monkeypatch.setattr("ops.stage.local.STATE", state)
    lock.touch()
    state.write_text(json.dumps(asdict(STAGE)))
    return lock


def test_a_stage_is_running_while_its_supervisor_holds_the_lock(lock: Path) -> None:
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        assert running() == STAGE


def test_a_state_without_a_held_lock_is_not_a_running_stage(lock: Path) -> None:
    assert lock.exists()
    assert running() is None


def test_a_stage_that_is_being_started_is_not_running_yet(lock: Path) -> None:
    lock.with_name("running.json").unlink()
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        assert running() is None


def test_a_kept_demonstration_is_refused_while_a_stage_is_running(lock: Path) -> None:
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        with pytest.raises(LocalStageError, match="make down"):
            keep_demo()

        assert running() == STAGE

"""The conservation check over everything that the other tests published: by all that was seen, and by `conserve`."""

from collections import Counter
from contextlib import suppress

import pytest
from typer.testing import CliRunner

from local.polling import DeadlineExceededError
from ops.command_line import app
from tests.e2e.scene import Scene
from tests.security.access import VIEWER
from tests.security.addresses import Addresses


def test_no_message_was_lost_or_processed_twice(scene: Scene) -> None:
    with suppress(DeadlineExceededError):
        scene.eventually(lambda: scene.records.snapshot().reconciliation.holds, what="records without findings")

    result = scene.records.snapshot().reconciliation

    assert [finding.sentence() for finding in result.findings] == []
    assert Counter(item.key for item in scene.records.accepted) <= result.final


def test_the_deployed_stage_proves_it_by_itself(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the command as a viewer runs it, who may read no message."""
    for name, value in Addresses(scene.stage.endpoint).acting_as(VIEWER).variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)

    result = CliRunner().invoke(app, ["conserve", "--grace", "1s"])

    assert result.exit_code == 0, result.output
    assert "nothing was lost, and no job succeeded twice" in result.stdout

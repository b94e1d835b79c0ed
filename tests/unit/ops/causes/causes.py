"""Causes as the notifier keeps them, and the commands about them as an operator types them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ops.causes import commands
from ops.terminal.command import CommandLine
from schemas.causes import Cause, CauseState, cause_in
from tests.fakes.service import NOON
from tests.fakes.stage import CAUSE, OPERATOR, FakeStage
from tests.messages import COMPANY

Run = Callable[..., Result]

app = CommandLine(help="Causes.")
app.add(commands.causes)
app.add_typer(commands.app, name="cause")

OPEN = Cause(
    fingerprint=CAUSE,
    service="email.send",
    revision=3,
    writer="3f1d",
    since=NOON - timedelta(hours=2),
    last_at=NOON,
    total=1_234,
    said_at=NOON - timedelta(minutes=5),
    said_total=1_000,
    version="5d41402a",
    reason="attempts_exhausted",
    error="RetryableError",
    detail="SES did not answer in 3 seconds",
    frame="lambdas.common.clients.ses:send",
    subject_type="email.send",
    tenants=frozenset({COMPANY}),
)
TAKEN: dict[str, Any] = {"by": OPERATOR, "comment": "SES confirmed it", "changed_at": NOON, "total_then": 1_000}
ACKNOWLEDGED = replace(OPEN, state=CauseState.ACKNOWLEDGED, **TAKEN)
SNOOZED = replace(OPEN, state=CauseState.SNOOZED, until=NOON + timedelta(hours=4), **TAKEN)
RESOLVED = replace(OPEN, state=CauseState.RESOLVED, resolved_version="4c1b2a90", **TAKEN)
OVER = replace(OPEN, state=CauseState.OVER)
IN_EACH_STATE = (OPEN, ACKNOWLEDGED, SNOOZED, RESOLVED, OVER)


def another(fingerprint: str = "0123456789ab", **changes: Any) -> Cause:
    """An open cause with another fingerprint."""
    return replace(OPEN, fingerprint=fingerprint, **changes)


def keep(stage: FakeStage, *causes: Cause) -> None:
    """Let the table have causes, whatever it had, as another process writes them."""
    for cause in causes:
        stage.dynamodb.causes[cause.key] = cause.item()


def kept(stage: FakeStage) -> list[Cause]:
    """The causes in the table, in the order of their types."""
    return [cause for _, item in sorted(stage.dynamodb.causes.items()) if (cause := cause_in(item))]


def running(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run commands against this stage, under the name dev."""
    monkeypatch.setattr("ops.stage.deployed.deployed", lambda *_, **__: stage.deployed)
    return lambda *arguments: CliRunner().invoke(app, [*arguments, "--stage", "dev"])

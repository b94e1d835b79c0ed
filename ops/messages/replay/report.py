"""The output of `replay`: what a replay causes, its progress, its end."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from ops.messages.replay.replay import ReplayPlan, ReplayProgress, Replays
from ops.stage.deployed import DeployedStage
from ops.terminal.input import confirmed
from ops.terminal.interrupts import StoppedError
from ops.terminal.output import notes, printable, show
from schemas.identity import REMEMBERED_DAYS

ARCHIVED_WITHIN = timedelta(minutes=10)
"""Longest time for which the archive may lack an event (EventBridge User Guide, "Archiving and replaying events")."""


@dataclass(frozen=True, kw_only=True)
class ReplayRequest:
    """The events to replay, and how."""

    since: datetime
    until: datetime
    types: tuple[str, ...] = ()
    wait: bool = True
    yes: bool = False
    """Whether the operator is not asked for confirmation."""


def replay(
    stage: DeployedStage, request: ReplayRequest, *, now: datetime, sleep: Callable[[float], None] = time.sleep
) -> bool:
    """Start a replay, once the operator has confirmed it, and wait for its end; says whether it succeeded.

    Raises:
        OperatorError: the replay cannot be started, or there is no terminal to ask on.
        SystemExit: a signal ended the waiting; the replay itself continues.
    """
    replays = Replays(stage)
    plan = replays.plan(since=request.since, until=request.until, types=request.types, now=now)
    for sentence in warnings(plan, stage.name, now):
        notes.print(sentence, soft_wrap=True, markup=False)
    if not confirmed("Replay these events?", yes=request.yes):
        notes.print("Nothing is replayed.")
        return False
    stop = f"taly-async replay --cancel {plan.name} --stage {stage.name}"
    try:
        replays.start(plan)
        state = _wait(replays, plan, sleep) if request.wait else ReplayProgress("STARTING")
    except StoppedError as stopped:
        notes.print(f"The replay {plan.name} continues in EventBridge. To cancel it: {stop}", soft_wrap=True)
        raise SystemExit(stopped.code) from None
    _show(plan, state, stop)
    return state.state not in _FAILED


def cancel(stage: DeployedStage, name: str) -> bool:
    """Cancel a replay; events that are on the bus already stay there.

    Raises:
        OperatorError: no such replay is running.
    """
    state = Replays(stage).cancel(name)
    text = f"{printable(name)} is being cancelled; what it put on the bus stays there"
    show([Text.assemble(("✓ ", "green"), text)], [{"replay": name, "state": state}])
    return True


def warnings(plan: ReplayPlan, stage: str, now: datetime) -> list[str]:
    """Sentences about the effects of a replay, to be read before it is confirmed."""
    types = "one type" if len(plan.types) == 1 else f"{len(plan.types)} types"
    sentences = [
        f"Events of the bus of stage {stage} from {_at(plan.since)} to {_at(plan.until)} are put there again.",
        f"- They go to {types} only: {', '.join(plan.types)}.",
        f"- Jobs that succeeded within {REMEMBERED_DAYS} days are dropped as duplicates; the others are done now.",
        "- Reactions run again, on the CRM's present data; their follow-ups have the same ids as before.",
        "- Ages count from the old timestamps: they raise the metric Latency, and the alarm `late` may go off.",
    ]
    if plan.oldest and plan.since < plan.oldest:
        sentences.append(f"- The archive has nothing from before {_at(plan.oldest)}: older events are not replayed.")
    if plan.until > now - ARCHIVED_WITHIN:
        sentences.append("- Events may take ten minutes into the archive: the newest may be missing.")
    return sentences


def _wait(replays: Replays, plan: ReplayPlan, sleep: Callable[[float], None]) -> ReplayProgress:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[at]}"), TimeElapsedColumn())
    state = ReplayProgress("STARTING")
    with Progress(*columns, console=notes, transient=True, disable=not notes.is_terminal) as bar:
        task = bar.add_task("Replay", total=(plan.until - plan.since).total_seconds(), at="")
        for state in replays.poll(plan.name, sleep):
            if state.last:
                bar.update(task, completed=(state.last - plan.since).total_seconds(), at=f"at {_at(state.last)}")
    return state


def _show(plan: ReplayPlan, state: ReplayProgress, stop: str) -> None:
    mark = ("✗ ", "red") if state.state in _FAILED else ("✓ ", "green")
    reason = f": {printable(state.reason)}" if state.reason and state.state in _FAILED else ""
    text = f"{_ENDS[state.state]}{reason}" if state.ended else f"has started. To cancel it: {stop}"
    last = state.last.isoformat() if state.last else None
    show(
        [Text.assemble(mark, f"{plan.name} {text}")],
        [{"replay": plan.name, "state": state.state, "reason": state.reason, "last_replayed": last}],
    )


_FAILED = ("FAILED", "CANCELLED")

_ENDS = {"COMPLETED": "is complete", "CANCELLED": "was cancelled", "FAILED": "failed"}


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"

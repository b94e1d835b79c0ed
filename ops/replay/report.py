"""`replay`: what people are told before one starts, and see while it runs."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from ops.replay.replay import ReplayPlan, ReplayProgress, Replays
from ops.stage.deployed import DeployedStage
from ops.terminal.input import confirmed
from ops.terminal.interrupts import StoppedError
from ops.terminal.output import console, emit, notes, printable
from schemas.identity import REMEMBERED_DAYS

_ARCHIVED_WITHIN = timedelta(minutes=10)
"""EventBridge's user guide, "Archiving and replaying events": there may be so long between bus and archive."""


@dataclass(frozen=True, kw_only=True)
class ReplayRequest:
    """What was asked for."""

    since: datetime
    until: datetime
    types: tuple[str, ...] = ()
    wait: bool = True
    yes: bool = False
    json: bool = False


def replay(
    stage: DeployedStage, request: ReplayRequest, *, now: datetime, sleep: Callable[[float], None] = time.sleep
) -> bool:
    """Start a replay once people have said so, and wait for its end; whether it came to a good one.

    Raises:
        OperatorError: it cannot be started, or there is nobody to ask.
        SystemExit: people stopped waiting; the replay goes on.
    """
    replays = Replays(stage)
    plan = replays.plan(since=request.since, until=request.until, types=request.types, now=now)
    for sentence in warnings(plan, stage.name, now):
        notes.print(sentence, soft_wrap=True, markup=False)
    if not confirmed("Replay them?", yes=request.yes):
        notes.print("Nothing is replayed.")
        return False
    stop = f"python -m ops replay --cancel {plan.name} --stage {stage.name}"
    try:
        replays.start(plan)
        look = _watch(replays, plan, sleep) if request.wait else ReplayProgress("STARTING")
    except StoppedError as stopped:
        notes.print(f"EventBridge goes on with the replay {plan.name} by itself. To stop it: {stop}", soft_wrap=True)
        raise SystemExit(stopped.code) from None
    return _tell(plan, look, stop, as_json=request.json)


def cancel(stage: DeployedStage, name: str, *, json: bool) -> bool:
    """Stop a replay; what it put on the bus stays there.

    Raises:
        OperatorError: there is none that runs.
    """
    state = Replays(stage).cancel(name)
    if json:
        emit({"replay": name, "state": state})
    else:
        console.print(
            Text.assemble(("✓ ", "green"), f"{printable(name)} is being stopped; what it put on the bus stays there"),
            soft_wrap=True,
        )
    return True


def warnings(plan: ReplayPlan, stage: str, now: datetime) -> list[str]:
    """What people should know before they say yes."""
    types = "one type" if len(plan.types) == 1 else f"{len(plan.types)} types"
    said = [
        f"What was put on the bus of stage {stage} from {_at(plan.since)} to {_at(plan.until)} is put there again.",
        f"- It goes to {types} alone: {', '.join(plan.types)}.",
        f"- Jobs that succeeded within {REMEMBERED_DAYS} days are dropped as duplicates; the others are done now.",
        "- Reactions run again, on what the CRM says now; their follow-ups have the ids that they had.",
        "- Ages count from the old timestamps: the metric Latency sees them, and the alarm `late` may go off.",
    ]
    if plan.oldest and plan.since < plan.oldest:
        said.append(f"- The archive keeps nothing from before {_at(plan.oldest)}: what is older does not come.")
    if plan.until > now - _ARCHIVED_WITHIN:
        said.append("- Events may take ten minutes into the archive: the newest may be missing.")
    return said


def _watch(replays: Replays, plan: ReplayPlan, sleep: Callable[[float], None]) -> ReplayProgress:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[at]}"), TimeElapsedColumn())
    look = ReplayProgress("STARTING")
    with Progress(*columns, console=notes, transient=True, disable=not notes.is_terminal) as bar:
        task = bar.add_task("Replay", total=(plan.until - plan.since).total_seconds(), at="")
        for look in replays.watch(plan.name, sleep):
            if look.last:
                bar.update(task, completed=(look.last - plan.since).total_seconds(), at=f"at {_at(look.last)}")
    return look


def _tell(plan: ReplayPlan, look: ReplayProgress, stop: str, *, as_json: bool) -> bool:
    well = look.state not in {"FAILED", "CANCELLED"}
    if as_json:
        last = look.last.isoformat() if look.last else None
        emit({"replay": plan.name, "state": look.state, "reason": look.reason, "lastReplayed": last})
        return well
    mark = ("✓ ", "green") if well else ("✗ ", "red")
    if not look.ended:
        console.print(Text.assemble(mark, f"{plan.name} has started. To stop it: {stop}"), soft_wrap=True)
        return well
    why = f": {printable(look.reason)}" if look.reason and not well else ""
    console.print(Text.assemble(mark, f"{plan.name} {_ENDS[look.state]}{why}"), soft_wrap=True)
    return well


_ENDS = {"COMPLETED": "is through", "CANCELLED": "was stopped by someone", "FAILED": "failed"}


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"

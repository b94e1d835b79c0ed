"""`replay`, as it is typed."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from ops.terminal.command import command
from ops.terminal.errors import OperatorError
from ops.terminal.options import Json, Profile, Region, Stage, Yes, complete_service
from ops.terminal.times import moment


@command
def replay(
    since: Annotated[str, typer.Option(metavar="TIME", help="From then on: 2h ago, or 2026-04-14T12:00:00Z.")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Before then; now, unless it is given.")] = "0s",
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            autocompletion=complete_service,
            help="Of this type alone; may be given several times. All but the system's own, unless it is given.",
        ),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Until it is through.")] = True,
    cancel: Annotated[str, typer.Option(metavar="NAME", help="Stop the replay of this name instead.")] = "",
    yes: Yes = False,
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
    json: Json = False,
) -> bool:
    """Put on the bus again what was put there, out of its archive; says first what comes of it."""
    from ops.replay.report import ReplayRequest  # each command loads what it needs alone
    from ops.replay.report import cancel as cancel_replay
    from ops.replay.report import replay as run
    from ops.stage.deployed import deployed

    if cancel:
        return cancel_replay(deployed(stage, profile=profile, region=region), cancel, json=json)
    if not since:
        raise OperatorError("from when on? Give --since, such as --since 2h or --since 2026-04-14T12:00:00Z")
    now = datetime.now(UTC)
    request = ReplayRequest(
        since=moment(since, now), until=moment(until, now), types=tuple(types or ()), wait=wait, yes=yes, json=json
    )
    return run(deployed(stage, profile=profile, region=region), request, now=now)

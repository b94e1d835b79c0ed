"""The command `replay`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from ops.stage.options import StageOptions
from ops.terminal.command import command, json_output
from ops.terminal.errors import OperatorError
from ops.terminal.options import Yes, complete_service
from ops.terminal.times import moment


@command
@json_output
def replay(
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Replay events from this time on: 2h (ago), or 2026-04-14T12:00:00Z.")
    ] = "",
    until: Annotated[
        str, typer.Option(metavar="TIME", help="Replay events before this time; now if not given.")
    ] = "0s",
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            autocompletion=complete_service,
            help="Replay only this type; may be repeated. All but the system's types if not given.",
        ),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until the replay has ended.")] = True,
    cancel: Annotated[str, typer.Option(metavar="NAME", help="Cancel the replay of this name instead.")] = "",
    yes: Yes = False,
    *,
    where: StageOptions,
) -> bool:
    """Put archived events on the bus again; says first what that causes.

    Example: taly-async replay --since 2h --type booking.created --stage prod
    """
    from ops.messages.replay.report import ReplayRequest
    from ops.messages.replay.report import cancel as cancel_replay
    from ops.messages.replay.report import replay as run

    if cancel:
        return cancel_replay(where.find(), cancel)
    if not since:
        raise OperatorError("from when on? Give --since, such as --since 2h or --since 2026-04-14T12:00:00Z")
    now = datetime.now(UTC)
    request = ReplayRequest(
        since=moment(since, now), until=moment(until, now), types=tuple(types or ()), wait=wait, yes=yes
    )
    return run(where.find(), request, now=now)

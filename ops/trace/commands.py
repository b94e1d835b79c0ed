"""`trace` and `tail`, as they are typed."""

from typing import Annotated

import typer

from ops.terminal.command import command
from ops.terminal.options import Json, Profile, Region, Stage, complete_service
from schemas.reasons import Outcome


@command
def trace(
    an_id: Annotated[
        str, typer.Argument(metavar="ID", help="Of a message anywhere in a chain, of SQS's, or of the chain.")
    ],
    since: Annotated[
        str, typer.Option(metavar="TIME", help="How far back the logs are read: 2h, 7d, or RFC 3339.")
    ] = "24h",
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> bool:
    """Show a message's journey and everything that it caused, with times, attempts and errors, from the logs."""
    from ops.stage.deployed import deployed  # each command loads what it needs alone
    from ops.trace.search import TraceRequest
    from ops.trace.search import trace as run

    return run(deployed(stage, profile=profile, region=region), TraceRequest(an_id=an_id, since=since, as_json=as_json))


@command
def tail(
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            autocompletion=complete_service,
            help="Of this type's function, or queue_processor; give it again for more.",
        ),
    ] = None,
    outcomes: Annotated[
        list[Outcome] | None, typer.Option("--outcome", help="These alone; give it again for more.")
    ] = None,
    tenant: Annotated[str | None, typer.Option(metavar="COMPANY_ID", help="Of this tenant alone.")] = None,
    failures: Annotated[bool, typer.Option("--failures", help="What is retrying or dead-lettered alone.")] = False,
    since: Annotated[str, typer.Option(metavar="TIME", help="Begin so long ago: 5m, or RFC 3339.")] = "0s",
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> bool:
    """Show outcomes as they come, until Ctrl-C."""
    from ops.stage.deployed import deployed
    from ops.trace.tail import TailRequest
    from ops.trace.tail import tail as run

    request = TailRequest(
        types=tuple(types or ()),
        outcomes=frozenset(outcomes or ()),
        failures=failures,
        tenant=tenant,
        since=since,
        as_json=as_json,
    )
    return run(deployed(stage, profile=profile, region=region), request)

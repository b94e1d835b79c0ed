"""Messages, as producers send them."""

from typing import Annotated

import typer

from ops.stage.via import Via
from ops.terminal.command import command
from ops.terminal.options import Profile, Region, Stage, complete_type


@command
def validate(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="One message; - is standard input.")] = "-",
) -> bool:
    """Say whether a message is valid, and if not, everything that is wrong with it."""
    from ops.messages.validate import validate as run  # each command loads what it needs alone

    return run(file)


@command
def send(
    type_name: Annotated[
        str, typer.Argument(metavar="TYPE", autocompletion=complete_type, help="Such as booking.created.")
    ],
    payload: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="The payload's JSON; without it, the contract's example.")
    ] = None,
    via: Annotated[Via, typer.Option(help="The ingress queue, or straight to the event bus.")] = Via.SQS,
    count: Annotated[int, typer.Option(min=1, help="So many messages, each with its own id.")] = 1,
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Send also what the contract refuses.")] = False,
) -> bool:
    """Send messages to any stage, with the credentials and the endpoint that boto3 finds."""
    from ops.messages.send import SendRequest
    from ops.messages.send import send as run

    return run(
        SendRequest(
            type_name=type_name,
            payload=payload,
            via=via,
            count=count,
            stage=stage,
            profile=profile,
            region=region,
            checked=not unchecked,
        )
    )
